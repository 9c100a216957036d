"""What an agent sent leaves once, is tried again, or is told to have failed; a restart loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.types import ChannelId, MessageId
from agent_desktop.errors import StorageError
from agent_desktop.ports.channels import DeliveryError, OutgoingMessage
from agent_desktop.ports.storage import Changes, OutboxRow
from agent_desktop.wire import commands
from tests.server.failing import failing
from tests.server.floor import ANA, Floor

HELP = ChannelId("help")


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    floor = Floor(tmp_path / "record.db", pauses_s=(0.0, 0.0))
    await floor.start()
    yield floor
    await floor.stop()


async def reply(floor: Floor, message: str = "m-a", held_s: float = 0.0) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    (offer,) = floor.offers(ANA)
    await floor.do(ANA, commands.AcceptOffer(offer=offer))
    conversation = floor.board.snapshot(ANA).conversations[0].id
    said = commands.SendMessage(message=message, conversation=conversation, text="Yes", held_s=held_s)
    sent = await floor.do(ANA, said)
    assert sent.ok


async def state(floor: Floor, wanted: str, message: str = "m-a") -> str:
    """The delivery state's detail once it is the wanted one."""
    async with asyncio.timeout(30):
        while True:
            kept = floor.store.message(MessageId(message))
            if kept is not None and kept.delivery == wanted:
                return kept.delivery_detail
            await floor.settle()


async def done(floor: Floor) -> None:
    """Wait until nothing waits to be sent."""
    async with asyncio.timeout(30):
        while floor.store.outbox():
            with contextlib.suppress(StorageError):  # of a commit that a test lets fail
                await floor.settle()


async def test_a_reply_that_leaves_is_sent_and_its_row_is_done(floor: Floor) -> None:
    await reply(floor)
    await state(floor, "sent")
    async with asyncio.timeout(30):
        while floor.store.outbox():
            await floor.settle()
    assert [o.message.id for o in floor.channels[HELP].sent] == ["m-a"]


async def test_a_failure_for_now_is_tried_again_and_leaves_once(floor: Floor) -> None:
    floor.channels[HELP].fail = [DeliveryError("451 later", permanent=False)] * 3
    await reply(floor)
    await state(floor, "sent")
    assert len(floor.channels[HELP].sent) == 1


async def test_a_failure_for_good_is_told_with_its_reason(floor: Floor) -> None:
    floor.channels[HELP].fail = [DeliveryError("550 no such person", permanent=True)]
    await reply(floor)
    assert await state(floor, "failed") == "550 no such person"
    async with asyncio.timeout(30):
        while floor.store.outbox():
            await floor.settle()


async def test_an_unexpected_error_of_a_channel_keeps_the_message(floor: Floor) -> None:
    floor.channels[HELP].fail = [RuntimeError("a defect")]
    await reply(floor)
    await state(floor, "sent")


async def test_news_that_come_late_never_bring_a_state_back(floor: Floor) -> None:
    await reply(floor)
    await state(floor, "sent")
    await floor.intake.delivery_moved("<m-a@centre.example>", "read")
    await floor.writing.deliver(MessageId("m-a"), "delivered")
    kept = floor.store.message(MessageId("m-a"))
    assert kept is not None
    assert kept.delivery == "read"


async def test_a_message_not_yet_sent_leaves_after_a_restart(floor: Floor) -> None:
    hold = asyncio.Event()

    async def stuck(_outgoing: object) -> str:
        await hold.wait()
        return "sent"

    whole = floor.channels[HELP].send
    floor.channels[HELP].send = stuck  # type: ignore[method-assign, assignment]
    await reply(floor)
    assert [row.message for row in floor.store.outbox()] == ["m-a"]
    floor.channels[HELP].send = whole  # type: ignore[method-assign]
    await floor.restart()
    await state(floor, "sent")
    assert len(floor.channels[HELP].sent) == 1


# --- a record that cannot keep it -------------------------------------------------------------------


async def test_a_held_reply_leaves_though_the_commit_of_its_release_failed(floor: Floor) -> None:
    await reply(floor, held_s=10)
    failing(floor)
    floor.clock.at += 11
    floor.hub.tick()
    with pytest.raises(StorageError):
        await floor.settle()
    assert floor.channels[HELP].sent == []
    await floor.wait(1)
    await state(floor, "sent")
    assert len(floor.channels[HELP].sent) == 1


async def test_a_held_reply_is_not_taken_up_twice_by_a_commit_that_failed_meanwhile(floor: Floor) -> None:
    await reply(floor, held_s=10)
    failing(floor)
    with pytest.raises(StorageError):
        await floor.mail("<2@out>")
    await floor.wait(5)
    assert floor.channels[HELP].sent == []
    await floor.wait(6)
    await state(floor, "sent")
    await done(floor)
    assert len(floor.channels[HELP].sent) == 1


async def test_what_left_is_told_as_sent_and_never_again_sent_when_its_commit_failed(floor: Floor) -> None:
    send, written = floor.channels[HELP].send, asyncio.Event()

    async def sending(outgoing: OutgoingMessage) -> str:
        await written.wait()
        told = await send(outgoing)
        failing(floor, times=3)
        return told

    floor.channels[HELP].send = sending  # type: ignore[method-assign] # this channel only
    await reply(floor)
    written.set()
    await done(floor)
    assert await state(floor, "sent") == ""
    assert len(floor.channels[HELP].sent) == 1


async def test_that_it_left_and_that_its_row_is_done_is_one_commit(floor: Floor) -> None:
    kept: list[tuple[bool, bool]] = []
    commit = floor.store.commit

    async def watched(changes: Changes) -> None:
        told = any(message.delivery == "sent" for message in changes.messages.values())
        kept.append((told, None in changes.outbox.values()))
        await commit(changes)

    floor.store.commit = watched  # type: ignore[method-assign] # this record only
    await reply(floor)
    await done(floor)
    assert (True, True) in kept
    assert not {(True, False), (False, True)} & set(kept)


async def test_a_row_left_of_a_message_that_was_sent_is_dropped_at_the_start(floor: Floor) -> None:
    await reply(floor)
    await done(floor)
    row = OutboxRow(message=MessageId("m-a"), channel=HELP, due_at=floor.clock.now())
    await floor.store.commit(Changes(outbox={row.message: row}))
    await floor.restart()
    await done(floor)
    assert len(floor.channels[HELP].sent) == 1


async def test_a_failure_for_now_that_is_not_kept_is_tried_again_all_the_same(floor: Floor) -> None:
    send, written = floor.channels[HELP].send, asyncio.Event()
    tries = 0

    async def sending(outgoing: OutgoingMessage) -> str:
        nonlocal tries
        await written.wait()
        tries += 1
        if tries == 1:
            failing(floor)
            raise DeliveryError("451 later", permanent=False)
        return await send(outgoing)

    floor.channels[HELP].send = sending  # type: ignore[method-assign] # this channel only
    await reply(floor)
    written.set()
    await done(floor)
    assert (tries, len(floor.channels[HELP].sent)) == (2, 1)
