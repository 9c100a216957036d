from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain import agent as agents
from agent_desktop.domain.agent import (
    LOGGED_OUT,
    NOT_READY,
    NOT_RESPONDING,
    READY,
    SIGNED_IN,
    SUPERVISOR,
    SYSTEM_REASONS,
    Agent,
    AgentEvent,
    HandsEmptied,
    NextStateChosen,
    PausedInQueue,
    PhoneMoved,
    SelfTested,
    ShiftEnded,
    ShiftStarted,
    WentNotReady,
    WentReady,
    activity,
    may_be_offered,
    open_to,
    step,
    works,
)
from agent_desktop.domain.choosing import Choice, choose, next_event
from agent_desktop.domain.interaction import WRAP_UP, Interaction
from agent_desktop.domain.types import Instant, QueueId
from agent_desktop.errors import IllegalStepError, RefusedError
from tests.domain import agent_tables as tables
from tests.domain.agent_tables import ANA, EMAIL, NOW, TO_READY, VOICE, ana


def test_a_shift_begins_not_ready_until_the_agent_says_so() -> None:
    after = step(ana(LOGGED_OUT), ShiftStarted(agent=ANA, at=NOW))
    assert (after.state, after.reason, after.since_at) == (NOT_READY, SIGNED_IN, NOW)
    assert not may_be_offered(after)


def test_going_ready_starts_the_idle_time() -> None:
    after = step(ana(NOT_READY, "lunch"), WentReady(agent=ANA, at=NOW))
    assert (after.state, after.reason, after.idle_since_at) == (READY, "", NOW)


def test_going_ready_again_keeps_the_idle_time_and_drops_the_next_state() -> None:
    before = ana(READY, next_state=NOT_READY, next_reason="lunch")
    after = step(before, WentReady(agent=ANA, at=NOW))
    assert (after.idle_since_at, after.next_state) == (before.idle_since_at, "")


def test_not_ready_carries_its_reason() -> None:
    after = step(ana(), WentNotReady(agent=ANA, at=NOW, reason="lunch"))
    assert (after.state, after.reason, after.since_at) == (NOT_READY, "lunch", NOW)


def test_emptied_hands_are_idle_from_then_on() -> None:
    assert step(ana(), HandsEmptied(agent=ANA, at=NOW)).idle_since_at == NOW


@pytest.mark.parametrize("state", [LOGGED_OUT])
@pytest.mark.parametrize(
    "event", [WentReady(agent=ANA, at=NOW), WentNotReady(agent=ANA, at=NOW, reason="lunch")]
)
def test_one_who_is_signed_out_cannot_change_state(state: str, event: AgentEvent) -> None:
    with pytest.raises(IllegalStepError, match="the agent is logged out"):
        step(ana(state), event)


@pytest.mark.parametrize("reason", sorted(SYSTEM_REASONS))
def test_a_system_reason_cannot_be_picked(reason: str) -> None:
    """PRODUCT 3.1.5, F10."""
    with pytest.raises(RefusedError) as caught:
        choose(ana(), Choice(state=NOT_READY, reason=reason), work=(), now=NOW)
    assert caught.value.code == "system_reason"


@pytest.mark.parametrize(
    ("cause", "words"), [("agent", "You are signed out"), ("supervisor", "Ana is signed out")]
)
def test_one_who_is_signed_out_has_no_state_to_choose(cause: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words) as caught:
        choose(ana(LOGGED_OUT), TO_READY, work=(), now=NOW, cause=cause)
    assert caught.value.code == "logged_out"


@pytest.mark.parametrize("row", tables.CHOSEN, ids=lambda row: row.id)
def test_a_choice_acts_at_once_or_is_the_next_state(row: tables.Row) -> None:
    """PRODUCT 3.1.3, 3.1.7, 3.1.8, 3.1.10, F8; R22, R28."""
    event = choose(row.agent, row.choice, work=row.work, now=NOW, cause=row.by)
    assert (event.cause if event is not None else "") == row.cause
    after = step(row.agent, event) if event is not None else row.agent
    assert ((after.state, after.reason), (after.next_state, after.next_reason)) == (row.shown, row.next)


