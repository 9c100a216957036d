"""The inbox's lists: a page of the conversations that a filter holds, and how many there are.

A filter is turned into walks, each along one index in the order of the list (one for each queue, owner or
medium and each state), and their heads are joined: a page costs as many entries of the index as it shows from
each walk, and a row for each conversation on it.  What no index tells (a channel, a second medium) is looked
at on the way; tags, followers and late promises lead the walk where they are few.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from agent_desktop.domain.listing import OLDEST, PROMISE, STATES, Filter, Place
from agent_desktop.domain.types import Instant
from agent_desktop.server.storage import schema as s
from agent_desktop.server.storage.search import all_words
from agent_desktop.server.storage.streams import SEEN

Rows = Callable[[sa.Select[Any]], Sequence[Sequence[Any]]]
Entry: TypeAlias = tuple[float, str]  # what the list is ordered by, and the conversation
Conditions: TypeAlias = Sequence[sa.ColumnElement[bool]]

FEW: Final = 2000  # tagged, followed or found conversations that are looked at one by one
CHUNK: Final = 400  # promises that are looked at together
_c, _i, _m = s.conversations.c, s.interactions.c, s.marks.c
_THERE: Final = _c.merged_into == sa.text("''")
_UNREAD: Final = _c.unread > sa.text("0")
_PROMISED: Final = (_i.live == sa.text("1")) & (_i.promise_at > sa.text("0"))


@dataclass(frozen=True, slots=True)
class _Plan:
    """The walks, and what every row on them must fulfil."""

    walks: Conditions
    looked_at: Conditions


def page(
    rows: Rows, asked: Filter, after: Place | None, limit: int, now: Instant
) -> tuple[list[str], Place | None]:
    """The JSON of a page's conversations, and the place of the next page."""
    plan = _planned(rows, asked, now)
    found: list[Entry] = []
    by_promise = asked.order == PROMISE
    if by_promise and (after is None or not after.rest):
        found = _promised(rows, plan, after, limit + 1)
    promised = len(found)
    if promised <= limit and not (by_promise and asked.late):
        begin = None if by_promise and after is not None and not after.rest else after
        found += _walked(rows, plan, asked.order, begin, limit + 1 - promised)
    bodies = _bodies(rows, [key for _, key in found[:limit]])
    if len(found) <= limit:
        return bodies, None
    at, key = found[limit - 1]
    return bodies, Place(at, key, rest=by_promise and limit > promised)


def count(rows: Rows, asked: Filter, most: int, now: Instant) -> int:
    """How many conversations there are, at most so many."""
    keys: set[str] = set()
    plan = _planned(rows, asked, now)
    for walk in plan.walks:
        query = sa.select(_c.id).where(_THERE, walk, *plan.looked_at).limit(most)
        keys.update(row[0] for row in rows(query))
        if len(keys) >= most:
            return most
    return len(keys)


def _bodies(rows: Rows, keys: list[str]) -> list[str]:
    held = {row[0]: row[1] for row in rows(sa.select(_c.id, _c.body).where(_c.id.in_(keys)))}
    return [held[key] for key in keys if key in held]


def _promised(rows: Rows, plan: _Plan, after: Place | None, limit: int) -> list[Entry]:
    """Those whose work has a promise, the most urgent first: along the promises, some at a time."""
    found: dict[str, Entry] = {}
    begin = (after.at, after.id) if after is not None else (0.0, "")
    while len(found) < limit:
        query = sa.select(_i.promise_at, _i.conversation).where(
            _PROMISED, sa.tuple_(_i.promise_at, _i.conversation) > sa.tuple_(*begin)
        )
        some = rows(query.order_by(_i.promise_at, _i.conversation).limit(CHUNK))
        if not some:
            break
        begin = (some[-1][0], some[-1][1])
        holds = _THERE, sa.or_(*plan.walks), *plan.looked_at
        kept = sa.select(_c.id).where(_c.id.in_({row[1] for row in some}), *holds)
        held = {row[0] for row in rows(kept)}
        for at, key in some:
            if key in held:
                found.setdefault(key, (at, key))
    return list(found.values())[:limit]


