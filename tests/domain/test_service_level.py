"""Promises: the operating guide's tables, and what holds for every story."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain import service_level
from agent_desktop.domain.hours import Hours, Period, is_open, open_seconds
from agent_desktop.domain.service_level import (
    BROKEN,
    FIRST_REPLY,
    KEPT,
    NEXT_REPLY,
    PAUSED,
    RESOLUTION,
    RUNNING,
    Happening,
    Promise,
    Promises,
    Terms,
    next_deadline,
    next_due,
    recounted,
    tick,
)
from agent_desktop.domain.types import Instant, Seconds
from tests.domain.promise_tables import TABLES, Table

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600.0
OFFICE = Hours(
    id="office",
    zone="Europe/Berlin",
    week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (Period(540, 720), Period(780, 1020))),
    special={date(2026, 12, 25): ()},
)
TERMS = Terms(
    first_reply_s=Seconds(2 * HOUR),
    next_reply_s=Seconds(HOUR),
    resolution_s=Seconds(8 * HOUR),
    hours="office",
)
OPEN, SHUT = {"office": OFFICE}, {"office": replace(OFFICE, closed=True)}


def at(text: str) -> Instant:
    return Instant(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp())


def shown(promises: Promises, kind: str) -> str:
    """A clock in the table's words."""
    p = next((p for p in promises if p.kind == kind), None)
    if p is None:
        return ""
    match p.state:
        case "kept":
            return "kept"
        case "broken":
            served = f", served {local(p.ended_at)}" if p.ended_at else ""
            return f"broken{served}"
        case "running" if p.due_at:
            return f"{'warned, ' if p.warned else ''}due {local(p.due_at)}"
        case _:
            return f"stands, {int(p.left_s // 3600)}:{int(p.left_s % 3600 // 60):02} left"


def local(instant: float) -> str:
    return datetime.fromtimestamp(instant, BERLIN).strftime("%a %H:%M")


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.title)
def test_the_clocks_stand_as_the_table_says(table: Table) -> None:
    promises: Promises = ()
    hours = OPEN
    for line in table.lines:
        now = at(line.when)
        match line.what:
            case "time":
                promises = tick(promises, hours, now)
            case "closed" | "opened":
                hours = SHUT if line.what == "closed" else OPEN
                promises = recounted(promises, hours, now)
            case what:
                promises = service_level.step(promises, Happening[what.upper()], TERMS, hours, now)
        stand = tuple(shown(promises, kind) for kind in (FIRST_REPLY, NEXT_REPLY, RESOLUTION))
        assert stand == (line.first, line.next, line.resolution), f"{line.when} {line.what}"


def begin(now: float, hours: dict[str, Hours] = OPEN, terms: Terms = TERMS) -> Promises:
    return service_level.step((), Happening.WAITED, terms, hours, Instant(now))


def test_a_queue_that_promises_nothing_has_no_clocks() -> None:
    assert begin(1.0, terms=Terms()) == ()
    assert next_deadline(()) is None
    assert next_due(()) == 0.0


def test_a_customer_who_waited_already_has_the_time_counted() -> None:
    since, now = at("2026-11-23 09:00"), at("2026-11-23 12:30")
    late = service_level.step((), Happening.WAITED, TERMS, OPEN, now, since=since)
    assert shown(late, FIRST_REPLY) == "broken"
    assert late[0].due_at == at("2026-11-23 11:00")


def test_the_shell_is_woken_for_the_warning_then_for_the_end() -> None:
    promises = begin(at("2026-11-23 09:00"))
    assert next_deadline(promises) == at("2026-11-23 10:36")
    warned = tick(promises, OPEN, at("2026-11-23 10:36"))
    assert next_deadline(warned) == at("2026-11-23 11:00")
    broken = tick(warned, OPEN, at("2026-11-23 11:00"))
    assert next_deadline(broken) == at("2026-11-23 16:24")  # the resolution's warning: 6:24 of 8:00
    assert next_due(broken) == at("2026-11-23 11:00")  # it is still owed


def test_a_clock_that_is_due_while_the_centre_is_closed_in_an_emergency_does_not_break() -> None:
    promises = begin(at("2026-11-23 09:00"))
    assert [p.state for p in tick(promises, SHUT, at("2026-11-23 11:00"))] == [RUNNING, RUNNING]
    stands = recounted(promises, SHUT, at("2026-11-23 10:59"))
    assert next_deadline(stands) is None
    assert [p.state for p in tick(stands, SHUT, at("2026-11-25 11:00"))] == [RUNNING, RUNNING]


