"""Full-text search in messages, notes, calls, customers and articles (SQLite FTS5).

What a person types is never a query (`domain.searching`); the indexes are made in `fulltext.py`, and how
each of them is asked is in `streams.py`.

Found things come in pages by keyset, without an end that is not the end: a cursor names, for each index,
the row where its next page begins.  The newest come first, a walk down the index; customers and articles,
and everything when the best are asked for, are ranked, but only among the newest 2,000 matches at a time,
because bm25 over all matches of a common word is slow.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.searching import (
    KINDS,
    Line,
    Piece,
    Place,
    all_of,
    any_of,
    corrected,
    cursor_after,
    either_of,
    page,
    pieces,
    places,
    ranked,
)
from agent_desktop.ports.storage import Found, Hit, Sought
from agent_desktop.server.storage.documents import ARTICLE, read
from agent_desktop.server.storage.prepared import driver
from agent_desktop.server.storage.streams import ARTICLES, CALLS, CUSTOMERS, MESSAGES, Asking, Stream

RANKED_MOST: Final = 2000
CARDS: Final = ("customers", "articles")
_ARTICLE: Final = "SELECT body FROM articles WHERE num = ?"


def search(connection: sa.Connection, sought: Sought) -> Found:
    """Find what holds all pieces of the text; the newest first, or the best."""
    asked = pieces(sought.text)
    if not asked or sought.limit <= 0:
        return Found()
    raw = driver(connection)
    found = _page(raw, asked, sought)
    if found.hits:
        return found
    other = corrected(asked, lambda some: any(_known(raw, index, some) for index in _spelt(sought)))
    return _page(raw, other, sought) if other else found


def search_articles(connection: sa.Connection, text: str, limit: int) -> Sequence[Article]:
    """Find the articles with any of the words, best first."""
    query = any_of(pieces(text))
    if not query or limit <= 0:
        return ()
    raw = driver(connection)
    best = _ranked(ARTICLES, Asking(raw, query, Sought(text=text)), Place(), limit)
    bodies = [raw.execute(_ARTICLE, (num,)).fetchone() for _score, num, _after in best]
    return tuple(read(ARTICLE, row[0]) for row in bodies if row is not None)


def all_words(text: str) -> str:
    """Give the FTS5 query for the messages and notes with all pieces of a text; empty when it has none."""
    query = all_of(pieces(text))
    return MESSAGES.narrowed(query, Sought(text=text)) if query and MESSAGES.narrowed else ""


def _streams(sought: Sought) -> list[Stream]:
    """The indexes that can hold what is sought; a card is of no medium and no time."""
    kinds = frozenset(sought.kinds or KINDS)
    timed = bool(sought.media or sought.before)
    streams = []
    if kinds & {"message", "note"}:
        streams.append(MESSAGES)
    if "call" in kinds:
        streams.append(CALLS)
    if "customer" in kinds and not timed:
        streams.append(CUSTOMERS)
    if "article" in kinds and not timed and not sought.customer:
        streams.append(ARTICLES)
    return streams


def _page(raw: sqlite3.Connection, asked: Sequence[Piece], sought: Sought) -> Found:
    begins = places(sought.after)
    found: dict[str, Sequence[Line[Hit]]] = {}
    for stream in _streams(sought):
        if sought.after and stream.name not in begins:
            continue  # it had nothing more
        place = begins.get(stream.name, Place())
        asking = stream.asking(raw, all_of(asked), sought)
        most = sought.limit + 1  # one more tells whether that is all
        if sought.best or stream.name in CARDS:
            found[stream.name] = _best(stream, asking, place, most)
        else:
            found[stream.name] = stream.newest(asking, place.below, most)
    cards = [name for name in CARDS if name in found and not sought.best]
    hits, begun = page(found, sought.limit, cards)
    return Found(hits=hits, cursor=cursor_after(found, begun, begins))


def _best(stream: Stream, asking: Asking, place: Place, most: int) -> Sequence[Line[Hit]]:
    """The best matches; cards are chosen by that too, and stand among the rest by their time."""
    lines = []
    for score, num, after in _ranked(stream, asking, place, most):
        hit = stream.one(asking, num)
        if hit is not None:
            lines.append(Line(-score if asking.sought.best else hit.at, after, hit))
    return lines


def _ranked(stream: Stream, asking: Asking, place: Place, most: int) -> list[tuple[float, int, str]]:
    return ranked(lambda below: stream.scores(asking, below, RANKED_MOST), place, most, RANKED_MOST)


def _spelt(sought: Sought) -> list[str]:
    """The indexes that tell whether a word is one: what people wrote, and names."""
    streams = _streams(sought)
    return [stream.index for stream in streams if stream in {MESSAGES, CUSTOMERS}] or [
        stream.index for stream in streams
    ]


def _known(raw: sqlite3.Connection, index: str, some: Sequence[Piece]) -> bool:
    statement = f"SELECT 1 FROM {index} WHERE {index} MATCH ? LIMIT 1"  # noqa: S608 - our own names
    return raw.execute(statement, (either_of(some),)).fetchone() is not None
