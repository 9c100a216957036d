"""A blind transfer that nobody takes comes back to who sent it (A6); who must not be called is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.customer import Address, Customer, CustomerAdded
from agent_desktop.domain.types import CustomerId, MediumId, SkillId
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, CHAT, FRENCH, SUE, SUPPORT, Floor
from tests.server.talking import Talk, talk


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


@pytest.fixture
async def sent(floor: Floor) -> Talk:
    """Ana's call, sent to Ben, who is asked."""
    call = await talk(floor)
    await floor.sign_in(BEN, SUE)
    assert (await floor.do(ANA, commands.TransferInteraction(interaction=call.interaction, target="Ben"))).ok
    assert floor.offers(BEN)
    assert not floor.offers(ANA)
    return call


def offered_to(call: Talk) -> str:
    return call.now.offer.agent if call.now.offer is not None else ""


async def test_an_offer_says_which_colleague_sends_it(sent: Talk) -> None:
    offer = sent.floor.offer(BEN).offers[0]
    assert (offer.from_agent, offer.from_name) == (ANA, "Ana")
    assert (await sent.floor.do(BEN, commands.DeclineOffer(offer=offer.id))).ok
    back = sent.floor.offer(ANA).offers[0]
    assert (back.from_agent, back.from_name) == ("", "")  # her own call, that Ben did not take


async def test_a_call_is_not_sent_to_a_colleague_whom_nobody_would_ring(floor: Floor) -> None:
    call = await talk(floor)
    await floor.sign_in(BEN, ready=False)
    refused = await floor.do(ANA, commands.TransferInteraction(interaction=call.interaction, target="Ben"))
    assert (refused.ok, refused.code) == (False, "nobody_rung")
    assert refused.message == "Ben: Not ready, so nobody would be rung. Consult, or choose a queue."
    assert (call.now.state, call.now.agent) == ("active", ANA)


async def test_who_declines_a_transfer_gives_it_back_to_who_sent_it(sent: Talk) -> None:
    floor = sent.floor
    queued_at = sent.now.queued_at
    assert (await floor.do(BEN, commands.DeclineOffer(offer=floor.offers(BEN)[0]))).ok
    assert offered_to(sent) == ANA
    assert sent.now.path[-1] == "Ben did not take it"
    assert sent.now.queued_at == queued_at


async def test_who_does_not_answer_a_transfer_gives_it_back_to_who_sent_it(sent: Talk) -> None:
    await sent.floor.wait(20)
    assert offered_to(sent) == ANA
    accept = commands.AcceptOffer(offer=sent.floor.offers(ANA)[0])
    assert (await sent.floor.do(ANA, accept)).ok
    connect = sent.floor.exchange.last(wire.ConnectAgent)
    assert isinstance(connect, wire.ConnectAgent)
    assert (connect.extension, sent.now.sent_by) == ("101", "")


async def test_a_target_who_is_busy_all_the_time_is_not_waited_for_for_ever(floor: Floor) -> None:
    call = await talk(floor)
    await floor.sign_in(BEN, ready=False)
    await call.kept_for("Ben")
    assert (call.now.state, call.now.reserved) == ("queued", BEN)
    await floor.wait(30)
    assert offered_to(call) == ANA


async def test_when_the_sender_does_not_take_it_either_everybody_is_asked(floor: Floor) -> None:
    call = await talk(floor)
    await floor.sign_in(BEN)
    await floor.do(ANA, commands.TransferInteraction(interaction=call.interaction, target="Ben"))
    await floor.do(BEN, commands.DeclineOffer(offer=floor.offers(BEN)[0]))
    await floor.do(ANA, commands.DeclineOffer(offer=floor.offers(ANA)[0]))
    assert offered_to(call) == BEN
    assert call.now.reserved == ""


async def test_a_sender_who_went_home_is_not_waited_for(sent: Talk) -> None:
    floor = sent.floor
    await floor.do(ANA, commands.SignOut())
    await floor.do(BEN, commands.DeclineOffer(offer=floor.offers(BEN)[0]))
    assert sent.now.reserved == ""
    assert sent.now.state == "queued"


async def test_the_way_back_survives_a_restart(sent: Talk) -> None:
    floor = sent.floor
    await floor.restart()
    for agent in (ANA, BEN):
        await floor.presence.came(agent)
    await floor.wait(20)
    assert offered_to(sent) == ANA


async def test_a_transfer_to_a_queue_does_not_come_back_to_the_sender_first(floor: Floor) -> None:
    call = await talk(floor)
    await floor.sign_in(BEN)
    await floor.do(ANA, commands.TransferInteraction(interaction=call.interaction, target="Support"))
    assert call.now.sent_by == ""


# --- who must not be called -----------------------------------------------------------------------


