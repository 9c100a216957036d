"""What becomes of calls at the edges: with doubles round the call table and a clock of our own."""

from __future__ import annotations

import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.sip.address import Address
from agent_desktop.sip.events import EndedBy
from agent_desktop.sip.media import Direction
from agent_desktop.switch.b2bua import LOST_S
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_call_rings_until_it_is_answered(scene: Scene) -> None:
    scene.arrives(name="Ada\r\nX-Evil: 1")
    (arrived,) = scene.all(wire.CallArrived)
    assert (arrived.call.state, arrived.call.from_name) == ("ringing", "AdaX-Evil: 1")
    assert scene.sip.all("ring") == ["in1"]
    scene.wait(100)
    assert not scene.sip.all("reject")


def test_a_call_that_no_router_takes_is_answered_503(scene: Scene) -> None:
    scene.attended = False
    scene.arrives()
    scene.wait(16)
    assert scene.sip.all("reject") == [("in1", 503)]
    assert scene.all(wire.CallEnded)[0].call.ended_by == "system"
    assert not scene.table.calls


def test_a_call_that_a_late_router_takes_is_kept(scene: Scene) -> None:
    scene.attended = False
    scene.arrives()
    scene.wait(10)
    scene.do(wire.AnswerCall(call="c1"))
    scene.wait(100)
    assert not scene.sip.all("reject")


def test_bridged_legs_hear_each_other(scene: Scene) -> None:
    scene.joined()
    assert scene.desk.rows == {CUSTOMER: {AGENT: 1.0}, AGENT: {CUSTOMER: 1.0}}
    assert scene.sip.all("invite") == [("out1", "201", {"X-Interaction": "i1", "X-Leg-Kind": "agent"}, "555")]


def test_until_the_agent_answers_the_music_plays(scene: Scene) -> None:
    scene.waiting()
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i1"))
    assert scene.desk.rows == {CUSTOMER: {"music": 1.0}}
    assert scene.table.calls[0].state == "connecting"


def test_a_call_too_many_is_answered_503() -> None:
    scene = Scene(most_calls=1)
    scene.arrives("in1")
    scene.arrives("in2")
    assert scene.sip.all("reject") == [("in2", 503)]
    with pytest.raises(RefusedError, match="as many calls"):
        scene.do(wire.DialOut(call="x", extension="201", number="5", interaction="i"))


def test_when_the_sound_of_the_calls_would_suffer_another_is_answered_503(scene: Scene) -> None:
    scene.desk.load = 0.8
    scene.arrives("in1")
    scene.desk.load = 0.3
    scene.arrives("in2")
    assert scene.sip.all("reject") == [("in1", 503)]
    assert scene.sip.all("ring") == ["in2"]


def test_without_a_free_port_the_caller_gets_503_and_the_router_a_sentence(scene: Scene) -> None:
    scene.arrives()
    scene.desk.full = True
    with pytest.raises(RefusedError, match="port"):
        scene.do(wire.AnswerCall(call="c1"))
    assert scene.sip.all("reject") == [("in1", 503)]
    assert len(scene.all(wire.CallEnded)) == 1


def test_without_a_shared_codec_the_call_is_over(scene: Scene) -> None:
    scene.arrives()
    scene.sip.no_codec = True
    with pytest.raises(RefusedError):
        scene.do(wire.AnswerCall(call="c1"))
    assert scene.all(wire.CallEnded)[0].call.ended_by == "network"
    assert not scene.desk.open


def test_strangers_are_refused_and_extensions_must_prove_themselves(scene: Scene) -> None:
    scene.arrives("in1", source=Address("udp", "198.51.100.1", 5060))
    scene.arrives("in2", caller="201")
    scene.arrives("in3", called="999")
    assert scene.sip.all("reject") == [("in1", 403), ("in3", 404)]
    assert scene.sip.all("challenge") == ["in2"]
    assert not scene.events


def test_a_proven_agent_may_call_the_centre_as_a_customer_does(scene: Scene) -> None:
    scene.arrives(caller="201", user="201")
    assert len(scene.all(wire.CallArrived)) == 1


@pytest.mark.parametrize(
    ("by", "who"),
    [(EndedBy.REMOTE, "customer"), (EndedBy.TIMED_OUT, "network"), (EndedBy.FAILED, "network")],
)
def test_who_ended_the_call_is_told_when_it_was_the_customers_leg(
    scene: Scene, by: EndedBy, who: str
) -> None:
    scene.joined()
    scene.ends("in1", by)
    assert scene.all(wire.CallEnded)[0].call.ended_by == who
    assert scene.sip.all("hang_up") == ["out1"]
    assert not scene.desk.open


def test_an_agents_leg_that_the_network_lost_leaves_the_customer_with_music(scene: Scene) -> None:
    scene.joined()
    scene.ends("out1", EndedBy.TIMED_OUT)
    assert scene.all(wire.AgentLegEnded)[0].extension == "201"
    assert not scene.all(wire.CallEnded)
    assert scene.desk.rows == {CUSTOMER: {"music": 1.0}}


def test_a_leg_that_has_gone_silent_is_lost(scene: Scene) -> None:
    scene.joined()
    scene.b2bua.watch()
    assert not scene.all(wire.AgentLegEnded)
    scene.desk.silent[AGENT] = LOST_S + 0.1
    scene.b2bua.watch()
    assert scene.all(wire.AgentLegEnded)[0].by == "network"
    assert scene.sip.all("hang_up") == ["out1"]
    scene.desk.silent[CUSTOMER] = LOST_S + 0.1
    scene.b2bua.watch()
    assert scene.all(wire.CallEnded)[0].call.ended_by == "network"


