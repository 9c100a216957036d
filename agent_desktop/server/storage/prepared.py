"""Statements that are built and compiled once, then run by the driver itself.

SQLAlchemy Core says what a statement is; compiling it anew for each look-up by a key costs many times what
the look-up costs.  Statements whose shape changes (pages, figures) go through Core's own connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import pysqlite

from agent_desktop.errors import StorageError
from agent_desktop.server.storage import schema as s

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

    def write(self, connection: sqlite3.Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Write once for each row."""
        if self._constants:
            rows = [{**self._constants, **row} for row in rows]
        connection.executemany(self.text, rows)


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

INTERACTION: Final = _by_id(s.interactions)
CONVERSATION: Final = _by_id(s.conversations)
MESSAGE: Final = _by_id(s.messages)
CUSTOMER: Final = _by_id(s.customers)
ARTICLE: Final = _by_id(s.articles)
THREAD: Final = Prepared(
    sa.select(_c.body)
    .where(_c.channel == sa.bindparam("of"), _c.address == sa.bindparam("at"))
    .order_by(_c.updated_at.desc())
    .limit(1)
)
EXTERNAL: Final = Prepared(
    sa.select(_m.body)
    .select_from(s.messages.join(s.conversations, _c.id == _m.conversation))
    .where(_m.external_id == sa.bindparam("external"), _m.external_id != sa.text("''"))
    .where(_c.channel == sa.bindparam("of"))
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
