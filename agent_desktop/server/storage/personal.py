"""Everything that a record holds about one customer: found, written out, and erased.

What counts: the card with its addresses, every conversation and interaction tied to it, their messages,
files, recordings and raw mails, their events in the log, the replies kept for commands that name them, and
raw mails from one of the customer's addresses that belong to no message.

Rules of the file: erasing is exact (other customers' mails that mention this one stay), is done with the
router stopped, and leaves nothing in free pages, in full-text indexes or in the write-ahead log.
"""
# ruff: noqa: S608 - statements are put together from the names in this file and nothing else

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_desktop.domain.customer import normal
from agent_desktop.errors import RefusedError
from agent_desktop.server.storage.database import explained

INDEXES = ("messages_fts", "customers_fts", "articles_fts", "calls_fts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """The keys of all rows about one customer."""

    customer: str
    name: str
    conversations: tuple[str, ...]
    interactions: tuple[str, ...]
    messages: tuple[str, ...]
    blobs: tuple[str, ...]
    raws: tuple[str, ...]
    replies: tuple[str, ...]
    recordings: tuple[tuple[str, str], ...] = ()  # id, file

    @property
    def subjects(self) -> tuple[str, ...]:
        """What the events are about."""
        return (self.customer, *self.conversations, *self.interactions)


@contextlib.contextmanager
def opened(path: Path, *, read_only: bool) -> Iterator[sqlite3.Connection]:
    """Give a connection to the record; errors come out as `StorageError`."""
    mode = "ro" if read_only else "rw"
    connection = None
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None)
        yield connection
    except sqlite3.Error as error:
        raise explained(error, path) from error
    finally:
        if connection is not None:
            connection.close()


def find(connection: sqlite3.Connection, customer: str) -> Traces:
    """Find every row about a customer, by its id or its exact name.  Raises `RefusedError`."""
    key, name = _who(connection, customer)
    addresses = _column(connection, "select kind, value from addresses where customer = ?", (key,), both=True)
    conversations = _column(connection, "select id from conversations where customer = ?", (key,))
    interactions = _column(
        connection,
        "select id from interactions where customer = ?1"
        " or conversation in (select id from conversations where customer = ?1)",
        (key,),
    )
    bodies = [
        json.loads(body)
        for of in conversations
        for body in _column(connection, "select body from messages where conversation = ?", (of,))
    ]
    messages = tuple(body["id"] for body in bodies)
    mails = {normal(kind, value) for kind, value in addresses if kind == "email"}
    return Traces(
        customer=key,
        name=name,
        conversations=conversations,
        interactions=interactions,
        messages=messages,
        blobs=_own_blobs(connection, bodies, messages),
        raws=_own_raws(connection, bodies, mails),
        replies=_naming(connection, (key, *conversations, *interactions, *messages)),
        recordings=_recordings(connection, interactions),
    )


def document(connection: sqlite3.Connection, traces: Traces) -> dict[str, Any]:
    """Give everything as one JSON value; bytes are in base64."""
    return {
        "customer": json.loads(_one(connection, "customers", traces.customer)),
        "conversations": [json.loads(_one(connection, "conversations", key)) for key in traces.conversations],
        "interactions": [json.loads(_one(connection, "interactions", key)) for key in traces.interactions],
        "messages": [json.loads(_one(connection, "messages", key)) for key in traces.messages],
        "files": {key: _bytes(connection, "blobs", key) for key in traces.blobs},
        "mails": {key: _bytes(connection, "raws", key) for key in traces.raws},
        "events": [
            {"seq": seq, "at": at, "kind": kind, "subject": subject, "body": json.loads(body)}
            for about in traces.subjects
            for seq, at, kind, subject, body in connection.execute(
                "select seq, at, kind, subject, body from events where subject = ? order by seq", (about,)
            )
        ],
    }


def refuse_open(connection: sqlite3.Connection, traces: Traces) -> None:
    """Raise `RefusedError` while something of the customer is not over."""
    live = [
        key
        for key in traces.interactions
        if connection.execute("select live from interactions where id = ?", (key,)).fetchone()[0]
    ]
    if live:
        raise RefusedError(
            f"{traces.name} still has {len(live)} open interaction(s). Finish them first.", code="open"
        )


def erase(connection: sqlite3.Connection, traces: Traces) -> int:
    """Delete every row and make the file anew; gives the number of rows.

    Raises `RefusedError` while something of the customer is not over.
    """
    refuse_open(connection, traces)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA synchronous=FULL")
    before = connection.total_changes
    connection.execute("BEGIN IMMEDIATE")
    for table, column, keys in (
        ("events", "subject", traces.subjects),
        ("outbox", "message", traces.messages),
        ("messages", "id", traces.messages),
        ("interactions", "id", traces.interactions),
        ("conversations", "id", traces.conversations),
        ("addresses", "customer", (traces.customer,)),
        ("customers", "id", (traces.customer,)),
        ("blobs", "id", traces.blobs),
        ("raws", "id", traces.raws),
        ("replies", "command", traces.replies),
    ):
        connection.executemany(f"delete from {table} where {column} = ?", [(key,) for key in keys])
    erased = connection.total_changes - before
    connection.execute(  # copies on agents' computers are filled anew from now on (`server.copies`)
        "insert into settings (name, value) values ('erased', '1')"
        " on conflict (name) do update set value = value + 1"
    )
    for index in INDEXES:  # a deleted row's words stay in an FTS5 index until its segments are merged
        connection.execute(f"insert into {index}({index}) values ('rebuild')")
    connection.execute("COMMIT")
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return erased


def _who(connection: sqlite3.Connection, words: str) -> tuple[str, str]:
    found = connection.execute("select id, name from customers where id = ?", (words,)).fetchall()
    found = found or connection.execute("select id, name from customers where name = ?", (words,)).fetchall()
    if not found:
        raise RefusedError(
            f"There is no customer {words}. Give the id or the whole name.", code="unknown_customer"
        )
    if len(found) > 1:
        ids = ", ".join(key for key, _ in found)
        raise RefusedError(f"Several customers are called {words}. Give one id: {ids}.", code="ambiguous")
    key, name = found[0]
    return str(key), str(name)


def _own_blobs(
    connection: sqlite3.Connection, bodies: Sequence[dict[str, Any]], messages: Sequence[str]
) -> tuple[str, ...]:
    """Files of these messages that no other message has: the same bytes are kept once for all."""
    names = {file["id"] for body in bodies for file in body.get("attachments", ())}
    own = set(messages)
    users = "select message from files where blob = ?"
    return tuple(sorted(n for n in names if set(_column(connection, users, (n,))) <= own))


def _own_raws(
    connection: sqlite3.Connection, bodies: Sequence[dict[str, Any]], mails: set[str]
) -> tuple[str, ...]:
    """Raw mails of these messages, and those from the customer's addresses that are no message's."""
    own = {body["raw"] for body in bodies if body.get("raw")}
    used = set(_column(connection, "select body ->> 'raw' from messages where body ->> 'raw' != ''"))
    for key, data in connection.execute("select id, data from raws"):
        if key not in used and any(mail.encode() in bytes(data).lower() for mail in mails):
            own.add(key)
    return tuple(sorted(own))


def _recordings(connection: sqlite3.Connection, interactions: Iterable[str]) -> tuple[tuple[str, str], ...]:
    bodies = (json.loads(_one(connection, "interactions", key)) for key in interactions)
    kept = (row for body in bodies for row in body.get("recordings", ()))
    return tuple((row["id"], row["path"]) for row in kept if row.get("path"))


def _naming(connection: sqlite3.Connection, keys: Iterable[str]) -> tuple[str, ...]:
    marks = [json.dumps(key).encode() for key in keys]
    return tuple(
        command
        for command, reply in connection.execute("select command, reply from replies")
        if any(mark in bytes(reply) for mark in marks)
    )


def _column(
    connection: sqlite3.Connection, query: str, values: tuple[str, ...] = (), *, both: bool = False
) -> tuple[Any, ...]:
    return tuple(row if both else row[0] for row in connection.execute(query, values))


def _one(connection: sqlite3.Connection, table: str, key: str) -> str:
    body: str = connection.execute(f"select body from {table} where id = ?", (key,)).fetchone()[0]
    return body


def _bytes(connection: sqlite3.Connection, table: str, key: str) -> str:
    row = connection.execute(f"select data from {table} where id = ?", (key,)).fetchone()
    return base64.b64encode(bytes(row[0])).decode() if row else ""