async def known(floor: Floor, *tags: str) -> None:
    amina = Customer(
        id=CustomerId("amina"), name="Amina", addresses=(Address(kind="phone", value="+33611"),), tags=tags
    )
    await floor.hub.run(
        lambda step: step.customer(CustomerAdded(customer=amina.id, at=step.now, value=amina))
    )


async def test_a_customer_who_asked_not_to_be_called_is_not_dialled(floor: Floor) -> None:
    await known(floor, "do_not_call")
    await floor.sign_in(ANA)
    reply = await floor.do(ANA, commands.DialNumber(number="+33 6 11", queue=SUPPORT))
    assert (reply.ok, reply.code) == (False, "do_not_call")
    assert "Amina asked not to be called" in reply.message
    assert not [c for c in floor.exchange.asked if isinstance(c, wire.DialOut)]


async def test_other_tags_do_not_keep_anybody_from_being_called(floor: Floor) -> None:
    await known(floor, "vip")
    await floor.sign_in(ANA)
    assert (await floor.do(ANA, commands.DialNumber(number="+33611", queue=SUPPORT))).ok


async def test_nobody_books_a_call_back_for_who_must_not_be_called(floor: Floor) -> None:
    await known(floor, "do_not_call")
    call = await talk(floor)
    reply = await floor.do(ANA, commands.AskCallback(interaction=call.interaction))
    assert (reply.ok, reply.code) == (False, "do_not_call")


# --- a callback of one's own ----------------------------------------------------------------------


async def booked(floor: Floor, *, after_s: float) -> str:
    """Ana has booked a call back for herself and is done with the call."""
    call = await talk(floor)
    at = floor.hub.clock.now() + after_s
    assert (await floor.do(ANA, commands.AskCallback(interaction=call.interaction, at=at, mine=True))).ok
    await floor.do(ANA, commands.EndInteraction(interaction=call.interaction))
    await floor.do(ANA, commands.WrapUp(interaction=call.interaction, code="solved"))
    (wish,) = floor.hub.tables.interactions
    return wish


async def test_a_call_back_of_ones_own_comes_to_its_agent_after_a_restart_and_to_nobody_else(
    floor: Floor,
) -> None:
    wish = await booked(floor, after_s=3600)
    await floor.restart()
    await floor.sign_in(ANA, BEN)
    assert not floor.offers(BEN)
    await floor.wait(3601)
    assert not floor.offers(BEN)
    (offer,) = floor.board.snapshot(ANA).offers
    assert offer.interaction == wish
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer.id))).ok
    dialled = floor.exchange.last(wire.DialOut)
    assert isinstance(dialled, wire.DialOut)
    assert (dialled.number, dialled.extension) == ("+33611", "101")


async def test_a_call_back_whose_time_came_while_the_router_was_down_is_due_at_once(floor: Floor) -> None:
    wish = await booked(floor, after_s=60)
    await floor.stop()
    floor.clock.at += 3600
    floor._open()
    await floor.start()
    await floor.sign_in(ANA)
    floor.hub.tick()
    await floor.settle()
    assert [o.interaction for o in floor.board.snapshot(ANA).offers] == [wish]


async def test_a_call_back_that_is_due_waits_for_its_agent_across_a_restart(floor: Floor) -> None:
    wish = await booked(floor, after_s=60)
    await floor.do(ANA, commands.SetNotReady(reason="break"))
    await floor.wait(61)
    await floor.restart()
    await floor.sign_in(BEN)
    await floor.wait(600)
    held = floor.hub.tables.interactions[wish]  # type: ignore[index]  # a plain text
    assert (held.state, held.reserved, floor.offers(BEN)) == ("queued", ANA, [])


async def test_the_queue_of_a_call_back_may_ring_the_customer_first_for_its_own_agent(floor: Floor) -> None:
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], callback="customer_first")
    await booked(floor, after_s=60)
    await floor.wait(61)
    (offer,) = floor.board.snapshot(ANA).offers
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    dialled = floor.exchange.last(wire.DialOut)
    assert isinstance(dialled, wire.DialOut)
    assert dialled.extension == ""


async def test_a_transfer_leaves_the_old_queues_own_skills_behind_and_keeps_the_callers(floor: Floor) -> None:
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], skills={SkillId("invoices"): 1})
    queues[CHAT] = replace(queues[CHAT], media=(*queues[CHAT].media, MediumId("voice")), skills={FRENCH: 1})
    floor.hub.tables.agents[ANA] = replace(
        floor.hub.tables.agents[ANA], skills={SkillId("invoices"): 2, FRENCH: 4, SkillId("vip"): 1}
    )
    call = await talk(floor)
    asked = {SkillId("invoices"): 1, SkillId("vip"): 1}
    assert call.now.skills == {SkillId("invoices"): 1}
    floor.hub.keep(replace(call.now, skills=asked))
    assert (await floor.do(ANA, commands.TransferInteraction(interaction=call.interaction, target=CHAT))).ok
    assert call.now.skills == {FRENCH: 1, SkillId("vip"): 1}
