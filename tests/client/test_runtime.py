"""The one writer: what comes in becomes the store, what is asked is answered once, the phone keeps step."""

from __future__ import annotations

import msgspec

from agent_desktop.client.news import InteractionMoved, OfferEnded, OfferRang, RequestEnded, Synced
from agent_desktop.client.runtime import FromRouter, LinkReported
from agent_desktop.links.connection import Connection
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from tests.client.desks import Desk
from tests.client.small_centre import ME, snapshot_of

CALL = m.InteractionModel(id="i1", medium="voice", state="offered", agent="a7", customer_name="Amina Yusuf")
OFFER = m.OfferModel(id="o1", interaction="i1", agent="a7", medium="voice", expires_at=2e9)


def test_the_phone_is_given_the_account_once_and_again_after_it_restarted(desk: Desk) -> None:
    given = [x for _id, x in desk.outside.phone if isinstance(x, p.SetAccount)]
    assert [x.account.extension for x in given] == ["6001"]
    desk.events(snapshot_of(desk.truth))
    desk.put(LinkReported("phone", Connection("lost")), LinkReported("phone", Connection("online")))
    assert len([x for _id, x in desk.outside.phone if isinstance(x, p.SetAccount)]) == 2


def test_the_phone_expects_the_call_before_the_offer_is_accepted(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=CALL), e.OfferMade(offer=OFFER))
    desk.outside.order.clear()
    assert desk.desktop.act("offer.accept") == ""
    assert desk.outside.order[:2] == [p.Expect(interaction="i1"), c.AcceptOffer(offer="o1")]


def test_the_phone_expects_a_call_that_became_mine_without_an_accept(desk: Desk) -> None:
    active = msgspec.structs.replace(CALL, state="active", direction="out")
    desk.events(e.InteractionChanged(interaction=active))
    desk.events(e.InteractionChanged(interaction=msgspec.structs.replace(active, state="held")))
    assert [x for _id, x in desk.outside.phone if isinstance(x, p.Expect)] == [p.Expect(interaction="i1")]


def test_another_agents_call_is_not_expected(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=msgspec.structs.replace(CALL, state="active", agent="a8")))
    assert not [x for _id, x in desk.outside.phone if isinstance(x, p.Expect)]


def test_a_command_is_sending_until_its_answer_came_and_is_answered_once(desk: Desk) -> None:
    news: list[object] = []
    desk.runtime.subscribe(news.extend)
    request = desk.runtime.ask(c.SetReady())
    assert desk.runtime.store.asked[request].state == "sending"
    desk.events(e.Reply(request=request, ok=False, message="No."), e.Reply(request=request))
    ended = [n for n in news if isinstance(n, RequestEnded)]
    assert [(n.asked.state, n.asked.message) for n in ended] == [("refused", "No.")]
    assert request not in desk.runtime.store.asked


def test_one_pump_tells_everything_once_and_the_same_event_twice_is_silent(desk: Desk) -> None:
    pumps: list[tuple[object, ...]] = []
    desk.runtime.subscribe(pumps.append)
    event = FromRouter(e.InteractionChanged(interaction=CALL))
    desk.put(event, event, FromRouter(e.OfferMade(offer=OFFER)))
    assert len(pumps) == 1
    assert [type(n) for n in pumps[0]] == [InteractionMoved, OfferRang]


def test_a_snapshot_after_a_gap_says_what_happened_meanwhile(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=CALL), e.OfferMade(offer=OFFER))
    news: list[object] = []
    desk.runtime.subscribe(news.extend)
    desk.truth.interactions["i1"] = msgspec.structs.replace(CALL, state="active")
    desk.events(snapshot_of(desk.truth))
    kinds = [type(n) for n in news]
    assert kinds[0] is Synced
    assert OfferEnded in kinds
    assert InteractionMoved in kinds
    assert desk.runtime.store.replica.offers == {}


def test_signing_in_elsewhere_ends_the_session_and_what_waits_is_refused(desk: Desk) -> None:
    request = desk.runtime.ask(c.SetReady())
    news: list[object] = []
    desk.runtime.subscribe(news.extend)
    desk.events(e.SignedOut(reason="signed_in_elsewhere"))
    assert desk.runtime.session is None
    assert [n.asked.id for n in news if isinstance(n, RequestEnded)][-1] == request
    assert desk.desktop.view().main is None
    assert "another computer" in desk.desktop.signin().error
    assert len(desk.outside.ended) == 1


def test_a_call_that_is_up_keeps_the_phone_at_the_end(desk: Desk) -> None:
    desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k", direction="in", state="up", interaction="i1")))
    desk.runtime.close()
    assert desk.outside.ended[-1] == (None, True)
    desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k", direction="in", state="ended")))
    desk.runtime.close()
    assert desk.outside.ended[-1] == (desk.runtime.session, False)


def test_deadlines_are_counted_by_the_routers_clock(desk: Desk) -> None:
    snapshot = msgspec.structs.replace(snapshot_of(desk.truth), server_at=desk.now + 30)
    desk.events(snapshot)
    assert desk.runtime.now == desk.now + 30
    assert ME.id == desk.runtime.store.replica.me.id
