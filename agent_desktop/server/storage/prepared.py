"""Statements that are built and compiled once, then run by the driver itself.

SQLAlchemy Core says what a statement is; compiling it anew for each look-up by a key costs many times what
the look-up costs.  Statements whose shape changes (pages, figures) go through Core's own connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert, insert, pysqlite

from agent_desktop.errors import StorageError
from agent_desktop.server.storage import schema as s

ROWS_MOST: Final = 64  # in one statement; sizes are powers of two, so that few texts are compiled
LONG: Final = 1024 * 1024  # bytes of a file in one piece
_DIALECT: Final = pysqlite.dialect(paramstyle="named")


class Prepared:
    """One statement as text; what is constant in it is kept beside it."""

    def __init__(self, statement: sa.ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.text = str(compiled)
        self._constants = {
            name: value for name, value in (compiled.params or {}).items() if value is not None
        }

    def rows(self, connection: sqlite3.Connection, **values: object) -> list[tuple[Any, ...]]:
        """Read; every parameter by its name."""
        return connection.execute(self.text, {**self._constants, **values}).fetchall()

    def each(self, connection: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
        """Read a statement without parameters, row by row."""
        return connection.execute(self.text, self._constants)

    def write(self, connection: sqlite3.Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Write once for each row."""
        if self._constants:
            rows = [{**self._constants, **row} for row in rows]
        connection.executemany(self.text, rows)