def test_work_that_comes_while_the_centre_is_closed_has_its_whole_time_afterwards() -> None:
    promises = begin(at("2026-11-23 09:00"), SHUT)
    assert shown(promises, FIRST_REPLY) == "stands, 2:00 left"
    later = recounted(promises, OPEN, at("2026-11-24 09:00"))
    assert shown(later, FIRST_REPLY) == "due Tue 11:00"


def test_counting_again_by_the_same_calendar_changes_nothing() -> None:
    promises = begin(at("2026-11-23 09:00"))
    assert recounted(promises, OPEN, at("2026-11-23 10:00")) == promises
    answered = service_level.step(promises, Happening.REPLIED, TERMS, OPEN, at("2026-11-23 10:00"))
    assert recounted(answered, OPEN, at("2026-11-23 10:30")) == answered


def test_a_calendar_that_changed_is_counted_as_if_it_had_always_been_so() -> None:
    promises = begin(at("2026-11-23 09:00"))
    through = {"office": replace(OFFICE, week={**OFFICE.week, "mon": (Period(600, 1020),)})}
    assert shown(recounted(promises, through, at("2026-11-23 10:30")), FIRST_REPLY) == "due Mon 12:00"


def test_a_promise_keeps_its_own_calendar_in_another_queue() -> None:
    other = Terms(first_reply_s=Seconds(60.0), resolution_s=Seconds(60.0))
    promises = begin(at("2026-11-23 09:00"))
    assert service_level.step(promises, Happening.WAITED, other, OPEN, at("2026-11-23 09:10")) == promises


def test_a_queue_adds_the_promises_that_the_work_has_not_yet() -> None:
    first = begin(at("2026-11-23 09:00"), terms=replace(TERMS, resolution_s=Seconds(0.0)))
    both = service_level.step(first, Happening.WAITED, TERMS, OPEN, at("2026-11-23 10:00"))
    assert [p.kind for p in both] == [FIRST_REPLY, RESOLUTION]


def test_without_a_promised_next_reply_only_the_resolution_goes_on() -> None:
    terms = replace(TERMS, next_reply_s=Seconds(0.0))
    promises = begin(at("2026-11-23 09:00"), terms=terms)
    promises = service_level.step(promises, Happening.REPLIED, terms, OPEN, at("2026-11-23 09:30"))
    promises = service_level.step(promises, Happening.WROTE, terms, OPEN, at("2026-11-23 10:00"))
    assert [(p.kind, p.state) for p in promises] == [(FIRST_REPLY, KEPT), (RESOLUTION, RUNNING)]


def test_what_is_owed_longest_is_due_first() -> None:
    rows = [
        Promise(kind=FIRST_REPLY, seconds=Seconds(1), state=BROKEN, due_at=Instant(50.0)),
        Promise(kind=RESOLUTION, seconds=Seconds(1), due_at=Instant(70.0)),
        Promise(kind=NEXT_REPLY, seconds=Seconds(1), state=KEPT, due_at=Instant(10.0)),
    ]
    assert next_due(rows) == 50.0
    assert next_due(rows[1:]) == 70.0
    assert next_due([replace(rows[1], state=PAUSED, due_at=Instant(0.0))]) == 0.0


stories = st.lists(
    st.tuples(st.integers(0, 30 * 3600), st.sampled_from(["tick", "shut", "open", *Happening])), max_size=25
)


@settings(deadline=None)
@given(st.integers(1_700_000_000, 1_800_000_000), stories)
def test_no_clock_breaks_early_at_night_or_after_an_answer(
    start: int, story: list[tuple[int, str | Happening]]
) -> None:
    now, hours = float(start), OPEN
    promises = begin(now)
    for seconds, what in story:
        until = now + seconds
        while (due := next_deadline(promises)) is not None and due <= until:
            before = promises
            promises = tick(promises, hours, due)
            for old, new in zip(before, promises, strict=True):
                if new.state == BROKEN and old.state != BROKEN:
                    assert old.state == RUNNING
                    assert is_open(OFFICE, Instant(due - 1))  # its last second was worked time
                    assert open_seconds(OFFICE, new.since_at, due) == pytest.approx(old.left_s)
            assert promises != before  # a deadline always changes something, or the shell would spin
        now = until
        if isinstance(what, Happening):
            promises = service_level.step(promises, what, TERMS, hours, Instant(now))
        elif what == "tick":
            promises = tick(promises, hours, Instant(now))
        else:
            hours = SHUT if what == "shut" else OPEN
            promises = recounted(promises, hours, Instant(now))
        kinds = [p.kind for p in promises]
        assert len(kinds) == len(set(kinds))
        for p in promises:
            assert (p.due_at > 0) or p.state in (KEPT, PAUSED) or hours is SHUT
            assert 0 <= p.left_s <= p.seconds
