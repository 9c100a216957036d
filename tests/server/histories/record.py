"""A record in memory that survives a restart of the rooms: as fast as ten thousand histories need.

It keeps the values themselves, which are frozen.  That the real record gives back the same ones is shown by
the contract of the store, and by histories that are played on both (`test_histories`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent_desktop.domain import joining
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.interaction import OVER, Interaction
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
from agent_desktop.errors import StorageError
from agent_desktop.ports.storage import (
    Change,
    Changes,
    DomainEvent,
    Hit,
    Live,
    OutboxRow,
    QueueCount,
    RawRow,
    Session,
    StoredReply,
    Upload,
    User,
)

FULL = "The disk is full."


class MemoryRecord:
    """See `ports.storage.Store`; what no history asks for is empty."""

    def __init__(self) -> None:
        self.log: list[DomainEvent] = []
        self.agents: dict[AgentId, Agent] = {}
        self.live: dict[InteractionId, Interaction] = {}
        self.over: dict[InteractionId, Interaction] = {}
        self.threads: dict[ConversationId, Conversation] = {}
        self.written: dict[MessageId, Message] = {}
        self.of_thread: dict[ConversationId, list[MessageId]] = {}
        self.outside: dict[tuple[ChannelId, str], MessageId] = {}
        self.people: dict[CustomerId, Customer] = {}
        self.replies: dict[str, StoredReply] = {}
        self.leaving: dict[MessageId, OutboxRow] = {}
        self.fail_next = False

    async def commit(self, changes: Changes) -> None:
        if self.fail_next:
            self.fail_next = False
            raise StorageError(FULL)
        self.log += changes.events
        self.agents |= changes.agents
        for key, i in changes.interactions.items():
            self.live.pop(key, None)
            (self.over if i.state in OVER else self.live)[key] = i
        self.threads |= changes.conversations
        for name, message in changes.messages.items():
            if name not in self.written:
                self.of_thread.setdefault(message.conversation, []).append(name)
            self.written[name] = message
            if message.external_id:
                channel = self.threads[message.conversation].channel
                self.outside[channel, message.external_id] = name
        self.people |= changes.customers
        for reply in changes.replies:
            self.replies[reply.command] = reply
        for name, row in changes.outbox.items():
            if row is None:
                self.leaving.pop(name, None)
            else:
                self.leaving[name] = row

    async def close(self) -> None:
        pass

    def load(self) -> Live:
        return Live(
            agents=dict(self.agents),
            interactions=dict(self.live),
            last_event=len(self.log),
            settings={},
        )

    def configured(self) -> tuple[dict[str, str], int]:
        return {}, len(self.log)

    def events(
        self, after: int = 0, limit: int = 1000, *, subject: str | None = None
    ) -> Sequence[tuple[int, DomainEvent]]:
        del subject
        return list(enumerate(self.log[after : after + limit], after + 1))

    def interaction(self, key: InteractionId) -> Interaction | None:
        return self.live.get(key) or self.over.get(key)

    def conversation(self, key: ConversationId) -> Conversation | None:
        return self.threads.get(key)

    def conversation_of_thread(self, channel: ChannelId, address: str) -> Conversation | None:
        return joining.of_thread(self.conversations_of_thread(channel, address))

    def conversations_of_thread(self, channel: ChannelId, address: str) -> Sequence[Conversation]:
        found = [c for c in self.threads.values() if c.channel == channel and c.address == address]
        return found[::-1]

    def message(self, key: MessageId) -> Message | None:
        return self.written.get(key)

    def message_by_external(self, channel: ChannelId, external_id: str) -> Message | None:
        key = self.outside.get((channel, external_id))
        return self.written[key] if key else None

    def messages(
        self, conversation: ConversationId, *, before: Instant | None = None, limit: int = 50
    ) -> Sequence[Message]:
        kept = [self.written[m] for m in self.of_thread.get(conversation, ())]
        return [m for m in kept if before is None or m.at < before][-limit:]

    def conversations_of_external(self, ids: Sequence[str]) -> dict[str, ConversationId]:
        return {e: self.written[m].conversation for (_, e), m in self.outside.items() if e in ids}

    def changes(self, after: int, limit: int) -> Sequence[Change]:
        del after, limit
        return ()

    def recent_messages(
        self, since: Instant, *, before: int = 0, limit: int = 500
    ) -> Sequence[tuple[int, Message]]:
        del since, before, limit
        return ()

    def messages_at_home(self, homes: Sequence[ConversationId]) -> Sequence[Message]:
        del homes
        return ()

    def snoozed(self) -> Sequence[Conversation]:
        return [thread for thread in self.threads.values() if thread.snoozed_until]

    def followed(self, agent: AgentId, limit: int) -> Sequence[ConversationId]:
        return [key for key, thread in self.threads.items() if agent in thread.followers][:limit]

    def listed(
        self, asked: Filter, *, after: Place | None = None, limit: int = 100, now: Instant = Instant(0.0)
    ) -> tuple[Sequence[Conversation], Place | None]:
        del asked, after, limit, now
        return (), None

    def counted(self, asked: Filter, *, most: int, now: Instant) -> int:
        del asked, most, now
        return 0

    def upload(self, key: str) -> Upload | None:
        del key
        return None

    def uploads_before(self, at: Instant, limit: int) -> Sequence[str]:
        del at, limit
        return ()

    def customer(self, key: CustomerId) -> Customer | None:
        return self.people.get(key)

    def customers_at(self, kind: str, value: str) -> Sequence[Customer]:
        wanted = (kind, value)
        return [c for c in self.people.values() if any((a.kind, a.value) == wanted for a in c.addresses)]

    def customers(self, *, after: str = "", limit: int = 100) -> Sequence[Customer]:
        return sorted((c for c in self.people.values() if c.name > after), key=lambda c: c.name)[:limit]

    def timeline(
        self, customer: CustomerId, conversation: ConversationId, *, before: Instant | None, limit: int
    ) -> tuple[Sequence[Message], Sequence[Interaction]]:
        del customer
        return self.messages(conversation, before=before, limit=limit), ()

    def history(self, customer: CustomerId, limit: int = 20) -> Sequence[Interaction]:
        return [i for i in self.over.values() if i.customer == customer][-limit:]

    def interactions_before(
        self, *, agent: AgentId | None, before: Instant | None, limit: int
    ) -> Sequence[Interaction]:
        found = [*self.live.values(), *self.over.values()]
        mine = [i for i in found if agent in (None, i.agent) and (before is None or i.arrived_at < before)]
        return mine[:limit]

    def queue_counts(
        self, since: Instant, within: Mapping[QueueId, Seconds] | None = None
    ) -> dict[QueueId, QueueCount]:
        del since, within
        return {}

    def reply_to(self, command: str) -> StoredReply | None:
        return self.replies.get(command)

    def outbox(self) -> Sequence[OutboxRow]:
        return list(self.leaving.values())

    def raw(self, key: str) -> RawRow | None:
        del key
        return None

    def raw_known(self, channel: ChannelId, key: str) -> bool:
        del channel, key
        return False

    def unparsed(self, channel: ChannelId) -> Sequence[RawRow]:
        del channel
        return ()

    async def file(self, key: str) -> bytes | None:
        return self.blob(key)

    def blob(self, key: str) -> bytes | None:
        del key
        return None

    def user(self, key: AgentId) -> User | None:
        del key
        return None

    def users(self) -> Sequence[User]:
        return ()

    def session(self, token_hash: str) -> Session | None:
        del token_hash
        return None

    def sessions_of(self, agent: AgentId) -> Sequence[Session]:
        del agent
        return ()

    def article(self, key: str) -> Article | None:
        del key
        return None

    def articles(self) -> Sequence[Article]:
        return ()

    async def search(self, text: str, limit: int) -> Sequence[Hit]:
        del text, limit
        return ()

    async def search_articles(self, text: str, limit: int) -> Sequence[Article]:
        del text, limit
        return ()
