"""What a call is at the phone, step by step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import IllegalStepError, RefusedError
from agent_desktop.phone.calltable import HELD, RINGING, UP, CallTable
from agent_desktop.phone.reasons import words_for


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def seen():
    return []


@pytest.fixture
def table(seen):
    return CallTable(seen.append, Clock())


def test_a_call_in_rings_comes_up_is_held_and_ends(table, seen):
    table.arrived("c", "+4930", "Grace", "i7")
    table.came_up("c")
    table.held("c", on=True)
    table.held("c", on=False)
    table.ended("c", "remote", 200, "")
    assert [call.state for call in seen] == ["ringing", "up", "held", "up", "ended"]
    last = seen[-1]
    assert last.started_at < last.up_at < last.ended_at
    assert (last.interaction, last.ended_by, last.status) == ("i7", "remote", 0)
    assert table.calls == ()


def test_a_call_that_never_came_up_keeps_its_status(table, seen):
    table.dialled("c", "100", "")
    table.ended("c", "remote", 486, words_for(486))
    assert (seen[-1].status, seen[-1].detail) == (486, "The number is busy.")


def test_a_ringing_call_cannot_be_held(table):
    table.arrived("c", "1", "", "")
    with pytest.raises(IllegalStepError):
        table.need("c", UP, HELD)
    assert table.need("c", RINGING).id == "c"


def test_an_unknown_call_is_refused(table):
    with pytest.raises(RefusedError):
        table.need("x")


def test_the_same_news_twice_is_published_once(table, seen):
    table.dialled("c", "1", "")
    table.came_up("c")
    table.came_up("c")
    table.held("c", on=False)
    assert [call.state for call in seen] == ["dialling", "up"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["arrived", "dialled", "came_up", "hold", "resume", "ended"]), st.sampled_from("ab")
    ),
    max_size=30,
)


@given(STEPS)
def test_whatever_happens_each_call_ends_once_and_nothing_follows_its_end(steps):
    seen = []
    table = CallTable(seen.append, Clock())
    made = 0
    current = {}
    for what, which in steps:
        name = current.get(which, "none")
        if what in {"arrived", "dialled"} and which not in current:
            made += 1
            current[which] = name = f"{which}{made}"
            (table.arrived(name, "1", "", "") if what == "arrived" else table.dialled(name, "1", ""))
        elif what == "came_up":
            table.came_up(name)
        elif what in {"hold", "resume"}:
            table.held(name, on=what == "hold")
        elif what == "ended":
            table.ended(name, "remote", 0, "")
            current.pop(which, None)
    assert {call.id for call in table.calls} == set(current.values())
    over = set()
    for call in seen:
        assert call.id not in over
        if call.state == "ended":
            over.add(call.id)


@pytest.mark.parametrize("status", [401, 404, 486, 500, 503, 599, 699])
def test_every_status_has_a_sentence(status):
    assert words_for(status).endswith(".")
