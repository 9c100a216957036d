"""Transfers that desk phones ask for, and calls that they pick up."""

from __future__ import annotations

import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.sip.address import LegId
from agent_desktop.sip.replaces import Replaces
from agent_desktop.switch.referring import PATIENCE_S
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene


@pytest.fixture
def scene() -> Scene:
    """A customer and extension 201 who talk."""
    scene = Scene()
    scene.joined()
    return scene


def second_call(scene: Scene) -> None:
    """Extension 201 calls its colleague 202 with its own phone, who answers."""
    scene.arrives("in2", caller="201", called="202", user="201")
    scene.answers("out2")


def ours(leg: str) -> Replaces:
    """The dialog with that leg as the phone names it: its own tag is `their`."""
    return Replaces(f"call-of-{leg}", f"our-{leg}", f"their-{leg}")


def test_a_blind_transfer_is_told_to_the_router_and_succeeds_when_the_agent_is_let_go(scene: Scene) -> None:
    scene.refers("out1", "777")
    assert scene.sip.all("accepted") == ["refer-out1"]
    (asked,) = scene.all(wire.TransferAsked)
    assert (asked.call, asked.extension, asked.target, asked.with_call) == ("c1", "201", "777", "")
    assert not scene.sip.all("progress")
    scene.do(wire.AddLeg(call="c1", leg="g1", number="777", blind=True))
    assert scene.sip.all("progress") == [("refer-out1", 200)]
    done = [name for name, _ in scene.sip.done]
    assert done.index("progress") < done.index("hang_up"), "the phone hears of it before its BYE"


def test_a_transfer_that_the_router_does_not_carry_out_fails_at_the_phone(scene: Scene) -> None:
    scene.refers("out1", "777")
    scene.refers("out1", "778")
    assert scene.sip.all("refused") == [("refer-out1", 603)], "one at a time"
    scene.wait(PATIENCE_S)
    assert scene.sip.all("progress") == [("refer-out1", 408)]
    assert scene.table.calls[0].state == "bridged"
    scene.refers("out1", "777")
    assert len(scene.all(wire.TransferAsked)) == 2


def test_a_customer_who_hangs_up_ends_the_transfer_too(scene: Scene) -> None:
    scene.refers("out1", "777")
    scene.ends("in1")
    assert scene.sip.all("progress") == [("refer-out1", 487)]
    assert all(alarm.off for alarm in scene.alarms)


def test_only_the_agents_leg_may_ask(scene: Scene) -> None:
    scene.refers("in1", "777")
    scene.refers("nobody", "777")
    assert scene.sip.all("refused") == [("refer-in1", 603), ("refer-nobody", 603)]
    assert not scene.all(wire.TransferAsked)


def test_an_attended_transfer_names_the_other_call_and_the_two_become_one(scene: Scene) -> None:
    second_call(scene)
    scene.refers("out1", "202", replaces=ours("in2"))
    (asked,) = scene.all(wire.TransferAsked)
    assert (asked.call, asked.with_call) == ("c1", "c2")
    scene.do(wire.PromoteLeg(call="c1", leg="g1", from_call="c2"))
    colleague = "c2/customer2"
    assert scene.desk.rows == {CUSTOMER: {colleague: 1.0}, colleague: {CUSTOMER: 1.0}}
    assert sorted(scene.sip.all("hang_up")) == ["in2", "out1"]
    assert scene.sip.all("progress") == [("refer-out1", 200)]
    (ended,) = scene.all(wire.CallEnded)
    assert (ended.call.id, ended.call.ended_by) == ("c2", "agent")
    call = scene.all(wire.CallChanged)[-1].call
    assert (call.id, call.state, call.extension) == ("c1", "bridged", "202")
    scene.desk.open[colleague]("5")
    assert scene.desk.pressed == [(CUSTOMER, "5")]
    scene.ends("out2")
    assert scene.all(wire.CallEnded)[-1].call.id == "c1"
    assert not scene.desk.open


def test_a_number_outside_is_joined_with_the_customer_and_nobody_else(scene: Scene) -> None:
    scene.arrives("in2", caller="201", called="777", user="201")
    scene.answers("out2")
    scene.do(wire.PromoteLeg(call="c1", leg="g1", from_call="c2"))
    call = scene.all(wire.CallChanged)[-1].call
    assert (call.state, call.extension, call.talk) == ("bridged", "", "all")


def test_calls_that_are_not_the_phones_own_are_not_joined(scene: Scene) -> None:
    scene.refers("out1", "202", replaces=ours("in9"))
    scene.refers("out1", "202", replaces=ours("out1"))
    assert scene.sip.all("refused") == [("refer-out1", 481), ("refer-out1", 481)]
    with pytest.raises(RefusedError):
        scene.do(wire.PromoteLeg(call="c1", leg="g1", from_call="c1"))
    with pytest.raises(RefusedError):
        scene.do(wire.PromoteLeg(call="c1", leg="g1", from_call="c7"))


def test_an_agents_other_phone_picks_the_call_up(scene: Scene) -> None:
    scene.arrives("in2", caller="201", called="201", user="201", replaces=LegId("out1"))
    assert scene.sip.all("answer") == ["in1", "in2"]
    assert scene.sip.all("hang_up") == ["out1"]
    assert scene.desk.rows == {CUSTOMER: {"c1/agent3": 1.0}, "c1/agent3": {CUSTOMER: 1.0}}
    assert AGENT not in scene.desk.open
    assert not scene.all(wire.CallEnded)


def test_a_call_that_rings_is_picked_up() -> None:
    scene = Scene()
    scene.waiting()
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i", timeout_s=5))
    scene.arrives("in2", caller="201", called="201", user="201", replaces=LegId("out1"))
    scene.wait(10)
    assert scene.table.calls[0].state == "bridged"
    assert not scene.all(wire.AgentLegFailed)


def test_nobody_picks_up_anothers_call(scene: Scene) -> None:
    scene.arrives("in2", caller="202", called="201", user="202", replaces=LegId("out1"))
    scene.arrives("in3", caller="201", called="201", replaces=LegId("out1"))
    scene.arrives("in4", caller="201", called="201", user="201", replaces=LegId("in1"))
    assert scene.sip.all("reject") == [("in2", 403), ("in4", 481)]
    assert scene.sip.all("challenge") == ["in3"]
    assert scene.desk.rows == {CUSTOMER: {AGENT: 1.0}, AGENT: {CUSTOMER: 1.0}}


def test_a_pick_up_that_cannot_be_answered_leaves_the_call_where_it_is(scene: Scene) -> None:
    scene.desk.full = True
    scene.arrives("in2", caller="201", called="201", user="201", replaces=LegId("out1"))
    assert scene.sip.all("hang_up") == []
    assert scene.table.calls[0].state == "bridged"
    assert scene.desk.rows == {CUSTOMER: {AGENT: 1.0}, AGENT: {CUSTOMER: 1.0}}
