"""A caller of our own that measures: it sends a tone and notes when each packet came, by the kernel's clock.

No telephone of others tells when a packet came.  The thread that sends is watched too: what this computer
did not do in time for the caller is not held against the centre.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from agent_desktop.media import tones
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pacer import Pacer
from agent_desktop.media.pcm import NARROW_RATE_HZ
from agent_desktop.media.resampling import Downsampler
from agent_desktop.media.rtp import RtpSender, parse
from agent_desktop.media.tones import Loop
from agent_desktop.media.udp import bind_pair
from agent_desktop.sip import events as sip
from agent_desktop.sip import media
from agent_desktop.sip.accounts import Settings
from agent_desktop.sip.address import Address, LegId
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.sip.uri import NameAddr, Uri

from .listening import AGENT_HZ, CUSTOMER_HZ, FLOOR_DBFS
from .places import HOST, RTP_FIRST, RTP_LAST
from .programs import until

T = TypeVar("T")
FRAME_MS = 20


class Telephone:
    """One caller with one call."""

    def __init__(self, sip_address: str, number: str, caller: str = "+4940777001") -> None:
        self._server = Address("udp", HOST, int(sip_address.rpartition(":")[2]))
        self._tone = Loop(tones.sine(CUSTOMER_HZ, 1.0))
        self._down = Downsampler()
        self._port, self._control = bind_pair(HOST, range(RTP_FIRST, RTP_LAST, 2))
        self._sender = RtpSender(ssrc=0x5EED, sequence=1, timestamp=1)
        self._target: tuple[str, int] | None = None
        self.answered = threading.Event()
        self.over = threading.Event()
        self.ended: sip.Ended | None = None
        self.packets: list[tuple[float, bytes]] = []  # arrival by the kernel's clock, payload
        self.sent_at: list[float] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._pacer = Pacer(self._tick)
        self._pacer.start()
        self._transport: SipTransport | None = None
        try:
            self._leg: LegId = self._do(lambda: self._dial(number, caller))
        except BaseException:
            self._shut()
            raise

    def _do(self, what: Callable[[], Any]) -> Any:
        async def run() -> Any:
            found = what()
            return await found if asyncio.iscoroutine(found) else found

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    async def _dial(self, number: str, caller: str) -> LegId:
        transport = self._transport = SipTransport(self._happened)
        local = await transport.listen_udp(HOST, 0)
        transport.start(UserAgent(Settings(local=(local,)), SystemRandomness()))
        leg = transport.agent.invite(
            Uri("sip", user=number, host=HOST, port=self._server.port),
            media.audio(HOST, self._port.address[1], (media.PCMU,)),
            transport.now(),
            caller=NameAddr(Uri("sip", user=caller, host=HOST), name="Grace Hopper"),
            destination=self._server,
        )
        transport.flush()
        return leg

    def _happened(self, event: sip.Event) -> None:
        match event:
            case sip.Progressed() | sip.Answered() | sip.MediaChanged():
                stream = event.agreement.audio if event.agreement is not None else None
                if stream is not None:
                    self._target = (stream.address, stream.port)
                if isinstance(event, sip.Answered):
                    self.answered.set()
            case sip.Ended():
                self.ended = event
                self.over.set()
            case _:
                pass

    def _tick(self) -> None:
        for datagram in self._port.receive(50):
            packet = parse(datagram.data)
            if packet.payload_type == 0:
                self.packets.append((datagram.arrival_s, packet.payload))
        if self._target is not None:
            payload = PCMU.encode(self._down(self._tone.frame()))
            self._port.send(self._sender.packet(0, payload).encode(), self._target)
            self._sender.advance(160)
            self.sent_at.append(time.time())

    def hears_agent(self) -> bool:
        """Whether what came last is the agent's tone."""
        return bool(self.packets) and _is_voice(self.packets[-1][1])

    def gap_ms(self, since: float, before: float) -> float:
        """The longest time without the agent's voice between two moments of the clock."""
        heard = [at for at, payload in list(self.packets) if since <= at <= before and _is_voice(payload)]
        moments = [since, *heard, before]
        return max(b - a for a, b in itertools.pairwise(moments)) * 1000 - FRAME_MS

    def own_stall_ms(self, since: float, before: float) -> float:
        """The longest time that this caller itself was late: this computer had no time for it."""
        moments = [at for at in list(self.sent_at) if since <= at <= before]
        return max(b - a for a, b in itertools.pairwise(moments)) * 1000 - FRAME_MS

    def hang_up(self) -> None:
        def end() -> None:
            assert self._transport is not None
            self._transport.agent.hang_up(self._leg, self._transport.now())
            self._transport.flush()

        if not self.over.is_set():
            self._do(end)
            until(self.over.is_set, 30, "our own BYE was not answered")

    def close(self) -> None:
        try:
            self.hang_up()
        finally:
            self._shut()

    def _shut(self) -> None:
        self._pacer.stop()
        if self._transport is not None:
            self._do(self._transport.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        self._port.close()
        self._control.close()


def _is_voice(payload: bytes) -> bool:
    return tones.tone_dbfs(PCMU.decode(payload), AGENT_HZ, NARROW_RATE_HZ) > FLOOR_DBFS
