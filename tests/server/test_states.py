"""States on the floor: next states, what a choice does to offers, supervisors, hands, phones; and races."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.agent import (
    NextStateChosen,
    WentNotReady,
    WentReady,
)
from agent_desktop.domain.interaction import OfferEnded
from agent_desktop.domain.types import AgentId
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, SUE, Floor
from tests.server.stating import Room, break_for, close, ended
from tests.server.talking import talk


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path / "record.db")
    await made.start()
    yield made
    await made.stop()


# --- the next state (3.1.7, 3.1.8, F8; R22, R27, R28) -----------------------------------------------


async def test_a_break_asked_for_in_a_call_comes_after_the_form(floor: Room) -> None:
    """PRODUCT 3.1.8, F8; R28."""
    call = await talk(floor)
    await break_for(floor, "lunch")
    assert (floor.shown(), floor.next()) == (("ready", ""), ("not_ready", "lunch"))
    await ended(call)
    assert floor.board.snapshot(ANA).me.activity == "wrap_up"  # R27: published, and not "ready"
    assert floor.next() == ("not_ready", "lunch")
    await close(floor, call.interaction)
    assert (floor.shown(), floor.next()) == (("not_ready", "lunch"), ("", ""))
    assert floor.log(WentNotReady)[-1].cause == "next_state"


async def test_the_latest_choice_wins_and_nothing_chosen_during_work_fails(floor: Room) -> None:
    """PRODUCT 3.1.7; R22."""
    call = await talk(floor)
    for reason in ("lunch", "break", "away"):
        await break_for(floor, reason)
    assert floor.next() == ("not_ready", "away")
    assert floor.board.snapshot(ANA).me.next_media == ("email",)
    assert (await floor.do(ANA, commands.SetReady())).ok
    assert floor.next() == ("", "")
    await ended(call)
    await break_for(floor, "break")
    await close(floor, call.interaction)
    assert floor.shown() == ("not_ready", "break")


async def test_a_missed_offer_does_not_undo_the_break_that_was_chosen(floor: Room) -> None:
    """R22: the agent's latest choice always wins."""
    await floor.sign_in(ANA)
    await floor.mail("<1@out>")
    offer = floor.offers(ANA)[0]
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer))).ok
    mail = floor.only.id
    await floor.mail("<2@out>", sender="b@example.com")
    await floor.wait(61)  # the second rang out
    assert floor.shown() == ("not_ready", "not_responding")
    await break_for(floor, "lunch")
    await close(floor, mail)
    assert floor.shown() == ("not_ready", "lunch")


async def test_not_ready_again_records_a_further_reason_and_the_same_is_no_change(floor: Room) -> None:
    """PRODUCT 3.1.3."""
    await floor.sign_in(ANA)
    for reason in ("break", "break", "lunch"):
        await break_for(floor, reason)
    assert [e.reason for e in floor.log(WentNotReady)] == ["break", "lunch"]


async def test_a_teams_reason_is_for_the_team_alone(floor: Room) -> None:
    """PRODUCT 3.1.4."""
    await floor.sign_in(ANA, BEN)
    refused = await floor.do(ANA, commands.SetNotReady(reason="home"))
    assert refused.code == "unknown_reason"
    assert "home" not in refused.message
    await break_for(floor, "home", BEN)
    assert "home" not in {r.code for r in floor.board.snapshot(ANA).centre.reasons}
    assert "home" in {r.code for r in floor.board.snapshot(BEN).centre.reasons}
    assert "home" in {r.code for r in floor.board.snapshot(SUE).centre.reasons}


async def test_nobody_picks_a_system_reason(floor: Room) -> None:
    """PRODUCT 3.1.5, F10."""
    await floor.sign_in(ANA)
    for reason in ("supervisor", "crash", "lost_connection", "self_test_failed"):
        assert (await floor.do(ANA, commands.SetNotReady(reason=reason))).code == "system_reason"


# --- what a reason leaves open (3.1.1, G15) ---------------------------------------------------------


async def test_email_only_is_offered_mail_and_no_call(floor: Room) -> None:
    """PRODUCT 3.1.1."""
    await floor.sign_in(ANA)
    await break_for(floor, "away")
    me = floor.board.snapshot(ANA).me
    assert (me.offered_media, me.transfers, me.cause) == (("email",), False, "agent")
    await floor.call()
    assert floor.offers(ANA) == []
    await floor.mail()
    (offer,) = floor.board.snapshot(ANA).offers
    assert offer.medium == "email"
    await floor.wait(61)  # missed: then nothing more
    assert floor.shown() == ("not_ready", "not_responding")
    assert floor.board.snapshot(ANA).me.offered_media == ()


