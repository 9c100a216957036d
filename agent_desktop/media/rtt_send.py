"""What the agent types, as packets (RFC 4103): the shell calls `due` when `deadline_s` has come.

The first key after a pause goes out at once, the keys after it every 300 ms.  When nothing more is typed,
the last text goes out twice again with nothing new, then there is silence.  The first packet after silence
carries the marker.

While nothing is typed an empty packet goes out every 15 s, if the shell asks for it (`keep_alive`), so that
the ways through NATs stay open (RFC 6263); what is typed after it is the first after a pause all the same.

Rules: no character is cut, and no sign of several characters (an accent, a flag) where it is there as a
whole; never more characters in any ten seconds than the other side takes (`cps`): what is beyond waits and
is not lost, up to `MOST_WAITING`, behind which one U+FFFD stands for what there was no room for; an empty
packet is sent only to repeat something, or to keep the way open.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from agent_desktop.domain import graphemes
from agent_desktop.media import rtt, t140
from agent_desktop.media.rtp import RtpPacket, RtpSender
from agent_desktop.media.rtt import Block, TextPlan

MOST_WAITING: Final = 20_000
"""Characters: eleven minutes of what a reader's phone takes."""
_ROOM_AGAIN: Final = 1000  # so that many holes do not stand in what is taken after the first
_LARGEST_PAYLOAD: Final = 1200  # bytes; with all headers below every path's limit
KEPT_ALIVE_S: Final = 15.0
"""The pause that RFC 6263 recommends: a NAT may forget a way after 30 s, and one packet may be lost."""
_STILL: Final = 1e-6  # a timer that comes a rounding error too early is in time


