"""Presence is a lease: who is there, who is gone, and nobody who only seems to be (G6, 3.1.11; R25)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.agent import NextStateChosen, ShiftEnded, ShiftStarted, WentNotReady
from agent_desktop.domain.interaction import OfferEnded
from agent_desktop.server.presence import LEASE_S, WORDS
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.door import Door
from tests.server.floor import ANA, BEN, SUE, SUPPORT, Floor, Mirror
from tests.server.stating import Room, break_for, close, ended
from tests.server.talking import Talk, talk

HOUR_S = 3600.0


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path / "record.db")
    await made.start()
    yield made
    await made.stop()


async def away(floor: Room, seconds: float) -> None:
    """Ana's program is gone for so long."""
    floor.presence.lost(ANA)
    await floor.wait(seconds)


# --- the lease --------------------------------------------------------------------------------------


async def test_within_the_lease_nothing_changes(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.call()
    await away(floor, LEASE_S - 1)
    assert (floor.shown(), len(floor.offers(ANA))) == (("ready", ""), 1)
    assert not floor.board.snapshot(ANA).me.online
    await floor.presence.came(ANA)
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    await floor.wait(LEASE_S)
    assert floor.shown() == ("ready", "")


async def test_when_the_lease_runs_out_an_open_offer_goes_to_another_with_its_age(floor: Room) -> None:
    """Losing the network with an offer open (issue 4)."""
    await floor.sign_in(ANA)
    await floor.call()
    queued_at = floor.only.queued_at
    await floor.sign_in(BEN)
    await away(floor, LEASE_S)
    assert floor.shown() == ("not_ready", "lost_connection")
    assert (floor.offers(ANA), len(floor.offers(BEN))) == ([], 1)
    assert floor.only.queued_at == queued_at
    assert floor.log(WentNotReady)[-1].cause == "lost_connection"
    ends = [e.why for _, e in floor.store.events(limit=10_000) if isinstance(e, OfferEnded)]
    assert ends == ["lost_connection"]


async def test_one_who_comes_back_late_is_told_the_true_state(floor: Room) -> None:
    """Sleep and wake (R17): the stream tells it, and only a choice changes it."""
    await floor.sign_in(ANA)
    mirror = Mirror(floor, ANA)
    mirror.connect()
    await away(floor, LEASE_S + 1)
    await floor.presence.came(ANA)
    await floor.settle()
    mirror.catch_up()
    me = mirror.replica.me
    assert me is not None
    assert (me.state, me.reason, me.cause) == ("not_ready", "lost_connection", "lost_connection")
    assert mirror.differences() == []
    assert (await floor.do(ANA, commands.SetReady())).ok
    assert floor.shown() == ("ready", "")


async def test_a_break_stays_a_break_when_the_connection_is_lost(floor: Room) -> None:
    await floor.sign_in(ANA)
    await break_for(floor, "lunch")
    await away(floor, LEASE_S)
    assert floor.shown() == ("not_ready", "lunch")


async def test_email_only_is_not_offered_mail_when_nobody_is_there(floor: Room) -> None:
    await floor.sign_in(ANA)
    await break_for(floor, "away")
    await away(floor, LEASE_S)
    assert floor.shown() == ("not_ready", "lost_connection")
    await floor.mail()
    assert floor.offers(ANA) == []


async def test_ready_next_is_not_taken_by_one_who_is_gone(floor: Room) -> None:
    """R25: a wrap-up that ends while its agent's program is away makes no ghost ready."""
    await floor.sign_in(ANA, ready=False)
    await floor.mail()
    assert (await floor.do(ANA, commands.TakeInteraction(interaction=mail(floor)))).ok
    assert (await floor.do(ANA, commands.EndInteraction(interaction=mail(floor)))).ok
    assert (await floor.do(ANA, commands.SetReady())).ok
    assert (floor.shown(), floor.next()) == (("not_ready", "signed_in"), ("ready", ""))
    await away(floor, LEASE_S)
    await close(floor, mail(floor))
    assert (floor.shown(), floor.next()) == (("not_ready", "lost_connection"), ("", ""))


async def test_ready_beside_a_mail_ends_when_nobody_is_there(floor: Room) -> None:
    """R25: and the mail's end does not bring it back."""
    await floor.sign_in(ANA, ready=False)
    await floor.mail()
    assert (await floor.do(ANA, commands.TakeInteraction(interaction=mail(floor)))).ok
    assert (await floor.do(ANA, commands.SetReady())).ok
    await away(floor, LEASE_S)
    await floor.call()
    assert (floor.shown(), floor.offers(ANA)) == (("not_ready", "lost_connection"), [])
    await close(floor, mail(floor))
    assert floor.shown() == ("not_ready", "lost_connection")


async def test_one_who_is_gone_does_not_return_to_ready_when_the_work_beside_a_failed_call_ends(
    floor: Room,
) -> None:
    """R25: dialled while ready, the phone vanished, then the lease ran out: nothing is returned to."""
    await floor.sign_in(ANA)
    await floor.mail()
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    assert (await floor.do(ANA, commands.DialNumber(number="+4912345", queue=SUPPORT))).ok
    call = next(i.call for i in floor.hub.tables.interactions.values() if i.call is not None)
    out = Talk(floor, call.id)
    await out.tell(direction="out", bridged_at=floor.clock.at)
    floor.presence.lost(ANA)
    await out.say(wire.AgentLegEnded(call=call.id, extension="101", by="network"))
    assert (floor.shown(), floor.who().return_state) == (("not_ready", "not_responding"), "ready")
    await floor.wait(LEASE_S)
    assert (floor.shown(), floor.who().return_state) == (("not_ready", "lost_connection"), "")
    await close(floor, mail(floor))
    assert (floor.shown(), floor.offers(ANA)) == (("not_ready", "lost_connection"), [])


def mail(floor: Floor) -> str:
    return next(i.id for i in floor.hub.tables.interactions.values() if i.medium == "email")


async def test_email_only_next_is_not_taken_by_one_who_is_gone(floor: Room) -> None:
    call = await talk(floor)
    await break_for(floor, "away")
    assert floor.who().next_media
    await away(floor, LEASE_S)
    assert floor.next() == ("", "")
    await ended(call)
    await close(floor, call.interaction)
    await floor.mail()
    assert (floor.shown(), floor.offers(ANA)) == (("not_ready", "lost_connection"), [])


# --- away for long ----------------------------------------------------------------------------------


async def test_who_stays_away_without_work_is_logged_out_with_its_own_cause(floor: Room) -> None:
    """PRODUCT 3.1.11, R25: no ghost agents."""
    await floor.sign_in(ANA)
    await away(floor, floor.hub.centre.away_s - 1)
    assert floor.shown() == ("not_ready", "lost_connection")
    await floor.wait(1)
    assert floor.shown() == ("logged_out", "lost_connection")
    assert [(e.cause, e.reason) for e in floor.log(ShiftEnded)] == [("lost_connection", "lost_connection")]
    await floor.presence.came(ANA)
    assert floor.log(ShiftStarted)[-1].cause == "login"
    assert floor.shown() == ("not_ready", "signed_in")


async def test_with_work_in_hand_the_log_out_waits_for_its_end(floor: Room) -> None:
    call = await talk(floor)
    await away(floor, HOUR_S)
    assert floor.shown() == ("not_ready", "lost_connection")
    assert floor.next() == ("logged_out", "lost_connection")
    await ended(call)
    await floor.wait(HOUR_S)  # the wrap-up's clock closes it
    assert floor.hub.tables.interactions == {}
    assert floor.shown() == ("logged_out", "lost_connection")


async def test_mail_of_one_who_stays_away_goes_back_with_its_age_and_its_call_stays(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    queued_at = floor.only.queued_at
    call = await talk(floor)
    await floor.sign_in(BEN)
    await away(floor, floor.hub.centre.away_s - 1)
    held = {i.medium: (i.state, i.agent) for i in floor.hub.tables.interactions.values()}
    assert held == {"email": ("active", ANA), "voice": ("active", ANA)}
    await floor.wait(1)
    back = next(i for i in floor.hub.tables.interactions.values() if i.medium == "email")
    assert (back.state, back.agent, back.queued_at) == ("offered", "", queued_at)
    assert (len(floor.offers(BEN)), call.now.agent) == (1, ANA)
    assert floor.next() == ("logged_out", "lost_connection")


async def test_one_who_comes_back_in_time_is_not_logged_out_after_the_work(floor: Room) -> None:
    call = await talk(floor)
    await away(floor, HOUR_S)
    await floor.presence.came(ANA)
    assert floor.next() == ("", "")
    assert floor.log(NextStateChosen)[-1].cause == "login"
    await ended(call)
    await close(floor, call.interaction)
    assert floor.shown() == ("not_ready", "lost_connection")


async def test_a_centre_may_wait_for_ever(tmp_path: Path) -> None:
    floor = Room(tmp_path / "record.db", away_s=0.0)
    await floor.start()
    await floor.sign_in(ANA)
    await away(floor, 100 * HOUR_S)
    assert floor.shown() == ("not_ready", "lost_connection")
    await floor.stop()


async def test_after_a_restart_everybody_has_the_lease_to_come_back(floor: Room) -> None:
    await floor.sign_in(ANA, BEN)
    await floor.restart()
    assert floor.shown(ANA) == ("ready", "")
    await floor.presence.came(BEN)
    await floor.wait(LEASE_S)
    assert (floor.shown(ANA), floor.shown(BEN)) == (("not_ready", "lost_connection"), ("ready", ""))


# --- leaving ----------------------------------------------------------------------------------------


async def test_leaving_with_work_in_hand_ends_the_shift_after_it(floor: Room) -> None:
    """Signing out at the door with a call up: the customer is not cut off, the agent is no ghost."""
    call = await talk(floor)
    await floor.presence.left(ANA)
    assert floor.shown() == ("not_ready", "lost_connection")
    assert floor.next() == ("logged_out", "signed_out")
    await ended(call)
    await floor.wait(HOUR_S)
    assert floor.shown() == ("logged_out", "signed_out")


async def test_the_chat_of_one_who_signed_out_does_not_stay_with_nobody(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hello", "1")
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    await floor.presence.left(ANA)
    await floor.wait(floor.hub.centre.away_s - 1)
    assert (floor.only.state, floor.only.agent) == ("active", ANA)
    await floor.wait(1)
    assert (floor.only.state, floor.shown()) == ("queued", ("logged_out", "signed_out"))


async def test_nobody_makes_one_ready_who_signed_out_with_work_in_hand(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hello", "1")
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    await floor.presence.left(ANA)
    await floor.presence.came(SUE)
    reply = await floor.do(SUE, commands.SetAgentState(agent=ANA, state="ready"))
    assert reply.code == "not_connected"


async def test_one_who_signed_out_and_comes_back_in_time_keeps_the_chat(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hello", "1")
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    await floor.presence.left(ANA)
    await floor.wait(60)
    await floor.presence.moved_elsewhere(ANA)
    await floor.presence.came(ANA)
    await floor.wait(floor.hub.centre.away_s)
    assert (floor.only.state, floor.only.agent) == ("active", ANA)


async def test_leaving_with_empty_hands_ends_the_shift_at_once(floor: Room) -> None:
    await floor.sign_in(ANA)
    for _ in range(2):  # twice is once
        await floor.presence.left(ANA)
    assert floor.shown() == ("logged_out", "signed_out")
    assert len(floor.log(ShiftEnded)) == 1


def test_every_end_of_a_session_is_told_in_words() -> None:
    for reason in ("signed_in_elsewhere", "signed_out", "supervisor", "expired"):
        assert WORDS[reason].endswith(".")


# --- two sessions, crashes --------------------------------------------------------------------------


async def test_a_second_session_takes_over_not_ready_and_the_log_has_both(floor: Room) -> None:
    """PRODUCT 3.1.5 (32740), R-7."""
    await floor.sign_in(ANA)
    await floor.call()
    await floor.sign_in(BEN)
    await floor.presence.moved_elsewhere(ANA)
    assert floor.shown() == ("not_ready", "signed_in_elsewhere")
    assert (floor.offers(ANA), len(floor.offers(BEN))) == ([], 1)
    await floor.presence.came(ANA)
    assert floor.shown() == ("not_ready", "signed_in")
    told = [(e.reason, e.cause) for e in floor.log(WentNotReady)]
    assert told == [("signed_in_elsewhere", "signed_in_elsewhere"), ("signed_in", "login")]


async def test_a_program_that_vanished_with_work_and_came_as_a_new_session_crashed(floor: Room) -> None:
    """F10: the call goes on, the agent is not ready until a choice."""
    call = await talk(floor)
    await away(floor, LEASE_S - 5)
    await floor.presence.moved_elsewhere(ANA)
    await floor.presence.came(ANA)
    assert floor.shown() == ("not_ready", "crash")
    assert floor.log(WentNotReady)[-1].cause == "crash"
    assert (call.now.agent, call.now.state) == (ANA, "active")


async def test_one_who_vanished_without_work_has_just_signed_in(floor: Room) -> None:
    await floor.sign_in(ANA)
    await away(floor, 5)
    await floor.presence.moved_elsewhere(ANA)
    assert floor.shown() == ("not_ready", "signed_in")


async def test_after_the_lease_it_was_no_crash(floor: Room) -> None:
    await talk(floor)
    await away(floor, LEASE_S + 5)
    await floor.presence.moved_elsewhere(ANA)
    assert [e.cause for e in floor.log(WentNotReady)] == ["lost_connection", "login"]


async def test_a_new_session_that_never_connects_is_no_ghost(floor: Room) -> None:
    """R25."""
    await floor.sign_in(ANA)
    await floor.presence.moved_elsewhere(ANA)
    await floor.wait(HOUR_S)
    assert floor.shown() == ("logged_out", "lost_connection")


async def test_the_first_session_of_a_shift_takes_over_from_nobody(floor: Room) -> None:
    await floor.presence.moved_elsewhere(ANA)
    await floor.wait(HOUR_S)
    assert (floor.shown(), floor.log(WentNotReady, ShiftEnded)) == (("logged_out", ""), [])


# --- through the door -------------------------------------------------------------------------------


async def test_a_supervisors_sign_out_reaches_the_program_and_ends_its_token(tmp_path: Path) -> None:
    """R25: over real websockets."""
    door = await Door(tmp_path / "record.db").open()
    try:
        program, leader = await door.program(ANA), await door.program(SUE)
        assert (await leader.ask(commands.SetAgentState(agent=ANA, state="logged_out"))).ok
        await program.until(lambda: program.code is not None)
        assert program.replica.signed_out == "supervisor"
        assert door.router.hub.tables.agents[ANA].state == "logged_out"
    finally:
        await door.close()
