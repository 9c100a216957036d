"""The full-text indexes over the copies as statements: made once in the file, kept by triggers.

They hold no text of their own.  What a search is narrowed by stands in the index as words that nobody can
type (they begin with a character of the private area).  Calls that are over have a table of their words.
"""
# ruff: noqa: S608 - statements are put together from the names in this file and nothing else

from __future__ import annotations

import sqlite3
from typing import Final

MEDIUM_MARK: Final = "\ue000"
NOTE_MARK: Final = "\ue001note"
_OPTIONS: Final = "prefix='2 3 4', tokenize='unicode61 remove_diacritics 2'"
FILES_NAMED: Final = 4


def _text(path: str) -> str:
    return f"coalesce(json_extract({{0}}body, '$.{path}'), '')"


def _joined(*paths: str) -> str:
    return " || ' ' || ".join(_text(path) for path in paths)


_MESSAGE: Final = {
    "words": "{0}words",
    "people": _joined(
        "author_name",
        "from_address",
        "to_addresses",
        *(f"attachments[{number}].name" for number in range(FILES_NAMED)),
    ),
    "marks": f"char({ord(MEDIUM_MARK)}) || {_text('medium')} || CASE {_text('direction')} "
    f"WHEN 'note' THEN char(32, {ord(NOTE_MARK[0])}) || '{NOTE_MARK[1:]}' ELSE '' END",
}


def _index(table: str, source: str, columns: dict[str, str]) -> tuple[str, ...]:
    """The index of a table; `columns` maps each indexed name to where `{0}` holds it."""
    index, names = f"{table}_fts", ", ".join(columns)
    old = ", ".join(value.format("old.") for value in columns.values())
    new = ", ".join(value.format("new.") for value in columns.values())
    forget = f"INSERT INTO {index}({index}, rowid, {names}) VALUES ('delete', old.num, {old});"
    learn = f"INSERT INTO {index}(rowid, {names}) VALUES (new.num, {new});"
    return (
        (
            f"CREATE VIRTUAL TABLE {index} USING "
            f"fts5({names}, content='{source}', content_rowid='num', {_OPTIONS})"
        ),
        f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} BEGIN {learn} END",
        f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} BEGIN {forget} END",
        (
            f"CREATE TRIGGER {index}_update AFTER UPDATE ON {table} "
            f"WHEN ({old}) IS NOT ({new}) BEGIN {forget} {learn} END"
        ),
    )


def _messages() -> tuple[str, ...]:
    """The index of messages: a new one is noted, and taken in with the others by `take_in`.

    A statement with a trigger makes FTS5 write its index down for each row, which costs five times the rest.
    """
    create, _learn, _forget, _change = _index("message", "message_texts", _MESSAGE)
    names = ", ".join(_MESSAGE)
    old = ", ".join(value.format("old.") for value in _MESSAGE.values())
    new = ", ".join(value.format("new.") for value in _MESSAGE.values())
    forget = (
        f"INSERT INTO message_fts(message_fts, rowid, {names}) SELECT 'delete', old.num, {old} "
        "WHERE NOT EXISTS (SELECT 1 FROM message_new WHERE num = old.num);"
    )
    # No OR IGNORE: in a trigger the policy of the statement outside would take its place.
    note = (
        "INSERT INTO message_new(num) SELECT new.num "
        "WHERE NOT EXISTS (SELECT 1 FROM message_new WHERE num = new.num);"
    )
    return (
        create,
        "CREATE TABLE message_new (num INTEGER PRIMARY KEY)",
        (
            "CREATE TRIGGER message_fts_insert AFTER INSERT ON message "
            "BEGIN INSERT INTO message_new(num) VALUES (new.num); END"
        ),
        (
            "CREATE TRIGGER message_fts_delete AFTER DELETE ON message "
            f"BEGIN {forget} DELETE FROM message_new WHERE num = old.num; END"
        ),
        (
            f"CREATE TRIGGER message_fts_update AFTER UPDATE ON message WHEN ({old}) IS NOT ({new}) "
            f"BEGIN {forget} {note} END"
        ),
    )


def _numbers(field: str) -> str:
    """A number as it is, and as it may be dialled inside its own country."""
    plain = f"replace({_text(field)}, '+', '')"
    return " || ' ' || ".join((_text(field), *(f"'0' || substr({plain}, {n})" for n in (2, 3, 4))))


