from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.customer import DO_NOT_CALL, Address, Customer, CustomerAdded
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import CustomerId, QueueId
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, SUPPORT, Floor
from tests.server.talking import talk
from tests.server.wrapped import code, finish, kept, over


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


def only(floor: Floor) -> Interaction:
    (found,) = floor.hub.tables.interactions.values()
    return found


async def wished(floor: Floor) -> Interaction:
    """A caller who waited ten seconds, asked to be called back and hung up."""
    await floor.call("c1")
    await floor.wait(10)
    floor.telephone.callbacks.asked("c1", "+33611", SUPPORT, {})
    await floor.settle()
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended", ended_by="customer")))
    await floor.settle()
    return only(floor)


async def accept(floor: Floor, agent=ANA) -> None:
    offer = only(floor).offer
    assert offer is not None
    assert (await floor.do(agent, commands.AcceptOffer(offer=offer.id))).ok


async def dialled(floor: Floor) -> wire.DialOut:
    order = floor.exchange.last(wire.DialOut)
    assert isinstance(order, wire.DialOut)
    return order


async def tell(floor: Floor, call: str, state: str) -> None:
    event = wire.SwitchCall(id=call, state=state, direction="out", extension="101")
    floor.exchange.on_event(wire.CallChanged(call=event))
    await floor.settle()


async def test_a_caller_who_wants_a_callback_keeps_the_place_and_has_not_abandoned(floor: Floor) -> None:
    waiting = await wished(floor)
    assert (waiting.state, waiting.callback_number) == ("queued", "+33611")
    assert floor.hub.clock.now() - waiting.queued_at == 10
    assert "asked to be called: +33611" in waiting.path


async def test_at_the_turn_the_agent_is_rung_and_then_the_customer(floor: Floor) -> None:
    await wished(floor)
    await floor.sign_in(ANA)
    await accept(floor)
    order = await dialled(floor)
    assert (order.extension, order.number, order.interaction) == ("101", "+33611", only(floor).id)
    await tell(floor, order.call, "bridged")
    talking = only(floor)
    assert (talking.state, talking.callback_number, talking.callback_tries) == ("active", "", 1)


async def test_a_customer_who_answers_while_the_agent_holds_has_been_reached(floor: Floor) -> None:
    """Else the call would count as not reached at its end, and the customer be rung once more."""
    await wished(floor)
    await floor.sign_in(ANA)
    await accept(floor)
    order = await dialled(floor)
    assert (await floor.do(ANA, commands.HoldInteraction(interaction=only(floor).id))).ok
    await tell(floor, order.call, "held")
    assert (only(floor).state, only(floor).callback_number) == ("held", "")
    assert (await floor.do(ANA, commands.ParkInteraction(interaction=only(floor).id))).ok
    assert only(floor).state == "parked"


async def test_the_customer_may_be_rung_first(floor: Floor) -> None:
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], callback="customer_first")
    await wished(floor)
    await floor.sign_in(ANA)
    await accept(floor)
    order = await dialled(floor)
    assert order.extension == ""
    await tell(floor, order.call, "answered")
    connect = floor.exchange.last(wire.ConnectAgent)
    assert isinstance(connect, wire.ConnectAgent)
    assert (connect.call, connect.extension) == (order.call, "101")


async def test_a_customer_who_is_not_there_is_tried_again_later_and_then_left_to_the_agent(
    floor: Floor,
) -> None:
    await wished(floor)
    await floor.sign_in(ANA)
    for tries in (1, 2):
        await accept(floor)
        order = await dialled(floor)
        ended = wire.SwitchCall(id=order.call, state="ended", ended_by="customer")
        floor.exchange.on_event(wire.CallEnded(call=ended))
        await floor.settle()
        assert (only(floor).state, only(floor).callback_tries) == ("parked", tries)
        assert not floor.hub.tables.in_hand.get(ANA)
        await floor.wait(601)
        assert only(floor).state == "offered"
    await accept(floor)
    order = await dialled(floor)
    ended = wire.SwitchCall(id=order.call, state="ended", ended_by="customer")
    floor.exchange.on_event(wire.CallEnded(call=ended))
    await floor.settle()
    assert (only(floor).state, only(floor).agent) == ("wrap_up", ANA)
    assert only(floor).call is not None
    assert "not reached after 3 tries" in only(floor).call.notice


async def test_a_retry_is_not_lost_by_a_restart(floor: Floor) -> None:
    await wished(floor)
    await floor.sign_in(ANA)
    await accept(floor)
    order = await dialled(floor)
    ended = wire.SwitchCall(id=order.call, state="ended", ended_by="customer")
    floor.exchange.on_event(wire.CallEnded(call=ended))
    await floor.settle()
    await floor.restart()
    assert only(floor).state == "parked"
    await floor.wait(601)
    assert only(floor).state in {"queued", "offered"}