def carried_on(agent: Agent, events: Iterable[AgentEvent]) -> Agent:
    """The events, and whatever is due when the hands are empty, as the router does it."""
    for event in events:
        agent = step(agent, event)
        work = (tables.IN_CALL,) if agent.filled_at else ()
        if (due := next_event(agent, event.at, work)) is not None:
            agent = step(agent, due)
            assert next_event(agent, event.at, work) is None
    return agent


@pytest.mark.parametrize(
    ("work", "state"),
    [
        ((tables.IN_CALL, tables.MAIL), NOT_READY),
        ((tables.held(VOICE, WRAP_UP), tables.MAIL), NOT_READY),
        ((tables.held(EMAIL, WRAP_UP),), NOT_READY),
        ((tables.MAIL,), READY),
        ((tables.MAIL, tables.held(tables.CHAT)), READY),
        ((), READY),
    ],
)
def test_ready_next_is_due_when_only_written_work_is_left(work: tuple[Interaction, ...], state: str) -> None:
    waits = tables.working(NOT_READY, "lunch", next_state=READY)
    due = next_event(waits, NOW, work)
    after = step(waits, due) if due is not None else waits
    assert (after.state, after.next_state) == (state, "" if state == READY else READY)


@pytest.mark.parametrize("state", [NOT_READY, LOGGED_OUT])
def test_any_other_next_state_waits_for_written_work_too(state: str) -> None:
    waits = tables.working(next_state=state, next_reason="lunch")
    assert next_event(waits, NOW, (tables.MAIL,)) is None
    assert next_event(waits, NOW, ()) is not None


@pytest.mark.parametrize("course", tables.COURSES, ids=lambda course: course.id)
def test_what_is_shown_after_it_and_why(course: tables.Course) -> None:
    """PRODUCT 3.1.9, 3.1.10, 3.1.11, F8, F9, F10; R22, R23."""
    after = carried_on(course.agent, course.events)
    assert (after.state, after.reason) == course.shown
    assert (after.next_state, after.next_reason) == course.next
    assert after.cause == course.cause
    if not after.filled_at:
        assert not after.return_state


@pytest.mark.parametrize("row", tables.OPEN, ids=lambda row: row.id)
def test_what_a_state_leaves_open(row: tables.Open) -> None:
    """PRODUCT 3.1.1, G15."""
    assert open_to(row.agent, EMAIL) == row.email
    assert open_to(row.agent, VOICE) == row.call
    assert open_to(row.agent, VOICE, transferred=True) == row.transferred_call


def test_what_a_reason_leaves_open_ends_with_it() -> None:
    away = step(ana(), WentNotReady(agent=ANA, at=NOW, reason="away", media=(EMAIL,), transfers=True))
    assert (away.offered_media, away.transfers) == (frozenset({EMAIL}), True)
    for event in (
        WentReady(agent=ANA, at=NOW),
        WentNotReady(agent=ANA, at=NOW, reason="lunch"),
        ShiftEnded(agent=ANA, at=NOW),
    ):
        after = step(away, event)
        assert (after.offered_media, after.transfers) == (frozenset(), False)


def test_the_next_state_keeps_what_its_reason_leaves_open() -> None:
    after = carried_on(ana(), (tables.CALL, tables.then(tables.EMAIL_ONLY), tables.OVER))
    assert after.offered_media == {EMAIL}
    assert works(after)
    assert not works(ana(NOT_READY, "lunch"))


def test_a_paused_queue_is_open_again_with_the_next_ready() -> None:
    paused = ana(paused=frozenset({QueueId("support")}))
    assert step(paused, WentReady(agent=ANA, at=NOW)).paused == frozenset()
    assert step(replace(paused, state=NOT_READY), WentReady(agent=ANA, at=NOW)).paused == frozenset()


def test_a_phone_comes_and_goes_in_every_state() -> None:
    for state in (LOGGED_OUT, READY, NOT_READY):
        gone = step(ana(state), PhoneMoved(agent=ANA, at=NOW, registered=False))
        assert (gone.phone, gone.state) == (False, state)
        assert step(gone, PhoneMoved(agent=ANA, at=NOW, registered=True)).phone


