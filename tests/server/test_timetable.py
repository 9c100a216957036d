"""One deadline for each thing, taken back as easily as set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.types import Instant
from agent_desktop.server.timetable import SLACK, Timetable
from tests.server.floor import Floor


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


def ringing(floor: Floor) -> tuple[Timetable[str], list[str]]:
    rung: list[str] = []
    return Timetable(floor.hub, lambda _step, key: rung.append(key)), rung


async def test_each_rings_at_its_time_and_once(floor: Floor) -> None:
    times, rung = ringing(floor)
    now = floor.clock.at
    times.set("late", Instant(now + 20))
    times.set("soon", Instant(now + 10))
    times.set("never", Instant(now + 5))
    times.set("never", None)
    await floor.wait(10)
    assert rung == ["soon"]
    await floor.wait(10)
    assert (rung, len(times)) == (["soon", "late"], 0)


async def test_a_deadline_that_is_set_anew_rings_at_the_new_time_alone(floor: Floor) -> None:
    times, rung = ringing(floor)
    now = floor.clock.at
    times.set("a", Instant(now + 5))
    times.set("a", Instant(now + 30))
    await floor.wait(10)
    assert rung == []
    await floor.wait(20)
    assert rung == ["a"]


async def test_one_that_fails_does_not_keep_the_others(floor: Floor) -> None:
    rung: list[str] = []

    def ring(_step: object, key: str) -> None:
        rung.append(key)
        if key == "a":
            floor.hub.tables.agents["nobody"]  # type: ignore[index]  # a defect on purpose

    times: Timetable[str] = Timetable(floor.hub, ring)
    times.set("a", Instant(floor.clock.at + 1))
    times.set("b", Instant(floor.clock.at + 1))
    floor.clock.at += 1
    floor.hub.tick()
    floor.hub.tick()
    assert rung == ["a", "b"]


async def test_what_is_over_is_forgotten(floor: Floor) -> None:
    times, rung = ringing(floor)
    for n in range(1000):
        times.set(f"k{n}", Instant(floor.clock.at + 1000 + n))
        times.set(f"k{n}", None)
    assert len(times._heap) <= SLACK + 1
    times.set("kept", Instant(floor.clock.at + 1))
    times.clear()
    await floor.wait(10_000)
    assert rung == []
