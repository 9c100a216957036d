"""The record: one writer, durable before acknowledged.

`commit` takes everything one or many steps produced and writes it in one transaction
(`synchronous=FULL` or its equal); when it returns, the effects may be shown to the outside.  Reads see
what was committed.  Values are the domain's own dataclasses; how they lie in tables is the store's
business.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agent_desktop.domain.agent import Agent, AgentEvent
from agent_desktop.domain.conversation import Conversation, ConversationEvent, Message
from agent_desktop.domain.customer import Customer, CustomerEvent
from agent_desktop.domain.interaction import Interaction, InteractionEvent
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.listing import Filter, Place
from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    ConversationId,
    CustomerId,
    Instant,
    InteractionId,
    MessageId,
    QueueId,
    Seconds,
)

DomainEvent = AgentEvent | InteractionEvent | ConversationEvent | CustomerEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReply:
    """The reply to a command id, written in the transaction of its effect; kept 7 days."""

    command: str
    agent: AgentId
    at: Instant
    reply: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A message to be sent, until it is sent or given up."""

    message: MessageId
    channel: ChannelId
    due_at: Instant
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that an agent handed in, until a message takes it; `blob` names its bytes."""

    id: str
    agent: AgentId
    name: str
    media_type: str
    blob: str
    size_bytes: int
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """Bytes as they came from outside."""

    id: str
    channel: ChannelId
    key: str
    received_at: Instant
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may sign in; the hash is argon2id."""

    id: AgentId
    password_hash: str
    sip_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in session; only the token's hash is kept."""

    token_hash: str
    agent: AgentId
    client: str
    created_at: Instant
    expires_at: Instant


