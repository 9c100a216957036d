"""One packet of sound, and the state of sending and receiving a row of them (RFC 3550).

Section 5.1 is the header, 5.3.1 the extension; appendix A.1 is the test that a packet belongs to the
stream.  Nothing here opens a socket or reads a clock.

Rules: skip contributing sources, extension and padding; the sequence number wraps at 16 bits; a new
SSRC or a jump of the sequence starts the stream again, a single stray packet does not; every bound is
counted in packets, never taken from a difference of timestamps.
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import Final, NamedTuple

from agent_desktop.errors import ProtocolError

_FIXED: Final = struct.Struct("!BBHII")
_EXTENSION: Final = struct.Struct("!HH")
MAX_DROPOUT: Final = 3000  # A.1: a gap up to this is loss
MAX_MISORDER: Final = 100  # A.1: a packet this much older is late


class RtpError(ProtocolError):
    """A datagram that is no RTP packet; it is counted and dropped."""


class RtpPacket(NamedTuple):
    """A packet; `timestamp` and `sequence` are the bare 32 and 16 bits of the wire."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False
    csrc: tuple[int, ...] = ()
    extension: tuple[int, bytes] | None = None
    """Profile word and data (a whole number of 32-bit words)."""

    def encode(self) -> bytes:
        first = 0x80 | (0x10 if self.extension is not None else 0) | len(self.csrc)
        second = (0x80 if self.marker else 0) | self.payload_type
        head = _FIXED.pack(first, second, self.sequence, self.timestamp, self.ssrc)
        if self.csrc:
            head += struct.pack(f"!{len(self.csrc)}I", *self.csrc)
        if self.extension is not None:
            profile, data = self.extension
            head += _EXTENSION.pack(profile, len(data) // 4) + data
        return head + self.payload


def parse(datagram: bytes) -> RtpPacket:
    """Read a datagram.  Raises `RtpError` for anything that is not RTP version 2."""
    if len(datagram) < _FIXED.size:
        raise RtpError("The packet is shorter than an RTP header.")
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(datagram)
    if first >> 6 != 2:
        raise RtpError("The packet is not RTP version 2.")
    start, end = _FIXED.size + 4 * (first & 0x0F), len(datagram)
    if first & 0x20:
        end -= datagram[-1]
        if datagram[-1] == 0:
            raise RtpError("The RTP padding has no length.")
    extension: tuple[int, bytes] | None = None
    csrc_end = start
    if first & 0x10:
        if start + _EXTENSION.size > end:
            raise RtpError("The RTP header extension is cut off.")
        profile, words = _EXTENSION.unpack_from(datagram, start)
        start += _EXTENSION.size + 4 * words
        extension = (profile, datagram[csrc_end + _EXTENSION.size : start])
    if start > end:
        raise RtpError("The RTP header is longer than the packet.")
    csrc: tuple[int, ...] = ()
    if first & 0x0F:
        csrc = struct.unpack_from(f"!{first & 0x0F}I", datagram, _FIXED.size)
    return RtpPacket(
        payload_type=second & 0x7F,
        sequence=sequence,
        timestamp=timestamp,
        ssrc=ssrc,
        payload=datagram[start:end],
        marker=bool(second & 0x80),
        csrc=csrc,
        extension=extension,
    )


def is_rtcp(datagram: bytes) -> bool:
    """Whether a datagram on a shared port is RTCP (RFC 5761 section 4)."""
    return len(datagram) >= 2 and 192 <= datagram[1] <= 223


def signed_difference(newer: int, older: int, bits: int) -> int:
    """How far `newer` is ahead of `older` on a counter of so many bits; negative when it is behind."""
    half = 1 << (bits - 1)
    return ((newer - older + half) & ((1 << bits) - 1)) - half


class RtpSender:
    """Numbers the packets of one outgoing stream.

    SSRC and start values come from a random source (RFC 3550 section 5.1).
    """

    __slots__ = ("octets", "packets", "sequence", "ssrc", "timestamp")

    def __init__(self, *, ssrc: int, sequence: int, timestamp: int) -> None:
        self.ssrc = ssrc & 0xFFFFFFFF
        self.sequence = sequence & 0xFFFF
        self.timestamp = timestamp & 0xFFFFFFFF
        self.packets = 0
        self.octets = 0

    def packet(
        self, payload_type: int, payload: bytes, *, marker: bool = False, timestamp: int | None = None
    ) -> RtpPacket:
        """The next packet; `timestamp` differs from the stream's only for telephone events."""
        made = RtpPacket(
            payload_type=payload_type,
            sequence=self.sequence,
            timestamp=self.timestamp if timestamp is None else timestamp,
            ssrc=self.ssrc,
            payload=payload,
            marker=marker,
        )
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.packets += 1
        self.octets += len(payload)
        return made

    def advance(self, samples: int) -> None:
        """Let the media clock go on, whether or not a packet was sent."""
        self.timestamp = (self.timestamp + samples) & 0xFFFFFFFF


class Order(Enum):
    """How a received packet stands to those before it."""

    NEXT = "next"
    """It moves the stream on (with or without a gap)."""
    OLD = "old"
    """Late or repeated; the jitter buffer may still use it."""
    RESTART = "restart"
    """The stream begins anew: first packet, new SSRC, or a jump that a second packet confirmed."""
    STRAY = "stray"
    """Belongs to nothing yet; drop it."""


class RtpReceiver:
    """Follows one incoming stream (appendix A.1); `highest` counts on beyond 16 bits."""

    __slots__ = ("_expected_after_jump", "_newcomer", "base", "highest", "received", "ssrc", "step")

    def __init__(self) -> None:
        self.ssrc: int | None = None
        self.base = 0
        self.highest = 0
        self.received = 0
        self.step = 0
        """By how much the last packet moved the stream on; 1 is the next in order."""
        self._expected_after_jump = -1
        self._newcomer = (-1, -1)

    def receive(self, packet: RtpPacket) -> Order:
        if self.ssrc != packet.ssrc:
            return self._meet(packet)
        self.step = step = signed_difference(packet.sequence, self.highest & 0xFFFF, 16)
        if 0 < step < MAX_DROPOUT:
            self.highest += step
            self.received += 1
            return Order.NEXT
        if -MAX_MISORDER < step <= 0:
            self.received += 1
            return Order.OLD
        if packet.sequence == self._expected_after_jump:
            self._restart(packet)
            return Order.RESTART
        self._expected_after_jump = (packet.sequence + 1) & 0xFFFF
        return Order.STRAY

    def _meet(self, packet: RtpPacket) -> Order:
        """Another SSRC takes over with its second packet in order: one stray packet ends no stream."""
        is_second = self._newcomer == (packet.ssrc, packet.sequence)
        if self.ssrc is None or is_second:
            self._restart(packet)
            return Order.RESTART
        self._newcomer = (packet.ssrc, (packet.sequence + 1) & 0xFFFF)
        return Order.STRAY

    def _restart(self, packet: RtpPacket) -> None:
        self.ssrc = packet.ssrc
        self.base = self.highest = packet.sequence
        self.received = 1
        self.step = 0
        self._expected_after_jump = -1
        self._newcomer = (-1, -1)

    @property
    def expected(self) -> int:
        """How many packets should have come (appendix A.3)."""
        return self.highest - self.base + 1 if self.ssrc is not None else 0

    @property
    def lost(self) -> int:
        """How many did not; repeated packets may make it negative (appendix A.3)."""
        return self.expected - self.received
