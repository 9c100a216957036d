"""The inbox's lists: a page of the conversations that a filter holds, and how many there are.

A filter is turned into walks, each along one index in the order of the list (one for each queue or owner and
each state), and their heads are joined: a page costs as many rows as it shows from each walk, whatever the
record holds.  What no index tells (a medium, a channel, a time) is looked at on the way; tags, followers,
words and promises lead the walk where they are few.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from agent_desktop.domain.listing import OLDEST, PROMISE, STATES, Filter, Place
from agent_desktop.domain.types import Instant
from agent_desktop.server.storage import schema as s
from agent_desktop.server.storage.search import all_words

Rows = Callable[[sa.Select[Any]], Sequence[Sequence[Any]]]
Row: TypeAlias = Sequence[Any]  # body, at, id

FEW: Final = 2000  # tagged, followed or found conversations that are looked at one by one
_c, _i, _m = s.conversations.c, s.interactions.c, s.marks.c
_THERE: Final = _c.merged_into == sa.text("''")
_PROMISED: Final = (_i.live == sa.text("1")) & (_i.promise_at > sa.text("0"))


def page(
    rows: Rows, asked: Filter, after: Place | None, limit: int, now: Instant
) -> tuple[list[str], Place | None]:
    """The JSON of a page's conversations, and the place of the next page."""
    found: list[Row] = []
    if asked.order == PROMISE and (after is None or not after.rest):
        found = _promised(rows, asked, after, limit + 1, now)
    left = limit + 1 - len(found)
    promised = len(found)
    if left and not (asked.order == PROMISE and asked.late):
        begin = after if after is not None and (asked.order != PROMISE or after.rest) else None
        found += _walked(rows, asked, begin, left, now)
    if len(found) <= limit:
        return [row[0] for row in found], None
    last = found[limit - 1]
    rest = asked.order == PROMISE and limit > promised
    return [row[0] for row in found[:limit]], Place(last[1], last[2], rest=rest)


def count(rows: Rows, asked: Filter, most: int, now: Instant) -> int:
    """How many conversations there are, at most so many."""
    keys: set[str] = set()
    for condition in _branches(rows, asked, now):
        query = sa.select(_c.id).where(_THERE, condition, *_looked_at(asked, now)).limit(most)
        keys.update(row[0] for row in rows(query))
        if len(keys) >= most:
            return most
    return len(keys)


def _promised(rows: Rows, asked: Filter, after: Place | None, limit: int, now: Instant) -> list[Row]:
    """Those whose work has a promise, the most urgent first."""
    query = sa.select(_c.body, _i.promise_at, _i.id).select_from(
        s.interactions.join(s.conversations, _c.id == _i.conversation)
    )
    query = query.where(_PROMISED, _THERE, sa.or_(*_branches(rows, asked, now)))
    query = query.where(*_looked_at(asked, now))
    if after is not None:
        query = query.where(sa.tuple_(_i.promise_at, _i.id) > sa.tuple_(after.at, after.id))
    return list(rows(query.order_by(_i.promise_at, _i.id).limit(limit)))


def _walked(rows: Rows, asked: Filter, after: Place | None, limit: int, now: Instant) -> list[Row]:
    """By the time of the last change: the heads of all walks, joined; each conversation once."""
    forward = asked.order == OLDEST
    walks = []
    for condition in _branches(rows, asked, now):
        query = sa.select(_c.body, _c.updated_at, _c.id).where(_THERE, condition)
        query = query.where(*_looked_at(asked, now))
        if asked.order == PROMISE:
            query = query.where(_c.id.not_in(sa.select(_i.conversation).where(_PROMISED)))
        if after is not None:
            key, place = sa.tuple_(_c.updated_at, _c.id), sa.tuple_(after.at, after.id)
            query = query.where(key > place if forward else key < place)
        order = (_c.updated_at, _c.id) if forward else (_c.updated_at.desc(), _c.id.desc())
        walks.append(rows(query.order_by(*order).limit(limit)))
    joined = heapq.merge(*walks, key=lambda row: (row[1], row[2]), reverse=not forward)
    return list(_once(joined, limit))


