"""The asynchronous thread: messages between the centre and one customer; may hold many interactions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    ConversationId,
    CustomerId,
    Instant,
    InteractionId,
    MediumId,
    MessageId,
    QueueId,
)

IN, OUT, NOTE, SYSTEM = "in", "out", "note", "system"
LINE_LENGTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a message; `id` names its bytes in the store."""

    id: str
    name: str
    media_type: str = "application/octet-stream"
    size_bytes: int = 0
    content_id: str = ""  # an inline image's name in the HTML (RFC 2392)
    blocked: str = ""  # why it may not be fetched, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One item.  `external_id` is the outside's name for it (a Message-ID), `raw` its stored bytes."""

    id: MessageId
    conversation: ConversationId
    medium: MediumId
    direction: str
    at: Instant
    text: str
    interaction: InteractionId = InteractionId("")
    author: AgentId = AgentId("")
    author_name: str = ""
    from_address: str = ""
    to_addresses: tuple[str, ...] = ()
    subject: str = ""
    html: str = ""
    quoted: str = ""
    attachments: tuple[Attachment, ...] = ()
    external_id: str = ""
    references: tuple[str, ...] = ()
    raw: str = ""
    delivery: str = ""
    delivery_detail: str = ""
    threading_reason: str = ""
    channel: ChannelId = ChannelId("")  # where it came in or goes out; empty: the conversation's own
    copy_addresses: tuple[str, ...] = ()
    held_until: Instant = Instant(0.0)  # it can be called back until then
    mentions: tuple[AgentId, ...] = ()
    forwarded_of: MessageId = MessageId("")
    automatic: bool = False  # no person wrote it (RFC 3834)
    protection: str = ""  # signed or encrypted: its status in words
    warnings: tuple[str, ...] = ()  # what is odd about the sender, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The thread itself; its messages lie in the store."""

    id: ConversationId
    medium: MediumId
    channel: ChannelId = ChannelId("")
    customer: CustomerId = CustomerId("")
    customer_name: str = ""
    address: str = ""  # where replies go
    subject: str = ""
    state: str = "open"  # open, snoozed, resolved
    agent: AgentId = AgentId("")  # who answered last: asked first next time
    queue: QueueId = QueueId("")
    last_line: str = ""
    last_message: MessageId = MessageId("")
    messages: int = 0
    updated_at: Instant = Instant(0.0)
    owner: AgentId = AgentId("")  # whose it is
    tags: tuple[str, ...] = ()
    unread: int = 0
    snoozed_until: Instant = Instant(0.0)  # 0: until the customer writes
    followers: tuple[AgentId, ...] = ()
    merged_into: ConversationId = ConversationId("")  # its messages are there now
    merged: tuple[ConversationId, ...] = ()  # conversations that came into this one
    split_from: ConversationId = ConversationId("")
    bot: str = ""  # the bot that speaks now
    reply_until: Instant = Instant(0.0)  # the channel takes free replies until then; 0: always


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEvent:
    """Something that happened to a conversation."""

    conversation: ConversationId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(ConversationEvent):
    """A new thread."""

    value: Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAdded(ConversationEvent):
    """A message came in, went out, or was noted."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryMoved(ConversationEvent):
    """An outgoing message's delivery state moved on: queued, sent, delivered, read, failed."""

    message: MessageId
    delivery: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerTied(ConversationEvent):
    """It became known (or corrected) who it is."""

    customer: CustomerId
    customer_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(ConversationEvent):
    """Nothing is left to do until the customer writes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(ConversationEvent):
    """The work in hand is done, and something is left to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed(ConversationEvent):
    """Put aside for a while; the customer's next message opens it."""


def step(before: Conversation | None, event: ConversationEvent) -> Conversation:
    """The conversation after `event`; `before` is None for `Started` alone."""
    match event:
        case Started():
            return event.value
        case _ if before is None:
            raise ValueError(event.conversation)
        case MessageAdded(message=message):
            return _added(before, message)
        case CustomerTied():
            return replace(before, customer=event.customer, customer_name=event.customer_name)
        case Resolved():
            return replace(before, state="resolved", updated_at=event.at)
        case Reopened():
            return replace(before, state="open", updated_at=event.at)
        case Snoozed():
            return replace(before, state="snoozed", updated_at=event.at)
        case _:
            return before


def _added(before: Conversation, message: Message) -> Conversation:
    if message.direction == NOTE:
        return replace(before, messages=before.messages + 1, updated_at=message.at)
    return replace(
        before,
        messages=before.messages + 1,
        updated_at=message.at,
        state="open",
        last_line=line(message.text),
        last_message=message.id,
        agent=message.author or before.agent,
        subject=before.subject or message.subject,
    )


def line(text: str) -> str:
    """The first words of a text on one line."""
    return " ".join(text.split())[:LINE_LENGTH]
