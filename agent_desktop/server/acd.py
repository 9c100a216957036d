"""The index that makes the routing decision cheap: heaps per requirement, lazily cleaned.

An arrival looks at the heap of free agents of its requirement; a free agent looks at the heaps of
waiting work that it serves.  Neither scans: entries that no longer hold are dropped when they come to
the top.  The rules are in `domain.routing`; this room only remembers.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_desktop.domain.agent import Agent, may_be_offered
from agent_desktop.domain.interaction import QUEUED, Interaction
from agent_desktop.domain.medium import Medium, room_for
from agent_desktop.domain.routing import Requirement, agent_rank, requirement, serves, work_rank
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId

SLACK = 64  # dead entries that a heap may always hold; beyond them, never more dead than live


@dataclass(slots=True)
class _Lane:
    """Everything about one requirement: who could be asked, and what waits."""

    wanted: Requirement
    agents: list[tuple[tuple[int, Instant, AgentId], int]] = field(default_factory=list)
    free: dict[AgentId, int] = field(default_factory=dict)  # with the version of the entry that counts
    work: list[tuple[int, Instant, str]] = field(default_factory=list)
    waiting: int = 0


@dataclass(slots=True)
class _Line:
    """What waits in one queue, whatever it asks for."""

    by_age: list[tuple[Instant, InteractionId]] = field(default_factory=list)
    waiting: dict[InteractionId, Interaction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """One pair: this interaction to this agent."""

    interaction: InteractionId
    agent: AgentId
    preferred: bool = False


class Index:
    """Waiting work and free agents.  The caller says what changed; `match_*` says who meets whom."""

    def __init__(self, media: Mapping[MediumId, Medium]) -> None:
        self._media = media
        self._lanes: dict[Requirement, _Lane] = {}
        self._by_queue: dict[QueueId, list[_Lane]] = {}
        self._agents: dict[AgentId, Agent] = {}
        self._loads: dict[AgentId, Mapping[MediumId, int]] = {}
        self._versions: dict[AgentId, int] = {}
        self._lanes_of: dict[AgentId, list[_Lane]] = {}
        self._kept_for: dict[AgentId, list[_Lane]] = {}
        self._waiting: dict[InteractionId, tuple[Interaction, _Lane]] = {}
        self._lines: dict[QueueId, _Line] = {}
        self._ready: dict[QueueId, set[AgentId]] = {}

    # --- what changed -----------------------------------------------------------------------------

    def agent_changed(self, agent: Agent, load: Mapping[MediumId, int]) -> None:
        """An agent's state, skills or work in hand are these now."""
        known = self._agents.get(agent.id)
        if known is agent and self._loads[agent.id] == load:
            return
        self._agents[agent.id] = agent
        self._loads[agent.id] = load
        self._versions[agent.id] = version = self._versions.get(agent.id, 0) + 1
        if known is None or known.queues != agent.queues or known.skills != agent.skills:
            for lane in self._lanes_of.get(agent.id, ()):
                lane.free.pop(agent.id, None)
            self._lanes_of[agent.id] = [
                lane for q in agent.queues for lane in self._by_queue.get(q, ()) if serves(agent, lane.wanted)
            ]
            self._lanes_of[agent.id] += self._kept_for.get(agent.id, ())
        ready = may_be_offered(agent)
        for queue in agent.queues if known is None else agent.queues | known.queues:
            members = self._ready.setdefault(queue, set())
            (members.add if ready and queue in agent.queues else members.discard)(agent.id)
        for lane in self._lanes_of[agent.id]:
            if ready and room_for(self._media[lane.wanted.medium], load, agent.limits):
                self._join(lane, agent, version)
            else:
                lane.free.pop(agent.id, None)

    def work_changed(self, interaction: Interaction) -> None:
        """An interaction is as given now; only queued ones wait."""
        key = interaction.id
        held = self._waiting.get(key)
        if interaction.state != QUEUED:
            if held is not None:
                del self._waiting[key]
                self._leave(*held)
            return
        wanted, rank = requirement(interaction), work_rank(interaction)
        if held is not None:
            before, lane = held
            if lane.wanted == wanted and work_rank(before) == rank:
                self._waiting[key] = (interaction, lane)
                self._lines[interaction.queue].waiting[key] = interaction
                return
            self._leave(before, lane)
        lane = self._lane(wanted)
        self._waiting[key] = (interaction, lane)
        lane.waiting += 1
        heapq.heappush(lane.work, rank)
        line = self._lines.setdefault(interaction.queue, _Line())
        line.waiting[key] = interaction
        heapq.heappush(line.by_age, (interaction.queued_at, key))

    # --- who meets whom ---------------------------------------------------------------------------

    def match_work(self, interaction: Interaction) -> Match | None:
        """The agent for one waiting interaction, or None."""
        wanted = requirement(interaction)
        preferred = self._agents.get(interaction.preferred) if interaction.preferred else None
        if preferred and preferred.id not in interaction.refused_by and self._can(preferred, wanted):
            return Match(interaction.id, preferred.id, preferred=True)
        found = self._first_agent(self._lane(wanted), interaction.refused_by)
        return Match(interaction.id, found) if found else None

    def match_agent(self, agent_id: AgentId) -> Match | None:
        """The best waiting interaction for one agent, or None: priority, then age, over all its queues."""
        agent = self._agents.get(agent_id)
        if agent is None or not may_be_offered(agent):
            return None
        best: Interaction | None = None
        for lane in self._lanes_of[agent_id]:
            if not room_for(self._media[lane.wanted.medium], self._loads[agent_id], agent.limits):
                continue
            work = self._first_work(lane, agent_id)
            if work is not None and (best is None or work_rank(work) < work_rank(best)):
                best = work
        if best is None:
            return None
        return Match(best.id, agent_id, preferred=best.preferred == agent_id)

    # --- figures ----------------------------------------------------------------------------------

    def waiting(self, queue: QueueId) -> int:
        """How many wait in a queue."""
        line = self._lines.get(queue)
        return len(line.waiting) if line else 0

    def ready(self, queue: QueueId) -> int:
        """How many agents of a queue may be offered work."""
        return len(self._ready.get(queue, ()))

    def oldest(self, queue: QueueId) -> Instant:
        """Since when the oldest waits; 0 when nothing does."""
        line = self._lines.get(queue)
        while line and line.by_age:
            at, key = line.by_age[0]
            held = line.waiting.get(key)
            if held is not None and held.queued_at == at:
                return at
            heapq.heappop(line.by_age)
        return Instant(0.0)

    def free(self, wanted: Requirement) -> int:
        """How many agents could be asked for this requirement now."""
        return len(self._lane(wanted).free)

    def waits(self, key: InteractionId) -> bool:
        """Whether an interaction waits in its lane and in its queue's line."""
        held = self._waiting.get(key)
        return held is not None and key in self._lines[held[0].queue].waiting

    def work_in(self, queue: QueueId) -> Iterator[Interaction]:
        """What waits in a queue, in no order."""
        line = self._lines.get(queue)
        return iter(tuple(line.waiting.values()) if line else ())

    # --- inside -----------------------------------------------------------------------------------

    def _lane(self, wanted: Requirement) -> _Lane:
        lane = self._lanes.get(wanted)
        if lane is None:
            lane = self._lanes[wanted] = _Lane(wanted)
            shelf = self._kept_for.setdefault(wanted.only, []) if wanted.only else None
            (self._by_queue.setdefault(wanted.queue, []) if shelf is None else shelf).append(lane)
            known = (wanted.only,) if wanted.only in self._agents else ()
            for agent in [self._agents[k] for k in known] if wanted.only else self._agents.values():
                # once per distinct requirement
                if serves(agent, wanted):
                    self._lanes_of[agent.id].append(lane)
                    if self._can(agent, wanted):
                        self._join(lane, agent, self._versions[agent.id])
        return lane

    def _can(self, agent: Agent, wanted: Requirement) -> bool:
        return (
            may_be_offered(agent)
            and serves(agent, wanted)
            and room_for(self._media[wanted.medium], self._loads[agent.id], agent.limits)
        )

    def _join(self, lane: _Lane, agent: Agent, version: int) -> None:
        """Put a free agent into a lane; its earlier entry there does not count any more."""
        lane.free[agent.id] = version
        heapq.heappush(lane.agents, (agent_rank(agent, lane.wanted), version))
        _clean(lane.agents, len(lane.free), lambda entry: lane.free.get(entry[0][2]) == entry[1])

    def _leave(self, before: Interaction, lane: _Lane) -> None:
        """Take work out of its lane and its line; the entries in their heaps do not count any more."""
        lane.waiting -= 1
        _clean(lane.work, lane.waiting, lambda rank: self._in_lane(lane, rank) is not None)
        line = self._lines[before.queue]
        del line.waiting[before.id]
        _clean(line.by_age, len(line.waiting), lambda entry: entry[1] in line.waiting)

    def _first_agent(self, lane: _Lane, but: tuple[AgentId, ...]) -> AgentId | None:
        """The first free agent of a lane in rank order, but some; dead entries on top are dropped."""
        heap = lane.agents
        passed = []
        found: AgentId | None = None
        while heap and found is None:
            rank, version = heap[0]
            if lane.free.get(rank[2]) != version:
                heapq.heappop(heap)
            elif rank[2] in but:
                passed.append(heapq.heappop(heap))
            else:
                found = rank[2]
        for entry in passed:
            heapq.heappush(heap, entry)
        return found

    def _in_lane(self, lane: _Lane, rank: tuple[int, Instant, str]) -> Interaction | None:
        """The waiting work of an entry, if the entry counts."""
        held = self._waiting.get(InteractionId(rank[2]))
        return held[0] if held is not None and held[1] is lane and work_rank(held[0]) == rank else None

    def _first_work(self, lane: _Lane, agent: AgentId) -> Interaction | None:
        """The first waiting work of a lane that this agent has not refused."""
        heap = lane.work
        passed: list[tuple[int, Instant, str]] = []
        found: Interaction | None = None
        while heap and found is None:
            work = self._in_lane(lane, heap[0])
            if work is None:
                heapq.heappop(heap)
            elif agent in work.refused_by:
                passed.append(heapq.heappop(heap))
            else:
                found = work
        for rank in passed:
            heapq.heappush(heap, rank)
        return found


def _clean(heap: list[Any], live: int, counts: Callable[[Any], bool]) -> None:
    """Drop dead entries when they outnumber the live ones: a heap does not grow with what is over."""
    if len(heap) > 2 * live + SLACK:
        heap[:] = [entry for entry in dict.fromkeys(heap) if counts(entry)]
        heapq.heapify(heap)
