"""The copies on this computer: what the agent may see, kept for work and search without the router.

One thread writes and reads, so that no disk is ever waited for on the front end's thread: `put`, `page`
and `ask` return at once, in order, and what comes back is posted like an event of a link.  Writes that
lie in the queue together are one transaction.  A file that turns out to be damaged is removed and filled
anew from the router; nothing of the agent's own work lies in it.

`copied.py` is the file, `reading.py` what it answers, `catching_up.py` how it is filled.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from agent_desktop.client import copied, finding_index, reading
from agent_desktop.client.session import Session
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.events import Reply, Result, Snapshot
from agent_desktop.wire.listing import ViewModel
from agent_desktop.wire.model import Model

FOLDER = "copies"
WAITING_MOST = 20_000  # jobs: a disk that does not keep up is caught up with later
STOP_S = 5.0
WIPE_AFTER_S = 2.0

_log = logging.getLogger(__name__)

Work = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class CopiesOpened:
    """The file is open: the state to open with, if it has one, and where filling goes on."""

    path: Path
    snapshot: Snapshot | None
    cursor: str


@dataclass(frozen=True, slots=True)
class PageKept:
    """A page is in the file, or why not."""

    path: Path
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The copies' answer to a question."""

    reply: Reply


def path_of(data: Path, session: Session) -> Path:
    """The file of a user at a server."""
    return data / FOLDER / f"{name_of(session.server, session.user)}.db"


def name_of(server: str, user: str) -> str:
    """A file name for a user at a server, which tells neither."""
    whole = f"{server.rstrip('/')}\n{user.strip().casefold()}"
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:24]


class Copies:
    """The thread of one file.  `post` is called from it."""

    def __init__(self, path: Path, post: Callable[[object], None]) -> None:
        self.path = path
        self._post = post
        self._jobs: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="copies", daemon=True)
        self._thread.start()

    def put(self, *models: Model) -> None:
        """Keep things as they are now."""

        def work(connection: sqlite3.Connection) -> None:
            for model in models:
                copied.put(connection, model)

        self._write(work)

    def remove(self, kind: str, key: str) -> None:
        """Let a thing go."""
        self._write(lambda connection: copied.remove(connection, kind, key))

    def views(self, views: tuple[ViewModel, ...]) -> None:
        """Keep the agent's own views, and no other."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("delete from view")
            for view in views:
                copied.put(connection, view)

        self._write(work)

    def move_out(self, conversation: str, message: str) -> None:
        """A message is not in this conversation any more."""
        self._write(lambda connection: copied.move_out(connection, conversation, message))

    def keep(self, name: str, model: Model) -> None:
        """Keep one thing of which there is one."""
        self._write(lambda connection: copied.keep(connection, name, model))

    def page(self, result: Result) -> None:
        """Take one page of what changed; `PageKept` is posted when it is in the file."""
        self._jobs.put(_Page(result))

    def ask(self, request: str, query: AnyCommand, me: str) -> None:
        """Answer a question; the reply is posted."""
        self._jobs.put(_Question(request, query, me))

    def leave(self) -> None:
        """Write what is in the queue and end, without being waited for."""
        self._jobs.put(None)

    def close(self) -> None:
        """Write what is in the queue and end."""
        self.leave()
        self._thread.join(STOP_S)

    def _write(self, work: Work) -> None:
        if self._jobs.qsize() < WAITING_MOST:
            self._jobs.put(work)

    # ── on the thread ──

    def _run(self) -> None:
        connection = self._opened()
        going = True
        while going:
            batch: list[Work] = []
            item = self._next(connection)
            while item is not None:
                batch.append(item)
                try:
                    item = self._jobs.get_nowait()
                except queue.Empty:
                    break
            else:
                going = False
            if connection is None:  # there can be no copies here: nothing is kept, questions are answered so
                self._tell(batch, "")
            else:
                connection = self._carried_out(connection, batch)
        if connection is not None:
            with contextlib.suppress(sqlite3.DatabaseError):
                copied.wipe(connection)
            connection.close()

    def _next(self, connection: sqlite3.Connection | None) -> Work | None:
        """Wait for a job; when none comes for a while, what was let go is wiped: 0.4 s for 20,000 of them."""
        with contextlib.suppress(sqlite3.DatabaseError):  # a busy or full disk: after the next job again
            while connection is not None and copied.has_erased(connection):
                try:
                    return self._jobs.get(timeout=WIPE_AFTER_S)
                except queue.Empty:
                    copied.wipe(connection)
        return self._jobs.get()

    def _opened(self) -> sqlite3.Connection | None:
        """Open the file, anew if it is damaged; None when there can be no copies here."""
        for _try in range(2):
            try:
                connection = copied.open_file(self.path)
                snapshot, cursor = reading.opened(connection), copied.kept(connection, "cursor")
            except (OSError, sqlite3.OperationalError) as error:
                _log.warning("There are no copies on this computer.", extra={"detail": str(error)})
                break
            except (sqlite3.DatabaseError, msgspec.MsgspecError):
                _log.exception("The copies are damaged and are made anew.")
                copied.forget(self.path)
            else:
                self._post(CopiesOpened(self.path, snapshot, cursor))
                return connection
        return None

    def _carried_out(self, connection: sqlite3.Connection, batch: list[Work]) -> sqlite3.Connection | None:
        """Do a batch in one transaction; pages and questions are told after it."""
        problem = ""
        try:
            connection.execute("begin immediate")
            for work in batch:
                work(connection)
            finding_index.take_in(connection)
            connection.execute("commit")
        except sqlite3.OperationalError as error:  # a full disk: what is missing is fetched again
            _log.warning("The copies could not be written.", extra={"detail": str(error)})
            problem = _("The copies on this computer cannot be written: {error}.", error=str(error))
            if connection.in_transaction:
                connection.execute("rollback")
        except (sqlite3.DatabaseError, msgspec.MsgspecError):
            _log.exception("The copies are damaged and are made anew.")
            connection.close()
            copied.forget(self.path)
            self._tell(batch, _("The copies were damaged and are made anew."))
            return self._opened()
        self._tell(batch, problem)
        return connection

    def _tell(self, batch: list[Work], problem: str) -> None:
        for work in batch:
            match work:
                case _Page():
                    self._post(PageKept(self.path, problem))
                case _Question():
                    self._post(Answered(work.reply))
                case _:
                    pass


class _Page:
    """One page to be taken."""

    __slots__ = ("result",)

    def __init__(self, result: Result) -> None:
        self.result = result

    def __call__(self, connection: sqlite3.Connection) -> None:
        copied.page(connection, self.result)


class _Question:
    """One question to be answered."""

    __slots__ = ("_me", "_query", "_request", "reply")

    def __init__(self, request: str, query: AnyCommand, me: str) -> None:
        self._request, self._query, self._me = request, query, me
        text = _("The copies on this computer cannot be read.")
        self.reply = Reply(request=request, ok=False, code="not_copied", message=text)

    def __call__(self, connection: sqlite3.Connection) -> None:
        try:
            self.reply = Reply(
                request=self._request, result=reading.answer(connection, self._query, self._me)
            )
        except RefusedError as error:
            self.reply = Reply(request=self._request, ok=False, code=error.code, message=str(error))
