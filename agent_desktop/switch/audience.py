r"""For whom each sign was typed: what was said apart stays apart, whatever becomes of the call later.

A line may begin as a whisper and end as a word to everybody.  Who reads is therefore kept with each sign as
it is typed, and never worked out again when the line ends.

Rules: whoever was in the call and did not read a sign then never does; whoever joined later may read the
beginning of a line that was open to all (no hold, no consult, no whisper, no card data); what replaces signs
in the same breath (a modem that reads better) is for those alone who could read what stood there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, TypeAlias

from agent_desktop.domain import graphemes
from agent_desktop.media import t140
from agent_desktop.media.text_news import LegLine
from agent_desktop.switch.calls import Call, Leg, Talk

Line: TypeAlias = tuple[int, str]
"""The number of a line, and what stands in it."""
NOTHING: Final[Line] = (0, "")
_SIGNS: Final = 4000
"""So many signs back an erasure is followed; `TextLines` follows fewer lines."""
_CLUSTER: Final = 3 * graphemes.LONGEST_CLUSTER
_LINES: Final = 32


@dataclass(frozen=True, slots=True)
class Audience:
    """Who could read a sign when it was typed."""

    readers: frozenset[str] = frozenset()
    there: frozenset[str] = frozenset()
    """The legs that were in the call, and up."""
    is_open: bool = False
    """Whoever joins the call may read it too."""
    is_public: bool = False
    """The customer's own, or the customer could read it."""

    def lets(self, reader: str) -> bool:
        """Whether this leg may read it now."""
        return reader in self.readers or (self.is_open and reader not in self.there)

    def narrowed(self, by: Audience) -> Audience:
        """For those alone who may read both."""
        if by == self:
            return self
        both = frozenset(one for one in self.readers | by.readers if self.lets(one) and by.lets(one))
        return Audience(
            both, self.there | by.there, self.is_open and by.is_open, self.is_public and by.is_public
        )

    def changes(self, to: Audience) -> bool:
        """Whether somebody who stays reads now and did not before, or the other way."""
        stay = self.there & to.there
        return self.is_open != to.is_open or self.readers & stay != to.readers & stay


def audience(call: Call, writer: Leg, readers: Iterable[Leg]) -> Audience:
    """Whom the writer's words are for now; `readers` are those of `reading`."""
    reads = frozenset(leg.name for leg in readers)
    is_own = writer is call.customer
    is_public = is_own or (call.customer is not None and call.customer.name in reads)
    apart = call.secure or call.secret is not None or call.on_hold or call.talk is Talk.GUEST
    return Audience(
        readers=reads,
        there=frozenset(leg.name for leg in call.legs if leg.up),
        is_open=is_public and not apart,
        is_public=is_public,
    )


@dataclass(slots=True)
class Trail:
    r"""What a leg has typed, sign by sign, as far back as it can erase: for what is passed on at once."""

    _signs: deque[tuple[str, Audience, int]] = field(default_factory=lambda: deque(maxlen=_SIGNS))
    _line: int = 1
    _lines: int = 1

    def typed(self, text: str, now: Audience) -> list[tuple[str, Audience]]:
        r"""Take what was typed; each sign, and each `\b`, with whom it is for."""
        found: list[tuple[str, Audience]] = []
        for sign in text:
            match sign:
                case t140.ERASE:
                    gone = self._erase()
                    if gone is not None:
                        found.append((sign, gone))
                        now = now.narrowed(gone)
                case t140.BELL:
                    found.append((sign, now))
                case _:
                    self._signs.append((sign, now, self._line))
                    found.append((sign, now))
                    if sign == "\n":
                        self.end()
        return found

    def end(self) -> None:
        """The line is over."""
        self._lines += 1
        self._line = self._lines

    def close(self) -> None:
        """The leg is in another call now: nobody there gets what was typed here."""
        shut = [(sign, replace(one, is_open=False), line) for sign, one, line in self._signs]
        self._signs = deque(shut, maxlen=_SIGNS)
        self.end()

    def standing(self, reader: str) -> Line:
        """What a leg may read of the line that is open."""
        verdicts: dict[int, bool] = {}
        found = []
        for sign, one in reversed(self._open()):
            may = verdicts.get(id(one))  # one and the same object for nearly all of a line
            if may is None:
                may = verdicts[id(one)] = one.lets(reader)
            if may:
                found.append(sign)
        return self._line, "".join(found)

    def _open(self, most: int = _SIGNS) -> list[tuple[str, Audience]]:
        """The signs of the open line, the last one first."""
        found: list[tuple[str, Audience]] = []
        for sign, one, line in reversed(self._signs):
            if line != self._line or sign == "\n" or len(found) >= most:
                break
            found.append((sign, one))
        return found

    def _erase(self) -> Audience | None:
        """Take the last sign back; for whom it was."""
        if not self._signs:
            return None
        sign, one, self._line = self._signs[-1]
        if sign == "\n":
            self._signs.pop()
            return one
        text = "".join(reversed([sign for sign, _ in self._open(_CLUSTER)]))
        for _ in graphemes.last_cluster(text):
            _, one, _ = self._signs.pop()
        return one


@dataclass(slots=True)
class Marks:
    """The last lines of a leg, each sign with whom it was typed for: for whole lines, and for the record."""

    _of: dict[int, tuple[str, tuple[Audience, ...]]] = field(default_factory=dict)

    def seen(self, line: LegLine, now: Audience) -> None:
        """A line as it stands now."""
        text, marks = self._of.get(line.number, ("", ()))
        same = 0
        for stands, wants in zip(text, line.text, strict=False):
            if stands != wants:
                break
            same += 1
        for one in set(marks[same:]):
            now = now.narrowed(one)
        self._of[line.number] = (line.text, marks[:same] + (now,) * (len(line.text) - same))
        for old in list(self._of)[:-_LINES]:
            del self._of[old]

    def close(self) -> None:
        """The leg is in another call now."""
        for number, (text, marks) in self._of.items():
            self._of[number] = text, tuple(replace(one, is_open=False) for one in marks)

    def standing(self, number: int, reader: str) -> str:
        """What a leg may read of a line."""
        text, marks = self._of.get(number, ("", ()))
        return "".join(sign for sign, one in zip(text, marks, strict=True) if one.lets(reader))

    def parts(self, line: LegLine) -> list[tuple[bool, LegLine]]:
        """A line as it is to be kept: what the customer could read, and what was said apart."""
        text, marks = self._of.get(line.number, ("", ()))
        if text != line.text:
            return [(False, line)]
        found, at = [], 0
        for is_public, run in groupby(one.is_public for one in marks):
            end = at + len(list(run))
            damaged = tuple(place - at for place in line.damaged if at <= place < end)
            found.append((is_public, replace(line, text=text[at:end], damaged=damaged)))
            at = end
        return found
