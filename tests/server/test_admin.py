"""The administrator's commands over a real record: users, backup, export, an erasure that leaves nothing."""
# ruff: noqa: S608 - the names of tables are written here

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from pathlib import Path

import pytest

from agent_desktop import cli
from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import customer as customers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.conversation import Attachment, Conversation, Message
from agent_desktop.domain.customer import Address, Customer
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import EMAIL
from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    ConversationId,
    CustomerId,
    Instant,
    InteractionId,
    MessageId,
)
from agent_desktop.errors import AgentDesktopError, RefusedError, StorageError, UsageError
from agent_desktop.ports.storage import Changes, RawRow, StoredReply
from agent_desktop.server import admin
from agent_desktop.server.auth import Auth
from agent_desktop.server.storage.store import SqliteStore, open_store

CENTRE = """name = "Small"
skills = []
[server]
data = "{data}"
[queues.help]
name = "Help"
media = ["voice"]
wrapup_mode = "none"
[agents.lena]
name = "Lena Lind"
extension = "6001"
queues = ["help"]
"""
MARK = "zzqplantedmark"
NOW = Instant(1_790_000_000.0)


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    path = tmp_path / "centre.toml"
    path.write_text(CENTRE.format(data=tmp_path), "utf-8")
    return path


def run(*words: str) -> int:
    return admin.main(cli.parser().parse_args(["admin", *words]))


def users(centre: Path, *words: str) -> int:
    return run("--config", str(centre), "users", *words)


def password_file(folder: Path, password: str) -> str:
    path = folder / f"{password}.txt"
    path.write_text(f"{password}\nsecond line\n", "utf-8")
    return str(path)


def may_sign_in(folder: Path, password: str) -> bool:
    async def attempt() -> bool:
        store = open_store(folder / "record.db")
        try:
            await Auth(store).sign_in("lena", password, address="here", client="test", now=NOW)
        except RefusedError:
            return False
        finally:
            await store.close()
        return True

    return asyncio.run(attempt())