class TextSender:
    """One side's outgoing text; times are seconds of any clock that only goes forward."""

    __slots__ = (
        "_begun_s",
        "_cleaner",
        "_half",
        "_heard_s",
        "_is_full",
        "_last_s",
        "_plan",
        "_sent",
        "_spent",
        "_start",
        "_stream",
        "_text",
        "dropped",
    )

    def __init__(self, plan: TextPlan, stream: RtpSender, now_s: float, *, greets: bool = True) -> None:
        """`greets`: the session opens with a byte order mark, as T.140 asks and as a NAT needs."""
        self._plan = plan
        self._stream = stream
        self._begun_s = now_s
        self._start = stream.timestamp
        self._text = t140.BYTE_ORDER_MARK if greets else ""
        self._cleaner = t140.Cleaner()
        self._half = ""
        """The first half of a surrogate pair, typed alone."""
        self._is_full = False
        self.dropped = 0
        """Characters for which there was no room."""
        self._sent: deque[tuple[int, bytes]] = deque()
        """What can be repeated, with its timestamp; empty packets too."""
        self._spent: deque[tuple[float, int]] = deque()
        """When how many characters went out, for `cps`."""
        self._last_s: float | None = None
        """When text, or its repetition, went out last."""
        self._heard_s = now_s
        """When anything did."""

    @property
    def stream(self) -> RtpSender:
        """Its numbers, for reports."""
        return self._stream

    @property
    def waiting(self) -> int:
        """How many characters are typed and not sent yet."""
        return len(self._text)

    @property
    def is_idle(self) -> bool:
        """Nothing is to be sent or to be repeated."""
        return not self._text and not self._repeats

    def configure(self, plan: TextPlan) -> None:
        """Follow new SDP; what was typed stays."""
        self._plan = plan

    def write(self, text: str) -> str:
        r"""Type; `\n` is a new line, `\b` erases the other side's last sign of ours.

        What was taken of it, with the mark of what was not.
        """
        taken = self._fitting(text)
        typed = self._half + taken
        self._half = ""
        if typed and "\ud800" <= typed[-1] <= "\udbff":
            typed, self._half = typed[:-1], typed[-1]
        self._text += t140.wire_form(typed, self._cleaner)
        return taken

    @property
    def deadline_s(self) -> float | None:
        """When to call `due`; None while there is nothing to do.  It may lie in the past: at once."""
        if self.is_idle:
            return None
        if self._last_s is None:
            return self._begun_s
        next_s = self._last_s + rtt.BUFFERED_S
        if self._text and not self._repeats:
            return max(next_s, self._free_s())
        return next_s

    def due(self, now_s: float) -> RtpPacket | None:
        """The packet of this moment, or None."""
        deadline_s = self.deadline_s
        if deadline_s is None or now_s + _STILL < deadline_s:
            return None
        fresh = self._take(now_s)
        if not fresh and not self._repeats:
            return None
        return self._made(fresh.encode(), now_s, is_first=self._is_silent(now_s))

    def keep_alive(self, now_s: float) -> RtpPacket | None:
        """A packet without text, when nothing went out for `KEPT_ALIVE_S`, also because it may not."""
        if now_s + _STILL < self._heard_s + KEPT_ALIVE_S:
            return None
        last_s = self._last_s
        packet = self._made(b"", now_s, is_first=False)
        self._last_s = last_s  # what is typed next goes out at once, as the first after a pause
        return packet

    # -- inside -----------------------------------------------------------------------------------------

    def _fitting(self, text: str) -> str:
        room = MOST_WAITING - len(self._text)
        if len(text) <= room and (room >= _ROOM_AGAIN or not self._is_full):
            self._is_full = False
            return text
        if self._is_full and room < _ROOM_AGAIN:
            self.dropped += len(text)
            return ""  # the mark stands
        self._is_full = True
        self.dropped += len(text) - max(0, room)
        return text[: max(0, room)] + t140.MISSING

    @property
    def _repeats(self) -> bool:
        return any(data for _, data in self._sent)

    def _is_silent(self, now_s: float) -> bool:
        """The other side heard nothing for longer than a packet takes."""
        if self._last_s is None:
            return True
        return not self._repeats and now_s - self._last_s > rtt.BUFFERED_S + _STILL

    def _made(self, data: bytes, now_s: float, *, is_first: bool) -> RtpPacket:
        plan, stream = self._plan, self._stream
        stream.timestamp = self._start + round((now_s - self._begun_s) * rtt.CLOCK_RATE_HZ) & 0xFFFFFFFF
        generations = plan.sent_generations
        if plan.red_payload_type is None:
            packet = stream.packet(plan.t140_payload_type, data, marker=is_first)
        else:
            payload = rtt.pack(self._redundancy(generations), plan.t140_payload_type, data)
            packet = stream.packet(plan.red_payload_type, payload, marker=is_first)
        self._sent.append((stream.timestamp, data))
        while len(self._sent) > generations:
            self._sent.popleft()
        self._last_s = self._heard_s = now_s
        return packet

    def _redundancy(self, generations: int) -> list[Block]:
        """As many blocks as were agreed on; those before the first packet are empty."""
        number, now = self._plan.t140_payload_type, self._stream.timestamp
        known = [Block(number, now - at & 0xFFFFFFFF, data) for at, data in self._sent][-generations:]
        return [Block(number, 0, b"")] * (generations - len(known)) + known if generations else []

    def _room(self) -> int:
        """Bytes of new text in a packet, so that all its repetitions fit into one packet too."""
        generations = self._plan.sent_generations
        return (_LARGEST_PAYLOAD - 1 - 4 * generations) // (generations + 1)

    def _take(self, now_s: float) -> str:
        """As much of the text as may go now, in whole signs."""
        while self._spent and now_s - self._spent[0][0] + _STILL >= rtt.RATE_WINDOW_S:
            self._spent.popleft()
        allowed, room = self._allowed(), self._room()
        taken = used = 0
        for sign in graphemes.clusters(self._text[: room + graphemes.LONGEST_CLUSTER]):
            used += len(sign.encode())
            is_over = taken + len(sign) > allowed and (taken > 0 or bool(self._spent))
            if is_over or (taken and used > room):
                break
            taken += len(sign)
        if not taken:
            return ""
        fresh, self._text = self._text[:taken], self._text[taken:]
        self._spent.append((now_s, taken))
        return fresh

    def _allowed(self) -> int:
        """Characters that may go now by `cps`."""
        return int(self._plan.sent_cps * rtt.RATE_WINDOW_S) - sum(count for _, count in self._spent)

    def _free_s(self) -> float:
        """When the next sign may go by `cps`; one larger than that goes when nothing else did."""
        need = len(graphemes.clusters(self._text[: graphemes.LONGEST_CLUSTER])[0])
        allowed, free_s = self._allowed(), float("-inf")
        for at_s, count in self._spent:
            if allowed >= need:
                break
            allowed += count
            free_s = at_s + rtt.RATE_WINDOW_S
        return free_s
