"""One hour offline by two agents on the same conversations: nothing lost, nothing doubled, conflicts shown.

1,000 drawn hours over the router's real rooms and the real client, on a line and disks that fail anywhere;
and the faults that the judge of `schedules.py` must catch, each planted.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent_desktop.client import acts
from agent_desktop.client.acts import Act
from agent_desktop.client.unsent import Unsent
from agent_desktop.domain.types import AgentId
from agent_desktop.server.desk import Desk
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from tests.client.schedules import Floors, played

SEEDS = 1000
PARTS = 4
CAUGHT_WITHIN = 120  # schedules


@pytest.mark.parametrize("part", range(PARTS))
async def test_an_hour_apart_loses_nothing_doubles_nothing_and_shows_every_conflict(
    part: int, tmp_path: Path
) -> None:
    floors = Floors(tmp_path)
    done = refused = 0
    for seed in range(part, SEEDS, PARTS):
        try:
            schedule = await played(floors, seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        done += len(schedule.done)
        refused += sum(len(computer.refused()) for computer in schedule.computers)
    await floors.close()
    assert done > SEEDS // PARTS  # the schedules do something,
    assert refused > SEEDS // PARTS // 20  # and two agents get into each other's way


async def caught(tmp_path: Path) -> str:
    """What the judge says about the first schedule that it refuses."""
    floors = Floors(tmp_path)
    try:
        for seed in range(CAUGHT_WITHIN):
            try:
                await played(floors, seed)
            except AssertionError as error:
                return str(error)
    finally:
        await floors.close()
    return ""


async def test_a_router_that_forgets_what_it_was_asked_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, count = Desk.handle, itertools.count(1)
    seen: set[str] = set()

    async def forgetful(self: Desk, agent: AgentId, request: str, command: Any) -> e.Reply:
        again = f"{request}#{next(count)}" if request in seen else request
        seen.add(request)
        return msgspec.structs.replace(await real(self, agent, again, command), request=request)

    monkeypatch.setattr(Desk, "handle", forgetful)
    assert "is done and still listed" in await caught(tmp_path)


async def test_acts_that_leave_in_another_order_are_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backwards(given: Iterable[Act], now: float) -> Iterator[Act]:
        del now
        yield from [act for act in reversed(list(given)) if act.state in {"saving", "waiting"}]

    monkeypatch.setattr(acts, "due", backwards)
    assert "the order is another one" in await caught(tmp_path)


async def test_a_refusal_that_is_dropped_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Unsent.answered

    def dropping(self: Unsent, reply: e.Reply, now: float) -> Act | None:
        ended = real(self, reply, now)
        self.acts.pop(reply.request, None)
        return ended

    monkeypatch.setattr(Unsent, "answered", dropping)
    assert "refus" in await caught(tmp_path)


async def test_an_act_that_is_shown_before_it_is_on_the_disk_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Unsent.add

    def hasty(self: Unsent, request: str, command: c.AnyCommand, about: tuple[str, ...], **given: Any) -> Act:
        act = real(self, request, command, about, **given)
        self.acts[request] = replace(act, state="waiting")
        return act

    monkeypatch.setattr(Unsent, "add", hasty)
    assert "was shown as waiting and is lost" in await caught(tmp_path)
