"""Reads of what was committed, on a connection that cannot write.

Each read is one indexed look-up or one walk along an index from a key (keyset paging): no OFFSET, no
scan with LIKE.  A page that ends among entries of one instant takes all of that instant, so that the
next page, which begins before it, leaves nothing out.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from agent_desktop.domain import joining
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.customer import Customer, normal
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.knowledge import Article
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
    DomainEvent,
    Live,
    OutboxRow,
    QueueCount,
    RawRow,
    Session,
    StoredReply,
    User,
)
from agent_desktop.server.storage import eventlog, prepared
from agent_desktop.server.storage import schema as s
from agent_desktop.server.storage.database import explained
from agent_desktop.server.storage.documents import (
    AGENT,
    ARTICLE,
    CONVERSATION,
    CUSTOMER,
    INTERACTION,
    MESSAGE,
    Reader,
    read,
    read_each,
)

T = TypeVar("T")

SERVICE_LEVEL_S: Final = Seconds(20.0)
EXTERNALS_AT_ONCE: Final = 500

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_RAW = (s.raws.c.id, s.raws.c.channel, s.raws.c.key, s.raws.c.received_at, s.raws.c.data)
_USER = (s.users.c.id, s.users.c.password_hash, s.users.c.sip_secret)
_SESSION = tuple(s.sessions.c[name] for name in ("token_hash", "agent", "client", "created_at", "expires_at"))


class Queries:
    """The reading half of the port; used by one thread at a time."""

    def __init__(self, connection: sa.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def load(self) -> Live:
        settings, last = self.configured()
        return Live(
            agents={agent.id: agent for agent in self._each(AGENT, prepared.AGENTS)},
            interactions={i.id: i for i in self._each(INTERACTION, prepared.LIVE)},
            last_event=last,
            settings=settings,
        )

    def configured(self) -> tuple[dict[str, str], int]:
        settings = self._rows(sa.select(s.settings.c.name, s.settings.c.value))
        last = self._rows(sa.select(sa.func.max(s.events.c.seq)))[0][0]
        return {row[0]: row[1] for row in settings}, last or 0

    def events(
        self, after: int = 0, limit: int = 1000, *, subject: str | None = None
    ) -> Sequence[tuple[int, DomainEvent]]:
        """The log, oldest first; with `subject` only what happened to that agent, interaction, …

        Entries of a kind that this program does not know are passed over and not counted.
        """
        found: list[tuple[int, DomainEvent]] = []
        query = sa.select(s.events.c.seq, s.events.c.kind, s.events.c.body).order_by(s.events.c.seq)
        if subject is not None:
            query = query.where(s.events.c.subject == subject)
        while len(found) < limit:
            rows = self._rows(query.where(s.events.c.seq > after).limit(limit - len(found)))
            for seq, kind, body in rows:
                after = seq
                if (event := eventlog.event_of(kind, body)) is not None:
                    found.append((seq, event))
            if not rows:
                break
        return found

    def setting(self, name: str) -> str:
        return next((row[0] for row in self._run(prepared.SETTING, key=name)), "")

    def last_event(self) -> int:
        return self._run(prepared.LAST_EVENT)[0][0] or 0

    def changes(self, after: int, limit: int) -> Sequence[Change]:
        return [eventlog.change(row) for row in self._run(prepared.CHANGES, after=after, most=limit)]

    def interaction(self, key: InteractionId) -> Interaction | None:
        return self._first(INTERACTION, prepared.INTERACTION, key=key)

    def conversation(self, key: ConversationId) -> Conversation | None:
        return self._first(CONVERSATION, prepared.CONVERSATION, key=key)

    def conversation_of_thread(self, channel: ChannelId, address: str) -> Conversation | None:
        return joining.of_thread(self.conversations_of_thread(channel, address))

    def conversations_of_thread(self, channel: ChannelId, address: str) -> Sequence[Conversation]:
        return [read(CONVERSATION, row[0]) for row in self._run(prepared.THREAD, of=channel, at=address)]

    def message(self, key: MessageId) -> Message | None:
        return self._first(MESSAGE, prepared.MESSAGE, key=key)

    def message_by_external(self, channel: ChannelId, external_id: str) -> Message | None:
        if not external_id:
            return None
        return self._first(MESSAGE, prepared.EXTERNAL, of=channel, external=external_id)

    def messages(
        self, conversation: ConversationId, *, before: Instant | None = None, limit: int = 50
    ) -> Sequence[Message]:
        page = self._message_page(conversation, before, limit)
        return [read(MESSAGE, row[0]) for row in reversed(page)]

    def recent_messages(
        self, since: Instant, *, before: int = 0, limit: int = 500
    ) -> Sequence[tuple[int, Message]]:
        """In the order of writing, which needs no index: it ends at the first that is older."""
        t = s.messages.c
        query = sa.select(t.num, t.at, t.body).order_by(t.num.desc()).limit(limit)
        found = []
        for num, at, body in self._rows(query.where(t.num < before) if before else query):
            if at < since:
                break
            found.append((num, read(MESSAGE, body)))
        return found

    def conversations_of_external(self, ids: Sequence[str]) -> dict[str, ConversationId]:
        t = s.messages
        found: dict[str, ConversationId] = {}
        wanted = [key for key in dict.fromkeys(ids) if key and _SURROGATE.search(key) is None]
        for start in range(0, len(wanted), EXTERNALS_AT_ONCE):
            some = t.c.external_id.in_(wanted[start : start + EXTERNALS_AT_ONCE])
            query = sa.select(t.c.external_id, t.c.conversation).where(some, t.c.external_id != "")
            for external, conversation in self._rows(query.order_by(t.c.num)):
                found.setdefault(external, ConversationId(conversation))
        return found

    def customer(self, key: CustomerId) -> Customer | None:
        return self._first(CUSTOMER, prepared.CUSTOMER, key=key)

    def customers_at(self, kind: str, value: str) -> Sequence[Customer]:
        found = self._run(prepared.REACHED, of=kind, at=normal(kind, value))
        return [read(CUSTOMER, row[0]) for row in found]

    def customers(self, *, after: str = "", limit: int = 100) -> Sequence[Customer]:
        """By name; `after` is the id of the last one of the page before."""
        t = s.customers
        query = sa.select(t.c.body).order_by(t.c.sort_name, t.c.id).limit(limit)
        if after:
            last = sa.select(t.c.sort_name, t.c.id).where(t.c.id == after).scalar_subquery()
            query = query.where(sa.tuple_(t.c.sort_name, t.c.id) > last)
        return self._all(CUSTOMER, query)

    def timeline(
        self,
        customer: CustomerId,
        conversation: ConversationId,
        *,
        before: Instant | None,
        limit: int,
        seen: Callable[[ConversationId], bool] | None = None,
    ) -> tuple[Sequence[Message], Sequence[Interaction]]:
        """The newest `limit` messages and interactions together, each kind oldest first."""
        threads = {conversation} if conversation else set()
        if customer:
            c = s.conversations.c
            threads |= {
                ConversationId(row[0]) for row in self._rows(sa.select(c.id).where(c.customer == customer))
            }
        threads = {thread for thread in threads if seen is None or seen(thread)}
        said = [row for thread in threads for row in self._message_page(thread, before, limit)]
        done: dict[str, Sequence[Any]] = {}
        i = s.interactions.c
        for column, key in ((i.customer, customer), (i.conversation, conversation)):
            if key:
                query = sa.select(i.body, i.arrived_at, i.id).where(column == key)
                done |= {
                    row[2]: row for row in self._page(query, i.arrived_at, i.id, before=before, limit=limit)
                }
        times = sorted((row[1] for row in (*said, *done.values())), reverse=True)
        first = times[limit - 1] if len(times) > limit > 0 else float("-inf")
        return (
            [read(MESSAGE, row[0]) for row in sorted(said, key=_when) if row[1] >= first],
            [read(INTERACTION, row[0]) for row in sorted(done.values(), key=_when) if row[1] >= first],
        )

    def history(self, customer: CustomerId, limit: int = 20) -> Sequence[Interaction]:
        return [read(INTERACTION, row[0]) for row in self._run(prepared.HISTORY, of=customer, most=limit)]

    def interactions_before(
        self, *, agent: AgentId | None, before: Instant | None, limit: int
    ) -> Sequence[Interaction]:
        t = s.interactions.c
        query = sa.select(t.body, t.arrived_at, t.id)
        if agent is not None:
            query = query.where(t.agent == agent)
        page = self._page(query, t.arrived_at, t.id, before=before, limit=limit)
        return [read(INTERACTION, row[0]) for row in page]

    def queue_counts(
        self, since: Instant, within: Mapping[QueueId, Seconds] | None = None
    ) -> dict[QueueId, QueueCount]:
        """Incoming work first answered since then, and abandoned since then, by queue."""
        t = s.interactions.c
        limits = {str(queue): float(limit) for queue, limit in (within or {}).items()}
        default = sa.literal(float(SERVICE_LEVEL_S))
        limit = sa.case(limits, value=t.queue, else_=default) if limits else default
        in_time = sa.func.sum(sa.case((t.accepted_at - t.queued_at <= limit, 1), else_=0))
        answered = (
            sa.select(t.queue, sa.func.count(), in_time)
            .where(t.accepted_at > 0, t.accepted_at >= since, t.queue != "", t.direction == "in")
            .group_by(t.queue)
        )
        abandoned = (
            sa.select(t.queue, sa.func.count())
            .where(t.state == "abandoned", t.ended_at >= since, t.queue != "")
            .group_by(t.queue)
        )
        lost = {row[0]: row[1] for row in self._rows(abandoned)}
        taken = {row[0]: (row[1], row[2]) for row in self._rows(answered)}
        return {
            QueueId(queue): QueueCount(
                answered=taken.get(queue, (0, 0))[0],
                answered_in_time=taken.get(queue, (0, 0))[1],
                abandoned=lost.get(queue, 0),
            )
            for queue in sorted(taken.keys() | lost.keys())
        }

    def reply_to(self, command: str) -> StoredReply | None:
        for row in self._run(prepared.REPLY, key=command):
            return StoredReply(command=row[0], agent=row[1], at=row[2], reply=row[3])
        return None

    def outbox(self) -> Sequence[OutboxRow]:
        t = s.outbox.c
        rows = self._rows(sa.select(t.message, t.channel, t.due_at, t.tries).order_by(t.due_at, t.message))
        return [OutboxRow(message=row[0], channel=row[1], due_at=row[2], tries=row[3]) for row in rows]

    def raw(self, key: str) -> RawRow | None:
        return next(iter(self._raws(sa.select(*_RAW).where(s.raws.c.id == key))), None)

    def raw_known(self, channel: ChannelId, key: str) -> bool:
        return bool(self._run(prepared.RAW_KNOWN, of=channel, key=key))

    def unparsed(self, channel: ChannelId) -> Sequence[RawRow]:
        t = s.raws.c
        query = sa.select(*_RAW).where(t.channel == channel, t.parsed == 0)
        return self._raws(query.order_by(t.received_at, t.id))

    def blob(self, key: str) -> bytes | None:
        for row in self._run(prepared.BLOB, key=key):
            return bytes(row[0])
        return None

    def user(self, key: AgentId) -> User | None:
        return next(map(_user, self._run(prepared.USER, key=key)), None)

    def users(self) -> Sequence[User]:
        return [_user(row) for row in self._rows(sa.select(*_USER).order_by(s.users.c.id))]

    def session(self, token_hash: str) -> Session | None:
        return next(map(_session, self._run(prepared.SESSION, key=token_hash)), None)

    def sessions_of(self, agent: AgentId) -> Sequence[Session]:
        query = sa.select(*_SESSION).where(s.sessions.c.agent == agent)
        return [_session(row) for row in self._rows(query.order_by(s.sessions.c.created_at))]

    def article(self, key: str) -> Article | None:
        return self._first(ARTICLE, prepared.ARTICLE, key=key)

    def articles(self) -> Sequence[Article]:
        return self._all(ARTICLE, sa.select(s.articles.c.body).order_by(s.articles.c.title, s.articles.c.id))

    def _rows(self, query: sa.Select[Any]) -> Sequence[Sequence[Any]]:
        if self._connection.closed:
            raise StorageError("The record is closed.")
        try:
            return self._connection.execute(query).all()
        except UnicodeEncodeError:  # half a surrogate pair is in no record
            return []
        except (DBAPIError, sqlite3.Error) as error:
            raise explained(error, self._path) from error

    def _run(self, statement: prepared.Prepared, **values: object) -> Sequence[Sequence[Any]]:
        connection = prepared.driver(self._connection)
        try:
            return statement.rows(connection, **values)
        except UnicodeEncodeError:  # half a surrogate pair is in no record
            return []
        except sqlite3.Error as error:
            raise explained(error, self._path) from error

    def _first(self, decoder: Reader[T], statement: prepared.Prepared, **values: object) -> T | None:
        for row in self._run(statement, **values):
            return read(decoder, row[0])
        return None

    def _each(self, decoder: Reader[T], statement: prepared.Prepared) -> Iterator[T]:
        """Many, one after the other: their texts are never in memory together."""
        connection = prepared.driver(self._connection)
        try:
            yield from read_each(decoder, statement.each(connection))
        except sqlite3.Error as error:
            raise explained(error, self._path) from error

    def _all(self, decoder: Reader[T], query: sa.Select[Any]) -> list[T]:
        return [read(decoder, row[0]) for row in self._rows(query)]

    def _raws(self, query: sa.Select[Any]) -> list[RawRow]:
        return [
            RawRow(id=row[0], channel=row[1], key=row[2], received_at=row[3], data=row[4])
            for row in self._rows(query)
        ]

    def _message_page(
        self, conversation: ConversationId, before: Instant | None, limit: int
    ) -> Sequence[Sequence[Any]]:
        if before is None and limit > 0:
            newest = self._run(prepared.NEWEST, of=conversation, most=limit)
            if len(newest) < limit:  # nothing older: no instant can be cut in two
                return newest
        t = s.messages.c
        query = sa.select(t.body, t.at, t.num).where(t.conversation == conversation)
        return self._page(query, t.at, t.num, before=before, limit=limit)

    def _page(
        self,
        query: sa.Select[Any],
        at: sa.Column[float],
        tie: sa.Column[Any],
        *,
        before: Instant | None,
        limit: int,
    ) -> Sequence[Sequence[Any]]:
        """The newest rows (body, at, tie) before an instant, newest first, the last instant whole."""
        if limit <= 0:
            return []
        older = query if before is None else query.where(at < before)
        rows = list(self._rows(older.order_by(at.desc(), tie.desc()).limit(limit)))
        if len(rows) == limit:
            same = query.where(at == rows[-1][1], tie < rows[-1][2])
            rows += self._rows(same.order_by(tie.desc()))
        return rows


def _user(row: Sequence[Any]) -> User:
    return User(id=row[0], password_hash=row[1], sip_secret=row[2])


def _session(row: Sequence[Any]) -> Session:
    return Session(token_hash=row[0], agent=row[1], client=row[2], created_at=row[3], expires_at=row[4])


def _when(row: Sequence[Any]) -> tuple[Any, Any]:
    return row[1], row[2]