def _once(rows: Iterable[Row], limit: int) -> Iterator[Row]:
    seen: set[str] = set()
    for row in rows:
        if row[2] not in seen:
            seen.add(row[2])
            yield row
            if len(seen) == limit:
                return


def _branches(rows: Rows, asked: Filter, now: Instant) -> Sequence[sa.ColumnElement[bool]]:
    """The walks: each is a part of an index that lies in the order of the list."""
    if asked.customer:
        return [_c.customer == asked.customer]
    if (few := _few(rows, asked, now)) is not None:
        return [_c.id.in_(few)]
    states = asked.states or STATES
    if asked.owners:
        return [(_c.owner == one) & (_c.state == state) for one in asked.owners for state in states]
    if asked.queues:
        return [(_c.queue == one) & (_c.state == state) for one in asked.queues for state in states]
    if asked.seen is not None:
        walks = [(_c.queue == one) & (_c.state == state) for one in asked.seen for state in states]
        return walks + [(_c.owner == asked.asker) & (_c.state == state) for state in states]
    return [_c.state == state for state in states]


def _few(rows: Rows, asked: Filter, now: Instant) -> list[str] | None:
    """The conversations that a rare mark, word or promise leaves; None: too many, or nothing asked."""
    for query in _leading(asked, now):
        found = rows(query.limit(FEW + 1))
        if len(found) <= FEW:
            return [row[0] for row in found]
    return None


def _leading(asked: Filter, now: Instant) -> Iterator[sa.Select[Any]]:
    if asked.late:
        yield sa.select(_i.conversation).where(_PROMISED, _i.promise_at <= now)
    marked = [("tag", tag) for tag in asked.tags]
    if asked.followed:
        marked.append(("follower", asked.asker))
    for kind, value in marked:
        yield sa.select(_m.conversation).where(_m.kind == kind, _m.value == value)


def _looked_at(asked: Filter, now: Instant) -> list[sa.ColumnElement[bool]]:
    """What every row must fulfil, whichever walk found it."""
    found: list[sa.ColumnElement[bool]] = []
    for column, values in (
        (_c.state, asked.states),
        (_c.medium, asked.media),
        (_c.channel, asked.channels),
        (_c.queue, asked.queues),
        (_c.owner, asked.owners),
    ):
        if values:
            found.append(column.in_(values))
    for kind, value in (
        *(("tag", tag) for tag in asked.tags),
        *((("follower", asked.asker),) if asked.followed else ()),
    ):
        mark = sa.select(_m.kind).where(_m.kind == kind, _m.value == value, _m.conversation == _c.id)
        found.append(mark.correlate(s.conversations).exists())
    if asked.customer:
        found.append(_c.customer == asked.customer)
    if asked.unread:
        found.append(_c.unread > 0)
    if asked.since:
        found.append(_c.updated_at >= asked.since)
    if asked.until:
        found.append(_c.updated_at < asked.until)
    if asked.late:
        late = sa.select(_i.id).where(_PROMISED, _i.promise_at <= now, _i.conversation == _c.id)
        found.append(late.correlate(s.conversations).exists())
    if asked.text:
        found.append(_c.id.in_(_worded(asked.text)))
    if asked.seen is not None:
        follows = sa.select(_m.kind).where(
            _m.kind == "follower", _m.value == asked.asker, _m.conversation == _c.id
        )
        followed = follows.correlate(s.conversations).exists()
        mine = (_c.owner == asked.asker) | (_c.agent == asked.asker) | followed
        found.append(_c.queue.in_(asked.seen) | mine)
    return found


def _worded(text: str) -> sa.TextualSelect | sa.Select[Any]:
    """The conversations of the newest messages with all the words."""
    words = all_words(text)
    if not words:
        return sa.select(_c.id)
    found = sa.text(
        "SELECT m.conversation FROM messages_fts JOIN messages m ON m.num = messages_fts.rowid"
        " WHERE messages_fts MATCH :words ORDER BY messages_fts.rowid DESC LIMIT :few"
    )
    return found.bindparams(words=words, few=FEW).columns(sa.column("conversation"))
