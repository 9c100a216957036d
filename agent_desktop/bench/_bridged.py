"""The CPU time that a real switch takes for a call: joined by a real router, with real packets both ways."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Final

from agent_desktop.bench._agents import BenchAgents
from agent_desktop.bench._centre import HOST, NUMBER, BenchCentre, cpu_s
from agent_desktop.bench._talkers import Talkers
from agent_desktop.errors import AgentDesktopError
from agent_desktop.media.pcm import FRAMES_PER_S
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.sip.uri import NameAddr, Uri

BASE_PORT: Final = 26000
_SOUND_PORTS: Final = 190
_VOICE_PORTS: Final = range(26210, 26398)
_WATCHED_S: Final = 6.0
_SETTLED_S: Final = 2.0
_JOINED_S: Final = 20.0
_HEARD_SHARE: Final = 0.9


def cpu_ms_per_call(calls: int) -> float:
    """CPU milliseconds in a second for one bridged call; what the switch takes without calls is taken off."""
    with tempfile.TemporaryDirectory(prefix="bench-bridged-") as folder:
        centre = BenchCentre(Path(folder), BASE_PORT, calls, _SOUND_PORTS)
        try:
            return asyncio.run(_measure(centre, calls))
        finally:
            centre.close()


async def _measure(centre: BenchCentre, calls: int) -> float:
    sound = Talkers(_VOICE_PORTS)
    try:
        async with BenchAgents(centre, sound) as agents:
            idle = await _busy_s(centre)
            customers = _Customers(sound)
            await customers.call(centre.sip_port, calls)
            async with asyncio.timeout(_JOINED_S):
                while len(agents.rang) < calls:  # noqa: ASYNC110 - another thread's news
                    await asyncio.sleep(0.05)
            await asyncio.sleep(_SETTLED_S)
            before = sound.heard
            busy = await _busy_s(centre)
            if sound.heard - before < _HEARD_SHARE * 2 * calls * FRAMES_PER_S * _WATCHED_S:
                raise AgentDesktopError("The measured calls were not joined: too little sound came through.")
            await customers.close()
            return 1000 * (busy - idle) / _WATCHED_S / calls
    finally:
        sound.close()


async def _busy_s(centre: BenchCentre) -> float:
    """What the switch's process takes in the watched time, in seconds of CPU."""
    switch = centre.processes[1:]
    before, started = cpu_s(switch), time.monotonic()
    await asyncio.sleep(_WATCHED_S)
    return (cpu_s(switch) - before) * _WATCHED_S / (time.monotonic() - started)


class _Customers:
    """Callers of our own stack."""

    def __init__(self, sound: Talkers) -> None:
        self._sound = sound
        self._transport = SipTransport(self._happened)

    async def call(self, port: int, calls: int) -> None:
        local = await self._transport.listen_udp(HOST, 0)
        self._transport.start(UserAgent(Settings(local=(local,)), SystemRandomness()))
        agent, server = self._transport.agent, Address("udp", HOST, port)
        for number in range(calls):
            ours = self._sound.open()
            leg = agent.invite(
                Uri("sip", user=NUMBER, host=HOST, port=port),
                ours.media,
                self._transport.now(),
                caller=NameAddr(Uri("sip", user=f"+49302{number}", host=HOST)),
                destination=server,
            )
            self._sound.belongs(("customer", leg), ours)
            self._transport.flush()
            await asyncio.sleep(0.05)

    def _happened(self, event: sip.Event) -> None:
        if isinstance(event, sip.Answered):
            self._sound.agreed(("customer", event.leg), event.agreement)

    async def close(self) -> None:
        for leg in self._transport.agent.legs:
            self._transport.agent.hang_up(leg, self._transport.now())
        self._transport.flush()
        await asyncio.sleep(0.2)
        await self._transport.close()
