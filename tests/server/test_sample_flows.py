"""Simulated calls through every shipped flow: every key, every answer, every silence (H5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.domain import ivr
from agent_desktop.domain.ivr import Flow, Node, Place, Taken
from agent_desktop.server.config import load_centre
from agent_desktop.server.config_flows import LOOKUPS

CENTRE = load_centre(Path(__file__).parents[2] / "resources" / "centre" / "centre.toml")
FLOWS = tuple(CENTRE.flows.values())
ENDS = (ivr.PutInQueue, ivr.LeaveMessage, ivr.CallBack, ivr.GoodBye, ivr.SendTo)
SILENCE = ""
MOST_STATES = 20_000


def inputs(node: Node) -> tuple[str, ...]:
    """What a caller may press at a place: all that is meant, and what is not."""
    if node.collect:
        short, right, long = node.least - 1, node.least, node.most
        return (SILENCE, "0", "7" * short, "7" * right, "7" * long, "7" * (long + 1))
    return (SILENCE, *"0123456789*#")


def nexts(flow: Flow, taken: Taken) -> Iterator[tuple[str, Taken]]:
    """Every way that a call may go on."""
    place, node = taken.place, flow.node(taken.place.node)
    match taken.effect:
        case ivr.PlayMenu():
            for digits in inputs(node):
                yield f"pressed {digits!r}", ivr.pressed(flow, place, digits)
        case ivr.Speak():
            yield "heard", ivr.spoken(flow, place)
        case ivr.Ask():
            values = dict.fromkeys(LOOKUPS.get(node.lookup, ()), "word")
            yield "yes", ivr.answered(flow, place, found=True, values=values)
            yield "no", ivr.answered(flow, place, found=False)
        case _:
            return


def key(taken: Taken) -> tuple[object, ...]:
    place = taken.place
    gathered = tuple(sorted(place.variables.items())), tuple(sorted(place.skills.items()))
    return (place.node, place.tries, place.language, gathered, type(taken.effect).__name__)


def walked(flow: Flow, caller: str) -> dict[tuple[object, ...], tuple[Taken, list[tuple[str, Taken]]]]:
    """Every state that a call can come to, with the ways out of it."""
    ahead, found = [ivr.begin(flow, caller)], {}
    while ahead:
        taken = ahead.pop()
        taken = Taken(place=fresh(taken.place), words=taken.words, effect=taken.effect)
        if key(taken) in found:
            continue
        ways = list(nexts(flow, taken))
        found[key(taken)] = (taken, ways)
        assert len(found) < MOST_STATES
        ahead += [after for _, after in ways]
    return found


def fresh(place: Place) -> Place:
    """The same place early in a call: the guard against circles must not hide a flow without an end."""
    return Place(
        flow=place.flow,
        node=place.node,
        tries=place.tries,
        language=place.language,
        variables=place.variables,
        skills=place.skills,
    )


@pytest.mark.parametrize("caller", ["+33611", ""])
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.id)
def test_from_every_place_a_call_comes_to_an_end_that_somebody_meant(flow: Flow, caller: str) -> None:
    states = walked(flow, caller)
    ends = {k for k, (taken, _) in states.items() if isinstance(taken.effect, ENDS)}
    assert {k for k, (_, ways) in states.items() if not ways} == ends
    grown = True
    while grown:
        more = {
            k for k, (_, ways) in states.items() if k not in ends and any(key(w) in ends for _, w in ways)
        }
        grown = bool(more)
        ends |= more
    assert ends == set(states)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.id)
def test_zero_reaches_a_person_wherever_keys_are_gathered(flow: Flow) -> None:
    for taken, _ in walked(flow, "+33611").values():
        if isinstance(taken.effect, ivr.PlayMenu):
            assert isinstance(ivr.pressed(flow, taken.place, "0").effect, ivr.PutInQueue), taken.place


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.id)
def test_a_caller_who_presses_nothing_is_not_kept_in_the_machine(flow: Flow) -> None:
    for taken, _ in walked(flow, "+33611").values():
        steps, after = 0, taken
        while not isinstance(after.effect, ENDS):
            steps += 1
            assert steps < 30, taken.place
            quiet = dict(nexts(flow, after))
            after = quiet.get("pressed ''") or quiet.get("heard") or quiet["no"]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.id)
def test_every_prompt_has_words_or_a_file_and_no_variable_is_left_in_them(flow: Flow) -> None:
    for taken, _ in walked(flow, "+33611").values():
        says = getattr(taken.effect, "say", ())
        assert all(say.file or say.text.strip() for say in says), taken.place
        assert not ivr.variables_in(says), taken.place
        if isinstance(taken.effect, ivr.PlayMenu | ivr.LeaveMessage | ivr.GoodBye | ivr.CallBack):
            assert says, f"{taken.place} is silent"


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.id)
def test_whoever_waits_waits_where_calls_are_taken(flow: Flow) -> None:
    for taken, _ in walked(flow, "+33611").values():
        match taken.effect:
            case ivr.PutInQueue(queue=queue) | ivr.CallBack(queue=queue):
                assert "voice" in CENTRE.queues[queue].media
            case ivr.LeaveMessage(queue=queue):
                assert "voicemail" in CENTRE.queues[queue].media
                assert any(queue in agent.queues for agent in CENTRE.agents.values())
            case _:
                pass


def test_the_walk_sees_a_flow_that_never_ends() -> None:
    turn = Node(id="a", say=(ivr.Say(text="On and on."),), goto="a")
    states = walked(Flow(id="f", nodes=(turn,), person_queue=FLOWS[0].person_queue), "")
    assert not any(isinstance(taken.effect, ENDS) for taken, _ in states.values())


def test_every_numbers_flow_is_shipped() -> None:
    assert {number.flow for number in CENTRE.numbers} == {flow.id for flow in FLOWS}