def test_a_person_of_the_centre_gets_a_password(
    centre: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert users(centre, "add", "Lena", "--password-file", password_file(tmp_path, "first-secret")) == 0
    assert may_sign_in(tmp_path, "first-secret")
    assert users(centre, "list") == 0
    assert "lena: Lena Lind, agent, extension 6001, active" in capsys.readouterr().out


def test_a_stranger_to_the_centre_gets_none(centre: Path, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"has no agent bob.*\[agents.bob\]"):
        users(centre, "add", "bob", "--password-file", password_file(tmp_path, "first-secret"))
    assert not (tmp_path / "record.db").exists()


def test_a_new_password_replaces_the_old_one(centre: Path, tmp_path: Path) -> None:
    users(centre, "add", "lena", "--password-file", password_file(tmp_path, "first-secret"))
    users(centre, "password", "lena", "--password-file", password_file(tmp_path, "second-secret"))
    assert may_sign_in(tmp_path, "second-secret")
    assert not may_sign_in(tmp_path, "first-secret")


def test_a_disabled_user_cannot_sign_in_until_enabled(
    centre: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    users(centre, "add", "lena", "--password-file", password_file(tmp_path, "first-secret"))
    assert may_sign_in(tmp_path, "first-secret")
    before = secret_of(tmp_path)
    users(centre, "disable", "lena")
    assert not may_sign_in(tmp_path, "first-secret")
    assert secret_of(tmp_path) != before, "the telephone could still register"
    assert count(tmp_path / "record.db", "sessions") == 0
    users(centre, "list")
    assert "disabled" in capsys.readouterr().out
    with pytest.raises(RefusedError, match="Enable lena first"):
        users(centre, "password", "lena", "--password-file", password_file(tmp_path, "second-secret"))
    users(centre, "enable", "lena")
    assert may_sign_in(tmp_path, "first-secret")


def test_changes_wait_for_the_router_and_reading_does_not(
    centre: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = password_file(tmp_path, "first-secret")
    users(centre, "add", "lena", "--password-file", secret)
    router = open_store(tmp_path / "record.db")
    try:
        for words in (("password", "lena", "--password-file", secret), ("disable", "lena")):
            with pytest.raises(StorageError, match=r"is running\. Stop it, run this again"):
                users(centre, *words)
        with pytest.raises(StorageError, match="is running"):
            run("--data", str(tmp_path), "erase", "amina", "--yes")
        assert users(centre, "list") == 0
        assert run("--data", str(tmp_path), "backup", str(tmp_path / "copy.db")) == 0
    finally:
        asyncio.run(router.close())
    assert "lena: Lena Lind" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (["users", "add"], UsageError, "Say who"),
        (["users", "password", "lena"], UsageError, "--password-file"),
        (["users", "disable", "nobody"], RefusedError, "There is no user nobody"),
        (["export", "nobody"], RefusedError, "There is no customer nobody"),
        (["backup", "centre.toml"], AgentDesktopError, "exists"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_use_is_told_in_words(
    centre: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    error: type[AgentDesktopError],
    says: str,
) -> None:
    users(centre, "add", "lena", "--password-file", password_file(centre.parent, "first-secret"))
    monkeypatch.chdir(centre.parent)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(error, match=says):
        run("--config", str(centre), *words)


def test_no_record_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="There is no record in"):
        run("--data", str(tmp_path), "export", "amina")


def test_a_backup_is_the_whole_record_while_the_router_writes(tmp_path: Path) -> None:
    async def scene() -> None:
        store = open_store(tmp_path / "record.db")
        try:
            await store.commit(personal_data("amina", "Amina"))
            await asyncio.to_thread(run, "--data", str(tmp_path), "backup", str(tmp_path / "copy.db"))
            await store.commit(personal_data("late", "Late"))
        finally:
            await store.close()

    asyncio.run(scene())
    (tmp_path / "restored").mkdir()
    (tmp_path / "copy.db").rename(tmp_path / "restored" / "record.db")
    restored = open_store(tmp_path / "restored" / "record.db")
    try:
        assert [c.id for c in restored.customers()] == ["amina"]
        assert restored.message(MessageId("m-amina")) is not None
        assert restored.blob("b-amina") == f"file of {MARK}".encode()
    finally:
        asyncio.run(restored.close())
    assert not list(tmp_path.glob("*.part"))


def test_an_export_holds_everything_about_one_customer_and_nothing_of_others(tmp_path: Path) -> None:
    keep(tmp_path, personal_data("amina", "Amina"), personal_data("tom", "Tom", mark="unrelatedmark"))
    out = tmp_path / "amina.json"
    assert run("--data", str(tmp_path), "export", "Amina", "--output", str(out)) == 0
    found = json.loads(out.read_text("utf-8"))
    assert found["customer"]["name"] == "Amina"
    assert [len(found[part]) for part in ("conversations", "interactions", "messages")] == [1, 1, 1]
    assert len(found["files"]) == 1
    assert set(found["mails"]) == {"r-amina", "r-amina-orphan"}
    assert {event["kind"] for event in found["events"]} == {
        "CustomerAdded",
        "Started",
        "MessageAdded",
        "Arrived",
    }
    assert "unrelatedmark" not in out.read_text("utf-8")
    assert out.stat().st_mode & 0o077 == 0


def test_erasing_leaves_no_byte_of_the_customer_and_every_byte_of_the_others(tmp_path: Path) -> None:
    keep(tmp_path, personal_data("amina", "Amina"), personal_data("tom", "Tom", mark="unrelatedmark"))
    assert planted(tmp_path), "the mark was never there: the test would prove nothing"
    assert run("--data", str(tmp_path), "erase", "amina", "--yes") == 0
    assert planted(tmp_path) == []
    with sqlite3.connect(tmp_path / "record.db") as reader:
        for index in ("messages_fts", "customers_fts"):
            reader.execute(
                f"create virtual table temp.words_{index} using fts5vocab('main', '{index}', 'row')"
            )
            words = {row[0] for row in reader.execute(f"select term from words_{index}")}
            assert not {word for word in words if word.startswith("zzq")}
            assert any(word.startswith("unrelated") for word in words), "the others are found as before"
    store = open_store(tmp_path / "record.db")
    try:
        assert [c.id for c in store.customers()] == ["tom"]
        assert store.message(MessageId("m-tom")) is not None
        assert store.raw("r-tom") is not None
        assert store.blob("b-both") == b"the same file for both"
        assert store.reply_to("c-tom") is not None
        assert store.reply_to("c-amina") is None
        assert {event.at for _, event in store.events()} == {NOW}
    finally:
        asyncio.run(store.close())


def test_nothing_is_erased_while_the_customer_is_being_served(tmp_path: Path) -> None:
    keep(tmp_path, personal_data("amina", "Amina", state=interactions.ACTIVE))
    with pytest.raises(RefusedError, match="1 open interaction"):
        run("--data", str(tmp_path), "erase", "amina", "--yes")
    assert planted(tmp_path)


def test_erasing_asks_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path, personal_data("amina", "Amina"))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(UsageError, match="--yes"):
        run("--data", str(tmp_path), "erase", "amina")
    assert planted(tmp_path)


@pytest.mark.parametrize("verb", ["import", "replay"])
def test_a_verb_that_is_not_built_is_wrong_use(verb: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parser().parse_args(["admin", verb, "x"])
    assert ended.value.code == 2


def personal_data(key: str, name: str, *, mark: str = MARK, state: str = interactions.CLOSED) -> Changes:
    """Everything that is kept about a customer, with a mark in each place."""
    card = Customer(
        id=CustomerId(key),
        name=name,
        addresses=(Address(kind="email", value=f"{mark}@{key}.example"),),
        alerts=(f"alert {mark}",),
    )
    thread = Conversation(
        id=ConversationId(f"v-{key}"),
        medium=EMAIL,
        customer=card.id,
        customer_name=name,
        last_line=mark,
        updated_at=NOW,
    )
    message = Message(
        id=MessageId(f"m-{key}"),
        conversation=thread.id,
        medium=EMAIL,
        direction=conversations.IN,
        at=NOW,
        text=f"the text says {mark}",
        subject=f"about {mark}",
        raw=f"r-{key}",
        attachments=(Attachment(id=f"b-{key}", name="one"), Attachment(id="b-both", name="two")),
    )
    work = Interaction(
        id=InteractionId(f"i-{key}"),
        medium=EMAIL,
        conversation=thread.id,
        customer=card.id,
        customer_name=name,
        last_line=mark,
        state=state,
        arrived_at=NOW,
        disposition_note=mark,
    )
    channel = ChannelId("help")
    mail = f"From: {mark}@{key}.example\n\n{mark}".encode()
    return Changes(
        events=[
            customers.CustomerAdded(customer=card.id, at=NOW, value=card),
            conversations.Started(conversation=thread.id, at=NOW, value=thread),
            conversations.MessageAdded(conversation=thread.id, at=NOW, message=message),
            interactions.Arrived(interaction=work.id, at=NOW, value=work),
        ],
        customers={card.id: card},
        conversations={thread.id: thread},
        messages={message.id: message},
        interactions={work.id: work},
        blobs={f"b-{key}": f"file of {mark}".encode(), "b-both": b"the same file for both"},
        raws=[
            RawRow(id=f"r-{key}", channel=channel, key=f"k-{key}", received_at=NOW, data=mail),
            RawRow(id=f"r-{key}-orphan", channel=channel, key=f"o-{key}", received_at=NOW, data=mail),
        ],
        replies=[
            StoredReply(
                command=f"c-{key}",
                agent=AgentId("lena"),
                at=NOW,
                reply=json.dumps([f"i-{key}", mark]).encode(),
            )
        ],
    )


def keep(folder: Path, *changes: Changes) -> None:
    async def write() -> None:
        store: SqliteStore = open_store(folder / "record.db")
        for change in changes:
            await store.commit(change)
        await store.close()

    asyncio.run(write())


def planted(folder: Path) -> list[str]:
    """The files of the folder in which the mark stands."""
    return [p.name for p in folder.iterdir() if p.is_file() and MARK.encode() in p.read_bytes().lower()]


def secret_of(folder: Path) -> str:
    with sqlite3.connect(folder / "record.db") as reader:
        return str(reader.execute("select sip_secret from users").fetchone()[0])


def count(path: Path, table: str) -> int:
    with sqlite3.connect(path) as reader:
        return int(reader.execute(f"select count(*) from {table}").fetchone()[0])
