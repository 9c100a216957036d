"""What every `Store` keeps beside the record itself: replies, raw bytes, the outbox, users and sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Attachment
from agent_desktop.domain.types import (
    AgentId,
    Instant,
    MessageId,
    QueueId,
)
from agent_desktop.errors import StorageError
from agent_desktop.ports.storage import (
    Changes,
    OutboxRow,
    RawRow,
    Session,
    Store,
    StoredReply,
    Upload,
    User,
)
from tests.contract.records import CHAT, MAIL, STORES, of, said, thread

BEN = AgentId("ben")


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = STORES[request.param](tmp_path / "record.db")
    yield opened
    await opened.close()


async def test_a_reply_is_kept_for_its_command_seven_days_long(store: Store) -> None:
    old = StoredReply(command="u1", agent=AgentId("mateo"), at=Instant(0), reply=b'{"type":"Done"}')
    await store.commit(Changes(replies=[old]))
    assert store.reply_to("u1") == old
    week = 7 * 86_400.0
    await store.commit(Changes(replies=[replace(old, command="u2", at=Instant(week))]))
    assert store.reply_to("u1") == old
    await store.commit(Changes(replies=[replace(old, command="u3", at=Instant(week + 3600))]))
    assert store.reply_to("u1") is None
    assert store.reply_to("u2") is not None


async def test_a_command_takes_effect_once(store: Store) -> None:
    reply = StoredReply(command="u1", agent=AgentId("mateo"), at=Instant(0), reply=b"1")
    await store.commit(Changes(replies=[reply]))
    with pytest.raises(StorageError):
        await store.commit(Changes(replies=[reply], settings={"twice": "yes"}))
    assert "twice" not in store.load().settings


async def test_raw_bytes_are_kept_once_and_wait_until_they_are_parsed(store: Store) -> None:
    row = RawRow(id="r1", channel=MAIL, key="uid:7", received_at=Instant(1), data=bytes(range(256)))
    await store.commit(Changes(raws=[row, replace(row, id="r2", key="uid:8", received_at=Instant(2))]))
    assert store.raw("r1") == row
    assert store.raw_known(MAIL, "uid:7")
    assert not store.raw_known(CHAT, "uid:7")
    assert [r.id for r in store.unparsed(MAIL)] == ["r1", "r2"]
    await store.commit(Changes(parsed_raws=["r1"]))
    assert [r.id for r in store.unparsed(MAIL)] == ["r2"]
    assert store.raw("r1") == row
    with pytest.raises(StorageError):
        await store.commit(Changes(raws=[replace(row, id="r3")]))


async def test_raw_bytes_parsed_at_once_do_not_wait(store: Store) -> None:
    row = RawRow(id="r1", channel=MAIL, key="k", received_at=Instant(1), data=b"x")
    await store.commit(Changes(raws=[row], parsed_raws=["r1"]))
    assert store.unparsed(MAIL) == []


async def test_the_outbox_holds_a_message_until_it_is_done(store: Store) -> None:
    key = MessageId("m1")
    row = OutboxRow(message=key, channel=MAIL, due_at=Instant(5))
    changes = of(thread("c1"), said("m1", "c1", 1.0), said("m2", "c1", 1.0))
    changes.outbox[key] = row
    changes.outbox[MessageId("m2")] = OutboxRow(message=MessageId("m2"), channel=MAIL, due_at=Instant(4))
    await store.commit(changes)
    assert [waiting.message for waiting in store.outbox()] == ["m2", "m1"]
    later = replace(row, due_at=Instant(3), tries=1)
    await store.commit(Changes(outbox={key: later, MessageId("m2"): None}))
    assert store.outbox() == [later]


async def test_users_and_sessions_come_and_go(store: Store) -> None:
    user = User(id=AgentId("mateo"), password_hash="$argon2id$…", sip_secret="s")
    session = Session(
        token_hash="h1", agent=user.id, client="desktop", created_at=Instant(1), expires_at=Instant(2)
    )
    await store.commit(Changes(users={user.id: user}, sessions={"h1": session}))
    assert store.user(user.id) == user
    assert store.users() == [user]
    assert store.session("h1") == session
    assert store.sessions_of(user.id) == [session]
    second = replace(session, token_hash="h2")
    await store.commit(Changes(sessions={"h1": None, "h2": second}))
    assert store.session("h1") is None
    assert store.sessions_of(user.id) == [second]


async def test_the_bytes_of_a_file_are_read_beside_the_loop(store: Store) -> None:
    data = bytes(range(256)) * 4_000
    await store.commit(Changes(blobs={"b-1": data, "b-2": b""}))
    assert await asyncio.gather(store.file("b-1"), store.file("b-2")) == [data, b""]
    assert await store.file("b-3") is None
    assert await store.file("b-\ud800") is None


async def test_a_file_lies_where_the_messages_are_that_have_it(store: Store) -> None:
    file = Attachment(id="b-1", name="lamp.jpg")
    first, second = thread("v1", queue=QueueId("mail")), thread("v2", owner=BEN)
    one, two = said("m1", "v1", 1.0, attachments=(file, file)), said("m2", "v2", 2.0, attachments=(file,))
    await store.commit(of(first, second, one, two))
    assert set(await store.file_places("b-1", BEN, None)) == {"v1", "v2"}
    assert await store.file_places("b-1", BEN, ()) == ["v2"]
    assert set(await store.file_places("b-1", BEN, (QueueId("mail"),))) == {"v1", "v2"}
    assert await store.file_places("b-1", AgentId("ana"), ()) == []
    moved = replace(one, conversation=second.id)
    await store.commit(of(moved))  # a merge: the file goes with its message
    assert await store.file_places("b-1", BEN, None) == ["v2"]
    await store.commit(Changes(called_back={moved.id: moved, two.id: two}))
    assert await store.file_places("b-1", BEN, None) == []


async def test_a_message_that_is_written_and_called_back_at_once_leaves_no_file(store: Store) -> None:
    held = said("m1", "v1", 1.0, attachments=(Attachment(id="b-1", name="lamp.jpg"),))
    await asyncio.gather(  # one group: the writer puts them into one transaction
        store.commit(of(thread("v1"), held)),
        store.commit(Changes(called_back={held.id: held})),
    )
    assert store.message(held.id) is None
    assert await store.file_places("b-1", BEN, None) == []


async def test_a_file_that_was_handed_in_is_known_by_who_handed_it_in(store: Store) -> None:
    kept = Upload(id="f1", agent=BEN, name="a", media_type="", blob="b-1", size_bytes=1, at=Instant(1))
    await store.commit(Changes(uploads={"f1": kept}))
    assert store.handed_in(BEN, "b-1")
    assert not store.handed_in(AgentId("ana"), "b-1")
    await store.commit(Changes(uploads={"f1": None}))
    assert not store.handed_in(BEN, "b-1")
