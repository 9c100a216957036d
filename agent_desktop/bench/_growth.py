"""What arrival, accept and "agent free" cost in the router's rooms as the centre grows: n, 10 n, 100 n.

CPU of the loop's own thread for each act, its match and its consequences included, the record's thread not;
the median of many, so that one collection of garbage or one neighbour does not decide.
"""

from __future__ import annotations

import asyncio
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from agent_desktop.bench import _crowd as crowd
from agent_desktop.bench._decisions import Rooms
from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import NOT_READY, READY
from agent_desktop.domain.types import AgentId
from agent_desktop.server.hub import Step

WARM: Final = 50  # first acts that are not counted: tables and heaps are still cold
REQUIREMENTS: Final = 400  # so many pieces of work ask for everything that any asks for
ACTS: Final = ("agent free", "accept", "arrival that waits", "arrival to a free agent")

Change = Callable[[Step], None]


async def costs(size: int, waiting: int, times: int) -> dict[str, float]:
    """Microseconds of CPU for one of each of `ACTS` with so many agents and so much waiting work."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        rooms = Rooms(Path(folder), size)
        await rooms.fill(size, waiting, NOT_READY)
        some = [crowd.entry(number).id for number in range(min(size, times + WARM))]
        found[ACTS[0]] = await _each(rooms, (_ready(key) for key in some))
        held = [work for work in rooms.hub.tables.interactions.values() if work.offer is not None]
        found[ACTS[1]] = await _each(rooms, [_accept(rooms, work) for work in held])
        numbers = range(waiting, waiting + times + WARM)
        found[ACTS[2]] = await _each(rooms, (_arrive(rooms, number) for number in numbers))
        await rooms.close()
    with tempfile.TemporaryDirectory() as folder:
        rooms = Rooms(Path(folder), size)
        await rooms.fill(size, 0, READY)
        for number in range(REQUIREMENTS):  # each distinct requirement is met for the first time once
            rooms.hub.index.match_work(crowd.work(number))
        numbers = range(min(size // 3, times + WARM))  # most agents stay free
        found[ACTS[3]] = await _each(rooms, (_arrive(rooms, number) for number in numbers))
        await rooms.close()
    return found


async def _each(rooms: Rooms, changes: Iterable[Change]) -> float:
    taken, kept = [], []
    for change in changes:
        began = time.thread_time()
        kept.append(rooms.hub.run(change))
        taken.append(time.thread_time() - began)
        if len(kept) % 10 == 0:
            await asyncio.gather(*kept)
            kept.clear()
    await asyncio.gather(*kept)
    return statistics.median(taken[min(WARM, len(taken) // 2) :]) * 1e6


def _ready(key: AgentId) -> Change:
    def change(step: Step) -> None:
        step.agent(agents.WentReady(agent=key, at=step.now))

    return change


def _accept(rooms: Rooms, work: interactions.Interaction) -> Change:
    def change(step: Step) -> None:
        if work.offer is not None:
            rooms.work.offering.accept(step, work.offer.agent, work.offer.id)

    return change


def _arrive(rooms: Rooms, number: int) -> Change:
    made = crowd.arriving(number)

    def change(step: Step) -> None:
        step.interaction(interactions.Arrived(interaction=made.id, at=step.now, value=made))
        rooms.work.waiting.queue(step, made.id, crowd.queue(number), crowd.wanted(number))

    return change


def slope(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The slope of a straight line through the logarithms: 0 is flat, 1 grows with the size."""
    x, y = [math.log10(size) for size in sizes], [math.log10(max(value, 1e-9)) for value in values]
    return statistics.linear_regression(x, y).slope if len(x) > 1 else math.nan


def slopes(found: Mapping[int, Mapping[str, float]]) -> dict[str, float]:
    """The slope of each act over the sizes."""
    sizes = sorted(found)
    return {act: slope(sizes, [found[size][act] for size in sizes]) for act in ACTS}
