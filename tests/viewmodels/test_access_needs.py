"""What a customer needs, on the card that rings, in the panel and in lines; more time to answer."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from agent_desktop.domain.timers import NEEDS
from agent_desktop.viewmodels.offers import offer_card
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire.access import ExtendOffer, SetAccessNeeds
from tests.client.desks import Desk
from tests.client.talks import NOW


@dataclass(frozen=True, slots=True)
class Rung:
    """What rings: an offer of a customer with needs."""

    needs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    more_s: float = 0.0
    more_times: int = 0


def ring(desk: Desk, rung: Rung) -> m.OfferModel:
    offer = m.OfferModel(
        id="o1", interaction="i1", agent="a7", medium="voice", customer="k1", customer_name="Lena Brandt",
        offered_at=NOW, expires_at=NOW + 20, more_s=rung.more_s, more_times=rung.more_times,
    )  # fmt: skip
    work = m.InteractionModel(id="i1", medium="voice", state="offered", customer="k1", tags=rung.tags)
    card = m.CustomerModel(id="k1", name="Lena Brandt", access_needs=rung.needs)
    desk.events(
        e.CustomerChanged(customer=card), e.InteractionChanged(interaction=work), e.OfferMade(offer=offer)
    )
    return offer


def test_the_card_that_rings_says_what_is_needed_and_what_to_do_about_it(desk: Desk) -> None:
    offer = ring(desk, Rung(needs=("relay", "Speaks softly")))
    card = offer_card(desk.desktop.situation(), offer)
    assert card.needs == "Access needs: Text relay, Speaks softly"
    assert "Speak to the customer" in card.advice
    assert "Access needs: Text relay" in card.spoken


def test_a_call_that_was_tagged_says_so_although_the_card_does_not(desk: Desk) -> None:
    offer = ring(desk, Rung(tags=("relay", "vip")))
    assert offer_card(desk.desktop.situation(), offer).needs == "Access needs: Text relay"


def test_who_needs_nothing_is_not_spoken_about(desk: Desk) -> None:
    card = offer_card(desk.desktop.situation(), ring(desk, Rung()))
    assert (card.needs, card.advice, card.more) == ("", "", None)


@pytest.mark.parametrize("need", NEEDS)
def test_every_known_need_has_words_and_an_advice(desk: Desk, need: str) -> None:
    card = offer_card(desk.desktop.situation(), ring(desk, Rung(needs=(need,))))
    assert need not in card.needs or "_" not in need
    assert card.advice


def test_more_time_is_asked_for_and_told(desk: Desk) -> None:
    offer = ring(desk, Rung(more_s=15.0, more_times=1))
    more = offer_card(desk.desktop.situation(), offer).more
    assert more is not None
    assert (more.label, more.enabled) == ("More time (+15 s)", True)
    desk.now = NOW
    desk.outside.router.clear()
    assert desk.desktop.act("offer.more", id="o1") == ""
    assert [command for _id, command in desk.outside.router] == [ExtendOffer(offer="o1")]
    desk.events(
        e.OfferMade(offer=m.OfferModel(**{**_fields(offer), "expires_at": NOW + 35, "more_times": 0}))
    )
    desk.answer_all()
    assert "More time: 35 seconds left to answer." in desk.said()
    assert sum("Incoming call" in line for line in desk.said()) == 1  # it rang once
    assert "all the time" in desk.desktop.act("offer.more", id="o1")


def _fields(offer: m.OfferModel) -> dict[str, object]:
    return {name: getattr(offer, name) for name in offer.__struct_fields__}


def test_needs_are_set_in_words_turned_by_a_button_and_taken_away(desk: Desk) -> None:
    ring(desk, Rung(needs=("tty",)))
    desk.desktop.act("inbox.open", id="i1")

    def asked(**arguments: str) -> object:
        desk.outside.router.clear()
        assert desk.desktop.act("customer.access", id="i1", **arguments) == ""
        (found,) = (c for _id, c in desk.outside.router if isinstance(c, SetAccessNeeds))
        return found.needs

    assert asked(needs="text relay, Speak slowly") == ("relay", "Speak slowly")
    assert asked(need="relay") == ("tty", "relay")
    assert asked(need="tty") == ()
    assert asked(needs="none") == ()
    assert "Known: Text relay" in desk.desktop.act("customer.access", id="i1")
