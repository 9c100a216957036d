"""Text channels: what an adapter gives the router, and what the router asks of it.

An adapter knows its protocol and nothing of routing.  It hands in what came (`Intake`), awaits the
commit, and only then acknowledges to the outside.  It sends what the outbox hands it (`Channel.send`)
and raises `DeliveryError` when that failed, for now or for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from agent_desktop.domain.conversation import Message
from agent_desktop.domain.copying import quick
from agent_desktop.domain.types import ChannelId, ConversationId, Instant, MediumId, MessageId
from agent_desktop.errors import AgentDesktopError

# How the names of files' bytes begin; those of the second are kept and never handed out.
BLOB, BLOCKED_BLOB = "b-", "x-"


class DeliveryError(AgentDesktopError):
    """A message did not go out; `permanent` says whether trying again is of use, `retry_s` when."""

    def __init__(self, message: str, *, permanent: bool, retry_s: float = 0.0) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_s = retry_s


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingAttachment:
    """A file as it came."""

    name: str
    media_type: str
    data: bytes
    content_id: str = ""  # its name in the HTML (RFC 2392)
    blocked: str = ""  # why it may not be fetched, in words
    blob: str = ""  # the name of its bytes in the store, where that is known already


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """One message from a customer, parsed.

    `external_id` is the outside's own id: the same id on the same channel is the same message and is
    taken once.  `references` are the outside's ids of earlier messages (mail: In-Reply-To first, then
    References).  `thread` names the conversation where the protocol has one (chat: the visitor).
    """

    channel: ChannelId
    medium: MediumId
    external_id: str
    address_kind: str  # email, chat, phone, social
    from_address: str
    from_name: str = ""
    shown_address: str = ""  # who wrote, for people, where `thread` names the conversation: a number, a name
    to_addresses: tuple[str, ...] = ()
    subject: str = ""
    text: str
    html: str = ""  # sanitised already
    quoted: str = ""
    attachments: tuple[IncomingAttachment, ...] = ()
    references: tuple[str, ...] = ()
    in_reply_to: tuple[str, ...] = ()  # those of `references` that In-Reply-To named
    reply_to: str = ""  # where the answer goes, when that is not `from_address`
    thread: str = ""
    raw: str = ""  # id of the stored bytes
    sent_at: Instant | None = None
    automatic: bool = False  # RFC 3834: never answered automatically
    bounce_of: str = ""  # RFC 3464: the external id of our message that bounced
    bounce_detail: str = ""
    copy_addresses: tuple[str, ...] = ()  # beside `to_addresses`: who got a copy
    protection: str = ""  # signed or encrypted: its status in words
    warnings: tuple[str, ...] = ()  # what is odd about the sender, in words
    parts: tuple[str, ...] = ()  # ids of stored bytes beside `raw`, where it came in several pieces

    @property
    def kept(self) -> tuple[str, ...]:
        """The stored bytes that it was made from."""
        return (*((self.raw,) if self.raw else ()), *self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Where an incoming message went; `new` is false when it was known already."""

    message: MessageId
    conversation: ConversationId
    at: Instant
    new: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One message to a customer, from the outbox."""

    message: Message
    to_address: str
    to_name: str = ""
    references: tuple[str, ...] = ()  # external ids of the thread, oldest first
    quoted: str = ""  # what the customer wrote last, with who and when
    quoted_from: str = ""
    quoted_at: Instant = Instant(0.0)
    agent_name: str = ""
    signature: str = ""  # of the queue; empty: the channel's own


class Intake(Protocol):
    """What the router offers to its channels.  Every method returns after the commit."""

    async def raw_arrived(self, channel: ChannelId, key: str, raw: bytes) -> str | None:
        """Keep raw bytes under a key; the id, or None when this key was kept before."""
        ...

    def unparsed(self, channel: ChannelId) -> Sequence[tuple[str, bytes]]:
        """Raw bytes kept but not yet made into a message (after a crash): (id, bytes)."""
        ...

    async def message_arrived(self, message: IncomingMessage) -> Taken:
        """Take a message into its conversation and queue the work."""
        ...

    async def delivery_moved(self, external_id: str, delivery: str, detail: str = "") -> None:
        """The outside told what became of a message of ours (read, bounced)."""
        ...

    async def customer_typing(self, channel: ChannelId, thread: str, *, typing: bool) -> None:
        """The customer writes, or stopped.  Not kept."""
        ...

    async def customer_present(self, channel: ChannelId, thread: str, *, present: bool) -> None:
        """The customer's window is open, or not.  Not kept."""
        ...

    async def customer_left(self, channel: ChannelId, thread: str) -> None:
        """The customer ended the conversation."""
        ...

    def transcript(self, channel: ChannelId, thread: str, limit: int = 200) -> Sequence[Message]:
        """What the customer may see of the conversation (no notes), oldest first."""
        ...

    def queue_answers(self, channel: ChannelId) -> tuple[int, int]:
        """(agents ready, interactions waiting) for the channel's queue."""
        ...


@runtime_checkable
class Troubled(Protocol):
    """A channel that says why it does not work, in words; empty when it does."""

    trouble: str


class Channel(Protocol):
    """An adapter: one configured source of messages."""

    id: ChannelId
    medium: MediumId

    async def start(self, intake: Intake) -> None:
        """Begin to receive; raises `ConfigError` or `AgentDesktopError` with what to do."""
        ...

    async def stop(self) -> None:
        """Stop receiving; what was acknowledged is kept already."""
        ...

    async def send(self, outgoing: OutgoingMessage) -> str:
        """Send one message; returns the delivery state reached (sent, delivered).

        Raises `DeliveryError`.
        """
        ...

    def agent_typing(self, thread: str, *, typing: bool) -> None:
        """Show the customer that somebody writes, where the medium can."""
        ...

    def agent_joined(self, thread: str, name: str) -> None:
        """Tell a customer who is there who serves now, where the medium can."""
        ...

    def agent_read(self, thread: str) -> None:
        """Tell the customer that the agent has read everything, where the medium can."""
        ...

    def external_id(self, message: MessageId) -> str:
        """The outside's name for a message of ours, known before it is sent (a Message-ID)."""
        ...
