"""Consult, swap, conference, transfer: what the router orders and what phones then do."""

from __future__ import annotations

import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.sip.events import EndedBy
from agent_desktop.sip.media import Direction
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene

GUEST, FOURTH = "c1/guest3", "c1/guest4"
MUSIC = {"music": 1.0}


@pytest.fixture
def scene() -> Scene:
    """A customer and extension 201 who talk."""
    scene = Scene()
    scene.joined()
    return scene


def consult(scene: Scene, leg: str = "g1", extension: str = "202", **more: object) -> None:
    scene.do(wire.AddLeg(call="c1", leg=leg, extension=extension, **more))  # type: ignore[arg-type]  # keywords of AddLeg


def told(scene: Scene) -> wire.SwitchCall:
    """The call as the router knows it."""
    known: wire.SwitchCall = scene.all(wire.CallChanged)[-1].call
    return known


def hears(scene: Scene, listener: str) -> set[str]:
    return set(scene.desk.rows[listener])


def test_a_consult_rings_a_colleague_with_the_interaction_and_what_the_leg_is(scene: Scene) -> None:
    consult(scene, interaction="i1")
    assert scene.sip.all("invite")[1] == (
        "out2",
        "202",
        {"X-Interaction": "i1", "X-Leg-Kind": "guest"},
        "555",
    )
    assert scene.desk.rows == {CUSTOMER: MUSIC, AGENT: {"ringback": 1.0}}
    assert told(scene).talk == "guest"
    assert [(leg.id, leg.kind, leg.state) for leg in told(scene).legs] == [
        ("customer", "customer", "up"),
        ("agent", "agent", "up"),
        ("g1", "guest", "ringing"),
    ]


def test_a_consulted_number_outside_sees_a_number_of_the_centre_and_none_of_our_headers(scene: Scene) -> None:
    scene.do(wire.AddLeg(call="c1", leg="g1", number="777"))
    assert scene.sip.all("invite")[1] == ("out2", "777", {}, "4000")


def test_the_guest_who_answers_talks_with_the_agent_alone(scene: Scene) -> None:
    consult(scene)
    scene.progresses("out2", early=True)
    assert hears(scene, AGENT) == {GUEST}
    scene.answers("out2")
    assert scene.desk.rows == {CUSTOMER: MUSIC, AGENT: {GUEST: 1.0}, GUEST: {AGENT: 1.0}}
    assert told(scene).legs[2].up_at > 0


def test_swapping_and_conferring_and_parting_again(scene: Scene) -> None:
    consult(scene)
    scene.answers("out2")
    scene.do(wire.SetTalk(call="c1", with_whom="customer"))
    assert scene.desk.rows == {CUSTOMER: {AGENT: 1.0}, AGENT: {CUSTOMER: 1.0}, GUEST: MUSIC}
    scene.do(wire.SetTalk(call="c1", with_whom="guest"))
    assert hears(scene, CUSTOMER) == {"music"}
    scene.do(wire.SetTalk(call="c1", with_whom="all"))
    assert hears(scene, CUSTOMER) == {AGENT, GUEST}
    assert hears(scene, GUEST) == {AGENT, CUSTOMER}
    assert told(scene).talk == "all"
    scene.do(wire.SetTalk(call="c1", with_whom="customer"))
    assert hears(scene, GUEST) == {"music"}
    scene.do(wire.SetTalk(call="c1", with_whom="all"))
    scene.do(wire.SetTalk(call="c1", with_whom="guest"))
    assert hears(scene, GUEST) == {AGENT}
    assert hears(scene, CUSTOMER) == {"music"}


def test_four_people_confer_after_a_second_consult(scene: Scene) -> None:
    consult(scene)
    scene.answers("out2")
    scene.do(wire.SetTalk(call="c1", with_whom="all"))
    consult(scene, "g2", "203")
    assert hears(scene, AGENT) == {"ringback"}
    assert hears(scene, CUSTOMER) == hears(scene, GUEST) == {"music"}
    scene.answers("out3")
    scene.do(wire.SetTalk(call="c1", with_whom="customer"))
    assert hears(scene, AGENT) == {CUSTOMER, GUEST}, "a swap goes back to the whole conference"
    scene.do(wire.SetTalk(call="c1", with_whom="all"))
    everybody = {CUSTOMER, AGENT, GUEST, FOURTH}
    assert {name: hears(scene, name) for name in everybody} == {n: everybody - {n} for n in everybody}
    scene.do(wire.MuteLeg(call="c1", leg="g2"))
    assert hears(scene, CUSTOMER) == {AGENT, GUEST}
    assert told(scene).legs[3].muted
    scene.do(wire.MuteLeg(call="c1", leg="customer"))
    assert hears(scene, FOURTH) == {AGENT, GUEST}
    scene.do(wire.MuteLeg(call="c1", leg="g2", on=False))
    scene.do(wire.RemoveLeg(call="c1", leg="g1"))
    assert scene.sip.all("hang_up") == ["out2"]
    assert told(scene).talk == "all"


