"""What the agent has written and not sent: kept per conversation, mode and author, safe within a second.

Each keystroke is put in memory at once and committed to a small SQLite file (`synchronous=FULL`) by a
thread of its own within `COMMIT_WITHIN_S`, so that typing never waits for a disk.  A draft carries the id
that its message will have: a program killed between sending and its confirmation shows the draft again,
and sending it again is the same message, which the router takes once.

The wrap-up form and the answers to a script are kept the same way, as modes of their own.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent_desktop.errors import StorageError
from agent_desktop.i18n import _

COMMIT_WITHIN_S = 0.4
_SCHEMA = """
create table if not exists draft (
  author text not null, conversation text not null, mode text not null,
  text text not null, message text not null, written_at real not null,
  primary key (author, conversation, mode)
) without rowid
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    """Whose draft of what: `mode` is reply, note, wrapup or script."""

    author: str
    conversation: str
    mode: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The text, the id its message will have, and when it was last changed."""

    text: str = ""
    message: str = ""
    written_at: float = 0.0


class Drafts:
    """The drafts of this computer.  Used from one thread; the commits happen on another.

    `saved` is called from that other thread after each commit, and once with a sentence when a commit
    fails (a full disk): the drafts are then in memory only and go on being tried.
    """

    def __init__(
        self,
        path: Path,
        *,
        saved: Callable[[str], None] = lambda _problem: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._saved = saved
        self._path = path
        self.set_aside = ""  # where a file that could not be read is kept now
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._drafts = self._look()
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                _("Drafts cannot be kept in {folder}: {error}.", folder=str(path.parent), error=str(error))
            ) from error
        self._waiting: dict[Key, Draft] = {}
        self._durable: dict[Key, float] = {key: draft.written_at for key, draft in self._drafts.items()}
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._commit_always, name="drafts", daemon=True)
        self._thread.start()

    def get(self, key: Key) -> Draft:
        """The draft, empty if there is none."""
        return self._drafts.get(key, Draft())

    def put(self, key: Key, text: str, *, message: str) -> Draft:
        """Keep a keystroke.  An id that the draft has already stays; `message` is for a new one."""
        old = self.get(key)
        draft = Draft(text, old.message or message, self._clock())
        self._drafts[key] = draft
        self._queue(key, draft)
        return draft

    def clear(self, key: Key) -> None:
        """Forget a draft: it was sent, or the agent emptied it."""
        if self._drafts.pop(key, None) is not None:
            self._queue(key, Draft())

    def of_message(self, message: str) -> dict[Key, Draft]:
        """The drafts that would become this message."""
        return {key: draft for key, draft in self._drafts.items() if message and draft.message == message}

    def rename(self, key: Key, message: str) -> None:
        """What is written becomes another message than it was to be."""
        old = self._drafts.pop(key, None)
        if old is not None:
            self.put(key, old.text, message=message)

    def move(
        self,
        conversation: str,
        into: str,
        joined: Callable[[str, str, str], str],
        *,
        but: Callable[[str], bool] = lambda _mode: False,
    ) -> tuple[Key, ...]:
        """What was written in a conversation belongs to another one now, which it was merged into.

        `joined(mode, there, moved)` makes one text of two; modes that `but` names stay.  Gives the new keys.
        """
        moved: list[Key] = []
        for key, draft in tuple(self._drafts.items()):
            if key.conversation != conversation or but(key.mode) or not draft.text:
                continue
            target = Key(key.author, into, key.mode)
            there = self.get(target)
            self.clear(key)
            text = joined(key.mode, there.text, draft.text) if there.text else draft.text
            self.put(target, text, message=draft.message)
            moved.append(target)
        return tuple(moved)

    def saved_at(self, key: Key) -> float:
        """When the draft as it is now was committed; 0 while it is not."""
        draft = self._drafts.get(key)
        with self._changed:
            at = self._durable.get(key, 0.0)
        return at if draft is not None and at >= draft.written_at else 0.0

    def of(self, author: str) -> dict[Key, Draft]:
        """Every draft of one author."""
        return {key: draft for key, draft in self._drafts.items() if key.author == author}

    def close(self) -> None:
        """Commit what waits and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(5.0)

    def _look(self) -> dict[Key, Draft]:
        """Read the file, which is nobody else's to read; one that is damaged is kept beside, and said."""
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
        with contextlib.suppress(OSError):  # of an older program; not every file system knows modes
            self._path.chmod(0o600)
        try:
            return _read(self._path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            beside = self._path.with_suffix(".damaged")
            self._path.replace(beside)
            _log.exception("The drafts cannot be read.")
            self.set_aside = str(beside)
            return self._look()

    def _queue(self, key: Key, draft: Draft) -> None:
        with self._changed:
            self._waiting[key] = draft
            self._changed.notify()

    def _commit_always(self) -> None:
        failed = False
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._closing:
                    # Gather a burst of keystrokes into one commit.
                    self._changed.wait_for(lambda: self._closing, COMMIT_WITHIN_S)
                batch, self._waiting = self._waiting, {}
                closing = self._closing
            try:
                _write(self._path, batch)
            except (OSError, sqlite3.Error) as error:
                _log.warning("Drafts could not be saved.", extra={"detail": str(error)})
                with self._changed:
                    self._waiting = {**batch, **self._waiting}
                if not failed:
                    failed = True
                    self._saved(_("Drafts cannot be saved on this computer: {error}.", error=str(error)))
                if closing:
                    return
                continue
            failed = False
            with self._changed:
                self._durable.update({key: draft.written_at for key, draft in batch.items()})
            if batch:
                self._saved("")
            if closing:
                return


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5.0)
    connection.execute("pragma synchronous = full")
    connection.execute(_SCHEMA)
    return connection


def _read(path: Path) -> dict[Key, Draft]:
    connection = _open(path)
    try:
        rows = connection.execute("select author, conversation, mode, text, message, written_at from draft")
        return {Key(*row[:3]): Draft(*row[3:]) for row in rows}
    finally:
        connection.close()


def _write(path: Path, batch: dict[Key, Draft]) -> None:
    """Commit a batch; a draft without text is a row less.  The file is opened anew: it may have moved."""
    if not batch:
        return
    connection = _open(path)
    try:
        with connection:
            for key, draft in batch.items():
                if draft.text:
                    connection.execute(
                        "insert or replace into draft values (?, ?, ?, ?, ?, ?)",
                        (key.author, key.conversation, key.mode, draft.text, draft.message, draft.written_at),
                    )
                else:
                    connection.execute(
                        "delete from draft where author = ? and conversation = ? and mode = ?",
                        (key.author, key.conversation, key.mode),
                    )
    finally:
        connection.close()
