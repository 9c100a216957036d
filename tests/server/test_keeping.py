"""Recordings are exported, erased and kept no longer than the centre says."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import Recording
from agent_desktop.domain.types import RecordingId
from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.media.vault import VaultReader, VaultWriter, key_path
from agent_desktop.ports.storage import Changes
from agent_desktop.server import keeping
from tests.server.test_admin import NOW, keep, personal_data, run

SOUND = b"OggS and what was said" * 1000
DAY = keeping.DAY_S


def recorded(data: Path, name: str, *, age_s: float = 0.0) -> Path:
    """A sealed recording whose last word is so old."""
    path = data / "recordings" / name[-2:] / f"{name}.rec"
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = VaultWriter(path, MasterKeys.at(data / keeping.KEYS))
    writer.write(SOUND)
    writer.close()
    os.utime(path, (NOW - age_s, NOW - age_s))
    return path


def with_recording(key: str, name: str, path: Path, *, state: str = interactions.CLOSED) -> Changes:
    changes = personal_data(key, name, state=state)
    kept = Recording(id=RecordingId(f"r-{key}"), path=str(path))
    changes.interactions.update({k: replace(i, recordings=(kept,)) for k, i in changes.interactions.items()})
    return changes


def export(data: Path) -> dict[str, str | None]:
    out = data / "out.json"
    assert run("--data", str(data), "export", "amina", "--output", str(out)) == 0
    found: dict[str, str | None] = json.loads(out.read_text("utf-8"))["recordings"]
    return found


def test_an_export_holds_the_customers_recordings(tmp_path: Path) -> None:
    keep(tmp_path, with_recording("amina", "Amina", recorded(tmp_path, "aa11")))
    sound = export(tmp_path)["r-amina"]
    assert sound is not None
    assert base64.b64decode(sound) == SOUND


def test_an_export_says_that_a_recording_is_gone(tmp_path: Path) -> None:
    path = recorded(tmp_path, "aa11")
    keep(tmp_path, with_recording("amina", "Amina", path))
    key_path(path).unlink()
    assert export(tmp_path) == {"r-amina": None}


def test_recordings_are_found_in_a_data_folder_that_was_moved(tmp_path: Path) -> None:
    recorded(tmp_path, "aa11")
    keep(tmp_path, with_recording("amina", "Amina", Path("/elsewhere/recordings/11/aa11.rec")))
    assert export(tmp_path)["r-amina"] is not None


def test_erasing_a_customer_destroys_the_keys_of_the_recordings_and_no_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, other = recorded(tmp_path, "aa11"), recorded(tmp_path, "bb22")
    keep(tmp_path, with_recording("amina", "Amina", mine), with_recording("tom", "Tom", other))
    assert run("--data", str(tmp_path), "erase", "amina", "--yes") == 0
    assert not mine.exists()
    assert not key_path(mine).exists()
    with VaultReader(other, MasterKeys.at(tmp_path / keeping.KEYS)) as reader:
        assert reader.read() == SOUND
    assert "1 recordings" in capsys.readouterr().out


def test_a_customer_who_is_being_served_keeps_the_recordings(tmp_path: Path) -> None:
    path = recorded(tmp_path, "aa11")
    keep(tmp_path, with_recording("amina", "Amina", path, state=interactions.ACTIVE))
    with pytest.raises(Exception, match="1 open interaction"):
        run("--data", str(tmp_path), "erase", "amina", "--yes")
    assert key_path(path).exists()


def test_what_is_older_than_the_centre_allows_is_erased(tmp_path: Path) -> None:
    old, young = recorded(tmp_path, "aa11", age_s=31 * DAY), recorded(tmp_path, "bb22", age_s=29 * DAY)
    lost = recorded(tmp_path, "cc33", age_s=0)
    lost.unlink()
    assert keeping.destroy_older(tmp_path / "recordings", NOW - 30 * DAY) == 1
    assert (old.exists(), key_path(old).exists()) == (False, False)
    assert (young.exists(), key_path(young).exists()) == (True, True)
    assert not key_path(lost).exists(), "a key without a recording opens nothing"


def test_a_centre_that_never_recorded_has_nothing_to_erase(tmp_path: Path) -> None:
    assert keeping.destroy_older(tmp_path / "recordings", NOW) == 0
    assert keeping.destroy_all([tmp_path / "recordings" / "x" / "gone.rec"]) == 0


async def ran(
    monkeypatch: pytest.MonkeyPatch, folder: Path, fault: OSError | None = None
) -> asyncio.Task[None]:
    """The daily job, after its first round."""
    done, loop, real = asyncio.Event(), asyncio.get_running_loop(), keeping.destroy_older

    def round_of(*words: Any) -> int:
        try:
            if fault is not None:
                raise fault
            return real(*words)
        finally:
            loop.call_soon_threadsafe(done.set)

    monkeypatch.setattr(keeping, "destroy_older", round_of)
    job = loop.create_task(keeping.keep_for(folder, 30, lambda: NOW))
    await asyncio.wait_for(done.wait(), 30)
    return job


async def end(job: asyncio.Task[None]) -> None:
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job


async def test_the_daily_job_erases_at_the_start_and_can_be_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recorded(tmp_path, "aa11", age_s=31 * DAY)
    await keeping.keep_for(tmp_path / "recordings", 0, lambda: NOW)
    assert path.exists()
    job = await ran(monkeypatch, tmp_path / "recordings")
    assert not path.exists()
    await end(job)


async def test_a_disk_that_fails_does_not_end_the_daily_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await ran(monkeypatch, tmp_path, OSError("disk on fire"))
    assert not job.done()
    await end(job)
