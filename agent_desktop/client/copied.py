"""The file of the copies: what this agent may see, as the wire's structs, in one SQLite file of mode 0600.

Rules of the file: `body` is the JSON of the struct and everything else is there to find it; a row keeps its
`num` when it changes, so that a search index beside it can go by it; what the router says is gone, is gone
here, from the indexes and the log of SQLite too.  A file of another version is removed and filled anew, and
so is a damaged one.

The full-text indexes beside them are `finding_index.py`'s.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from agent_desktop.client import finding_index
from agent_desktop.wire.codec import encode_body
from agent_desktop.wire.events import Result
from agent_desktop.wire.listing import ViewModel
from agent_desktop.wire.model import Model
from agent_desktop.wire.models import ConversationModel, CustomerModel, InteractionModel, MessageModel

VERSION = 1
EVERYTHING = "everything"
TABLES = {
    "conversation": ConversationModel,
    "message": MessageModel,
    "customer": CustomerModel,
    "interaction": InteractionModel,
    "view": ViewModel,
}
SCHEMA = (
    "create table conversation (id text primary key, updated_at real not null, body text not null)",
    "create index conversation_by_time on conversation (updated_at, id)",
    "create index conversation_by_customer on conversation (json_extract(body, '$.customer'))",
    (
        "create table message (num integer primary key, id text not null unique, conversation text not null, "
        "at real not null, body text not null, words text not null)"
    ),
    "create index message_by_conversation on message (conversation, at, num)",
    (
        "create table customer (num integer primary key, id text not null unique, body text not null, "
        "words text not null)"
    ),
    "create table interaction (id text primary key, updated_at real not null, body text not null)",
    "create index interaction_by_time on interaction (updated_at, id)",
    "create index interaction_by_customer on interaction (json_extract(body, '$.customer'))",
    "create index interaction_by_conversation on interaction (json_extract(body, '$.conversation'))",
    (
        "create index interaction_in_hand on interaction (json_extract(body, '$.agent')) "
        "where json_extract(body, '$.state') in ('active', 'held', 'parked', 'wrap_up')"
    ),
    "create table view (id text primary key, body text not null)",
    "create table kept (name text primary key, body text not null) without rowid",
)
_CONVERSATION = (
    "insert into conversation (id, updated_at, body) values (?1, ?2, ?3) "
    "on conflict (id) do update set updated_at = ?2, body = ?3"
)
_MESSAGE = (
    "insert into message (id, conversation, at, body, words) values (?1, ?2, ?3, ?4, ?5) "
    "on conflict (id) do update set conversation = ?2, at = ?3, body = ?4, words = ?5"
)
_CUSTOMER = (
    "insert into customer (id, body, words) values (?1, ?2, ?3) "
    "on conflict (id) do update set body = ?2, words = ?3"
)
_INTERACTION = (
    "insert into interaction (id, updated_at, body) values (?1, ?2, ?3) "
    "on conflict (id) do update set updated_at = ?2, body = ?3"
)
_VIEW = "insert or replace into view (id, body) values (?, ?)"
_KEPT = "insert or replace into kept (name, body) values (?, ?)"
# Notes, for this connection, that words went which the indexes and the log may still hold.
_GONE = "begin insert into erased select 1 where not exists (select 1 from erased); end"
_WATCH = (
    "create temp table erased (one integer)",
    f"create temp trigger message_gone after delete on main.message {_GONE}",
    f"create temp trigger customer_gone after delete on main.customer {_GONE}",
    f"create temp trigger interaction_gone after delete on main.interaction {_GONE}",
    f"create temp trigger message_said after update on main.message when old.words is not new.words {_GONE}",
    (
        "create temp trigger customer_named after update on main.customer when "
        f"json_extract(old.body, '$.name') is not json_extract(new.body, '$.name') {_GONE}"
    ),
)

M = TypeVar("M", bound=Model)


def open_file(path: Path) -> sqlite3.Connection:
    """Open or make the file.  Raises `sqlite3.DatabaseError` for a damaged one, `OSError` without rights."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    path.with_name(f"{path.name}.damaged").unlink(missing_ok=True)  # an earlier program kept it
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None)
    try:
        version = connection.execute("pragma user_version").fetchone()[0]
        tables = connection.execute("select count(*) from sqlite_master").fetchone()[0]
        if tables and version != VERSION:
            connection.close()
            forget(path)
            return open_file(path)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")  # what is lost is fetched again
        connection.execute("pragma secure_delete = on")  # what is let go leaves nothing in free pages
        if not tables:
            _make(connection)
        finding_index.prepare(connection)
        for statement in _WATCH:
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("begin immediate")
    for statement in SCHEMA:
        connection.execute(statement)
    connection.execute(f"pragma user_version = {VERSION}")
    connection.execute("commit")


