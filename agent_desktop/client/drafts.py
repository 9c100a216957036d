"""What the agent has written and not sent: kept per conversation, mode and author, safe within a second.

Each keystroke is put in memory at once and committed to a small SQLite file (`synchronous=FULL`) by a
thread of its own within `COMMIT_WITHIN_S`, so that typing never waits for a disk.  A draft carries the id
that its message will have: a program killed between sending and its confirmation shows the draft again,
and sending it again is the same message, which the router takes once.

The wrap-up form and the answers to a script are kept the same way, as modes of their own.

Two programs may have one folder open.  What another one wrote is found within `LOOK_S` and taken over; what
both wrote is never overwritten: a commit first looks at what is there, and keeps both texts where neither
goes on from the other.
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
LOOK_S = 1.0
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


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another program wrote into the file; of `both` the texts of the two were put together."""

    drafts: dict[Key, Draft]
    both: tuple[Key, ...] = ()
    number: int = 0  # of the last commit of ours that it knows of


def newer(_mode: str, _there: str, came: str) -> str:
    """One text of two where they cannot be put together: what was written last."""
    return came


class Drafts:
    """The drafts of this computer.  Used from one thread; the commits happen on another.

    `saved` is called from that other thread after each commit, and once with a sentence when a commit
    fails (a full disk): the drafts are then in memory only and go on being tried.  So is `found`, with what
    another program wrote: give it to `take` on the first thread.  `joined(mode, there, came)` makes one text
    of two that were written at the same time.
    """

    def __init__(
        self,
        path: Path,
        *,
        saved: Callable[[str], None] = lambda _problem: None,
        found: Callable[[Elsewhere], None] = lambda _found: None,
        joined: Callable[[str, str, str], str] = newer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._saved = saved
        self._found = found
        self._joined = joined
        self._path = path
        self.set_aside = ""  # where a file that could not be read is kept now
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._stamp = _stamp(path)  # before it is read: what comes in between is found at the next look
            self._drafts = self._look()
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                _("Drafts cannot be kept in {folder}: {error}.", folder=str(path.parent), error=str(error))
            ) from error
        self._waiting: dict[Key, Draft] = {}
        self._writing: frozenset[Key] = frozenset()
        self._number = 0
        self._committed: dict[Key, int] = {}  # by which commit of ours
        self._durable: dict[Key, float] = {key: draft.written_at for key, draft in self._drafts.items()}
        # What the file has as far as it is known here; what is there beside that is another program's.
        self._theirs = dict(self._drafts)
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

    def take(self, found: Elsewhere) -> tuple[Key, ...]:
        """Take over what another program wrote, but for what was written here meanwhile: its commit looks.

        Gives the keys of what is another text now.
        """
        moved = []
        for key, draft in found.drafts.items():
            with self._changed:
                later = self._committed.get(key, 0) > found.number
                if later or key in self._waiting or key in self._writing:
                    continue
                self._theirs[key] = draft
                self._durable[key] = draft.written_at
            if self.get(key).text != draft.text:
                moved.append(key)
            if draft.text:
                self._drafts[key] = draft
            else:
                self._drafts.pop(key, None)
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
                self._changed.wait_for(lambda: self._waiting or self._closing, LOOK_S)
                if self._waiting and not self._closing:
                    # Gather a burst of keystrokes into one commit.
                    self._changed.wait_for(lambda: self._closing, COMMIT_WITHIN_S)
                batch, self._waiting = self._waiting, {}
                self._writing = frozenset(batch)
                closing = self._closing
            try:
                met = self._commit(batch)
            except (OSError, sqlite3.Error) as error:
                _log.warning("Drafts could not be saved.", extra={"detail": str(error)})
                with self._changed:
                    self._waiting = {**batch, **self._waiting}
                    self._writing = frozenset()
                if batch and not failed:
                    failed = True
                    self._saved(_("Drafts cannot be saved on this computer: {error}.", error=str(error)))
                if closing:
                    return
                continue
            if batch:
                failed = False
                self._saved("")
            if closing:
                return
            self._tell(met)

    def _commit(self, batch: dict[Key, Draft]) -> dict[Key, Draft]:
        """Write a batch; gives what is in the file instead, where another program wrote there too."""
        with self._changed:
            expected = {key: self._theirs.get(key, Draft()).written_at for key in batch}
        met = _write(self._path, batch, expected, self._joined)
        with self._changed:
            self._number += 1
            for key, draft in batch.items():
                self._committed[key] = self._number
                if key not in met:
                    self._theirs[key] = draft
                    self._durable[key] = draft.written_at
            self._writing = frozenset()
        return met

    def _tell(self, met: dict[Key, Draft]) -> None:
        """Say what another program wrote: beside what was written here (`met`), or since the last look."""
        stamp = _stamp(self._path)
        changed: dict[Key, Draft] = {}
        if stamp != self._stamp:
            try:
                rows = _read(self._path)
            except (OSError, sqlite3.Error):
                return  # the next look finds it
            self._stamp = stamp
            with self._changed:
                known = {**self._theirs, **dict.fromkeys(self._waiting, Draft())}
                changed = {
                    key: rows.get(key, Draft())
                    for key in rows.keys() | known.keys()
                    if rows.get(key, Draft()) != known.get(key, Draft()) and key not in self._waiting
                }
        if changed or met:
            both = tuple(key for key, draft in met.items() if draft.text)
            self._found(Elsewhere({**met, **changed}, both, self._number))


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


def _write(
    path: Path,
    batch: dict[Key, Draft],
    expected: dict[Key, float],
    joined: Callable[[str, str, str], str],
) -> dict[Key, Draft]:
    """Commit a batch; a draft without text is a row less.  The file is opened anew: it may have moved.

    Gives what stands in the file now where somebody else wrote since `expected`.
    """
    met: dict[Key, Draft] = {}
    if not batch:
        return met
    connection = _open(path)
    try:
        with connection:
            connection.execute("begin immediate")
            for key, ours in batch.items():
                there = _row(connection, key)
                kept = ours
                if there.written_at != expected.get(key, 0.0):
                    kept = _of_both(key, there, ours, joined)
                    if kept != ours:
                        met[key] = kept
                _put(connection, key, kept)
    finally:
        connection.close()
    return met


def _of_both(key: Key, there: Draft, ours: Draft, joined: Callable[[str, str, str], str]) -> Draft:
    """What stays of two texts: the one that goes on where the other ends, or both."""
    if ours.text and ours.text.startswith(there.text):
        return ours
    if there.text.startswith(ours.text):
        return there  # also when it was sent or emptied here: what is there was written since
    return Draft(joined(key.mode, there.text, ours.text), there.message, ours.written_at)


def _row(connection: sqlite3.Connection, key: Key) -> Draft:
    found = connection.execute(
        "select text, message, written_at from draft where author = ? and conversation = ? and mode = ?",
        (key.author, key.conversation, key.mode),
    ).fetchone()
    return Draft(*found) if found is not None else Draft()


def _put(connection: sqlite3.Connection, key: Key, draft: Draft) -> None:
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


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes when somebody writes the file; nothing while it cannot be looked at."""
    try:
        seen = path.stat()
    except OSError:
        return (0, 0, 0)
    return seen.st_mtime_ns, seen.st_size, seen.st_ino
