"""The full-text indexes (SQLite FTS5) as statements: what a new record gets beside the tables.

The indexes hold no text of their own: they read it from the tables (messages through a view on their
JSON), and triggers keep them in step, so that a row that is erased is erased here too.  A migration
holds its own copy of these statements; a test compares them.
"""
# ruff: noqa: S608 - statements are put together from the names in this file and nothing else

from __future__ import annotations

from typing import Final

PREFIXES: Final = "2 3 4"
PLAIN: Final = "unicode61 remove_diacritics 2"
STEMMED: Final = f"porter {PLAIN}"


def _index(table: str, source: str, columns: dict[str, str], tokenize: str) -> tuple[str, ...]:
    """Give the statements for one table; `columns` maps each indexed name to where `{}` holds it."""
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


def _columns(*names: str) -> dict[str, str]:
    return {name: f"{{}}{name}" for name in names}


DDL: Final[tuple[str, ...]] = (
    (
        "CREATE VIEW message_texts AS SELECT num, json_extract(body, '$.subject') AS subject, "
        "json_extract(body, '$.text') AS text FROM messages"
    ),
    *_index(
        "messages",
        "message_texts",
        {name: f"json_extract({{}}body, '$.{name}')" for name in ("subject", "text")},
        PLAIN,
    ),
    *_index("customers", "customers", _columns("name", "words"), PLAIN),
    *_index("articles", "articles", _columns("title", "tags", "summary", "words"), STEMMED),
)
