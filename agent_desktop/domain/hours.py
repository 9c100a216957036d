"""When the centre is open: weekly hours in a time zone, holidays, and the switch for an emergency.

Wall-clock rules of the place decide, so a day with 23 or 25 hours has its right opening: instants are
turned into local time first (IANA rules), never the other way round by adding hours.

`open_seconds` and `after_open_seconds` count time while it is open: they walk from day to day, whatever the
length, and cut each period where the clocks change.  With None for the calendar every hour counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from agent_desktop.domain.types import Instant, Seconds

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES = 24 * 60
LOOK_AHEAD_DAYS = 370
_DAY_S = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From `start` until before `end`, in minutes after local midnight; 24:00 is 1440."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A calendar.  A date in `special` has those periods instead of its weekday's; none: a holiday."""

    id: str
    zone: str = "UTC"
    week: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)
    special: Mapping[date, tuple[Period, ...]] = field(default_factory=dict)
    closed: bool = False  # the emergency switch

    def periods(self, day: date) -> tuple[Period, ...]:
        """What is open on a date."""
        if self.closed:
            return ()
        return self.special.get(day, self.week.get(DAYS[day.weekday()], ()))


def is_open(hours: Hours, now: Instant) -> bool:
    """Whether somebody is there at this instant."""
    local = datetime.fromtimestamp(now, ZoneInfo(hours.zone))
    minute = local.hour * 60 + local.minute
    return any(p.start <= minute < p.end for p in hours.periods(local.date()))


def next_opening(hours: Hours, now: Instant) -> Instant | None:
    """When it opens next, after `now`; None within a year of closed days.  While open: the next time."""
    zone = ZoneInfo(hours.zone)
    first = datetime.fromtimestamp(now, zone).date()
    for ahead in range(LOOK_AHEAD_DAYS):
        day = first + timedelta(days=ahead)
        for period in sorted(hours.periods(day)):
            at = _instant(day, period.start, zone)
            if at > now and not is_open(hours, Instant(at - 60)):
                return at
    return None


def _instant(day: date, minute: int, zone: ZoneInfo) -> Instant:
    """The instant of a local time; of one that a clock change skips the first moment after the change."""
    naive = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001  made local below
    at = naive.replace(tzinfo=zone).timestamp()
    while datetime.fromtimestamp(at - 60, zone).replace(tzinfo=None) >= naive:
        at -= 60
    return Instant(at)


# --- time that counts -------------------------------------------------------------------------------


def open_seconds(hours: Hours | None, since: Instant, until: Instant) -> Seconds:
    """How long it is open between two instants; 0 when `until` is not after `since`."""
    if hours is None:
        return Seconds(max(0.0, until - since))
    spans = _spans(hours, since, until)
    return Seconds(sum(max(0.0, min(end, until) - max(start, since)) for start, end in spans))


def after_open_seconds(hours: Hours | None, start: Instant, seconds: float) -> Instant | None:
    """When so many open seconds are over since `start`; None when it does not open for so long any more.

    The last second may be the one before closing: the answer is then the moment of closing.
    """
    if seconds <= 0:
        return start
    if hours is None:
        return Instant(start + seconds)
    left, horizon = float(seconds), start + LOOK_AHEAD_DAYS * _DAY_S
    for opens, closes in _spans(hours, start, None):
        if opens > horizon:
            return None
        begin = max(opens, start)
        if closes - begin >= left:
            return Instant(begin + left)
        if closes > begin:
            left -= closes - begin
            horizon = closes + LOOK_AHEAD_DAYS * _DAY_S
    return None


def _spans(hours: Hours, since: float, until: float | None) -> Iterator[tuple[float, float]]:
    """What is open from the day of `since` on, in order, apart from one another; without an end: a while."""
    if hours.closed:
        return
    zone = ZoneInfo(hours.zone)
    day = datetime.fromtimestamp(since, zone).date() - timedelta(days=1)  # clocks may go back over midnight
    last = None if until is None else datetime.fromtimestamp(until, zone).date() + timedelta(days=1)
    idle = 0
    while (last is None or day <= last) and idle <= LOOK_AHEAD_DAYS + 2:
        periods = hours.periods(day)
        idle = 0 if periods else idle + 1
        yield from _spans_of(day, periods, hours.zone)
        day += timedelta(days=1)


@lru_cache(maxsize=4096)
def _spans_of(day: date, periods: tuple[Period, ...], zone: str) -> tuple[tuple[float, float], ...]:
    """The instants at which one date is open: each period by the clock on the wall, cut where it jumps."""
    midnight = (day.toordinal() - _EPOCH) * _DAY_S
    cut = []
    for start, end, offset in (part for n in (-1, 0, 1) for part in _offsets(midnight + n * _DAY_S, zone)):
        for period in periods:
            opens = max(start, midnight + period.start * 60 - offset)
            closes = min(end, midnight + period.end * 60 - offset)
            if opens < closes:
                cut.append((opens, closes))
    spans: list[tuple[float, float]] = []
    for opens, closes in sorted(cut):
        if spans and opens <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], closes))
        else:
            spans.append((opens, closes))
    return tuple(spans)


@lru_cache(maxsize=4096)
def _offsets(start: int, zone: str) -> tuple[tuple[int, int, float], ...]:
    """(from, until, seconds ahead of UTC) in the UTC day that begins at `start`: two when clocks change."""
    end = start + _DAY_S
    first, second = _offset(start, zone), _offset(end - 1, zone)
    if first == second:
        return ((start, end, first),)
    before, after = start, end - 1
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == first:
            before = middle
        else:
            after = middle
    return ((start, after, first), (after, end, second))


def _offset(at: int, zone: str) -> float:
    moved = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return moved.total_seconds() if moved is not None else 0.0
