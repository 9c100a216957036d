"""Configuration as text: checked, compared in words, listed, brought back; a bad file changes nothing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from agent_desktop import cli
from agent_desktop.domain.types import Instant
from agent_desktop.errors import ConfigError, RefusedError, StorageError, UsageError
from agent_desktop.ports.storage import Changes
from agent_desktop.server import admin, versions
from agent_desktop.server.storage.store import open_store
from tests.server.door import Door

FIRST = """name = "Small"
skills = ["french", "repairs"]
[queues.help]
name = "Help"
media = ["voice"]
wrapup_mode = "none"
[queues.mail]
name = "Mail"
media = ["email"]
wrapup_mode = "none"
[agents.lena]
name = "Lena Lind"
extension = "6001"
queues = ["help", "mail"]
skills = { french = 3 }
[agents.max]
name = "Max"
"""
SECOND = (
    FIRST.replace('name = "Help"', 'name = "Help"\noffer_s = 30\nauto_accept = true')
    .replace(
        'queues = ["help", "mail"]\nskills = { french = 3 }', 'queues = ["help"]\nskills = { french = 5 }'
    )
    .replace("[agents.max]", "[agents.mia]")
    .replace('"repairs"', '"taxes"')
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose record knows two versions; the file says the second."""

    async def fill() -> None:
        store = open_store(tmp_path / "record.db")
        for text, at in ((FIRST, 100.0), (FIRST, 200.0), (SECOND, 300.0)):
            await versions.applied(store, text, Instant(at))
        await store.close()

    asyncio.run(fill())
    (tmp_path / "centre.toml").write_text(SECOND, "utf-8")
    return tmp_path


def run(folder: Path, *words: str) -> int:
    return admin.main(cli.parser().parse_args(["admin", "config", *words, "--data", str(folder)]))


def test_a_good_file_is_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "check") == 0
    assert "2 queues, 2 agents, 2 skills" in capsys.readouterr().out
    assert run(folder, "check", str(folder / "centre.toml")) == 0
    assert versions.hash_of(SECOND)[:12] in capsys.readouterr().out


def test_a_bad_file_is_told_with_its_line(folder: Path) -> None:
    (folder / "bad.toml").write_text(FIRST.replace('media = ["voice"]', 'media = ["smoke"]'), "utf-8")
    with pytest.raises(ConfigError, match="line 5"):
        run(folder, "check", str(folder / "bad.toml"))


def test_a_difference_is_text_and_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "diff", "1", "2") == 0
    said = capsys.readouterr().out
    for line in (
        "+offer_s = 30",
        "New skill: taxes.",
        "No skill repairs any more.",
        "New agent: mia.",
        "No agent max any more.",
        "Queue help: offer_s was 20, is 30.",
        "Queue help: auto_accept was off, is on.",
        "Agent lena: queues without mail.",
        "Agent lena: skills was french 3, is french 5.",
    ):
        assert line in said


def test_one_name_is_compared_with_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "diff", "2") == 0
    assert "say the same" in capsys.readouterr().out
    (folder / "b.toml").write_text(f"# only a comment\n{SECOND}", "utf-8")
    assert run(folder, "diff", str(folder / "b.toml")) == 0
    assert "only the writing differs" in capsys.readouterr().out
    (folder / "c.toml").write_text(f'supervision = "private"\n{SECOND}', "utf-8")
    assert run(folder, "diff", str(folder / "c.toml")) == 0
    assert "Also changed: supervision." in capsys.readouterr().out


def test_the_history_has_each_change_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "history") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["1", versions.hash_of(FIRST)[:12]],
        ["2", versions.hash_of(SECOND)[:12]],
    ]
    assert lines[1].endswith("(the last one applied)")


def test_a_version_is_shown_by_number_or_hash(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "show", "1") == 0
    assert capsys.readouterr().out == FIRST
    assert run(folder, "show", versions.hash_of(SECOND)[:6]) == 0
    assert capsys.readouterr().out == SECOND
    with pytest.raises(RefusedError, match="no version 9"):
        run(folder, "show", "9")


def test_an_older_text_comes_back_and_the_newer_one_is_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "centre.toml"
    file.chmod(0o640)
    assert run(folder, "rollback", "1") == 0
    assert "at its next start" in capsys.readouterr().out
    assert file.read_text("utf-8") == FIRST
    assert (folder / "centre.toml.before-1").read_text("utf-8") == SECOND
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o640
    assert run(folder, "rollback", "1") == 0
    assert "already" in capsys.readouterr().out
    assert run(folder, "rollback", "2") == 0
    assert (folder / "centre.toml.before-2").read_text("utf-8") == FIRST


def test_an_older_text_that_is_not_good_any_more_changes_nothing(folder: Path) -> None:
    async def spoil() -> None:
        store = open_store(folder / "record.db")
        await versions.applied(store, 'name = "Old"\nmusic = "gone.wav"\n', Instant(400.0))
        await store.close()

    asyncio.run(spoil())
    with pytest.raises(ConfigError, match="line 2: music"):
        run(folder, "rollback", "3")
    assert (folder / "centre.toml").read_text("utf-8") == SECOND
    assert not (folder / "centre.toml.before-1").exists()


def test_what_is_missing_is_said(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="rollback VERSION"):
        run(folder, "rollback")
    with pytest.raises(UsageError, match="one or two"):
        run(folder, "diff")
    with pytest.raises(StorageError, match=r"no file nowhere\.toml"):
        run(folder, "diff", "nowhere.toml")
    empty = tmp_path / "empty"
    empty.mkdir()

    async def make() -> None:
        await open_store(empty / "record.db").close()

    asyncio.run(make())
    assert run(empty, "history") == 0
    assert "holds no configuration yet" in capsys.readouterr().out


def test_a_damaged_entry_is_told() -> None:
    with pytest.raises(StorageError, match=r"config\.applied\.1 is damaged"):
        versions.history({"config.applied.1": "{}"})


async def test_the_router_writes_what_it_was_started_with(tmp_path: Path) -> None:
    store = open_store(tmp_path / "record.db")
    try:
        await store.commit(Changes(settings={"other": "1"}))
        await versions.applied(store, FIRST.replace("\n", "\r\n"), Instant(5.0))
        (version,) = versions.history(store.load().settings)
        assert (version.number, version.after, version.at) == (1, 0, 5.0)
        assert store.blob(f"config/{version.hash}") == FIRST.encode()
    finally:
        await store.close()


async def test_a_starting_router_leaves_its_configuration_in_the_record(tmp_path: Path) -> None:
    door = Door(tmp_path / "record.db")
    door.router.config_text = FIRST
    await door.open()
    try:
        (version,) = versions.history(door.store.load().settings)
        assert version.hash == versions.hash_of(FIRST)
        assert version.after == 0
    finally:
        await door.close()
