from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.hours import Hours, Period, is_open, next_opening
from agent_desktop.domain.types import Instant

BERLIN = ZoneInfo("Europe/Berlin")
DAY, LATE = (Period(540, 720), Period(780, 1020)), (Period(120, 240),)
OFFICE = Hours(
    id="office",
    zone="Europe/Berlin",
    week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY),
    special={date(2026, 12, 25): (), date(2026, 12, 27): (Period(600, 660),)},
)


def at(text: str, fold: int = 0) -> Instant:
    return Instant(datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).timestamp())


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-23T08:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T11:59", True),
        ("2026-11-23T12:00", False),  # lunch
        ("2026-11-23T13:00", True),
        ("2026-11-23T17:00", False),
        ("2026-11-22T10:00", False),  # Sunday
        ("2026-12-25T10:00", False),  # a holiday on a Friday
        ("2026-12-27T10:30", True),  # a Sunday with hours of its own
        ("2026-03-30T09:00", True),  # the Monday after the clocks went forward
        ("2026-10-26T09:00", True),  # the Monday after they went back
    ],
)
def test_the_centre_is_open_by_the_clock_on_its_wall(moment: str, open_: bool) -> None:
    assert is_open(OFFICE, at(moment)) is open_


def test_the_emergency_switch_closes_everything() -> None:
    closed = Hours(id="x", zone="Europe/Berlin", week=OFFICE.week, closed=True)
    assert not is_open(closed, at("2026-11-23T10:00"))
    assert next_opening(closed, at("2026-11-23T10:00")) is None


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23T08:00", "2026-11-23T09:00"),
        ("2026-11-23T12:10", "2026-11-23T13:00"),
        ("2026-11-23T10:00", "2026-11-23T13:00"),
        ("2026-11-20T17:30", "2026-11-23T09:00"),  # over the weekend
        ("2026-12-24T18:00", "2026-12-27T10:00"),  # over the holiday
    ],
)
def test_the_next_opening_is_found(moment: str, opens: str) -> None:
    assert next_opening(OFFICE, at(moment)) == at(opens)


def test_an_opening_that_the_clock_change_skips_is_the_first_moment_after_it() -> None:
    night = Hours(id="n", zone="Europe/Berlin", week={"sun": (Period(150, 240),)})
    found = next_opening(night, at("2026-03-28T12:00"))
    assert found is not None
    assert datetime.fromtimestamp(found, BERLIN).strftime("%d %H:%M") == "29 03:00"


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    night = Hours(id="n", zone="Europe/Berlin", week={"sun": LATE})
    assert is_open(night, at("2026-10-25T02:30", fold=0))
    assert is_open(night, at("2026-10-25T02:30", fold=1))


@given(st.integers(1_700_000_000, 1_900_000_000))
def test_the_next_opening_is_open_and_lies_ahead(now: int) -> None:
    found = next_opening(OFFICE, Instant(float(now)))
    assert found is not None
    assert found > now
    assert is_open(OFFICE, found)
