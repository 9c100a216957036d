"""Whose packets a stream believes: the lock against injected sound (RTP bleed).

Anybody who finds the port may send to it.  The address that the peer signalled in SDP is believed at
once and always wins.  Behind NAT the packets come from elsewhere: another address is believed after four
packets in order of one SSRC, and only while nothing came from the signalled one.  From then on answers
go there too (symmetric RTP, RFC 4961).  Every other source is dropped and counted.

With SRTP the key proves who sends: such a packet is believed at once, and moves the target with it.

Rule: only new signalling (`SourceLock` made anew) opens the lock again; silence does not.
"""

from __future__ import annotations

from typing import Final, Protocol, TypeAlias

from agent_desktop.errors import ProtocolError
from agent_desktop.media.rtp import RtpPacket, parse
from agent_desktop.media.srtp import Cipher

Address: TypeAlias = tuple[str, int]

PROBATION_PACKETS: Final = 4


class Opened(Protocol):
    """What is counted of packets that are none."""

    malformed: int
    forged: int


def opened(data: bytes, cipher: Cipher | None, counters: Opened) -> RtpPacket | None:
    """The packet in a datagram, decrypted where there is a key; None and a count where there is none."""
    plain = data if cipher is None else cipher.open(data)
    if plain is None:
        counters.forged += 1
        return None
    try:
        return parse(plain)
    except ProtocolError:
        counters.malformed += 1
        return None


class SourceLock:
    """Decides for each packet whether its source is the peer."""

    __slots__ = ("_candidate", "_in_order", "_learned", "_sequence", "_signalled", "_ssrc", "refused")

    def __init__(self, signalled: Address | None) -> None:
        self._signalled = signalled
        self._learned: Address | None = None
        self._candidate: Address | None = None
        self._ssrc = 0
        self._sequence = 0
        self._in_order = 0
        self.refused = 0

    @property
    def target(self) -> Address | None:
        """Where to send."""
        return self._learned or self._signalled

    def admits(self, source: Address, packet: RtpPacket, *, is_proven: bool = False) -> bool:
        """Whether to play this packet; `is_proven` by its key, wherever it came from (SRTP)."""
        if source == self._learned:
            return True
        if is_proven:
            self._learned = source
            return True
        if source == self._signalled:
            self._learned = source
            return True
        if self._learned is None and self._on_probation(source, packet):
            self._learned = source
            return True
        self.refused += 1
        return False

    def _on_probation(self, source: Address, packet: RtpPacket) -> bool:
        follows = (
            source == self._candidate
            and packet.ssrc == self._ssrc
            and packet.sequence == (self._sequence + 1) & 0xFFFF
        )
        self._in_order = self._in_order + 1 if follows else 1
        self._candidate, self._ssrc, self._sequence = source, packet.ssrc, packet.sequence
        return self._in_order >= PROBATION_PACKETS
