"""A textphone that is found or expected in a running call is asked for sound that its tones pass whole."""

from __future__ import annotations

import pytest

from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.sip.media import (
    OPUS,
    PCMU,
    TELEPHONE_EVENT,
    AgreedStream,
    Agreement,
    Direction,
    LocalMedia,
)
from agent_desktop.voice.offer import MediaPolicy
from agent_desktop.wire import switch as wire

from .fakes import CUSTOMER, Scene
from .typist import Typist, with_text


@pytest.fixture
def scene() -> Scene:
    return Scene()


def in_opus() -> Agreement:
    stream = AgreedStream(
        "audio", "127.0.0.1", 4000, OPUS, TELEPHONE_EVENT, Direction.SENDRECV, 20, (OPUS, PCMU)
    )
    return Agreement((stream,))


def changed(scene: Scene, agreement: Agreement, *, by_peer: bool = False) -> None:
    scene.b2bua.happened(sip.MediaChanged(LegId("in1"), agreement, by_peer=by_peer))


def asked(scene: Scene) -> list[LocalMedia]:
    """What the customer was offered within the call."""
    for leg, media in scene.sip.offered_in_call:
        assert leg == "in1" or not is_for_tones(media), "the agent's sound is left alone"
    return [media for leg, media in scene.sip.offered_in_call if leg == "in1"]


def is_for_tones(media: LocalMedia) -> bool:
    names = {codec.name.lower() for codec in media.audio.codecs}
    return names <= {"pcmu", "pcma", "telephone-event"} and media.audio.ptime_ms == 10


def test_a_textphone_found_by_its_tones_is_asked_for_short_packets_once(scene: Scene) -> None:
    scene.joined()
    assert asked(scene) == []
    customer = Typist(scene, CUSTOMER)
    customer.types("HELLO")
    (offer,) = asked(scene)
    assert is_for_tones(offer)
    assert offer.text is None, "it might be refused with the sound"
    customer.types(" AGAIN")
    scene.do(wire.SetCallText(call="c1", carrier="tty"))
    changed(scene, scene.table.calls[0].customer.agreement)  # type: ignore[union-attr,arg-type]  # it is up
    assert len(asked(scene)) == 1


def test_a_textphone_expected_in_a_call_in_opus_is_asked_for_g711(scene: Scene) -> None:
    scene.joined()
    changed(scene, in_opus(), by_peer=True)
    scene.do(wire.SetCallText(call="c1", carrier="tty"))
    (offer,) = asked(scene)
    assert is_for_tones(offer)


def test_after_the_answer_text_may_be_added_by_the_customer_as_before(scene: Scene) -> None:
    scene.joined()
    Typist(scene, CUSTOMER).types("HELLO")
    scene.sip.media.clear()
    changed(scene, scene.table.calls[0].customer.agreement)  # type: ignore[union-attr,arg-type]  # it is up
    media = scene.sip.media[LegId("in1")]
    assert media.text is not None
    assert is_for_tones(media)


def test_a_refusal_takes_nothing_away_and_is_not_argued_with(scene: Scene) -> None:
    scene.joined()
    customer = Typist(scene, CUSTOMER)
    customer.types("HELLO")
    scene.b2bua.happened(sip.ReinviteRefused(LegId("in1"), 488, "Not Acceptable Here"))
    customer.types(" THERE")
    assert len(asked(scene)) == 1
    assert scene.table.calls[0].state == "bridged"
    assert scene.table.calls[0].text == "tty"


def test_who_types_in_real_time_text_or_may_not_use_g711_is_asked_for_nothing(scene: Scene) -> None:
    scene.joined()
    changed(scene, with_text(), by_peer=True)
    Typist(scene, CUSTOMER, "rtt").types("hello")
    assert asked(scene) == []
    other = Scene()
    other.table.legs.policy = MediaPolicy(codecs=("G722",))
    other.joined()
    other.do(wire.SetCallText(call="c1", carrier="tty"))
    assert asked(other) == []


def test_one_that_was_expected_before_the_answer_has_its_sound_already(scene: Scene) -> None:
    scene.arrives()
    scene.do(wire.SetCallText(call="c1", carrier="tty"))
    scene.do(wire.AnswerCall(call="c1"))
    assert asked(scene) == []
    leg = scene.table.calls[0].customer
    assert leg is not None
    assert leg.media is not None
    assert is_for_tones(leg.media)