@dataclass(slots=True, kw_only=True)
class Changes:
    """Everything one transaction writes.  Lists keep the order in which things happened."""

    events: list[DomainEvent] = field(default_factory=list)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    interactions: dict[InteractionId, Interaction] = field(default_factory=dict)
    conversations: dict[ConversationId, Conversation] = field(default_factory=dict)
    messages: dict[MessageId, Message] = field(default_factory=dict)
    called_back: dict[MessageId, Message] = field(default_factory=dict)  # erased before they went out
    left: list[Message] = field(default_factory=list)  # as they were in the conversation that they left
    marked: set[ConversationId] = field(default_factory=set)  # whose tags or followers changed
    uploads: dict[str, Upload | None] = field(default_factory=dict)  # None: taken by a message
    customers: dict[CustomerId, Customer] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    raws: list[RawRow] = field(default_factory=list)
    parsed_raws: list[str] = field(default_factory=list)
    outbox: dict[MessageId, OutboxRow | None] = field(default_factory=dict)  # None: done
    replies: list[StoredReply] = field(default_factory=list)
    users: dict[AgentId, User] = field(default_factory=dict)
    sessions: dict[str, Session | None] = field(default_factory=dict)  # None: ended
    articles: dict[str, Article] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return any(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What a starting router needs in memory: agents, and all work that is not over.

    Conversations are read when somebody looks at them: a start must not take longer for each that waits.
    """

    agents: dict[AgentId, Agent]
    interactions: dict[InteractionId, Interaction]
    last_event: int
    settings: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCount:
    """A queue's figures since an instant."""

    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is searched for: all pieces of `text` (`domain.searching`), the newest first or the best.

    An empty filter asks for nothing.  `after` is the cursor of the page before; a medium or an instant
    (`before`) leaves customers and articles out, which have none.
    """

    text: str
    limit: int = 20
    kinds: tuple[str, ...] = ()  # message, note, call, customer, article
    media: tuple[str, ...] = ()
    customer: str = ""
    before: Instant | None = None
    best: bool = False
    after: str = ""
    asker: str = ""  # who asks: the own, and what the asker follows, is found in other queues too
    seen: tuple[str, ...] | None = None  # the queues that the asker sees; None: everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing found by search; `highlight` marks the words with [ and ]."""

    kind: str
    id: str
    title: str
    highlight: str
    at: Instant
    conversation: str = ""
    customer: str = ""
    medium: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of what was found; `cursor` is where the next one begins, empty when that was all."""

    hits: tuple[Hit, ...] = ()
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entry of the log without its contents.

    `about` is agent, interaction, conversation or customer, empty for a kind that this program does not
    know; `message` is the message that an entry of a conversation names.
    """

    seq: int
    at: Instant
    kind: str
    about: str
    subject: str
    message: str = ""


class Store(Protocol):
    """The record behind the hub.  `commit` raises `StorageError` (`DiskFullError`): nothing was written."""

    async def commit(self, changes: Changes) -> None:
        """Write everything in one durable transaction."""
        ...

    async def close(self) -> None:
        """Finish the last commit and let go of the files."""
        ...

    def load(self) -> Live:
        """The state to start from."""
        ...

    def configured(self) -> tuple[dict[str, str], int]:
        """The settings, and the number of the log's last entry."""
        ...

    def events(
        self, after: int = 0, limit: int = 1000, *, subject: str | None = None
    ) -> Sequence[tuple[int, DomainEvent]]:
        """The log, oldest first, with each entry's number; of one agent, interaction, … or of all."""
        ...

    def setting(self, name: str) -> str:
        """One of the settings; empty if it was never kept."""
        ...

    def last_event(self) -> int:
        """The number of the log's last entry."""
        ...

    def changes(self, after: int, limit: int) -> Sequence[Change]:
        """What happened to whom, the oldest first: the log without the contents of its entries."""
        ...

    def interaction(self, key: InteractionId) -> Interaction | None: ...
    def conversation(self, key: ConversationId) -> Conversation | None: ...
    def conversation_of_thread(self, channel: ChannelId, address: str) -> Conversation | None:
        """The newest conversation of a channel with this address (chat: the visitor) that is no split."""
        ...

    def conversations_of_thread(self, channel: ChannelId, address: str) -> Sequence[Conversation]:
        """All conversations of a channel with this address, the newest first, merged and split ones too."""
        ...

    def message(self, key: MessageId) -> Message | None: ...
    def message_by_external(self, channel: ChannelId, external_id: str) -> Message | None: ...
    def messages(
        self, conversation: ConversationId, *, before: Instant | None = None, limit: int = 50
    ) -> Sequence[Message]:
        """The newest messages before an instant, oldest of them first."""
        ...

    def recent_messages(
        self, since: Instant, *, before: int = 0, limit: int = 500
    ) -> Sequence[tuple[int, Message]]:
        """Messages of all conversations written since an instant, newest first, each with its number.

        `before` is the number that the page before ended with; 0: from the newest.
        """
        ...

    def conversations_of_external(self, ids: Sequence[str]) -> dict[str, ConversationId]:
        """Which conversations hold messages with these external ids (on any channel)."""
        ...

    def messages_at_home(self, homes: Sequence[ConversationId]) -> Sequence[Message]:
        """Messages that were moved once and belong to one of these, wherever they lie now."""
        ...

    def snoozed(self) -> Sequence[Conversation]:
        """Conversations that are put aside until a time."""
        ...

    def followed(self, agent: AgentId, limit: int) -> Sequence[ConversationId]:
        """Conversations that an agent follows, newest first."""
        ...

    async def listed(
        self, asked: Filter, *, after: Place | None = None, limit: int = 100, now: Instant = Instant(0.0)
    ) -> tuple[Sequence[Conversation], Place | None]:
        """A page of the conversations that a filter holds; the place of the next one, None at the end."""
        ...

    async def counted(self, asked: Filter, *, most: int, now: Instant) -> int:
        """How many conversations a filter holds, at most so many."""
        ...

    def upload(self, key: str) -> Upload | None: ...
    def uploads_before(self, at: Instant, limit: int) -> Sequence[str]:
        """Files that agents handed in before an instant."""
        ...

    def handed_in(self, agent: AgentId, blob: str) -> bool:
        """Whether an agent handed in a file with these bytes lately."""
        ...

    def customer(self, key: CustomerId) -> Customer | None: ...
    def customers_at(self, kind: str, value: str) -> Sequence[Customer]:
        """Customers with this (normalised) address."""
        ...

    def customers(self, *, after: str = "", limit: int = 100) -> Sequence[Customer]:
        """Customers by name, a page at a time."""
        ...

    def timeline(
        self,
        customer: CustomerId,
        conversation: ConversationId,
        *,
        before: Instant | None,
        limit: int,
        seen: Callable[[ConversationId], bool] | None = None,
    ) -> tuple[Sequence[Message], Sequence[Interaction]]:
        """A page of the customer's messages and interactions over all media, newest page first.

        Messages of conversations that may not be `seen` are left out, and do not count.
        """
        ...

    def history(self, customer: CustomerId, limit: int = 20) -> Sequence[Interaction]:
        """The customer's interactions that are over, newest first."""
        ...

    def interactions_before(
        self, *, agent: AgentId | None, before: Instant | None, limit: int
    ) -> Sequence[Interaction]:
        """Interactions by arrival, newest first; of one agent or all."""
        ...

    def queue_counts(
        self, since: Instant, within: Mapping[QueueId, Seconds] | None = None
    ) -> dict[QueueId, QueueCount]:
        """Incoming work answered or abandoned since an instant; `within` is what in time means (20 s)."""
        ...

    def reply_to(self, command: str) -> StoredReply | None: ...
    def outbox(self) -> Sequence[OutboxRow]: ...
    def raw(self, key: str) -> RawRow | None: ...
    def raw_known(self, channel: ChannelId, key: str) -> bool: ...
    def unparsed(self, channel: ChannelId) -> Sequence[RawRow]: ...
    def blob(self, key: str) -> bytes | None: ...

    async def file(self, key: str) -> bytes | None:
        """The same bytes, read beside the loop: a file may be large."""
        ...

    async def file_places(
        self, key: str, agent: AgentId, queues: Collection[QueueId] | None, *, limit: int = 100
    ) -> Sequence[ConversationId]:
        """Conversations that have a file and that an agent has to do with; None: whosever they are."""
        ...

    def user(self, key: AgentId) -> User | None: ...
    def users(self) -> Sequence[User]: ...
    def session(self, token_hash: str) -> Session | None: ...
    def sessions_of(self, agent: AgentId) -> Sequence[Session]: ...
    def article(self, key: str) -> Article | None: ...
    def articles(self) -> Sequence[Article]: ...
    async def search(self, sought: Sought) -> Found:
        """A page of messages, notes, calls, customers and articles."""
        ...

    async def search_articles(self, text: str, limit: int) -> Sequence[Article]:
        """Articles with any of the words, best first."""
        ...