async def test_transfer_only_takes_what_people_transfer_and_nothing_else(floor: Room) -> None:
    """PRODUCT G15."""
    call = await talk(floor)
    await floor.sign_in(BEN)
    await break_for(floor, "transfers", BEN)
    await floor.call("c2", caller="+33622")
    assert floor.offers(BEN) == []
    reply = await floor.do(ANA, commands.TransferInteraction(interaction=call.interaction, target="ben"))
    assert reply.ok, reply.message
    assert [offer.interaction for offer in floor.board.snapshot(BEN).offers] == [call.interaction]


# --- offers and choices that meet (R29, R30) --------------------------------------------------------


async def test_an_offer_at_the_instant_of_ready_rings_and_stays(floor: Room) -> None:
    """R29: going ready never hangs up an incoming call."""
    await floor.sign_in(ANA, ready=False)
    await floor.call()
    assert (await floor.do(ANA, commands.SetReady())).ok
    (offer,) = floor.offers(ANA)
    assert (await floor.do(ANA, commands.SetReady())).ok
    assert floor.offers(ANA) == [offer]
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer))).ok
    assert floor.only.agent == ANA


async def test_ready_while_a_call_comes_in_gives_one_offer_whichever_is_first(floor: Room) -> None:
    """R29."""
    await floor.sign_in(ANA, ready=False)
    ready = asyncio.ensure_future(floor.do(ANA, commands.SetReady()))
    await asyncio.gather(floor.call(), ready)
    assert len(floor.offers(ANA)) == 1
    assert floor.exchange.asked
    assert not [c for c in floor.exchange.asked if isinstance(c, wire.HangUpCall)]


async def test_a_break_stops_what_rings_and_another_gets_it_with_its_age(floor: Room) -> None:
    """R30: not ready stops routing and ringing."""
    await floor.sign_in(ANA)
    await floor.call()
    queued_at = floor.only.queued_at
    await floor.sign_in(BEN)
    assert floor.offers(ANA)
    await floor.wait(3)
    await break_for(floor, "lunch")
    assert (floor.offers(ANA), len(floor.offers(BEN))) == ([], 1)
    assert floor.only.queued_at == queued_at
    ends = [e for _, e in floor.store.events(limit=10_000) if isinstance(e, OfferEnded)]
    assert [(e.why, e.reason) for e in ends] == [("withdrawn", "lunch")]