@pytest.mark.parametrize(("by", "status"), [(EndedBy.REFUSED, 486), (EndedBy.TIMED_OUT, 408)])
def test_a_guest_who_does_not_come_gives_the_agent_back_to_the_customer(
    scene: Scene, by: EndedBy, status: int
) -> None:
    consult(scene)
    scene.ends("out2", by, status)
    (ended,) = scene.all(wire.LegEnded)
    assert (ended.leg, ended.was_up, ended.status, ended.by) == ("g1", False, status, "leg")
    assert told(scene).talk == "customer"
    assert scene.desk.rows == {CUSTOMER: {AGENT: 1.0}, AGENT: {CUSTOMER: 1.0}}


def test_a_guest_who_lets_it_ring_is_given_up(scene: Scene) -> None:
    consult(scene, timeout_s=7.0)
    scene.wait(7)
    (ended,) = scene.all(wire.LegEnded)
    assert (ended.by, ended.status, ended.was_up) == ("system", 408, False)
    assert scene.sip.all("hang_up") == ["out2"]
    assert hears(scene, AGENT) == {CUSTOMER}
    scene.answers("out2")
    assert told(scene).talk == "customer"


def test_a_guest_who_leaves_a_conference_leaves_the_others_talking(scene: Scene) -> None:
    consult(scene)
    scene.answers("out2")
    scene.do(wire.SetTalk(call="c1", with_whom="all"))
    scene.ends("out2")
    assert [(e.leg, e.was_up, e.by) for e in scene.all(wire.LegEnded)] == [("g1", True, "leg")]
    assert scene.desk.rows == {CUSTOMER: {AGENT: 1.0}, AGENT: {CUSTOMER: 1.0}}


def test_a_customer_on_hold_stays_in_the_call_whoever_joins_it(scene: Scene) -> None:
    scene.do(wire.HoldCall(call="c1"))
    consult(scene)
    scene.answers("out2")
    assert scene.desk.rows == {CUSTOMER: MUSIC, AGENT: {GUEST: 1.0}, GUEST: {AGENT: 1.0}}
    assert not scene.all(wire.CallEnded)
    scene.do(wire.SetTalk(call="c1", with_whom="all"))
    assert hears(scene, CUSTOMER) == {AGENT, GUEST}
    scene.do(wire.HoldCall(call="c1"))
    assert scene.desk.rows == {CUSTOMER: MUSIC, AGENT: {GUEST: 1.0}, GUEST: {AGENT: 1.0}}
    scene.do(wire.ResumeCall(call="c1"))
    assert hears(scene, CUSTOMER) == {AGENT, GUEST}


def test_a_customer_who_was_on_hold_before_a_consult_that_failed_still_is(scene: Scene) -> None:
    scene.do(wire.HoldCall(call="c1"))
    consult(scene)
    scene.ends("out2", EndedBy.REFUSED, 486)
    assert scene.desk.rows == {CUSTOMER: MUSIC, AGENT: {}}
    assert told(scene).state == "held"


def test_an_attended_transfer_is_completed(scene: Scene) -> None:
    consult(scene)
    scene.answers("out2")
    scene.do(wire.PromoteLeg(call="c1", leg="g1"))
    assert scene.sip.all("hang_up") == ["out1"]
    assert scene.desk.rows == {CUSTOMER: {GUEST: 1.0}, GUEST: {CUSTOMER: 1.0}}
    call = told(scene)
    assert (call.state, call.extension, call.talk) == ("bridged", "202", "customer")
    assert [(leg.id, leg.kind) for leg in call.legs] == [("customer", "customer"), ("g1", "agent")]
    assert not scene.all(wire.LegEnded)
    assert not scene.all(wire.AgentLegEnded)
    scene.ends("out2")
    assert scene.all(wire.CallEnded)[0].call.ended_by == "agent"


def test_a_transfer_completed_while_it_rings_goes_on_as_a_blind_one(scene: Scene) -> None:
    consult(scene)
    scene.do(wire.PromoteLeg(call="c1", leg="g1"))
    assert scene.desk.rows == {CUSTOMER: MUSIC}
    assert told(scene).state == "connecting"
    scene.answers("out2")
    assert told(scene).extension == "202"
    assert scene.desk.rows == {CUSTOMER: {GUEST: 1.0}, GUEST: {CUSTOMER: 1.0}}


