"""Text that is typed during a call, as packets: what SDP agreed on, and the form of a packet (RFC 4103).

A packet holds what was typed in the last 300 ms and, as redundancy (RFC 2198), what the packets before it
held, so that two packets in a row may be lost and no letter is.

Rules: payload types are numbers of this m-line; a block of redundancy says by its place, not by its
timestamp, which packet it repeats (the last before the new text is the packet before); what does not
fit together is no packet (`RedundancyError`), never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from agent_desktop.errors import ProtocolError

CLOCK_RATE_HZ: Final = 1000
BUFFERED_S: Final = 0.3
"""Section 5.1: how long typed text is gathered before it is sent."""
LONGEST_WAIT_S: Final = 1.0
"""Section 5.4: how long text waits for a packet before it that is late."""
DEFAULT_CPS: Final = 30
RATE_WINDOW_S: Final = 10.0
"""Section 6: characters per second are counted over ten seconds."""
MOST_GENERATIONS: Final = 8
_LONGEST_BLOCK: Final = 0x3FF
_FARTHEST: Final = 0x3FFF
_MOST_BLOCKS: Final = 32


class RedundancyError(ProtocolError):
    """A payload that is not what RFC 2198 describes; it is counted and dropped."""


@dataclass(frozen=True, slots=True)
class TextPlan:
    """What the SDP exchange agreed on for the text of a call."""

    t140_payload_type: int
    red_payload_type: int | None = None
    """None: no redundancy was agreed on."""
    generations: int = 2
    """How many packets before it each packet repeats: two in `a=fmtp:96 97/97/97`."""
    cps: int = DEFAULT_CPS
    """Characters per second that the other side takes."""

    @property
    def sent_generations(self) -> int:
        if self.red_payload_type is None:
            return 0
        return max(0, min(self.generations, MOST_GENERATIONS))

    @property
    def sent_cps(self) -> int:
        return max(1, self.cps)


class Block(NamedTuple):
    """What one packet said, UTF-8; `offset` is how many ms before this packet it was said."""

    payload_type: int
    offset: int
    data: bytes


def pack(redundant: Sequence[Block], payload_type: int, data: bytes) -> bytes:
    """A payload of RFC 2198: what is repeated, oldest first, then what is new.

    What is too old or too long to be repeated is sent as empty, so that each keeps its place.
    """
    heads = bytearray()
    body = bytearray()
    for block in redundant:
        fits = len(block.data) <= _LONGEST_BLOCK and 0 <= block.offset <= _FARTHEST
        data_again = block.data if fits else b""
        head = 1 << 31 | block.payload_type << 24 | min(max(0, block.offset), _FARTHEST) << 10
        heads += (head | len(data_again)).to_bytes(4, "big")
        body += data_again
    heads.append(payload_type)
    return bytes(heads + body + data)


def unpack(payload: bytes) -> list[Block]:
    """The blocks of a payload, the new text last.  Raises `RedundancyError`."""
    heads: list[tuple[int, int, int]] = []
    at = 0
    while at < len(payload) and payload[at] & 0x80:
        if at + 4 > len(payload) or len(heads) == _MOST_BLOCKS:
            raise RedundancyError("The redundancy header is cut off or endless.")
        word = int.from_bytes(payload[at : at + 4], "big")
        heads.append((word >> 24 & 0x7F, word >> 10 & _FARTHEST, word & _LONGEST_BLOCK))
        at += 4
    if at >= len(payload):
        raise RedundancyError("The redundancy header has no end.")
    newest = payload[at]
    at += 1
    blocks: list[Block] = []
    for payload_type, offset, length in heads:
        if at + length > len(payload):
            raise RedundancyError("The redundancy is longer than the packet.")
        blocks.append(Block(payload_type, offset, payload[at : at + length]))
        at += length
    blocks.append(Block(newest, 0, payload[at:]))
    return blocks
