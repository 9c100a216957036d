"""The lines of a timeline, each made when it is looked at: a thread may be long, a screen shows ten.

What is known of every line at once is its id, in order; that is enough to tell what came and what went.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Generic, TypeVar, overload

from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.conversation import ItemKind, TimelineItemView

T = TypeVar("T")


class Lines(Sequence[TimelineItemView], Generic[T]):
    """A sequence of lines; `make` makes one from its thing, what is a line already stays as it is."""

    __slots__ = ("_made", "_make", "_things", "ids")

    def __init__(
        self,
        ids: list[str],
        things: Sequence[T | TimelineItemView | Day],
        make: Callable[[T], TimelineItemView],
    ) -> None:
        self.ids = ids
        self._things = things
        self._make = make
        self._made: dict[int, TimelineItemView] = {}

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> TimelineItemView: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[TimelineItemView, ...]: ...
    def __getitem__(self, place: int | slice) -> TimelineItemView | tuple[TimelineItemView, ...]:
        if isinstance(place, slice):
            return tuple(self[n] for n in range(*place.indices(len(self))))
        number = range(len(self))[place]
        line = self._made.get(number)
        if line is None:
            thing = self._things[number]
            line = self._made[number] = self._line(thing)
        return line

    def _line(self, thing: T | TimelineItemView | Day) -> TimelineItemView:
        if isinstance(thing, Day):
            return thing.line()
        return thing if isinstance(thing, TimelineItemView) else self._make(thing)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return self is other or (len(self) == len(other) and all(map(_same, self, other)))

    __hash__ = None  # type: ignore[assignment]  # as every sequence that is compared by what it holds


class Ends(Sequence[TimelineItemView]):
    """The first and the last of some lines, while those between them are not shown yet."""

    __slots__ = ("_head", "_lines", "_tail")

    def __init__(self, lines: Sequence[TimelineItemView], head: int, tail: int) -> None:
        self._lines, self._head, self._tail = lines, head, tail

    def __len__(self) -> int:
        return self._head + self._tail

    @overload
    def __getitem__(self, place: int) -> TimelineItemView: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[TimelineItemView, ...]: ...
    def __getitem__(self, place: int | slice) -> TimelineItemView | tuple[TimelineItemView, ...]:
        if isinstance(place, slice):
            return tuple(self[n] for n in range(*place.indices(len(self))))
        number = range(len(self))[place]
        return self._lines[number if number < self._head else number - len(self)]


def _same(one: object, other: object) -> bool:
    return one is other or one == other


@dataclass(frozen=True, slots=True)
class Day:
    """The mark before the first line of a day; its words depend on the day that it is now."""

    key: str
    at: float
    now: float
    zone: tzinfo | None

    def line(self) -> TimelineItemView:
        """The mark as a line."""
        mark = words.day(self.at, self.now, self.zone)
        return TimelineItemView(ItemKind.DAY, self.key, mark, at=self.at, accessible=mark)


def with_days(
    times: Sequence[float], ids: Sequence[str], things: Sequence[T], now: float, zone: tzinfo | None = None
) -> tuple[list[str], list[T | Day]]:
    """Things by time, with a mark before the first of each day; what a day holds is found by halves.

    Nothing is made for each thing: a long thread would have the collector of garbage at work.
    """
    keys: list[str] = []
    marked: list[T | Day] = []
    last, begin = date.min, 0
    while begin < len(things):
        today = words.local(times[begin], zone).date()
        midnight = datetime.combine(today + timedelta(days=1), time(), zone).timestamp()
        end = max(bisect_left(times, midnight, begin), begin + 1)
        if today != last:
            keys.append(f"day:{today.isoformat()}")
            marked.append(Day(keys[-1], times[begin], now, zone))
            last = today
        keys += ids[begin:end]
        marked += things[begin:end]
        begin = end
    return keys, marked
