r"""The lines of one leg's text, with the places where they came damaged.

`TextLines` makes lines of what each side typed; a textphone says which signs of its turn came damaged, and
may say so of other signs when it reads a turn again.  Here the one is found in the other.

Rules: text is that of `t140` (`\n`, `\b`, `\a`, U+FFFD); numbers of lines are never used twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from agent_desktop.media import t140
from agent_desktop.media.text_lines import TextLine, TextLines
from agent_desktop.media.text_news import Carrier, LegLine

_REMEMBERED: Final = 64  # lines whose damage and carrier are known; only the last ones of a side can change


class WrittenLines:
    """Who wrote what."""

    def __init__(self) -> None:
        self._lines = TextLines()
        self._damaged: dict[int, frozenset[int]] = {}
        self._carriers: dict[int, Carrier] = {}
        self._turn: list[tuple[int, int]] = []
        """Of each sign of the turn that is read: the number of its line, and its place in it."""

    def write(self, speaker: str, text: str, carrier: Carrier, now_s: float) -> tuple[LegLine, ...]:
        """What a side typed; the lines that changed."""
        return self._told(self._lines.write(speaker, text, now_s), carrier)

    def read(
        self, speaker: str, text: str, damaged: Iterable[int], now_s: float, *, is_new_turn: bool = False
    ) -> tuple[LegLine, ...]:
        """What was read of a textphone; `damaged` are places of the whole turn."""
        if is_new_turn:
            self._turn.clear()
        changed: dict[int, TextLine] = {}
        for sign in text:
            for line in self._lines.write(speaker, sign, now_s):
                changed[line.number] = line
            if sign == t140.ERASE:
                del self._turn[-1:]
            elif sign != t140.BELL:
                line_now = next((line for line in self._lines.open if line.speaker == speaker), None)
                place = (line_now.number, len(line_now.text) - 1) if line_now is not None else (0, 0)
                self._turn.append(place)
        self._mark(damaged, changed)
        return self._told(changed.values(), "tty")

    def finish(self, speaker: str | None, now_s: float) -> tuple[LegLine, ...]:
        """A turn or the call is over."""
        return self._told(self._lines.finish(speaker, now_s))

    def tick(self, now_s: float) -> tuple[LegLine, ...]:
        """Lines that nobody went on with."""
        return self._told(self._lines.tick(now_s))

    # -- inside -----------------------------------------------------------------------------------------

    def _mark(self, damaged: Iterable[int], changed: dict[int, TextLine]) -> None:
        """Note the damage of the lines that changed.

        The text of a turn is typed anew from the first place whose mark is another one, so that no other
        line can be meant.
        """
        hurt: dict[int, set[int]] = {number: set() for number in changed}
        for at in damaged:
            number, place = self._turn[at] if at < len(self._turn) else (0, 0)
            if number in hurt:
                hurt[number].add(place)
        for number, places in hurt.items():
            kept = {at for at in self._damaged.get(number, ()) if (number, at) not in self._turn}
            self._damaged[number] = frozenset(places | kept)

    def _told(self, lines: Iterable[TextLine], carrier: Carrier | None = None) -> tuple[LegLine, ...]:
        told: list[LegLine] = []
        for line in lines:
            if carrier is not None:
                self._carriers.setdefault(line.number, carrier)
            told.append(
                LegLine(
                    number=line.number,
                    speaker=line.speaker,
                    carrier=self._carriers.get(line.number, ""),
                    text=line.text,
                    began_s=line.began_s,
                    changed_s=line.changed_s,
                    is_finished=line.is_finished,
                    damaged=tuple(
                        sorted(at for at in self._damaged.get(line.number, ()) if at < len(line.text))
                    ),
                )
            )
        for known in (self._damaged, self._carriers):
            for number in list(known)[:-_REMEMBERED]:
                del known[number]
        return tuple(told)
