"""Deciding without doors: offers per second of CPU, with and without the record, and how cost grows.

*Decided* is the index and the domain's step alone: an agent becomes free, meets the best of what waits, and
the offer's event is applied.  *Durable* is the same through the router's own rooms with the real record: the
agent's and the offer's events are in the log, both new values in their tables, and the transaction was
flushed (`synchronous=FULL`) before it counts.  Commits run in groups, as they do in the router.

CPU is that of the whole process, the thread that writes included: what a neighbour on the computer takes
is not in it.
"""

from __future__ import annotations

import asyncio
import gc
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_desktop.bench import _crowd as crowd
from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import lifecycle
from agent_desktop.domain.medium import EMAIL, MEDIA
from agent_desktop.domain.routing import requirement, serves, work_rank
from agent_desktop.domain.types import AgentId, Instant, OfferId
from agent_desktop.ports.storage import Changes
from agent_desktop.server.acd import Index, Match
from agent_desktop.server.beside import settled
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.storage.store import open_store
from agent_desktop.server.work import Work

TURN: Final = 20  # agents that become free in one turn of the router's loop
SCANNED: Final = 20
NOBODY: Final = {EMAIL: 0}
ONE: Final = {EMAIL: 1}


def decided(size: int, waiting: int) -> float:
    """Offers per second of CPU by the index and the domain's step: every agent becomes free once."""
    index = Index(MEDIA)
    held = {work.id: work for work in map(crowd.work, range(waiting))}
    for work in held.values():
        index.work_changed(work)
    people = [crowd.agent(number) for number in range(size)]
    for agent in people:
        index.agent_changed(agent, ONE)
    began, offers = time.process_time(), 0
    for number, agent in enumerate(people):
        index.agent_changed(agent, NOBODY)
        match = index.match_agent(agent.id)
        if match is not None:
            index.work_changed(lifecycle.step(held[match.interaction], _offered(match, number)))
            index.agent_changed(agent, ONE)
            offers += 1
    return _rate(offers, time.process_time() - began)


def scanned(size: int, waiting: int) -> float:
    """The same by looking at everything that waits, for a few agents."""
    held = [crowd.work(number) for number in range(waiting)]
    began = time.process_time()
    for number in range(min(SCANNED, size)):
        agent = crowd.agent(number)
        fit = (work for work in held if serves(agent, requirement(work)))
        best = min(fit, key=work_rank)
        lifecycle.step(best, _offered(Match(best.id, agent.id), number))
    return _rate(min(SCANNED, size), time.process_time() - began)


def _offered(match: Match, number: int) -> interactions.Offered:
    offer = interactions.Offer(
        id=OfferId(f"o{number}"),
        agent=match.agent,
        offered_at=crowd.BEGIN,
        expires_at=Instant(crowd.BEGIN + 60),
    )
    return interactions.Offered(interaction=match.interaction, at=crowd.BEGIN, offer=offer)


def _rate(count: int, cpu_s: float) -> float:
    return count / cpu_s if cpu_s > 0 else math.nan


class Rooms:
    """The router's rooms that decide, on a real record in a folder."""

    def __init__(self, folder: Path, size: int) -> None:
        self.clock = crowd.BenchClock()
        self.store = open_store(folder / "record.db")
        self.hub = Hub(self.store, crowd.centre(size), self.clock, crowd.CountingIds())
        self.work = Work(self.hub)

    async def fill(self, size: int, waiting: int, state: str) -> None:
        """Write agents and waiting work into the record and start from it."""
        people = [crowd.agent(number, state) for number in range(size)]
        await self.store.commit(Changes(agents={agent.id: agent for agent in people}))
        for first in range(0, waiting, 10_000):
            some = map(crowd.work, range(first, min(waiting, first + 10_000)))
            await self.store.commit(Changes(interactions={work.id: work for work in some}))
        self.hub.load_record()
        self.hub.start()

    async def close(self) -> None:
        """Finish."""
        await self.hub.stop()
        await self.store.close()


@dataclass(frozen=True, slots=True)
class Durable:
    """What a run through the record gave."""

    per_cpu_s: float
    per_s: float
    longest_turn_ms: float  # CPU of the loop's own thread


async def durable(size: int, waiting: int) -> Durable:
    """Durable offers: every agent says "ready" once, so many in each turn of the loop."""
    with tempfile.TemporaryDirectory() as folder:
        rooms = Rooms(Path(folder), size)
        await rooms.fill(size, waiting, agents.NOT_READY)
        usual = gc.get_threshold()
        settled()  # as the router's own process does when it has started
        held = rooms.hub.tables.interactions
        futures: list[asyncio.Future[None]] = []
        cpu, began, longest = time.process_time(), time.perf_counter(), 0.0
        for first in range(0, size, TURN):
            turn = time.thread_time()
            keys = [crowd.entry(number).id for number in range(first, min(size, first + TURN))]
            futures += [rooms.hub.run(_Ready(key)) for key in keys]
            longest = max(longest, time.thread_time() - turn)
            await asyncio.sleep(0)
        await asyncio.gather(*futures)
        cpu, took = time.process_time() - cpu, time.perf_counter() - began
        offers = sum(work.state == interactions.OFFERED for work in held.values())
        await rooms.close()
        gc.unfreeze()
        gc.set_threshold(*usual)
    return Durable(_rate(offers, cpu), offers / took, longest * 1000)


class _Ready:
    def __init__(self, key: AgentId) -> None:
        self._key = key

    def __call__(self, step: Step) -> None:
        step.agent(agents.WentReady(agent=self._key, at=step.now))
