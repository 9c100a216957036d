"""What can be searched, one stream for each index: how it is asked, what narrows it, what a row becomes.

A stream is walked from its newest row down.  A medium and whether it is a note stand in the index of
messages itself; the rows of one customer are few and are tried one by one, so that a common word does not
make the walk long.
"""
# ruff: noqa: S608 - statements are put together from the names in this file and nothing else

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec

from agent_desktop.domain.conversation import line
from agent_desktop.domain.searching import Line, one_of
from agent_desktop.domain.types import Instant
from agent_desktop.ports.storage import Hit, Sought
from agent_desktop.server.storage.documents import ARTICLE, CUSTOMER, read
from agent_desktop.server.storage.fulltext import MEDIUM_MARK, NOTE_MARK

OUT_OF_ORDER: Final = 10_000  # rows that may have come in so late after their time
_WORDS: Final = "subject text people"

Row = tuple[Any, ...]


class _Message(msgspec.Struct, frozen=True):
    """The little of a message that a hit shows; the rest of its JSON is passed over."""

    id: str
    conversation: str
    medium: str
    direction: str
    at: float
    subject: str = ""
    from_address: str = ""
    author_name: str = ""


_MESSAGE: Final = msgspec.json.Decoder(_Message)


@dataclass(frozen=True, slots=True)
class Asking:
    """A question to one index: the FTS5 query, and what narrows it."""

    raw: sqlite3.Connection
    query: str
    sought: Sought


