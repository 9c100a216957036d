"""A centre without a router behind the chat, and a widget without a browser before it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent_desktop.domain.centre import ChatSite
from agent_desktop.domain.conversation import IN, NOTE, OUT, Attachment, Message
from agent_desktop.domain.types import (
    ChannelId,
    ConversationId,
    Instant,
    MediumId,
    MessageId,
    QueueId,
)
from agent_desktop.errors import StorageError
from agent_desktop.ports.channels import IncomingMessage, OutgoingMessage, Taken
from agent_desktop.server.channels.webchat.channel import WebChatChannel
from agent_desktop.server.channels.webchat.files import attachment

CHAT = MediumId("chat")
SITE = ChatSite(
    id=ChannelId("demo"),
    queue=QueueId("support"),
    title="Nordlight help",
    greeting="Hello! What can we do for you?",
    origins=("https://shop.example",),
    mailbox=ChannelId("help"),
)


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeCentre:
    """An intake with a record in memory; it commits slowly enough for others to come between."""

    def __init__(self) -> None:
        self.record: dict[str, list[Message]] = {}
        self.heard: list[tuple[Any, ...]] = []  # everything that is not a message
        self.names: dict[str, str] = {}
        self.answers = (1, 0)
        self.full = False
        self.at = 1_760_000_000.0
        self.outbox: list[OutgoingMessage] = []
        self.blobs: dict[str, bytes] = {}
        self.letters: dict[str, IncomingMessage] = {}

    def _now(self) -> Instant:
        self.at += 1.0
        return Instant(self.at)

    async def message_arrived(self, message: IncomingMessage) -> Taken:
        await asyncio.sleep(0)
        if self.full:
            raise StorageError("The disk is full.")
        if message.channel != SITE.id:
            first = message.external_id not in self.letters
            self.letters.setdefault(message.external_id, message)
            letter = MessageId(f"l-{message.external_id}")
            return Taken(message=letter, conversation=ConversationId("c-l"), at=self._now(), new=first)
        thread = self.record.setdefault(message.thread, [])
        known = next((one for one in thread if one.external_id == message.external_id), None)
        if known is not None:
            return Taken(message=known.id, conversation=known.conversation, at=known.at, new=False)
        self.names[message.thread] = message.from_name
        made = Message(
            id=MessageId(f"m{len(thread)}-{message.thread[:6]}"),
            conversation=ConversationId(f"c-{message.thread[:6]}"),
            medium=CHAT,
            direction=IN,
            at=self._now(),
            text=message.text,
            external_id=message.external_id,
            attachments=tuple(map(attachment, message.attachments)),
        )
        self.blobs |= {file.blob: file.data for file in message.attachments}
        thread.append(made)
        await asyncio.sleep(0)
        return Taken(message=made.id, conversation=made.conversation, at=made.at)

    async def read_file(self, key: str) -> bytes:
        return self.blobs[key]

    def agent_writes(
        self,
        thread: str,
        text: str,
        *,
        name: str = "Chen Wei",
        direction: str = OUT,
        files: tuple[Attachment, ...] = (),
    ) -> OutgoingMessage:
        """Commit an agent's message; it lies in the outbox until somebody sends it."""
        messages = self.record.setdefault(thread, [])
        message_id = MessageId(f"m{len(messages)}-{thread[:6]}")
        made = Message(
            id=message_id,
            conversation=ConversationId(f"c-{thread[:6]}"),
            medium=CHAT,
            direction=direction,
            at=self._now(),
            text=text,
            author_name=name,
            attachments=files,
            external_id=str(message_id),
        )
        messages.append(made)
        outgoing = OutgoingMessage(message=made, to_address=thread, agent_name=name)
        if direction != NOTE:
            self.outbox.append(outgoing)
        return outgoing

    def transcript(self, channel: ChannelId, thread: str, limit: int = 200) -> Sequence[Message]:
        return [one for one in self.record.get(thread, []) if one.direction != NOTE][-limit:]

    def queue_answers(self, channel: ChannelId) -> tuple[int, int]:
        return self.answers

    async def raw_arrived(self, channel: ChannelId, key: str, raw: bytes) -> str | None:
        raise AssertionError("a chat has no raw bytes")

    def unparsed(self, channel: ChannelId) -> Sequence[tuple[str, bytes]]:
        return ()

    async def delivery_moved(self, external_id: str, delivery: str, detail: str = "") -> None:
        self.heard.append(("delivery", external_id, delivery))

    async def customer_typing(self, channel: ChannelId, thread: str, *, typing: bool) -> None:
        self.heard.append(("typing", typing))

    async def customer_present(self, channel: ChannelId, thread: str, *, present: bool) -> None:
        self.heard.append(("present", present))

    async def customer_left(self, channel: ChannelId, thread: str) -> None:
        self.heard.append(("left", thread))


