"""The full-text indexes (SQLite FTS5) as statements: what a new record gets beside the tables.

The indexes hold no text of their own: they read it from the tables (messages through a view on their
JSON), and triggers keep them in step, so that a row that is erased is erased here too.  New messages wait
for the end of their transaction (`INDEX_NEW`).  Calls that are over have a table of their own words, kept by
triggers on the interactions.  A migration holds its own copy of these statements; a test compares them.

What a search is narrowed by stands in the index as well, as words that nobody can type (they begin with a
character of the private area): a rare medium is then found without a look at every message.
"""
# ruff: noqa: S608 - statements are put together from the names in this file and nothing else

from __future__ import annotations

from typing import Final

PREFIXES: Final = "2 3 4"
PLAIN: Final = "unicode61 remove_diacritics 2"
STEMMED: Final = f"porter {PLAIN}"
MEDIUM_MARK: Final = "\ue000"
NOTE_MARK: Final = "\ue001note"

_MARKS: Final = (
    f"char({ord(MEDIUM_MARK)}) || json_extract({{0}}body, '$.medium') || "
    "CASE json_extract({0}body, '$.direction') "
    f"WHEN 'note' THEN char(32, {ord(NOTE_MARK[0])}) || '{NOTE_MARK[1:]}' ELSE '' END"
)
FILES_NAMED: Final = 4
# The first files by their places: FTS5 lets a rebuild read no virtual table, and json_each is one.
_FILES: Final = "".join(
    f" || coalesce(' ' || json_extract({{0}}body, '$.attachments[{n}].name'), '')" for n in range(FILES_NAMED)
)
_PEOPLE: Final = (
    "json_extract({0}body, '$.author_name') || ' ' || json_extract({0}body, '$.from_address') || ' ' || "
    f"json_extract({{0}}body, '$.to_addresses'){_FILES}"
)
_MESSAGE: Final = {
    "subject": "json_extract({0}body, '$.subject')",
    "text": "json_extract({0}body, '$.text')",
    "people": _PEOPLE,
    "marks": _MARKS,
}


def _index(table: str, source: str, columns: dict[str, str], tokenize: str) -> tuple[str, ...]:
    """Give the statements for one table; `columns` maps each indexed name to where `{0}` holds it."""
    index, names = f"{table}_fts", ", ".join(columns)
    old = ", ".join(value.format("old.") for value in columns.values())
    new = ", ".join(value.format("new.") for value in columns.values())
    forget = f"INSERT INTO {index}({index}, rowid, {names}) VALUES ('delete', old.num, {old});"
    learn = f"INSERT INTO {index}(rowid, {names}) VALUES (new.num, {new});"
    return (
        (
            f"CREATE VIRTUAL TABLE {index} USING fts5({names}, content='{source}', content_rowid='num', "
            f"prefix='{PREFIXES}', tokenize='{tokenize}')"
        ),
        f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} BEGIN {learn} END",
        f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} BEGIN {forget} END",
        # A delivery state that moves on changes the body and none of the words.
        (
            f"CREATE TRIGGER {index}_update AFTER UPDATE ON {table} "
            f"WHEN ({old}) IS NOT ({new}) BEGIN {forget} {learn} END"
        ),
    )


def _indexed_later() -> tuple[str, ...]:
    """The index of messages: a new one is noted and indexed at the end of its transaction, all at once.

    A statement with a trigger makes FTS5 write its index down for each row, which costs five times the rest;
    what was noted and is gone again was never in the index.
    """
    _create, _learn, _forget, _change = _index("messages", "message_texts", _MESSAGE, PLAIN)
    names = ", ".join(_MESSAGE)
    old = ", ".join(value.format("old.") for value in _MESSAGE.values())
    new = ", ".join(value.format("new.") for value in _MESSAGE.values())
    forget = (
        f"INSERT INTO messages_fts(messages_fts, rowid, {names}) SELECT 'delete', old.num, {old} "
        "WHERE NOT EXISTS (SELECT 1 FROM messages_new WHERE num = old.num);"
    )
    # No OR IGNORE: in a trigger the policy of the statement outside would take its place.
    note = (
        "INSERT INTO messages_new(num) SELECT new.num "
        "WHERE NOT EXISTS (SELECT 1 FROM messages_new WHERE num = new.num);"
    )
    return (
        _create,
        "CREATE TABLE messages_new (num INTEGER PRIMARY KEY)",
        (
            "CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages "
            "BEGIN INSERT INTO messages_new(num) VALUES (new.num); END"
        ),
        (
            "CREATE TRIGGER messages_fts_delete AFTER DELETE ON messages "
            f"BEGIN {forget} DELETE FROM messages_new WHERE num = old.num; END"
        ),
        (
            f"CREATE TRIGGER messages_fts_update AFTER UPDATE ON messages WHEN ({old}) IS NOT ({new}) "
            f"BEGIN {forget} {note} END"
        ),
    )


