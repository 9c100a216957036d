"""The asynchronous thread: messages between the centre and one customer; may hold many interactions.

Rule of the file: a message lies in one conversation; `homes` says by which splits it came there, so that
each of them can be undone by itself (`domain.joining`).
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.domain.copying import quick, replace
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
NEVER = Instant(0.0)
REOPENED_MOST = 5  # by customers' messages, within
REOPENED_WITHIN_S = 3600.0
REOPENED_KEPT = REOPENED_MOST + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a message; `id` names its bytes in the store."""

    id: str
    name: str
    media_type: str = "application/octet-stream"
    size_bytes: int = 0
    content_id: str = ""  # an inline image's name in the HTML (RFC 2392)
    blocked: str = ""  # why it may not be fetched, in words


@quick
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
    to_name: str = ""  # whom it greets; kept with what it answers when it is written
    answers: MessageId = MessageId("")  # the message of the customer that it quotes
    homes: tuple[ConversationId, ...] = ()  # where it came to be, then each split; empty: never moved
    sent_at: Instant = Instant(0.0)  # when its sender says that it was sent; 0: nothing says it
    carrier: str = ""  # typed in a call: tty, rtt, caption
    damaged: tuple[int, ...] = ()  # places in the text whose sound came damaged
    confidence: float = 0.0  # how sure the machine was of a caption, above 0 to 1; 0: nothing is known of it


@quick
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
    reopened_at: tuple[Instant, ...] = ()  # when the customer opened it again, lately


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
    """A message came in, went out, or was noted; it may let replies be taken for longer."""

    message: Message
    reply_until: Instant = Instant(0.0)


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
    """Put aside until then (0: until the customer writes); the customer's next message opens it."""

    until: Instant = Instant(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChanged(ConversationEvent):
    """Whose it is from now on (empty: nobody's), and in which queue it belongs (empty: the same)."""

    owner: AgentId
    queue: QueueId = QueueId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsChanged(ConversationEvent):
    """Tags were put on and taken off."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesRead(ConversationEvent):
    """Somebody of the team has seen everything so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(ConversationEvent):
    """An agent is told of what happens here from now on, or not any more."""

    agent: AgentId
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerChanged(ConversationEvent):
    """The bot that speaks from now on; empty: none, people speak (R39)."""

    bot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCalledBack(ConversationEvent):
    """A reply that was held never goes out, and is not here any more (B14)."""

    message: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMoved(ConversationEvent):
    """A message of this conversation lies in another one now, by a merge, a split or their undoing."""

    message: MessageId
    to: ConversationId
    homes: tuple[ConversationId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted(ConversationEvent):
    """Messages came or went otherwise than by being written: what the list shows of it now."""

    messages: int
    last_line: str
    last_message: MessageId
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(ConversationEvent):
    """Its messages are in another conversation from now on; the old name leads there."""

    into: ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged(ConversationEvent):
    """It is there again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeChanged(ConversationEvent):
    """Another conversation came into this one, or left it again."""

    other: ConversationId
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsplit(ConversationEvent):
    """The split that made it is undone."""


def step(before: Conversation | None, event: ConversationEvent) -> Conversation:
    """The conversation after `event`; `before` is None for `Started` alone."""
    match event:
        case Started():
            return event.value
        case _ if before is None:
            raise ValueError(event.conversation)
        case MessageAdded(message=message, reply_until=until):
            return replace(_added(before, message), reply_until=max(before.reply_until, until))
        case CustomerTied():
            return replace(before, customer=event.customer, customer_name=event.customer_name)
        case Resolved():
            return replace(before, state="resolved", snoozed_until=NEVER, updated_at=event.at)
        case Reopened():
            return replace(before, state="open", snoozed_until=NEVER, updated_at=event.at)
        case Snoozed(until=until):
            return replace(before, state="snoozed", snoozed_until=until, updated_at=event.at)
        case OwnerChanged(owner=owner, queue=queue):
            return replace(before, owner=owner, queue=queue or before.queue)
        case TagsChanged(add=add, remove=remove):
            kept = dict.fromkeys(tag for tag in (*before.tags, *add) if tag not in remove)
            return replace(before, tags=tuple(kept))
        case MessagesRead():
            return replace(before, unread=0)
        case Followed(agent=agent, on=on):
            others = tuple(one for one in before.followers if one != agent)
            return replace(before, followers=(*others, agent) if on else others)
        case SpeakerChanged(bot=bot):
            return replace(before, bot=bot)
        case Recounted():
            return replace(
                before,
                messages=event.messages,
                last_line=event.last_line,
                last_message=event.last_message,
                unread=event.unread,
                updated_at=event.at,
            )
        case Merged(into=into):
            return replace(before, merged_into=into, updated_at=event.at)
        case Unmerged():
            return replace(before, merged_into=ConversationId(""), updated_at=event.at)
        case MergeChanged(other=other, on=on):
            rest = tuple(one for one in before.merged if one != other)
            return replace(before, merged=(*rest, other) if on else rest, updated_at=event.at)
        case Unsplit():
            return replace(before, split_from=ConversationId(""), updated_at=event.at)
        case _:  # a message of it moved on, was called back, or lies elsewhere: `Recounted` tells the rest
            return before


def _added(before: Conversation, message: Message) -> Conversation:
    after = replace(before, messages=before.messages + 1, updated_at=message.at)
    if message.direction not in (IN, OUT):
        return after
    after = replace(
        after,
        last_line=line(message.text) or message.subject,
        last_message=message.id,
        agent=message.author or before.agent,
        subject=before.subject or message.subject,
    )
    if message.direction == OUT:
        return after if message.automatic else replace(after, unread=0)
    again = (*before.reopened_at, message.at)[-REOPENED_KEPT:]
    return replace(
        after,
        state="open",
        snoozed_until=NEVER,
        unread=before.unread + 1,
        reopened_at=again if before.state == "resolved" else before.reopened_at,
    )


def reopens_at(thread: Conversation, now: Instant) -> Instant:
    """When a customer's message may open a closed conversation again: now, or later (R44).

    A machine that answers every answer opens a conversation over and over; after so often within an hour
    the next one waits until the hour is over.  Nothing is lost: the message is kept and shown as unread.
    """
    lately = [at for at in thread.reopened_at if at > now - REOPENED_WITHIN_S]
    return now if len(lately) <= REOPENED_MOST else Instant(lately[-REOPENED_MOST - 1] + REOPENED_WITHIN_S)


def line(text: str) -> str:
    """The first words of a text on one line."""
    return " ".join(text.split())[:LINE_LENGTH]
