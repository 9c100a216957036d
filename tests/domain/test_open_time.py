"""Open time across lunch, nights, holidays and the days on which the clocks change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.hours import (
    DAYS,
    Hours,
    Period,
    after_open_seconds,
    is_open,
    open_seconds,
)
from agent_desktop.domain.types import Instant

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600.0
OFFICE = Hours(
    id="office",
    zone="Europe/Berlin",
    week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (Period(540, 720), Period(780, 1020))),
    special={date(2026, 12, 25): (), date(2026, 12, 27): (Period(600, 660),)},
)
NIGHT = Hours(id="night", zone="Europe/Berlin", week={"sun": (Period(60, 240),)})
ROUND = Hours(id="round", zone="Europe/Berlin", week=dict.fromkeys(DAYS, (Period(0, 1440),)))
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "America/Sao_Paulo",  # clocks changed at midnight
    "Pacific/Apia",  # left out a whole day
    "Asia/Kathmandu",
    "UTC",
)


def at(text: str, fold: int = 0) -> Instant:
    return Instant(datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).timestamp())


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("2026-11-23T09:00", "2026-11-23T10:00", 1),
        ("2026-11-23T11:30", "2026-11-23T13:30", 1),  # over lunch
        ("2026-11-23T12:10", "2026-11-23T12:50", 0),  # within lunch
        ("2026-11-20T16:00", "2026-11-23T10:00", 2),  # over the weekend
        ("2026-12-24T16:00", "2026-12-28T10:00", 3),  # a holiday, and a Sunday with an hour of its own
        ("2026-11-23T00:00", "2026-11-28T00:00", 35),
        ("2026-11-23T10:00", "2026-11-23T09:00", 0),  # never less than nothing
    ],
)
def test_only_open_time_counts(since: str, until: str, hours: float) -> None:
    assert open_seconds(OFFICE, at(since), at(until)) == hours * HOUR


@pytest.mark.parametrize(
    ("calendar", "day", "hours"),
    [
        (NIGHT, "2026-03-22", 3),  # an ordinary Sunday
        (NIGHT, "2026-03-29", 2),  # 02:00 to 03:00 does not exist
        (NIGHT, "2026-10-25", 4),  # 02:00 to 03:00 comes twice
        (ROUND, "2026-03-29", 23),
        (ROUND, "2026-10-25", 25),
        (ROUND, "2026-10-26", 24),
    ],
)
def test_a_day_on_which_the_clocks_change_has_its_own_length(calendar: Hours, day: str, hours: float) -> None:
    begin = at(f"{day}T00:00")
    end = at(f"{day}T23:59") + 60
    assert open_seconds(calendar, begin, Instant(end)) == hours * HOUR


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-23T09:00", 1, "2026-11-23T10:00"),
        ("2026-11-23T11:30", 1, "2026-11-23T13:30"),
        ("2026-11-23T11:00", 1, "2026-11-23T12:00"),  # at the moment of closing
        ("2026-11-23T22:00", 1, "2026-11-24T10:00"),
        ("2026-11-20T16:30", 1, "2026-11-23T09:30"),
        ("2026-12-24T16:30", 1, "2026-12-27T10:30"),
        ("2026-10-23T16:00", 2, "2026-10-26T10:00"),  # over the night of 25 hours
    ],
)
def test_a_time_ends_while_it_is_open(start: str, hours: float, due: str) -> None:
    assert after_open_seconds(OFFICE, at(start), hours * HOUR) == at(due)


def test_without_a_calendar_every_hour_counts() -> None:
    assert open_seconds(None, Instant(10.0), Instant(25.0)) == 15.0
    assert after_open_seconds(None, Instant(10.0), 15.0) == 25.0


def test_no_time_is_over_at_once() -> None:
    assert after_open_seconds(OFFICE, at("2026-11-22T10:00"), 0) == at("2026-11-22T10:00")


def test_a_calendar_that_does_not_open_stops_the_clock() -> None:
    shut = replace(OFFICE, closed=True)
    assert after_open_seconds(shut, at("2026-11-23T09:00"), 60) is None
    assert open_seconds(shut, at("2026-11-23T09:00"), at("2026-11-23T10:00")) == 0.0
    assert after_open_seconds(Hours(id="never"), at("2026-11-23T09:00"), 60) is None


def test_one_special_day_is_not_enough_for_more_than_its_hours() -> None:
    once = Hours(id="fair", zone="Europe/Berlin", special={date(2027, 9, 1): (Period(600, 660),)})
    assert after_open_seconds(once, at("2026-11-23T09:00"), 60) == at("2027-09-01T10:01")
    assert after_open_seconds(once, at("2026-11-23T09:00"), 2 * HOUR) is None
    assert after_open_seconds(once, at("2026-08-01T09:00"), 60) is None  # too far ahead


def test_overlapping_periods_count_once() -> None:
    twice = Hours(id="x", week={"mon": (Period(600, 700), Period(660, 720))})
    monday = datetime(2026, 11, 23, tzinfo=ZoneInfo("UTC")).timestamp()
    assert open_seconds(twice, Instant(monday), Instant(monday + 24 * HOUR)) == 2 * HOUR


periods = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 600)).map(lambda p: Period(p[0], min(1440, sum(p)))),
    max_size=3,
).map(tuple)
calendars = st.builds(
    Hours,
    id=st.just("any"),
    zone=st.sampled_from(ZONES),
    week=st.dictionaries(st.sampled_from(DAYS), periods, min_size=1),
)
moments = st.integers(1_300_000_000, 1_900_000_000).map(lambda n: Instant(float(n)))


@settings(deadline=None)
@given(calendars, moments, st.integers(1, 40 * 3600))
def test_open_time_given_is_open_time_counted(hours: Hours, start: Instant, seconds: int) -> None:
    due = after_open_seconds(hours, start, seconds)
    if due is None:
        assert not any(hours.week.values())
    else:
        assert open_seconds(hours, start, due) == float(seconds)
        assert is_open(hours, Instant(due - 1))


@settings(deadline=None, max_examples=50)
@given(calendars, moments)
def test_the_sum_agrees_with_the_clock_on_the_wall(hours: Hours, start: Instant) -> None:
    minute = Instant(start - start % 60)
    end = Instant(minute + 26 * HOUR)
    walked = sum(60 for n in range(26 * 60) if is_open(hours, Instant(minute + n * 60)))
    assert open_seconds(hours, minute, end) == float(walked)


@settings(deadline=None)
@given(calendars, moments, st.integers(0, 10**6), st.integers(0, 10**6))
def test_time_adds_up(hours: Hours, start: Instant, first: int, second: int) -> None:
    middle, end = Instant(start + first), Instant(start + first + second)
    whole = open_seconds(hours, start, end)
    assert open_seconds(hours, start, middle) + open_seconds(hours, middle, end) == whole
