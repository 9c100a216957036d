"""The sound of one call leg: one RTP stream out, one in, over a pair of UDP ports.

A media thread calls `receive_due`, `read_frame` and `write_frame` once in 20 ms; the thread that does
the signalling calls `configure` when SDP was agreed and `press` for digits.  Between them stands one
frozen `Plan`, exchanged as a whole, so that no lock is needed.

Rules: a re-INVITE changes the plan, never the session (one media session before and after), and what did
not change (a codec, a key) keeps its state; the peer is whom `SourceLock` admits, and with SRTP who has
the key; sound of a payload type that was not agreed is dropped; what was lost goes to the tap as None.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from agent_desktop.errors import ProtocolError
from agent_desktop.media import comfort_noise, reporting, rtp
from agent_desktop.media.codecs import PCMU, Codec, kind_of, late
from agent_desktop.media.dtmf import DtmfReceiver
from agent_desktop.media.hearing import Halves, Hearing
from agent_desktop.media.jitter import JitterBuffer
from agent_desktop.media.pcm import FRAME_S, SAMPLE_RATE_HZ, SILENCE, Pcm
from agent_desktop.media.quality import Quality, Tally, rate
from agent_desktop.media.reporting import Reporting
from agent_desktop.media.resampling import Downsampler, Upsampler
from agent_desktop.media.sending import Manner, Sending
from agent_desktop.media.source import Address, SourceLock, opened
from agent_desktop.media.srtp import Cipher
from agent_desktop.media.udp import Datagram, UdpPort

_MOST_PACKETS_PER_TICK: Final = 64
_MOST_REPORTS_PER_TICK: Final = 8
_REPORTS_EVERY_TICKS: Final = 5  # a look costs 3 us, and one comes in five seconds
_MODEM_FRAMES: Final = 3
_LONGEST_WAIT_S: Final = 0.1  # a packet that lay longer in the socket came while nobody ticked


@dataclass(frozen=True, slots=True)
class Plan:
    """What the SDP exchange agreed on."""

    remote: Address | None = None
    codec: Codec = PCMU
    """The one that we send."""
    accepted: Mapping[int, Codec] = field(default_factory=lambda: {PCMU.payload_type: PCMU})
    """Those that may come, by payload type.  The one that we send should be the same object in here."""
    dtmf_payload_type: int | None = None
    sends: bool = True
    receives: bool = True
    remote_rtcp: Address | None = None
    """None: the port after `remote`."""
    cipher: Cipher | None = None
    packet_ms: int = 20
    """How much sound our packets hold."""
    dtmf_clock_rate_hz: int | None = None
    """The clock of the telephone events that we send; None: the codec's."""
    dtmf_accepted: frozenset[int] = frozenset()
    """Further payload types under which digits may come (events of another clock)."""
    comfort_noise_payload_type: int | None = None
    """Agreed on: the peer may send noise instead of silence."""
    pauses: bool = False
    """We too send comfort noise in pauses, if it was agreed on."""

    @property
    def manner(self) -> Manner:
        """How we send."""
        return Manner(
            codec=self.codec,
            packet_ms=self.packet_ms,
            dtmf_payload_type=self.dtmf_payload_type,
            dtmf_clock_rate_hz=self.dtmf_clock_rate_hz,
            comfort_noise_payload_type=self.comfort_noise_payload_type if self.pauses else None,
        )


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
    reports: int = 0
    """RTCP of the peer: it lives, even where it says nothing."""


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
        self.counters = Counters()
        self._plan = self._followed = self._applied = Plan()
        """What was last asked for, what of it was followed, and with which codecs and keys."""
        self._manner = self._applied.manner
        self._source = SourceLock(None)
        self._sending = Sending()
        self._receiver = rtp.RtpReceiver()
        self._hearing = Hearing(jitter or JitterBuffer())
        self._reporting = Reporting()
        self._digits = DtmfReceiver()
        self._heard_codec: Codec | None = None
        self._recent = Tally()
        self._ticks = 0

    @property
    def tap(self) -> Callable[[Halves], None] | None:
        """Reads what came, at the codec's rate, late or not (`hearing`); a text modem sits here."""
        return self._hearing.tap

    @tap.setter
    def tap(self, tap: Callable[[Halves], None] | None) -> None:
        self._hearing.tap = tap

    @property
    def ahead_frames(self) -> int:
        """By how much the tap is ahead of the ear."""
        return self._hearing.ahead_frames

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
        return self._sending.presses.busy

    @property
    def heard_anything(self) -> bool:
        return self._receiver.ssrc is not None

    @property
    def lost(self) -> int:
        """How many packets of the stream never came, by their numbers."""
        return self._receiver.lost

    @property
    def peer_said_goodbye(self) -> bool:
        """An RTCP BYE came for the stream that we hear."""
        return self._reporting.has_ended

    def configure(self, plan: Plan) -> None:
        """Follow new SDP from the next tick on; any thread may call it."""
        self._plan = plan

    def move(self, ports: tuple[UdpPort, UdpPort]) -> None:
        """Go on at other ports, because this computer has another address; for the media thread."""
        for port in (self._rtp, self._rtcp):
            port.close()
        self._rtp, self._rtcp = ports

    def press(self, digits: str) -> bool:
        """Send digits as telephone events; False when the peer agreed to none."""
        if self._plan.dtmf_payload_type is None:
            return False
        self._sending.presses.press(digits)
        return True

    def fix_delay(self, *, now: bool) -> None:
        """A modem listens: the delay changes no more; what is missing of it is gathered `now` or not yet."""
        self._hearing.jitter.fix(_MODEM_FRAMES, now=now)

    def close(self) -> None:
        """Say goodbye and free the ports."""
        if self.counters.sent:
            self._send_report(self._reporting.goodbye(self._sending.stream))
        self._rtp.close()
        self._rtcp.close()

    # -- the media thread -------------------------------------------------------------------------------

    def receive_due(self) -> None:
        """Take in everything that has come."""
        if (plan := self._plan) is not self._followed:
            self._followed = plan
            self._follow(plan)
        for datagram in self._rtp.receive(_MOST_PACKETS_PER_TICK):
            if rtp.is_rtcp(datagram.data):  # both on one port (RFC 5761)
                self._take_report(datagram)
            else:
                self._take(datagram)
        self._hearing.tell_due(self._wall_clock() if self._applied.receives else None)
        self._ticks += 1
        if self._ticks % _REPORTS_EVERY_TICKS == 0:
            for datagram in self._rtcp.receive(_MOST_REPORTS_PER_TICK):
                self._take_report(datagram)

    def read_frame(self) -> Pcm:
        """The next 20 ms of what the peer says, made up where packets are missing."""
        return self._hearing.read() if self._applied.receives else SILENCE

    def read_raw(self) -> tuple[Pcm, Upsampler | None]:
        """Instead of `read_frame`, for who raises the sound of many legs together (`resampling.raised`)."""
        return self._hearing.read_raw() if self._applied.receives else (SILENCE, None)

    @property
    def lowers(self) -> Downsampler | None:
        """What lowers the next frame to the codec's rate; None when that is not to be done."""
        plan = self._applied
        is_due = plan.sends and self._source.target is not None
        return self._sending.down if is_due and plan.codec.sample_rate_hz != SAMPLE_RATE_HZ else None

    def write_frame(self, pcm: Pcm, narrow: Pcm | None = None) -> None:
        """Send 20 ms of sound, or of a digit; `narrow` is the same sound, lowered by `lowers` already."""
        plan, target = self._applied, self._source.target
        if target is None or not plan.sends or target[1] == 0:
            self._sending.keep_silent(plan.codec)
        else:
            for packet in self._sending.say(pcm, self._manner, narrow):
                data = packet.encode()
                self._rtp.send(data if plan.cipher is None else plan.cipher.seal(data), target)
                self.counters.sent += 1
        now_s = self._wall_clock()
        if self._reporting.due(now_s):
            self._send_report(self._reporting.made(self._sending.stream, self._receiver, now_s))

    # -- how good it is ---------------------------------------------------------------------------------

    def quality(self) -> Quality | None:
        """How good the received direction was in the whole call; None before the first sound."""
        return self._judged(Tally())

    def recent_quality(self) -> Quality | None:
        """The same since the last time that this was asked; None when nothing was to be heard since."""
        judged = self._judged(self._recent)
        self._recent = self._tally()
        return judged

    @property
    def round_trip_s(self) -> float | None:
        """There and back, by the peer's last report."""
        return self._reporting.round_trip_s

    def sent_quality(self) -> Quality | None:
        """How the peer hears us, from its last report; None before that."""
        block = self._reporting.sent
        if block is None:
            return None
        return rate(
            loss=block.fraction_lost,
            jitter_s=block.jitter / self._applied.codec.clock_rate_hz,
            delay_s=(self._reporting.round_trip_s or 0.0) / 2 + 3 * FRAME_S,
            codec=self._applied.codec.name,
        )

    def _tally(self) -> Tally:
        playout = self._hearing.jitter.playout
        return Tally(playout.played, playout.lost, playout.bursts)

    def _judged(self, since: Tally) -> Quality | None:
        tally = self._tally().since(since)
        if tally.played <= 0:
            return None
        return rate(
            loss=tally.loss,
            burst=tally.burst_ratio,
            jitter_s=self._reporting.reception.jitter_s,
            delay_s=(self._reporting.round_trip_s or 0.0) / 2
            + (self._hearing.jitter.depth_frames + 1) * FRAME_S,
            codec=(self._heard_codec or PCMU).name,
        )

    # -- inside -----------------------------------------------------------------------------------------

    def _follow(self, plan: Plan) -> None:
        """Go over to a new plan; codecs and keys that stay the same go on as they were."""
        before = self._applied
        kept = {kind_of(codec): codec for codec in (*before.accepted.values(), before.codec)}
        cipher = None if plan.cipher is None else plan.cipher.continuing(before.cipher)
        if plan.remote != before.remote or (plan.cipher is None) != (before.cipher is None):
            self._source = SourceLock(plan.remote)
        self._applied = replace(
            plan,
            codec=kept.get(kind_of(plan.codec), plan.codec),
            accepted={number: kept.get(kind_of(codec), codec) for number, codec in plan.accepted.items()},
            cipher=cipher,
        )
        self._manner = self._applied.manner

    def _take(self, datagram: Datagram) -> None:
        cipher = self._applied.cipher
        packet = opened(datagram.data, cipher, self.counters)
        if packet is None:
            return
        if not self._source.admits(datagram.source, packet, is_proven=cipher is not None):
            self.counters.foreign += 1
            return
        try:
            self._hear(packet, datagram.arrival_s)
        except ProtocolError:
            self.counters.malformed += 1

    def _hear(self, packet: rtp.RtpPacket, arrival_s: float) -> None:
        order = self._receiver.receive(packet)
        if order is rtp.Order.STRAY:
            return
        plan, is_restart = self._applied, order is rtp.Order.RESTART
        self.counters.received += 1
        if is_restart:
            self._reporting.reception.restarted()
        if packet.payload_type == plan.dtmf_payload_type or packet.payload_type in plan.dtmf_accepted:
            self._hear_digit(packet)
            return
        is_newest = order is not rtp.Order.OLD
        follows = self._receiver.step == 1
        if packet.payload_type == plan.comfort_noise_payload_type:
            noise = comfort_noise.parse(packet.payload)
            if noise is not None:
                self._hearing.take(packet.timestamp, noise, newest=is_newest, follows=follows)
            return
        codec = plan.accepted.get(packet.payload_type)
        if codec is None:
            self.counters.unknown_payload += 1
            return
        if codec is not self._heard_codec:
            self._heard_codec = codec
            self._hearing.tune(codec)
            self._reporting.reception.clock(codec.clock_rate_hz)
        elif is_restart:
            self._hearing.restart(packet.timestamp)
        if is_newest:
            self._reporting.reception.arrived(packet.timestamp, arrival_s)
        if packet.payload:
            lay_s = self._wall_clock() - arrival_s
            waited_s = lay_s if 0.0 <= lay_s <= _LONGEST_WAIT_S else None
            item = packet.payload if late(codec) else codec.decode(packet.payload)
            self._hearing.take(packet.timestamp, item, newest=is_newest, follows=follows, waited_s=waited_s)

    def _hear_digit(self, packet: rtp.RtpPacket) -> None:
        digit = self._digits.receive(packet.timestamp, packet.payload)
        if digit is not None:
            self.counters.digits += 1
            if self._on_digit is not None:
                self._on_digit(digit)

    def _take_report(self, datagram: Datagram) -> None:
        before = self._reporting.sent
        self._reporting.read(
            datagram,
            self._applied.cipher,
            self.counters,
            expected=self._report_target(),
            ours=self._sending.stream.ssrc,
            theirs=self._receiver.ssrc,
            now_s=self._wall_clock(),
        )
        sent, codec = self._reporting.sent, late(self._applied.codec)
        if sent is not None and sent is not before and codec is not None:
            codec.expect_loss(sent.fraction_lost)

    def _report_target(self) -> Address | None:
        return reporting.target(self._applied.remote_rtcp, self._source.target)

    def _send_report(self, report: bytes) -> None:
        target, cipher = self._report_target(), self._applied.cipher
        if target is not None:
            self._rtcp.send(report if cipher is None else cipher.seal_rtcp(report), target)