# The end of every transaction that wrote messages.
INDEX_NEW: Final = (
    (
        f"INSERT INTO messages_fts(rowid, {', '.join(_MESSAGE)}) SELECT num, {', '.join(_MESSAGE)} "
        "FROM message_texts WHERE num IN (SELECT num FROM messages_new)"
    ),
    "DELETE FROM messages_new",
)


def _columns(*names: str) -> dict[str, str]:
    return {name: f"{{0}}{name}" for name in names}


def _numbers(field: str) -> str:
    """A number as it is, without its plus, and as it may be dialled inside its own country."""
    number = f"coalesce(json_extract({{0}}body, '$.{field}'), '')"
    plain = f"replace({number}, '+', '')"
    parts = [number, *(f"'0' || substr({plain}, {place})" for place in (2, 3, 4))]
    return " || ' ' || ".join(parts)


_CALL: Final = {
    "id": "{0}id",
    "at": "{0}arrived_at",
    "medium": "coalesce(json_extract({0}body, '$.medium'), '')",
    "customer": "{0}customer",
    "title": "coalesce(json_extract({0}body, '$.customer_name'), '')",
    "words": f"{_numbers('from_address')} || ' ' || {_numbers('to_address')}",
    "note": "coalesce(json_extract({0}body, '$.disposition_note'), '')",
    "who": "coalesce((SELECT json_extract(body, '$.name') FROM agents WHERE id = {0}agent), '')",
}


def _calls() -> tuple[str, ...]:
    """The table of calls that are over, and the triggers on interactions that fill it."""
    names = ", ".join(_CALL)
    values = ", ".join(value.format("new.") for value in _CALL.values())
    changed = ", ".join(f"{name} = excluded.{name}" for name in _CALL if name != "id")
    # Nothing is asked of work that is not over: its rows change many times.
    over = "new.live = 0 AND json_extract(new.body, '$.call') IS NOT NULL"
    put = f"INSERT INTO calls({names}) VALUES ({values}) ON CONFLICT(id) DO UPDATE SET {changed};"
    return (
        (
            "CREATE TABLE calls (num INTEGER PRIMARY KEY, id TEXT NOT NULL, at FLOAT NOT NULL, "
            "medium TEXT NOT NULL, customer TEXT NOT NULL, title TEXT NOT NULL, words TEXT NOT NULL, "
            "note TEXT NOT NULL, who TEXT NOT NULL)"
        ),
        "CREATE UNIQUE INDEX calls_by_id ON calls (id)",
        "CREATE INDEX calls_by_customer ON calls (customer)",
        f"CREATE TRIGGER calls_insert AFTER INSERT ON interactions WHEN {over} BEGIN {put} END",
        f"CREATE TRIGGER calls_update AFTER UPDATE ON interactions WHEN {over} BEGIN {put} END",
        (
            "CREATE TRIGGER calls_delete AFTER DELETE ON interactions WHEN old.live = 0 "
            "BEGIN DELETE FROM calls WHERE id = old.id; END"
        ),
        *_index("calls", "calls", _columns("title", "words", "note", "who"), PLAIN),
    )


def _view() -> str:
    columns = ", ".join(f"{value.format('')} AS {name}" for name, value in _MESSAGE.items())
    return f"CREATE VIEW message_texts AS SELECT num, {columns} FROM messages"


DDL: Final[tuple[str, ...]] = (
    _view(),
    *_indexed_later(),
    *_index("customers", "customers", _columns("name", "words"), PLAIN),
    *_index("articles", "articles", _columns("title", "tags", "summary", "words"), STEMMED),
    *_calls(),
)
CALLS_OF_BEFORE: Final = (
    f"INSERT INTO calls({', '.join(_CALL)}) SELECT {', '.join(v.format('i.') for v in _CALL.values())} "
    "FROM interactions i WHERE i.live = 0 AND json_extract(i.body, '$.call') IS NOT NULL "
    "ORDER BY i.arrived_at, i.id"
)
