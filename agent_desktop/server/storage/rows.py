"""What a commit writes, as rows: made when it is submitted, merged when it is written.

A `Batch` is the rows of one commit.  Merging keeps the last row of each key, so that an interaction that
moved five times while the last transaction ran is written once; rows that must be unique (log, raw
bytes, replies) stay lists, so that a second one of the same key is refused and not swallowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.customer import Customer, normal
from agent_desktop.domain.interaction import OVER, Arrived, Interaction
from agent_desktop.domain.knowledge import Article
from agent_desktop.ports.storage import Changes, OutboxRow, RawRow, Session, StoredReply, Upload, User
from agent_desktop.server.storage import eventlog, fulltext, schema
from agent_desktop.server.storage.documents import written
from agent_desktop.server.storage.prepared import Prepared, PreparedFiles, PreparedRows

REPLIES_KEPT_S = 7 * 86_400.0

Row: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """`puts`: rows by table and key, None to delete; `adds`: rows by table, in order."""

    puts: dict[str, dict[str, Row | None]] = field(default_factory=dict)
    adds: dict[str, list[Row]] = field(default_factory=dict)
    addresses: dict[str, list[Row]] = field(default_factory=dict)
    marks: dict[str, list[Row]] = field(default_factory=dict)
    files: dict[str, list[Row]] = field(default_factory=dict)
    parsed: list[str] = field(default_factory=list)
    moved: dict[str, int] = field(default_factory=dict)  # interactions that changed little: see `_MOVES`
    new_work: bool = False


def batch_of(changes: Changes) -> Batch:
    """Give the rows of a commit.  Raises `StorageError` when something has no JSON."""
    batch = Batch(parsed=list(changes.parsed_raws))
    for table, make in _MADE_BY_KEY:
        if entities := getattr(changes, table):
            batch.puts[table] = {
                key: make(value) if value is not None else None for key, value in entities.items()
            }
    if changes.blobs:
        batch.puts["blobs"] = {key: {"id": key, "data": data} for key, data in changes.blobs.items()}
    if changes.settings:
        batch.puts["settings"] = {key: {"name": key, "value": text} for key, text in changes.settings.items()}
    if changes.customers:
        batch.addresses = {key: _addresses(value) for key, value in changes.customers.items()}
    batch.files = {key: found for key, m in changes.messages.items() if (found := _files(m))}
    for key in changes.called_back:  # also one that was written in the same commit
        batch.puts.setdefault("messages", {})[key] = None
        batch.files[key] = []
    if changes.marked:
        held = changes.conversations
        batch.marks = {key: _marks(held[key]) for key in changes.marked if key in held}
    for table, add in _MADE_IN_ORDER:
        if things := getattr(changes, table):
            batch.adds[table] = [add(thing) for thing in things]
    batch.moved = _moved(changes)
    batch.new_work = bool(changes.raws) or any(type(event) is Arrived for event in changes.events)
    return batch


def merged(batches: Sequence[Batch]) -> Batch:
    """Give one batch with the effect of all, in order."""
    if len(batches) == 1:
        return batches[0]
    whole = Batch()
    for batch in batches:
        for key in batch.puts.get("interactions", ()):
            known = whole.puts.get("interactions", {})
            before = whole.moved.get(key, _WHOLE) if key in known else 0
            whole.moved[key] = max(before, batch.moved.get(key, _WHOLE))
        for table, rows in batch.puts.items():
            whole.puts.setdefault(table, {}).update(rows)
        for table, added in batch.adds.items():
            whole.adds.setdefault(table, []).extend(added)
        whole.addresses.update(batch.addresses)
        whole.marks.update(batch.marks)
        whole.files.update(batch.files)
        whole.parsed.extend(batch.parsed)
    return whole


def statements(batch: Batch) -> Iterator[tuple[Prepared, list[Row]]]:
    """Give what to execute, each with its list of rows."""
    for table, rows in batch.puts.items():
        upserts = [row for row in rows.values() if row is not None]
        if table == "interactions" and batch.moved:
            yield from _interactions(upserts, batch.moved)
        elif upserts:
            yield _UPSERTS[table], upserts
        gone = [{"gone": key} for key, row in rows.items() if row is None]
        if gone:
            yield _DELETES[table], gone
    if batch.addresses:
        yield _FORGET_ADDRESSES, [{"gone": customer} for customer in batch.addresses]
        known = [row for rows in batch.addresses.values() for row in rows]
        if known:
            yield _ADD_ADDRESS, known
    if batch.marks:
        yield _FORGET_MARKS, [{"gone": conversation} for conversation in batch.marks]
        known = [row for rows in batch.marks.values() for row in rows]
        if known:
            yield _ADD_MARK, known
    if kept := [row for rows in batch.files.values() for row in rows]:
        yield _ADD_FILE, kept
    for table, added in batch.adds.items():
        yield _INSERTS[table], added
    if batch.parsed:
        yield _PARSED, [{"raw": key} for key in batch.parsed]
    if batch.puts.get("messages"):
        for statement in _INDEX_MESSAGES:
            yield statement, [{}]


def _moved(changes: Changes) -> dict[str, int]:
    """How much of each interaction's row changed, told from what happened to it; not in it: all of it."""
    found: dict[str, int] = {}
    for event in changes.events:
        if isinstance(event, interactions.InteractionEvent):
            key, much = event.interaction, _MOVES.get(type(event), _WHOLE)
            found[key] = max(found.get(key, 0), much)
    return {key: much for key, much in found.items() if much < _WHOLE}