def _walked(rows: Rows, plan: _Plan, order: str, after: Place | None, limit: int) -> list[Entry]:
    """By the time of the last change: the heads of all walks, joined; each conversation once."""
    forward = order == OLDEST
    walks = []
    for walk in plan.walks:
        query = sa.select(_c.updated_at, _c.id).where(_THERE, walk, *plan.looked_at)
        if order == PROMISE:
            promised = sa.select(_i.id).where(_PROMISED, _i.conversation == _c.id)
            query = query.where(~promised.correlate(s.conversations).exists())
        if after is not None:
            key, place = sa.tuple_(_c.updated_at, _c.id), sa.tuple_(after.at, after.id)
            query = query.where(key > place if forward else key < place)
        by = (_c.updated_at, _c.id) if forward else (_c.updated_at.desc(), _c.id.desc())
        walks.append([(row[0], row[1]) for row in rows(query.order_by(*by).limit(limit))])
    return list(_once(heapq.merge(*walks, reverse=not forward), limit))


def _once(entries: Iterable[Entry], limit: int) -> Iterator[Entry]:
    seen: set[str] = set()
    for entry in entries:
        if entry[1] not in seen:
            seen.add(entry[1])
            yield entry
            if len(seen) == limit:
                return


def _planned(rows: Rows, asked: Filter, now: Instant) -> _Plan:
    """The walks: each is a part of an index that lies in the order of the list."""
    looked_at, own = _looked_at(asked, now), _seen(asked)
    states = asked.states or STATES
    if asked.customer:
        return _Plan([_c.customer == asked.customer], [*looked_at, *own])
    if (few := _few(rows, asked, now)) is not None:
        return _Plan([_c.id.in_(few)], [*looked_at, *own])
    for column, values in ((_c.owner, asked.owners), (_c.queue, asked.queues)):
        if values:
            walks = [(column == one) & (_c.state == state) for one in values for state in states]
            return _Plan(walks, [*looked_at, *own])
    if asked.unread:
        return _Plan([_UNREAD], [*looked_at, *own])
    if asked.seen is not None:  # the walks themselves are what the asker may see
        walks = [(_c.queue == one) & (_c.state == state) for one in asked.seen for state in states]
        mine = [(_c.owner == asked.asker) & (_c.state == state) for state in states]
        return _Plan([*walks, *mine], looked_at)
    if asked.media:
        walks = [(_c.medium == one) & (_c.state == state) for one in asked.media for state in states]
        return _Plan(walks, looked_at)
    return _Plan([_c.state == state for state in states], looked_at)


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


def _seen(asked: Filter) -> list[sa.ColumnElement[bool]]:
    """What the asker may see: in one of the asker's queues, the asker's own, or followed."""
    if asked.seen is None:
        return []
    follows = sa.select(_m.kind).where(
        _m.kind == "follower", _m.value == asked.asker, _m.conversation == _c.id
    )
    mine = (_c.owner == asked.asker) | (_c.agent == asked.asker)
    return [_c.queue.in_(asked.seen) | mine | follows.correlate(s.conversations).exists()]


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
        if values:  # as an expression, so that no other index is taken for it than the walk's
            found.append(column.concat(sa.text("''")).in_(values))
    for kind, value in (
        *(("tag", tag) for tag in asked.tags),
        *((("follower", asked.asker),) if asked.followed else ()),
    ):
        mark = sa.select(_m.kind).where(_m.kind == kind, _m.value == value, _m.conversation == _c.id)
        found.append(mark.correlate(s.conversations).exists())
    if asked.customer:
        found.append(_c.customer == asked.customer)
    if asked.unread:
        found.append(_c.unread + sa.text("0") > sa.text("0"))
    if asked.since:
        found.append(_c.updated_at >= asked.since)
    if asked.until:
        found.append(_c.updated_at < asked.until)
    if asked.late:
        late = sa.select(_i.id).where(_PROMISED, _i.promise_at <= now, _i.conversation == _c.id)
        found.append(late.correlate(s.conversations).exists())
    if asked.text:
        found.append(_c.id.in_(_worded(asked)))
    return found


def _worded(asked: Filter) -> sa.TextualSelect | sa.Select[Any]:
    """The conversations, of those that the asker may see, of the newest messages with all the words."""
    words = all_words(asked.text)
    if not words:
        return sa.select(_c.id)
    given: dict[str, object] = {"words": words, "few": FEW}
    right = ""
    if asked.seen is not None:
        right = f"AND {SEEN} "
        given |= {"asker": asked.asker, "seen": json.dumps(asked.seen)}
    found = sa.text(
        "SELECT m.conversation FROM messages_fts JOIN messages m ON m.num = messages_fts.rowid"  # noqa: S608
        " JOIN conversations c ON c.id = m.conversation"
        f" WHERE messages_fts MATCH :words {right}ORDER BY messages_fts.rowid DESC LIMIT :few"
    )
    return found.bindparams(**given).columns(sa.column("conversation"))
