"""The sound of one call leg: one RTP stream out, one in, over a pair of UDP ports.

A media thread calls `receive_due`, `read_frame` and `write_frame` once in 20 ms; the thread that does
the signalling calls `configure` when SDP was agreed and `press` for digits.  Between them stands one
frozen `Plan`, exchanged as a whole, so that no lock is needed.

Rules: a re-INVITE changes the plan, never the session (one media session before and after); the peer is
whom `SourceLock` admits; sound of a payload type that was not agreed is dropped; digits are sent instead
of sound, never beside it; what was lost goes to the tap as None before it is concealed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from agent_desktop.errors import ProtocolError
from agent_desktop.media import quality, rtcp, rtp
from agent_desktop.media.codecs import PCMU, Codec
from agent_desktop.media.concealment import Concealer
from agent_desktop.media.dtmf import DtmfReceiver, DtmfSender
from agent_desktop.media.jitter import Halves, JitterBuffer
from agent_desktop.media.pcm import FRAME_S, FRAMES_PER_S, NARROW_FRAME_SAMPLES, SILENCE, Pcm
from agent_desktop.media.resampling import Downsampler, Upsampler
from agent_desktop.media.source import Address, SourceLock
from agent_desktop.media.udp import UdpPort

_MOST_PACKETS_PER_TICK: Final = 64
_MOST_REPORTS_PER_TICK: Final = 4
_REPORT_EVERY_S: Final = 5.0


class Cipher(Protocol):
    """SRTP's place: seals what goes out, opens what comes in (None: forged or repeated)."""

    def seal(self, packet: bytes) -> bytes: ...

    def open(self, packet: bytes) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What the SDP exchange agreed on."""

    remote: Address | None = None
    codec: Codec = PCMU
    """The one that we send."""
    accepted: Mapping[int, Codec] = field(default_factory=lambda: {PCMU.payload_type: PCMU})
    """Those that may come, by payload type."""
    dtmf_payload_type: int | None = None
    sends: bool = True
    receives: bool = True
    remote_rtcp: Address | None = None
    """None: the port after `remote`."""
    cipher: Cipher | None = None


@dataclass(slots=True)
class Counters:
    """What passed, for logs and for quality."""

    sent: int = 0
    received: int = 0
    malformed: int = 0
    forged: int = 0
    foreign: int = 0
    unknown_payload: int = 0
    digits: int = 0


class MediaSession:
    """One leg's sound; `on_digit` is called in the media thread, as is `tap`."""

    def __init__(
        self,
        ports: tuple[UdpPort, UdpPort],
        *,
        jitter: JitterBuffer | None = None,
        on_digit: Callable[[str], None] | None = None,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._rtp, self._rtcp = ports
        self._wall_clock = wall_clock
        self._on_digit = on_digit
        self.tap: Callable[[Halves], None] | None = None
        """Hears what came, before concealment; a recording or a text modem sits here."""
        self.counters = Counters()
        self._plan = self._applied = Plan()
        self._source = SourceLock(None)
        self._sender = rtp.RtpSender(
            ssrc=secrets.randbits(32), sequence=secrets.randbits(16), timestamp=secrets.randbits(32)
        )
        self._receiver = rtp.RtpReceiver()
        self._reception = rtcp.Reception()
        self._jitter = jitter or JitterBuffer()
        self._concealer = Concealer()
        self._up, self._down = Upsampler(), Downsampler()
        self._presses = DtmfSender()
        self._digits = DtmfReceiver()
        self._was_silent = True
        self._report_at_s = 0.0
        self._round_trip_s: float | None = None
        self._cname = secrets.token_hex(8)  # RFC 7022: no names of hosts

    @property
    def local(self) -> Address:
        return self._rtp.address

    @property
    def target(self) -> Address | None:
        """Where sound is sent."""
        return self._source.target

    @property
    def receives(self) -> bool:
        """The peer may send sound now (nobody is on hold)."""
        return self._applied.receives

    @property
    def pressing(self) -> bool:
        """Digits are still going out; wait before a hold or a transfer."""
        return self._presses.busy

    @property
    def heard_anything(self) -> bool:
        return self._receiver.ssrc is not None

    def configure(self, plan: Plan) -> None:
        """Follow new SDP from the next tick on; any thread may call it."""
        self._plan = plan

    def press(self, digits: str) -> bool:
        """Send digits as telephone events; False when the peer agreed to none."""
        if self._plan.dtmf_payload_type is None:
            return False
        self._presses.press(digits)
        return True

    def close(self) -> None:
        """Say goodbye and free the ports."""
        target = self._report_target()
        if target is not None and self.counters.sent:
            report = rtcp.Report(self._sender.ssrc)
            self._rtcp.send(rtcp.encode(report, self._cname, bye=True), target)
        self._rtp.close()
        self._rtcp.close()

    # -- the media thread -------------------------------------------------------------------------------

    def receive_due(self) -> None:
        """Take in everything that has come."""
        plan = self._plan
        if plan is not self._applied:
            if plan.remote != self._applied.remote or plan.cipher is not self._applied.cipher:
                self._source = SourceLock(plan.remote)
            self._applied = plan
        for datagram in self._rtp.receive(_MOST_PACKETS_PER_TICK):
            data: bytes | None = datagram.data
            if plan.cipher is not None:
                data = plan.cipher.open(datagram.data)
            if data is None:
                self.counters.forged += 1
                continue
            if rtp.is_rtcp(data):
                continue
            try:
                packet = rtp.parse(data)
            except ProtocolError:
                self.counters.malformed += 1
                continue
            if self._source.admits(datagram.source, packet):
                self._take(packet, datagram.arrival_s, plan)
            else:
                self.counters.foreign += 1
        for datagram in self._rtcp.receive(_MOST_REPORTS_PER_TICK):
            self._take_report(datagram.data, datagram.source)

    def read_frame(self) -> Pcm:
        """The next 20 ms of what the peer says, concealed where packets are missing."""
        halves = self._jitter.pull() if self._applied.receives else None
        if self.tap is not None:
            self.tap(halves or (None, None))
        if halves is None:
            return SILENCE
        first, second = halves
        if first is not None and second is not None:
            return self._up(self._concealer.hear(np.concatenate((first, second))))
        if first is None and second is None:
            return self._up(self._concealer.hear(None, NARROW_FRAME_SAMPLES))
        half = NARROW_FRAME_SAMPLES // 2
        return self._up(
            np.concatenate([self._concealer.hear(first, half), self._concealer.hear(second, half)])
        )

    def write_frame(self, pcm: Pcm) -> None:
        """Send 20 ms of sound, or of a digit while one is being pressed."""
        plan, target = self._applied, self._source.target
        if target is None or not plan.sends or target[1] == 0:
            self._was_silent = True
        elif self._presses.busy and plan.dtmf_payload_type is not None:
            for event in self._presses.tick(self._sender.timestamp):
                self._send(
                    self._sender.packet(
                        plan.dtmf_payload_type,
                        event.payload,
                        marker=event.marker,
                        timestamp=event.timestamp,
                    ),
                    target,
                    plan,
                )
            self._was_silent = True
        else:
            payload = plan.codec.encode(self._down(pcm))
            packet = self._sender.packet(plan.codec.payload_type, payload, marker=self._was_silent)
            self._send(packet, target, plan)
            self._was_silent = False
        self._sender.advance(plan.codec.clock_rate_hz // FRAMES_PER_S)
        self._report()

    def quality(self) -> quality.Quality | None:
        """How good the received direction is; None before the first sound."""
        playout = self._jitter.playout
        if playout.played == 0:
            return None
        return quality.rate(
            loss=playout.lost / playout.played,
            jitter_s=self._reception.jitter_s,
            delay_s=(self._round_trip_s or 0.0) / 2 + (self._jitter.depth_frames + 1) * FRAME_S,
        )

    # -- inside -----------------------------------------------------------------------------------------

    def _send(self, packet: rtp.RtpPacket, target: Address, plan: Plan) -> None:
        data = packet.encode()
        self._rtp.send(data if plan.cipher is None else plan.cipher.seal(data), target)
        self.counters.sent += 1

    def _take(self, packet: rtp.RtpPacket, arrival_s: float, plan: Plan) -> None:
        order = self._receiver.receive(packet)
        if order is rtp.Order.STRAY:
            return
        self.counters.received += 1
        if order is rtp.Order.RESTART:
            self._reception.restarted()
        if packet.payload_type == plan.dtmf_payload_type:
            digit = self._digits.receive(packet.timestamp, packet.payload)
            if digit is not None:
                self.counters.digits += 1
                if self._on_digit is not None:
                    self._on_digit(digit)
            return
        codec = plan.accepted.get(packet.payload_type)
        if codec is None:
            self.counters.unknown_payload += 1
            return
        if order is not rtp.Order.OLD:
            self._reception.arrived(packet.timestamp, arrival_s)
        if packet.payload:
            pcm = codec.decode(packet.payload)
            self._jitter.push(packet.timestamp, pcm, newest=order is not rtp.Order.OLD)

    def _take_report(self, data: bytes, source: Address) -> None:
        target = self._source.target
        if target is None or source[0] != target[0]:
            self.counters.foreign += 1
            return
        try:
            compound = rtcp.parse(data)
        except ProtocolError:
            self.counters.malformed += 1
            return
        now_s = self._wall_clock()
        for report in compound.reports:
            if report.sender is not None and report.ssrc == self._receiver.ssrc:
                self._reception.sender_report(report.sender, now_s)
            for block in report.blocks:
                if block.ssrc == self._sender.ssrc:
                    self._round_trip_s = rtcp.round_trip_s(block, now_s) or self._round_trip_s

    def _report_target(self) -> Address | None:
        if self._applied.remote_rtcp is not None:
            return self._applied.remote_rtcp
        target = self._source.target
        return None if target is None or not 0 < target[1] < 65535 else (target[0], target[1] + 1)

    def _report(self) -> None:
        """Send a report every five seconds (RFC 3550 section 6.2)."""
        now_s = self._wall_clock()
        if now_s < self._report_at_s:
            return
        first, self._report_at_s = self._report_at_s == 0.0, now_s + _REPORT_EVERY_S
        target = self._report_target()
        if first or target is None or self._applied.cipher is not None:
            # Over SRTP the reports need SRTCP; until the cipher has it they stay unsent.
            return
        block = self._reception.block(self._receiver, now_s)
        sender = rtcp.SenderInfo(
            rtcp.ntp_of(now_s), self._sender.timestamp, self._sender.packets, self._sender.octets
        )
        report = rtcp.Report(
            self._sender.ssrc, () if block is None else (block,), sender if self._sender.packets else None
        )
        self._rtcp.send(rtcp.encode(report, self._cname), target)