def forget(path: Path) -> None:
    """Remove the file and what SQLite keeps beside it."""
    for left in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", ".damaged"))):
        with contextlib.suppress(FileNotFoundError):
            left.unlink()


def has_erased(connection: sqlite3.Connection) -> bool:
    """Whether something was let go since the last `wipe`."""
    return connection.execute("select 1 from erased").fetchone() is not None


def wipe(connection: sqlite3.Connection) -> None:
    """Take what was let go out of the indexes and the log too: between transactions, when there is time."""
    if not has_erased(connection):
        return
    finding_index.merge(connection)
    connection.execute("delete from erased")
    connection.execute("pragma wal_checkpoint(truncate)").fetchall()


def words_of(model: MessageModel | CustomerModel) -> str:
    """What it is found by."""
    if isinstance(model, MessageModel):
        return "\n".join(part for part in (model.subject, model.text) if part)
    found = [model.name, *(a.value for a in model.addresses), model.city, *model.tags]
    found += [word for order in model.orders for word in (order.id, order.title)]
    found += [value for _label, value in model.facts]
    return "\n".join(part for part in found if part)


def put(connection: sqlite3.Connection, model: Model) -> None:
    """Keep one thing as it is now."""
    body = encode_body(model).decode()
    match model:
        case ConversationModel():
            connection.execute(_CONVERSATION, (model.id, model.updated_at, body))
        case MessageModel():
            connection.execute(_MESSAGE, (model.id, model.conversation, model.at, body, words_of(model)))
        case CustomerModel():
            connection.execute(_CUSTOMER, (model.id, body, words_of(model)))
        case InteractionModel():
            at = model.updated_at or model.arrived_at
            connection.execute(_INTERACTION, (model.id, at, body))
        case ViewModel():
            connection.execute(_VIEW, (model.id, body))
        case _:
            msg = f"Nothing is kept of a {type(model).__name__}."
            raise TypeError(msg)


def remove(connection: sqlite3.Connection, kind: str, key: str) -> None:
    """Let one thing go; a conversation takes its messages with it, `everything` the whole."""
    if kind == EVERYTHING:
        for table in TABLES:
            connection.execute(f"delete from {table}")  # noqa: S608 - a name of the table above
        return
    if kind == "conversation":
        connection.execute("delete from message where conversation = ?", (key,))
    if kind in TABLES:
        connection.execute(f"delete from {kind} where id = ?", (key,))  # noqa: S608 - as above


def move_out(connection: sqlite3.Connection, conversation: str, message: str) -> None:
    """A message is not in this conversation any more; in another one it stays."""
    connection.execute("delete from message where id = ? and conversation = ?", (message, conversation))


def page(connection: sqlite3.Connection, result: Result) -> None:
    """Take one page of what changed, with where the next one begins."""
    for kind, key in result.removed:
        remove(connection, kind, key)
    for things in (result.conversations, result.messages, result.customers, result.interactions):
        for thing in things:
            put(connection, thing)
    connection.execute(_KEPT, ("cursor", result.cursor))


def keep(connection: sqlite3.Connection, name: str, model: Model) -> None:
    """Keep one thing of which there is one: who I am, the centre."""
    connection.execute(_KEPT, (name, encode_body(model).decode()))


def kept(connection: sqlite3.Connection, name: str) -> str:
    """What was kept under a name; empty if nothing was."""
    row = connection.execute("select body from kept where name = ?", (name,)).fetchone()
    return "" if row is None else str(row[0])


def one(connection: sqlite3.Connection, kind: type[M], key: str) -> M | None:
    """The thing of a table with this id."""
    table = next(name for name, model in TABLES.items() if model is kind)
    row = connection.execute(f"select body from {table} where id = ?", (key,)).fetchone()  # noqa: S608
    return None if row is None else msgspec.json.decode(row[0], type=kind)


def read(rows: Iterable[tuple[Any, ...]], kind: type[M]) -> tuple[M, ...]:
    """The things of rows whose first column is a body."""
    return tuple(msgspec.json.decode(row[0], type=kind) for row in rows)