def _interactions(rows: Sequence[Row], moved: dict[str, int]) -> Iterator[tuple[Prepared, list[Row]]]:
    """Rows of interactions, by how much of each changed: an index whose columns stay is left alone."""
    parts: tuple[list[Row], ...] = ([], [], [])
    for row in rows:
        parts[moved.get(row["id"], _WHOLE)].append(row)
    for statement, some in zip(_BY_CHANGE, parts, strict=True):
        if some:
            yield statement, some


def _agent(a: Agent) -> Row:
    return {"id": a.id, "body": written(a)}


def old_replies(before: float) -> tuple[Prepared, list[Row]]:
    """Give what forgets replies to commands given before an instant."""
    return _OLD_REPLIES, [{"before": before}]


def _interaction(i: Interaction) -> Row:
    return {
        "id": i.id,
        "live": 0 if i.state in OVER else 1,
        "state": i.state,
        "direction": i.direction,
        "queue": i.queue,
        "agent": i.agent,
        "customer": i.customer,
        "conversation": i.conversation,
        "arrived_at": i.arrived_at,
        "queued_at": i.queued_at,
        "accepted_at": i.accepted_at,
        "ended_at": i.ended_at,
        "body": written(i),
        "promise_at": i.promise_at,
    }


def _conversation(c: Conversation) -> Row:
    return {
        "id": c.id,
        "channel": c.channel,
        "address": c.address,
        "customer": c.customer,
        "updated_at": c.updated_at,
        "body": written(c),
        "state": c.state,
        "medium": c.medium,
        "queue": c.queue,
        "agent": c.agent,
        "owner": c.owner,
        "unread": c.unread,
        "snoozed_until_at": c.snoozed_until,
        "merged_into": c.merged_into,
    }


def _marks(c: Conversation) -> list[Row]:
    kinds = (("tag", c.tags), ("follower", c.followers))
    return [{"kind": kind, "value": one, "conversation": c.id} for kind, values in kinds for one in values]


def _message(m: Message) -> Row:
    return {
        "id": m.id,
        "conversation": m.conversation,
        "at": m.at,
        "external_id": m.external_id,
        "body": written(m),
        "channel": m.channel,
        "home": m.homes[-1] if m.homes else "",
    }


def _files(m: Message) -> list[Row]:
    return [{"blob": file.id, "message": m.id} for file in m.attachments]


def _customer(c: Customer) -> Row:
    # As written and in the normal form: a number is found with and without its spaces.
    ways = dict.fromkeys(way for a in c.addresses for way in (a.value, normal(a.kind, a.value)))
    words = [*ways, c.city, *c.tags]
    words += [word for order in c.orders for word in (order.id, order.title)]
    words += [value for _, value in c.facts]
    return {
        "id": c.id,
        "name": c.name,
        "sort_name": c.name.casefold(),
        "words": "\n".join(words),
        "body": written(c),
    }


def _addresses(c: Customer) -> list[Row]:
    known = {(a.kind, normal(a.kind, a.value)) for a in c.addresses}
    return [{"kind": kind, "value": value, "customer": c.id} for kind, value in known]


def _article(a: Article) -> Row:
    return {
        "id": a.id,
        "title": a.title,
        "tags": " ".join(a.tags),
        "summary": a.summary,
        "words": a.body,
        "updated_at": a.updated_at,
        "body": written(a),
    }


def _raw(r: RawRow) -> Row:
    return {"id": r.id, "channel": r.channel, "key": r.key, "received_at": r.received_at, "data": r.data}


def _outbox(o: OutboxRow) -> Row:
    return {"message": o.message, "channel": o.channel, "due_at": o.due_at, "tries": o.tries}


def _upload(u: Upload) -> Row:
    return {
        "id": u.id,
        "agent": u.agent,
        "name": u.name,
        "media_type": u.media_type,
        "blob": u.blob,
        "size_bytes": u.size_bytes,
        "at": u.at,
    }


