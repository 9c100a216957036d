from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.conversation import ItemKind, TimelineItemView
from agent_desktop.viewmodels.lines import Day, Ends, Lines, with_days

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC).timestamp()
ZONES = (UTC, timezone(timedelta(hours=-9)), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia"))


def line(number: int) -> TimelineItemView:
    return TimelineItemView(ItemKind.IN, f"m{number}", f"Message {number}", at=float(number))


def lines(count: int, made: list[int] | None = None) -> Lines[int]:
    def make(number: int) -> TimelineItemView:
        if made is not None:
            made.append(number)
        return line(number)

    return Lines([f"m{n}" for n in range(count)], list(range(count)), make)


def test_a_line_is_made_once_and_only_when_it_is_looked_at() -> None:
    made: list[int] = []
    thread = lines(10_000, made)
    assert len(thread) == 10_000
    assert thread.ids[-1] == "m9999"
    assert made == []
    assert thread[-1] == line(9999)
    assert [item.id for item in thread[-3:]] == ["m9997", "m9998", "m9999"]
    assert made == [9999, 9997, 9998]


def test_it_is_a_sequence_like_any_other() -> None:
    thread = lines(5)
    assert thread == tuple(line(n) for n in range(5))
    assert thread == lines(5)
    assert thread != lines(4)
    assert thread != "m0m1m2m3m4"
    assert next(reversed(thread)) == line(4)
    with pytest.raises(IndexError):
        thread[5]
    with pytest.raises(TypeError):
        hash(thread)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 5))
def test_the_ends_are_the_first_and_the_last(head: int, tail: int, middle: int) -> None:
    whole = [line(n) for n in range(head + middle + tail)]
    ends = Ends(whole, head, tail)
    assert list(ends) == whole[:head] + whole[len(whole) - tail :]
    assert ends[1:3] == tuple((whole[:head] + whole[len(whole) - tail :])[1:3])


@given(
    st.lists(st.floats(0, 2 * NOW), max_size=30),
    st.lists(st.floats(-90_000, 90_000), max_size=30),
    st.sampled_from(ZONES),
)
def test_each_day_has_its_mark_once(far: list[float], close: list[float], zone: timezone) -> None:
    times = sorted([*far, *(NOW + offset for offset in close)])
    ids = [str(n) for n in range(len(times))]
    keys, things = with_days(times, ids, list(range(len(times))), NOW, zone)
    expected: list[str] = []
    last = ""
    for number, at in enumerate(times):
        mark = f"day:{words.local(at, zone).date().isoformat()}"
        if mark != last:
            expected.append(mark)
            last = mark
        expected.append(str(number))
    assert keys == expected
    assert [str(t) for t in things if isinstance(t, int)] == ids
    days = [t for t in things if isinstance(t, Day)]
    assert [d.line().text for d in days] == [words.day(d.at, NOW, zone) for d in days]


def test_without_a_zone_the_days_are_those_of_this_computer() -> None:
    times = [NOW + 3_600 * n for n in range(60)]
    marked, _things = with_days(times, [str(n) for n in range(60)], list(range(60)), NOW)
    assert marked[0].startswith("day:")
    assert len([key for key in marked if key.startswith("day:")]) in {3, 4}
