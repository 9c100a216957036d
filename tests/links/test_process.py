"""A process that outlives its owner: found again, started again, never started twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.errors import ConnectionLostError
from agent_desktop.links import runfile
from agent_desktop.links.process import OwnedProcess
from agent_desktop.links.runfile import RunFile

# A program that writes its run file and lives until it is ended; a second one of its folder gives way.
PROGRAM = """
import fcntl, os, signal, sys, time
from pathlib import Path
from agent_desktop.links import runfile
data = Path(sys.argv[1])
(data / "run").mkdir(parents=True, exist_ok=True)
lock = open(data / "run" / "lock", "w")
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    sys.exit(3)
runfile.write(data, "phone", runfile.RunFile(os.getpid(), 21690, runfile.new_token(), time.time()))
def end(*_):
    runfile.remove(data, "phone", os.getpid())
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
while True:
    time.sleep(60)
"""


def _owner(data: Path, program: str = PROGRAM, name: str = "phone") -> OwnedProcess:
    return OwnedProcess(data, name, (str(data),), title="The phone", program=(sys.executable, "-c", program))


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    run = runfile.read(tmp_path, "phone")
    if run is not None and run.alive() and run.pid != os.getpid():
        os.kill(run.pid, signal.SIGKILL)


def _end(owner: OwnedProcess) -> None:
    assert owner._child is not None
    owner._child.kill()
    owner._child.wait(10)


async def test_nobody_there_is_started_and_then_found(data: Path) -> None:
    owner = _owner(data)
    target = await owner.target()
    run = owner.running()
    assert run is not None
    assert (target.url, target.token) == ("ws://127.0.0.1:21690/", run.token)
    owner.reached()
    assert (await owner.target()).token == run.token
    assert owner.starts == 1
    _end(owner)


async def test_the_next_owner_attaches_to_it(data: Path) -> None:
    first, second = _owner(data), _owner(data)
    token = (await first.target()).token
    assert (await second.target()).token == token
    assert (first.starts, second.starts) == (1, 0)
    assert second.exit_status() is None
    _end(first)


async def test_a_process_that_dies_is_started_again(data: Path) -> None:
    owner = _owner(data)
    before = (await owner.target()).token
    owner.reached()
    _end(owner)
    assert owner.running() is None
    assert (await owner.target()).token != before
    assert owner.starts == 2
    _end(owner)


async def test_a_run_file_of_a_dead_pid_is_not_believed(data: Path) -> None:
    dead = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await dead.wait()
    runfile.write(data, "phone", RunFile(dead.pid, 21691, "old"))
    owner = _owner(data)
    assert (await owner.target()).token != "old"
    assert owner.starts == 1
    _end(owner)


async def test_a_run_file_with_bad_content_is_not_believed(data: Path) -> None:
    runfile.path_of(data, "phone").parent.mkdir()
    runfile.path_of(data, "phone").write_text('{"pid": -1, "port": 1, "token": "x"}')
    owner = _owner(data)
    await owner.target()
    assert owner.starts == 1
    _end(owner)


async def test_a_pid_that_now_belongs_to_another_program_is_believed_once(data: Path) -> None:
    runfile.write(data, "phone", RunFile(os.getpid(), 21691, "old"))
    owner = _owner(data)
    assert (await owner.target()).token == "old"
    assert (await owner.target()).token != "old"
    assert owner.starts == 1
    _end(owner)


async def test_a_living_process_that_was_only_busy_gets_another_chance(data: Path) -> None:
    first, second = _owner(data), _owner(data)
    token = (await first.target()).token
    assert (await second.target()).token == token
    with pytest.raises(ConnectionLostError, match=r"The phone could not start \(status 3\)"):
        await second.target()  # it was not reached: another is started, which gives way
    assert (await second.target()).token == token
    _end(first)


async def test_a_program_that_cannot_start_says_so_and_is_tried_again(data: Path) -> None:
    owner = _owner(data, "import sys; print('no sound'); sys.exit(7)")
    for _ in range(2):
        with pytest.raises(
            ConnectionLostError, match=r"^The phone could not start \(status 7\)\. It is tried"
        ):
            await owner.target()
    assert owner.starts == 2
    assert (data / "logs" / "phone.out").read_text() == "no sound\n" * 2


async def test_a_program_that_never_says_where_it_is_is_given_up_for_now(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_desktop.links.process.START_S", 0.2)
    owner = _owner(data, "import time; time.sleep(60)")
    for _ in range(2):
        with pytest.raises(ConnectionLostError, match="did not start in time"):
            await owner.target()
    assert owner.starts == 1  # it is still on its way
    _end(owner)


async def test_an_owner_that_stops_it_starts_no_other(data: Path) -> None:
    owner = _owner(data)
    await owner.target()
    owner.stopping = True
    assert owner._child is not None
    assert not await owner.ended(0.05)
    os.kill(owner._child.pid, signal.SIGTERM)
    assert await owner.ended(10)
    assert owner.exit_status() == 0
    with pytest.raises(ConnectionLostError, match=r"^The phone is stopped\.$"):
        await owner.target()


async def test_the_end_of_a_process_of_others_is_seen_too(data: Path) -> None:
    first, second = _owner(data), _owner(data)
    await first.target()
    await second.target()
    assert first._child is not None
    os.kill(first._child.pid, signal.SIGTERM)
    assert await second.ended(10)
    first._child.wait(10)


async def test_only_who_started_it_may_end_it(data: Path) -> None:
    first, second = _owner(data), _owner(data)
    await first.target()
    await second.target()
    second.terminate()
    assert first.exit_status() is None
    first.terminate()
    assert await first.ended(10)
    assert first.exit_status() == 0
    first.terminate()  # it has ended already


def test_it_outlives_its_owner(data: Path) -> None:
    owner = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from agent_desktop.links.process import OwnedProcess\n"
        f"program = (sys.executable, '-c', {PROGRAM!r})\n"
        "owner = OwnedProcess(Path(sys.argv[1]), 'phone', (sys.argv[1],), program=program)\n"
        "asyncio.run(owner.target())\n"
        "owner.let_go()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", owner, str(data)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    run = runfile.read(data, "phone")
    assert run is not None
    assert run.alive()
    assert os.getsid(run.pid) == run.pid  # its own session: the terminal's signals do not reach it
    assert asyncio.run(_owner(data).target()).token == run.token
