"""Every keystroke is safe within a second, whatever kills the program."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

from agent_desktop.client import keys
from agent_desktop.client.drafts import Drafts, Key

KEY = Key("a7", "v1", "reply")
ROOT = Path(__file__).resolve().parents[2]


def test_a_draft_is_there_after_a_restart_with_the_id_of_its_message(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "d.db")
    drafts.put(KEY, "Dear", message="m1")
    drafts.put(KEY, "Dear Amina", message="m2")
    drafts.put(Key("a7", "v1", "note"), "x", message="m3")
    drafts.close()
    again = Drafts(tmp_path / "d.db")
    assert (again.get(KEY).text, again.get(KEY).message) == ("Dear Amina", "m1")
    assert set(again.of("a7")) == {KEY, Key("a7", "v1", "note")}
    again.clear(KEY)
    again.close()
    third = Drafts(tmp_path / "d.db")
    assert third.get(KEY).text == ""
    third.close()


def test_saved_is_said_only_after_the_commit(tmp_path: Path) -> None:
    saved = threading.Event()
    drafts = Drafts(tmp_path / "d.db", saved=lambda _problem: saved.set())
    drafts.put(KEY, "Dear", message="m1")
    assert drafts.saved_at(KEY) == 0.0
    assert saved.wait(5)
    assert drafts.saved_at(KEY) == drafts.get(KEY).written_at
    drafts.put(KEY, "Dear A", message="m1")
    assert drafts.saved_at(KEY) == 0.0
    drafts.close()


def test_a_killed_program_loses_less_than_a_second_of_typing(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time\n"
        "from agent_desktop.client.drafts import Drafts, Key\n"
        f"d = Drafts(pathlib.Path({str(tmp_path / 'd.db')!r}))\n"
        "n = 0\n"
        "while True:\n"
        "    n += 1\n"
        "    d.put(Key('a7', 'v1', 'reply'), str(n), message='m')\n"
        "    print(n, time.time(), flush=True)\n"
        "    time.sleep(0.01)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    typed: list[tuple[int, float]] = []
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        number, at = child.stdout.readline().split()
        typed.append((int(number), float(at)))
    os.kill(child.pid, signal.SIGKILL)
    killed_at = time.time()
    child.wait(5)
    child.stdout.close()
    drafts = Drafts(tmp_path / "d.db")
    kept = int(drafts.get(KEY).text)
    drafts.close()
    lost = [at for number, at in typed if number > kept]
    assert killed_at - min(lost, default=killed_at) < 1.0


def test_a_disk_that_refuses_is_said_once_and_nothing_is_lost_in_memory(tmp_path: Path) -> None:
    said: list[str] = []
    done = threading.Event()
    path = tmp_path / "folder" / "d.db"
    drafts = Drafts(path, saved=lambda problem: (said.append(problem), done.set())[0])
    path.unlink()
    path.mkdir()
    drafts.put(KEY, "Dear", message="m1")
    assert done.wait(5)
    assert said[0].startswith("Drafts cannot be saved on this computer")
    assert drafts.get(KEY).text == "Dear"
    done.clear()
    path.rmdir()
    assert done.wait(5)
    assert said[-1] == ""
    assert drafts.saved_at(KEY) > 0
    drafts.close()


def test_without_a_keyring_the_password_is_not_remembered_and_that_is_said() -> None:
    from keyring.backends import fail, null

    for backend in (fail.Keyring(), null.Keyring()):
        ring = keys.examine(backend)
        assert not ring.available
        assert "not remembered" in ring.note


def test_what_was_written_in_a_merged_conversation_is_there_in_the_other_after_a_restart(
    tmp_path: Path,
) -> None:
    drafts = Drafts(tmp_path / "d.db")
    drafts.put(KEY, "Dear Amina", message="m1")
    drafts.put(Key("a8", "v1", "note"), "Hers", message="m2")
    drafts.put(Key("a7", "v2", "reply"), "There", message="m3")
    moved = drafts.move("v1", "v2", lambda _mode, there, came: f"{there}+{came}")
    assert set(moved) == {Key("a7", "v2", "reply"), Key("a8", "v2", "note")}
    drafts.close()
    again = Drafts(tmp_path / "d.db")
    assert again.get(Key("a7", "v2", "reply")).text == "There+Dear Amina"
    assert again.get(Key("a7", "v2", "reply")).message == "m3"
    assert again.get(Key("a8", "v2", "note")).text == "Hers"
    assert again.get(KEY).text == ""
    again.close()


def test_damaged_drafts_are_kept_beside_and_nobody_else_reads_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "data" / "drafts.db"
    path.parent.mkdir()
    path.write_bytes(b"somebody's work, and no database" * 100)
    drafts = Drafts(path)
    assert Path(drafts.set_aside).read_bytes().startswith(b"somebody's work")
    drafts.put(KEY, "Dear Amina", message="m1")
    drafts.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Drafts(path)
    assert (again.get(KEY).text, again.set_aside) == ("Dear Amina", "")
    again.close()


def test_drafts_of_an_older_program_become_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "drafts.db"
    Drafts(path).close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    Drafts(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