def _reply(r: StoredReply) -> Row:
    return {"command": r.command, "agent": r.agent, "at": r.at, "reply": r.reply}


def _user(u: User) -> Row:
    return {"id": u.id, "password_hash": u.password_hash, "sip_secret": u.sip_secret}


def _session(s: Session) -> Row:
    return {
        "token_hash": s.token_hash,
        "agent": s.agent,
        "client": s.client,
        "created_at": s.created_at,
        "expires_at": s.expires_at,
    }


_MADE_BY_KEY: Final[tuple[tuple[str, Callable[[Any], Row]], ...]] = (
    ("agents", _agent),
    ("interactions", _interaction),
    ("conversations", _conversation),
    ("messages", _message),
    ("customers", _customer),
    ("outbox", _outbox),
    ("uploads", _upload),
    ("users", _user),
    ("sessions", _session),
    ("articles", _article),
)
_MADE_IN_ORDER: Final[tuple[tuple[str, Callable[[Any], Row]], ...]] = (
    ("events", eventlog.row),
    ("raws", _raw),
    ("replies", _reply),
)


def _upsert(table: sa.Table, key: str, *changed: str) -> PreparedRows:
    """Write rows; of one that is there only what `changed` names, or everything."""
    names = [column.name for column in table.columns if column.name != "num"]

    def known(statement: Insert) -> Insert:
        now = {name: statement.excluded[name] for name in changed or names if name != key}
        return statement.on_conflict_do_update(index_elements=[table.c[key]], set_=now)

    return _kind(table)(table, names, known)


def _insert(table: sa.Table, *left_out: str) -> PreparedRows:
    names = [column.name for column in table.columns if column.name not in left_out]
    return _kind(table)(table, names, lambda statement: statement)


def _kind(table: sa.Table) -> type[PreparedRows]:
    return PreparedFiles if "data" in table.c else PreparedRows


def _keys(tables: Iterable[sa.Table]) -> Iterator[tuple[sa.Table, str]]:
    for table in tables:
        yield table, "id" if "id" in table.c else next(iter(table.primary_key)).name


_PUT: Final = dict(
    _keys(
        (
            schema.agents,
            schema.interactions,
            schema.conversations,
            schema.messages,
            schema.customers,
            schema.blobs,
            schema.outbox,
            schema.uploads,
            schema.users,
            schema.sessions,
            schema.articles,
            schema.settings,
        )
    )
)
_UPSERTS: Final = {table.name: _upsert(table, key) for table, key in _PUT.items()}
_DELETES: Final = {
    table.name: Prepared(sa.delete(table).where(table.c[key] == sa.bindparam("gone")))
    for table, key in _PUT.items()
}
# What an event changes in its interaction's row: the state alone (0), who has it too (1), or anything (2).
_WHOLE: Final = 2
_MOVES: Final[Mapping[type[object], int]] = {
    interactions.Offered: 0,
    interactions.OfferEnded: 0,
    interactions.Widened: 0,
    interactions.RankChanged: 0,
    interactions.PathTaken: 0,
    interactions.CallMoved: 0,
    interactions.Replied: 0,
    interactions.Held: 0,
    interactions.Resumed: 0,
    interactions.Accepted: 1,
}
_BY_CHANGE: Final = (
    _upsert(schema.interactions, "id", "state", "body"),
    _upsert(schema.interactions, "id", "state", "body", "agent", "accepted_at"),
    _UPSERTS["interactions"],
)
_INSERTS: Final = {
    "events": _insert(schema.events, "seq"),
    "raws": _insert(schema.raws, "parsed"),
    "replies": _insert(schema.replies),
}
_FORGET_ADDRESSES: Final = Prepared(
    sa.delete(schema.addresses).where(schema.addresses.c.customer == sa.bindparam("gone"))
)
_ADD_ADDRESS: Final = _insert(schema.addresses)
_FORGET_MARKS: Final = Prepared(
    sa.delete(schema.marks).where(schema.marks.c.conversation == sa.bindparam("gone"))
)
_ADD_MARK: Final = _insert(schema.marks)
# A message keeps its files for as long as it is there, and takes these rows with it.
_ADD_FILE: Final = PreparedRows(
    schema.files, ["blob", "message"], lambda statement: statement.on_conflict_do_nothing()
)
_PARSED: Final = Prepared(
    sa.update(schema.raws).where(schema.raws.c.id == sa.bindparam("raw")).values(parsed=sa.text("1"))
)
_INDEX_MESSAGES: Final = tuple(Prepared(sa.text(statement)) for statement in fulltext.INDEX_NEW)
_OLD_REPLIES: Final = Prepared(sa.delete(schema.replies).where(schema.replies.c.at < sa.bindparam("before")))