@dataclass(frozen=True, slots=True)
class Stream:
    """One index; `rows` are the columns of a hit behind the row's number, `joined` where they stand."""

    name: str
    index: str
    rows: str
    joined: str
    made: Callable[[Row], Hit]
    weights: str
    narrowed: Callable[[str, Sought], str] | None = None  # the query with what it is narrowed by
    time: str = ""  # the column of the instant
    medium: str = ""  # the column of the medium, where it is not in the index
    of_customer: str = ""  # the numbers of a customer's rows
    right: str = ""  # what is true of the rows that the asker may see; empty: of all
    elsewhere: str = ""  # snippets of the other columns, where the row's own has no mark

    def asking(self, raw: sqlite3.Connection, query: str, sought: Sought) -> Asking:
        """Give the question to this index; `query` is what was typed."""
        return Asking(raw, query if self.narrowed is None else self.narrowed(query, sought), sought)

    def newest(self, asking: Asking, below: int, most: int) -> Sequence[Line[Hit]]:
        """The newest matches below a row."""
        if asking.sought.customer:
            few = islice(self._customers_rows(asking, below), most)
            rows = [self._row(asking, num) for num in few]
            return [self._line(asking, row) for row in rows if row is not None]
        where, values = self._where(asking, below)
        statement = (
            f"SELECT {self.index}.rowid, {self.rows} FROM {self.index} {self.joined} "
            f"WHERE {self.index} MATCH :query AND {where} ORDER BY {self.index}.rowid DESC LIMIT :most"
        )
        found = asking.raw.execute(statement, {"query": asking.query, "most": most, **values}).fetchall()
        return [self._line(asking, row) for row in found]

    def scores(self, asking: Asking, below: int, most: int) -> list[tuple[int, float]]:
        """The newest matches below a row, each with its bm25 (less is better).

        Of one customer the newest count as the best: bm25 would weigh all matches anew for each row.
        """
        if asking.sought.customer:
            return [(num, -float(num)) for num in islice(self._customers_rows(asking, below), most)]
        where, values = self._where(asking, below)
        sought = asking.sought
        joined = self.joined if sought.before or sought.media or sought.seen is not None else ""
        statement = (
            f"SELECT {self.index}.rowid, bm25({self.index}, {self.weights}) FROM {self.index} {joined} "
            f"WHERE {self.index} MATCH :query AND {where} ORDER BY {self.index}.rowid DESC LIMIT :most"
        )
        found: list[tuple[int, float]]
        found = asking.raw.execute(statement, {"query": asking.query, "most": most, **values}).fetchall()
        return found

    def one(self, asking: Asking, num: int) -> Hit | None:
        """One match, by its row."""
        row = self._row(asking, num)
        return None if row is None else self._line(asking, row).hit

    def _line(self, asking: Asking, row: Row) -> Line[Hit]:
        """The hit of a row; its snippet (the last column) is looked for elsewhere when it shows nothing."""
        if self.elsewhere and "[" not in (row[-1] or ""):
            statement = (
                f"SELECT {self.elsewhere} FROM {self.index} "
                f"WHERE {self.index} MATCH ? AND {self.index}.rowid = ?"
            )
            others = asking.raw.execute(statement, (asking.query, row[0])).fetchone() or ()
            row = (*row[:-1], next((text for text in others if text and "[" in text), row[-1]))
        hit = self.made(row[1:])
        return Line(hit.at, str(row[0]), hit)

    def _row(self, asking: Asking, num: int) -> Row | None:
        statement = (
            f"SELECT {self.index}.rowid, {self.rows} FROM {self.index} {self.joined} "
            f"WHERE {self.index} MATCH ? AND {self.index}.rowid = ?"
        )
        found: Row | None = asking.raw.execute(statement, (asking.query, num)).fetchone()
        return found

    def _where(self, asking: Asking, below: int) -> tuple[str, dict[str, object]]:
        sought, values = asking.sought, dict[str, object](below=below)
        parts = [f"{self.index}.rowid < :below"]
        if sought.before and self.time:
            parts.append(f"{self.time} < :before")
            values["before"] = sought.before
            values["below"] = min(below, _row_of_time(asking.raw, self.name, sought.before) + OUT_OF_ORDER)
        if sought.media and self.medium:
            parts.append(f"{self.medium} IN (SELECT value FROM json_each(:media))")
            values["media"] = json.dumps(sought.media)
        if sought.seen is not None and self.right:
            parts.append(self.right)
            values |= {"asker": sought.asker, "seen": json.dumps(sought.seen)}
        return " AND ".join(parts), values

    def _customers_rows(self, asking: Asking, below: int) -> Iterator[int]:
        """Those of one customer's rows that match, newest first."""
        match = (
            f"SELECT 1 FROM {self.index} {self.joined} "
            f"WHERE {self.index} MATCH :query AND {self.index}.rowid = :num"
        )
        where, values = self._where(asking, below)
        given = {"query": asking.query, **values}
        for (num,) in asking.raw.execute(self.of_customer, (asking.sought.customer, below)).fetchall():
            row = asking.raw.execute(f"{match} AND {where}", {**given, "num": num}).fetchone()
            if row is not None:
                yield num


def _row_of_time(raw: sqlite3.Connection, table: str, before: float) -> int:
    """Where in the order of arrival an instant lies: rows are numbered as they come in."""
    statement = f"SELECT num, at FROM {table} WHERE num >= ? ORDER BY num LIMIT 1"
    low, high = 0, raw.execute(f"SELECT coalesce(max(num), 0) FROM {table}").fetchone()[0] + 1
    while low < high:
        middle = (low + high) // 2
        row = raw.execute(statement, (middle,)).fetchone()
        if row is not None and row[1] < before:
            low = row[0] + 1
        else:
            high = middle
    return int(low)


def _snippet(index: str, column: int = -1) -> str:
    return f"snippet({index}, {column}, '[', ']', '…', 16)"


def _narrowed(query: str, sought: Sought) -> str:
    """Messages: only in what people wrote; the medium and whether it is a note are marks."""
    whole = f"{{{_WORDS}}} : ({query})"
    kinds = frozenset(sought.kinds)
    if sought.media:
        whole = f"({whole}) AND marks : ({one_of([MEDIUM_MARK + medium for medium in sought.media])})"
    if "note" in kinds and "message" not in kinds:
        return f'({whole}) AND marks : "{NOTE_MARK}"'
    if "message" in kinds and "note" not in kinds:
        return f'({whole}) NOT marks : "{NOTE_MARK}"'
    return whole


