"""Work that is taken is looked at, wherever the agent was before."""

from __future__ import annotations

import pytest

from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.commands import AcceptOffer
from tests.client.desks import Desk
from tests.client.talks import NOW, OTHER, TALK, as_supervisor, on_a_call, told_phone

PLACES = pytest.mark.parametrize("place", ["go.settings", "go.supervisor"])
OFFER = m.OfferModel(
    id="o1", interaction="i1", agent="a7", medium="voice", offered_at=NOW, expires_at=NOW + 20
)


def elsewhere(desk: Desk, place: str) -> None:
    as_supervisor(desk)
    assert desk.desktop.act(place) == ""
    assert desk.desktop.workspace.place != "inbox"
    desk.answer_all()


def here(desk: Desk) -> tuple[str, str]:
    main = desk.desktop.view().main
    assert main is not None
    return main.place, desk.desktop.workspace.selected


@PLACES
def test_accepting_an_offer_shows_the_inbox_with_it(desk: Desk, place: str) -> None:
    elsewhere(desk, place)
    offered = m.InteractionModel(id="i1", medium="voice", state="offered")
    desk.events(e.InteractionChanged(interaction=offered), e.OfferMade(offer=OFFER))
    assert desk.desktop.act("offer.accept", id="o1") == ""
    assert here(desk) == ("inbox", "i1")


def test_an_offer_that_is_answered_twice_at_once_is_asked_for_once(desk: Desk) -> None:
    """On the screen and on the headset: the second would be told that it went elsewhere."""
    offered = m.InteractionModel(id="i1", medium="voice", state="offered")
    desk.events(e.InteractionChanged(interaction=offered), e.OfferMade(offer=OFFER))
    for _ in range(2):
        assert desk.desktop.act("offer.accept", id="o1") == ""
    assert [c for _, c in desk.outside.router if isinstance(c, AcceptOffer)] == [AcceptOffer(offer="o1")]
    told_phone(desk)
    desk.answer_all(ok=False, message="The server is busy.")
    assert desk.desktop.act("offer.accept", id="o1") == ""
    assert [c for _, c in desk.outside.router if isinstance(c, AcceptOffer)], "a refused one is tried again"


def test_a_parked_call_that_is_taken_is_answered_by_itself_also_where_it_was_listened_to(desk: Desk) -> None:
    as_supervisor(desk)
    parked = m.InteractionModel(id="i1", medium="voice", state="parked", agent="a8")
    desk.events(e.InteractionChanged(interaction=parked))
    up = p.PhoneCall(id="k1", direction="in", state="up", interaction="i1")  # as long as the exchange has it
    desk.phone(p.PhoneCallChanged(call=up))
    told_phone(desk)
    assert desk.desktop.act("interaction.take", id="i1") == ""
    assert told_phone(desk) == [p.Expect(interaction="i1")]


@PLACES
def test_answering_a_colleague_shows_the_inbox_with_what_is_asked_about(desk: Desk, place: str) -> None:
    elsewhere(desk, place)
    rings = p.PhoneCall(id="k9", direction="in", state="ringing", interaction=OTHER.id, remote_name="Sara")
    desk.phone(p.PhoneCallChanged(call=rings))
    told_phone(desk)
    assert desk.desktop.act("offer.accept") == ""
    assert told_phone(desk) == [p.Answer(call="k9")]
    assert here(desk) == ("inbox", OTHER.id)


def test_answering_who_asks_about_nothing_keeps_what_is_selected(desk: Desk) -> None:
    on_a_call(desk)
    desk.desktop.act("go.settings")
    desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k9", direction="in", state="ringing", remote="6009")))
    assert desk.desktop.act("offer.accept") == ""
    assert here(desk) == ("inbox", "i1")


@PLACES
def test_a_call_that_is_taken_by_itself_is_shown(desk: Desk, place: str) -> None:
    elsewhere(desk, place)
    on_a_call(desk, TALK)
    assert here(desk) == ("inbox", "i1")


def test_a_mail_that_becomes_mine_leaves_the_agent_where_they_are(desk: Desk) -> None:
    elsewhere(desk, "go.settings")
    mail = m.InteractionModel(id="i2", medium="email", state="active", agent="a7")
    desk.events(e.InteractionChanged(interaction=mail))
    assert here(desk)[0] == "settings"


def test_a_call_of_somebody_else_is_opened_without_losing_sight_of_it(desk: Desk) -> None:
    elsewhere(desk, "go.supervisor")
    assert desk.desktop.act("inbox.open", id=OTHER.id) == ""
    assert here(desk) == ("supervisor", OTHER.id)  # elsewhere only what is mine is in view
