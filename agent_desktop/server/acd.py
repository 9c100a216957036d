"""The index that makes the routing decision cheap: heaps per requirement, lazily cleaned.

An arrival looks at the heap of free agents of its requirement; a free agent looks at the heaps of
waiting work that it serves.  Neither scans: entries that no longer hold are dropped when they come to
the top.  The rules are in `domain.routing`; this room only remembers.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agent_desktop.domain.agent import Agent, may_be_offered
from agent_desktop.domain.interaction import QUEUED, Interaction
from agent_desktop.domain.medium import Medium, room_for
from agent_desktop.domain.routing import Requirement, agent_rank, requirement, serves, work_rank
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId


@dataclass(slots=True)
class _Lane:
    """Everything about one requirement: who could be asked, and what waits."""

    wanted: Requirement
    agents: list[tuple[tuple[int, Instant, AgentId], int]] = field(default_factory=list)
    work: list[tuple[int, Instant, str]] = field(default_factory=list)


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
        self._waiting: dict[InteractionId, Interaction] = {}
        self._queue_heaps: dict[QueueId, list[tuple[Instant, InteractionId]]] = {}
        self._counts: dict[QueueId, int] = {}
        self._free: dict[QueueId, set[AgentId]] = {}

    # --- what changed -----------------------------------------------------------------------------

    def agent_changed(self, agent: Agent, load: Mapping[MediumId, int]) -> None:
        """An agent's state, skills or work in hand are these now."""
        known = self._agents.get(agent.id)
        self._agents[agent.id] = agent
        self._loads[agent.id] = load
        self._versions[agent.id] = version = self._versions.get(agent.id, 0) + 1
        if known is None or known.queues != agent.queues or known.skills != agent.skills:
            self._lanes_of[agent.id] = [
                lane for q in agent.queues for lane in self._by_queue.get(q, ()) if serves(agent, lane.wanted)
            ]
        free = may_be_offered(agent)
        for queue in agent.queues if known is None else agent.queues | known.queues:
            members = self._free.setdefault(queue, set())
            (members.add if free and queue in agent.queues else members.discard)(agent.id)
        if not free:
            return
        for lane in self._lanes_of[agent.id]:
            if room_for(self._media[lane.wanted.medium], load, agent.limits):
                heapq.heappush(lane.agents, (agent_rank(agent, lane.wanted), version))

    def work_changed(self, interaction: Interaction) -> None:
        """An interaction is as given now; only queued ones wait."""
        before = self._waiting.get(interaction.id)
        if interaction.state != QUEUED:
            if before is not None:
                del self._waiting[interaction.id]
                self._counts[before.queue] -= 1
            return
        self._waiting[interaction.id] = interaction
        if before is not None:
            if (work_rank(before), requirement(before)) == (work_rank(interaction), requirement(interaction)):
                return
            self._counts[before.queue] -= 1
        self._counts[interaction.queue] = self._counts.get(interaction.queue, 0) + 1
        heapq.heappush(self._lane(requirement(interaction)).work, work_rank(interaction))
        heapq.heappush(
            self._queue_heaps.setdefault(interaction.queue, []), (interaction.queued_at, interaction.id)
        )

    # --- who meets whom ---------------------------------------------------------------------------

    def match_work(self, interaction: Interaction) -> Match | None:
        """The agent for one waiting interaction, or None."""
        wanted = requirement(interaction)
        preferred = self._agents.get(interaction.preferred) if interaction.preferred else None
        if preferred and preferred.id not in interaction.refused_by and self._can(preferred, wanted):
            return Match(interaction.id, preferred.id, preferred=True)
        for agent in self._free_agents(self._lane(wanted)):
            if agent.id not in interaction.refused_by:
                return Match(interaction.id, agent.id)
        return None

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
        return self._counts.get(queue, 0)

    def ready(self, queue: QueueId) -> int:
        """How many agents of a queue may be offered work."""
        return len(self._free.get(queue, ()))

    def oldest(self, queue: QueueId) -> Instant:
        """Since when the oldest waits; 0 when nothing does."""
        heap = self._queue_heaps.get(queue, [])
        while heap:
            at, key = heap[0]
            held = self._waiting.get(key)
            if held is not None and held.queue == queue and held.queued_at == at:
                return at
            heapq.heappop(heap)
        return Instant(0.0)

    def free(self, wanted: Requirement) -> int:
        """How many agents could be asked for this requirement now (at most 100 are counted)."""
        lane = self._lane(wanted)
        return sum(1 for _ in zip(range(100), self._free_agents(lane), strict=False))

    def work_in(self, queue: QueueId) -> Iterator[Interaction]:
        """What waits in a queue, in no order."""
        return (i for i in self._waiting.values() if i.queue == queue)

    # --- inside -----------------------------------------------------------------------------------

    def _lane(self, wanted: Requirement) -> _Lane:
        lane = self._lanes.get(wanted)
        if lane is None:
            lane = self._lanes[wanted] = _Lane(wanted)
            self._by_queue.setdefault(wanted.queue, []).append(lane)
            for agent in self._agents.values():  # once per distinct requirement
                if serves(agent, wanted):
                    self._lanes_of[agent.id].append(lane)
                    if self._can(agent, wanted):
                        heapq.heappush(lane.agents, (agent_rank(agent, wanted), self._versions[agent.id]))
        return lane

    def _can(self, agent: Agent, wanted: Requirement) -> bool:
        return (
            may_be_offered(agent)
            and serves(agent, wanted)
            and room_for(self._media[wanted.medium], self._loads[agent.id], agent.limits)
        )

    def _free_agents(self, lane: _Lane) -> Iterator[Agent]:
        """Free agents of a lane in rank order; stale entries on top are dropped for good."""
        heap = lane.agents
        taken: list[tuple[tuple[int, Instant, AgentId], int]] = []
        try:
            while heap:
                rank, version = heap[0]
                agent = self._agents[rank[2]]
                if version != self._versions[agent.id] or not self._can(agent, lane.wanted):
                    heapq.heappop(heap)
                    continue
                taken.append(heapq.heappop(heap))
                yield agent
        finally:
            for entry in taken:
                heapq.heappush(heap, entry)

    def _first_work(self, lane: _Lane, agent: AgentId) -> Interaction | None:
        """The first waiting work of a lane that this agent has not refused."""
        heap = lane.work
        passed: list[tuple[int, Instant, str]] = []
        found: Interaction | None = None
        while heap and found is None:
            rank = heap[0]
            work = self._waiting.get(InteractionId(rank[2]))
            if work is None or work_rank(work) != rank or requirement(work) != lane.wanted:
                heapq.heappop(heap)
            elif agent in work.refused_by:
                passed.append(heapq.heappop(heap))
            else:
                found = work
        for rank in passed:
            heapq.heappush(heap, rank)
        return found