def _message(row: Row) -> Hit:
    body, customer, name, marked = row
    message = read(_MESSAGE, body)
    note = message.direction == "note"
    return Hit(
        kind="note" if note else "message",
        id=message.id,
        title=message.subject or name or message.from_address or message.author_name,
        highlight=line(marked or ""),
        at=Instant(message.at),
        conversation=message.conversation,
        customer=customer,
        medium=message.medium,
    )


def _call(row: Row) -> Hit:
    key, at, medium, customer, title, words, marked = row
    return Hit(
        kind="call",
        id=key,
        title=title or str(words).partition(" ")[0],
        highlight=line(marked),
        at=Instant(at),
        customer=customer,
        medium=medium,
    )


def _customer(row: Row) -> Hit:
    body, marked, seen_at = row
    customer = read(CUSTOMER, body)
    return Hit(
        kind="customer",
        id=customer.id,
        title=customer.name,
        highlight=line(marked),
        at=Instant(seen_at or 0.0),
        customer=customer.id,
    )


def _article(row: Row) -> Hit:
    body, marked = row
    article = read(ARTICLE, body)
    return Hit(
        kind="article", id=article.id, title=article.title, highlight=line(marked), at=article.updated_at
    )


SEEN: Final = (
    "(c.queue IN (SELECT value FROM json_each(:seen)) OR c.owner = :asker OR c.agent = :asker OR EXISTS "
    "(SELECT 1 FROM marks WHERE kind = 'follower' AND value = :asker AND marks.conversation = c.id))"
)
MESSAGES: Final = Stream(
    name="messages",
    index="messages_fts",
    rows=f"m.body, c.customer, json_extract(c.body, '$.customer_name'), {_snippet('messages_fts', 1)}",
    elsewhere=f"{_snippet('messages_fts', 0)}, {_snippet('messages_fts', 2)}",
    joined="JOIN messages m ON m.num = messages_fts.rowid JOIN conversations c ON c.id = m.conversation",
    made=_message,
    weights="4, 1, 2, 0",
    narrowed=_narrowed,
    time="m.at",
    right=SEEN,
    of_customer="SELECT num FROM messages WHERE conversation IN "
    "(SELECT id FROM conversations WHERE customer = ?) AND num < ? ORDER BY num DESC",
)
CALLS: Final = Stream(
    name="calls",
    index="calls_fts",
    rows="k.id, k.at, k.medium, k.customer, k.title, k.words, " + _snippet("calls_fts"),
    joined="JOIN calls k ON k.num = calls_fts.rowid",
    made=_call,
    weights="4, 2, 1, 1",
    time="k.at",
    right="EXISTS (SELECT 1 FROM interactions i WHERE i.id = k.id "
    "AND (i.agent = :asker OR i.queue IN (SELECT value FROM json_each(:seen))))",
    medium="k.medium",
    of_customer="SELECT num FROM calls WHERE customer = ? AND num < ? ORDER BY num DESC",
)
CUSTOMERS: Final = Stream(
    name="customers",
    index="customers_fts",
    rows=f"c.body, {_snippet('customers_fts')}, "
    "(SELECT max(arrived_at) FROM interactions WHERE customer = c.id)",
    joined="JOIN customers c ON c.num = customers_fts.rowid",
    made=_customer,
    weights="10, 1",
    of_customer="SELECT num FROM customers WHERE id = ? AND num < ?",
)
ARTICLES: Final = Stream(
    name="articles",
    index="articles_fts",
    rows=f"a.body, {_snippet('articles_fts')}",
    joined="JOIN articles a ON a.num = articles_fts.rowid",
    made=_article,
    weights="10, 5, 4, 1",
)
