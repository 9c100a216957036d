from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.ivr import (
    Choice,
    Flow,
    GoodBye,
    Node,
    Place,
    PlayMenu,
    PutInQueue,
    Say,
    Taken,
    begin,
    pressed,
)
from agent_desktop.domain.types import QueueId, SkillId

PERSON, BILLING = QueueId("person"), QueueId("billing")
FRENCH = SkillId("french")
WELCOME, CLOSED_NOW = (Say(text="Welcome"),), (Say(text="We are closed"),)
FLOW = Flow(
    id="main",
    person_queue=PERSON,
    nodes=(
        Node(
            id="menu",
            say=WELCOME,
            retries=1,
            wait_s=4.0,
            choices=(
                Choice(key="1", label="Billing", queue=BILLING),
                Choice(key="2", label="French", goto="french", skills={FRENCH: 3}),
                Choice(key="3", label="Hours", goto="closed"),
                Choice(key="4", label="Anything"),
                Choice(key="5", label="Again", goto="menu"),
            ),
        ),
        Node(id="french", say=(Say(text="Bonjour", language="fr"),), queue=BILLING, skills={FRENCH: 2}),
        Node(id="closed", say=CLOSED_NOW, hang_up=True),
    ),
)
MENU = Place(flow="main", node="menu")


def test_a_call_begins_at_the_first_node_with_its_menu() -> None:
    taken = begin(FLOW)
    assert (taken.place, taken.words) == (MENU, "")
    assert taken.effect == PlayMenu(say=WELCOME, collect=True, wait_s=4.0)


def test_a_flow_without_choices_goes_straight_to_the_queue() -> None:
    flow = Flow(id="f", person_queue=PERSON, nodes=(Node(id="in", say=WELCOME),))
    assert begin(flow).effect == PutInQueue(queue=PERSON, skills={}, say=WELCOME)


@pytest.mark.parametrize(
    ("key", "words", "effect"),
    [
        ("1", "1 Billing", PutInQueue(queue=BILLING, skills={})),
        ("4", "4 Anything", PutInQueue(queue=PERSON, skills={})),
        (
            "2",
            "2 French",
            PutInQueue(queue=BILLING, skills={FRENCH: 2}, say=(Say(text="Bonjour", language="fr"),)),
        ),
        ("3", "3 Hours", GoodBye(say=CLOSED_NOW)),
        ("5", "5 Again", PlayMenu(say=WELCOME, collect=True, wait_s=4.0)),
        ("0", "0 a person", PutInQueue(queue=PERSON, skills={})),
    ],
)
def test_a_key_leads_where_the_menu_says(key: str, words: str, effect: object) -> None:
    taken = pressed(FLOW, MENU, key)
    assert (taken.words, taken.effect) == (words, effect)


@pytest.mark.parametrize("key", ["", "9", "*"])
def test_no_choice_hears_the_menu_again_and_then_gets_a_person(key: str) -> None:
    first = pressed(FLOW, MENU, key)
    assert (first.place.tries, first.words) == (1, "")
    assert isinstance(first.effect, PlayMenu)
    second = pressed(FLOW, first.place, key)
    assert (second.words, second.effect) == ("no choice made", PutInQueue(queue=PERSON, skills={}))


def test_a_menu_reached_again_counts_its_tries_anew() -> None:
    tried = pressed(FLOW, MENU, "9").place
    assert pressed(FLOW, tried, "5").place == MENU


@given(st.lists(st.sampled_from(["", "0", "1", "2", "3", "4", "9", "#"]), min_size=2, max_size=8))
def test_whatever_is_pressed_a_call_leaves_the_menu(keys: list[str]) -> None:
    taken: Taken = begin(FLOW)
    for key in keys:
        if isinstance(taken.effect, PlayMenu):
            taken = pressed(FLOW, taken.place, key)
    assert isinstance(taken.effect, PutInQueue | GoodBye)
