"""The record on SQLite: `open_store(path)` gives the `Store` of ports/storage.py.

Reads run in the caller's thread on their own connection and see what was committed; search has a thread
and a connection of its own; writes go to the one writer.  A record belongs to one router at a time.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.listing import Filter, Place
from agent_desktop.domain.types import AgentId, ConversationId, Instant, QueueId
from agent_desktop.errors import StorageError
from agent_desktop.ports.storage import Changes, Found, Sought
from agent_desktop.server.storage import database, listing, prepared, search
from agent_desktop.server.storage.documents import CONVERSATION, read
from agent_desktop.server.storage.inbox import InboxReads, places
from agent_desktop.server.storage.migrate import migrate
from agent_desktop.server.storage.queries import Queries
from agent_desktop.server.storage.reserve import Reserve
from agent_desktop.server.storage.rows import batch_of
from agent_desktop.server.storage.writer import Writer

T = TypeVar("T")

MANY = 1_000  # entries of a commit; more are made into rows beside the loop

_log = logging.getLogger(__name__)


def open_store(path: Path, *, reserve_bytes: int = 0) -> SqliteStore:
    """Open or make the record in the file `path`, bringing it to this program's shape.

    `reserve_bytes` is the room kept free for finishing work on a full disk: a running router gives
    `RESERVE_BYTES`.  Raises `StorageError` in words: damaged, in use by another router, no rights,
    written by a newer version.
    """
    database.created(path)
    with ExitStack() as stack:
        stack.enter_context(database.lock(path))
        try:
            write = stack.enter_context(database.connect(path, read_only=False))
            database.checked(write, path)
            migrate(write, str(path))
            reader = stack.enter_context(database.connect(path, read_only=True))
            find = stack.enter_context(database.connect(path, read_only=True))
        except (DBAPIError, sqlite3.Error) as error:
            raise database.explained(error, path) from error
        reserve = Reserve(path.with_name(f"{path.name}.reserve"), reserve_bytes)
        _log.info("record opened", extra={"path": str(path), "sqlite_version": sqlite3.sqlite_version})
        return SqliteStore(path, Writer(write, path, reserve=reserve), reader, find, stack.pop_all())


class SqliteStore(Queries, InboxReads):
    """See the port.  `commit` and `close` belong to an event loop; reads to one thread at a time."""

    def __init__(
        self, path: Path, writer: Writer, read: sa.Connection, find: sa.Connection, files: ExitStack
    ) -> None:
        super().__init__(read, path)
        self._writer = writer
        self._searched = find
        self._files = files
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="record-search")
        self._closed = False

    async def commit(self, changes: Changes) -> None:
        """Write everything in one durable transaction; nothing may change in it until that is done."""
        if len(changes.events) + len(changes.messages) > MANY:  # making its rows takes a while
            await self._writer.write(await asyncio.to_thread(batch_of, changes))
        elif changes:
            await self._writer.write(batch_of(changes))

    async def close(self) -> None:
        """Finish the last commit and let go of the files; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)
        # Readers first: the last connection to close checkpoints, and that must be the writer.
        self._searched.close()
        self._connection.close()
        await self._writer.close()
        self._files.close()

    async def search(self, sought: Sought) -> Found:
        """A page of messages, notes, calls, customers and articles."""
        return await self._found(lambda: search.search(self._searched, sought))

    async def search_articles(self, text: str, limit: int) -> Sequence[Article]:
        """Articles with any of the words, best first."""
        return await self._found(lambda: search.search_articles(self._searched, text, limit))

    async def listed(
        self, asked: Filter, *, after: Place | None = None, limit: int = 100, now: Instant = Instant(0.0)
    ) -> tuple[Sequence[Conversation], Place | None]:
        """A page of the conversations that a filter holds; the place of the next one, None at the end."""
        bodies, place = await self._found(lambda: listing.page(self._lists, asked, after, limit, now))
        return [read(CONVERSATION, body) for body in bodies], place

    async def counted(self, asked: Filter, *, most: int, now: Instant) -> int:
        """How many conversations a filter holds, at most so many."""
        return await self._found(lambda: listing.count(self._lists, asked, most, now))

    async def file(self, key: str) -> bytes | None:
        """The bytes of a file, read beside the loop."""
        return await self._found(lambda: self._file(key))

    async def file_places(
        self, key: str, agent: AgentId, queues: Collection[QueueId] | None, *, limit: int = 100
    ) -> Sequence[ConversationId]:
        """Conversations that have a file and that an agent has to do with; None: whosever they are."""
        return await self._found(lambda: places(self._lists, key, agent, queues, limit))

    def _file(self, key: str) -> bytes | None:
        raw = prepared.driver(self._searched)
        try:
            found = raw.execute("SELECT rowid FROM blobs WHERE id = ?", (key,)).fetchone()
        except UnicodeEncodeError:  # half a surrogate pair is in no record
            found = None
        if found is None:
            return None
        # Not as a column: that would keep all of Python waiting while its pages are read.
        with raw.blobopen("blobs", "data", found[0], readonly=True) as data:
            return data.read()

    def _lists(self, query: sa.Select[Any]) -> Sequence[Sequence[Any]]:
        return self._searched.execute(query).all()

    async def _found(self, query: Callable[[], T]) -> T:
        if self._closed:
            raise StorageError("The record is closed.")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, query)
        except (DBAPIError, sqlite3.Error) as error:
            raise database.explained(error, self._path) from error
