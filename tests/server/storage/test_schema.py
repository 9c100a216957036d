from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from agent_desktop.errors import StorageError
from agent_desktop.server.storage import migrate, schema
from agent_desktop.server.storage.fulltext import DDL
from agent_desktop.server.storage.store import open_store


def shape(path: Path) -> dict[str, str]:
    with sqlite3.connect(path) as raw:
        rows = raw.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    raw.close()
    return {name: " ".join(sql.split()) for name, sql in rows if not name.startswith("alembic")}


async def test_the_migrations_lead_to_the_declared_tables(tmp_path: Path) -> None:
    await open_store(tmp_path / "migrated.db").close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'declared.db'}")
    schema.metadata.create_all(engine)
    with engine.begin() as connection:
        for statement in DDL:
            connection.exec_driver_sql(statement)
    engine.dispose()
    assert shape(tmp_path / "migrated.db") == shape(tmp_path / "declared.db")


def test_the_newest_migration_is_the_one_that_the_program_expects() -> None:
    assert ScriptDirectory(str(migrate.FOLDER)).get_current_head() == migrate.HEAD


async def test_a_record_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    await open_store(path).close()
    raw = sqlite3.connect(path)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(StorageError, match="newer version"):
        open_store(path)


async def test_a_migration_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "record.db"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE settings (other TEXT)")  # in the way of the first migration
    raw.close()
    with pytest.raises(StorageError):
        open_store(path)
    assert set(shape(path)) == {"settings"}


def test_every_read_of_a_page_walks_along_an_index(tmp_path: Path) -> None:
    """No full scan and no sorting of a whole table behind any paged or keyed read."""
    raw = sqlite3.connect(":memory:")
    for statement in (Path(migrate.FOLDER) / "versions" / "0001_first.sql").read_text("utf-8").split(";\n\n"):
        raw.executescript(statement)
    for query in (
        "SELECT body FROM messages WHERE conversation = ? AND at < ? ORDER BY at DESC, num DESC LIMIT 50",
        "SELECT body FROM interactions WHERE agent = ? AND arrived_at < ? ORDER BY arrived_at DESC, id DESC",
        "SELECT body FROM interactions WHERE arrived_at < ? ORDER BY arrived_at DESC, id DESC LIMIT 50",
        "SELECT body FROM interactions WHERE live = 1",
        "SELECT body FROM customers WHERE (sort_name, id) > (?, ?) ORDER BY sort_name, id LIMIT 50",
        "SELECT id FROM raws WHERE channel = ? AND parsed = 0 ORDER BY received_at, id",
        "SELECT conversation FROM messages WHERE external_id IN (?, ?) AND external_id != ''",
    ):
        plan = raw.execute(f"EXPLAIN QUERY PLAN {query}", ("x",) * query.count("?")).fetchall()
        words = " / ".join(row[3] for row in plan)
        assert "USING" in words, words
        assert "USE TEMP B-TREE FOR ORDER BY" not in words, words
    raw.close()
