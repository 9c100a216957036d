"""The record's file: opening, faults of the disk, one router at a time."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.interaction import Arrived, Interaction
from agent_desktop.domain.types import ChannelId, ConversationId, Instant, InteractionId, MediumId
from agent_desktop.errors import DiskFullError, StorageError
from agent_desktop.ports.storage import Changes, RawRow
from agent_desktop.server.storage import database, prepared, rows
from agent_desktop.server.storage import store as store_module
from agent_desktop.server.storage.database import Room
from agent_desktop.server.storage.store import SqliteStore, open_store
from tests.contract.records import of, said, thread


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = open_store(tmp_path / "record.db")
    yield opened
    await opened.close()


def arrival(key: str, size: int = 0) -> Changes:
    value = Interaction(id=InteractionId(key), medium=MediumId("email"), subject="x" * size)
    event = Arrived(interaction=value.id, at=Instant(1.0), value=value)
    return Changes(events=[event], interactions={value.id: value})


async def refused(store: SqliteStore, changes: Changes) -> StorageError | None:
    try:
        await store.commit(changes)
    except StorageError as error:
        return error
    return None


# --- the file -------------------------------------------------------------------------------------


async def test_the_record_is_for_its_owner_only_and_flushed_at_every_commit(tmp_path: Path) -> None:
    store = open_store(tmp_path / "deep" / "er" / "record.db")
    await store.commit(arrival("i1"))
    for file in (tmp_path / "deep" / "er").glob("record.db*"):
        if not file.name.endswith(".lock"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    run = store._writer._connection.exec_driver_sql
    assert run("PRAGMA synchronous").scalar() == 2
    assert run("PRAGMA journal_mode").scalar() == "wal"
    assert run("PRAGMA foreign_keys").scalar() == 1
    store._writer._connection.rollback()
    await store.close()


async def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "100 % sure? #1 & ü" / "record;v=1.db"
    await open_store(path).close()
    assert path.is_file()


async def test_the_version_of_sqlite_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await open_store(tmp_path / "record.db").close()
    assert sqlite3.sqlite_version in {getattr(record, "sqlite_version", "") for record in caplog.records}


async def test_a_second_router_is_kept_away_until_the_first_is_gone(tmp_path: Path) -> None:
    first = open_store(tmp_path / "record.db")
    with pytest.raises(StorageError, match="another router"):
        open_store(tmp_path / "record.db")
    await first.close()
    await open_store(tmp_path / "record.db").close()


async def test_a_reader_cannot_write(store: SqliteStore) -> None:
    for connection in (store._connection, store._searched):
        with pytest.raises(Exception, match="readonly"):
            connection.exec_driver_sql("INSERT INTO settings VALUES ('a', 'b')")


def test_a_file_that_is_no_record_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    path.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(StorageError, match=r"record\.db is damaged .*restore the latest backup"):
        open_store(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(StorageError, match=r"record\.db"):
        open_store(path)


async def test_a_damaged_page_is_found_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    store = open_store(path)
    for n in range(200):
        await store.commit(arrival(f"i{n}", 500))
    await store.close()
    size = path.stat().st_size
    found = 0
    for page in range(1, size // 4096, 7):
        copy = tmp_path / f"copy{page}.db"
        shutil.copy(path, copy)
        with copy.open("r+b") as file:
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
        try:
            opened = open_store(copy)
        except StorageError as error:
            assert "damaged" in str(error)  # noqa: PT017 - some pages are free: nothing to find there
            found += 1
        else:
            await opened.close()
    assert found > size // 4096 // 7 // 2


async def test_a_damaged_value_in_a_row_is_an_error_in_words(store: SqliteStore) -> None:
    await store.commit(arrival("i1"))
    with store._writer._connection.begin():
        store._writer._connection.exec_driver_sql("UPDATE interactions SET body = '{'")
    with pytest.raises(StorageError, match="cannot be read"):
        store.interaction(InteractionId("i1"))


# --- commits --------------------------------------------------------------------------------------


async def test_commits_that_wait_share_one_transaction(store: SqliteStore) -> None:
    transactions = 0
    inner = store._writer._transaction

    def counted(batches: list[object]) -> StorageError | None:
        nonlocal transactions
        transactions += 1
        return inner(batches)  # type: ignore[arg-type]  # the same batches

    store._writer._transaction = counted  # type: ignore[assignment,method-assign]  # counts, then writes
    await asyncio.gather(*(store.commit(arrival(f"i{n}")) for n in range(500)))
    assert len(store.load().interactions) == 500
    assert transactions < 100


async def test_a_commit_takes_the_values_as_they_are_at_the_call(store: SqliteStore) -> None:
    changes = Changes(settings={"a": "1"})
    pending = asyncio.ensure_future(store.commit(changes))
    await asyncio.sleep(0)
    changes.settings["a"] = "2"
    await pending
    assert store.load().settings == {"a": "1"}


async def test_one_faulty_commit_fails_alone_and_whole(store: SqliteStore) -> None:
    row = RawRow(id="r", channel=ChannelId("c"), key="k", received_at=Instant(1), data=b"")
    await store.commit(Changes(raws=[row]))
    faulty = Changes(raws=[row], settings={"faulty": "yes"})
    good = [Changes(settings={f"s{n}": "x"}) for n in range(20)]
    outcomes = await asyncio.gather(*(refused(store, c) for c in [*good[:10], faulty, *good[10:]]))
    assert [outcome is not None for outcome in outcomes] == [False] * 10 + [True] + [False] * 10
    assert set(store.load().settings) == {f"s{n}" for n in range(20)}


async def test_a_message_without_its_conversation_is_refused(store: SqliteStore) -> None:
    from agent_desktop.domain.conversation import Message
    from agent_desktop.domain.types import ConversationId, MessageId

    message = Message(
        id=MessageId("m"),
        conversation=ConversationId("nowhere"),
        medium=MediumId("email"),
        direction="in",
        at=Instant(1),
        text="",
    )
    with pytest.raises(StorageError):
        await store.commit(Changes(messages={message.id: message}))
    assert store.message(message.id) is None


async def test_a_waiter_that_gives_up_stops_nobody(store: SqliteStore) -> None:
    pending = asyncio.ensure_future(store.commit(arrival("i1")))
    await asyncio.sleep(0)
    pending.cancel()
    await store.commit(arrival("i2"))
    assert "i2" in store.load().interactions


async def test_closing_finishes_what_was_submitted(tmp_path: Path) -> None:
    store = open_store(tmp_path / "record.db")
    pending = [asyncio.ensure_future(store.commit(arrival(f"i{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*pending) == [None] * 50
    again = open_store(tmp_path / "record.db")
    assert len(again.load().interactions) == 50
    await again.close()


async def test_a_locked_file_holds_commits_back_and_never_the_loop(store: SqliteStore) -> None:
    other = sqlite3.connect(store._path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    pending = asyncio.ensure_future(store.commit(arrival("i1")))
    for _ in range(50):
        await asyncio.sleep(0)
        assert store.load().interactions == {}
    assert not pending.done()
    other.execute("ROLLBACK")
    other.close()
    await pending
    assert set(store.load().interactions) == {"i1"}


# --- a full disk (G10) ----------------------------------------------------------------------------


async def fill(store: SqliteStore) -> int:
    """Commit until the disk is full; how many were acknowledged."""
    for n in range(100_000):
        error = await refused(store, arrival(f"i{n}", 2000))
        if error is not None:
            assert isinstance(error, DiskFullError), error
            assert "full" in str(error)
            return n
    raise AssertionError("the disk never filled")


async def test_a_full_file_refuses_and_recovers_without_a_restart(store: SqliteStore) -> None:
    pages = store._writer._connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
    store._writer._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 30}")
    store._writer._connection.rollback()
    acknowledged = await fill(store)
    assert acknowledged > 0
    assert len(store.load().interactions) == len(store.events()) == acknowledged
    store._writer._connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    store._writer._connection.rollback()
    await store.commit(arrival("again"))
    assert len(store.load().interactions) == acknowledged + 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB; only root may mount one, others get a folder and no test is passed over."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root on Linux can mount a small disk; the page limit test covers the rest")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def grow(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


async def test_a_full_disk_loses_nothing_and_recovers_without_a_restart(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the early refusal, so that SQLite itself meets the end of the disk.
    monkeypatch.setattr(database, "LOW_SHARE", 0.0)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(900_000))
    store = open_store(small_disk / "record.db")
    acknowledged = await fill(store)
    assert acknowledged > 0
    assert len(store.load().interactions) == acknowledged
    ballast.unlink()
    await store.commit(arrival("again", 2000))
    assert len(store.load().interactions) == acknowledged + 1
    await store.close()
    store = open_store(small_disk / "record.db")
    assert len(store.load().interactions) == len(store.events()) == acknowledged + 1
    await store.close()


async def test_a_nearly_full_disk_refuses_new_work_early(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(900_000))
    store = open_store(small_disk / "record.db")
    await fill(store)
    assert 0 < database.room(small_disk).free < 2 * 1024 * 1024 // 20
    await store.commit(Changes(settings={"work in hand": "is finished"}))
    (small_disk / "ballast").unlink()
    await store.commit(arrival("again"))
    await store.close()


async def test_work_in_hand_is_finished_in_the_reserved_room(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOW_SHARE", 0.0)
    grow(small_disk, "16m")
    store = open_store(small_disk / "record.db", reserve_bytes=6_000_000)
    reserve = small_disk / "record.db.reserve"
    await fill(store)
    assert reserve.stat().st_blocks * 512 >= 6_000_000
    for n in range(500):
        await store.commit(Changes(settings={f"disposition {n}": "x" * 2000}))
    assert not reserve.exists()
    assert isinstance(await refused(store, arrival("new", 10)), DiskFullError)
    grow(small_disk, "64m")
    await store.commit(arrival("new"))
    assert reserve.stat().st_size == 6_000_000
    await store.close()
    assert not reserve.exists()
    store = open_store(small_disk / "record.db")
    assert len(store.load().settings) == 500
    await store.close()


@pytest.mark.parametrize(
    ("total", "free", "low"),
    [
        (100_000_000, 5_000_001, False),
        (100_000_000, 4_999_999, True),
        (4_000_000_000_000, 100_000_000_000, False),
        (4_000_000_000_000, 1_999_999_999, True),
    ],
)
def test_room_is_low_below_five_percent_and_two_gigabytes(total: int, free: int, *, low: bool) -> None:
    assert Room(total, free).low is low


async def test_work_in_hand_is_finished_while_new_work_is_refused(store: SqliteStore) -> None:
    store._writer._measure = lambda folder: Room(1000, 1)
    outcomes = await asyncio.gather(
        refused(store, Changes(settings={"disposition": "1"})),
        refused(store, arrival("i1")),
        refused(
            store,
            Changes(raws=[RawRow(id="r", channel=ChannelId("c"), key="k", received_at=Instant(1), data=b"")]),
        ),
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], DiskFullError)
    assert isinstance(outcomes[2], DiskFullError)
    store._writer._measure = lambda folder: Room(1000, 900)
    await store.commit(arrival("i1"))


async def test_a_long_file_is_written_in_pieces_and_kept_byte_for_byte(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "LONG", 1_000)
    long, short = bytes(range(256)) * 13 + b"the end", b"short"
    mail = RawRow(id="r", channel=ChannelId("help"), key="k", received_at=Instant(1), data=long)
    await store.commit(Changes(blobs={"long": long, "short": short, "none": b""}, raws=[mail]))
    assert [store.blob(key) for key in ("long", "short", "none")] == [long, short, b""]
    assert store.raw("r") == mail
    await store.commit(Changes(blobs={"long": long[:2_000], "short": long}))
    assert [store.blob(key) for key in ("long", "short")] == [long[:2_000], long]
    assert await refused(store, Changes(blobs={"other": long}, raws=[replace(mail, id="r2")])) is not None
    assert store.blob("other") is None, "nothing of a refused commit is there, in pieces or not"


async def test_a_commit_of_many_entries_becomes_rows_beside_the_loop(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_in: list[str] = []

    def watched(changes: Changes) -> rows.Batch:
        made_in.append(threading.current_thread().name)
        return batch_of(changes)

    batch_of = rows.batch_of
    monkeypatch.setattr(store_module, "batch_of", watched)
    monkeypatch.setattr(store_module, "MANY", 2)
    await store.commit(of(thread("c1")))
    await store.commit(of(*(said(f"m{n}", "c1", float(n)) for n in range(5))))
    assert [name == threading.main_thread().name for name in made_in] == [True, False]
    assert [m.id for m in store.messages(ConversationId("c1"))] == [f"m{n}" for n in range(5)]
