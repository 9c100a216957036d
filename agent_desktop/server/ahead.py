"""Long conversations, read a page at a time before an act that moves all their messages.

A merge of ten thousand messages is one change and one transaction.  What it takes to read them and to make
what they become is done before it, in pages, and the loop does other things between two pages.  What is
written meanwhile is noted, and looked at again within the change: it sees what it would have read itself.

Rules of the file: nothing is changed here; what was read lives until its act is done and no longer; one
act reads ahead at a time, in the order in which they came.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.domain import joining
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.types import ConversationId, Instant, MessageId
from agent_desktop.ports.storage import Changes
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.messages import lying_in, message_of

PAGE: Final = 200  # messages read in one turn of the loop
LONG: Final = 500  # messages; a shorter conversation is read within the change

Moves = Callable[[Message], bool]


@dataclass(slots=True, eq=False)
class Read:
    """The messages of one conversation, newest first, and what those that move become."""

    of: ConversationId
    messages: list[Message] = field(default_factory=list)
    moved: dict[MessageId, tuple[Message, Message]] = field(default_factory=dict)  # before, after
    written: set[MessageId] = field(default_factory=set)  # since it began: to be looked at again

    def now(self, step: Step) -> list[Message]:
        """All messages of the conversation as they are in this step, oldest first."""
        again = self.written | step.tables.fresh.keys()
        if not again:
            return self.messages[::-1]
        found = [one for one in reversed(self.messages) if one.id not in again]
        looked_at = (message_of(step, key) for key in again)
        found += [one for one in looked_at if one is not None and one.conversation == self.of]
        return sorted(found, key=lambda one: (one.at, one.id))


class Ahead:
    """Reads for acts to come."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._turn = asyncio.Lock()
        self._reading: Read | None = None  # not whole yet, or
        self._read: Read | None = None  # the same, whole
        hub.published.append(self._committed)

    def of(self, thread: ConversationId) -> Read | None:
        """What was read of a conversation for the act that is under way."""
        return self._read if self._read is not None and self._read.of == thread else None

    @asynccontextmanager
    async def reading(self, thread: ConversationId, to: ConversationId, moves: Moves) -> AsyncIterator[None]:
        """Have a conversation read, and those of its messages that will lie in another made so."""
        async with self._turn:
            found = self._reading = Read(of=thread)
            try:
                await self._through(found, to, moves)
                self._read = found
                yield
            finally:
                self._read = self._reading = None

    async def _through(self, found: Read, to: ConversationId, moves: Moves) -> None:
        before: Instant | None = None
        while page := self._hub.store.messages(found.of, before=before, limit=PAGE):
            for one in reversed(page):
                found.messages.append(one)
                if moves(one):
                    found.moved[one.id] = one, lying_in(self.held, one, to, joining.rooted(one))
            before = page[0].at
            await asyncio.sleep(0)

    def held(self, key: ConversationId) -> Conversation | None:
        """A conversation as it is before the change."""
        return self._hub.tables.conversations.get(key) or self._hub.store.conversation(key)

    def _committed(self, changes: Changes) -> None:
        """What was written since the reading began may be read as it was."""
        if self._reading is not None:
            self._reading.written.update(changes.messages, changes.called_back)
