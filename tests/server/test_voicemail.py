from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.medium import VOICEMAIL
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, SUPPORT, Floor


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


async def speaking(floor: Floor) -> wire.TakeMessage:
    """A caller in the menu who is asked to speak after the beep."""
    await floor.call("c1", number="100")
    floor.telephone.voicemail.take("c1", SUPPORT)
    await floor.settle()
    order = floor.exchange.last(wire.TakeMessage)
    assert isinstance(order, wire.TakeMessage)
    return order


async def taken(floor: Floor, order: wire.TakeMessage, length_s: float) -> None:
    event = wire.MessageTaken(call="c1", recording=order.recording, path=order.path, length_s=length_s)
    floor.exchange.on_event(event)
    await floor.settle()


async def test_a_message_becomes_an_interaction_with_its_recording_and_the_call_closes(floor: Floor) -> None:
    order = await speaking(floor)
    await taken(floor, order, 12.0)
    (message,) = floor.hub.tables.interactions.values()
    assert (message.medium, message.state, message.queue) == (VOICEMAIL, "queued", SUPPORT)
    assert (message.from_address, message.last_line) == ("+33611", "Voice message, 0:12")
    assert [(r.kind, r.length_s, r.path) for r in message.recordings] == [("voicemail", 12.0, order.path)]
    assert floor.exchange.last(wire.HangUpCall) == wire.HangUpCall(call="c1", by="system")


async def test_a_caller_who_hangs_up_while_speaking_loses_nothing(floor: Floor) -> None:
    order = await speaking(floor)
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended", ended_by="customer")))
    await floor.settle()
    await floor.restart()
    await taken(floor, order, 3.0)
    assert [i.medium for i in floor.hub.tables.interactions.values()] == [VOICEMAIL]


async def test_a_caller_who_says_nothing_has_abandoned(floor: Floor) -> None:
    await taken(floor, await speaking(floor), 0.0)
    assert not floor.hub.tables.interactions


async def test_a_file_that_never_comes_does_not_keep_the_call(floor: Floor) -> None:
    await speaking(floor)
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended", ended_by="customer")))
    await floor.settle()
    await floor.wait(60)
    assert not floor.hub.tables.interactions


async def test_a_voicemail_is_offered_and_called_back(floor: Floor) -> None:
    await taken(floor, await speaking(floor), 5.0)
    await floor.sign_in(ANA)
    (message,) = floor.hub.tables.interactions.values()
    assert message.offer is not None
    assert (await floor.do(ANA, commands.AcceptOffer(offer=message.offer.id))).ok
    assert (await floor.do(ANA, commands.AskCallback(interaction=message.id, mine=True))).ok
    wish = next(i for i in floor.hub.tables.interactions.values() if i.callback_number)
    assert wish.callback_number == "+33611"


def lamps(floor: Floor) -> list[tuple[str, int]]:
    told = [c for c in floor.exchange.asked if isinstance(c, wire.TellMessages)]
    return [(c.extension, c.new) for c in told]


async def test_phones_are_told_how_many_messages_wait_and_when_one_was_taken(floor: Floor) -> None:
    await taken(floor, await speaking(floor), 5.0)
    assert lamps(floor) == [("101", 1), ("102", 1)]
    await floor.sign_in(ANA)
    (message,) = floor.hub.tables.interactions.values()
    assert message.offer is not None
    await floor.do(ANA, commands.AcceptOffer(offer=message.offer.id))
    assert lamps(floor)[2:] == [("101", 0), ("102", 0)]


async def test_a_phone_that_comes_late_is_told_too(floor: Floor) -> None:
    await taken(floor, await speaking(floor), 5.0)
    floor.exchange.asked.clear()
    floor.exchange.on_event(wire.ExtensionRegistered(extension="102"))
    assert lamps(floor) == [("102", 1)]


async def test_a_restarted_router_tells_of_the_messages_that_wait(floor: Floor) -> None:
    await taken(floor, await speaking(floor), 5.0)
    floor.exchange.asked.clear()
    await floor.restart()
    assert set(lamps(floor)) == {("101", 1), ("102", 1)}
