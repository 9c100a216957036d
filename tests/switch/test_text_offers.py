"""Who is offered real-time text: whom we call, and who is in a call in which somebody begins to type."""

from __future__ import annotations

import pytest

from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.sip.events import EndedBy
from agent_desktop.sip.media import TEXT, LocalMedia, MediaOffer, Stream
from agent_desktop.sip.message import Response
from agent_desktop.voice.offer import MediaPolicy
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene, agreement
from .test_outside_calls import centre
from .typist import Typist, with_text

OUTSIDE = "0891"
LETTERS = MediaOffer((Stream(4000), Stream(4002, kind=TEXT)))


@pytest.fixture
def scene() -> Scene:
    return Scene()


def offered(scene: Scene) -> list[bool]:
    """Whether there was text in each INVITE."""
    return [media.text is not None for media in scene.sip.offers]


def has_changed(scene: Scene, leg: str, *, letters: bool = True, by_peer: bool = True) -> None:
    changed = with_text() if letters else agreement()
    scene.b2bua.happened(sip.MediaChanged(LegId(leg), changed, by_peer=by_peer))


def has_letters(scene: Scene, leg: str) -> None:
    """It answers, and takes text."""
    scene.b2bua.happened(sip.Answered(LegId(leg), with_text(), Response()))


def asked(scene: Scene, leg: str) -> list[LocalMedia]:
    """What it was offered within the call."""
    return [media for name, media in scene.sip.offered_in_call if name == leg]


# -- INVITE -----------------------------------------------------------------------------------------------


def test_who_is_called_outside_is_offered_text_whether_an_agent_or_the_router_dials(scene: Scene) -> None:
    scene.arrives(caller="201", called=OUTSIDE, user="201")
    assert offered(scene) == [True]
    other = Scene()
    centre(other)
    other.do(wire.DialOut(call="d1", extension="201", number=OUTSIDE, interaction="i"))
    other.answers("out1")
    assert offered(other) == [False, True]


def test_a_guest_from_outside_is_offered_text(scene: Scene) -> None:
    call = scene.joined()
    scene.do(wire.AddLeg(call=call, leg="g1", number=OUTSIDE, timeout_s=20))
    assert offered(scene) == [False, True]


def test_over_a_trunk_whose_settings_say_so_nobody_is_offered_text(scene: Scene) -> None:
    silent = [
        wire.Trunk(id=name, host=host, text=False)
        for name, host in (("one", "192.0.2.1"), ("two", "192.0.2.2"))
    ]
    centre(scene, None, *silent)
    scene.do(wire.DialOut(call="d1", extension="201", number=OUTSIDE, interaction="i"))
    has_letters(scene, "out1")
    scene.answers("out2")
    Typist(scene, "d1/agent1", "rtt").types("hello")
    assert offered(scene) == [False, False]
    assert not asked(scene, "out2")


def test_the_next_trunk_is_offered_text_by_its_own_settings(scene: Scene) -> None:
    centre(
        scene,
        None,
        wire.Trunk(id="one", host="192.0.2.1", text=False),
        wire.Trunk(id="two", host="192.0.2.2"),
    )
    scene.do(wire.DialOut(call="d1", extension="201", number=OUTSIDE, interaction="i"))
    scene.answers("out1")
    scene.ends("out2", EndedBy.REFUSED, 503)
    assert offered(scene) == [False, False, True]


@pytest.mark.parametrize("status", [415, 488, 606])
def test_a_peer_outside_that_refuses_text_is_called_again_without_it_and_not_asked_again(
    scene: Scene, status: int
) -> None:
    scene.arrives(caller="201", called=OUTSIDE, user="201", offer=LETTERS)
    scene.ends("out1", EndedBy.REFUSED, status)
    scene.answers("out2")
    agent = Typist(scene, "c1/agent1", "rtt")
    agent.types("hello")
    assert offered(scene) == [True, False]
    assert scene.table.calls[0].state == "bridged"
    assert not asked(scene, "out2")


def test_a_peer_outside_that_takes_the_sound_alone_is_not_asked_again(scene: Scene) -> None:
    scene.arrives(caller="201", called=OUTSIDE, user="201", offer=LETTERS)
    scene.answers("out1")
    Typist(scene, "c1/agent1", "rtt").types("hello")
    assert not asked(scene, "out1")


def test_a_colleague_is_offered_text_where_the_caller_has_it(scene: Scene) -> None:
    scene.arrives("in1", caller="201", called="202", user="201")
    scene.arrives("in2", caller="203", called="204", user="203", offer=LETTERS)
    assert offered(scene) == [False, True]


