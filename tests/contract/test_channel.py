"""What the router may count on, whichever channel a message comes by (ports.channels.Channel).

Each adapter brings a bench: the channel, started on an intake that this file plays, and a customer who
writes by the adapter's own protocol.  A new adapter adds its bench to `BENCHES`.
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from agent_desktop.domain.centre import ChatSite, Mailbox
from agent_desktop.domain.conversation import OUT, Message
from agent_desktop.domain.types import ChannelId, ConversationId, Instant, MessageId, QueueId
from agent_desktop.errors import StorageError
from agent_desktop.ports.channels import Channel, IncomingMessage, Intake, OutgoingMessage, Taken
from agent_desktop.server.channels.email.channel import EmailChannel
from agent_desktop.server.channels.email.listener import MailListener
from agent_desktop.server.channels.webchat.channel import WebChatChannel
from agent_desktop.server.channels.webchat.connection import Connection
from tests.contract import providers

STATES = {"queued", "sent", "delivered"}


class RecordingIntake:
    """An intake that keeps what it got, or refuses because the disk is full."""

    def __init__(self) -> None:
        self.raws: dict[str, bytes] = {}
        self.got: list[IncomingMessage] = []
        self.moved: list[tuple[str, str, str]] = []
        self.said: list[Message] = []
        self.full = False

    async def raw_arrived(self, channel: ChannelId, key: str, raw: bytes) -> str | None:
        self._check()
        if key in self.raws:
            return None
        self.raws[key] = raw
        return key

    def unparsed(self, channel: ChannelId) -> Sequence[tuple[str, bytes]]:
        return ()

    async def message_arrived(self, message: IncomingMessage) -> Taken:
        await asyncio.sleep(0)
        self._check()
        known = [one.external_id for one in self.got]
        new = message.external_id not in known
        if new:
            self.got.append(message)
            known.append(message.external_id)
        number = known.index(message.external_id)
        return Taken(
            message=MessageId(f"in{number}"),
            conversation=ConversationId("c1"),
            at=Instant(1000.0 + number),
            new=new,
        )

    async def delivery_moved(self, external_id: str, delivery: str, detail: str = "") -> None:
        self._check()
        self.moved.append((external_id, delivery, detail))

    async def customer_typing(self, channel: ChannelId, thread: str, *, typing: bool) -> None: ...
    async def customer_present(self, channel: ChannelId, thread: str, *, present: bool) -> None: ...
    async def customer_left(self, channel: ChannelId, thread: str) -> None: ...
    def transcript(self, channel: ChannelId, thread: str, limit: int = 200) -> Sequence[Message]:
        return self.said

    def queue_answers(self, channel: ChannelId) -> tuple[int, int]:
        return (0, 0)

    def _check(self) -> None:
        if self.full:
            raise StorageError("The disk is full. Make room.")


class Bench(Protocol):
    """One adapter with a customer before it."""

    channel: Channel

    async def customer_writes(self, text: str, name: str) -> bool:
        """Write by the adapter's protocol; whether it was acknowledged.  The same name: the same message."""
        ...

    async def customer_leaves(self) -> None:
        """Close what the bench itself opened."""
        ...


class WebChatBench:
    """A chat site and one widget."""

    def __init__(self) -> None:
        site = ChatSite(id=ChannelId("demo"), queue=QueueId("support"))
        self._chat = WebChatChannel(site)
        self.channel: Channel = self._chat
        self._connection: Connection | None = None

    async def customer_writes(self, text: str, name: str) -> bool:
        if self._connection is None:
            self._connection = self._chat.connect()
            await self._connection.received('{"type": "hello"}')
        say = {"type": "say", "client": f"client-{name}", "text": text}
        await self._connection.received(json.dumps(say))
        kinds = []
        while (frame := self._connection.outbox.take()) is not None:
            kinds.append(json.loads(frame)["type"])
        return "ack" in kinds

    async def customer_leaves(self) -> None:
        """Nothing: a chat's customer is no program of its own here."""


