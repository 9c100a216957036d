"""The rules of wrap-up, row by row, and what holds for every clock."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain import wrapup
from agent_desktop.domain.centre import WRAP_UP_MODES, Disposition, Queue, WrapUpRules
from agent_desktop.domain.interaction import WRAP_UP, Interaction
from agent_desktop.domain.types import (
    ConversationId,
    DispositionCode,
    Instant,
    InteractionId,
    MediumId,
    QueueId,
    Seconds,
)
from tests.domain.wrapup_tables import CLOCKS, EFFECTS, MODES, SAFETY, SPOKEN, Row

VOICE, EMAIL, CHAT = MediumId("voice"), MediumId("email"), MediumId("chat")
NOW = Instant(1000.0)
QUEUE = Queue(id=QueueId("q"), name="Q", wrapup_mode="mandatory_timed", wrapup_s=Seconds(60))
DONE = Interaction(
    id=InteractionId("i"),
    medium=VOICE,
    state=WRAP_UP,
    queue=QUEUE.id,
    conversation=ConversationId("v"),
    from_address="+4912345",
    to_address="8000",
    wrapup_at=NOW,
)


def test_every_mode_has_its_row() -> None:
    assert tuple(row.mode for row in MODES) == WRAP_UP_MODES == tuple(wrapup.MODES)


@pytest.mark.parametrize("row", MODES, ids=lambda row: row.mode)
def test_the_modes_are_as_the_table_says(row: Row) -> None:
    mode = wrapup.MODES[row.mode]
    rule = WrapUpRules(mode=row.mode, wrapup_s=Seconds(60))
    assert (mode.begins, not mode.needs_code, mode.timed) == (row.begins, row.without_code, row.timed)
    if row.begins:
        assert mode.leaves_early == (row.early == "at once")
    assert wrapup.deadline(rule, NOW) == (NOW + 60 if row.timed else 0)
    assert (wrapup.code_at_end(DONE)[0] if wrapup.limited(rule) else "") == row.at_the_end


@pytest.mark.parametrize("mode", WRAP_UP_MODES)
def test_a_time_of_nothing_is_no_limit(mode: str) -> None:
    rule = WrapUpRules(mode=mode, wrapup_s=Seconds(0))
    assert wrapup.deadline(rule, NOW) == 0
    assert wrapup.over_at(rule, DONE, Seconds(900)) == 0


def test_a_medium_may_have_its_own_rules_and_so_may_callbacks() -> None:
    own = WrapUpRules(mode="optional", wrapup_s=Seconds(0))
    back = WrapUpRules(mode="mandatory_fixed", wrapup_s=Seconds(90))
    queue = replace(QUEUE, wrapups={CHAT: own, wrapup.CALLBACK: back})
    plain = WrapUpRules(mode="mandatory_timed", wrapup_s=Seconds(60))
    assert [wrapup.rules(queue, medium) for medium in (VOICE, CHAT, EMAIL)] == [plain, own, plain]
    assert wrapup.rules_for(queue, replace(DONE, callback_tries=1)) == back
    assert (
        wrapup.rules_for(replace(queue, callback="customer_first"), replace(DONE, callback_tries=1)) == plain
    )


@pytest.mark.parametrize(("own", "other", "both"), CLOCKS)
def test_the_one_clock_is_the_later_of_both(own: int, other: int, both: int) -> None:
    running = replace(DONE, wrapup_deadline_at=Instant(NOW + other if other else 0.0))
    rule = WrapUpRules(mode="mandatory_timed", wrapup_s=Seconds(own))
    end = wrapup.deadline(rule, NOW, [running])
    assert end == NOW + both
    assert {i.id for i in wrapup.followers([running], end)} == ({"i"} if 0 < other < both else set())


@pytest.mark.parametrize(("configured", "age", "ends", "safety", "over"), SAFETY)
def test_the_safety_time_ends_what_the_deadline_did_not(
    configured: int,
    age: int,
    ends: int,
    safety: int,
    over: bool,
) -> None:
    rule = WrapUpRules(mode="mandatory_timed", wrapup_s=Seconds(configured))
    one = replace(DONE, wrapup_deadline_at=Instant(NOW + ends if ends else 0.0))
    at = wrapup.over_at(rule, one, Seconds(safety))
    assert (0 < at <= NOW + age) is over


def test_more_time_in_a_queue_with_a_longer_time_of_its_own_is_time() -> None:
    rule = WrapUpRules(mode="mandatory_timed", wrapup_s=Seconds(1200))
    one = replace(DONE, wrapup_deadline_at=Instant(NOW + 1230), wrapup_extensions=1)
    assert wrapup.over_at(rule, one, Seconds(900)) == NOW + 1230


@given(
    st.lists(st.floats(0, 2_000_000), max_size=5),
    st.sampled_from(WRAP_UP_MODES),
    st.floats(0, 2_000_000),
)
def test_no_wrap_up_is_ever_cut_by_another(others: list[float], mode: str, own: float) -> None:
    running = [replace(DONE, wrapup_deadline_at=Instant(NOW + x) if x else Instant(0.0)) for x in others]
    rule = WrapUpRules(mode=mode, wrapup_s=Seconds(own))
    end = wrapup.deadline(rule, NOW, running)
    if wrapup.limited(rule):
        assert end >= NOW + own
        assert all(end >= i.wrapup_deadline_at for i in running)
    else:
        assert end == 0
    assert all(i.wrapup_deadline_at < end for i in wrapup.followers(running, end))


def test_at_the_end_the_code_that_was_chosen_is_written() -> None:
    chosen = replace(DONE, disposition=DispositionCode("solved"))
    assert wrapup.code_at_end(chosen) == ("solved", "agent")
    assert wrapup.code_at_end(DONE) == ("timeout", "timeout")


def said(effect: wrapup.Effect) -> str:
    match effect:
        case wrapup.CallBack():
            return f"call {effect.number} in {effect.at - NOW:g}"
        case wrapup.StopCalling():
            return f"never call {effect.address}"
        case wrapup.MoveConversation():
            return effect.state


@pytest.mark.parametrize(("never", "callback_s", "after", "done"), EFFECTS)
def test_a_code_brings_about_what_the_table_says(
    never: bool,
    callback_s: int,
    after: str,
    done: tuple[str, ...],
) -> None:
    code = Disposition(
        code=DispositionCode("x"), label="X", do_not_call=never, callback_s=Seconds(callback_s),
        conversation=after,
    )  # fmt: skip
    assert tuple(said(effect) for effect in wrapup.effects(code, DONE, {}, NOW)) == done


def test_the_forms_number_is_called_before_the_customers_own() -> None:
    assert wrapup.number_of(DONE, {"number": " +33 6 11 "}) == "+33 6 11"
    assert wrapup.number_of(replace(DONE, direction="out"), {}) == "8000"
    assert wrapup.number_of(replace(DONE, medium=EMAIL, from_address="a1@example.com"), {}) == ""
    assert wrapup.number_of(replace(DONE, from_address="anonymous"), {}) == ""


@pytest.mark.parametrize(("seconds", "words"), SPOKEN)
def test_a_span_is_said_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert wrapup.spoken(Seconds(seconds)) == words


def test_a_form_says_what_a_code_will_do() -> None:
    plain = Disposition(code=DispositionCode("x"), label="X")
    assert wrapup.told(plain) == ()
    every = replace(plain, do_not_call=True, callback_s=Seconds(3600), survey=True, conversation="snoozed")
    assert wrapup.told(every) == (
        "Nobody calls this customer again",
        "The customer is called back in 1 hour",
        "A survey can be asked for",
        "The conversation is put aside until the customer writes",
    )