def test_handling_and_waiting_are_counted_from_the_events() -> None:
    agent = step(ana(NOT_READY, "lunch"), WentReady(agent=ANA, at=Instant(100.0)))
    agent = step(agent, tables.filled(110.0))  # ten seconds of waiting
    agent = step(agent, tables.filled(120.0))
    assert (agent.handled, agent.served_at, agent.filled_at, agent.waited_s) == (2, 120.0, 110.0, 10.0)
    agent = step(agent, tables.emptied(150.0))
    assert (agent.handled_s, agent.filled_at, agent.idle_since_at, agent.free_at) == (40.0, 0.0, 150.0, 150.0)
    agent = step(agent, WentNotReady(agent=ANA, at=Instant(155.0), reason="lunch"))
    assert (agent.waited_s, agent.free_at) == (15.0, 0.0)
    assert step(agent, WentNotReady(agent=ANA, at=Instant(165.0), reason="break")).waited_s == 15.0


def test_a_clock_that_jumps_back_takes_nothing_away() -> None:
    agent = step(step(ana(), tables.filled(100.0)), tables.emptied(90.0))
    assert (agent.handled_s, agent.waited_s) == (0.0, 0.0)
    assert step(agent, WentNotReady(agent=ANA, at=Instant(80.0), reason="lunch")).waited_s == 0.0


def test_a_new_shift_counts_from_nothing() -> None:
    worked = ana(LOGGED_OUT, handled=3, handled_s=9.0, waited_s=5.0, served_at=4.0)
    fresh = step(worked, ShiftStarted(agent=ANA, at=NOW))
    assert (fresh.handled, fresh.handled_s, fresh.waited_s, fresh.served_at) == (0, 0.0, 0.0, 0.0)
    held = step(replace(worked, filled_at=Instant(50.0)), ShiftStarted(agent=ANA, at=NOW))
    assert held.filled_at == NOW


def test_outbound_work_may_leave_the_turn_alone_but_not_with_other_work_in_hand() -> None:
    before = ana(idle_since_at=Instant(40.0))
    dialled = tables.filled(outbound=True, keeps_idle=True)
    assert step(step(before, dialled), tables.emptied()).idle_since_at == 40.0
    both = step(step(step(before, dialled), tables.filled(105.0)), tables.emptied())
    assert (both.idle_since_at, both.keeps_idle) == (130.0, False)


@pytest.mark.parametrize("turn", tables.TURNS, ids=lambda turn: turn.id)
def test_a_turn_begins_when_work_leaves_the_hands_and_with_ready(turn: tables.Turn) -> None:
    """PRODUCT 3.12.4: a mail that lies open makes nobody first for call after call."""
    *before, last = turn.events
    agent = carried_on(turn.agent, before)
    after = step(agent, last)
    assert after.idle_since_at == (last.at if turn.begins else agent.idle_since_at)
    assert last.at > agent.idle_since_at


def test_what_was_handled_is_counted_each_time_work_leaves_the_hands() -> None:
    """Else who has a mail open all day would stay the least occupied, whatever comes beside it."""
    agent = step(ana(free_at=Instant(60.0)), tables.MAIL_IN)
    for number in range(3):
        agent = step(agent, tables.filled(100.0 + 10 * number))
        agent = step(agent, tables.eased(105.0 + 10 * number))
        assert (agent.handled_s, agent.filled_at) == (15.0 + 10 * number, 105.0 + 10 * number)
    agent = step(agent, tables.emptied(150.0, "mail"))
    assert (agent.handled, agent.handled_s, agent.waited_s) == (4, 60.0, 30.0)
    assert (agent.filled_at, agent.free_at) == (0.0, 150.0)


def test_a_clock_that_jumps_back_beside_other_work_counts_nothing_twice() -> None:
    agent = step(step(ana(), tables.filled(100.0)), tables.eased(90.0))
    assert (agent.handled_s, agent.filled_at) == (0.0, 100.0)
    assert step(agent, tables.emptied(130.0)).handled_s == 30.0