def test_an_agent_leaves_a_conference_to_the_others(scene: Scene) -> None:
    consult(scene)
    scene.answers("out2")
    scene.do(wire.SetTalk(call="c1", with_whom="all"))
    consult(scene, "g2", "203")
    scene.answers("out3")
    scene.do(wire.SetTalk(call="c1", with_whom="all"))
    scene.do(wire.PromoteLeg(call="c1", leg="g2"))
    assert told(scene).extension == "203"
    assert told(scene).talk == "all"
    everybody = {CUSTOMER, GUEST, FOURTH}
    assert {name: hears(scene, name) for name in everybody} == {n: everybody - {n} for n in everybody}


def test_a_guest_from_outside_is_left_with_the_customer_until_one_of_them_hangs_up(scene: Scene) -> None:
    scene.do(wire.AddLeg(call="c1", leg="g1", number="777"))
    scene.answers("out2")
    scene.do(wire.PromoteLeg(call="c1", leg="g1"))
    call = told(scene)
    assert (call.state, call.extension, call.talk) == ("bridged", "", "all")
    assert scene.desk.rows == {CUSTOMER: {GUEST: 1.0}, GUEST: {CUSTOMER: 1.0}}
    scene.ends("out2")
    assert scene.all(wire.LegEnded)[0].leg == "g1"
    assert scene.all(wire.CallEnded)[0].call.ended_by == "agent"
    assert scene.sip.all("hang_up") == ["out1", "in1"]
    assert not scene.desk.open


def test_a_customer_who_was_left_with_a_guest_may_get_an_agent_again(scene: Scene) -> None:
    scene.do(wire.AddLeg(call="c1", leg="g1", number="777"))
    scene.answers("out2")
    scene.do(wire.PromoteLeg(call="c1", leg="g1"))
    scene.do(wire.ConnectAgent(call="c1", extension="203", interaction="i1"))
    assert hears(scene, CUSTOMER) == {GUEST}
    scene.answers("out3")
    assert hears(scene, CUSTOMER) == {GUEST, "c1/agent4"}


def test_a_blind_transfer_lets_the_agent_go_at_once(scene: Scene) -> None:
    consult(scene, blind=True)
    assert scene.sip.all("hang_up") == ["out1"]
    assert scene.desk.rows == {CUSTOMER: MUSIC}
    assert told(scene).state == "connecting"
    with pytest.raises(RefusedError, match="already"):
        scene.do(wire.ConnectAgent(call="c1", extension="203", interaction="i"))
    scene.answers("out2")
    call = told(scene)
    assert (call.state, call.extension, call.legs[1].kind) == ("bridged", "202", "agent")


def test_a_blind_transfer_that_failed_leaves_the_customer_with_music(scene: Scene) -> None:
    consult(scene, blind=True)
    scene.ends("out2", EndedBy.REFUSED, 486)
    assert scene.all(wire.LegEnded)[0].status == 486
    assert scene.desk.rows == {CUSTOMER: MUSIC}
    assert told(scene).state == "answered"
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i1"))
    scene.answers("out3")
    assert told(scene).state == "bridged"


def test_a_waiting_customer_can_be_sent_outside_without_an_agent() -> None:
    scene = Scene()
    scene.waiting()
    scene.do(wire.AddLeg(call="c1", leg="g1", number="777", blind=True))
    scene.answers("out1")
    assert told(scene).state == "bridged"
    scene.ends("out1", EndedBy.FAILED)
    assert scene.all(wire.CallEnded)[0].call.ended_by == "network"


def test_an_agent_who_hangs_up_ends_the_call_and_the_guests(scene: Scene) -> None:
    consult(scene)
    scene.answers("out2")
    scene.ends("out1")
    assert scene.all(wire.CallEnded)[0].call.ended_by == "agent"
    assert [leg.id for leg in scene.all(wire.CallEnded)[0].call.legs] == ["customer", "agent", "g1"]
    assert not scene.desk.open


def test_an_agent_lost_in_a_consult_takes_the_guest_along_and_leaves_the_customer_waiting(
    scene: Scene,
) -> None:
    consult(scene)
    scene.answers("out2")
    scene.ends("out1", EndedBy.TIMED_OUT)
    assert [e.leg for e in scene.all(wire.LegEnded)] == ["g1"]
    assert scene.all(wire.AgentLegEnded)[0].extension == "201"
    assert scene.desk.rows == {CUSTOMER: MUSIC}
    assert (told(scene).state, told(scene).talk) == ("answered", "customer")


def test_an_agent_lost_in_a_conference_leaves_the_customer_with_the_guest(scene: Scene) -> None:
    consult(scene)
    scene.answers("out2")
    scene.do(wire.SetTalk(call="c1", with_whom="all"))
    scene.ends("out1", EndedBy.TIMED_OUT)
    assert scene.all(wire.AgentLegEnded)
    assert scene.desk.rows == {CUSTOMER: {GUEST: 1.0}, GUEST: {CUSTOMER: 1.0}}


