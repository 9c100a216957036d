"""Peers that refuse text, or how we encrypt, are called as they want it, once more for each of the two."""

from __future__ import annotations

import pytest

from agent_desktop.sip.events import EndedBy
from agent_desktop.voice.offer import MediaPolicy
from agent_desktop.wire import switch as wire

from .fakes import CUSTOMER, Scene
from .typist import Typist


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.table.legs.policy = MediaPolicy(srtp="optional")
    return made


def profiles(scene: Scene) -> list[str]:
    return [media.audio.protocol for media in scene.sip.offers]


@pytest.mark.parametrize("status", [415, 488, 606])
def test_a_phone_that_demands_encryption_is_called_again_under_the_same_name(
    scene: Scene, status: int
) -> None:
    call = scene.waiting()
    scene.do(wire.ConnectAgent(call=call, extension="201", interaction="i1"))
    scene.ends("out1", EndedBy.REFUSED, status)
    assert profiles(scene) == ["RTP/AVP", "RTP/SAVP"]
    first, second = scene.sip.all("invite")
    assert first[1:] == second[1:]  # the same phone, headers and caller
    assert not scene.all(wire.AgentLegFailed)
    scene.answers("out2")
    assert scene.table.calls[0].state == "bridged"


def test_there_is_no_third_call(scene: Scene) -> None:
    call = scene.waiting()
    scene.do(wire.ConnectAgent(call=call, extension="201", interaction="i1"))
    scene.ends("out1", EndedBy.REFUSED, 488)
    scene.ends("out2", EndedBy.REFUSED, 488)
    assert len(scene.sip.offers) == 2
    assert [failed.status for failed in scene.all(wire.AgentLegFailed)] == [488]


def test_a_busy_phone_and_one_that_we_could_not_agree_with_are_not_called_again(scene: Scene) -> None:
    call = scene.waiting()
    for number, (by, status) in enumerate([(EndedBy.REFUSED, 486), (EndedBy.FAILED, 488)], start=1):
        scene.do(wire.ConnectAgent(call=call, extension="201", interaction="i1"))
        scene.ends(f"out{number}", by, status)
    assert len(scene.sip.offers) == 2


@pytest.mark.parametrize("srtp", ["off", "mandatory", "optional"])
def test_a_phone_that_refuses_text_is_called_again_without_it_and_the_call_is_one_by_voice(srtp: str) -> None:
    scene = Scene()
    scene.table.legs.policy = MediaPolicy(srtp=srtp)
    call = scene.waiting()
    Typist(scene, CUSTOMER).types("HELLO")
    scene.do(wire.ConnectAgent(call=call, extension="201", interaction="i1"))
    scene.ends("out1", EndedBy.REFUSED, 488)
    assert [media.text is not None for media in scene.sip.offers] == [True, False]
    assert len(set(profiles(scene))) == 1
    scene.answers("out2")
    assert scene.table.calls[0].state == "bridged"
    assert not scene.all(wire.AgentLegFailed)


def test_who_refuses_text_and_then_how_we_encrypt_is_called_a_third_time_and_never_a_fourth(
    scene: Scene,
) -> None:
    call = scene.waiting()
    Typist(scene, CUSTOMER).types("HELLO")
    scene.do(wire.ConnectAgent(call=call, extension="201", interaction="i1"))
    for number in (1, 2, 3):
        scene.ends(f"out{number}", EndedBy.REFUSED, 488)
    assert profiles(scene) == ["RTP/AVP", "RTP/AVP", "RTP/SAVP"]
    assert [media.text is not None for media in scene.sip.offers] == [True, False, False]
    assert [failed.status for failed in scene.all(wire.AgentLegFailed)] == [488]