def test_an_older_log_which_tells_of_empty_hands_alone_is_read_as_it_was_meant() -> None:
    before = ana(idle_since_at=Instant(40.0))
    made = (tables.MADE, tables.emptied())
    beside_a_mail = (tables.MAIL_IN, *made)
    assert carried_on(before, made).idle_since_at == 40.0
    assert carried_on(before, beside_a_mail).idle_since_at == 130.0


def test_ready_begins_a_turn_beside_written_work_too() -> None:
    """Lunch with a mail in hand is no waiting: who comes back is not asked first for it."""
    back = step(tables.working(NOT_READY, "lunch", idle_since_at=Instant(40.0)), WentReady(agent=ANA, at=NOW))
    assert (back.idle_since_at, back.free_at, back.filled_at) == (NOW, 0.0, 50.0)


def test_a_break_chosen_during_work_stops_offers_at_once() -> None:
    assert may_be_offered(ana())
    assert may_be_offered(ana(next_state=READY))
    assert not may_be_offered(ana(next_state=NOT_READY))


@pytest.mark.parametrize(
    ("states", "word"),
    [
        ((), "idle"),
        (("wrap_up",), "wrap_up"),
        (("wrap_up", "held"), "held"),
        (("held", "offered"), "ringing"),
        (("offered", "active", "wrap_up"), "busy"),
    ],
)
def test_what_an_agent_is_doing_is_the_strongest_of_the_work_in_hand(
    states: tuple[str, ...], word: str
) -> None:
    assert activity(states) == word


EVENTS: list[AgentEvent] = [
    ShiftStarted(agent=ANA, at=NOW),
    ShiftEnded(agent=ANA, at=NOW, reason="signed_out"),
    WentReady(agent=ANA, at=NOW),
    WentNotReady(agent=ANA, at=NOW, reason="lunch"),
    NextStateChosen(agent=ANA, at=NOW, state=READY),
    NextStateChosen(agent=ANA, at=NOW, state=NOT_READY, reason="lunch"),
    NextStateChosen(agent=ANA, at=NOW, state=LOGGED_OUT, reason=SUPERVISOR),
    WentNotReady(agent=ANA, at=NOW, reason=NOT_RESPONDING, cause="offer_expired"),
    WentNotReady(agent=ANA, at=NOW, reason="away", media=(EMAIL,)),
    tables.CALL,
    tables.DIAL,
    tables.MADE,
    tables.eased(),
    HandsEmptied(agent=ANA, at=NOW),
    PhoneMoved(agent=ANA, at=NOW, registered=False),
]


@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_no_sequence_of_events_leaves_the_states(events: list[AgentEvent]) -> None:
    agent = ana(LOGGED_OUT)
    for event in events:
        if agents.MACHINE.allows(agent.state, type(event)):
            agent = step(agent, event)
        else:
            with pytest.raises(IllegalStepError):
                step(agent, event)
        assert agent.state in {LOGGED_OUT, READY, NOT_READY}
        assert agent.state != LOGGED_OUT or not agent.next_state
        assert agent.state != READY or not (agent.reason or agent.offered_media or agent.transfers)
        assert bool(agent.free_at) == (agent.state == READY and not agent.filled_at)
        assert agent.filled_at or not agent.aside


@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_a_dial_on_a_break_never_turns_into_ready(events: list[AgentEvent]) -> None:
    """PRODUCT 3.1.9, R23: only somebody's choice makes an agent ready."""
    agent = step(ana(NOT_READY, "break"), tables.DIAL)
    for event in events:
        chosen = isinstance(event, WentReady | NextStateChosen | ShiftStarted | ShiftEnded)
        if not chosen and agents.MACHINE.allows(agent.state, type(event)):
            agent = carried_on(agent, (event,))
            assert agent.state == NOT_READY


def test_a_self_test_counts_when_nothing_failed_in_it() -> None:
    assert step(ana(), SelfTested(agent=ANA, at=NOW)).tested_at == NOW
    assert step(ana(tested_at=NOW), SelfTested(agent=ANA, at=NOW, failed=("echo",))).tested_at == 0


def test_a_queue_may_be_paused_alone() -> None:
    paused = step(ana(), PausedInQueue(agent=ANA, at=NOW, queue=QueueId("support")))
    assert (paused.paused, paused.state) == ({"support"}, READY)