def test_taking_the_agent_away_takes_the_guests_away(scene: Scene) -> None:
    consult(scene)
    scene.do(wire.Unbridge(call="c1"))
    assert [e.leg for e in scene.all(wire.LegEnded)] == ["g1"]
    assert scene.desk.rows == {CUSTOMER: MUSIC}


def test_a_guest_whose_sound_stops_is_lost(scene: Scene) -> None:
    consult(scene)
    scene.answers("out2")
    scene.desk.silent[GUEST] = 11.0
    scene.b2bua.watch()
    assert scene.all(wire.LegEnded)[0].by == "network"
    assert hears(scene, CUSTOMER) == {AGENT}


def test_a_phone_that_holds_its_call_may_be_silent(scene: Scene) -> None:
    scene.changes("out1", Direction.RECVONLY)
    scene.desk.silent[AGENT] = 60.0
    scene.b2bua.watch()
    scene.registers("201")
    assert not scene.all(wire.AgentLegEnded)
    assert scene.desk.rows == {CUSTOMER: MUSIC, AGENT: {}}


def test_a_phone_in_a_call_may_be_rung_as_a_guest_of_another(scene: Scene) -> None:
    """A human transfer reaches an agent who talks; the phone holds its first call by itself."""
    scene.arrives("in2", caller="556")
    scene.do(wire.AnswerCall(call="c2"))
    scene.do(wire.ConnectAgent(call="c2", extension="202", interaction="i2"))
    scene.answers("out2")
    scene.do(wire.AddLeg(call="c2", leg="g1", extension="201"))
    scene.changes("out1", Direction.RECVONLY)
    assert scene.desk.rows[CUSTOMER] == MUSIC
    scene.answers("out3")
    scene.do(wire.PromoteLeg(call="c2", leg="g1"))
    assert scene.desk.rows["c2/customer1"] == {"c2/guest3": 1.0}
    scene.ends("out3")
    scene.changes("out1", Direction.SENDRECV)
    assert scene.desk.rows[CUSTOMER] == {AGENT: 1.0}


@pytest.mark.parametrize(
    "command",
    [
        wire.AddLeg(call="c1", leg="agent", extension="202"),
        wire.AddLeg(call="c1", leg="g9", extension="201"),
        wire.AddLeg(call="c1", leg="g9", extension="299"),
        wire.AddLeg(call="c1", leg="g9", extension="204"),
        wire.AddLeg(call="c1", leg="g9", number="4000", blind=True),
        wire.SetTalk(call="c1", with_whom="guest"),
        wire.SetTalk(call="c1", with_whom="all"),
        wire.SetTalk(call="c1", with_whom="nobody"),
        wire.PromoteLeg(call="c1", leg="agent"),
        wire.RemoveLeg(call="c1", leg="customer"),
        wire.MuteLeg(call="c1", leg="g9"),
    ],
    ids=str,
)
def test_what_cannot_be_done_changes_nothing(scene: Scene, command: wire.AnySwitchCommand) -> None:
    scene.sip.registered.pop("204")
    before = dict(scene.desk.rows), told(scene), scene.sip.all("hang_up")
    with pytest.raises(RefusedError):
        scene.do(command)
    assert (dict(scene.desk.rows), told(scene), scene.sip.all("hang_up")) == before
    assert len(scene.table.calls[0].legs) == 2


def test_one_person_is_consulted_at_a_time(scene: Scene) -> None:
    consult(scene)
    with pytest.raises(RefusedError, match="consulted already"):
        consult(scene, "g2", "203")


def test_before_the_customer_or_the_agent_is_there_nobody_is_brought_in() -> None:
    scene = Scene()
    scene.arrives()
    with pytest.raises(RefusedError):
        consult(scene)
    scene.do(wire.AnswerCall(call="c1"))
    with pytest.raises(RefusedError):
        consult(scene)
    with pytest.raises(RefusedError):
        scene.do(wire.SetTalk(call="c1", with_whom="customer"))
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i"))
    with pytest.raises(RefusedError):
        consult(scene, blind=True)


def test_without_a_port_for_the_guest_the_call_is_as_it_was(scene: Scene) -> None:
    scene.desk.full = True
    with pytest.raises(RefusedError):
        consult(scene)
    with pytest.raises(RefusedError):
        scene.do(wire.Supervise(call="c1", leg="s1", mode="listen", extension="203"))
    assert len(scene.table.calls[0].legs) == 2
    assert scene.desk.rows == {CUSTOMER: {AGENT: 1.0}, AGENT: {CUSTOMER: 1.0}}


def test_when_the_sound_would_suffer_nobody_is_brought_in(scene: Scene) -> None:
    scene.desk.load = 1.1
    with pytest.raises(RefusedError, match="as many"):
        consult(scene)
