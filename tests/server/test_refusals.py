from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.interaction import Interaction
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, SUPPORT, Floor, Mirror
from tests.server.talking import talk


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


def only(floor: Floor) -> Interaction:
    (found,) = floor.hub.tables.interactions.values()
    return found


async def refuse(floor: Floor, command: str, call: str, message: str) -> None:
    reply = wire.SwitchReply(request="r", ok=False, code="x", message=message, command=command, call=call)
    floor.exchange.on_event(reply)
    await floor.settle()


async def test_a_number_that_may_not_be_dialled_ends_the_call_and_says_why(floor: Floor) -> None:
    await floor.sign_in(ANA)
    assert (await floor.do(ANA, commands.DialNumber(number="+4990012345"))).ok
    order = floor.exchange.last(wire.DialOut)
    assert isinstance(order, wire.DialOut)
    await refuse(floor, "DialOut", order.call, "Numbers that begin with +49900 may not be called.")
    found = only(floor)
    assert (found.state, found.ended_by) == ("wrap_up", "system")
    assert found.call is not None
    assert "+49900" in found.call.notice
    assert not [c for c in floor.exchange.asked if isinstance(c, wire.HangUpCall)]


async def test_a_callback_that_may_not_be_dialled_is_tried_later_and_says_why(floor: Floor) -> None:
    call = await talk(floor)
    ask = commands.AskCallback(interaction=call.interaction, number="+4990012345", mine=True)
    assert (await floor.do(ANA, ask)).ok
    await floor.do(ANA, commands.EndInteraction(interaction=call.interaction))
    await floor.do(ANA, commands.WrapUp(interaction=call.interaction, code="solved"))
    offer = only(floor).offer
    assert offer is not None
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer.id))).ok
    mirror = Mirror(floor, ANA)
    mirror.connect()
    order = floor.exchange.last(wire.DialOut)
    assert isinstance(order, wire.DialOut)
    await refuse(floor, "DialOut", order.call, "Numbers that begin with +49900 may not be called.")
    assert only(floor).state == "parked"
    mirror.catch_up()
    shown = mirror.replica.interactions[only(floor).id]
    assert shown.call is not None
    assert (shown.state, shown.agent) == ("parked", ANA)
    assert "+49900" in shown.call.notice


async def test_the_last_try_of_a_callback_that_may_not_be_dialled_says_why_too(floor: Floor) -> None:
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], callback_tries=1)
    call = await talk(floor)
    ask = commands.AskCallback(interaction=call.interaction, number="+4990012345", mine=True)
    assert (await floor.do(ANA, ask)).ok
    await floor.do(ANA, commands.EndInteraction(interaction=call.interaction))
    await floor.do(ANA, commands.WrapUp(interaction=call.interaction, code="solved"))
    offer = only(floor).offer
    assert offer is not None
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer.id))).ok
    order = floor.exchange.last(wire.DialOut)
    assert isinstance(order, wire.DialOut)
    await refuse(floor, "DialOut", order.call, "That number may not be called.")
    told = only(floor)
    assert told.call is not None
    assert told.state == "wrap_up"
    assert told.call.notice.startswith("That number may not be called. ")
    assert told.call.notice.endswith("was not reached after 1 try.")


async def test_an_agent_whose_phone_cannot_be_rung_gives_the_call_back(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call("c1")
    offer = only(floor).offer
    assert offer is not None
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    await refuse(floor, "ConnectAgent", "c1", "The agent's phone is not registered.")
    assert only(floor).state == "queued"
    assert floor.hub.tables.agents[ANA].reason == "not_responding"


async def test_a_consult_that_is_refused_is_said_and_the_call_goes_on(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.Consult(interaction=call.interaction, target="+4990012345"))
    await refuse(floor, "AddLeg", "c1", "That number may not be called.")
    assert call.now.state == "active"
    assert call.now.call is not None
    assert call.now.call.notice == "That number may not be called."


async def test_a_hold_that_was_refused_is_none(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.HoldInteraction(interaction=call.interaction))
    await refuse(floor, "HoldCall", "c1", "No agent is connected to the call.")
    assert call.now.state == "active"
