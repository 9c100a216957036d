"""The index that makes the routing decision cheap: heaps per requirement, lazily cleaned.

An arrival looks at the heap of free agents of its requirement; a free agent looks at the heaps of
waiting work that it serves.  Neither scans: entries that no longer hold are dropped when they come to
the top.  An agent who takes work as soon as the hands are empty never enters a heap: changes of agents are
noted, and carried into the lanes only when work looks for an agent.  A new requirement looks at each agent
of its queue once.  The rules are in `domain.routing`; this room only remembers.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_desktop.domain.agent import Agent, may_be_offered
from agent_desktop.domain.centre import Queue
from agent_desktop.domain.decision import AGENT, WORK
from agent_desktop.domain.explaining import MOST, rank_for
from agent_desktop.domain.interaction import QUEUED, Interaction
from agent_desktop.domain.medium import Medium, room_for
from agent_desktop.domain.routing import (
    PROFICIENCY,
    AgentRank,
    Requirement,
    WorkRank,
    agent_rank,
    available,
    open_to_work,
    requirement,
    serves,
    work_rank,
)
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId

SLACK = 64  # dead entries that a heap may always hold; beyond them, never more dead than live
NOTED_MOST = 16  # changes of agents that may be noted; beyond them all are carried into the lanes


@dataclass(slots=True)
class _Lane:
    """Everything about one requirement: who could be asked, and what waits."""

    wanted: Requirement
    medium: Medium
    select: str
    agents: list[tuple[AgentRank, int]] = field(default_factory=list)
    free: dict[AgentId, int] = field(default_factory=dict)  # with the version of the entry that counts
    work: list[WorkRank] = field(default_factory=list)
    waiting: int = 0


@dataclass(slots=True)
class _Line:
    """What waits in one queue, whatever it asks for."""

    by_age: list[tuple[Instant, InteractionId]] = field(default_factory=list)
    waiting: dict[InteractionId, Interaction] = field(default_factory=dict)


@dataclass(slots=True)
class _Seat:
    """One agent as it is now."""

    agent: Agent
    load: Mapping[MediumId, int]
    version: int = 0
    lanes: list[_Lane] = field(default_factory=list)
    room: dict[MediumId, bool] = field(default_factory=dict)  # for one more of a medium, once asked
    open: bool = False  # may be asked for something
    joined: bool = False  # stands in lanes


@dataclass(frozen=True, slots=True)
class Match:
    """One pair: this interaction to this agent; and the first few that were looked at, this one in front."""

    interaction: InteractionId
    agent: AgentId
    preferred: bool = False
    cause: str = WORK
    agents: tuple[AgentId, ...] = ()
    works: tuple[InteractionId, ...] = ()


class Index:
    """Waiting work and free agents.  The caller says what changed; `match_*` says who meets whom."""

    def __init__(
        self, media: Mapping[MediumId, Medium], queues: Mapping[QueueId, Queue] | None = None
    ) -> None:
        self._media = media
        self._queues = queues or {}
        self._lanes: dict[Requirement, _Lane] = {}
        self._by_queue: dict[QueueId, list[_Lane]] = {}
        self._seats: dict[AgentId, _Seat] = {}
        self._members: dict[QueueId, dict[AgentId, _Seat]] = {}
        self._kept_for: dict[AgentId, list[_Lane]] = {}
        self._waiting: dict[InteractionId, tuple[Interaction, _Lane]] = {}
        self._lines: dict[QueueId, _Line] = {}
        self._ready: dict[QueueId, set[AgentId]] = {}
        self._noted: dict[AgentId, _Seat] = {}  # changed, and not yet carried into the lanes

    # --- what changed -----------------------------------------------------------------------------

    def agent_changed(self, agent: Agent, load: Mapping[MediumId, int]) -> None:
        """An agent's state, skills or work in hand are these now."""
        seat = self._seats.get(agent.id)
        if seat is None:
            seat = self._seats[agent.id] = _Seat(agent, load)
            known: Agent | None = None
        elif (known := seat.agent) is agent and seat.load == load:
            return
        seat.agent, seat.load = agent, load
        seat.room.clear()
        seat.version += 1
        if known is not agent:
            if known is None or _moved(known, agent):
                self._sit(seat, known)
            self._count_ready(agent, known)
            seat.open = open_to_work(agent)
        self._noted[agent.id] = seat
        if len(self._noted) > NOTED_MOST:
            self._carry()

    def work_changed(self, interaction: Interaction) -> None:
        """An interaction is as given now; only queued ones wait."""
        key = interaction.id
        held = self._waiting.get(key)
        if interaction.state != QUEUED:
            if held is not None:
                del self._waiting[key]
                self._leave(*held)
            return
        wanted, rank = self._wanted(interaction), work_rank(interaction)
        if held is not None:
            before, lane = held
            same = before.queue == interaction.queue and before.queued_at == interaction.queued_at
            if same and lane.wanted == wanted and work_rank(before) == rank:
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
        held = self._waiting.get(interaction.id)
        lane = held[1] if held and held[0] is interaction else self._lane(self._wanted(interaction))
        self._carry()
        found = self._first_agents(lane, interaction.refused_by)
        preferred = interaction.preferred
        if preferred and preferred in lane.free and preferred not in interaction.refused_by:
            agents = (preferred, *(agent for agent in found if agent != preferred))[:MOST]
            return Match(interaction.id, preferred, preferred=True, agents=agents)
        return Match(interaction.id, found[0], agents=tuple(found)) if found else None

    def match_agent(self, agent_id: AgentId) -> Match | None:
        """The best waiting interaction for one agent, or None: its place, priority, age, over all queues.

        What was looked at is the first of each lane that it serves.
        """
        seat = self._seats.get(agent_id)
        if seat is None or not seat.open:
            return None
        lanes = (lane for lane in self._open_lanes(seat) if lane.waiting)
        firsts = [work for lane in lanes if (work := self._first_work(lane, agent_id)) is not None]
        if not firsts:
            return None
        if len(firsts) > 1:
            firsts.sort(key=lambda work: rank_for(seat.agent, work))
        best = firsts[0]
        works = tuple(work.id for work in firsts[:MOST])
        return Match(best.id, agent_id, preferred=best.preferred == agent_id, cause=AGENT, works=works)

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

    def free(self, wanted: Requirement, but: Iterable[AgentId] = ()) -> int:
        """How many agents could be asked for this requirement now, without some."""
        lane = self._lane(wanted)
        count = len(lane.free)
        noted = self._noted
        for key, seat in noted.items():
            count += self._serves_now(seat, lane) - (key in lane.free)
        for key in set(but):
            count -= self._serves_now(noted[key], lane) if key in noted else key in lane.free
        return count

    def waits(self, key: InteractionId) -> bool:
        """Whether an interaction waits in its lane and in its queue's line."""
        held = self._waiting.get(key)
        return held is not None and key in self._lines[held[0].queue].waiting

    def members(self, queue: QueueId) -> Iterator[Agent]:
        """Who is in a queue, whatever the state."""
        return (seat.agent for seat in tuple(self._members.get(queue, {}).values()))

    def work_in(self, queue: QueueId) -> Iterator[Interaction]:
        """What waits in a queue, in no order."""
        line = self._lines.get(queue)
        return iter(tuple(line.waiting.values()) if line else ())

    # --- agents in lanes --------------------------------------------------------------------------

    def _sit(self, seat: _Seat, known: Agent | None) -> None:
        """The agent is in other queues, or has other skills or places: find its lanes anew."""
        agent = seat.agent
        for lane in seat.lanes:
            lane.free.pop(agent.id, None)
        seat.joined = False
        for queue in known.queues - agent.queues if known is not None else ():
            del self._members[queue][agent.id]
        for queue in agent.queues:
            self._members.setdefault(queue, {})[agent.id] = seat
        lanes = (lane for queue in sorted(agent.queues) for lane in self._by_queue.get(queue, ()))
        kept = self._kept_for.get(agent.id, ())
        seat.lanes = [lane for lane in (*lanes, *kept) if serves(agent, lane.wanted)]

    def _count_ready(self, agent: Agent, known: Agent | None) -> None:
        ready = may_be_offered(agent)
        if known is not None and known.queues == agent.queues and may_be_offered(known) == ready:
            return
        for queue in agent.queues if known is None else agent.queues | known.queues:
            members = self._ready.setdefault(queue, set())
            (members.add if ready and queue in agent.queues else members.discard)(agent.id)

    def _carry(self) -> None:
        """Carry what was noted of agents into their lanes."""
        if not self._noted:
            return
        noted, self._noted = self._noted, {}
        for seat in noted.values():
            if seat.joined:
                for lane in seat.lanes:
                    lane.free.pop(seat.agent.id, None)
            seat.joined = False
            if seat.open:
                for lane in self._open_lanes(seat):
                    _join(lane, seat)

    def _open_lanes(self, seat: _Seat) -> Iterator[_Lane]:
        """The lanes of which the agent may be asked now."""
        agent = seat.agent
        plain = agent.phone and not agent.paused and may_be_offered(agent)
        for lane in seat.lanes:
            if self._room(seat, lane.medium) and (plain or available(agent, lane.wanted, lane.medium)):
                yield lane

    def _can(self, seat: _Seat, lane: _Lane) -> bool:
        """Whether an agent that serves the lane may be asked now."""
        return self._room(seat, lane.medium) and available(seat.agent, lane.wanted, lane.medium)

    def _room(self, seat: _Seat, medium: Medium) -> bool:
        """Whether one more of a medium fits into the agent's hands; looked at once for each change."""
        room = seat.room.get(medium.id)
        if room is None:
            agent = seat.agent
            room = room_for(medium, seat.load, agent.limits, agent.capacity, self._media)
            seat.room[medium.id] = room
        return room

    def _serves_now(self, seat: _Seat, lane: _Lane) -> bool:
        return seat.open and serves(seat.agent, lane.wanted) and self._can(seat, lane)

    # --- lanes ------------------------------------------------------------------------------------

    def _wanted(self, interaction: Interaction) -> Requirement:
        return requirement(interaction, self._queues.get(interaction.queue))

    def _lane(self, wanted: Requirement) -> _Lane:
        lane = self._lanes.get(wanted)
        if lane is None:
            queue = self._queues.get(wanted.queue)
            select = queue.select if queue is not None else PROFICIENCY
            lane = self._lanes[wanted] = _Lane(wanted, self._media[wanted.medium], select)
            if wanted.only:
                self._kept_for.setdefault(wanted.only, []).append(lane)
                seats = [self._seats[wanted.only]] if wanted.only in self._seats else []
            else:
                self._by_queue.setdefault(wanted.queue, []).append(lane)
                seats = list(self._members.get(wanted.queue, {}).values())
            self._carry()
            for seat in seats:
                if serves(seat.agent, wanted):
                    seat.lanes.append(lane)
                    if seat.open and self._can(seat, lane):
                        _join(lane, seat)
        return lane

    def _leave(self, before: Interaction, lane: _Lane) -> None:
        """Take work out of its lane and its line; the entries in their heaps do not count any more."""
        lane.waiting -= 1
        _clean(lane.work, lane.waiting, lambda rank: self._in_lane(lane, rank) is not None)
        line = self._lines[before.queue]
        del line.waiting[before.id]
        _clean(line.by_age, len(line.waiting), lambda entry: entry[1] in line.waiting)

    def _first_agents(self, lane: _Lane, but: tuple[AgentId, ...]) -> list[AgentId]:
        """The first free agents of a lane in rank order, but some; dead entries on top are dropped."""
        heap, free = lane.agents, lane.free
        passed: list[tuple[AgentRank, int]] = []
        found: list[AgentId] = []
        while heap and len(found) < MOST:
            entry = heapq.heappop(heap)
            key = entry[0][2]
            if free.get(key) != entry[1]:
                continue
            passed.append(entry)
            if key not in but:
                found.append(key)
        for entry in passed:
            heapq.heappush(heap, entry)
        return found

    def _in_lane(self, lane: _Lane, rank: WorkRank) -> Interaction | None:
        """The waiting work of an entry, if the entry counts."""
        held = self._waiting.get(InteractionId(rank[2]))
        return held[0] if held is not None and held[1] is lane and work_rank(held[0]) == rank else None

    def _first_work(self, lane: _Lane, agent: AgentId) -> Interaction | None:
        """The first waiting work of a lane that this agent has not refused."""
        heap = lane.work
        passed: list[WorkRank] = []
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


def _moved(known: Agent, agent: Agent) -> bool:
    """Whether other lanes concern the agent now."""
    if known.queues != agent.queues:
        return True
    return known.skills != agent.skills or known.places != agent.places


def _join(lane: _Lane, seat: _Seat) -> None:
    """Put a free agent into a lane; its earlier entry there does not count any more."""
    free = lane.free
    free[seat.agent.id] = seat.version
    seat.joined = True
    heapq.heappush(lane.agents, (agent_rank(seat.agent, lane.wanted, lane.select), seat.version))
    _clean(lane.agents, len(free), lambda entry: free.get(entry[0][2]) == entry[1])


def _clean(heap: list[Any], live: int, counts: Callable[[Any], bool]) -> None:
    """Drop dead entries when they outnumber the live ones: a heap does not grow with what is over."""
    if len(heap) > 2 * live + SLACK:
        heap[:] = [entry for entry in dict.fromkeys(heap) if counts(entry)]
        heapq.heapify(heap)
