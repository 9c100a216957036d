"""The made day replayed: byte-identical; a planted difference, in configuration or log, is found."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop import cli
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.errors import StorageError, UsageError
from agent_desktop.server import admin, versions
from agent_desktop.server.replay import record
from agent_desktop.server.replay.exact import Outcome, Replay
from agent_desktop.server.storage import personal
from tests.server.replay import day

Plant = Callable[[sqlite3.Connection], None]


def replayed(path: Path, since: float = 0.0, until: float = float("inf")) -> Outcome:
    with personal.opened(path, read_only=True) as connection:
        configured = record.configurations(connection, path.parent)
        return Replay(configured, Instant(since), Instant(until)).run(record.events(connection))


def planted(recorded: Path, folder: Path, plant: Plant) -> Path:
    """A copy of the record with something changed in it."""
    path = folder / "record.db"
    shutil.copy(recorded, path)
    connection = sqlite3.connect(path)
    with connection:
        plant(connection)
    connection.close()
    return path


def run(*words: str) -> int:
    return admin.main(cli.parser().parse_args(["admin", *words]))


def test_a_whole_day_is_decided_again_to_the_byte(recorded: Path) -> None:
    outcome = replayed(recorded)
    assert outcome.differences == []
    assert outcome.decisions == outcome.identical > day.INTERACTIONS
    assert (outcome.without, outcome.orphans) == (0, 0)


def test_the_day_holds_what_makes_decisions_hard(recorded: Path) -> None:
    with personal.opened(recorded, read_only=True) as connection:
        kinds = dict(connection.execute("select kind, count(*) from events group by kind"))
        causes = connection.execute(
            "select json_extract(body, '$.offer.decision.cause'), count(*) from events "
            "where kind = 'Offered' group by 1"
        )
        found = dict(causes)
    assert kinds["Arrived"] == day.INTERACTIONS
    for kind in (
        "OfferEnded",
        "Abandoned",
        "Returned",
        "Parked",
        "NextStateChosen",
        "WentNotReady",
        "Widened",
        "ShiftEnded",
    ):
        assert kinds[kind] > 5, kind
    assert min(found["work"], found["agent"]) > 100


def test_the_command_says_so(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("replay", "--data", str(recorded.parent)) == 0
    said = capsys.readouterr().out
    assert "identical, 0 different." in said
    assert "configuration 1 (" in said


def test_a_skill_changed_in_the_configuration_is_found(recorded: Path, tmp_path: Path) -> None:
    less = 'queues = ["support"]\nskills = { contracts = 2, french = 4 }'

    def plant(connection: sqlite3.Connection) -> None:
        text = day.toml().replace('queues = ["support"]\nskills = { contracts = 2, french = 5 }', less, 1)
        assert text != day.toml()
        key = versions.hash_of(text)
        row = json.dumps({"hash": key, "at": day.BEGIN, "after": 0})
        connection.execute("update settings set value = ? where name like 'config.applied.%'", (row,))
        connection.execute("insert into blobs (id, data) values (?, ?)", (f"config/{key}", text.encode()))

    outcome = replayed(planted(recorded, tmp_path, plant))
    assert outcome.differences
    assert outcome.identical < outcome.decisions


def test_one_event_taken_out_is_found(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def plant(connection: sqlite3.Connection) -> None:
        middle = connection.execute(
            "select seq from events where kind = 'Closed' limit 1 offset 900"
        ).fetchone()
        connection.execute("delete from events where seq = ?", middle)

    path = planted(recorded, tmp_path, plant)
    found = replayed(path).differences
    assert found
    assert run("replay", "--data", str(path.parent)) == 1
    assert f"entry {found[0].entry}, " in capsys.readouterr().out


def test_one_word_of_a_decision_changed_is_found_at_its_entry(recorded: Path, tmp_path: Path) -> None:
    entries: list[int] = []

    def plant(connection: sqlite3.Connection) -> None:
        seq, body = connection.execute(
            "select seq, body from events where kind = 'Offered' limit 1 offset 700"
        ).fetchone()
        made = json.loads(body)
        made["offer"]["decision"]["free"] += 1
        entries.append(seq)
        connection.execute("update events set body = ? where seq = ?", (json.dumps(made), seq))

    outcome = replayed(planted(recorded, tmp_path, plant))
    assert [(d.entry, d.what) for d in outcome.differences] == [(entries[0], "free")]


def test_a_text_that_is_not_what_was_applied_is_refused(recorded: Path, tmp_path: Path) -> None:
    path = planted(recorded, tmp_path, lambda c: c.execute("update blobs set data = x'00'"))
    with pytest.raises(StorageError, match="not what was applied"):
        replayed(path)
    (tmp_path / "b").mkdir()
    gone = planted(recorded, tmp_path / "b", lambda c: c.execute("delete from blobs"))
    with pytest.raises(StorageError, match="not in the record any more"):
        replayed(gone)


def test_a_period_has_its_own_decisions_with_all_that_came_before(recorded: Path) -> None:
    noon = day.BEGIN + 4 * 3600
    morning, afternoon = replayed(recorded, 0, noon), replayed(recorded, noon + 1e-9)
    assert morning.differences == afternoon.differences == []
    assert morning.decisions + afternoon.decisions == replayed(recorded).decisions
    assert afternoon.decisions > 100


def test_an_older_record_needs_to_be_told_its_configuration(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = planted(recorded, tmp_path, lambda c: c.execute("delete from settings"))
    with pytest.raises(StorageError, match="does not say which configuration held"):
        run("replay", "--data", str(path.parent))
    (tmp_path / "was.toml").write_text(day.toml(), "utf-8")
    assert run("--config", str(tmp_path / "was.toml"), "replay", "--data", str(path.parent), "--json") == 0
    assert json.loads(capsys.readouterr().out)["configurations"] == ["the file given"]


def test_what_was_erased_is_told(recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = planted(
        recorded,
        tmp_path,
        lambda c: c.execute("delete from events where kind = 'Arrived' and subject = 'i0003'"),
    )
    run("replay", "--data", str(path.parent))
    assert "something that the log does not hold" in capsys.readouterr().out


def test_offers_without_a_decision_are_counted_apart(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def plant(connection: sqlite3.Connection) -> None:
        connection.execute(
            "update events set body = json_remove(body, '$.offer.decision') where kind = 'Offered'"
        )

    path = planted(recorded, tmp_path, plant)
    assert run("replay", "--data", str(path.parent)) == 0
    assert "made by an older router" in capsys.readouterr().out


def test_times_are_written_as_people_do(recorded: Path) -> None:
    folder = str(recorded.parent)
    assert run("replay", "--data", folder, "--from", "2027-01-15T09:00+00:00", "--to", "1800010000") == 0
    with pytest.raises(UsageError, match="is no time"):
        run("replay", "--data", folder, "--from", "yesterday")
    with pytest.raises(UsageError, match="before"):
        run("replay", "--data", folder, "--from", "2027-01-16", "--to", "2027-01-15")
    with pytest.raises(UsageError, match="what-if"):
        run("replay", "--data", folder, "--picture", "x.svg")


async def test_each_decision_is_made_by_the_configuration_that_held(tmp_path: Path) -> None:
    """The router was stopped after an hour and started with one agent more, in the middle of work."""
    path, whole = tmp_path / "record.db", day.script()
    await day.record(path, day.part(whole, 0, 3600))
    later = day.part(whole, 3600, 5400)
    new = [replace(act, agent=AgentId(f"a{day.AGENTS}")) for act in day.script().acts if act.agent == "a00"]
    begun = tuple(replace(act, at=Instant(later.since + n)) for n, act in enumerate(new[:2]))
    await day.record(path, replace(later, acts=(*begun, *later.acts)), day.toml(1))
    outcome = replayed(path)
    assert outcome.differences == []
    assert outcome.orphans == 0
    assert [name.split()[1] for name in outcome.configurations] == ["1", "2"]
    with personal.opened(path, read_only=True) as connection:
        configured = record.configurations(connection, path.parent)
        first = replace(configured[0], after=0)
        alone = Replay([first]).run(record.events(connection))
    assert alone.orphans > 0  # the first configuration does not know the new agent
