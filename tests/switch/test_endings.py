"""Who ended it, and why (M8): from the SIP status, the Reason header and the state of the call."""

from __future__ import annotations

import pytest

from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.sip.events import EndedBy
from agent_desktop.sip.message import Request
from agent_desktop.switch.endings import is_networks, why
from agent_desktop.wire import switch as wire

from .fakes import Scene


def ended(by: EndedBy, status: int = 200, reason: str = "", header: str = "") -> sip.Ended:
    message = Request(headers=(("Reason", header),)) if header else None
    return sip.Ended(LegId("in1"), by, status, reason, message)


CASES = [
    (ended(EndedBy.REMOTE), False, "Hung up."),
    (ended(EndedBy.CANCELLED, 487), False, "Gave up before the answer."),
    (ended(EndedBy.REMOTE, header="Q.850;cause=16"), False, "Normal call clearing"),
    (ended(EndedBy.REMOTE, header="Q.850;cause=38"), True, "Network out of order"),
    (ended(EndedBy.REMOTE, header='SIP;cause=200;text="Taken elsewhere"'), False, "Taken elsewhere"),
    (ended(EndedBy.REFUSED, 486, "Busy Here"), False, "486 Busy Here"),
    (ended(EndedBy.REFUSED, 603, "Decline"), False, "603 Decline"),
    (ended(EndedBy.REFUSED, 404, "Not Found"), True, "404 Not Found"),
    (ended(EndedBy.REFUSED, 503, "Service Unavailable"), True, "503 Service Unavailable"),
    (ended(EndedBy.TIMED_OUT, 408), True, "No answer came over the network."),
    (ended(EndedBy.FAILED, 503, "Service Unavailable"), True, "503 Service Unavailable"),
    (ended(EndedBy.LOCAL, 0), False, "0"),
]


@pytest.mark.parametrize(("event", "networks", "words"), CASES, ids=lambda v: str(v)[:60])
def test_an_end_says_whose_it_is_and_why(event: sip.Ended, *, networks: bool, words: str) -> None:
    assert (is_networks(event), why(event)) == (networks, words)


@pytest.mark.parametrize(
    ("leg", "by", "status", "who"),
    [
        ("in1", EndedBy.REMOTE, 200, "customer"),
        ("in1", EndedBy.TIMED_OUT, 408, "network"),
        ("out1", EndedBy.REMOTE, 200, "agent"),
    ],
)
def test_the_side_that_hung_up_a_joined_call_is_told(leg: str, by: EndedBy, status: int, who: str) -> None:
    scene = Scene()
    scene.joined()
    scene.ends(leg, by, status)
    (call,) = [event.call for event in scene.all(wire.CallEnded)]
    assert call.ended_by == who
    assert call.ended_why


@pytest.mark.parametrize(
    ("by", "status", "who"),
    [
        (EndedBy.REFUSED, 486, "customer"),
        (EndedBy.REFUSED, 603, "customer"),
        (EndedBy.REFUSED, 404, "network"),
        (EndedBy.TIMED_OUT, 408, "network"),
    ],
)
def test_a_number_that_does_not_answer_is_told_to_the_phone_that_dialled_it(
    by: EndedBy, status: int, who: str
) -> None:
    scene = Scene()
    scene.arrives("in1", caller="201", called="777", user="201")
    scene.ends("out1", by, status)
    assert scene.all(wire.CallEnded)[0].call.ended_by == who
    assert scene.sip.all("hang_up") == ["in1"]
    assert scene.sip.statuses["in1"] == (status if by is EndedBy.REFUSED else 480)


def test_an_agent_whose_phone_breaks_down_before_the_number_is_there_ends_the_call_for_the_network() -> None:
    scene = Scene()
    scene.do(wire.DialOut(call="d1", extension="201", number="777", interaction="i"))
    scene.ends("out1", EndedBy.TIMED_OUT, 408)
    assert scene.all(wire.AgentLegFailed)[0].status == 408
    assert scene.all(wire.CallEnded)[0].call.ended_by == "network"


def test_how_a_leg_sounded_is_told_with_its_end() -> None:
    scene = Scene()
    scene.joined()
    scene.desk.qualities["c1/agent2"] = wire.LegQuality(codec="opus", mos=4.2)
    scene.ends("in1")
    legs = scene.all(wire.CallEnded)[0].call.legs
    assert legs[1].quality == wire.LegQuality(codec="opus", mos=4.2)
    assert legs[0].quality is None