class PreparedRows(Prepared):
    """An insert that takes many rows at once.

    The driver gives Python's lock back for each statement, and gets it again when whoever has it lets go: a
    statement for each row would wait for the router's loop as many times as there are rows.
    """

    def __init__(self, table: sa.Table, names: Sequence[str], then: Callable[[Insert], Insert]) -> None:
        super().__init__(then(insert(table).values({name: sa.bindparam(name) for name in names})))
        columns = [column.name for column in table.columns if column.name in names]
        row = f"({', '.join(f':{name}' for name in columns)})"
        self._head, found, self._tail = self.text.partition(row)
        if not found:
            raise TypeError(f"This is no insert of {', '.join(columns)}: {self.text}")
        self._row = f"({', '.join('?' * len(columns))})"
        self._values = itemgetter(*columns)
        self._texts: dict[int, str] = {}

    def write(self, connection: sqlite3.Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Write the rows, in their order, in few statements."""
        at, values = 0, self._values
        while at < len(rows):
            size = min(ROWS_MOST, 1 << (len(rows) - at).bit_length() - 1)
            text = self._texts.get(size)
            if text is None:
                text = self._texts[size] = self._head + ", ".join([self._row] * size) + self._tail
            connection.execute(text, [value for row in rows[at : at + size] for value in values(row)])
            at += size


class PreparedFiles(PreparedRows):
    """The same of rows whose last column, `data`, is a file: a long one is written a piece at a time.

    The driver copies a value before it writes it, and keeps Python's lock as long: 16 ms for 20 MB.
    """

    def __init__(self, table: sa.Table, names: Sequence[str], then: Callable[[Insert], Insert]) -> None:
        super().__init__(table, names, then)
        self._table = table.name
        place = sa.select(sa.literal_column("rowid", sa.Integer)).select_from(table)
        self._place = Prepared(place.where(table.c.id == sa.bindparam("key")))
        self._room = f"{self._head}{self._row.removesuffix('?)')}zeroblob(?)){self._tail}"

    def write(self, connection: sqlite3.Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Write the rows, those with long files last."""
        super().write(connection, [row for row in rows if len(row["data"]) <= LONG])
        for row in rows:
            if len(row["data"]) > LONG:
                *others, data = self._values(row)
                connection.execute(self._room, [*others, len(data)])
                self._fill(connection, row["id"], memoryview(data))

    def _fill(self, connection: sqlite3.Connection, key: str, data: memoryview) -> None:
        ((number,),) = self._place.rows(connection, key=key)
        with connection.blobopen(self._table, "data", number) as file:
            for place in range(0, len(data), LONG):
                file.write(data[place : place + LONG])


def driver(connection: sa.Connection) -> sqlite3.Connection:
    """The driver's connection under Core's.  Raises `StorageError` when it is closed."""
    if connection.closed:
        raise StorageError("The record is closed.")
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise StorageError("The record is no SQLite file.")
    return raw


def _by_id(table: sa.Table) -> Prepared:
    return Prepared(sa.select(table.c.body).where(table.c.id == sa.bindparam("key")))


_m, _c, _a = s.messages.c, s.conversations.c, s.addresses.c

# The literal 1 lets SQLite walk the index of what is live: what is over costs nothing.
LIVE: Final = Prepared(sa.select(s.interactions.c.body).where(s.interactions.c.live == sa.text("1")))
AGENTS: Final = Prepared(sa.select(s.agents.c.body))
INTERACTION: Final = _by_id(s.interactions)
CONVERSATION: Final = _by_id(s.conversations)
MESSAGE: Final = _by_id(s.messages)
CUSTOMER: Final = _by_id(s.customers)
ARTICLE: Final = _by_id(s.articles)
THREAD: Final = Prepared(
    sa.select(_c.body)
    .where(_c.channel == sa.bindparam("of"), _c.address == sa.bindparam("at"))
    .order_by(_c.updated_at.desc())
)
EXTERNAL: Final = Prepared(
    sa.select(_m.body)
    .select_from(s.messages.join(s.conversations, _c.id == _m.conversation))
    .where(_m.external_id == sa.bindparam("external"), _m.external_id != sa.text("''"))
    # A message that went out on another channel, or was moved, says itself where it belongs.
    .where(sa.func.coalesce(sa.func.nullif(_m.channel, sa.text("''")), _c.channel) == sa.bindparam("of"))
    .order_by(_m.num)
    .limit(1)
)
REACHED: Final = Prepared(
    sa.select(s.customers.c.body)
    .select_from(s.addresses.join(s.customers, s.customers.c.id == _a.customer))
    .where(_a.kind == sa.bindparam("of"), _a.value == sa.bindparam("at"))
    .order_by(s.customers.c.sort_name, s.customers.c.id)
)
NEWEST: Final = Prepared(
    sa.select(_m.body, _m.at, _m.num)
    .where(_m.conversation == sa.bindparam("of"))
    .order_by(_m.at.desc(), _m.num.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
HISTORY: Final = Prepared(
    sa.select(s.interactions.c.body)
    .where(s.interactions.c.customer == sa.bindparam("of"), s.interactions.c.live == sa.text("0"))
    .order_by(s.interactions.c.arrived_at.desc(), s.interactions.c.id.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
REPLY: Final = Prepared(
    sa.select(s.replies.c.command, s.replies.c.agent, s.replies.c.at, s.replies.c.reply).where(
        s.replies.c.command == sa.bindparam("key")
    )
)
RAW_KNOWN: Final = Prepared(
    sa.select(s.raws.c.id).where(s.raws.c.channel == sa.bindparam("of"), s.raws.c.key == sa.bindparam("key"))
)
SETTING: Final = Prepared(sa.select(s.settings.c.value).where(s.settings.c.name == sa.bindparam("key")))
LAST_EVENT: Final = Prepared(sa.select(sa.func.max(s.events.c.seq)))
CHANGES: Final = Prepared(
    sa.select(
        s.events.c.seq,
        s.events.c.at,
        s.events.c.kind,
        s.events.c.subject,
        # Of a conversation's entries only what names a message is read, and no text.
        sa.func.coalesce(
            sa.func.json_extract(s.events.c.body, sa.text("'$.message.id'")),
            sa.func.json_extract(s.events.c.body, sa.text("'$.message'")),
        ),
    )
    .where(s.events.c.seq > sa.bindparam("after"))
    .order_by(s.events.c.seq)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
BLOB: Final = Prepared(sa.select(s.blobs.c.data).where(s.blobs.c.id == sa.bindparam("key")))
USER: Final = Prepared(
    sa.select(s.users.c.id, s.users.c.password_hash, s.users.c.sip_secret).where(
        s.users.c.id == sa.bindparam("key")
    )
)
SESSION: Final = Prepared(
    sa.select(
        *(s.sessions.c[name] for name in ("token_hash", "agent", "client", "created_at", "expires_at"))
    ).where(s.sessions.c.token_hash == sa.bindparam("key"))
)
