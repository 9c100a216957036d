"""The index that makes the routing decision cheap: heaps per requirement, lazily cleaned.

An arrival looks at the heap of free agents of its requirement; a free agent looks at the heaps of
waiting work that it serves.  Neither scans: entries that no longer hold are dropped when they come to
the top.  An agent who takes work as soon as the hands are empty never enters a heap: changes of agents are
noted, and carried into the lanes only when work looks for an agent.  A new requirement looks at each agent
of its queue once.  The rules are in `domain.routing`; this room only remembers.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from agent_desktop.domain.agent import Agent, may_be_offered
from agent_desktop.domain.centre import Queue
from agent_desktop.domain.decision import AGENT, WORK
from agent_desktop.domain.explaining import MOST
from agent_desktop.domain.interaction import QUEUED, Interaction
from agent_desktop.domain.medium import Medium, room_for
from agent_desktop.domain.routing import (
    PROFICIENCY,
    Requirement,
    WorkRank,
    available,
    open_to_work,
    place_of,
    requirement,
    serves,
    work_rank,
)
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId
from agent_desktop.server.lanes import SLACK, Held, Lane, Line, Seat, clean, first_agents, join

NOTED_MOST = 16  # changes of agents that may be noted; beyond them all are carried into the lanes


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
        self._lanes: dict[Requirement, Lane] = {}
        self._by_queue: dict[QueueId, list[Lane]] = {}
        self._seats: dict[AgentId, Seat] = {}
        self._members: dict[QueueId, dict[AgentId, Seat]] = {}
        self._kept_for: dict[AgentId, list[Lane]] = {}
        self._waiting: dict[str, Held] = {}
        self._lines: dict[QueueId, Line] = {}
        self._ready: dict[QueueId, set[AgentId]] = {}
        self._noted: dict[AgentId, Seat] = {}  # changed, and not yet carried into the lanes

    # --- what changed -----------------------------------------------------------------------------

    def agent_changed(self, agent: Agent, load: Mapping[MediumId, int]) -> None:
        """An agent's state, skills or work in hand are these now."""
        seat = self._seats.get(agent.id)
        if seat is None:
            seat = self._seats[agent.id] = Seat(agent, load)
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
                self._leave(held[0], held[1])
            return
        lane, rank = self._lane(self._wanted(interaction)), work_rank(interaction)
        if held is not None:
            before, was, entry = held
            if was is lane and entry == rank and before.queued_at == interaction.queued_at:
                self._waiting[key] = (interaction, lane, entry)
                self._lines[interaction.queue].waiting[key] = interaction
                return
            self._leave(before, was)
        self._waiting[key] = (interaction, lane, rank)
        lane.waiting += 1
        heapq.heappush(lane.work, rank)
        line = self._lines.get(interaction.queue)
        if line is None:
            line = self._lines[interaction.queue] = Line()
        line.waiting[key] = interaction
        heapq.heappush(line.by_age, (interaction.queued_at, key))

    # --- who meets whom ---------------------------------------------------------------------------

    def match_work(self, interaction: Interaction) -> Match | None:
        """The agent for one waiting interaction, or None."""
        held = self._waiting.get(interaction.id)
        lane = held[1] if held and held[0] is interaction else self._lane(self._wanted(interaction))
        self._carry()
        found = first_agents(lane, interaction.refused_by)
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
        agent = seat.agent
        plain = agent.phone and not agent.paused and may_be_offered(agent)
        firsts = [
            first
            for lane in seat.lanes
            if lane.waiting
            and self._room(seat, lane.medium)
            and (plain or available(agent, lane.wanted, lane.medium))
            and (first := self._first_work(lane, agent_id)) is not None
        ]
        if not firsts:
            return None
        if len(firsts) > 1:
            firsts.sort(key=partial(_for_agent, agent) if agent.places else _ENTRY)
        best = firsts[0][0]
        works = tuple([first[0].id for first in firsts[:MOST]])
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
            if seat.open and self._room(seat, lane.medium) and self._serves_now(seat, lane):
                count += 1
            if seat.joined and key in lane.free:
                count -= 1
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

    def _sit(self, seat: Seat, known: Agent | None) -> None:
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
                    join(lane, seat)

    def _open_lanes(self, seat: Seat) -> Iterator[Lane]:
        """The lanes of which the agent may be asked now."""
        agent = seat.agent
        plain = agent.phone and not agent.paused and may_be_offered(agent)
        for lane in seat.lanes:
            if self._room(seat, lane.medium) and (plain or available(agent, lane.wanted, lane.medium)):
                yield lane

    def _can(self, seat: Seat, lane: Lane) -> bool:
        """Whether an agent that serves the lane may be asked now."""
        return self._room(seat, lane.medium) and available(seat.agent, lane.wanted, lane.medium)

    def _room(self, seat: Seat, medium: Medium) -> bool:
        """Whether one more of a medium fits into the agent's hands; looked at once for each change."""
        room = seat.room.get(medium.id)
        if room is None:
            agent = seat.agent
            room = room_for(medium, seat.load, agent.limits, agent.capacity, self._media)
            seat.room[medium.id] = room
        return room

    def _serves_now(self, seat: Seat, lane: Lane) -> bool:
        return seat.open and serves(seat.agent, lane.wanted) and self._can(seat, lane)

    # --- lanes ------------------------------------------------------------------------------------

    def _wanted(self, interaction: Interaction) -> Requirement:
        return requirement(interaction, self._queues.get(interaction.queue))

    def _lane(self, wanted: Requirement) -> Lane:
        lane = self._lanes.get(wanted)
        if lane is None:
            queue = self._queues.get(wanted.queue)
            select = queue.select if queue is not None else PROFICIENCY
            lane = self._lanes[wanted] = Lane(wanted, self._media[wanted.medium], select)
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
                        join(lane, seat)
        return lane

    def _leave(self, before: Interaction, lane: Lane) -> None:
        """Take work out of its lane and its line; the entries in their heaps do not count any more."""
        lane.waiting -= 1
        if len(lane.work) > 2 * lane.waiting + SLACK:
            clean(lane.work, self._counts)
        line = self._lines[before.queue]
        del line.waiting[before.id]
        if len(line.by_age) > 2 * len(line.waiting) + SLACK:
            clean(line.by_age, lambda entry: entry[1] in line.waiting)

    def _counts(self, rank: WorkRank) -> bool:
        """Whether an entry of a lane is the one that counts of its work; one that was left is not."""
        held = self._waiting.get(rank[2])
        return held is not None and held[2] is rank

    def _first_work(self, lane: Lane, agent: AgentId) -> Held | None:
        """The first waiting work of a lane that this agent has not refused."""
        heap, waiting = lane.work, self._waiting
        passed: list[WorkRank] = []
        found: Held | None = None
        while heap:
            rank = heap[0]
            held = waiting.get(rank[2])
            if held is None or held[2] is not rank:
                heapq.heappop(heap)
            elif agent in held[0].refused_by:
                passed.append(heapq.heappop(heap))
            else:
                found = held
                break
        for rank in passed:
            heapq.heappush(heap, rank)
        return found


_ENTRY = itemgetter(2)


def _for_agent(agent: Agent, held: Held) -> tuple[int, WorkRank]:
    """The order of waiting work for one agent, as `explaining.rank_for` says it."""
    return -place_of(agent, held[0].queue).priority, held[2]


def _moved(known: Agent, agent: Agent) -> bool:
    """Whether other lanes concern the agent now."""
    if known.queues is not agent.queues and known.queues != agent.queues:
        return True
    if known.skills is not agent.skills and known.skills != agent.skills:
        return True
    return known.places is not agent.places and known.places != agent.places
