"""When something is to come back, in the agent's words: later today, tomorrow at 9, Monday, a date.

Pure: the moment of now and the time zone are given (None is the computer's own).  A day without a time is
nine in the morning; what has passed already today means the next time that it is so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _

MORNING = time(9, 0)
LATER_H, LAST_HOUR, HALF_HOUR = 3, 22, 30
MONDAY, DAYS = 0, 7
MOST_DAYS = 3660  # ten years: more is a slip of the hand

_LENGTH = re.compile(r"(?P<count>\d{1,4})\s*(?P<unit>m|min|h|d|w)", re.IGNORECASE)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_DOTTED = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})?")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that can be chosen; an `at` of 0 is "when the customer writes"."""

    id: str
    label: str
    at: float


def offered(now: float, zone: tzinfo | None = None) -> tuple[Moment, ...]:
    """What is offered without typing a date, the nearest first."""
    here = datetime.fromtimestamp(now, zone)
    tomorrow = here + timedelta(days=1)
    made = [
        Moment("tomorrow", _("Tomorrow, 9:00"), _at(tomorrow, MORNING)),
        Moment("monday", _("Monday, 9:00"), _at(here + timedelta(days=_days_to(here, MONDAY)), MORNING)),
        Moment("week", _("In a week"), _at(here + timedelta(days=DAYS), MORNING)),
        Moment("reply", _("Until the customer writes"), 0.0),
    ]
    later = _rounded(here + timedelta(hours=LATER_H))
    if later.date() == here.date() and later.hour < LAST_HOUR:
        made.insert(0, Moment("later", _("Later today"), later.timestamp()))
    return tuple(made)


def until(words: str, now: float, zone: tzinfo | None = None) -> float:
    """The moment that words mean; 0 is "when the customer writes".  Raises `RefusedError`."""
    typed = " ".join(words.casefold().replace(",", " ").split())
    if found := _named(typed, now, zone):
        return found[0]
    moment = _typed(typed, datetime.fromtimestamp(now, zone))
    if moment is None:
        raise RefusedError(
            _("“{words}” is no time. Try: later, tomorrow, monday, 2h, 3d, 14:30, 2026-11-27 14:30.",
              words=words[:40]),
            code="unknown",
        )  # fmt: skip
    at = moment.timestamp()
    if not now < at < now + MOST_DAYS * 86_400:
        raise RefusedError(_("That time has passed, or is too far away."), code="unknown")
    return at


def _named(typed: str, now: float, zone: tzinfo | None) -> tuple[float, ...]:
    """The offered one that is meant, by its id or by the beginning of its label."""
    if not typed:
        return ()
    moments = offered(now, zone)
    exact = [m.at for m in moments if typed == m.id]
    begun = [m.at for m in moments if m.label.casefold().replace(",", "").startswith(typed)]
    if exact or len(begun) == 1:
        return tuple(exact or begun)[:1]
    return ()


def _typed(typed: str, here: datetime) -> datetime | None:
    """A length of time, a time of day, a weekday or a date, each with or without a time."""
    if length := _LENGTH.fullmatch(typed):
        passed = timedelta(**{_UNITS[length["unit"].lower()]: int(length["count"])})
        return here + passed
    day, _space, rest = typed.partition(" ")
    if (at := _clock(typed)) is not None:
        moment = datetime.combine(here.date(), at, here.tzinfo)
        return moment if moment > here else moment + timedelta(days=1)
    date = _day(day, here)
    at = _clock(rest) if rest else MORNING
    return None if date is None or at is None else datetime.combine(date.date(), at, here.tzinfo)


def _clock(typed: str) -> time | None:
    found = _CLOCK.fullmatch(typed)
    if found is None or int(found["hour"]) > 23 or int(found["minute"]) > 59:
        return None
    return time(int(found["hour"]), int(found["minute"]))


def _day(typed: str, here: datetime) -> datetime | None:
    """A day: today, tomorrow, a weekday's beginning, 2026-11-27, 27.11. or 27.11.2026."""
    near = {"today": 0, _("today").casefold(): 0, "tomorrow": 1, _("tomorrow").casefold(): 1}
    if typed in near:
        return here + timedelta(days=near[typed])
    names = (_("monday"), _("tuesday"), _("wednesday"), _("thursday"), _("friday"), _("saturday"),
             _("sunday"))  # fmt: skip
    begun = [n for n, name in enumerate(names) if len(typed) > 1 and name.casefold().startswith(typed)]
    if len(begun) == 1:
        return here + timedelta(days=_days_to(here, begun[0]))
    found = _ISO.fullmatch(typed) or _DOTTED.fullmatch(typed)
    if found is None:
        return None
    try:
        date = here.replace(year=int(found["year"] or here.year), month=int(found["month"]),
                            day=int(found["day"]))  # fmt: skip
        if not found["year"] and date.date() < here.date():
            date = date.replace(year=date.year + 1)
    except ValueError:
        return None
    return date


def _days_to(here: datetime, weekday: int) -> int:
    """Days until the next such weekday, never today."""
    return (weekday - here.weekday() - 1) % DAYS + 1


def _at(day: datetime, at: time) -> float:
    return datetime.combine(day.date(), at, day.tzinfo).timestamp()


def _rounded(moment: datetime) -> datetime:
    """The next half hour."""
    whole = moment.replace(second=0, microsecond=0)
    return whole + timedelta(minutes=-whole.minute % HALF_HOUR)
