from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain import macro
from agent_desktop.domain.macro import ACTS, Known, Step, step_of, told, wrong, wrong_together

KNOWN = Known(queues={"returns": "Returns"}, agents={"ana": "Ana"}, templates={"hello": "Greeting"})
GOOD = (
    "route returns", "tag broken", "untag broken", "prioritise 70", "assign ana", "acknowledge hello",
    "template hello", "reply Thank you!", "note Look at the order.", "snooze 3d", "snooze", "follow_up 2w",
    "follow_up", "resolve", "send",
)  # fmt: skip


@pytest.mark.parametrize("line", GOOD)
def test_a_step_that_can_be_has_nothing_wrong(line: str) -> None:
    assert wrong(step_of(line), KNOWN, of_rule=True) == ""


def test_every_act_has_a_good_example_and_its_words() -> None:
    assert {step_of(line).act for line in GOOD} == set(ACTS)
    said = [told(step_of(line), KNOWN) for line in GOOD]
    assert said[0] == "send it to the queue Returns"
    assert said[9] == "put it aside for 3 days"
    assert not any(
        words.startswith(f"{step_of(line).act} returns") for words, line in zip(said, GOOD, strict=True)
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("dance now", "'dance' is no step"),
        ("route nowhere", "there is no queue 'nowhere'"),
        ("route", "which queue?"),
        ("assign nobody", "there is no agent"),
        ("template none", "there is no template"),
        ("prioritise 0", "the priority is 1 to 99"),
        ("prioritise high", "the priority is 1 to 99"),
        ("tag a,b", "a tag has 1 to 40 characters"),
        ("tag", "a tag has 1 to 40 characters"),
        ("snooze soon", "is no time"),
        ("snooze 9999w", "is no time"),
        ("resolve now", "takes no value"),
        ("note", "needs its words"),
    ],
)
def test_a_step_that_cannot_be_says_why(line: str, why: str) -> None:
    assert why in wrong(step_of(line), KNOWN, of_rule=True)


def test_only_a_rule_acknowledges_because_an_agent_sends_what_an_agent_read() -> None:
    assert "only a rule" in wrong(step_of("acknowledge hello"), KNOWN, of_rule=False)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((), "nothing to do"),
        (("send",), "send comes after"),
        (("send", "template hello"), "send comes after"),
        (("template hello", "send", "send"), "stands here twice"),
        (("resolve",) * 21, "too many"),
    ],
)
def test_steps_that_cannot_follow_one_another_say_why(lines: tuple[str, ...], why: str) -> None:
    assert why in wrong_together([step_of(line) for line in lines])


def test_no_steps_send_but_send_and_acknowledge() -> None:
    silent = [step_of(line) for line in GOOD if step_of(line).act not in {"send", "acknowledge"}]
    assert not macro.sends(silent)
    assert macro.sends([Step(act="send")])
    assert macro.sends([Step(act="acknowledge", value="hello")])


@pytest.mark.parametrize(
    ("words", "length"), [("30m", 1800), ("4h", 14_400), ("3d", 259_200), ("1 w", 604_800)]
)
def test_a_time_is_a_number_and_a_unit(words: str, length: float) -> None:
    assert macro.seconds(words) == length


@given(st.text(max_size=40))
def test_any_line_is_a_step_with_or_without_something_wrong(line: str) -> None:
    step = step_of(line)
    assert isinstance(wrong(step, KNOWN, of_rule=True), str)
    assert isinstance(told(step, KNOWN), str)
