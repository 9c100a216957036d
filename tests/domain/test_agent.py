from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain import agent as agents
from agent_desktop.domain.agent import (
    LOGGED_OUT,
    NOT_READY,
    READY,
    SIGNED_IN,
    SYSTEM_REASONS,
    Agent,
    AgentEvent,
    HandsEmptied,
    NextStateChosen,
    ShiftEnded,
    ShiftStarted,
    WentNotReady,
    WentReady,
    activity,
    choose,
    may_be_offered,
    next_event,
    step,
)
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.errors import IllegalStepError, RefusedError

ANA = AgentId("ana")
NOW = Instant(100.0)


def ana(state: str = READY, reason: str = "", next_state: str = "", next_reason: str = "") -> Agent:
    return Agent(
        id=ANA, name="Ana", state=state, reason=reason, next_state=next_state, next_reason=next_reason
    )


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
    with pytest.raises(RefusedError) as caught:
        choose(ana(), ready=False, reason=reason, busy=False, now=NOW)
    assert caught.value.code == "system_reason"


def test_one_who_is_signed_out_cannot_choose() -> None:
    with pytest.raises(RefusedError) as caught:
        choose(ana(LOGGED_OUT), ready=True, reason="", busy=False, now=NOW)
    assert caught.value.code == "logged_out"


CHOICES = [
    # agent, ready, reason, busy, the event
    (ana(NOT_READY, "lunch"), True, "", False, WentReady(agent=ANA, at=NOW)),
    (ana(), False, "lunch", False, WentNotReady(agent=ANA, at=NOW, reason="lunch")),
    (ana(), False, "lunch", True, NextStateChosen(agent=ANA, at=NOW, state=NOT_READY, reason="lunch")),
    (ana(NOT_READY, "lunch"), True, "", True, NextStateChosen(agent=ANA, at=NOW, state=READY)),
    (ana(), True, "", True, None),
    (ana(next_state=NOT_READY), True, "", True, NextStateChosen(agent=ANA, at=NOW, state="")),
    (ana(NOT_READY, "lunch"), False, "lunch", True, None),
    (
        ana(NOT_READY, "lunch"),
        False,
        "break",
        True,
        NextStateChosen(agent=ANA, at=NOW, state=NOT_READY, reason="break"),
    ),
]


@pytest.mark.parametrize(("agent", "ready", "reason", "busy", "event"), CHOICES)
def test_a_choice_acts_at_once_when_idle_and_is_the_next_state_when_busy(
    agent: Agent, ready: bool, reason: str, busy: bool, event: AgentEvent | None
) -> None:
    assert choose(agent, ready=ready, reason=reason, busy=busy, now=NOW) == event


def test_the_latest_choice_during_work_wins() -> None:
    first = step(ana(), NextStateChosen(agent=ANA, at=NOW, state=NOT_READY, reason="lunch"))
    second = step(first, NextStateChosen(agent=ANA, at=NOW, state=NOT_READY, reason="break"))
    assert next_event(second, NOW) == WentNotReady(agent=ANA, at=NOW, reason="break", cause="next_state")


def test_the_next_state_is_carried_out_once() -> None:
    chosen = step(ana(NOT_READY, "lunch"), NextStateChosen(agent=ANA, at=NOW, state=READY))
    event = next_event(chosen, NOW)
    assert event is not None
    assert next_event(step(chosen, event), NOW) is None


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
    HandsEmptied(agent=ANA, at=NOW),
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
        assert agent.state != READY or not agent.reason
