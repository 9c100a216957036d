"""The inbox in the record: an older record gains its columns, and every list walks along an index."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.listing import Filter
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, Instant, MediumId, QueueId
from agent_desktop.ports.storage import Changes
from agent_desktop.server.storage import listing, migrate
from agent_desktop.server.storage.inbox import places
from agent_desktop.server.storage.store import open_store

NOW = Instant(100.0)
HELD = Conversation(
    id=ConversationId("v1"),
    medium=MediumId("email"),
    queue=QueueId("mail"),
    agent=AgentId("ana"),
    state="resolved",
    updated_at=Instant(5.0),
)


def older(path: Path) -> None:
    """A record as the version before wrote it, with one conversation."""
    raw = sqlite3.connect(path)
    versions = Path(migrate.FOLDER) / "versions"
    for name in ("0001_first.sql", "0002_search.sql"):
        raw.executescript((versions / name).read_text("utf-8"))
    raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    raw.execute("INSERT INTO alembic_version VALUES ('0002')")
    body = json.dumps({"id": "v1", "medium": "email", "queue": "mail", "agent": "ana", "state": "resolved"})
    values = ("v1", "help", "a@b", "", 5.0, body)
    columns = "id, channel, address, customer, updated_at, body"
    raw.execute(f"INSERT INTO conversations ({columns}) VALUES (?, ?, ?, ?, ?, ?)", values)  # noqa: S608 - fixed
    work = json.dumps({"id": "i1", "medium": "email", "promise_at": 50.0, "conversation": "v1"})
    raw.execute("INSERT INTO interactions (id, live, conversation, body) VALUES ('i1', 1, 'v1', ?)", (work,))
    files = [{"id": "b-1", "name": "a"}, {"id": "b-1", "name": "the same"}, {"id": "b-2", "name": "b"}]
    for key, body in (("m1", {"id": "m1", "attachments": files}), ("m2", {"id": "m2"})):
        row = (key, "v1", json.dumps(body))
        raw.execute("INSERT INTO messages (id, conversation, body) VALUES (?, ?, ?)", row)
    raw.commit()
    raw.close()


async def test_an_older_record_is_listed_like_a_new_one(tmp_path: Path) -> None:
    older(tmp_path / "record.db")
    store = open_store(tmp_path / "record.db")
    for asked in (
        Filter(states=("resolved",)),
        Filter(queues=("mail",)),
        Filter(media=("email",)),
        Filter(owners=("",)),
        Filter(late=True),
        Filter(order="promise"),
    ):
        (found,), place = await store.listed(asked, now=NOW)
        assert (found.id, place) == ("v1", None)
    assert await store.counted(Filter(states=("open",)), most=10, now=NOW) == 0
    await store.close()


async def test_the_files_of_an_older_record_are_found_by_their_messages(tmp_path: Path) -> None:
    older(tmp_path / "record.db")
    store = open_store(tmp_path / "record.db")
    for blob, found in (("b-1", ["v1"]), ("b-2", ["v1"]), ("b-3", [])):
        assert await store.file_places(blob, AgentId("ben"), None) == found
        assert await store.file_places(blob, AgentId("ana"), ()) == found
        assert await store.file_places(blob, AgentId("ben"), (QueueId("mail"),)) == found
        assert await store.file_places(blob, AgentId("ben"), (QueueId("chat"),)) == []
    await store.close()


async def test_a_file_is_looked_for_along_indexes_alone(tmp_path: Path) -> None:
    await open_store(tmp_path / "record.db").close()
    raw = sqlite3.connect(tmp_path / "record.db")
    asked_for: list[str] = []

    def rows(query: sa.Select[Any]) -> Sequence[Sequence[Any]]:
        asked_for.append(str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})))
        return []

    places(rows, "b-1", AgentId("ana"), (QueueId("mail"),), 100)
    plan = " / ".join(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {asked_for[0]}"))
    assert "SCAN" not in plan, plan
    raw.close()


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize(
    "asked",
    [
        Filter(),
        Filter(states=("open",)),
        Filter(queues=("mail",), media=("email",)),
        Filter(owners=("ana", ""), unread=True),
        Filter(unread=True, channels=("help",)),
        Filter(media=("email", "sms")),
        Filter(asker=AgentId("ana"), seen=(QueueId("mail"), QueueId("chat"))),
        Filter(customer=CustomerId("k1")),
    ],
)
async def test_no_list_looks_at_every_conversation(tmp_path: Path, asked: Filter, order: str) -> None:
    """Each walk is a part of an index; what is sorted is one customer's conversations at most."""
    await open_store(tmp_path / "record.db").close()
    raw = sqlite3.connect(tmp_path / "record.db")
    asked_for: list[str] = []

    def rows(query: sa.Select[Any]) -> Sequence[Sequence[Any]]:
        text = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
        asked_for.append(text)
        return raw.execute(text).fetchall()

    listing.page(rows, replace(asked, order=order), None, 50, NOW)
    for query in asked_for:
        plan = " / ".join(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {query}"))
        assert "SCAN conversations" not in plan or "USING INDEX conversations_unread" in plan, plan
        assert "TEMP B-TREE" not in plan or asked.customer, plan
    raw.close()


async def test_tags_are_written_when_they_change_and_go_with_the_conversation(tmp_path: Path) -> None:
    store = open_store(tmp_path / "record.db")
    tagged = replace(HELD, tags=("lamp",), followers=(AgentId("ben"),))
    await store.commit(Changes(conversations={HELD.id: tagged}, marked={HELD.id}))
    (found,), _ = await store.listed(Filter(tags=("lamp",)), now=NOW)
    assert found == tagged
    assert store.followed(AgentId("ben"), 10) == [HELD.id]
    await store.commit(Changes(conversations={HELD.id: HELD}, marked={HELD.id}))
    assert await store.listed(Filter(tags=("lamp",)), now=NOW) == ([], None)
    assert store.followed(AgentId("ben"), 10) == []
    await store.close()
