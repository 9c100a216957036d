"""The unsent acts of this computer: on the disk before they are shown as waiting, gone when answered.

One small SQLite file for everybody who signs in here, apart from the copies (those can be filled again,
these cannot); `synchronous=FULL`, written by a thread of its own.  A row is one user's at one server, so
that nobody sends what another one did.  What can leave and in what order is `acts.py`.

Two programs may have one folder open: what one of them has settled or taken back is gone from the file, and
the other one looks there before anything leaves.

A program that is killed between sending and the answer finds the act here, and sends it with the same id.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import msgspec

from agent_desktop.client import acts
from agent_desktop.client.acts import Act, ActState
from agent_desktop.errors import StorageError
from agent_desktop.i18n import _
from agent_desktop.wire.codec import encode_body
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.events import Reply

TRY_AGAIN_S = 1.0
READ_AFTER_S = 0.5  # at a sign-in: what the last session wrote is waited for so long
_SCHEMA = """
create table if not exists act (
  request text primary key, owner text not null, number integer not null, at real not null,
  title text not null, command text not null, subjects text not null, refused integer not null,
  code text not null, message text not null, sent_at real not null
) without rowid
"""
_PUT = "insert or replace into act values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CHANGES = itertools.count(1)  # of this program: what an earlier session wrote is not taken for this one's
_COMMAND: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_SUBJECTS = msgspec.json.Decoder(tuple[str, ...])

_log = logging.getLogger(__name__)

Row = tuple[object, ...]
Change = tuple[str, Row | None]  # request, and its row; None: it is gone


@dataclass(frozen=True, slots=True)
class Saved:
    """Everything up to this change is on the disk; or `problem` says why nothing can be written."""

    upto: int
    problem: str = ""


class Keeper(Protocol):
    """Where rows are kept.  `write` returns at once; `Saved` is told when it is durable."""

    def rows(self, owner: str) -> Sequence[Row]: ...

    def there(self, requests: Sequence[str]) -> frozenset[str]: ...

    def write(self, upto: int, changes: Sequence[Change]) -> None: ...

    def close(self) -> None: ...


class Unsent:
    """One user's acts, in the order in which they were done.  Used from the front end's thread."""

    def __init__(self, keeper: Keeper, owner: str) -> None:
        self._keeper = keeper
        self._owner = owner
        self._saving: dict[str, int] = {}  # act: the change that must be on the disk
        self.acts: dict[str, Act] = {}
        self.problem = ""
        found = [_act(row) for row in keeper.rows(owner)]
        self.unreadable = found.count(None)  # of a newer program: they stay in the file
        for act in sorted((a for a in found if a is not None), key=lambda a: a.number):
            self.acts[act.request] = act
        self._number = max((a.number for a in self.acts.values()), default=0)

    def add(
        self,
        request: str,
        command: AnyCommand,
        subjects: tuple[str, ...],
        *,
        at: float,
        waited: bool,
        title: str = "",
    ) -> Act:
        """Write down what was done.

        A refused act whose message this one sends is settled by it; it takes that one's place, so that
        what must not overtake the message still does not.
        """
        self._number += 1
        act = Act(
            request=request,
            number=self._number,
            command=command,
            subjects=subjects,
            at=at,
            title=title,
            waited=waited,
        )
        settled = [
            a
            for a in self.acts.values()
            if a.state == "refused" and a.message_id and a.message_id == act.message_id
        ]
        if settled:
            act = replace(act, number=min(a.number for a in settled))
        self._put(act, gone=[a.request for a in settled])
        self._sort()
        return act

    def due(self, now: float) -> tuple[Act, ...]:
        """What may leave now; what may have left too long ago is asked about instead.

        What is gone from the file was settled by another program, or taken back there: it leaves the list.
        """
        for act in tuple(self.acts.values()):
            if act.state in {"saving", "waiting"} and acts.may_have_left(act, now):
                self._put(acts.too_old(act))
        found = tuple(acts.due(self.acts.values(), now))
        known = tuple(a.request for a in found if a.state == "waiting" and a.request not in self._saving)
        gone = set(known) - self._keeper.there(known) if known else set()
        if not gone:
            return found
        for request in gone:
            del self.acts[request]
        return tuple(acts.due(self.acts.values(), now))

    def left(self, request: str, now: float) -> None:
        """It was handed to the link."""
        act = self.acts[request]
        first = not act.sent_at
        sent = replace(act, state="sent", sent_at=act.sent_at or now)
        self.acts[request] = sent
        if first:
            self._put(sent)

    def link_lost(self) -> None:
        """What has no answer yet waits; the link itself asks again when it is back."""
        for act in tuple(self.acts.values()):
            if act.state == "sent" and not act.waited:
                self.acts[act.request] = replace(act, waited=True)

    def link_gone(self) -> None:
        """Another link comes, which knows nothing of what was handed to the last one."""
        for act in tuple(self.acts.values()):
            if act.state == "sent":
                state: ActState = "saving" if act.request in self._saving else "waiting"
                self.acts[act.request] = replace(act, state=state, waited=True)

    def answered(self, reply: Reply, now: float) -> Act | None:
        """Take the router's answer; gives the act that it ends, or None when the act goes on waiting."""
        act = self.acts[reply.request]
        if not reply.ok and reply.code in acts.LATER:
            self.acts[act.request] = replace(
                act, state="waiting", waited=True, message=reply.message, again_at=now + acts.AGAIN_S
            )
            return None
        if reply.ok or reply.code in acts.THERE or not act.waited:
            self._drop((act.request,))
            return act
        refused = replace(act, state="refused", code=reply.code, message=reply.message)
        self._put(refused)
        return refused

    def discard(self, request: str) -> Act:
        """The agent does not want it any more."""
        act = self.acts[request]
        self._drop((request,))
        return act

    def again(self, request: str, new_request: str, command: AnyCommand) -> Act:
        """The agent wants a refused act all the same: a new request in its place."""
        act = self.acts[request]
        fresh = replace(
            act, request=new_request, command=command, state="saving", code="", message="", sent_at=0.0
        )
        self._put(fresh, gone=(request,))
        self._sort()
        return fresh

    def saved(self, told: Saved) -> bool:
        """The disk has what was written; whether anything looks different."""
        before = self.problem
        self.problem = told.problem
        durable = [request for request, change in self._saving.items() if change <= told.upto]
        for request in () if told.problem else durable:
            del self._saving[request]
            act = self.acts.get(request)
            if act is not None and act.state == "saving":
                self.acts[request] = replace(act, state="waiting")
        return bool(durable) or before != told.problem

    def waiting(self) -> tuple[Act, ...]:
        """What has not been sent, or has no answer yet."""
        return tuple(a for a in self.acts.values() if a.state != "refused")

    def refused(self) -> tuple[Act, ...]:
        """What the agent must decide about."""
        return tuple(a for a in self.acts.values() if a.state == "refused")

    def close(self) -> None:
        """Write what is not written and end."""
        self._keeper.close()

    def _sort(self) -> None:
        ordered = sorted(self.acts.values(), key=lambda a: a.number)
        self.acts.clear()
        self.acts.update((act.request, act) for act in ordered)

    def _put(self, act: Act, *, gone: Iterable[str] = ()) -> None:
        changes: list[Change] = [(request, None) for request in gone]
        for request, _row in changes:
            self.acts.pop(request, None)
        self.acts[act.request] = act
        self._saving[act.request] = self._write([*changes, (act.request, _row_of(act, self._owner))])

    def _drop(self, gone: Iterable[str]) -> None:
        for request in gone:
            self.acts.pop(request, None)
            self._saving.pop(request, None)
        self._write([(request, None) for request in gone])

    def _write(self, changes: list[Change]) -> int:
        number = next(_CHANGES)
        self._keeper.write(number, changes)
        return number


