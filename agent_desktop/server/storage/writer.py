"""The one writer: one connection, one thread, commits in groups.

Everything submitted while the last transaction ran goes into the next one, so that a commit costs one
flush of the disk for the whole group.  A future is resolved only after that flush.  If a group fails,
its commits are tried one by one, in order: the faulty one fails, the others do not.  Nothing stops the
thread: when the disk has room again, the next commit succeeds.  Near the end of the disk new work is
refused, so that work in hand can be finished.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from agent_desktop.errors import DiskFullError, StorageError
from agent_desktop.server.storage.database import Room, explained, room
from agent_desktop.server.storage.prepared import Prepared, driver
from agent_desktop.server.storage.reserve import Reserve
from agent_desktop.server.storage.rows import REPLIES_KEPT_S, Batch, Row, merged, old_replies, statements

GROUP_MOST = 2000
FORGET_EVERY_S = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Item:
    batch: Batch
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class Writer:
    """Takes batches from event loops and writes them; owns its connection until `close`."""

    def __init__(
        self,
        connection: sa.Connection,
        path: Path,
        *,
        reserve: Reserve,
        measure: Callable[[Path], Room] = room,
    ) -> None:
        self._connection = connection
        self._path = path
        self._reserve = reserve
        self._measure = measure
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._closed = False
        self._forget_at = 0.0
        self._thread = threading.Thread(target=self._run, name="record-writer", daemon=True)
        self._thread.start()

    async def write(self, batch: Batch) -> None:
        """Write a batch durably.  Raises `StorageError`: nothing of it was written."""
        if self._closed:
            raise StorageError("The record is closed.")
        loop = asyncio.get_running_loop()
        item = _Item(batch, loop, loop.create_future())
        self._queue.put(item)
        await item.done

    async def close(self) -> None:
        """Write what was submitted, then close the connection."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        self._reserve.restore(self._measure(self._path.parent))
        going = True
        while going:
            group, going = self._next_group()
            if group:
                _settle(self._written(group))
        self._connection.close()
        self._reserve.release()

    def _next_group(self) -> tuple[list[_Item], bool]:
        """Wait for one item, then take what is there already; False when it was the last group."""
        group: list[_Item] = []
        item = self._queue.get()
        while item is not None:
            group.append(item)
            if len(group) == GROUP_MOST:
                return group, True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _written(self, group: Sequence[_Item]) -> list[tuple[_Item, StorageError | None]]:
        refused: list[_Item] = []
        if any(item.batch.new_work for item in group) and not self._room_for_new_work():
            refused = [item for item in group if item.batch.new_work]
            group = [item for item in group if not item.batch.new_work]
        error = self._transaction([item.batch for item in group]) if group else None
        outcome: list[tuple[_Item, StorageError | None]]
        if error is None:
            outcome = [(item, None) for item in group]
        else:
            outcome = [(item, self._alone(item.batch)) for item in group]
        return outcome + [(item, _no_room(self._path)) for item in refused]

    def _room_for_new_work(self) -> bool:
        present = self._measure(self._path.parent)
        self._reserve.restore(present)
        return not (present.low or self._reserve.spent)

    def _alone(self, batch: Batch) -> StorageError | None:
        """Write one commit by itself; work in hand may use the reserved room."""
        error = self._transaction([batch])
        if isinstance(error, DiskFullError) and not batch.new_work:
            self._checkpoint()
            error = self._transaction([batch])
        if isinstance(error, DiskFullError) and not batch.new_work and self._reserve.release():
            _log.warning("the disk is full: finishing work in the reserved room")
            error = self._transaction([batch])
        if error is not None:
            _log.error("commit refused", extra={"why": str(error)})
        return error

    def _checkpoint(self) -> None:
        """Let the next transaction use the WAL file's room from its beginning, where it can be done."""
        raw = self._connection.connection.driver_connection  # no transaction: it could not run in one
        if isinstance(raw, sqlite3.Connection):
            with contextlib.suppress(sqlite3.Error):
                raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _transaction(self, batches: Sequence[Batch]) -> StorageError | None:
        """Write batches in one transaction, or nothing."""
        batch = merged(batches)
        try:
            connection = driver(self._connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                for statement, rows in (*statements(batch), *self._forgotten(batch)):
                    statement.write(connection, rows)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite ended it itself on some errors
                    connection.execute("ROLLBACK")
                raise
        except StorageError as error:
            explanation = error
        except sqlite3.Error as error:
            explanation = explained(error, self._path)
            explanation.__cause__ = error
        except Exception as error:  # noqa: BLE001 - the thread must outlive every commit
            _log.exception("commit failed")
            explanation = StorageError(f"The record {self._path} could not be written.")
            explanation.__cause__ = error
        else:
            return None
        return explanation

    def _forgotten(self, batch: Batch) -> list[tuple[Prepared, list[Row]]]:
        """Now and then, let go of old replies to commands."""
        newest = max((row["at"] for row in batch.adds.get("replies", ())), default=0.0)
        if not newest or newest < self._forget_at:
            return []
        self._forget_at = newest + FORGET_EVERY_S
        return [old_replies(newest - REPLIES_KEPT_S)]


def _no_room(path: Path) -> DiskFullError:
    return DiskFullError(
        f"The disk that holds {path} is nearly full. New work is refused until there is room on it."
    )


def _settle(outcome: Sequence[tuple[_Item, StorageError | None]]) -> None:
    """Tell the waiting loops, one call for each."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Item, StorageError | None]]] = {}
    for item, error in outcome:
        by_loop.setdefault(item.loop, []).append((item, error))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, settled)
        except RuntimeError:  # the loop was closed: nobody waits any more
            _log.warning("nobody waited for a commit", extra={"commits": len(settled)})


def _resolve(settled: Sequence[tuple[_Item, StorageError | None]]) -> None:
    for item, error in settled:
        if item.done.done():  # the waiter was cancelled
            continue
        if error is None:
            item.done.set_result(None)
        else:
            item.done.set_exception(error)
