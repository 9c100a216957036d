"""How well the other side hears us, and we it: sender and receiver reports (RFC 3550 section 6).

Section 6.4 gives the reports, appendix A.3 the loss, A.8 the jitter.  Only what a telephone call needs
is read: SR, RR, SDES CNAME and BYE; everything else in a compound packet is skipped by its length.

Rules: a length field is checked before it is believed; times come in as arguments.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.errors import ProtocolError
from agent_desktop.media.rtp import RtpReceiver

SR: Final = 200
RR: Final = 201
SDES: Final = 202
BYE: Final = 203

_NTP_EPOCH_OFFSET_S: Final = 2_208_988_800
_HEADER: Final = struct.Struct("!BBH")
_BLOCK: Final = struct.Struct("!IIIIII")
_SENDER_INFO: Final = struct.Struct("!IIIII")


class RtcpError(ProtocolError):
    """A datagram that is no RTCP compound packet."""


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What one receiver says about one sender.  Jitter in RTP clock units; `dlsr` in 1/65536 s."""

    ssrc: int
    fraction_lost: float
    cumulative_lost: int
    highest_sequence: int
    jitter: int
    lsr: int = 0
    dlsr: int = 0

    def encode(self) -> bytes:
        lost = max(-0x800000, min(0x7FFFFF, self.cumulative_lost)) & 0xFFFFFF
        fraction = max(0, min(255, int(self.fraction_lost * 256)))
        return _BLOCK.pack(
            self.ssrc,
            (fraction << 24) | lost,
            self.highest_sequence & 0xFFFFFFFF,
            self.jitter & 0xFFFFFFFF,
            self.lsr,
            self.dlsr & 0xFFFFFFFF,
        )


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """The sender's clock and counts; `ntp` is 32.32 fixed point."""

    ntp: int
    rtp_timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class Report:
    """A sender report (with `sender`) or a receiver report (without)."""

    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()
    sender: SenderInfo | None = None


@dataclass(frozen=True, slots=True)
class Compound:
    """What a compound packet told us."""

    reports: tuple[Report, ...] = ()
    byes: tuple[int, ...] = ()