_CALL: Final = {
    "id": "{0}id",
    "at": "coalesce(json_extract({0}body, '$.arrived_at'), 0)",
    "medium": _text("medium"),
    "customer": _text("customer"),
    "title": _text("customer_name"),
    "words": f"{_numbers('from_address')} || ' ' || {_numbers('to_address')}",
    "note": _text("disposition_note"),
    # Colleagues' names, and one's own, as the copies know them.
    "who": "coalesce((SELECT json_extract(value, '$.name') FROM kept, json_each(kept.body, '$.agents') "
    "WHERE kept.name = 'agents' AND json_extract(value, '$.id') = json_extract({0}body, '$.agent')), "
    "(SELECT json_extract(kept.body, '$.name') FROM kept WHERE kept.name = 'me' "
    "AND json_extract(kept.body, '$.id') = json_extract({0}body, '$.agent')), '')",
}
_OVER: Final = (
    "json_extract({0}body, '$.call') IS NOT NULL AND "
    "json_extract({0}body, '$.state') IN ('closed', 'abandoned')"
)


def _calls() -> tuple[str, ...]:
    names, over = ", ".join(_CALL), _OVER.format("new.")
    values = ", ".join(value.format("new.") for value in _CALL.values())
    changed = ", ".join(f"{name} = excluded.{name}" for name in _CALL if name != "id")
    put = f"INSERT INTO call({names}) VALUES ({values}) ON CONFLICT(id) DO UPDATE SET {changed};"
    columns = {name: f"{{0}}{name}" for name in ("title", "words", "note", "who")}
    return (
        (
            "CREATE TABLE call (num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at REAL NOT NULL, "
            "medium TEXT NOT NULL, customer TEXT NOT NULL, title TEXT NOT NULL, words TEXT NOT NULL, "
            "note TEXT NOT NULL, who TEXT NOT NULL)"
        ),
        f"CREATE TRIGGER call_insert AFTER INSERT ON interaction WHEN {over} BEGIN {put} END",
        f"CREATE TRIGGER call_update AFTER UPDATE ON interaction WHEN {over} BEGIN {put} END",
        (
            "CREATE TRIGGER call_delete AFTER DELETE ON interaction "
            "BEGIN DELETE FROM call WHERE id = old.id; END"
        ),
        *_index("call", "call", columns),
    )


def _view() -> str:
    columns = ", ".join(f"{value.format('')} AS {name}" for name, value in _MESSAGE.items())
    return f"CREATE VIEW message_texts AS SELECT num, {columns} FROM message"


INDEX: Final[tuple[str, ...]] = (
    _view(),
    *_messages(),
    *_index("customer", "customer", {"words": "{0}words"}),
    *_calls(),
)
_OF_BEFORE: Final = (
    "INSERT INTO message_fts(message_fts) VALUES ('rebuild')",
    "INSERT INTO customer_fts(customer_fts) VALUES ('rebuild')",
    (
        f"INSERT INTO call({', '.join(_CALL)}) SELECT {', '.join(v.format('i.') for v in _CALL.values())} "
        f"FROM interaction i WHERE {_OVER.format('i.')}"
    ),
)


_TAKE_IN: Final = (
    f"INSERT INTO message_fts(rowid, {', '.join(_MESSAGE)}) SELECT num, {', '.join(_MESSAGE)} "
    "FROM message_texts WHERE num IN (SELECT num FROM message_new)"
)


def take_in(connection: sqlite3.Connection) -> None:
    """Index the messages that are new: at the end of a transaction that wrote, and before a search."""
    if connection.execute("SELECT 1 FROM message_new LIMIT 1").fetchone() is not None:
        connection.execute(_TAKE_IN)
        connection.execute("DELETE FROM message_new")


_TABLES: Final = ("message_fts", "customer_fts", "call_fts")
_ERASES_AT_ONCE: Final = sqlite3.sqlite_version_info >= (3, 42)


def merge(connection: sqlite3.Connection) -> None:
    """Leave no word of what was let go; an older FTS5 only does so when it merges everything."""
    for table in () if _ERASES_AT_ONCE else _TABLES:
        connection.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")


def prepare(connection: sqlite3.Connection) -> None:
    """Make the indexes where a file of copies has none; with a newer FTS5 they forget at once."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'message_fts'").fetchone() is None:
        _make(connection)
    for table in _TABLES if _ERASES_AT_ONCE else ():
        connection.execute(f"INSERT INTO {table}({table}, rank) VALUES ('secure-delete', 1)")


def _make(connection: sqlite3.Connection) -> None:
    """In one transaction; they take in what is there."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in (*INDEX, *_OF_BEFORE):
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
