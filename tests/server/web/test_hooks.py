"""The providers' doors of a whole router with its record: nothing lost, nothing doubled, restarts or not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain.conversation import OUT, Message
from agent_desktop.domain.types import ChannelId, ConversationId, Instant, MediumId, MessageId, QueueId
from agent_desktop.ports.storage import OutboxRow
from agent_desktop.server.hub import Step
from agent_desktop.server.router import Doors, Router
from agent_desktop.server.storage.store import open_store
from agent_desktop.server.web.hooks import hook_routes
from tests.contract.bench import Scripted
from tests.contract.providers import TwilioBench
from tests.server.door import eventually
from tests.server.floor import FakeExchange, centre

TEXT, SHORT = ChannelId("text"), QueueId("support")


class Served:
    """A router with one number, and the provider before it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bench = TwilioBench()
        self.router = self._made()

    def _made(self) -> Router:
        plain = centre()
        queue = replace(plain.queues[SHORT], media=(MediumId("voice"), MediumId("sms")))
        channel = self.bench.channel
        router = Router(
            store=open_store(self.folder / "record.db"),
            centre=replace(
                plain,
                queues={**plain.queues, SHORT: queue},
                sms=(self.bench.channel.number,),  # type: ignore[attr-defined]  # it is Twilio's
                mailboxes=(),
                chats=(),
            ),
            doors=Doors(),
            exchange=FakeExchange(),
            channels=(channel,),
            web_routes=hook_routes([channel]),
            recordings=self.folder / "recordings",
        )
        router.outbox._pauses_s = (0.01,)
        return router

    async def start(self) -> None:
        await self.bench.open()
        await self.router.start()

    async def restart(self) -> None:
        await self.router.stop()
        self.router = self._made()
        await self.router.start()

    async def stop(self) -> None:
        await self.router.stop()
        await self.bench.customer_leaves()

    async def post(self, path: str, headers: dict[str, str], body: bytes) -> int:
        async with httpx.AsyncClient(trust_env=False, timeout=20.0) as http:
            url = f"http://127.0.0.1:{self.router.port}{path}"
            return (await http.post(url, headers=headers, content=body)).status_code

    def thread(self) -> ConversationId:
        found = self.router.store.conversation_of_thread(TEXT, "+4791234567")
        assert found is not None
        return found.id

    def kept(self) -> list[Message]:
        return list(self.router.store.messages(self.thread(), limit=500))


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    made = Served(tmp_path)
    await made.start()
    yield made
    await made.stop()


async def test_texts_that_are_told_often_and_in_any_order_are_one_each(served: Served) -> None:
    told = [served.bench.signed(f"line {number}", str(number)) for number in range(30)] * 3
    random.Random(3).shuffle(told)
    for at in range(0, len(told), 15):
        answers = await asyncio.gather(*(served.post(*one) for one in told[at : at + 15]))
        assert set(answers) == {200}
        if at == 45:
            await served.restart()
    assert sorted(one.text for one in served.kept()) == sorted(f"line {number}" for number in range(30))
    work = served.router.hub.tables.interactions.values()
    assert len([one for one in work if one.medium == "sms"]) == 1


async def test_a_reply_goes_out_once_and_its_news_never_go_back(served: Served) -> None:
    await served.post(*served.bench.signed("Hello", "one"))
    served.bench.answers = [Scripted(503), Scripted(429)]
    thread, key = served.thread(), MessageId("m-reply")
    channel = served.bench.channel

    def write(step: Step) -> None:
        message = Message(
            id=key,
            conversation=thread,
            medium=MediumId("sms"),
            direction=OUT,
            at=step.now,
            text="Yes",
            to_addresses=("+4791234567",),
            external_id=channel.external_id(key),
            delivery="queued",
            channel=TEXT,
        )
        step.conversation(conversations.MessageAdded(conversation=thread, at=step.now, message=message))
        row = OutboxRow(message=key, channel=TEXT, due_at=Instant(step.now))
        step.outbox(key, row)
        step.after(lambda: served.router.outbox.take(row))

    await served.router.hub.run(write)
    await eventually(lambda: len(served.bench.asked) == 3)
    assert all(b"Body=Yes" in asked.body for asked in served.bench.asked)
    for state in ("delivered", "sent", "queued"):
        told = {"MessageSid": "SM1", "AccountSid": "AC1", "MessageStatus": state}
        assert await served.post(*served.bench.form(told, f"?message={key}")) == 200
    await served.restart()
    held = served.router.store.message(key)
    assert held is not None
    assert held.delivery == "delivered"
    assert len(served.bench.asked) == 3


async def test_a_secret_that_is_over_is_seen_by_whoever_watches_the_router(served: Served) -> None:
    served.bench.channel.trouble = "renew secret_file"  # type: ignore[attr-defined]  # as a refusal leaves it
    async with httpx.AsyncClient(trust_env=False) as http:
        url = f"http://127.0.0.1:{served.router.port}"
        assert (await http.get(f"{url}/readyz")).json()["channel_troubles"] == {"text": "renew secret_file"}
        assert 'agent_desktop_channel_trouble{channel="text"} 1' in (await http.get(f"{url}/metrics")).text


async def test_the_door_says_no_more_than_it_must(served: Served) -> None:
    path, headers, body = served.bench.signed("Hello", "one")
    assert await served.post(path, {}, body) == 403
    assert await served.post(path, headers, b"x" * ((1 << 20) + 1)) == 413
    assert await served.post("/hooks/social/telegram", {}, b"{}") == 404
