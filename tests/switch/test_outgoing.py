"""Calls that agents make, at the edges, with doubles and a clock of our own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.sip.events import EndedBy
from agent_desktop.wire import switch as wire

from .fakes import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_an_agent_hears_ringing_until_the_number_answers(scene: Scene) -> None:
    scene.do(wire.DialOut(call="d1", extension="201", number="777", interaction="i", caller_id="4000"))
    assert scene.sip.all("invite") == [("out1", "201", {"X-Interaction": "i", "X-Leg-Kind": "agent"}, "777")]
    scene.answers("out1")
    assert scene.sip.all("invite")[1] == ("out2", "777", {}, "4000")
    assert scene.desk.rows["d1/agent1"] == {"ringback": 1.0}
    scene.progresses("out2", early=True)
    assert scene.desk.rows["d1/agent1"] == {"d1/customer2": 1.0}
    scene.answers("out2")
    assert scene.table.calls[0].state == "bridged"
    scene.ends("out1")
    assert scene.all(wire.CallEnded)[0].call.ended_by == "agent"


def test_an_agent_whose_phone_refuses_ends_the_dialled_call(scene: Scene) -> None:
    scene.do(wire.DialOut(call="d1", extension="201", number="777", interaction="i"))
    scene.ends("out1", EndedBy.REFUSED, 486)
    assert scene.all(wire.AgentLegFailed)[0].status == 486
    assert scene.all(wire.CallEnded)[0].call.extension == "201"


def test_an_agents_phone_that_dials_is_answered_when_the_number_answers(scene: Scene) -> None:
    scene.arrives("in1", caller="201", called="777", user="201", headers=(("X-Interaction", "i3"),))
    (dialled,) = scene.all(wire.AgentDialled)
    assert (dialled.call.interaction, dialled.call.extension) == ("i3", "201")
    scene.progresses("out1")
    assert scene.sip.all("ring") == ["in1"]
    scene.answers("out1")
    assert scene.sip.all("answer") == ["in1"]
    assert scene.table.calls[0].state == "bridged"


def test_an_agent_who_gives_up_dialling_ends_the_call(scene: Scene) -> None:
    scene.arrives("in1", caller="201", called="777", user="201")
    scene.ends("in1", EndedBy.CANCELLED)
    assert scene.all(wire.CallEnded)[0].call.ended_by == "agent"
    assert scene.sip.all("hang_up") == ["out1"]


def test_a_third_call_at_once_is_refused(scene: Scene) -> None:
    for n in range(3):
        scene.arrives(f"in{n}", caller="201", called="777", user="201")
    assert scene.sip.all("reject") == [("in2", 503)]


def test_numbers_that_cannot_be_reached_are_answered_404_and_480(scene: Scene) -> None:
    scene.sip.registered.pop("202")
    scene.arrives("in1", caller="201", called="202", user="201")
    scene.table.directory = replace(scene.table.directory, trunks=())
    scene.arrives("in2", caller="201", called="777", user="201")
    assert scene.sip.all("reject") == [("in1", 480), ("in2", 404)]
    assert not scene.events
    assert not scene.table.calls


def test_a_dialled_agent_who_does_not_answer_ends_the_call(scene: Scene) -> None:
    order = wire.DialOut(call="d1", extension="201", number="777", interaction="i")
    scene.do(order)
    scene.do(order)
    assert len(scene.sip.all("invite")) == 1
    scene.wait(20)
    assert scene.all(wire.AgentLegFailed)[0].status == 408
    assert scene.all(wire.CallEnded)[0].call.ended_by == "system"


def test_a_colleague_who_hangs_up_first_is_the_other_party(scene: Scene) -> None:
    scene.arrives("in1", caller="201", called="202", user="201")
    assert scene.all(wire.AgentDialled)[0].call.direction == "internal"
    scene.answers("out1")
    scene.ends("out1")
    assert scene.all(wire.CallEnded)[0].call.ended_by == "customer"
    assert scene.sip.all("hang_up") == ["in1"]


def test_a_callback_rings_the_customer_first_and_then_an_agent(scene: Scene) -> None:
    scene.do(wire.DialOut(call="d1", extension="", number="777", interaction="i", caller_id="4000"))
    assert scene.sip.all("invite") == [("out1", "777", {}, "4000")]
    assert scene.all(wire.CallChanged)[-1].call.state == "ringing"
    scene.answers("out1")
    assert scene.all(wire.CallChanged)[-1].call.state == "answered"
    assert scene.desk.rows == {"d1/customer1": {"music": 1.0}}
    scene.do(wire.ConnectAgent(call="d1", extension="201", interaction="i"))
    scene.ends("out2", EndedBy.REFUSED, 486)
    assert scene.all(wire.AgentLegFailed)[0].status == 486
    scene.do(wire.ConnectAgent(call="d1", extension="202", interaction="i"))
    scene.answers("out3")
    scene.ends("out3", EndedBy.TIMED_OUT)
    assert scene.all(wire.AgentLegEnded)[0].extension == "202"
    assert not scene.all(wire.CallEnded)


def test_a_callback_that_nobody_answers_in_time_is_over(scene: Scene) -> None:
    scene.do(wire.DialOut(call="d1", extension="", number="777", interaction="i", timeout_s=9.0))
    scene.wait(9)
    (ended,) = scene.all(wire.CallEnded)
    assert (ended.call.ended_by, ended.call.ended_why) == ("system", "Nobody answered.")
    assert scene.sip.all("hang_up") == ["out1"]


def test_a_callback_without_a_port_leaves_nothing_behind(scene: Scene) -> None:
    scene.desk.full = True
    with pytest.raises(RefusedError):
        scene.do(wire.DialOut(call="d1", extension="", number="777", interaction="i"))
    assert not scene.table.calls


def test_a_far_end_that_rings_too_long_is_given_up(scene: Scene) -> None:
    scene.do(wire.DialOut(call="d1", extension="201", number="777", interaction="i", timeout_s=30.0))
    scene.answers("out1")
    scene.wait(30)
    assert scene.all(wire.CallEnded)[0].call.ended_why == "Nobody answered."
    assert scene.sip.all("hang_up") == ["out2", "out1"]


def test_early_sound_of_the_far_end_is_passed_to_the_phone_that_dialled(scene: Scene) -> None:
    scene.arrives("in1", caller="201", called="777", user="201")
    scene.progresses("out1", early=True)
    assert scene.sip.all("early") == ["in1"]
    assert scene.desk.rows["c1/agent1"] == {"c1/customer2": 1.0}
    scene.progresses("out1", early=True)
    assert scene.sip.all("early") == ["in1"]
    scene.answers("out1")
    assert scene.sip.all("answer") == ["in1"]
    assert scene.desk.rows["c1/agent1"] == {"c1/customer2": 1.0}
    assert len(scene.desk.open) == 2


def test_without_a_port_for_the_agents_leg_the_agent_can_be_tried_again(scene: Scene) -> None:
    scene.waiting()
    scene.desk.full = True
    with pytest.raises(RefusedError):
        scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i"))
    with pytest.raises(RefusedError):
        scene.do(wire.DialOut(call="d1", extension="201", number="777", interaction="i"))
    assert [call.id for call in scene.table.calls] == ["c1"]
    scene.desk.full = False
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i"))
    assert scene.table.calls[0].state == "connecting"


def test_early_sound_without_a_port_is_only_told_as_ringing(scene: Scene) -> None:
    scene.arrives("in1", caller="201", called="777", user="201")
    scene.desk.full = True
    scene.progresses("out1", early=True)
    assert scene.sip.all("ring") == ["in1"]
    scene.desk.full = False
    scene.answers("out1")
    assert scene.table.calls[0].state == "bridged"
