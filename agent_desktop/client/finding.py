"""Search without the router: in the copies on this computer, as the router searches in its record.

The same pieces, filters, cursors and hits (`domain.searching`, `SearchHit`).  The indexes (SQLite FTS5) lie
in the file of the copies and are kept by triggers, so that what is written there can be found at once; all
of it runs on the copies' thread, because joining the parts of an index takes longer than a frame of the
screen.

Copies come in by the time of their last change and not by their own: the newest 2,000 matches of a page are
sorted among themselves, by time or by how well they match.
"""
# ruff: noqa: S608 - statements are put together from the names in this file and nothing else

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agent_desktop.client.finding_index import MEDIUM_MARK, NOTE_MARK, take_in
from agent_desktop.domain.conversation import line
from agent_desktop.domain.searching import (
    KINDS,
    Line,
    Piece,
    Place,
    all_of,
    corrected,
    cursor_after,
    either_of,
    one_of,
    page,
    pieces,
    places,
    ranked,
)
from agent_desktop.wire.commands import SearchEverything
from agent_desktop.wire.events import Result, SearchHit

BLOCK: Final = 2000
MOST: Final = 200
CARDS: Final = "customers"
_UNDATED: Final = frozenset({"customer", "article"})
FAR: Final = float("inf")

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """One index: `rows` are the columns of a hit, `at` its time, `weights` what a column counts."""

    name: str
    index: str
    rows: str
    joined: str
    at: str
    weights: str
    made: Callable[[Row], SearchHit]


def find(connection: sqlite3.Connection, asked: SearchEverything) -> Result:
    """Find what holds all pieces of the text; the newest first, or the best."""
    typed = pieces(asked.text)
    if not typed or asked.limit <= 0:
        return Result()
    take_in(connection)
    found = _page(connection, typed, asked)
    if found.hits:
        return found
    other = corrected(typed, lambda some: any(_known(connection, index, some) for index in _SPELT))
    return _page(connection, other, asked) if other else found


def merged(here: Sequence[SearchHit], there: Result | None, *, best: bool = False) -> tuple[SearchHit, ...]:
    """What was found here and at the router, as one list: the router's word counts where both know a thing.

    What the copies hold and the router's whole answer does not is gone; beyond a page of it nobody can say.
    """
    if there is None:
        return tuple(here)
    known = {(hit.kind, hit.id) for hit in there.hits}
    oldest = min((hit.at for hit in there.hits if hit.kind not in _UNDATED), default=FAR)
    others = [hit for hit in here if there.more and (hit.kind, hit.id) not in known]
    kept = [hit for hit in others if best or hit.kind in _UNDATED or hit.at <= oldest]
    whole = (*there.hits, *kept)
    return whole if best else tuple(sorted(whole, key=lambda hit: -hit.at))


def _page(connection: sqlite3.Connection, typed: Sequence[Piece], asked: SearchEverything) -> Result:
    begins, limit = places(asked.after), min(asked.limit, MOST)
    found: dict[str, Sequence[Line[SearchHit]]] = {}
    for stream in _streams(asked):
        if asked.after and stream.name not in begins:
            continue  # it had nothing more
        found[stream.name] = _lines(connection, stream, typed, asked, begins.get(stream.name, Place()))
    hits, begun = page(found, limit, [CARDS] if CARDS in found and not asked.best else ())
    cursor = cursor_after(found, begun, begins)
    return Result(hits=hits, cursor=cursor, more=bool(cursor))


def _streams(asked: SearchEverything) -> list[Stream]:
    kinds = frozenset(asked.kinds or KINDS)
    streams = [MESSAGES] if kinds & {"message", "note"} else []
    if "call" in kinds:
        streams.append(CALLS)
    if "customer" in kinds and not asked.media and not asked.before_at:
        streams.append(CUSTOMERS)
    return streams


def _query(stream: Stream, query: str, asked: SearchEverything) -> str:
    """The whole FTS5 query: only in what people wrote; the medium and whether it is a note are marks."""
    if stream is not MESSAGES:
        return query
    whole, kinds = f"{{words people}} : ({query})", frozenset(asked.kinds)
    if asked.media:
        whole = f"({whole}) AND marks : ({one_of([MEDIUM_MARK + medium for medium in asked.media])})"
    if "note" in kinds and "message" not in kinds:
        return f'({whole}) AND marks : "{NOTE_MARK}"'
    return f'({whole}) NOT marks : "{NOTE_MARK}"' if "message" in kinds and "note" not in kinds else whole


