from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain import agent, interaction, lifecycle
from agent_desktop.domain.machine import Machine
from agent_desktop.errors import IllegalStepError


class Opened: ...


class DoorClosed: ...


DOOR: Machine[object] = Machine("door", {("shut_tight", Opened): "open", ("open", DoorClosed): "shut_tight"})


def test_an_event_leads_to_the_state_of_the_table() -> None:
    assert DOOR.next("shut_tight", Opened()) == "open"


def test_an_illegal_pair_raises_in_words_that_a_person_can_read() -> None:
    with pytest.raises(IllegalStepError, match=r"^Door closed is not possible: the door is shut tight\.$"):
        DOOR.next("shut_tight", DoorClosed())


def test_what_is_allowed_can_be_asked_before() -> None:
    assert DOOR.allows("open", DoorClosed)
    assert not DOOR.allows("open", Opened)
    assert not DOOR.allows("nowhere", Opened)


def test_the_diagram_has_a_line_for_each_row() -> None:
    assert DOOR.diagram().splitlines() == [
        "stateDiagram-v2",
        "    shut_tight --> open: Opened",
        "    open --> shut_tight: DoorClosed",
    ]


@pytest.mark.parametrize("machine", [agent.MACHINE, lifecycle.MACHINE], ids=lambda m: m.name)
def test_every_state_can_be_reached_and_only_the_last_ones_cannot_be_left(machine: Machine[object]) -> None:
    states = {state for state, _ in machine.table} | set(machine.table.values())
    first = "logged_out" if machine.name == "agent" else "arrived"
    reached, open_ends = {first}, [first]
    while open_ends:
        here = open_ends.pop()
        for (state, _), after in machine.table.items():
            if state == here and after not in reached:
                reached.add(after)
                open_ends.append(after)
    assert reached == states
    left = {state for (state, _), after in machine.table.items() if after != state}
    assert states - left == (interaction.OVER if machine.name == "interaction" else set())


@given(st.lists(st.sampled_from([Opened, DoorClosed]), max_size=30))
def test_no_sequence_of_events_leaves_the_states(events: list[type[object]]) -> None:
    state = "open"
    for event in events:
        if DOOR.allows(state, event):
            state = DOOR.next(state, event())
        else:
            with pytest.raises(IllegalStepError):
                DOOR.next(state, event())
        assert state in {"open", "shut_tight"}