class UnsentFile:
    """`Keeper` over SQLite.  `told` is called from the writer's thread."""

    def __init__(self, path: Path, told: Callable[[Saved], None]) -> None:
        self._path = path
        self._told = told
        self.set_aside = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._look()
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                _(
                    "Unsent acts cannot be kept in {folder}: {error}.",
                    folder=str(path.parent),
                    error=str(error),
                )
            ) from error
        self._waiting: queue.SimpleQueue[tuple[int, Sequence[Change]] | None] = queue.SimpleQueue()
        self._handing = threading.Lock()
        self._idle = threading.Event()  # everything that was handed over is written
        self._idle.set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_always, name="unsent", daemon=True)
        self._thread.start()

    def rows(self, owner: str) -> Sequence[Row]:
        self._idle.wait(READ_AFTER_S)
        with contextlib.closing(_connection(self._path, wait_s=0.2)) as connection:
            return connection.execute(
                "select * from act where owner = ? order by number", (owner,)
            ).fetchall()

    def there(self, requests: Sequence[str]) -> frozenset[str]:
        """Which of these are in the file; all of them while it cannot be read: the router takes each once."""
        query = f"select request from act where request in ({', '.join('?' * len(requests))})"  # noqa: S608 - marks
        with contextlib.suppress(OSError, sqlite3.Error):
            if self._path.exists():
                with contextlib.closing(_connection(self._path, wait_s=0.2)) as connection:
                    return frozenset(row[0] for row in connection.execute(query, requests))
        return frozenset(requests)

    def write(self, upto: int, changes: Sequence[Change]) -> None:
        with self._handing:
            self._idle.clear()
            self._waiting.put((upto, changes))

    def close(self) -> None:
        self._closing.set()
        self._waiting.put(None)
        self._thread.join(5.0)

    def _look(self) -> None:
        """Open the file once; one that is damaged is kept beside, and said."""
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
        try:
            with contextlib.closing(_connection(self._path)) as connection:
                connection.execute("select count(*) from act").fetchone()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            beside = self._path.with_suffix(".damaged")
            self._path.replace(beside)
            _log.exception("The unsent acts cannot be read.")
            self.set_aside = str(beside)
            self._look()

    def _write_always(self) -> None:
        batch: list[Change] = []
        upto, going = 0, True
        while going:
            item = self._waiting.get()
            while item is not None:
                upto, changes = item
                batch += changes
                try:
                    item = self._waiting.get_nowait()
                except queue.Empty:
                    break
            else:
                going = False
            while batch:
                problem = self._written(batch)
                self._told(Saved(upto, problem))
                if not problem:
                    batch = []
                elif self._closing.wait(TRY_AGAIN_S):
                    self._written(batch)  # once more, and for the last time
                    return
            with self._handing:
                if self._waiting.empty():
                    self._idle.set()

    def _written(self, batch: Sequence[Change]) -> str:
        """Commit a batch; gives why not, in words."""
        try:
            with contextlib.closing(_connection(self._path)) as connection, connection:
                for request, row in batch:
                    if row is None:
                        connection.execute("delete from act where request = ?", (request,))
                    else:
                        connection.execute(_PUT, row)
        except (OSError, sqlite3.Error) as error:
            _log.warning("Unsent acts could not be saved.", extra={"detail": str(error)})
            return _("What you do cannot be saved on this computer: {error}.", error=str(error))
        return ""


def _connection(path: Path, *, wait_s: float = 5.0) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=wait_s)
    connection.execute("pragma synchronous = full")
    connection.execute(_SCHEMA)
    return connection


def _row_of(act: Act, owner: str) -> Row:
    return (
        act.request,
        owner,
        act.number,
        act.at,
        act.title,
        encode_body(act.command).decode(),
        msgspec.json.encode(act.subjects).decode(),
        int(act.state == "refused"),
        act.code,
        act.message,
        act.sent_at,
    )


def _act(row: Sequence[object]) -> Act | None:
    """The act of a row; None for one that a newer program wrote."""
    request, _owner, number, at, title, command, subjects, refused, code, message, sent_at = row
    try:
        return Act(
            request=str(request),
            number=int(str(number)),
            command=_COMMAND.decode(str(command)),
            subjects=_SUBJECTS.decode(str(subjects)),
            at=float(str(at)),
            title=str(title),
            state="refused" if refused else "waiting",
            code=str(code),
            message=str(message),
            waited=True,
            sent_at=float(str(sent_at)),
        )
    except (msgspec.MsgspecError, ValueError):
        _log.warning("An unsent act was written by another version of this program.")
        return None