async def test_an_agent_asks_for_a_callback_of_its_own_at_a_time(floor: Floor) -> None:
    call = await talk(floor)
    await floor.sign_in(BEN)
    at = floor.hub.clock.now() + 3600
    command = commands.AskCallback(interaction=call.interaction, at=at, mine=True)
    assert (await floor.do(ANA, command)).ok
    later = next(i for i in floor.hub.tables.interactions.values() if i.callback_number)
    assert (later.state, later.callback_number, later.callback_at) == ("parked", "+33611", at)
    await floor.wait(3601)
    due = floor.hub.tables.interactions[later.id]
    assert (due.state, due.reserved) == ("queued", ANA)


@pytest.mark.parametrize(("at", "number"), [(40 * 86_400.0, ""), (0.0, "nobody")])
async def test_a_callback_that_means_nothing_is_refused(floor: Floor, at: float, number: str) -> None:
    call = await talk(floor)
    command = commands.AskCallback(
        interaction=call.interaction, at=floor.hub.clock.now() + at if at else 0.0, number=number
    )
    assert not (await floor.do(ANA, command)).ok


async def test_an_offered_callback_is_withdrawn_when_the_customer_wants_no_more_calls(floor: Floor) -> None:
    code(floor, "unwanted", do_not_call=True)
    call = await talk(floor)
    await floor.sign_in(BEN)
    assert (await floor.do(ANA, commands.AskCallback(interaction=call.interaction))).ok
    later = next(i for i in floor.hub.tables.interactions.values() if i.callback_number)
    (offer,) = floor.offers(BEN)
    await over(floor)
    assert (await finish(floor, call.interaction, "unwanted")).ok
    assert (floor.offers(BEN), floor.hub.tables.interactions) == ([], {})
    assert kept(floor, later.id).disposition == DO_NOT_CALL
    assert (await floor.do(BEN, commands.AcceptOffer(offer=offer))).code == "offer_over"


@pytest.mark.parametrize("tries", [0, 1])
async def test_nobody_is_dialled_who_asked_for_no_calls_while_the_callback_waited(
    floor: Floor, tries: int
) -> None:
    waiting = await wished(floor)
    await floor.sign_in(ANA)
    for _ in range(tries):
        await accept(floor)
        await over(floor, (await dialled(floor)).call)
        await floor.wait(601)
    card = Customer(
        id=CustomerId("k1"),
        name="Amina",
        addresses=(Address(kind="phone", value="+33611"),),
        tags=(DO_NOT_CALL,),
    )
    added = CustomerAdded(customer=card.id, at=floor.hub.clock.now(), value=card)
    await floor.hub.run(lambda step: step.customer(added))
    asked = len(floor.exchange.asked)
    await accept(floor)
    closed = kept(floor, waiting.id)
    assert (closed.state, closed.disposition) == ("closed", DO_NOT_CALL)
    assert "asked not to be called" in closed.disposition_note
    assert not [order for order in floor.exchange.asked[asked:] if isinstance(order, wire.DialOut)]
    assert not floor.hub.tables.in_hand.get(ANA)


async def own(floor: Floor) -> Interaction:
    """Ana's own callback of a talk that is over, an hour ahead."""
    call = await talk(floor)
    at = floor.hub.clock.now() + 3600
    command = commands.AskCallback(interaction=call.interaction, at=at, mine=True)
    assert (await floor.do(ANA, command)).ok
    await over(floor)
    assert (await finish(floor, call.interaction)).ok
    return only(floor)


async def test_an_agents_own_callback_is_anybodys_when_the_agent_has_signed_out(floor: Floor) -> None:
    await own(floor)
    await floor.sign_in(BEN)
    assert (await floor.do(ANA, commands.SignOut())).ok
    await floor.wait(3601)
    assert only(floor).offer is not None
    assert only(floor).offer.agent == BEN


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_agents_own_callback_waits_half_an_hour_for_its_agent_and_no_longer(
    floor: Floor, *, restarted: bool
) -> None:
    await own(floor)
    assert (await floor.do(ANA, commands.SetNotReady(reason="lunch"))).ok
    await floor.wait(3601)
    await floor.sign_in(BEN)
    await floor.wait(1000)
    if restarted:
        await floor.restart()
        await floor.sign_in(BEN)
    assert (only(floor).state, only(floor).reserved) == ("queued", ANA)
    await floor.wait(801)
    assert only(floor).offer is not None
    assert only(floor).offer.agent == BEN


async def test_a_callback_that_is_kept_for_an_agent_who_works_here_no_more_is_anybodys_after_a_start(
    floor: Floor,
) -> None:
    await own(floor)
    assert (await floor.do(ANA, commands.SetNotReady(reason="lunch"))).ok
    await floor.wait(3601)
    del floor.hub.tables.agents[ANA]  # as after a start with another configuration
    floor.work.resume_deadlines()
    await floor.wait(0)
    assert (only(floor).state, only(floor).reserved) == ("queued", "")


async def test_a_callback_of_a_queue_that_is_no_longer_there_waits_in_one_that_takes_calls(
    floor: Floor,
) -> None:
    later = await own(floor)
    queues = floor.hub.centre.queues
    gone = queues.pop(SUPPORT)
    queues[QueueId("sales")] = replace(gone, id=QueueId("sales"))
    await floor.wait(3601)
    due = floor.hub.tables.interactions[later.id]
    assert (due.state, due.queue) == ("offered", "sales")
