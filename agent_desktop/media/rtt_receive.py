"""What the customer types, from packets (RFC 4103): in order, once, and honest about what is missing.

A packet that did not come is taken from the repetitions in the next ones, at once.  Where they do not
reach back far enough, what came later waits for the late packet, one second at most; then one U+FFFD
stands for the whole hole and the text goes on.

Rules: the shell calls `tick` when `deadline_s` has come; nothing that arrives raises or takes memory
without a bound; what is more than a leg's allowance (`text_rate`) is dropped before it is read, and one
U+FFFD stands for all of it; another stream is believed with its second packet in order
(`rtp.RtpReceiver`), and what its first packet said is kept for that; byte order marks and controls never
leave (`t140.Cleaner`).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from agent_desktop.media import rtt, t140
from agent_desktop.media.rtp import Order, RtpPacket, RtpReceiver
from agent_desktop.media.rtt import Block, TextPlan
from agent_desktop.media.text_rate import Allowance, signs_in

_MOST_WAITING: Final = 64  # packets behind a hole: 19 s of the slowest typing, 1 s of any that is allowed
_MARKS: Final = re.compile("\ufffd+")


class _Waiting(NamedTuple):
    """Text behind a hole."""

    arrived_s: float
    data: bytes


@dataclass(slots=True)
class TextCounters:
    """What passed, for logs and for quality."""

    received: int = 0
    recovered: int = 0
    """Packets that were lost and whose text was repeated in time."""
    lost: int = 0
    """Packets whose text is lost."""
    holes: int = 0
    """Rows of those: each is one mark in the text."""
    repeated: int = 0
    """Packets that came twice or too late."""
    malformed: int = 0
    unknown_payload: int = 0
    stray: int = 0
    flooded: int = 0
    """Characters that were dropped because they were more than the sound can bear."""


class TextReceiver:
    """One side's incoming text; times are seconds of any clock that only goes forward."""

    __slots__ = (
        "_allowance",
        "_cleaner",
        "_decoder",
        "_is_flooded",
        "_next",
        "_plan",
        "_stray",
        "_stream",
        "_waiting",
        "counters",
        "wait_s",
    )

    def __init__(self, plan: TextPlan, *, wait_s: float = rtt.LONGEST_WAIT_S) -> None:
        self.counters = TextCounters()
        self.wait_s = wait_s
        self._plan = plan
        self._stream = RtpReceiver()
        self._stray: RtpPacket | None = None
        self._next: int | None = None
        """The packet whose text comes next; None before the first and while the beginning is sought."""
        self._waiting: dict[int, _Waiting] = {}
        self._allowance = Allowance()
        self._is_flooded = False
        """What came last was dropped, and its mark stands."""
        self._restart_text()

    @property
    def stream(self) -> RtpReceiver:
        """What came of the stream, for reports."""
        return self._stream

    def configure(self, plan: TextPlan) -> None:
        """Follow new SDP; the text goes on."""
        self._plan = plan

    @property
    def deadline_s(self) -> float | None:
        """When to call `tick`: what waits behind a hole has then waited long enough."""
        if not self._waiting:
            return None
        return min(entry.arrived_s for entry in self._waiting.values()) + self.wait_s

    def receive(self, packet: RtpPacket, now_s: float) -> str:
        r"""The text that can be read now: plain, with `\n`, `\b`, `\a` and U+FFFD (`t140`)."""
        self._allowance.tick(now_s)
        blocks = self._blocks(packet)
        if blocks is None:
            return ""
        order = self._stream.receive(packet)
        if order is Order.STRAY:
            self.counters.stray += 1
            self._stray = packet
            return ""
        self.counters.received += 1
        text = ""
        if order is Order.RESTART:
            text = self._give_up_all()
            self._begin(packet, blocks, now_s)
        at = self._stream.highest + min(self._stream.step, 0)
        self._keep(at, blocks, now_s)
        if self._next is None and packet.marker:
            self._next = min(self._waiting)
        return text + self._read() + self.tick(now_s)

    def tick(self, now_s: float) -> str:
        """The text that waited long enough for a packet before it; mostly none."""
        self._allowance.tick(now_s)
        text = ""
        while self._waiting:
            deadline_s = self.deadline_s
            is_over = len(self._waiting) > _MOST_WAITING
            if not is_over and (deadline_s is None or now_s < deadline_s):
                break
            text += self._skip() + self._read()
        return text

    def finish(self) -> str:
        """The call is over, or text was taken out of it: what still waits, with its holes marked."""
        return self._give_up_all()

    # -- inside -----------------------------------------------------------------------------------------

    def _blocks(self, packet: RtpPacket) -> list[Block] | None:
        if packet.payload_type == self._plan.t140_payload_type:
            return [Block(packet.payload_type, 0, packet.payload)]
        if packet.payload_type != self._plan.red_payload_type:
            self.counters.unknown_payload += 1
            return None
        try:
            blocks = rtt.unpack(packet.payload)
        except rtt.RedundancyError:
            self.counters.malformed += 1
            return None
        if blocks[-1].payload_type != self._plan.t140_payload_type:
            self.counters.unknown_payload += 1
            return None
        return blocks

    def _begin(self, packet: RtpPacket, blocks: list[Block], now_s: float) -> None:
        """The stream's first packet: one that is marked, or repeats less than it could, begins it.

        Before another some may be on their way: what comes is gathered for as long as a hole is waited for.
        """
        stray, self._stray = self._stray, None
        first, self._next = self._stream.highest, None
        if stray is not None and (stray.ssrc, stray.sequence) == (packet.ssrc, packet.sequence - 1 & 0xFFFF):
            earlier = self._blocks(stray)
            if earlier is not None:
                self._next = first - len(earlier)
                self._keep(first - 1, earlier, now_s)
                return
        if packet.marker or not blocks[0].data:
            self._next = first - len(blocks) + 1

    def _keep(self, at: int, blocks: list[Block], now_s: float) -> None:
        """Put the blocks of packet `at` where their packets belong."""
        is_new = False
        for back, block in zip(range(len(blocks) - 1, -1, -1), blocks, strict=True):
            place = at - back
            is_wanted = self._next is None or place >= self._next
            if not is_wanted or place in self._waiting or block.payload_type != self._plan.t140_payload_type:
                continue
            self._waiting[place] = _Waiting(now_s, block.data)
            is_new = is_new or back == 0
            if back and block.data:
                self.counters.recovered += 1
        if not is_new:
            self.counters.repeated += 1

    def _read(self) -> str:
        """All text that nothing is missing before."""
        text = ""
        while self._next is not None and self._next in self._waiting:
            text += self._admitted(self._waiting.pop(self._next).data)
            self._next += 1
        return text

    def _skip(self) -> str:
        """Give up the hole before what waits; the mark of it."""
        first = min(self._waiting)
        if self._next is None:
            self._next = first
            return ""
        self.counters.lost += first - self._next
        self.counters.holes += 1
        self._next = first
        return self._mark()

    def _give_up_all(self) -> str:
        text = self._read()
        while self._waiting:
            text += self._skip() + self._read()
        self._restart_text()
        return text

    def _restart_text(self) -> None:
        """What was begun before a hole is not what goes on after it."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._cleaner = t140.Cleaner()

    def _mark(self) -> str:
        """Text is missing here; what was dropped just before has its mark already."""
        self._restart_text()
        return "" if self._is_flooded else t140.MISSING

    def _admitted(self, data: bytes) -> str:
        signs = signs_in(data)
        if not self._allowance.takes(signs):
            mark, self._is_flooded = self._mark(), True
            self.counters.flooded += signs
            return mark
        self._is_flooded = self._is_flooded and not signs
        return self._cleaned(data)

    def _cleaned(self, data: bytes) -> str:
        """UTF-8 that is broken is one mark, however long; a character may be cut between two packets."""
        text = self._decoder.decode(data)
        if t140.MISSING in text and t140.MISSING.encode() not in data:
            text = _MARKS.sub(t140.MISSING, text)
        return self._cleaner.feed(text)