def test_text_is_left_out_of_an_invite_that_only_without_it_goes_in_a_datagram(scene: Scene) -> None:
    scene.table.legs.policy = MediaPolicy(srtp="optional")
    scene.arrives(caller="201", called=OUTSIDE, user="201", offer=LETTERS)
    assert offered(scene) == [False]
    scene.answers("out1")
    assert not asked(scene, "out1")
    Typist(scene, "c1/agent1", "rtt").types("hello")
    (offer,) = asked(scene, "out1")
    assert offer.text is not None


# -- a call that gains text -------------------------------------------------------------------------------


def test_when_the_customer_adds_letters_the_agents_phone_is_offered_them_once(scene: Scene) -> None:
    scene.joined()
    assert not asked(scene, "out1")
    has_changed(scene, "in1")
    (offer,) = asked(scene, "out1")
    assert offer.text is not None
    assert [codec.name for codec in offer.audio.codecs] == ["PCMU"], "as it is agreed"
    has_changed(scene, "in1")
    scene.table.route(scene.table.calls[0])
    assert len(asked(scene, "out1")) == 1


def test_when_the_called_customer_answers_with_letters_the_agents_phone_is_offered_them(scene: Scene) -> None:
    centre(scene)
    scene.do(wire.DialOut(call="d1", extension="201", number=OUTSIDE, interaction="i"))
    scene.answers("out1")
    has_letters(scene, "out2")
    (offer,) = asked(scene, "out1")
    assert offer.text is not None


def test_when_a_textphone_is_found_the_agents_phone_is_offered_letters_and_reads_what_was_typed(
    scene: Scene,
) -> None:
    scene.joined()
    customer = Typist(scene, CUSTOMER)
    customer.types("HELLO")
    (offer,) = asked(scene, "out1")
    assert offer.text is not None
    has_changed(scene, "out1", by_peer=False)
    agent = Typist(scene, AGENT, "rtt")
    customer.types(" GA", passes=True)
    assert agent.desk.text == "HELLO GA\n"


def test_what_the_customer_typed_before_the_agents_phone_took_letters_is_read_there(scene: Scene) -> None:
    scene.joined()
    has_changed(scene, "in1")
    Typist(scene, CUSTOMER, "rtt").types("hello")
    assert scene.desk.texts.legs[AGENT].text == ""
    has_changed(scene, "out1", by_peer=False)
    assert Typist(scene, AGENT, "rtt").desk.text == "hello"


def test_a_phone_that_refuses_letters_in_the_call_keeps_it_and_hears_no_more_of_them(scene: Scene) -> None:
    scene.joined()
    has_changed(scene, "in1")
    scene.b2bua.happened(sip.ReinviteRefused(LegId("out1"), 488, "Not Acceptable Here"))
    Typist(scene, CUSTOMER, "rtt").types("hello")
    assert len(asked(scene, "out1")) == 1
    assert scene.table.calls[0].state == "bridged"


def test_an_agents_own_textphone_is_left_its_tones(scene: Scene) -> None:
    scene.joined()
    agent = Typist(scene, AGENT)
    agent.types("HELLO GA", passes=True)
    has_changed(scene, "in1")
    assert not asked(scene, "out1")


def test_the_agent_who_takes_the_call_over_has_letters_though_the_first_had_none(scene: Scene) -> None:
    call = scene.joined()
    has_changed(scene, "in1")
    has_changed(scene, "out1", letters=False, by_peer=False)  # the first refused with a port of 0
    Typist(scene, CUSTOMER, "rtt").types("hello")
    scene.do(wire.AddLeg(call=call, leg="g1", extension="202", timeout_s=20))
    assert offered(scene) == [False, True]
    has_letters(scene, "out2")
    scene.do(wire.PromoteLeg(call=call, leg="g1"))
    assert [len(asked(scene, leg)) for leg in ("out1", "out2")] == [1, 0]


def test_a_customer_to_whom_an_agent_types_is_offered_letters_once_unless_it_has_a_textphone(
    scene: Scene,
) -> None:
    scene.joined()
    has_changed(scene, "out1")
    agent = Typist(scene, AGENT, "rtt")
    assert not asked(scene, "in1")
    agent.types("hello")
    agent.types(" there")
    (offer,) = asked(scene, "in1")
    assert offer.text is not None
    other = Scene()
    other.joined()
    Typist(other, CUSTOMER).types("HELLO GA", passes=True)
    has_changed(other, "out1")
    Typist(other, AGENT, "rtt").types("hello")
    assert all(media.text is None for media in asked(other, "in1"))
    expected = Scene()
    expected.joined()
    expected.do(wire.SetCallText(call="c1", carrier="tty"))
    has_changed(expected, "out1")
    Typist(expected, AGENT, "rtt").types("hello")
    assert all(media.text is None for media in asked(expected, "in1"))
