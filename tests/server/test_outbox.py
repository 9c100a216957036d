"""What an agent sent leaves once, is tried again, or is told to have failed; a restart loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.types import ChannelId, MessageId
from agent_desktop.ports.channels import DeliveryError
from agent_desktop.wire import commands
from tests.server.floor import ANA, Floor

HELP = ChannelId("help")


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    floor = Floor(tmp_path / "record.db", pauses_s=(0.0, 0.0))
    await floor.start()
    yield floor
    await floor.stop()


async def reply(floor: Floor, message: str = "m-a") -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    (offer,) = floor.offers(ANA)
    await floor.do(ANA, commands.AcceptOffer(offer=offer))
    conversation = floor.board.snapshot(ANA).conversations[0].id
    sent = await floor.do(ANA, commands.SendMessage(message=message, conversation=conversation, text="Yes"))
    assert sent.ok


async def state(floor: Floor, wanted: str, message: str = "m-a") -> str:
    """The delivery state's detail once it is the wanted one."""
    async with asyncio.timeout(5):
        while True:
            kept = floor.store.message(MessageId(message))
            if kept is not None and kept.delivery == wanted:
                return kept.delivery_detail
            await floor.settle()


async def test_a_reply_that_leaves_is_sent_and_its_row_is_done(floor: Floor) -> None:
    await reply(floor)
    await state(floor, "sent")
    async with asyncio.timeout(5):
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
    async with asyncio.timeout(5):
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