@dataclass
class FakeWidget:
    """The widget's half of the protocol, as resources/web/widget.js does it, with a wire that can be cut."""

    channel: WebChatChannel
    token: str = ""
    epoch: str = ""
    last: int = 0
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    pending: list[tuple[str, str]] = field(default_factory=list)
    said: int = 0
    up: list[str] = field(default_factory=list)  # frames on their way to the router
    frames: list[dict[str, Any]] = field(default_factory=list)  # everything that came
    connection: Any = None
    in_flight: bool = False
    fresh: bool = False  # the next message starts a numbering

    def connect(self, **more: Any) -> None:
        self.connection = self.channel.connect()
        self.in_flight = False
        hello = {"type": "hello", "token": self.token, "epoch": self.epoch, "last": self.last, **more}
        self.up.append(json.dumps(hello))

    def tell(self, kind: str, **fields: Any) -> None:
        self.up.append(json.dumps({"type": kind, **fields}))

    def say(self, text: str) -> str:
        self.said += 1
        client = f"client-{self.said:04d}"
        self.pending.append((client, text))
        return client

    async def cut(self) -> None:
        """The wire breaks: what was under way either way is lost."""
        self.up.clear()
        if self.connection is not None:
            await self.connection.gone()
        self.connection = None

    async def send_up(self) -> bool:
        """One frame reaches the router."""
        if self.connection is None or not self.up:
            return False
        await self.connection.received(self.up.pop(0))
        return True

    def take_down(self) -> bool:
        """One frame reaches the widget."""
        if self.connection is None:
            return False
        frame = self.connection.outbox.take()
        if frame is None:
            return False
        self._got(json.loads(frame))
        return True

    def pump(self) -> None:
        if self.connection is None or self.in_flight or not self.pending or not self.token:
            return
        client, text = self.pending[0]
        self.in_flight = True
        self.tell("say", client=client, text=text)

    async def settle(self) -> None:
        """Everything that is under way arrives."""
        moved = True
        while moved:
            moved = await self.send_up()
            moved = self.take_down() or moved

    def _got(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        match frame["type"]:
            case "welcome":
                self.token = frame["token"]
                if frame["reset"]:
                    self.messages.clear()
                    self.last = 0
                self.fresh = frame["reset"]
                self.epoch = frame["epoch"]
                self.pump()
            case "message":
                known = self.messages.setdefault(frame["id"], frame)
                assert known["seq"] == frame["seq"], "one message in two places"
                assert frame["seq"] <= self.last + 1 or self.fresh, "a gap in the stream"
                self.fresh = False
                self.last = max(self.last, frame["seq"])
            case "ack":
                self.pending = [one for one in self.pending if one[0] != frame["client"]]
                self.in_flight = False
                self.pump()
            case "refused":
                self.in_flight = False

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    @property
    def texts(self) -> list[str]:
        shown = sorted(self.messages.values(), key=lambda one: (one["at"], one["seq"]))
        return [one["text"] for one in shown]


@dataclass
class Chat:
    """A centre, its chat, and visitors."""

    centre: FakeCentre = field(default_factory=FakeCentre)
    clock: Clock = field(default_factory=Clock)
    channel: WebChatChannel = field(init=False)

    def __post_init__(self) -> None:
        self.channel = WebChatChannel(SITE, clock=self.clock, read_file=self.centre.read_file)
        self.channel._intake = self.centre

    def restart(self) -> None:
        """The router dies and comes back: only the record is left."""
        self.channel = WebChatChannel(SITE, clock=self.clock, read_file=self.centre.read_file)
        self.channel._intake = self.centre

    def visitor(self) -> FakeWidget:
        return FakeWidget(self.channel)

    async def seated(self, **more: Any) -> FakeWidget:
        """A visitor who was welcomed."""
        widget = self.visitor()
        widget.connect(**more)
        await widget.settle()
        return widget

    async def say(self, widget: FakeWidget, text: str) -> str:
        client = widget.say(text)
        widget.pump()
        await widget.settle()
        return client

    @property
    def thread(self) -> str:
        return next(iter(self.centre.record))


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture(scope="session")
def new_chat() -> type[Chat]:
    return Chat
