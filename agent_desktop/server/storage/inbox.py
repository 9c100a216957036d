"""Reads for the inbox: moved messages, what is put aside, who follows, files and where they lie."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa

from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.types import AgentId, ConversationId, Instant
from agent_desktop.ports.storage import Upload
from agent_desktop.server.storage import schema as s
from agent_desktop.server.storage.documents import CONVERSATION, MESSAGE, read

_UPLOAD: Final = tuple(
    s.uploads.c[name] for name in ("id", "agent", "name", "media_type", "blob", "size_bytes", "at")
)
HOMES_AT_ONCE: Final = 500


class InboxReads:
    """The inbox's part of the reading half of the port."""

    def _rows(self, query: sa.Select[Any]) -> Sequence[Sequence[Any]]:
        raise NotImplementedError

    def messages_at_home(self, homes: Sequence[ConversationId]) -> Sequence[Message]:
        """Messages that were moved once and belong to one of these, wherever they lie now."""
        t, found = s.messages.c, []
        for start in range(0, len(homes), HOMES_AT_ONCE):
            some = t.home.in_(homes[start : start + HOMES_AT_ONCE])
            query = sa.select(t.body).where(some, t.home != sa.text("''"))
            found += [read(MESSAGE, row[0]) for row in self._rows(query)]
        return found

    def snoozed(self) -> Sequence[Conversation]:
        """Conversations that are put aside until a time."""
        t = s.conversations.c
        query = sa.select(t.body).where(t.snoozed_until_at > sa.text("0"))
        return [read(CONVERSATION, row[0]) for row in self._rows(query)]

    def followed(self, agent: AgentId, limit: int) -> Sequence[ConversationId]:
        """Conversations that an agent follows, newest first."""
        c, m = s.conversations.c, s.marks.c
        query = (
            sa.select(c.id)
            .select_from(s.marks.join(s.conversations, c.id == m.conversation))
            .where(m.kind == "follower", m.value == agent, c.merged_into == sa.text("''"))
        )
        rows = self._rows(query.order_by(c.updated_at.desc(), c.id).limit(limit))
        return [ConversationId(row[0]) for row in rows]

    def upload(self, key: str) -> Upload | None:
        """A file that was handed in and that no message has taken."""
        for row in self._rows(sa.select(*_UPLOAD).where(s.uploads.c.id == key)):
            return Upload(
                id=row[0],
                agent=row[1],
                name=row[2],
                media_type=row[3],
                blob=row[4],
                size_bytes=row[5],
                at=row[6],
            )
        return None

    def uploads_before(self, at: Instant, limit: int) -> Sequence[str]:
        """Files that agents handed in before an instant."""
        t = s.uploads.c
        old = sa.select(t.id).where(t.at < at, t.agent != sa.text("''")).order_by(t.at).limit(limit)
        return [row[0] for row in self._rows(old)]

    def handed_in(self, agent: AgentId, blob: str) -> bool:
        """Whether an agent handed in a file with these bytes lately."""
        t = s.uploads.c
        return bool(self._rows(sa.select(t.id).where(t.blob == blob, t.agent == agent).limit(1)))


def places(
    rows: Callable[[sa.Select[Any]], Sequence[Sequence[Any]]],
    blob: str,
    agent: AgentId,
    queues: Collection[str] | None,
    limit: int,
) -> Sequence[ConversationId]:
    """Conversations with a message that has a file, as far as an agent has to do with them.

    None instead of queues: whosever they are.  The same bytes are kept once: a sender's emblem may lie in
    every conversation that there is, so that the record chooses, and stops at the limit.
    """
    c, m, f, k, i = s.conversations.c, s.messages.c, s.files.c, s.marks.c, s.interactions.c
    query = (
        sa.select(m.conversation)
        .distinct()
        .select_from(
            s.files.join(s.messages, m.id == f.message).join(s.conversations, c.id == m.conversation)
        )
        .where(f.blob == blob)
    )
    if queues is not None:
        here = tuple(queues)
        followed = sa.exists().where(k.kind == "follower", k.value == agent, k.conversation == c.id)
        at_work = sa.exists().where(
            i.conversation == c.id, i.live == sa.text("1"), sa.or_(i.agent == agent, i.queue.in_(here))
        )
        query = query.where(sa.or_(c.agent == agent, c.owner == agent, c.queue.in_(here), followed, at_work))
    return [ConversationId(row[0]) for row in rows(query.limit(limit))]
