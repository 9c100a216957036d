"""Supervisors: one ring, then every mode without a redial."""

from __future__ import annotations

import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.sip.events import EndedBy
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene

LEAD, OTHER = "c1/supervisor3", "c1/supervisor4"


@pytest.fixture
def scene() -> Scene:
    """A customer and extension 201 who talk."""
    scene = Scene()
    scene.joined()
    return scene


def supervise(scene: Scene, mode: str, leg: str = "s1", extension: str = "203", **more: object) -> None:
    scene.do(wire.Supervise(call="c1", leg=leg, mode=mode, extension=extension, **more))  # type: ignore[arg-type]  # keywords of Supervise


def heard(scene: Scene) -> dict[str, set[str]]:
    return {listener: set(row) for listener, row in scene.desk.rows.items()}


def test_a_supervisors_phone_rings_once_and_the_mode_changes_without_another(scene: Scene) -> None:
    supervise(scene, "listen", name="Ada")
    assert scene.sip.all("invite")[1] == (
        "out2",
        "203",
        {"X-Interaction": "i1", "X-Leg-Kind": "supervisor"},
        "555",
    )
    assert heard(scene) == {CUSTOMER: {AGENT}, AGENT: {CUSTOMER}}
    scene.answers("out2")
    assert heard(scene) == {CUSTOMER: {AGENT}, AGENT: {CUSTOMER}, LEAD: {CUSTOMER, AGENT}}
    supervise(scene, "whisper")
    assert heard(scene) == {CUSTOMER: {AGENT}, AGENT: {CUSTOMER, LEAD}, LEAD: {CUSTOMER, AGENT}}
    supervise(scene, "barge")
    assert heard(scene) == {CUSTOMER: {AGENT, LEAD}, AGENT: {CUSTOMER, LEAD}, LEAD: {CUSTOMER, AGENT}}
    supervise(scene, "listen")
    assert heard(scene) == {CUSTOMER: {AGENT}, AGENT: {CUSTOMER}, LEAD: {CUSTOMER, AGENT}}
    assert len(scene.sip.all("invite")) == 2
    leg = scene.all(wire.CallChanged)[-1].call.legs[2]
    assert (leg.id, leg.kind, leg.mode, leg.name, leg.state) == ("s1", "supervisor", "listen", "Ada", "up")


def test_while_the_customer_is_on_hold_the_supervisor_hears_whom_was_chosen(scene: Scene) -> None:
    supervise(scene, "listen", hears="agent")
    scene.answers("out2")
    scene.do(wire.HoldCall(call="c1"))
    assert heard(scene)[LEAD] == {AGENT}
    supervise(scene, "listen", hears="customer")
    assert heard(scene)[LEAD] == {CUSTOMER}
    supervise(scene, "listen", hears="both")
    assert heard(scene)[LEAD] == {CUSTOMER, AGENT}
    assert heard(scene)[CUSTOMER] == {"music"}


def test_several_supervisors_are_in_one_call(scene: Scene) -> None:
    supervise(scene, "whisper")
    scene.answers("out2")
    supervise(scene, "barge", "s2", "204")
    scene.answers("out3")
    assert heard(scene) == {
        CUSTOMER: {AGENT, OTHER},
        AGENT: {CUSTOMER, LEAD, OTHER},
        LEAD: {CUSTOMER, AGENT, OTHER},
        OTHER: {CUSTOMER, AGENT},
    }


def test_a_supervisor_takes_the_call_over(scene: Scene) -> None:
    supervise(scene, "barge")
    with pytest.raises(RefusedError, match="still ringing"):
        scene.do(wire.PromoteLeg(call="c1", leg="s1"))
    scene.answers("out2")
    scene.do(wire.PromoteLeg(call="c1", leg="s1"))
    assert scene.sip.all("hang_up") == ["out1"]
    assert heard(scene) == {CUSTOMER: {LEAD}, LEAD: {CUSTOMER}}
    call = scene.all(wire.CallChanged)[-1].call
    assert (call.extension, call.legs[1].kind, call.legs[1].mode) == ("203", "agent", "")
    with pytest.raises(RefusedError, match="not a supervisor"):
        supervise(scene, "listen")


def test_a_supervisor_who_takes_over_goes_on_with_the_consult(scene: Scene) -> None:
    scene.do(wire.AddLeg(call="c1", leg="g1", extension="202"))
    scene.answers("out2")
    supervise(scene, "listen")
    scene.answers("out3")
    scene.do(wire.PromoteLeg(call="c1", leg="s1"))
    guest, lead = "c1/guest3", "c1/supervisor4"
    assert heard(scene) == {CUSTOMER: {"music"}, guest: {lead}, lead: {guest}}


def test_a_supervisor_who_leaves_or_never_comes_changes_nothing_for_the_others(scene: Scene) -> None:
    supervise(scene, "barge")
    scene.ends("out2", EndedBy.REFUSED, 486)
    supervise(scene, "barge", timeout_s=5.0)
    scene.wait(5)
    supervise(scene, "barge")
    scene.answers("out4")
    scene.ends("out4")
    supervise(scene, "listen")
    scene.answers("out5")
    scene.do(wire.RemoveLeg(call="c1", leg="s1"))
    told = [(e.was_up, e.by, e.status) for e in scene.all(wire.LegEnded)]
    assert told == [(False, "leg", 486), (False, "system", 408), (True, "leg", 200), (True, "system", 0)]
    assert heard(scene) == {CUSTOMER: {AGENT}, AGENT: {CUSTOMER}}


def test_a_waiting_customer_can_be_listened_to_and_does_not_know() -> None:
    scene = Scene()
    scene.waiting()
    supervise(scene, "barge", extension="203")
    scene.answers("out1")
    assert heard(scene)["c1/supervisor2"] == {CUSTOMER}
    assert "c1/supervisor2" not in heard(scene).get(CUSTOMER, set())


def test_a_supervisors_phone_that_was_restarted_has_lost_the_call(scene: Scene) -> None:
    supervise(scene, "barge")
    scene.answers("out2")
    scene.desk.silent[LEAD] = 2.0
    scene.registers("203")
    (ended,) = scene.all(wire.LegEnded)
    assert (ended.leg, ended.by) == ("s1", "network")
    assert heard(scene) == {CUSTOMER: {AGENT}, AGENT: {CUSTOMER}}


@pytest.mark.parametrize(
    "command",
    [
        wire.Supervise(call="c1", leg="s1", mode="spy", extension="203"),
        wire.Supervise(call="c1", leg="s1", mode="listen", extension="203", hears="nobody"),
        wire.Supervise(call="c1", leg="s1", mode="listen", extension=""),
        wire.Supervise(call="c1", leg="s1", mode="listen", extension="201"),
        wire.Supervise(call="c1", leg="s1", mode="listen", extension="777"),
        wire.Supervise(call="c1", leg="s1", mode="listen", extension="204"),
    ],
    ids=str,
)
def test_a_supervision_that_cannot_be_is_refused(scene: Scene, command: wire.Supervise) -> None:
    scene.sip.registered.pop("204")
    with pytest.raises(RefusedError):
        scene.do(command)
    assert len(scene.table.calls[0].legs) == 2
