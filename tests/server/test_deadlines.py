"""Deadlines of the router: each has its time, whatever happens to another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.types import Instant
from agent_desktop.server.hub import Step
from tests.server.floor import Floor


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


async def test_a_defect_in_one_deadline_leaves_the_others_their_time(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    carried: list[str] = []

    def fail(_step: Step) -> None:
        raise KeyError("a defect")

    now = floor.clock.at
    floor.hub.at(Instant(now + 1), fail)
    floor.hub.at(Instant(now + 1), lambda _step: carried.append("same time"))
    floor.hub.at(Instant(now + 5), lambda _step: carried.append("later"))
    await floor.wait(1)
    await floor.wait(4)
    assert carried == ["same time", "later"]
    assert "a deadline failed" in caplog.text
