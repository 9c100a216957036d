"""The tables of the record.

Three kinds: the log (`events`, only ever appended to), the projections (each entity as JSON in `body`
beside the columns that are searched by), and the router's own rows (raw bytes, outbox, replies to
commands, users, sessions).  Every projection can be thrown away and folded anew from the log.

Rules of the file: instants end in `_at` or are `at` and are seconds since the Unix epoch; a column that
is searched by has an index, every index is named; what full-text search needs (virtual tables and
triggers) is in `search.py`.  A change here needs a migration; a test compares both.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _instant(name: str) -> Column[float]:
    return Column(name, Float, nullable=False, server_default="0")


def _body() -> Column[str]:
    return Column("body", Text, nullable=False)


def _refers(name: str, target: str) -> Column[str]:
    # Deferred: the rows of one commit are written table by table.
    key = ForeignKey(target, deferrable=True, initially="DEFERRED", ondelete="CASCADE")
    return Column(name, Text, key, nullable=False)


events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True),
    _instant("at"),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    _body(),
    Index("events_by_subject", "subject", "seq"),
    sqlite_autoincrement=True,
)

agents = Table("agents", metadata, Column("id", Text, primary_key=True), _body())

interactions = Table(
    "interactions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("live", Integer, nullable=False),
    _text("state"),
    _text("direction"),
    _text("queue"),
    _text("agent"),
    _text("customer"),
    _text("conversation"),
    _instant("arrived_at"),
    _instant("queued_at"),
    _instant("accepted_at"),
    _instant("ended_at"),
    _body(),
    _instant("promise_at"),
)
Index(
    "interactions_promised",
    interactions.c.promise_at,
    interactions.c.conversation,
    sqlite_where=sa.and_(interactions.c.live == 1, interactions.c.promise_at > 0),
)
Index("interactions_live", interactions.c.id, sqlite_where=interactions.c.live == 1)
Index("interactions_by_arrival", interactions.c.arrived_at, interactions.c.id)
Index("interactions_by_agent", interactions.c.agent, interactions.c.arrived_at, interactions.c.id)
Index("interactions_by_customer", interactions.c.customer, interactions.c.arrived_at)
Index("interactions_by_conversation", interactions.c.conversation, interactions.c.arrived_at)
Index(
    "interactions_answered",
    interactions.c.accepted_at,
    interactions.c.queue,
    interactions.c.queued_at,
    interactions.c.direction,
    sqlite_where=interactions.c.accepted_at > 0,
)
Index(
    "interactions_abandoned",
    interactions.c.ended_at,
    interactions.c.queue,
    sqlite_where=interactions.c.state == "abandoned",
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    _text("channel"),
    _text("address"),
    _text("customer"),
    _instant("updated_at"),
    _body(),
    _text("state"),
    _text("medium"),
    _text("queue"),
    _text("agent"),
    _text("owner"),
    Column("unread", Integer, nullable=False, server_default="0"),
    _instant("snoozed_until_at"),
    _text("merged_into"),
    Index("conversations_by_thread", "channel", "address", "updated_at"),
    Index("conversations_by_customer", "customer"),
)
_listed = conversations.c.merged_into == ""
for _column in ("state", "queue", "owner", "medium"):
    Index(
        f"conversations_by_{_column}",
        *((conversations.c[_column],) if _column != "state" else ()),
        conversations.c.state,
        conversations.c.updated_at,
        conversations.c.id,
        sqlite_where=_listed,
    )
Index(
    "conversations_unread",
    conversations.c.updated_at,
    conversations.c.id,
    sqlite_where=sa.and_(_listed, conversations.c.unread > 0),
)
Index(
    "conversations_snoozed",
    conversations.c.snoozed_until_at,
    sqlite_where=conversations.c.snoozed_until_at > 0,
)

marks = Table(
    "marks",  # what a conversation is found by and has several of: its tags, its followers
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column(
        "conversation",
        Text,
        ForeignKey("conversations.id", deferrable=True, initially="DEFERRED", ondelete="CASCADE"),
        primary_key=True,
    ),
    Index("marks_by_conversation", "conversation"),
)

messages = Table(
    "messages",
    metadata,
    Column("num", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    _refers("conversation", "conversations.id"),
    _instant("at"),
    _text("external_id"),
    _body(),
    _text("channel"),  # where it came in or goes out; empty: the conversation's own
    _text("home"),  # where it belongs when no merge is counted; empty: it was never moved
    Index("messages_by_id", "id", unique=True),
    Index("messages_by_conversation", "conversation", "at", "num"),
)
Index("messages_by_home", messages.c.home, sqlite_where=messages.c.home != "")
Index("messages_by_external", messages.c.external_id, sqlite_where=messages.c.external_id != "")

customers = Table(
    "customers",
    metadata,
    Column("num", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    _text("name"),
    _text("sort_name"),
    _text("words"),
    _body(),
    Index("customers_by_id", "id", unique=True),
    Index("customers_by_name", "sort_name", "id"),
)

addresses = Table(
    "addresses",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column(
        "customer",
        Text,
        ForeignKey("customers.id", deferrable=True, initially="DEFERRED", ondelete="CASCADE"),
        primary_key=True,
    ),
    Index("addresses_by_customer", "customer"),
)

articles = Table(
    "articles",
    metadata,
    Column("num", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    _text("title"),
    _text("tags"),
    _text("summary"),
    _text("words"),
    _instant("updated_at"),
    _body(),
    Index("articles_by_id", "id", unique=True),
)

blobs = Table(
    "blobs", metadata, Column("id", Text, primary_key=True), Column("data", LargeBinary, nullable=False)
)

uploads = Table(
    "uploads",  # files that agents handed in, until a message takes them
    metadata,
    Column("id", Text, primary_key=True),
    _text("agent"),
    _text("name"),
    _text("media_type"),
    _text("blob"),
    Column("size_bytes", Integer, nullable=False, server_default="0"),
    _instant("at"),
    Index("uploads_by_age", "at"),
    Index("uploads_by_blob", "blob", "agent"),
)

files = Table(
    "files",  # which messages have a file: who may see one of them may have its bytes
    metadata,
    Column("blob", Text, primary_key=True),
    Column(
        "message",
        Text,
        ForeignKey("messages.id", deferrable=True, initially="DEFERRED", ondelete="CASCADE"),
        primary_key=True,
    ),
    Index("files_by_message", "message"),
)

raws = Table(
    "raws",
    metadata,
    Column("id", Text, primary_key=True),
    _text("channel"),
    _text("key"),
    _instant("received_at"),
    Column("parsed", Integer, nullable=False, server_default="0"),
    Column("data", LargeBinary, nullable=False),
    Index("raws_by_key", "channel", "key", unique=True),
)
Index("raws_unparsed", raws.c.channel, raws.c.received_at, sqlite_where=raws.c.parsed == 0)

outbox = Table(
    "outbox",
    metadata,
    Column(
        "message",
        Text,
        ForeignKey("messages.id", deferrable=True, initially="DEFERRED", ondelete="CASCADE"),
        primary_key=True,
    ),
    _text("channel"),
    _instant("due_at"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Index("outbox_by_due", "due_at"),
)

replies = Table(
    "replies",
    metadata,
    Column("command", Text, primary_key=True),
    _text("agent"),
    _instant("at"),
    Column("reply", LargeBinary, nullable=False),
    Index("replies_by_age", "at"),
)

users = Table(
    "users", metadata, Column("id", Text, primary_key=True), _text("password_hash"), _text("sip_secret")
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    _refers("agent", "users.id"),
    _text("client"),
    _instant("created_at"),
    _instant("expires_at"),
    Index("sessions_by_agent", "agent"),
)

settings = Table("settings", metadata, Column("name", Text, primary_key=True), _text("value"))
