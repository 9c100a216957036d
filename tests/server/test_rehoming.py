"""What the configuration no longer has: its work goes on, and nobody who waits is forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, InteractionId, MediumId, QueueId
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, CHAT, MAIL, SUPPORT, Floor
from tests.server.talking import Talk, talk


class Changing(Floor):
    """A floor whose configuration changes with the next start."""

    centre: Centre | None = None

    def configuration(self) -> Centre:
        return self.centre or super().configuration()

    async def change(self, *, agent: AgentId | None = None, queue: QueueId | None = None) -> None:
        """Start without an agent, or without a queue."""
        now = self.configuration()
        self.centre = replace(
            now,
            agents={k: a for k, a in now.agents.items() if k != agent},
            queues={k: q for k, q in now.queues.items() if k != queue},
        )
        await self.restart()
        await self.wait(0)


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Changing]:
    made = Changing(tmp_path / "record.db")
    await made.start()
    yield made
    await made.stop()


def only(floor: Floor) -> Interaction:
    (found,) = floor.hub.tables.interactions.values()
    return found


async def accept(floor: Floor, agent: AgentId = ANA) -> None:
    (offer,) = floor.offers(agent)
    assert (await floor.do(agent, commands.AcceptOffer(offer=offer))).ok


# --- a queue that is gone ---------------------------------------------------------------------------


async def test_what_waits_in_a_queue_that_is_gone_waits_on_with_its_age_where_its_medium_is_taken(
    floor: Changing,
) -> None:
    await floor.mail()
    queued_at = only(floor).queued_at
    chats = floor.configuration().queues[CHAT]
    both = replace(chats, media=(MediumId("chat"), MediumId("email")))
    floor.centre = replace(floor.configuration(), queues={**floor.configuration().queues, CHAT: both})
    await floor.change(queue=MAIL)
    assert (only(floor).state, only(floor).queue, only(floor).queued_at) == ("queued", CHAT, queued_at)
    assert only(floor).path[-1] == "the queue mail is gone, now in Web chat"
    await floor.sign_in(BEN)
    assert len(floor.offers(BEN)) == 1


async def test_an_offer_of_a_queue_that_is_gone_goes_on_in_another(floor: Changing) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hello", "1")
    assert len(floor.offers(ANA)) == 1
    await floor.change(queue=CHAT)
    assert only(floor).queue == SUPPORT


async def test_what_is_in_hand_goes_back_to_a_queue_that_there_is(floor: Changing) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hello", "1")
    await accept(floor)
    await floor.change(queue=CHAT)
    await floor.sign_in(ANA, BEN)
    assert (only(floor).state, only(floor).agent) == ("active", ANA)
    sent = commands.TransferInteraction(interaction=only(floor).id, target="ben")
    assert (await floor.do(ANA, sent)).ok
    assert (only(floor).queue, len(floor.offers(BEN))) == (SUPPORT, 1)


async def test_a_customer_of_a_queue_that_is_gone_writes_again_and_is_heard(floor: Changing) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hello", "1")
    await accept(floor)
    assert (await floor.do(ANA, commands.ParkInteraction(interaction=only(floor).id))).ok
    await floor.change(queue=CHAT)
    await floor.chat("Anybody there?", "2")
    assert only(floor).queue == SUPPORT


# --- an agent who is gone ---------------------------------------------------------------------------


async def test_an_offer_to_an_agent_who_is_gone_goes_to_another_at_once(floor: Changing) -> None:
    await floor.sign_in(ANA)
    await floor.chat("Hello", "1")
    await floor.sign_in(BEN)
    assert only(floor).offer is not None
    await floor.change(agent=ANA)
    offer = only(floor).offer
    assert offer is not None
    assert offer.agent == BEN


async def test_a_call_in_which_a_gone_agent_talks_goes_on_and_is_closed_at_its_end(floor: Changing) -> None:
    call = await talk(floor)
    await floor.change(agent=ANA)
    assert (call_of(floor, call).state, call_of(floor, call).agent) == ("active", ANA)
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended", ended_by="customer")))
    await floor.settle()
    assert floor.hub.tables.interactions == {}
    over = floor.store.interaction(InteractionId(call.interaction))
    assert over is not None
    assert (over.state, over.disposition) == ("closed", "left")


async def test_a_held_call_of_a_gone_agent_goes_back_to_the_queue(floor: Changing) -> None:
    call = await talk(floor)
    assert (await floor.do(ANA, commands.HoldInteraction(interaction=call.interaction))).ok
    await floor.change(agent=ANA)
    assert (call_of(floor, call).state, call_of(floor, call).queue) == ("queued", SUPPORT)
    assert floor.exchange.last(wire.Unbridge) == wire.Unbridge(call="c1")
    await floor.sign_in(BEN)
    assert len(floor.offers(BEN)) == 1


async def test_the_form_of_a_gone_agent_is_closed_as_left(floor: Changing) -> None:
    call = await talk(floor)
    assert (await floor.do(ANA, commands.EndInteraction(interaction=call.interaction))).ok
    await floor.change(agent=ANA)
    over = floor.store.interaction(InteractionId(call.interaction))
    assert over is not None
    assert (over.state, over.disposition) == ("closed", "left")


async def test_one_who_comes_back_into_the_configuration_is_idle_again(floor: Changing) -> None:
    before = floor.configuration()
    await floor.sign_in(ANA)
    await floor.chat("Hello", "1")
    await accept(floor)
    await floor.change(agent=ANA)
    floor.centre = before
    await floor.restart()
    await floor.wait(0)
    assert not floor.hub.tables.agents[ANA].filled_at


async def test_who_is_put_into_a_queue_is_offered_what_waits_there_at_once(floor: Changing) -> None:
    await floor.mail()
    await floor.sign_in(BEN)
    assert floor.offers(BEN) == []
    now = floor.configuration()
    ben = replace(now.agents[BEN], queues=(*now.agents[BEN].queues, MAIL))
    floor.centre = replace(now, agents={**now.agents, BEN: ben})
    await floor.restart()
    await floor.wait(0)
    assert len(floor.offers(BEN)) == 1


def call_of(floor: Floor, call: Talk) -> Interaction:
    return floor.hub.tables.interactions[InteractionId(call.interaction)]


# --- calls at the exchange ----------------------------------------------------------------------------


async def test_a_caller_in_a_flow_that_is_gone_is_put_through_to_a_person(floor: Changing) -> None:
    await floor.call("c1", number="100")
    assert only(floor).state == "arrived"
    floor.centre = replace(floor.configuration(), numbers=(), flows={})
    await floor.restart()
    up = wire.SwitchCall(id="c1", state="answered", from_number="+33611", to_number="100")
    floor.exchange.on_event(wire.SwitchSnapshot(calls=(up,)))
    await floor.settle()
    assert (only(floor).state, only(floor).queue) == ("queued", SUPPORT)


async def test_who_was_sent_on_and_talks_with_others_is_left_alone_by_a_restart(floor: Changing) -> None:
    talking = wire.SwitchCall(id="c9", state="bridged", from_number="+33611", to_number="200")
    floor.exchange.asked.clear()
    floor.exchange.on_event(wire.SwitchSnapshot(calls=(talking,)))
    await floor.settle()
    assert floor.hub.tables.interactions == {}
    assert not [c for c in floor.exchange.asked if isinstance(c, wire.AnswerCall | wire.Play)]
    assert floor.voice.up.ours() == []


async def test_the_calls_that_are_up_are_those_that_somebody_here_must_have(floor: Changing) -> None:
    await talk(floor)
    assert floor.voice.up.ours() == ["c1"]
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended")))
    assert floor.voice.up.ours() == []
