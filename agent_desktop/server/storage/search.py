"""Full-text search in messages, customers and articles (SQLite FTS5).

What a person types is never a query: each word is quoted, so that no text can be wrong or mean anything
else.  The indexes are made in `fulltext.py`.

Ranking takes two stages, because bm25 over all matches of a common word is slow: the newest matches
are taken first (a walk down the index), and only those are ranked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from agent_desktop.domain.conversation import line
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.types import Instant
from agent_desktop.ports.storage import Hit
from agent_desktop.server.storage.documents import ARTICLE, CUSTOMER, MESSAGE, read

WORDS_MOST = 24
WORD_LETTERS = 64
RANKED_MOST = 2000

_MESSAGES = sa.text(
    "SELECT m.body, c.customer, json_extract(c.body, '$.customer_name'),"
    " snippet(messages_fts, -1, '[', ']', '…', 16)"
    " FROM messages_fts JOIN messages m ON m.num = messages_fts.rowid"
    " JOIN conversations c ON c.id = m.conversation"
    " WHERE messages_fts MATCH :query ORDER BY messages_fts.rowid DESC LIMIT :most"
)
_CUSTOMERS = sa.text(
    "SELECT c.body, snippet(customers_fts, -1, '[', ']', '…', 16),"
    " (SELECT max(arrived_at) FROM interactions WHERE customer = c.id)"
    " FROM (SELECT rowid AS num, bm25(customers_fts, 10, 1) AS score FROM customers_fts"
    " WHERE customers_fts MATCH :query ORDER BY rowid DESC LIMIT :ranked) AS found"
    " JOIN customers_fts ON customers_fts.rowid = found.num JOIN customers c ON c.num = found.num"
    " WHERE customers_fts MATCH :query ORDER BY found.score LIMIT :most"
)
_ARTICLES = sa.text(
    "SELECT a.body, snippet(articles_fts, -1, '[', ']', '…', 16)"
    " FROM (SELECT rowid AS num, bm25(articles_fts, 10, 5, 4, 1) AS score FROM articles_fts"
    " WHERE articles_fts MATCH :query ORDER BY rowid DESC LIMIT :ranked) AS found"
    " JOIN articles_fts ON articles_fts.rowid = found.num JOIN articles a ON a.num = found.num"
    " WHERE articles_fts MATCH :query ORDER BY found.score LIMIT :most"
)


def search(connection: sa.Connection, text: str, limit: int) -> Sequence[Hit]:
    """Find what holds all words, the last as the beginning of one; newest first.

    Customers and articles get up to a quarter of the places each, so that a person's card is not
    lost among that person's many messages.
    """
    query = all_words(text)
    if not query or limit <= 0:
        return ()
    few = max(1, limit // 4)
    hits = [*_customer_hits(connection, query, few), *_article_hits(connection, query, few)]
    hits += _message_hits(connection, query, limit)
    others = sum(hit.kind != "message" for hit in hits)
    kept = [hit for place, hit in enumerate(hits) if place < max(limit, others)]
    return sorted(kept, key=lambda hit: hit.at, reverse=True)[:limit]


def search_articles(connection: sa.Connection, text: str, limit: int) -> Sequence[Article]:
    """Find the articles with any of the words, best first."""
    query = any_word(text)
    if not query or limit <= 0:
        return ()
    rows = connection.execute(_ARTICLES, {"query": query, "ranked": RANKED_MOST, "most": limit})
    return tuple(read(ARTICLE, body) for body, _ in rows)


def all_words(text: str) -> str:
    """Give the FTS5 query for all the words, the last as a prefix; empty when there are none."""
    found = list(_words(text))
    return " ".join(found) + "*" if found else ""


def any_word(text: str) -> str:
    """Give the FTS5 query for any of the words; empty when there are none."""
    return " OR ".join(_words(text))


def _words(text: str) -> Iterator[str]:
    """Give the words, each quoted; pieces without a letter or a digit are no words (FTS5, section 3.1)."""
    plain = "".join(
        " " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text[: WORDS_MOST * WORD_LETTERS]
    )
    taken = 0
    for piece in plain.split():
        if taken < WORDS_MOST and any(unicodedata.category(c)[0] in "LN" for c in piece[:WORD_LETTERS]):
            taken += 1
            yield '"' + piece[:WORD_LETTERS].replace('"', '""') + '"'


def _message_hits(connection: sa.Connection, query: str, most: int) -> Iterator[Hit]:
    for body, customer, name, marked in connection.execute(_MESSAGES, {"query": query, "most": most}).all():
        message = read(MESSAGE, body)
        yield Hit(
            kind="message",
            id=message.id,
            title=message.subject or name or message.from_address or message.author_name,
            highlight=line(marked),
            at=message.at,
            conversation=message.conversation,
            customer=customer,
        )


def _customer_hits(connection: sa.Connection, query: str, most: int) -> Iterator[Hit]:
    rows = connection.execute(_CUSTOMERS, {"query": query, "ranked": RANKED_MOST, "most": most}).all()
    for body, marked, seen_at in rows:
        customer = read(CUSTOMER, body)
        yield Hit(
            kind="customer",
            id=customer.id,
            title=customer.name,
            highlight=line(marked),
            at=Instant(seen_at or 0.0),
            customer=customer.id,
        )


def _article_hits(connection: sa.Connection, query: str, most: int) -> Iterator[Hit]:
    rows = connection.execute(_ARTICLES, {"query": query, "ranked": RANKED_MOST, "most": most}).all()
    for body, marked in rows:
        article = read(ARTICLE, body)
        yield Hit(
            kind="article",
            id=article.id,
            title=article.title,
            highlight=line(marked),
            at=article.updated_at,
        )
