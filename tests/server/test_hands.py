"""Hands that fill and empty, outbound work and the way back, phones that come and go: all in the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.agent import (
    Agent,
    AgentEvent,
    HandsEmptied,
    HandsFilled,
    PhoneMoved,
    WentReady,
    step,
)
from agent_desktop.domain.types import AgentId
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN
from tests.server.stating import Room, break_for, close, ended
from tests.server.talking import talk


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path / "record.db")
    await made.start()
    yield made
    await made.stop()


# --- outbound work and the way back (3.1.9, F9, R23) -------------------------------------------------


async def dial(floor: Room, agent: AgentId = ANA) -> str:
    assert (await floor.do(agent, commands.DialNumber(number="+33699"))).ok
    order = floor.exchange.last(wire.DialOut)
    assert isinstance(order, wire.DialOut)
    return order.call


async def over(floor: Room, call: str, by: str = "network") -> None:
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id=call, state="ended", ended_by=by)))
    await floor.settle()
    await close(floor, floor.only.id)


async def test_a_failed_call_on_a_break_leaves_the_break(floor: Room) -> None:
    """R23."""
    await floor.sign_in(ANA)
    await break_for(floor, "break")
    since = floor.who().since_at
    await over(floor, await dial(floor))
    assert (floor.shown(), floor.who().since_at) == (("not_ready", "break"), since)


async def test_after_an_outbound_call_and_its_form_the_agent_is_ready_again(floor: Room) -> None:
    """PRODUCT 3.1.9, F9: a mail that rang out during the call does not keep the agent away."""
    await floor.sign_in(ANA)
    await floor.mail()
    assert floor.offers(ANA)
    call = await dial(floor)
    talking = wire.SwitchCall(id=call, state="bridged", extension="101")
    floor.exchange.on_event(wire.CallChanged(call=talking))
    await floor.wait(61)
    assert floor.shown() == ("not_ready", "not_responding")
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id=call, state="ended", ended_by="customer")))
    await floor.settle()
    form = next(i.id for i in floor.hub.tables.interactions.values() if i.medium == "voice")
    await close(floor, form)
    assert floor.shown() == ("ready", "")
    assert floor.log(WentReady)[-1].cause == "returned"


async def test_a_break_chosen_during_an_outbound_call_is_taken_after_it(floor: Room) -> None:
    await floor.sign_in(ANA)
    call = await dial(floor)
    await break_for(floor, "lunch")
    await over(floor, call)
    assert floor.shown() == ("not_ready", "lunch")


@pytest.mark.parametrize("keeps", [False, True])
async def test_outbound_work_may_leave_the_turn_alone(tmp_path: Path, keeps: bool) -> None:
    floor = Room(tmp_path / "record.db", outbound_keeps_idle=keeps)
    await floor.start()
    await floor.sign_in(ANA)
    turn = floor.who().idle_since_at
    await floor.wait(10)
    await over(floor, await dial(floor))
    assert (floor.who().idle_since_at == turn) is keeps
    await floor.stop()


# --- hands (idle order, counters) --------------------------------------------------------------------


async def test_hands_are_filled_at_the_accept_and_emptied_at_the_last_close(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.wait(5)
    await floor.mail("<1@out>")
    await floor.mail("<2@out>", sender="b@example.com")
    for offer in floor.offers(ANA):
        assert (await floor.do(ANA, commands.AcceptOffer(offer=offer))).ok
    first, second = floor.hub.tables.interactions
    await floor.wait(30)
    await close(floor, first)
    assert floor.log(HandsEmptied) == []
    await floor.wait(10)
    await close(floor, second)
    me = floor.board.snapshot(ANA).me
    assert (me.handled, me.handled_s, me.waited_s, me.filled_at) == (2, 40, 5, 0)
    assert (me.free_at, floor.who().idle_since_at) == (floor.clock.at, floor.clock.at)
    assert (len(floor.log(HandsFilled)), len(floor.log(HandsEmptied))) == (2, 1)


@pytest.mark.parametrize("way", ["transfer", "park"])
async def test_whatever_leaves_the_hands_begins_a_turn(floor: Room, way: str) -> None:
    call = await talk(floor)
    await floor.wait(30)
    act: commands.Command = commands.ParkInteraction(interaction=call.interaction)
    if way == "transfer":
        act = commands.TransferInteraction(interaction=call.interaction, target="webchat")
    reply = await floor.do(ANA, act)
    assert reply.ok, reply.message
    assert floor.who().idle_since_at == floor.clock.at
    assert (floor.who().handled_s, floor.who().filled_at) == (30, 0)


async def test_a_call_put_through_fills_other_hands_and_the_form_is_counted_once(floor: Room) -> None:
    call = await talk(floor)
    await floor.sign_in(BEN)
    await floor.do(ANA, commands.Consult(interaction=call.interaction, target="ben"))
    leg = await call.guest("ben")
    assert (await floor.do(ANA, commands.CompleteTransfer(interaction=call.interaction))).ok
    call.extension, call.with_whom = "102", "customer"
    call.legs = [call.legs[0], wire.SwitchLeg(id=leg, kind="agent", state="up", extension="102")]
    await call.tell()
    assert (floor.who(BEN).handled, bool(floor.who(BEN).filled_at)) == (1, True)
    assert (floor.who().handled, floor.log(HandsEmptied)) == (1, [])
    (part,) = floor.board.snapshot(ANA).interactions
    await close(floor, part.id)
    assert len(floor.log(HandsEmptied)) == 1
    assert floor.who().handled == 1


async def test_an_offer_that_was_not_accepted_leaves_the_turn_alone(floor: Room) -> None:
    """Abandoned or declined: the turn stays, so that declining is no rest."""
    await floor.sign_in(ANA)
    turn = floor.who().idle_since_at
    await floor.call()
    await floor.wait(2)
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended", ended_by="customer")))
    await floor.settle()
    await floor.call("c2")
    assert (await floor.do(ANA, commands.DeclineOffer(offer=floor.offers(ANA)[0]))).ok
    assert (floor.who().idle_since_at, floor.log(HandsFilled)) == (turn, [])


# --- phones (replay from the log) --------------------------------------------------------------------


async def test_a_phone_that_goes_is_in_the_log_and_gets_no_call(floor: Room) -> None:
    await floor.sign_in(ANA)
    floor.exchange.on_event(wire.ExtensionRegistered(extension="101", registered=False))
    await floor.settle()
    assert not floor.board.snapshot(ANA).me.phone
    await floor.call()
    assert floor.offers(ANA) == []
    await floor.mail()
    assert len(floor.offers(ANA)) == 1  # everything else as before
    (offer,) = floor.board.snapshot(ANA).offers
    assert offer.medium == "email"
    floor.exchange.on_event(wire.ExtensionRegistered(extension="101"))
    await floor.settle()
    assert floor.board.snapshot(ANA).me.phone
    assert [e.registered for e in floor.log(PhoneMoved)] == [False, True, False, True]


async def test_after_a_restart_no_phone_is_known_until_the_exchange_says_so(floor: Room) -> None:
    await floor.settle()
    told = len(floor.log(PhoneMoved))
    await floor.restart()
    await floor.settle()
    assert [e.registered for e in floor.log(PhoneMoved)[told:]] == [False, True]
    assert floor.who().phone


async def test_what_was_told_while_nothing_could_be_kept_is_told_again(floor: Room) -> None:
    """A commit fails: memory is read again, and then the phone is put right."""
    floor.calls.book.registered.discard("101")
    floor.reload()
    assert floor.who().phone
    await floor.wait(2)
    assert not floor.who().phone


async def test_the_log_alone_gives_every_agent_as_it_is(floor: Room) -> None:
    """U-4: decisions can be made again from the log."""
    call = await talk(floor)
    await break_for(floor, "away")
    await ended(call)
    await close(floor, call.interaction)
    await floor.wait(20)
    folded = {key: Agent(id=key, name=key) for key in floor.hub.tables.agents}
    for _, event in floor.store.events(limit=100_000):
        if isinstance(event, AgentEvent):
            folded[event.agent] = step(folded[event.agent], event)
    for key, agent in floor.hub.tables.agents.items():
        entry = floor.hub.centre.agents[key]
        plain = replace(folded[key], name=entry.name, role=entry.role, extension=entry.extension)
        plain = replace(plain, team=agent.team, queues=agent.queues, skills=agent.skills)
        assert plain == agent
