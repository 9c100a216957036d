from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.announcing import Announcements, Heard, Standing, announced, look_at, spoken
from agent_desktop.domain.ivr import Say
from agent_desktop.domain.types import Instant, Seconds

POSITION, FIRST = Say(text="You are number {position}."), Say(text="You are next.")
WAIT, SOON = Say(text="About {minutes} minutes."), Say(text="A minute at most.")
CALLBACK = Say(text="Press 1 to be called.")
RULES = Announcements(
    after_s=Seconds(20.0),
    gap_s=Seconds(30.0),
    every_s=Seconds(100.0),
    position=(POSITION,),
    first=(FIRST,),
    wait=(WAIT,),
    soon=(SOON,),
    callback=(CALLBACK,),
)
START = Instant(1000.0)


def say(heard: Heard, position: int, wait_s: float, at: float, *, number: bool = True):
    standing = Standing(position=position, wait_s=Seconds(wait_s))
    return announced(RULES, heard, standing, Instant(at), number=number)


def test_the_first_look_is_after_the_first_pause_and_later_ones_a_gap_apart() -> None:
    assert look_at(RULES, START, Heard(), START) == 1020
    assert look_at(RULES, START, Heard(at=Instant(1050.0)), Instant(1050.0)) == 1080


def test_the_first_time_everything_is_told() -> None:
    words, heard = say(Heard(), 4, 300.0, 1020)
    assert words == (POSITION, WAIT, CALLBACK)
    assert heard == Heard(at=Instant(1020.0), position=4, minutes=5, offered_at=Instant(1020.0))


def test_the_next_in_line_and_a_short_wait_have_words_of_their_own() -> None:
    assert say(Heard(), 1, 40.0, 1020)[0] == (FIRST, SOON, CALLBACK)


def test_what_has_not_become_better_is_not_told_before_its_time() -> None:
    _, heard = say(Heard(), 4, 300.0, 1020)
    assert say(heard, 4, 300.0, 1060) == ((), heard)
    assert say(heard, 4, 300.0, 1120)[0] == (POSITION, WAIT, CALLBACK)


def test_a_better_place_is_told_but_not_within_the_gap() -> None:
    _, heard = say(Heard(), 4, 300.0, 1020)
    assert say(heard, 3, 300.0, 1040) == ((), heard)
    assert say(heard, 3, 300.0, 1050)[0] == (POSITION, WAIT)


def test_nobody_hears_that_it_became_worse() -> None:
    _, heard = say(Heard(), 4, 300.0, 1020)
    assert say(heard, 6, 600.0, 1060) == ((), heard)
    assert say(heard, 6, 600.0, 1130)[0] == (CALLBACK,)
    assert say(heard, 3, 600.0, 1060)[0] == (POSITION,)


@pytest.mark.parametrize("wait_s", [-1.0, 0.0])
def test_a_wait_that_is_not_known_is_not_told(wait_s: float) -> None:
    assert say(Heard(), 2, wait_s, 1020)[0] == (POSITION, CALLBACK)


def test_without_a_number_no_call_back_is_offered() -> None:
    words, heard = say(Heard(), 2, 60.0, 1020, number=False)
    assert CALLBACK not in words
    assert not heard.offered_at


def test_the_numbers_are_spoken_in_the_callers_language() -> None:
    words = (Say(text="You are {position}.", variants={"fr": "Vous êtes {position}."}),)
    assert spoken(words, Standing(position=3), "fr") == (Say(text="Vous êtes 3.", language="fr"),)
    assert spoken((WAIT,), Standing(position=1, wait_s=Seconds(61.0)), "")[0].text == "About 2 minutes."


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(-1, 900), st.integers(1, 60)), max_size=30))
def test_announcements_never_come_within_the_gap_and_never_grow(steps: list[tuple[int, int, int]]) -> None:
    heard, now = Heard(), 1020.0
    for position, wait_s, pause in steps:
        now += pause
        words, after = say(heard, position, wait_s, now)
        assert bool(words) == (after != heard)
        if words and heard.at:
            assert now - heard.at >= RULES.gap_s
            assert after.position <= (heard.position or after.position)
            assert after.minutes <= (heard.minutes or after.minutes)
        heard = after