async def test_a_break_that_leaves_mail_open_lets_the_mail_ring_on(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    (ringing,) = floor.offers(ANA)
    await break_for(floor, "away")
    assert floor.offers(ANA) == [ringing]


async def test_a_break_next_stops_what_rings_too(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.mail("<1@out>")
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    await floor.mail("<2@out>", sender="b@example.com")
    assert floor.offers(ANA)
    await break_for(floor, "lunch")
    assert floor.offers(ANA) == []
    assert floor.next() == ("not_ready", "lunch")


@pytest.mark.parametrize("first", ["accept", "break"])
async def test_an_accept_and_a_break_at_once_leave_one_truth(floor: Room, first: str) -> None:
    """G14: whichever comes first holds; the call is in one hand or waits for another."""
    await floor.sign_in(ANA)
    await floor.call()
    (offer,) = floor.offers(ANA)
    acts: list[commands.AnyCommand] = [
        commands.AcceptOffer(offer=offer),
        commands.SetNotReady(reason="lunch"),
    ]
    if first == "break":
        acts.reverse()
    replies = await asyncio.gather(*(floor.desk.handle(ANA, f"q{n}", act) for n, act in enumerate(acts)))
    await floor.settle()
    if first == "accept":
        assert all(reply.ok for reply in replies)
        assert (floor.only.agent, floor.next()) == (ANA, ("not_ready", "lunch"))
    else:
        assert [reply.ok for reply in replies] == [True, False]
        assert replies[1].code == "offer_over"
        assert (floor.only.state, floor.shown()) == ("queued", ("not_ready", "lunch"))


async def test_signing_out_needs_empty_hands_but_an_offer_is_given_back(floor: Room) -> None:
    call = await talk(floor)
    assert (await floor.do(ANA, commands.SignOut())).code == "busy"
    await ended(call)
    await close(floor, call.interaction)
    await floor.call("c2")
    assert floor.offers(ANA)
    await floor.sign_in(BEN)
    assert (await floor.do(ANA, commands.SignOut())).ok
    assert (floor.offers(ANA), len(floor.offers(BEN))) == ([], 1)
    assert floor.shown() == ("logged_out", "signed_out")


# --- supervisors (3.1.5, R25) -----------------------------------------------------------------------


async def set_ana(floor: Floor, state: str, reason: str = "", by: AgentId = SUE) -> tuple[bool, str]:
    reply = await floor.do(by, commands.SetAgentState(agent=ANA, state=state, reason=reason))
    return reply.ok, reply.code


@pytest.fixture
async def led(floor: Room) -> Room:
    await floor.sign_in(ANA)
    await floor.sign_in(SUE, ready=False)
    return floor


async def test_a_supervisor_sets_a_state_with_its_own_reason_and_cause(led: Room) -> None:
    assert await set_ana(led, "not_ready") == (True, "")
    assert led.shown() == ("not_ready", "supervisor")
    assert led.board.snapshot(ANA).me.cause == "supervisor"
    assert await set_ana(led, "not_ready", "lunch") == (True, "")
    assert led.shown() == ("not_ready", "lunch")
    assert await set_ana(led, "ready") == (True, "")
    assert led.shown() == ("ready", "")
    assert [e.cause for e in led.log(WentReady, WentNotReady)][-3:] == ["supervisor"] * 3


async def test_during_work_a_supervisors_choice_is_the_next_state_and_a_later_one_wins(led: Room) -> None:
    call = await talk(led)
    assert await set_ana(led, "not_ready") == (True, "")
    assert (led.shown(), led.next()) == (("ready", ""), ("not_ready", "supervisor"))
    assert led.log(NextStateChosen)[-1].cause == "supervisor"
    await break_for(led, "lunch")
    await ended(call)
    await close(led, call.interaction)
    assert led.shown() == ("not_ready", "lunch")


async def test_a_supervisor_ends_a_shift_and_with_it_the_session(led: Room) -> None:
    """R25: no ghost agents."""
    endings: list[tuple[str, str]] = []

    async def sign_out(agent: AgentId, reason: str) -> None:
        endings.append((agent, reason))

    led.desk.sign_out = sign_out
    await led.call()
    assert led.offers(ANA)
    assert await set_ana(led, "logged_out") == (True, "")
    assert (led.shown(), led.offers(ANA)) == (("logged_out", "supervisor"), [])
    assert endings == [(ANA, "supervisor")]
    assert await set_ana(led, "logged_out") == (False, "logged_out")


async def test_during_work_the_shift_and_the_session_end_after_it(led: Room) -> None:
    endings: list[tuple[str, str]] = []

    async def sign_out(agent: AgentId, reason: str) -> None:
        endings.append((agent, reason))

    led.desk.sign_out = sign_out
    call = await talk(led)
    assert await set_ana(led, "logged_out") == (True, "")
    assert (led.next(), endings) == (("logged_out", "supervisor"), [])
    await ended(call)
    await close(led, call.interaction)
    assert led.shown() == ("logged_out", "supervisor")
    assert endings == [(ANA, "supervisor")]


async def test_what_a_supervisor_cannot_set(led: Room) -> None:
    assert await set_ana(led, "asleep") == (False, "bad_value")
    assert await set_ana(led, "not_ready", "nap") == (False, "unknown_reason")
    assert await set_ana(led, "ready", by=ANA) == (False, "not_allowed")
    own = await led.do(SUE, commands.SetAgentState(agent=SUE, state="ready"))
    assert own.code == "yourself"
    nobody = await led.do(SUE, commands.SetAgentState(agent="nobody", state="ready"))
    assert nobody.code == "unknown_agent"
    led.presence.lost(ANA)
    assert await set_ana(led, "ready") == (False, "not_connected")


# --- the self-test (R17, U-20) ----------------------------------------------------------------------


async def test_a_failed_self_test_ends_ready_where_one_is_required(tmp_path: Path) -> None:
    floor = Room(tmp_path / "record.db", self_test="required")
    await floor.start()
    passed = ("microphone", "speaker", "registration")
    await floor.sign_in(ANA, ready=False)
    assert (await floor.do(ANA, commands.SetReady())).code == "self_test"
    await floor.do(ANA, commands.ReportSelfTest(passed=passed))
    assert (await floor.do(ANA, commands.SetReady())).ok
    await floor.call()
    for _ in range(2):  # a second failure is no further change
        await floor.do(ANA, commands.ReportSelfTest(passed=passed[:2], failed=("registration",)))
    assert (floor.shown(), floor.offers(ANA)) == (("not_ready", "self_test_failed"), [])
    assert [e.cause for e in floor.log(WentNotReady)] == ["self_test"]
    await floor.stop()


async def test_a_failed_self_test_that_was_only_offered_changes_no_state(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.do(ANA, commands.ReportSelfTest(failed=("microphone",)))
    assert floor.shown() == ("ready", "")
