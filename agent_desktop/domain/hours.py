"""When the centre is open: weekly hours in a time zone, holidays, and the switch for an emergency.

Wall-clock rules of the place decide, so a day with 23 or 25 hours has its right opening: instants are
turned into local time first (IANA rules), never the other way round by adding hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from agent_desktop.domain.types import Instant

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES = 24 * 60
LOOK_AHEAD_DAYS = 370


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
