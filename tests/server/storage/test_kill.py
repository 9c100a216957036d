"""kill -9 at a random instant: what was acknowledged is there; what was not may be, but whole.

This proves the order (acknowledge after the commit), not that the disk keeps what it flushed.  The same
test with a seeded bug, acknowledging before the commit, must fail.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent_desktop.server.storage.store import open_store

ROUNDS = 12
CHILD = """
import asyncio, os, sys
from pathlib import Path
from agent_desktop.domain.interaction import Arrived, Interaction
from agent_desktop.ports.storage import Changes
from agent_desktop.server.storage.store import open_store

async def main(path, mark, too_early):
    store = open_store(Path(path))

    async def one(n):
        key = f"{mark}-{n}"
        value = Interaction(id=key, medium="email", arrived_at=1.0)
        changes = Changes(events=[Arrived(interaction=key, at=1.0, value=value)], interactions={key: value})
        if too_early:
            os.write(1, f"{key}\\n".encode())
        await store.commit(changes)
        if not too_early:
            os.write(1, f"{key}\\n".encode())

    numbers = iter(range(10**9))

    async def work():
        for n in numbers:
            await one(n)

    await asyncio.gather(*(work() for _ in range(20)))

asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] == "bug"))
"""


def killed(path: Path, mark: str, kind: str, wait_s: float) -> set[str]:
    """Run the child, kill it after its first line and a while; the ids that it acknowledged."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, path, mark, kind], stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child, child.stdout as out:
        said = out.readline()
        time.sleep(wait_s)
        os.kill(child.pid, signal.SIGKILL)
        said += out.read()
    return set(said.decode().split("\n")[:-1])


async def lost(path: Path, acknowledged: set[str]) -> set[str]:
    store = open_store(path)
    try:
        kept = set(store.load().interactions)
        logged = {event.interaction for _, event in store.events(limit=10**9)}  # type: ignore[union-attr]  # all are arrivals
        assert kept == logged, "a commit was written in half"
        return acknowledged - kept
    finally:
        await store.close()


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    chance = random.Random(7)
    path, acknowledged = tmp_path / "record.db", set()
    for n in range(ROUNDS):
        acknowledged |= killed(path, f"r{n}", "right", chance.uniform(0.0, 0.15))
        assert asyncio.run(lost(path, acknowledged)) == set()
    assert len(acknowledged) > ROUNDS * 20


@pytest.mark.timeout(300)
def test_the_test_catches_an_acknowledgement_before_the_commit(tmp_path: Path) -> None:
    chance = random.Random(7)
    for n in range(ROUNDS):
        path = tmp_path / f"record{n}.db"
        if asyncio.run(lost(path, killed(path, "b", "bug", chance.uniform(0.0, 0.15)))):
            return
    raise AssertionError("the seeded bug survived: this test has no teeth")
