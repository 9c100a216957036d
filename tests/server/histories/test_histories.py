"""Ten thousand histories: whatever people, phones, clocks and computers do, every invariant holds (U-12).

Each history has its own centre and some forty acts, all of them made from its number.  After every act the
invariants of `domain.invariants` are looked at without any grace, and memory is held against the record; at
the end a router that starts anew must find the same, and the log must lead to it.  One that fails is cut down
and printed as a script.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.server.storage.store import open_store
from tests.server.histories.acts import EVERY
from tests.server.histories.centres import Dice
from tests.server.histories.playing import LEAST, NAMES, first_failure, plan, play
from tests.server.histories.rooms import Rooms
from tests.server.histories.scene import Scene

HISTORIES, CHUNK = 10_000, 200


@pytest.mark.parametrize("first", range(0, HISTORIES, CHUNK))
async def test_no_history_breaks_an_invariant(first: int, tmp_path: Path) -> None:
    failure = await first_failure(range(first, first + CHUNK), tmp_path)
    assert failure is None, f"history {failure[0]}:\n{failure[1].told()}"


async def test_a_history_is_long_and_the_same_each_time(tmp_path: Path) -> None:
    acts = []
    for seed in range(40):
        once, again = await play(plan(seed), tmp_path), await play(plan(seed), tmp_path)
        assert once.script == again.script
        assert len(plan(seed).acts) >= LEAST
        acts.append(len(once.script))
    assert sum(acts) / len(acts) >= 20, "acts that found something to do"


async def test_every_act_is_played(tmp_path: Path) -> None:
    done = dict.fromkeys(NAMES, 0)
    for seed in range(150):
        scene = Scene(Rooms(tmp_path / "record.db", plan(seed).centre))
        await scene.rooms.start()
        for name, number in plan(seed).acts:
            done[name] += bool(await EVERY[name][0](scene, Dice(number)))
            scene.note_offers()
        await scene.rooms.end()
    assert [name for name, times in done.items() if not times] == []


@pytest.mark.parametrize("seed", range(12))
async def test_the_real_record_tells_the_same_story(seed: int, tmp_path: Path) -> None:
    what = plan(seed)
    what = type(what)(what.centre, tuple(act for act in what.acts if act[0] != "the_disk_is_full"))
    in_memory = await play(what, tmp_path)
    on_disk = await play(what, tmp_path, lambda: open_store(tmp_path / "record.db"))
    assert on_disk.wrong == []
    assert not on_disk.error
    assert on_disk.script == in_memory.script