def ntp_of(unix_s: float) -> int:
    """Unix time as 32.32 fixed-point NTP time."""
    return int((unix_s + _NTP_EPOCH_OFFSET_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def middle(ntp: int) -> int:
    """The middle 32 bits, as LSR carries them."""
    return (ntp >> 16) & 0xFFFFFFFF


def round_trip_s(block: ReportBlock, now_unix_s: float) -> float | None:
    """The way there and back, from a block about our own stream (section 6.4.1); None before our first SR."""
    if block.lsr == 0:
        return None
    units = (middle(ntp_of(now_unix_s)) - block.lsr - block.dlsr) & 0xFFFFFFFF
    return units / 65536 if units < 0x80000000 else None


def encode(report: Report, cname: str, *, bye: bool = False) -> bytes:
    """A compound packet: the report, the CNAME that each must carry (section 6.1), and BYE at the end."""
    if report.sender is None:
        kind, info = RR, b""
    else:
        kind, sender = SR, report.sender
        info = _SENDER_INFO.pack(
            sender.ntp >> 32, sender.ntp & 0xFFFFFFFF, sender.rtp_timestamp, sender.packets, sender.octets
        )
    body = struct.pack("!I", report.ssrc) + info + b"".join(block.encode() for block in report.blocks)
    packet = _HEADER.pack(0x80 | len(report.blocks), kind, len(body) // 4) + body
    name = cname.encode()[:255]
    item = struct.pack("!IBB", report.ssrc, 1, len(name)) + name + b"\x00"
    item += b"\x00" * (-len(item) % 4)
    packet += _HEADER.pack(0x81, SDES, len(item) // 4) + item
    if bye:
        packet += _HEADER.pack(0x81, BYE, 1) + struct.pack("!I", report.ssrc)
    return packet


def parse(datagram: bytes) -> Compound:
    """Read a compound packet.  Raises `RtcpError` when a length runs over the end."""
    reports: list[Report] = []
    byes: list[int] = []
    offset = 0
    while offset + _HEADER.size <= len(datagram):
        first, kind, words = _HEADER.unpack_from(datagram, offset)
        end = offset + 4 * (words + 1)
        if first >> 6 != 2 or end > len(datagram):
            raise RtcpError("The packet is not RTCP version 2, or is cut off.")
        body, count = datagram[offset + 4 : end], first & 0x1F
        if kind in {SR, RR}:
            reports.append(_parse_report(body, count, has_sender=kind == SR))
        elif kind == BYE:
            if 4 * count > len(body):
                raise RtcpError("The RTCP BYE is cut off.")
            byes.extend(struct.unpack_from(f"!{count}I", body))
        offset = end
    if offset == 0:
        raise RtcpError("The packet is shorter than an RTCP header.")
    return Compound(tuple(reports), tuple(byes))


def _parse_report(body: bytes, count: int, *, has_sender: bool) -> Report:
    needed = 4 + (_SENDER_INFO.size if has_sender else 0) + count * _BLOCK.size
    if len(body) < needed:
        raise RtcpError("The RTCP report is cut off.")
    (ssrc,) = struct.unpack_from("!I", body)
    offset, sender = 4, None
    if has_sender:
        high, low, timestamp, packets, octets = _SENDER_INFO.unpack_from(body, offset)
        sender = SenderInfo((high << 32) | low, timestamp, packets, octets)
        offset += _SENDER_INFO.size
    blocks = tuple(_parse_block(body, offset + index * _BLOCK.size) for index in range(count))
    return Report(ssrc, blocks, sender)


def _parse_block(body: bytes, offset: int) -> ReportBlock:
    ssrc, loss, highest, jitter, lsr, dlsr = _BLOCK.unpack_from(body, offset)
    lost = loss & 0xFFFFFF
    return ReportBlock(
        ssrc=ssrc,
        fraction_lost=(loss >> 24) / 256,
        cumulative_lost=lost - 0x1000000 if lost & 0x800000 else lost,
        highest_sequence=highest,
        jitter=jitter,
        lsr=lsr,
        dlsr=dlsr,
    )


@dataclass(slots=True)
class Reception:
    """Loss and jitter of one incoming stream, as the next report will tell them."""

    clock_rate_hz: int = 8000
    jitter: float = 0.0
    """Interarrival jitter in clock units (appendix A.8)."""
    _transit: float | None = None
    _expected_before: int = 0
    _received_before: int = 0
    _lsr: int = 0
    _lsr_at_s: float = field(default=0.0)

    def arrived(self, timestamp: int, arrival_s: float) -> None:
        """One packet came in order; a jump of the timestamp starts the measure again."""
        transit = arrival_s * self.clock_rate_hz - timestamp
        if self._transit is not None:
            difference = abs(transit - self._transit)
            if difference < self.clock_rate_hz:
                self.jitter += (difference - self.jitter) / 16
        self._transit = transit

    def restarted(self) -> None:
        """A new stream: nothing measured so far belongs to it."""
        self.jitter, self._transit = 0.0, None
        self._expected_before = self._received_before = 0

    def clock(self, clock_rate_hz: int) -> None:
        """The stream's clock from now on; another rate starts the measure again."""
        if clock_rate_hz != self.clock_rate_hz:
            self.clock_rate_hz = clock_rate_hz
            self.jitter, self._transit = 0.0, None

    def sender_report(self, info: SenderInfo, arrival_s: float) -> None:
        self._lsr, self._lsr_at_s = middle(info.ntp), arrival_s

    @property
    def jitter_s(self) -> float:
        return self.jitter / self.clock_rate_hz

    def block(self, receiver: RtpReceiver, now_s: float) -> ReportBlock | None:
        """The report block since the last one (appendix A.3); None before the first packet."""
        if receiver.ssrc is None:
            return None
        expected = receiver.expected - self._expected_before
        lost = expected - (receiver.received - self._received_before)
        self._expected_before, self._received_before = receiver.expected, receiver.received
        return ReportBlock(
            ssrc=receiver.ssrc,
            fraction_lost=max(lost, 0) / expected if expected > 0 else 0.0,
            cumulative_lost=receiver.lost,
            highest_sequence=receiver.highest,
            jitter=int(self.jitter),
            lsr=self._lsr,
            dlsr=int((now_s - self._lsr_at_s) * 65536) if self._lsr else 0,
        )
