"""The router's rules over the whole of its rooms, with a real record and a manual clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.types import ConversationId, InteractionId
from agent_desktop.wire import commands, events
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, FRENCH, MAIL, SUE, SUPPORT, Floor, Mirror


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    floor = await Floor(tmp_path / "record.db").start()
    yield floor
    await floor.stop()


async def accepted_call(floor: Floor, agent: str = ANA) -> str:
    await floor.sign_in(agent)
    await floor.call()
    (offer,) = floor.board.snapshot(agent).offers
    assert (await floor.do(agent, commands.AcceptOffer(offer=offer.id))).ok
    return offer.interaction


def state(floor: Floor, key: str) -> str:
    live = floor.hub.tables.interactions.get(InteractionId(key))
    kept = floor.store.interaction(InteractionId(key))
    assert kept is not None
    assert live is None or live == kept, "what is in memory is what was committed"
    return kept.state


async def test_a_call_is_recorded_before_it_is_answered_and_then_queued_with_music(floor: Floor) -> None:
    await floor.call()
    kinds = [type(c).__name__ for c in floor.exchange.asked]
    assert kinds == ["AnswerCall", "Play"]
    play = floor.exchange.last(wire.Play)
    assert play.then_music
    assert floor.hub.index.waiting(SUPPORT) == 1


async def test_a_menu_choice_is_kept_for_the_agent_and_zero_reaches_a_person(floor: Floor) -> None:
    await floor.call(number="100")
    play = floor.exchange.last(wire.Play)
    assert play.collect == 1
    floor.exchange.on_event(wire.DigitsCollected(call="c1", play=play.play, digits="2"))
    await floor.settle()
    (interaction,) = floor.hub.tables.interactions.values()
    assert interaction.path == ("2 French",)
    assert interaction.skills == {FRENCH: 3}
    await floor.sign_in(BEN)
    assert floor.offers(BEN) == [], "Ben speaks no French"
    await floor.sign_in(ANA)
    assert len(floor.offers(ANA)) == 1


async def test_an_offer_names_its_reasons_and_an_accept_rings_the_phone(floor: Floor) -> None:
    key = await accepted_call(floor)
    assert state(floor, key) == "active"
    connect = floor.exchange.last(wire.ConnectAgent)
    assert (connect.extension, connect.interaction) == ("101", key)
    interaction = floor.board.snapshot(ANA).interactions[0]
    assert interaction.reasons[-1] == "Waited 0:00 in Support"
    assert "You were the only free agent" in interaction.reasons


async def test_no_answer_makes_the_agent_not_responding_and_keeps_the_age(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call()
    queued_at = floor.board.snapshot(ANA).offers[0].queued_at
    await floor.wait(20)
    me = floor.board.snapshot(ANA).me
    assert (me.state, me.reason) == ("not_ready", "not_responding")
    await floor.sign_in(BEN)
    (offer,) = floor.board.snapshot(BEN).offers
    assert offer.queued_at == queued_at
    assert "Offered before to 1" in offer.reasons


async def test_an_accept_after_the_deadline_is_refused(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call()
    (offer,) = floor.offers(ANA)
    floor.clock.at += 20
    reply = await floor.do(ANA, commands.AcceptOffer(offer=offer))
    assert (reply.ok, reply.code) == (False, "offer_expired")


async def test_a_command_sent_five_times_acts_once_and_gets_the_same_reply(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    (offer,) = floor.board.snapshot(ANA).offers
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    conversation = floor.board.snapshot(ANA).conversations[0].id
    send = commands.SendMessage(message="m-mine", conversation=conversation, text="It left today.")
    replies = await asyncio.gather(*(floor.desk.handle(ANA, "same", send) for _ in range(5)))
    replies.append(await floor.desk.handle(ANA, "same", send))
    assert {r.ok for r in replies} == {True}
    for _ in range(50):
        await floor.settle()
    assert len(floor.channels["help"].sent) == 1
    sent = [m for m in floor.store.messages(ConversationId(conversation)) if m.direction == "out"]
    assert [(m.id, m.delivery) for m in sent] == [("m-mine", "sent")]


async def test_a_caller_who_hangs_up_while_waiting_has_abandoned(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call()
    key = floor.board.snapshot(ANA).offers[0].interaction
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended", ended_by="customer")))
    await floor.settle()
    assert state(floor, key) == "abandoned"
    assert floor.offers(ANA) == []
    assert floor.board.snapshot(ANA).queues[-1].waiting == 0


async def test_hanging_up_starts_wrap_up_and_its_timeout_writes_a_code_once(floor: Floor) -> None:
    key = await accepted_call(floor)
    assert (await floor.do(ANA, commands.EndInteraction(interaction=key))).ok
    assert isinstance(floor.exchange.asked[-1], wire.HangUpCall)
    assert state(floor, key) == "wrap_up"
    await floor.wait(60)
    kept = floor.store.interaction(InteractionId(key))
    assert kept is not None
    assert (kept.state, kept.disposition) == ("closed", "timeout")


async def test_a_required_field_of_the_form_is_asked_for(floor: Floor) -> None:
    key = await accepted_call(floor)
    await floor.do(ANA, commands.EndInteraction(interaction=key))
    reply = await floor.do(ANA, commands.WrapUp(interaction=key, code="replaced"))
    assert (reply.ok, reply.message) == (False, "Still to fill in: Order.")
    values = (("order", "48117"),)
    assert (await floor.do(ANA, commands.WrapUp(interaction=key, code="replaced", values=values))).ok
    assert state(floor, key) == "closed"


async def test_a_break_chosen_in_a_call_is_next_and_is_taken_after_the_form(floor: Floor) -> None:
    key = await accepted_call(floor)
    assert (await floor.do(ANA, commands.SetNotReady(reason="lunch"))).ok
    me = floor.board.snapshot(ANA).me
    assert (me.state, me.next_state, me.next_reason) == ("ready", "not_ready", "lunch")
    await floor.do(ANA, commands.EndInteraction(interaction=key))
    await floor.do(ANA, commands.WrapUp(interaction=key, code="solved"))
    me = floor.board.snapshot(ANA).me
    assert (me.state, me.reason, me.next_state) == ("not_ready", "lunch", "")


async def test_an_unknown_reason_names_those_that_exist(floor: Floor) -> None:
    await floor.sign_in(ANA)
    reply = await floor.do(ANA, commands.SetNotReady(reason="nap"))
    assert reply.message == "Choose a reason: break, lunch."


async def test_a_mail_becomes_an_offer_and_its_reply_keeps_the_thread(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.mail("<1@out>")
    (offer,) = floor.board.snapshot(ANA).offers
    assert offer.subject == "Where is my lamp?"
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    conversation = floor.board.snapshot(ANA).conversations[0]
    await floor.do(
        ANA, commands.SendMessage(message="m-a", conversation=conversation.id, text="It is on its way.")
    )
    await floor.settle()
    (sent,) = floor.channels["help"].sent
    assert sent.references == ("<1@out>",)
    assert sent.to_address == "amina@example.com"
    await floor.mail("<2@out>", references=("<m-a@centre.example>",))
    conversations = floor.board.snapshot(ANA).conversations
    assert [c.messages for c in conversations] == [3]


async def test_a_mail_that_comes_twice_is_taken_once(floor: Floor) -> None:
    await floor.mail("<1@out>")
    await floor.mail("<1@out>")
    assert floor.hub.index.waiting(MAIL) == 1


async def test_a_reply_is_held_back_when_the_customer_wrote_meanwhile(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hi", "1")
    (offer,) = floor.offers(ANA)
    await floor.do(ANA, commands.AcceptOffer(offer=offer))
    snapshot = floor.board.snapshot(ANA)
    conversation, seen = snapshot.conversations[0].id, snapshot.messages[-1].id
    await floor.chat("Wait, another thing", "2")
    reply = await floor.do(
        ANA,
        commands.SendMessage(message="m", conversation=conversation, text="Hello", after_message=seen),
    )
    assert (reply.ok, reply.code) == (False, "newer_message")


async def test_nobody_writes_in_another_agents_conversation(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hi", "1")
    (offer,) = floor.offers(ANA)
    await floor.do(ANA, commands.AcceptOffer(offer=offer))
    conversation = floor.board.snapshot(ANA).conversations[0].id
    await floor.sign_in(BEN)
    reply = await floor.do(BEN, commands.SendMessage(message="m", conversation=conversation, text="Hello"))
    assert (reply.ok, reply.code) == (False, "not_yours")


async def test_a_parked_chat_comes_back_when_the_customer_writes(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hi", "1")
    (offer,) = floor.board.snapshot(ANA).offers
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    assert (await floor.do(ANA, commands.ParkInteraction(interaction=offer.interaction))).ok
    assert state(floor, offer.interaction) == "parked"
    await floor.chat("Still there?", "2")
    (again,) = floor.board.snapshot(ANA).offers
    assert again.interaction == offer.interaction


async def test_a_declined_offer_goes_to_another_and_not_straight_back(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call()
    (offer,) = floor.offers(ANA)
    assert (await floor.do(ANA, commands.DeclineOffer(offer=offer, reason="busy"))).ok
    assert floor.offers(ANA) == []
    await floor.sign_in(BEN)
    assert len(floor.offers(BEN)) == 1


async def test_a_call_goes_before_a_mail_but_a_chat_never_interrupts_a_call(floor: Floor) -> None:
    await accepted_call(floor)
    await floor.chat("Hi", "1")
    await floor.mail()
    assert floor.offers(ANA) == []


async def test_a_call_may_interrupt_a_mail(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    (offer,) = floor.offers(ANA)
    await floor.do(ANA, commands.AcceptOffer(offer=offer))
    await floor.call()
    assert [o.medium for o in floor.board.snapshot(ANA).offers] == ["voice"]


async def test_a_phone_that_does_not_answer_gives_the_call_back(floor: Floor) -> None:
    key = await accepted_call(floor)
    floor.exchange.on_event(
        wire.AgentLegFailed(call="c1", extension="101", interaction=key, status=480, detail="no answer")
    )
    await floor.settle()
    assert state(floor, key) == "queued"
    assert floor.board.snapshot(ANA).me.reason == "not_responding"


async def test_a_lost_connection_frees_the_offer_within_the_lease_and_leaves_the_call(floor: Floor) -> None:
    key = await accepted_call(floor)
    await floor.sign_in(BEN)
    await floor.call("c2")
    assert len(floor.offers(BEN)) == 1
    floor.presence.lost(BEN)
    floor.presence.lost(ANA)
    await floor.wait(15)
    assert floor.board.snapshot(BEN).me.reason == "lost_connection"
    assert floor.offers(BEN) == []
    assert state(floor, key) == "active"


async def test_a_restarted_router_has_every_interaction_as_it_was(floor: Floor) -> None:
    key = await accepted_call(floor)
    await floor.mail()
    await floor.call("c2")
    before = {k: (i.state, i.agent, i.queued_at) for k, i in floor.hub.tables.interactions.items()}
    await floor.restart()
    after = {k: (i.state, i.agent, i.queued_at) for k, i in floor.hub.tables.interactions.items()}
    assert after == before
    floor.exchange.on_event(
        wire.SwitchSnapshot(
            calls=(
                wire.SwitchCall(id="c1", state="bridged", extension="101"),
                wire.SwitchCall(id="c2", state="answered"),
            ),
            configured=True,
        )
    )
    await floor.settle()
    assert state(floor, key) == "active"


async def test_a_call_that_the_exchange_lost_while_the_router_was_away_is_ended(floor: Floor) -> None:
    key = await accepted_call(floor)
    await floor.restart()
    floor.exchange.on_event(wire.SwitchSnapshot(configured=True))
    await floor.settle()
    kept = floor.store.interaction(InteractionId(key))
    assert kept is not None
    assert (kept.state, kept.ended_by) == ("wrap_up", "network")


async def test_a_supervisor_sees_all_agents_and_an_agent_itself(floor: Floor) -> None:
    await floor.sign_in(ANA, SUE, ready=False)
    assert {a.id for a in floor.board.snapshot(SUE).agents} == {ANA, BEN, SUE}
    assert {a.id for a in floor.board.snapshot(ANA).agents} == {ANA}


async def test_why_is_nobody_taking_this_is_answered(floor: Floor) -> None:
    await floor.sign_in(ANA, ready=False)
    await floor.mail()
    (key,) = floor.hub.tables.interactions
    reply = await floor.do(ANA, commands.ExplainInteraction(interaction=key))
    assert reply.result is not None
    assert reply.result.lines == ("Waits in Mail", "1 not ready: Just signed in", "Ana: not ready")


async def test_an_unknown_command_is_answered_and_harmless(floor: Floor) -> None:
    reply = await floor.desk.handle(ANA, "r", events.Unknown("FlyToTheMoon"))
    assert (reply.ok, reply.code) == (False, "unknown_command")


async def test_the_stream_brings_a_view_to_what_a_fresh_snapshot_shows(floor: Floor) -> None:
    await floor.sign_in(ANA)
    mirror = Mirror(floor, ANA)
    mirror.connect()
    await floor.call()
    (offer,) = floor.offers(ANA)
    assert mirror.differences() == []
    await floor.do(ANA, commands.AcceptOffer(offer=offer))
    await floor.mail()
    assert mirror.differences() == []
    await floor.do(ANA, commands.Watch(scope="all"))
    assert mirror.differences() == []
    key = next(i for i in mirror.replica.interactions.values() if i.medium == "voice").id
    await floor.do(ANA, commands.EndInteraction(interaction=key))
    await floor.do(ANA, commands.WrapUp(interaction=key, code="solved"))
    assert mirror.differences() == []


async def test_a_visitor_is_told_who_serves_and_when_the_words_were_read(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hi", "1")
    (offer,) = floor.board.snapshot(ANA).offers
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    await floor.do(ANA, commands.MarkRead(interaction=offer.interaction))
    assert floor.channels["demo"].told == [("v1", "Ana joined"), ("v1", "read")]


async def test_who_knows_the_customer_is_waited_for_and_then_anybody_is_asked(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hi", "1")
    (offer,) = floor.board.snapshot(ANA).offers
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    conversation = floor.board.snapshot(ANA).conversations[0].id
    await floor.do(ANA, commands.SendMessage(message="m", conversation=conversation, text="Hello"))
    await floor.do(ANA, commands.WrapUp(interaction=offer.interaction, code="solved"))
    await floor.call()
    (ring,) = floor.board.snapshot(ANA).offers
    await floor.do(ANA, commands.AcceptOffer(offer=ring.id))
    await floor.sign_in(BEN)
    await floor.chat("One more thing", "2")
    assert floor.offers(BEN) == [], "Ana knows the visitor and is waited for"
    await floor.wait(10)
    assert len(floor.offers(BEN)) == 1


async def test_a_transfer_to_a_person_is_offered_to_that_person_whatever_the_queues(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    (offer,) = floor.board.snapshot(ANA).offers
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    await floor.sign_in(BEN)
    assert (await floor.do(ANA, commands.TransferInteraction(interaction=offer.interaction, target="Ben"))).ok
    (moved,) = floor.board.snapshot(BEN).offers
    assert moved.interaction == offer.interaction
    assert moved.reasons[0] == "Transferred to you"
    assert floor.offers(ANA) == []
    await floor.do(BEN, commands.DeclineOffer(offer=moved.id))
    assert [o.interaction for o in floor.board.snapshot(ANA).offers] == [offer.interaction]


async def test_a_call_whose_form_is_done_at_once_has_ended_in_the_record(floor: Floor) -> None:
    key = await accepted_call(floor)
    await floor.do(ANA, commands.EndInteraction(interaction=key))
    await floor.do(ANA, commands.WrapUp(interaction=key, code="solved"))
    kept = floor.store.interaction(InteractionId(key))
    assert kept is not None
    assert kept.call is not None
    assert (kept.call.state, kept.call.ended_by) == ("ended", "agent")
