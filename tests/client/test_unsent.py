"""An act is on the disk before it is shown as waiting, whatever kills the program."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

from agent_desktop.client.offline import Offline
from agent_desktop.client.session import Session
from agent_desktop.client.store import Store
from agent_desktop.client.unsent import Saved, Unsent, UnsentFile
from agent_desktop.wire import commands as c
from agent_desktop.wire import inbox as i
from agent_desktop.wire.events import Reply
from tests.client.keepers import Disk

ROOT = Path(__file__).resolve().parents[2]
NOTE = c.AddNote(message="m1", conversation="v1", text="He called.")
REPLY = c.SendMessage(message="m2", conversation="v1", text="Hello")
RESOLVE = i.ResolveConversation(conversation="v1")


class Nobody:
    """No way to the router."""

    def ask_router(self, request_id: str, command: c.AnyCommand) -> None:
        raise AssertionError(request_id, command)


def added(unsent: Unsent, request: str, command: c.AnyCommand, *, waited: bool = True) -> None:
    unsent.add(request, command, ("v1",), at=5.0, waited=waited, title="Amina")


def test_it_waits_only_when_it_is_on_the_disk() -> None:
    disk = Disk()
    unsent = Unsent(disk, "ana")
    added(unsent, "r1", NOTE)
    assert unsent.acts["r1"].state == "saving"
    disk.full = True
    assert [unsent.saved(told) for told in disk.flush()] == [True]
    assert (unsent.acts["r1"].state, unsent.problem) == ("saving", "The disk is full.")
    disk.full = False
    assert [unsent.saved(told) for told in disk.flush()] == [True]
    assert (unsent.acts["r1"].state, unsent.problem) == ("waiting", "")


def test_after_a_restart_it_is_there_with_its_id_its_order_and_its_title() -> None:
    disk = Disk()
    first = Unsent(disk, "ana")
    added(first, "r2", REPLY)
    added(first, "r1", NOTE)
    disk.flush()
    again = Unsent(disk, "ana")
    assert [(a.request, a.command, a.title, a.state) for a in again.acts.values()] == [
        ("r2", REPLY, "Amina", "waiting"),
        ("r1", NOTE, "Amina", "waiting"),
    ]
    assert Unsent(disk, "ben").acts == {}
    added(again, "r3", RESOLVE)
    assert [a.request for a in again.acts.values()] == ["r2", "r1", "r3"]


def test_an_answer_ends_it_and_a_refusal_of_what_waited_stays_with_its_sentence() -> None:
    disk = Disk()
    unsent = Unsent(disk, "ana")
    added(unsent, "r1", NOTE)
    added(unsent, "r2", REPLY)
    assert [a.request for a in unsent.due(0.0)] == ["r1"]
    unsent.left("r1", 0.0)
    assert unsent.answered(Reply(request="r1"), 0.0) is not None
    unsent.left("r2", 0.0)
    unsent.answered(Reply(request="r2", ok=False, code="newer_message", message="The customer wrote."), 0.0)
    disk.flush()
    (refused,) = Unsent(disk, "ana").acts.values()
    assert (refused.state, refused.code, refused.message) == (
        "refused",
        "newer_message",
        "The customer wrote.",
    )


def test_a_refusal_of_what_never_waited_is_told_at_once_and_leaves_the_list() -> None:
    unsent = Unsent(Disk(), "ana")
    added(unsent, "r1", NOTE, waited=False)
    unsent.left("r1", 0.0)
    ended = unsent.answered(Reply(request="r1", ok=False, code="empty", message="Empty."), 0.0)
    assert ended is not None
    assert unsent.acts == {}


def test_what_the_router_could_not_keep_goes_on_waiting_with_the_same_id() -> None:
    unsent = Unsent(Disk(), "ana")
    added(unsent, "r1", NOTE)
    unsent.left("r1", 0.0)
    full = Reply(request="r1", ok=False, code="not_kept", message="The disk is full.")
    assert unsent.answered(full, 100.0) is None
    assert unsent.due(100.0) == ()
    assert [a.request for a in unsent.due(130.0)] == ["r1"]


def test_who_insists_makes_a_new_request_in_the_old_place() -> None:
    disk = Disk()
    unsent = Unsent(disk, "ana")
    added(unsent, "r1", REPLY)
    added(unsent, "r2", RESOLVE)
    unsent.left("r1", 0.0)
    unsent.answered(Reply(request="r1", ok=False, code="newer_message"), 0.0)
    assert unsent.due(0.0) == ()
    unsent.again("r1", "r9", REPLY)
    disk.flush()
    assert [a.request for a in Unsent(disk, "ana").due(0.0)] == ["r9"]
    unsent.left("r9", 0.0)
    unsent.answered(Reply(request="r9"), 0.0)
    assert [a.request for a in unsent.due(0.0)] == ["r2"]


def test_a_refused_message_that_is_sent_from_the_editor_is_settled_and_stays_before_the_resolve() -> None:
    unsent = Unsent(Disk(), "ana")
    added(unsent, "r1", REPLY)
    added(unsent, "r2", RESOLVE)
    unsent.left("r1", 0.0)
    unsent.answered(Reply(request="r1", ok=False, code="newer_message"), 0.0)
    added(unsent, "r3", c.SendMessage(message="m2", conversation="v1", text="Hello again"), waited=False)
    assert list(unsent.acts) == ["r3", "r2"]
    assert [a.request for a in unsent.due(0.0)] == ["r3"]


def test_what_left_a_week_ago_without_an_answer_is_asked_about() -> None:
    unsent = Unsent(Disk(), "ana")
    added(unsent, "r1", NOTE)
    unsent.left("r1", 1.0)
    unsent.link_gone()
    assert unsent.due(8 * 86_400.0) == ()
    assert (unsent.acts["r1"].state, unsent.acts["r1"].code) == ("refused", "too_old")


def test_the_file_is_private_and_a_damaged_one_is_kept_beside(tmp_path: Path) -> None:
    path = tmp_path / "unsent.db"
    path.write_bytes(b"this is no database, but it was somebody's work" * 100)
    keeper = UnsentFile(path, lambda _told: None)
    assert Path(keeper.set_aside).read_bytes().startswith(b"this is no database")
    assert keeper.rows("ana") == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keeper.close()


def test_a_disk_that_refuses_is_said_and_tried_again(tmp_path: Path) -> None:
    said: list[Saved] = []
    one = threading.Event()
    path = tmp_path / "folder" / "unsent.db"

    def told(saved: Saved) -> None:
        said.append(saved)
        one.set()

    keeper = UnsentFile(path, told)
    unsent = Unsent(keeper, "ana")
    path.unlink()
    path.mkdir()
    added(unsent, "r1", NOTE)
    assert one.wait(5)
    assert said[0].problem.startswith("What you do cannot be saved on this computer")
    one.clear()
    path.rmdir()
    while not any(not saved.problem for saved in said):
        assert one.wait(5)
        one.clear()
    keeper.close()
    again = UnsentFile(path, lambda _told: None)
    assert list(Unsent(again, "ana").acts) == ["r1"]
    again.close()


def test_a_killed_program_has_lost_nothing_that_it_showed_as_waiting(tmp_path: Path) -> None:
    script = (
        "import pathlib, queue\n"
        "from agent_desktop.client.unsent import Unsent, UnsentFile\n"
        "from agent_desktop.wire.commands import AddNote\n"
        "told = queue.SimpleQueue()\n"
        f"u = Unsent(UnsentFile(pathlib.Path({str(tmp_path / 'unsent.db')!r}), told.put), 'ana')\n"
        "n = 0\n"
        "while True:\n"
        "    n += 1\n"
        "    note = AddNote(message=f'm{n}', conversation='v', text='x')\n"
        "    u.add(f'r{n}', note, ('v',), at=0.0, waited=True)\n"
        "    if n % 3 == 0:\n"
        "        u.saved(told.get())\n"
        "        print(*(a.request for a in u.acts.values() if a.state == 'waiting'), flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    shown: set[str] = set()
    for _line in range(25):
        shown |= set(child.stdout.readline().split())
    os.kill(child.pid, signal.SIGKILL)
    for line in child.stdout:
        shown |= set(line.split()) if line.endswith("\n") else set()
    child.wait(5)
    child.stdout.close()
    keeper = UnsentFile(tmp_path / "unsent.db", lambda _told: None)
    kept = list(Unsent(keeper, "ana").acts)
    keeper.close()
    assert len(shown) >= 25
    assert shown <= set(kept)
    assert kept == [f"r{n}" for n in range(1, len(kept) + 1)]


def test_who_signs_in_again_at_once_finds_what_was_just_done(tmp_path: Path) -> None:
    keeper = UnsentFile(tmp_path / "unsent.db", lambda _told: None)
    for number in range(30):
        added(Unsent(keeper, "ana"), f"r{number}", NOTE)
        assert f"r{number}" in Unsent(keeper, "ana").acts
    keeper.close()


def test_what_an_earlier_session_wrote_is_not_taken_for_this_ones() -> None:
    disk = Disk()
    earlier = Unsent(disk, "ana")
    for number in range(5):
        added(earlier, f"a{number}", NOTE)
    told = disk.flush()
    now = Unsent(disk, "ben")
    added(now, "b1", NOTE)
    assert not any(now.saved(one) for one in told)
    assert now.acts["b1"].state == "saving"


def test_a_file_that_another_program_holds_does_not_keep_anybody_from_signing_in(tmp_path: Path) -> None:
    kept = UnsentFile(tmp_path / "unsent.db", lambda _saved: None)
    offline = Offline(None, kept)
    with contextlib.closing(sqlite3.connect(tmp_path / "unsent.db")) as other:
        other.execute("begin exclusive")
        offline.begin(Store(), Session("http://router", "ana", "token", "a7", 9e9), Nobody())
        assert offline.unsent is None
    kept.close()
