"""STOP words and the 24-hour rule, through the router's rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.centre import Centre, Queue
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Address, Customer, CustomerAdded
from agent_desktop.domain.messaging import OPTED_OUT, SmsNumber, SocialAccount
from agent_desktop.domain.types import ChannelId, CustomerId, Instant, MediumId, MessageId, QueueId, Seconds
from agent_desktop.ports.channels import DeliveryError, IncomingMessage
from agent_desktop.wire import commands
from agent_desktop.wire.events import Reply
from tests.server.door import eventually
from tests.server.floor import ANA, FakeChannel, Floor, centre

TEXT, PAGE, SMS, SOCIAL = ChannelId("text"), ChannelId("page"), MediumId("sms"), MediumId("social")
NUMBER = "+4791234567"


class Messaging(Floor):
    """The floor with a number and a page."""

    def configuration(self) -> Centre:
        plain, queue = centre(), QueueId("short")
        return replace(
            plain,
            queues={**plain.queues, queue: Queue(id=queue, name="Short", media=(SMS, SOCIAL))},
            agents={**plain.agents, ANA: replace(plain.agents[ANA], queues=(queue,))},
            sms=(SmsNumber(id=TEXT, number="+4700000", queue=queue),),
            social=(SocialAccount(id=PAGE, provider="messenger", queue=queue),),
            languages=("en", "de"),
        )

    async def write(
        self, text: str, key: str, channel: ChannelId = TEXT, *, at: float | None = None
    ) -> Conversation:
        sms = channel == TEXT
        sender = NUMBER if sms else "77"
        taken = await self.intake.message_arrived(
            IncomingMessage(
                channel=channel,
                medium=SMS if sms else SOCIAL,
                external_id=key,
                address_kind="phone" if sms else "social",
                from_address=sender,
                shown_address=sender if sms else "",
                text=text,
                thread=sender,
                sent_at=Instant(at) if at is not None else None,
            )
        )
        await self.settle()
        return self.hub.tables.conversations[taken.conversation]

    async def reply(self, thread: Conversation, key: str) -> Reply:
        command = commands.SendMessage(
            conversation=thread.id, message=key, text="Hello", despite=("newer_message",)
        )
        return await self.do(ANA, command)

    @property
    def sent(self) -> list[str]:
        return [str(one.message.id) for key in (TEXT, PAGE) for one in self.channels[key].sent]


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Messaging]:
    made = Messaging(tmp_path / "record.db")
    made.channels |= {TEXT: FakeChannel(TEXT, SMS), PAGE: FakeChannel(PAGE, SOCIAL)}
    await made.start()
    yield made
    await made.stop()


async def taken(floor: Messaging, channel: ChannelId = TEXT) -> Conversation:
    thread = await floor.write("Hello", "first", channel)
    await floor.sign_in(ANA)
    (offer,) = floor.offers(ANA)
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer))).ok
    return thread


async def test_who_said_stop_is_not_written_to_and_start_undoes_it(floor: Messaging) -> None:
    thread = await taken(floor)
    assert (await floor.reply(thread, "one")).ok
    thread = await floor.write("Abmelden!", "second")
    assert thread.tags == (OPTED_OUT,)
    refused = await floor.reply(thread, "two")
    assert (refused.ok, refused.code) == (False, "barred")
    assert "START" in refused.message
    thread = await floor.write("start", "third")
    assert thread.tags == ()
    assert (await floor.reply(thread, "three")).ok
    assert floor.sent == ["one", "three"]


async def test_stop_is_remembered_over_a_restart(floor: Messaging) -> None:
    thread = await taken(floor)
    await floor.write("STOP", "second")
    await floor.restart()
    assert (await floor.reply(thread, "two")).code == "barred"


async def test_what_waits_in_the_outbox_is_not_sent_after_stop(floor: Messaging) -> None:
    thread = await taken(floor)
    floor.channels[TEXT].fail = [DeliveryError("later", permanent=False)]
    floor.outbox._pauses_s = (0.02,)
    assert (await floor.reply(thread, "one")).ok
    await floor.write("stop", "second")
    key = MessageId("one")
    await eventually(lambda: bool((held := floor.store.message(key)) and held.delivery == "failed"))
    message = floor.store.message(key)
    assert message is not None
    assert (message.delivery, floor.sent) == ("failed", [])
    assert "STOP" in message.delivery_detail


async def test_the_card_says_it_and_stands_for_every_conversation(floor: Messaging) -> None:
    card = Customer(
        id=CustomerId("k1"), name="Anna", addresses=(Address(kind="phone", value=NUMBER, verified=True),)
    )
    await floor.hub.run(lambda step: step.customer(CustomerAdded(customer=card.id, at=step.now, value=card)))
    thread = await taken(floor)
    await floor.write("STOP", "second")
    assert floor.hub.tables.customers[card.id].tags == (OPTED_OUT,)
    await floor.settle()
    held = floor.store.customer(card.id)
    assert held is not None
    assert held.tags == (OPTED_OUT,)
    assert (await floor.reply(thread, "one")).code == "barred"
    await floor.write("START", "third")
    assert floor.hub.tables.customers[card.id].tags == ()


async def test_stop_within_a_sentence_is_read_by_a_person(floor: Messaging) -> None:
    thread = await taken(floor)
    thread = await floor.write("Please stop sending me the wrong bill", "second")
    assert thread.tags == ()
    assert (await floor.reply(thread, "one")).ok


async def test_a_page_takes_replies_for_24_hours(floor: Messaging) -> None:
    thread = await taken(floor, PAGE)
    assert thread.reply_until == floor.clock.at + 86_400.0
    assert (await floor.reply(thread, "one")).ok
    floor.clock.at += 86_401.0
    refused = await floor.reply(thread, "two")
    assert refused.code == "barred"
    assert "24 hours" in refused.message
    thread = await floor.write("Still there?", "second", PAGE)
    assert (await floor.reply(thread, "three")).ok
    assert floor.sent == ["one", "three"]


async def test_a_message_that_comes_late_counts_from_when_it_was_written(floor: Messaging) -> None:
    now = floor.clock.at
    thread = await floor.write("new", "second", PAGE, at=now - 100.0)
    thread = await floor.write("old", "first", PAGE, at=now - 5_000.0)
    assert thread.reply_until == now - 100.0 + 86_400.0
    thread = await floor.write("from tomorrow", "third", PAGE, at=now + 90_000.0)
    assert thread.reply_until == now + 86_400.0


async def test_a_text_shows_its_number_and_stop_words_have_no_meaning_on_a_page(floor: Messaging) -> None:
    thread = await floor.write("Hello", "first")
    message = floor.store.messages(thread.id)[0]
    assert message.from_address == NUMBER
    assert (await floor.write("stop", "p1", PAGE)).tags == ()


async def test_a_provider_says_when_the_next_try_is(floor: Messaging) -> None:
    thread = await taken(floor)
    floor.channels[TEXT].fail = [DeliveryError("slow", permanent=False, retry_s=500.0)]
    assert (await floor.reply(thread, "one")).ok
    await floor.settle()
    (row,) = floor.store.outbox()
    assert row.due_at == floor.clock.at + Seconds(500.0)
