"""Connections to a record, and what its errors mean in words.

One connection writes, in one thread of one process; the others can only read.  SQLite before 3.51.3
(except 3.44.6 and 3.50.7) can damage a WAL file when two connections write or checkpoint together: a
lock file keeps a second router away from the record, readers never checkpoint, nothing is mapped into
memory.  `synchronous=FULL` (and `fullfsync` on macOS) makes a commit durable before it is acknowledged.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from agent_desktop.errors import DiskFullError, StorageError

BUSY_S = 30.0
LOW_SHARE = 0.05
LOW_BYTES = 2_000_000_000
CHECKED_BYTES = 64_000_000

_WRITER = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA fullfsync=ON",
    "PRAGMA checkpoint_fullfsync=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA mmap_size=0",
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA cache_size=-16000",
)
_READER = ("PRAGMA query_only=ON", "PRAGMA mmap_size=0", "PRAGMA cache_size=-16000")
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FORBIDDEN = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def connect(path: Path, *, read_only: bool) -> sa.Connection:
    """Open one connection.  The writer's transactions begin as writers; each read is one by itself."""
    mode = "ro" if read_only else "rwc"
    uri = f"{path.resolve().as_uri()}?mode={mode}"

    def opened() -> sqlite3.Connection:
        # Without an isolation level the driver begins nothing by itself: DDL is transactional too.
        raw = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _READER if read_only else _WRITER:
                raw.execute(pragma)
        except sqlite3.Error:
            raw.close()
            raise
        return raw

    engine = sa.create_engine("sqlite+pysqlite://", creator=opened, poolclass=NullPool)
    if read_only:
        return engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine.connect()


def explained(error: DBAPIError | sqlite3.Error, path: Path) -> StorageError:
    """Give the error in words."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", 0)
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_FULL or (primary == sqlite3.SQLITE_IOERR and not room(path.parent).free):
        return DiskFullError(f"The disk that holds {path} is full. Make room on it.")
    if primary in _DAMAGED:
        return StorageError(
            f"The record {path} is damaged ({cause}). Stop the router and restore the latest backup."
        )
    if primary in _BUSY:
        return StorageError(f"The record {path} is in use by another program.")
    if primary in _FORBIDDEN:
        return StorageError(f"The record {path} cannot be written. Check the rights on it and on its folder.")
    return StorageError(f"The record {path} could not be written: {cause}.")


def checked(connection: sa.Connection, path: Path) -> None:
    """Read every page of a record that is not large.  Raises `StorageError` when one is damaged."""
    if path.stat().st_size > CHECKED_BYTES:
        return
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    connection.rollback()
    if found != "ok":
        raise StorageError(
            f"The record {path} is damaged ({found}). Stop the router and restore the latest backup."
        )


@dataclass(frozen=True, slots=True)
class Room:
    """The room on a disk."""

    total: int
    free: int

    @property
    def low(self) -> bool:
        """Whether new work is refused: less than 5 % free, and less than 2 GB."""
        return self.free < min(self.total * LOW_SHARE, LOW_BYTES)


def room(folder: Path) -> Room:
    """Measure the disk of a folder."""
    usage = shutil.disk_usage(folder)
    return Room(usage.total, usage.free)


def lock(path: Path) -> IO[Any]:
    """Keep a second router away, until the returned file is closed.  Raises `StorageError`."""
    name = path.with_name(f"{path.name}.lock")
    file = name.open("a+b")
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - there only

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise StorageError(f"The record {path} is in use by another router. Stop that one first.") from error
    return file


def created(path: Path) -> None:
    """Make the file and its folder, for this user's eyes only.  Raises `StorageError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageError(f"The record {path} cannot be made: {error.strerror}.") from error