class ServedMailbox(EmailChannel):
    """A mailbox with the port that its mail comes to."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__(mailbox)
        self.listener = MailListener("127.0.0.1", 0, [mailbox])

    async def start(self, intake: Intake) -> None:
        await super().start(intake)
        self.listener.port = 0
        await self.listener.start(intake)

    async def stop(self) -> None:
        await self.listener.stop()
        await super().stop()


class MailBench:
    """A mailbox, a customer who sends by SMTP, and the customer's server, which takes our replies."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self._taker = socket.socket()
        self._taker.bind(("127.0.0.1", 0))
        self._server: asyncio.Server | None = None
        self._box = ServedMailbox(
            Mailbox(
                id=ChannelId("help"),
                address="help@centre.example",
                queue=QueueId("support"),
                smtp_host="127.0.0.1",
                smtp_port=self._taker.getsockname()[1],
            )
        )
        self.channel: Channel = self._box

    async def customer_writes(self, text: str, name: str) -> bool:
        await self._take_replies()
        head = f"From: Anna <anna@example.org>\r\nMessage-ID: <{name}@example.org>\r\n\r\n"

        def send() -> bool:
            try:
                with smtplib.SMTP("127.0.0.1", self._box.listener.port or 0, timeout=20) as client:
                    client.sendmail("anna@example.org", ["help@centre.example"], f"{head}{text}\r\n")
            except smtplib.SMTPException:
                return False
            return True

        acknowledged = await asyncio.to_thread(send)
        await self._box.listener.drained()
        return acknowledged

    async def customer_leaves(self) -> None:
        """Close the customer's server."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._taker.close()

    async def _take_replies(self) -> None:
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: SMTP(self, loop=loop), sock=self._taker)

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:
        self.mails.append(envelope.original_content or b"")
        return "250 OK"


BENCHES: dict[str, Callable[[], Bench]] = {"webchat": WebChatBench, "email": MailBench, **providers.EVERY}


@pytest.fixture
def intake() -> RecordingIntake:
    return RecordingIntake()


@pytest.fixture(params=sorted(BENCHES))
async def bench(request: pytest.FixtureRequest, intake: RecordingIntake) -> AsyncIterator[Bench]:
    made = BENCHES[request.param]()
    typed: Intake = intake
    await made.channel.start(typed)
    try:
        yield made
    finally:
        await made.channel.stop()
        await made.customer_leaves()


def answer_to(message: IncomingMessage, number: int = 1) -> OutgoingMessage:
    made = Message(
        id=MessageId(f"out{number}"),
        conversation=ConversationId("c1"),
        medium=message.medium,
        direction=OUT,
        at=Instant(2000.0 + number),
        text=f"answer {number}",
        author_name="Chen Wei",
    )
    return OutgoingMessage(message=made, to_address=message.from_address, agent_name="Chen Wei")


async def test_a_message_comes_with_its_channel_medium_and_sender(
    bench: Bench,
    intake: RecordingIntake,
) -> None:
    assert await bench.customer_writes("Hello", "one")
    (message,) = intake.got
    assert (message.channel, message.medium) == (bench.channel.id, bench.channel.medium)
    assert message.text.strip() == "Hello"
    assert message.external_id
    assert message.address_kind
    assert message.from_address


async def test_the_same_message_twice_is_one_message_and_acknowledged_twice(
    bench: Bench, intake: RecordingIntake
) -> None:
    assert await bench.customer_writes("Hello", "one")
    assert await bench.customer_writes("Hello", "one")
    assert await bench.customer_writes("Hello", "two")
    assert len(intake.got) == 2
    assert len({message.external_id for message in intake.got}) == 2


async def test_messages_come_in_the_order_they_were_written(bench: Bench, intake: RecordingIntake) -> None:
    for number in range(5):
        assert await bench.customer_writes(f"line {number}", str(number))
    assert [message.text.strip() for message in intake.got] == [f"line {number}" for number in range(5)]


async def test_what_was_not_committed_is_not_acknowledged(
    bench: Bench,
    intake: RecordingIntake,
) -> None:
    intake.full = True
    assert not await bench.customer_writes("Hello", "one")
    intake.full = False
    assert await bench.customer_writes("Hello", "one")
    assert [message.text.strip() for message in intake.got] == ["Hello"]


async def test_sending_gives_the_state_reached_and_may_be_tried_again(
    bench: Bench, intake: RecordingIntake
) -> None:
    await bench.customer_writes("Hello", "one")
    outgoing = answer_to(intake.got[0])
    assert await bench.channel.send(outgoing) in STATES
    assert await bench.channel.send(outgoing) in STATES


async def test_our_messages_have_names_outside_before_they_are_sent(bench: Bench) -> None:
    one, two = (bench.channel.external_id(MessageId(key)) for key in ("m1", "m2"))
    assert one == bench.channel.external_id(MessageId("m1"))
    assert one != two


async def test_typing_to_nobody_is_no_error(bench: Bench) -> None:
    bench.channel.agent_typing("nobody", typing=True)
    bench.channel.agent_typing("nobody", typing=False)


async def test_a_channel_can_be_stopped_twice_and_started_again(
    bench: Bench,
    intake: RecordingIntake,
) -> None:
    await bench.channel.stop()
    await bench.channel.stop()
    await bench.channel.start(intake)
