"""The headset's buttons for what the phone alone cannot do: answer, decline or end, swap."""

from __future__ import annotations

from agent_desktop.client.runtime import LinkReported
from agent_desktop.links.connection import Connection
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from tests.client.desks import Desk
from tests.client.talks import NOW, UP, asked, changed, on_a_call, told_phone

OFFER = m.OfferModel(
    id="o1", interaction="i9", agent="a7", medium="voice", offered_at=NOW, expires_at=NOW + 20
)
RINGS = p.PhoneCall(id="k9", direction="in", state="ringing", remote="6009", remote_name="Sara")


def offered(desk: Desk, *offers: m.OfferModel) -> None:
    for offer in offers:
        of = m.InteractionModel(id=offer.interaction, medium=offer.medium, state="offered")
        desk.events(e.InteractionChanged(interaction=of), e.OfferMade(offer=offer))
    asked(desk), told_phone(desk)


def test_answer_takes_the_oldest_offer_or_the_call_that_is_named(desk: Desk) -> None:
    offered(desk, changed(OFFER, id="o2", interaction="i8", medium="chat", offered_at=NOW + 1), OFFER)
    desk.phone(p.PhoneCallChanged(call=RINGS))
    desk.phone(p.HeadsetPressed(act="answer"))
    assert asked(desk) == [c.AcceptOffer(offer="o1")]
    told_phone(desk)
    desk.phone(p.HeadsetPressed(act="answer", call="k9"))
    assert told_phone(desk) == [p.Answer(call="k9")]


def test_a_call_is_answered_before_a_mail_that_was_offered_first(desk: Desk) -> None:
    offered(desk, changed(OFFER, id="o2", interaction="i8", medium="email", offered_at=NOW - 30), OFFER)
    assert [card.offer for card in desk.desktop.offers()] == ["o1", "o2"]
    desk.desktop.act("offer.accept")
    assert asked(desk) == [c.AcceptOffer(offer="o1")]


def test_a_colleague_who_calls_is_answered_before_a_mail(desk: Desk) -> None:
    offered(desk, changed(OFFER, id="o2", interaction="i8", medium="email", offered_at=NOW - 30))
    desk.phone(p.PhoneCallChanged(call=RINGS))
    told_phone(desk)
    assert [card.call or card.offer for card in desk.desktop.offers()] == ["k9", "o2"]
    desk.desktop.act("offer.accept")
    assert (asked(desk), told_phone(desk)) == ([], [p.Answer(call="k9")])


def test_answer_takes_the_call_that_rings_when_nothing_is_offered(desk: Desk) -> None:
    desk.phone(p.PhoneCallChanged(call=RINGS))
    told_phone(desk)
    desk.phone(p.HeadsetPressed(act="answer"))
    assert told_phone(desk) == [p.Answer(call="k9")]


def test_end_declines_what_rings_and_leaves_the_call_that_is_up(desk: Desk) -> None:
    on_a_call(desk)
    offered(desk, changed(OFFER, medium="chat"))
    desk.phone(p.HeadsetPressed(act="end"))
    assert asked(desk) == [c.DeclineOffer(offer="o1")]
    desk.events(e.OfferWithdrawn(offer="o1", interaction="i9", why="declined"))
    desk.phone(p.PhoneCallChanged(call=RINGS))
    told_phone(desk)
    desk.phone(p.HeadsetPressed(act="end", call="k9"))
    assert told_phone(desk) == [p.Reject(call="k9")]
    desk.phone(p.HeadsetPressed(act="end", call=UP.id))
    assert asked(desk) == [c.EndInteraction(interaction="i1")]


def test_what_a_button_cannot_do_is_said_and_shown(desk: Desk) -> None:
    desk.phone(p.HeadsetPressed(act="end"))
    desk.put(LinkReported("router", Connection("lost")))
    assert desk.said()[0] == "There is no call."
    assert desk.desktop.notices()[0].text == "There is no call."


def test_an_own_decline_is_not_said_to_be_an_offer_missed(desk: Desk) -> None:
    offered(desk, OFFER)
    before = len(desk.said())
    desk.events(e.OfferWithdrawn(offer="o1", interaction="i9", why="declined"))
    assert desk.said()[before:] == []
    offered(desk, changed(OFFER, id="o3"))
    before = len(desk.said())
    desk.events(e.OfferWithdrawn(offer="o3", interaction="i9", why="expired"))
    assert "You are not responding now." in desk.said()[before:][0]
