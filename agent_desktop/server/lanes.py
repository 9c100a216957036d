"""The lanes of the index: who could be asked and what waits for one requirement, in heaps.

Entries that no longer hold stay in their heap until they come to its top, or until they outnumber the others.
`server.acd` says what changed; here is how it lies.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agent_desktop.domain.agent import Agent
from agent_desktop.domain.explaining import MOST
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import Medium
from agent_desktop.domain.routing import AgentRank, Requirement, WorkRank, agent_rank
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId

SLACK: Final = 64  # dead entries that a heap may always hold; beyond them, never more dead than live


@dataclass(slots=True)
class Lane:
    """Everything about one requirement: who could be asked, and what waits."""

    wanted: Requirement
    medium: Medium
    select: str
    agents: list[tuple[AgentRank, int]] = field(default_factory=list)
    free: dict[AgentId, int] = field(default_factory=dict)  # with the version of the entry that counts
    work: list[WorkRank] = field(default_factory=list)
    waiting: int = 0


Held = tuple[Interaction, Lane, WorkRank]  # what waits, where, and the one entry of its lane that counts


@dataclass(slots=True)
class Line:
    """What waits in one queue, whatever it asks for."""

    by_age: list[tuple[Instant, InteractionId]] = field(default_factory=list)
    waiting: dict[InteractionId, Interaction] = field(default_factory=dict)


@dataclass(slots=True)
class Seat:
    """One agent as it is now."""

    agent: Agent
    load: Mapping[MediumId, int]
    version: int = 0
    lanes: list[Lane] = field(default_factory=list)
    room: dict[MediumId, bool] = field(default_factory=dict)  # for one more of a medium, once asked
    open: bool = False  # may be asked for something
    joined: bool = False  # stands in lanes


def join(lane: Lane, seat: Seat) -> None:
    """Put a free agent into a lane; its earlier entry there does not count any more."""
    free = lane.free
    free[seat.agent.id] = seat.version
    seat.joined = True
    heapq.heappush(lane.agents, (agent_rank(seat.agent, lane.wanted, lane.select), seat.version))
    if len(lane.agents) > 2 * len(free) + SLACK:
        clean(lane.agents, lambda entry: free.get(entry[0][2]) == entry[1])


def first_agents(lane: Lane, but: tuple[AgentId, ...]) -> list[AgentId]:
    """The first free agents of a lane in rank order, but some.

    Nothing moves but dead entries on top: the entries of a heap come in order when each brings the two behind
    it.  Where too many dead ones lie among them, they are taken out.
    """
    heap, free = lane.agents, lane.free
    while heap and free.get(heap[0][0][2]) != heap[0][1]:
        heapq.heappop(heap)
    found: list[AgentId] = []
    size, dead = len(heap), 0
    coming = [(heap[0], 0)] if heap else []
    while coming and len(found) < MOST:
        entry, at = heapq.heappop(coming)
        key = entry[0][2]
        if free.get(key) != entry[1]:
            dead += 1
            if dead > SLACK:
                return _sifted(lane, but)
        elif key not in but:
            found.append(key)
        at += at + 1
        if at < size:
            heapq.heappush(coming, (heap[at], at))
            if at + 1 < size:
                heapq.heappush(coming, (heap[at + 1], at + 1))
    return found


def _sifted(lane: Lane, but: tuple[AgentId, ...]) -> list[AgentId]:
    """The same, taking out every dead entry on the way: each is met once."""
    heap, free = lane.agents, lane.free
    passed: list[tuple[AgentRank, int]] = []
    found: list[AgentId] = []
    while heap and len(found) < MOST:
        entry = heapq.heappop(heap)
        key = entry[0][2]
        if free.get(key) == entry[1]:
            passed.append(entry)
            if key not in but:
                found.append(key)
    for entry in passed:
        heapq.heappush(heap, entry)
    return found


def clean(heap: list[Any], counts: Callable[[Any], bool]) -> None:
    """Drop dead entries, when they outnumber the live ones: a heap does not grow with what is over."""
    heap[:] = dict.fromkeys(entry for entry in heap if counts(entry))
    heapq.heapify(heap)