def _lines(
    connection: sqlite3.Connection,
    stream: Stream,
    typed: Sequence[Piece],
    asked: SearchEverything,
    place: Place,
) -> list[Line[SearchHit]]:
    """One more than a page of a stream: the best cards, the newest of all else, or the best of that too."""
    query, most = _query(stream, all_of(typed), asked), min(asked.limit, MOST) + 1
    best = asked.best or stream.name == CARDS
    value = f"bm25({stream.index}, {stream.weights})" if best else f"-{stream.at}"
    where, given = _narrowed(stream, asked)
    block = (
        f"SELECT {stream.index}.rowid, {value} FROM {stream.index} {stream.joined} "
        f"WHERE {stream.index} MATCH :query AND {stream.index}.rowid < :below{where} "
        f"ORDER BY {stream.index}.rowid DESC LIMIT {BLOCK}"
    )
    one = (
        f"SELECT {stream.rows} FROM {stream.index} {stream.joined} "
        f"WHERE {stream.index} MATCH ? AND {stream.index}.rowid = ?"
    )

    def newest(below: int) -> list[tuple[int, float]]:
        found: list[tuple[int, float]]
        found = connection.execute(block, {"query": query, "below": below, **given}).fetchall()
        return found

    lines = []
    for number, num, after in ranked(newest, place, most, BLOCK):
        hit = stream.made(connection.execute(one, (query, num)).fetchone())
        lines.append(Line(-number if asked.best else hit.at, after, hit))
    return lines


def _narrowed(stream: Stream, asked: SearchEverything) -> tuple[str, dict[str, object]]:
    """What the rows themselves must fulfil."""
    where, given = "", dict[str, object]()
    if asked.customer:
        where += f" AND {_CUSTOMER[stream.name]}"
        given["customer"] = asked.customer
    if asked.before_at and stream.name != CARDS:
        where += f" AND {stream.at} < :before"
        given["before"] = asked.before_at
    if asked.media and stream is CALLS:
        where += " AND k.medium IN (SELECT value FROM json_each(:media))"
        given["media"] = json.dumps(asked.media)
    return where, given


def _known(connection: sqlite3.Connection, index: str, some: Sequence[Piece]) -> bool:
    statement = f"SELECT 1 FROM {index} WHERE {index} MATCH ? LIMIT 1"
    return connection.execute(statement, (either_of(some),)).fetchone() is not None


def _snippet(index: str, column: int = -1) -> str:
    return f"snippet({index}, {column}, '[', ']', '…', 16)"


def _message(row: Row) -> SearchHit:
    key, at, thread, medium, direction, customer, *names, words, people = row
    title = next((name for name in names if name), "")
    marked = words if (words and "[" in words) or not people else people
    return SearchHit(
        kind="note" if direction == "note" else "message",
        id=key,
        title=title,
        highlight=line(marked or ""),
        at=at,
        conversation=thread,
        customer=customer or "",
        medium=medium or "",
    )


def _call(row: Row) -> SearchHit:
    key, at, medium, customer, title, words, marked = row
    return SearchHit(
        kind="call",
        id=key,
        title=title or str(words).partition(" ")[0],
        highlight=line(marked),
        at=at,
        customer=customer,
        medium=medium,
    )


def _customer(row: Row) -> SearchHit:
    key, name, at, marked = row
    return SearchHit(
        kind="customer", id=key, title=name or "", highlight=line(marked), at=at or 0.0, customer=key
    )


def _of(table: str, *names: str) -> str:
    return ", ".join(f"json_extract({table}.body, '$.{name}')" for name in names)


MESSAGES: Final = Stream(
    name="messages",
    index="message_fts",
    rows="m.id, m.at, m.conversation, "
    + _of("m", "medium", "direction")
    + ", "
    + _of("c", "customer")
    + ", "
    + _of("m", "subject")
    + ", "
    + _of("c", "customer_name")
    + ", "
    + _of("m", "from_address", "author_name")
    + f", {_snippet('message_fts', 0)}, {_snippet('message_fts', 1)}",
    joined="JOIN message m ON m.num = message_fts.rowid LEFT JOIN conversation c ON c.id = m.conversation",
    at="m.at",
    weights="1, 2, 0",
    made=_message,
)
CALLS: Final = Stream(
    name="calls",
    index="call_fts",
    rows=f"k.id, k.at, k.medium, k.customer, k.title, k.words, {_snippet('call_fts')}",
    joined="JOIN call k ON k.num = call_fts.rowid",
    at="k.at",
    weights="4, 2, 1, 1",
    made=_call,
)
CUSTOMERS: Final = Stream(
    name=CARDS,
    index="customer_fts",
    rows="p.id, json_extract(p.body, '$.name'), (SELECT max(json_extract(body, '$.arrived_at')) "
    f"FROM interaction WHERE json_extract(body, '$.customer') = p.id), {_snippet('customer_fts')}",
    joined="JOIN customer p ON p.num = customer_fts.rowid",
    at="0",
    weights="1",
    made=_customer,
)
_CUSTOMER: Final = {
    MESSAGES.name: "m.conversation IN "
    "(SELECT id FROM conversation WHERE json_extract(body, '$.customer') = :customer)",
    CALLS.name: "k.customer = :customer",
    CARDS: "p.id = :customer",
}
_SPELT: Final = (MESSAGES.index, CUSTOMERS.index)