def test_a_phone_that_registers_anew_and_is_silent_has_lost_its_call(scene: Scene) -> None:
    scene.joined()
    scene.registers("201")
    scene.desk.silent[AGENT] = 1.5
    scene.registers("202")
    scene.registers("201", is_new=False)
    assert not scene.all(wire.AgentLegEnded)
    scene.registers("201")
    assert scene.all(wire.AgentLegEnded)[0].extension == "201"


def test_the_agents_hold_key_and_the_routers_hold_are_both_holds(scene: Scene) -> None:
    scene.joined()
    scene.changes("out1", Direction.RECVONLY)
    assert scene.table.calls[0].state == "held"
    assert scene.desk.rows == {CUSTOMER: {"music": 1.0}, AGENT: {}}
    scene.do(wire.HoldCall(call="c1"))
    scene.changes("out1", Direction.SENDRECV)
    assert scene.table.calls[0].state == "held"
    scene.do(wire.ResumeCall(call="c1"))
    assert scene.desk.rows == {CUSTOMER: {AGENT: 1.0}, AGENT: {CUSTOMER: 1.0}}


def test_digits_reach_the_other_party_once_the_two_are_joined(scene: Scene) -> None:
    scene.joined()
    scene.desk.open[CUSTOMER]("1")
    scene.desk.open[AGENT]("2")
    assert scene.desk.pressed == [(AGENT, "1"), (CUSTOMER, "2")]


def test_an_agent_who_does_not_answer_is_told_and_can_be_tried_again(scene: Scene) -> None:
    scene.waiting()
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i", timeout_s=5))
    with pytest.raises(RefusedError, match="already"):
        scene.do(wire.ConnectAgent(call="c1", extension="202", interaction="i"))
    scene.wait(5)
    assert scene.all(wire.AgentLegFailed)[0].status == 408
    assert scene.sip.all("hang_up") == ["out1"]
    scene.do(wire.ConnectAgent(call="c1", extension="202", interaction="i"))
    scene.ends("out2", EndedBy.REFUSED, 486)
    assert scene.all(wire.AgentLegFailed)[1].status == 486
    assert scene.table.calls[0].state == "answered"


def test_an_answer_that_crosses_the_timeout_joins_nobody(scene: Scene) -> None:
    scene.waiting()
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i", timeout_s=5))
    scene.wait(5)
    scene.answers("out1")
    assert scene.table.calls[0].state == "answered"


@pytest.mark.parametrize(
    "command",
    [
        wire.HoldCall(call="c1"),
        wire.ResumeCall(call="c1"),
        wire.AnswerCall(call="c1"),
        wire.RefuseCall(call="c1"),
        wire.HangUpCall(call="nobody"),
        wire.SetDirectory(realm="r"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_the_state_does_not_allow_is_refused(scene: Scene, command: wire.AnySwitchCommand) -> None:
    scene.waiting()
    with pytest.raises(RefusedError):
        scene.do(command)
    assert scene.table.calls[0].state == "answered"


def test_a_ringing_call_can_be_refused(scene: Scene) -> None:
    scene.arrives()
    scene.do(wire.RefuseCall(call="c1", status=480))
    assert scene.sip.all("reject") == [("in1", 480)]
    assert scene.sip.all("hang_up") == []


def test_an_agent_who_is_nowhere_is_told_and_the_call_stays(scene: Scene) -> None:
    scene.waiting()
    scene.sip.registered.clear()
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i"))
    assert scene.all(wire.AgentLegFailed)[0].status == 480
    assert scene.table.calls[0].extension == ""


def test_the_router_may_take_the_agent_away_and_give_another(scene: Scene) -> None:
    scene.joined()
    scene.do(wire.Unbridge(call="c1"))
    assert scene.sip.all("hang_up") == ["out1"]
    assert scene.desk.rows == {CUSTOMER: {"music": 1.0}}
    scene.do(wire.ConnectAgent(call="c1", extension="202", interaction="i1"))
    scene.answers("out2")
    assert scene.table.calls[0].extension == "202"
    assert scene.table.calls[0].state == "bridged"


def test_a_leg_that_sounds_a_class_worse_is_told_every_ten_seconds_at_most(scene: Scene) -> None:
    scene.joined()
    seen = len(scene.all(wire.CallChanged))
    for r in (93.0, 75.0, 74.0, 81.0, 65.0):
        scene.desk.qualities[AGENT] = wire.LegQuality(codec="PCMU", r_factor=r)
        for _ in range(10):
            scene.b2bua.watch()
    told = [event.call.legs[1].quality for event in scene.all(wire.CallChanged)[seen:]]
    assert [quality.r_factor for quality in told if quality] == [75.0, 65.0]


def test_text_of_a_leg_that_nobody_read_is_told_and_logged_every_ten_seconds_at_most(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.joined()
    seen = len(scene.all(wire.CallChanged))
    for flooded in (0, 12, 12, 40):
        scene.desk.qualities[AGENT] = wire.LegQuality(codec="PCMU", r_factor=93.0, text_flooded=flooded)
        for _ in range(10):
            scene.b2bua.watch()
    told = [event.call.legs[1].quality for event in scene.all(wire.CallChanged)[seen:]]
    assert [quality.text_flooded for quality in told if quality] == [12, 40]
    assert [record.__dict__["flooded"] for record in caplog.records if "text" in record.message] == [12, 40]
