"""Keys that people press: to the other side, to the flow, or to the router alone."""

from __future__ import annotations

import pytest

from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene

GUEST = "c1/guest3"


@pytest.fixture
def scene() -> Scene:
    """A customer and extension 201 who talk."""
    scene = Scene()
    scene.joined()
    return scene


def press(scene: Scene, leg: str, digits: str) -> None:
    for digit in digits:
        scene.desk.open[leg](digit)


def told(scene: Scene) -> list[tuple[str, str]]:
    return [(event.leg, event.digits) for event in scene.all(wire.KeysPressed)]


def test_keys_go_to_the_other_side_and_the_router_hears_of_them(scene: Scene) -> None:
    press(scene, CUSTOMER, "1")
    press(scene, AGENT, "2")
    assert scene.desk.pressed == [(AGENT, "1"), (CUSTOMER, "2")]
    assert told(scene) == [("customer", "1"), ("agent", "2")]


def test_in_a_consult_the_agents_keys_work_the_guests_menu(scene: Scene) -> None:
    scene.do(wire.AddLeg(call="c1", leg="g1", number="777"))
    scene.answers("out2")
    press(scene, AGENT, "5")
    press(scene, GUEST, "6")
    press(scene, CUSTOMER, "7")
    assert scene.desk.pressed == [(GUEST, "5"), (AGENT, "6")]


def test_keys_for_a_flow_are_the_flows(scene: Scene) -> None:
    scene = Scene()
    scene.waiting()
    press(scene, CUSTOMER, "9")
    assert told(scene) == [("customer", "9")]
    assert scene.desk.pressed == []


def test_a_supervisors_keys_are_nobodys(scene: Scene) -> None:
    scene.do(wire.Supervise(call="c1", leg="s1", mode="barge", extension="203"))
    scene.answers("out2")
    press(scene, "c1/supervisor3", "1")
    assert not scene.desk.pressed
    assert not told(scene)


def test_in_a_secure_call_keys_are_not_told(scene: Scene) -> None:
    scene.do(wire.SetSecure(call="c1", on=True))
    press(scene, AGENT, "1")
    assert scene.desk.pressed == [(CUSTOMER, "1")]
    assert not told(scene)
    scene.do(wire.SetSecure(call="c1", on=False))
    press(scene, AGENT, "2")
    assert told(scene) == [("agent", "2")]


def test_secret_keys_reach_the_router_alone(scene: Scene) -> None:
    scene.do(wire.SetSecure(call="c1", on=True, collect=16))
    assert CUSTOMER not in scene.desk.rows[AGENT]
    press(scene, CUSTOMER, "4111#")
    assert [(e.count, e.digits, e.over) for e in scene.all(wire.SecureDigits)] == [
        (1, "", False),
        (2, "", False),
        (3, "", False),
        (4, "", False),
        (4, "4111", True),
    ]
    assert not scene.desk.pressed
    assert not told(scene)
    assert CUSTOMER in scene.desk.rows[AGENT]
    assert scene.all(wire.CallChanged)[-1].call.secure


def test_secret_keys_are_whole_after_so_many_or_after_a_pause(scene: Scene) -> None:
    scene.do(wire.SetSecure(call="c1", on=True, collect=2))
    press(scene, CUSTOMER, "12")
    scene.do(wire.SetSecure(call="c1", on=True, collect=9, collect_s=5.0))
    press(scene, CUSTOMER, "3")
    scene.wait(4)
    press(scene, CUSTOMER, "4")
    scene.wait(5)
    assert [e.digits for e in scene.all(wire.SecureDigits) if e.over] == ["12", "34"]


def test_when_security_ends_what_was_pressed_is_forgotten(scene: Scene) -> None:
    scene.do(wire.SetSecure(call="c1", on=True, collect=16))
    press(scene, CUSTOMER, "41")
    scene.do(wire.SetSecure(call="c1", on=False))
    scene.wait(60)
    assert not [e for e in scene.all(wire.SecureDigits) if e.over]
    assert CUSTOMER in scene.desk.rows[AGENT]


def test_secret_digits_stand_in_no_record(scene: Scene) -> None:
    scene.do(wire.SetSecure(call="c1", on=True, collect=16))
    press(scene, CUSTOMER, "4111")
    assert "4111" not in repr(scene.table.calls[0])


def test_a_call_that_ends_ends_the_gathering(scene: Scene) -> None:
    scene.do(wire.SetSecure(call="c1", on=True, collect=16))
    scene.ends("in1")
    scene.wait(60)
    assert not scene.all(wire.SecureDigits)


def test_a_key_that_a_gateway_sends_by_info_is_a_key(scene: Scene) -> None:
    scene.b2bua.happened(sip.DigitRelayed(LegId("in1"), "8", 160))
    scene.b2bua.happened(sip.DigitRelayed(LegId("nobody"), "9", 160))
    assert scene.desk.pressed == [(AGENT, "8")]
    assert told(scene) == [("customer", "8")]
