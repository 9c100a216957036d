"""A day as the log tells it: each turn of work in a queue, and when the agents were there.

A *turn* begins when an interaction comes to wait from outside (it arrived, was transferred, came back) and
ends when its wait and its handling are over; a move to another queue while it waits (overflow) belongs to
the same turn, which counts for the queue in which the wait ended.  Real and simulated days are read by this
one function, so that their figures mean the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import lifecycle
from agent_desktop.domain.agent import LOGGED_OUT, NOT_READY, READY, Agent
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId, SkillId
from agent_desktop.errors import IllegalStepError
from agent_desktop.ports.storage import DomainEvent

COME, GO = "come", "go"  # of an agent: signs in, signs out; READY and NOT_READY beside them
FOLLOWS = frozenset({"next_state", "returned"})  # causes of state events that follow from an earlier choice
WITHDRAWN = "withdrawn"  # closed while it waited: nobody was left to be answered, nobody left either
WAITING = frozenset({interactions.QUEUED, interactions.OFFERED})
WORKING = frozenset({interactions.ACTIVE, interactions.HELD})


@dataclass(slots=True, kw_only=True)
class Turn:
    """One turn of work; instants are zero until they happen."""

    interaction: InteractionId
    number: int  # of this interaction, from 0
    medium: MediumId
    queue: QueueId
    first_queue: QueueId  # where the wait began
    skills: dict[SkillId, int]
    begun_at: Instant
    follows: bool = False  # it was in somebody's hands just before: a transfer
    direction: str = "in"
    agent: AgentId = AgentId("")
    offered_at: Instant = Instant(0.0)  # the offer that was accepted
    answered_at: Instant = Instant(0.0)
    left_at: Instant = Instant(0.0)  # abandoned
    worked_until: Instant = Instant(0.0)  # the customer is gone, or it was given away
    done_at: Instant = Instant(0.0)  # out of the agent's hands
    finish: str = ""  # ended, returned, parked, closed

    @property
    def wait_s(self) -> float:
        """How long it waited, to the answer or to the end of patience; below 0 while it waits."""
        over = self.answered_at or self.left_at
        return over - self.begun_at if over else -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What an agent did with the own state."""

    at: Instant
    agent: AgentId
    what: str
    reason: str = ""
    media: tuple[MediumId, ...] = ()
    transfers: bool = False


@dataclass(slots=True, kw_only=True)
class Span:
    """A length of time in which an agent was working, or ready and waiting for work."""

    agent: AgentId
    begun_at: Instant
    ended_at: Instant
    working: bool


@dataclass(slots=True)
class Day:
    """A period, read."""

    since: Instant
    until: Instant
    turns: list[Turn] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


def read(
    log: Iterable[DomainEvent], since: Instant = Instant(0.0), until: Instant = Instant(float("inf"))
) -> Day:
    """Read a period of a log; turns that began before it are left out."""
    reader = _Reader(since, until)
    for event in log:
        if event.at > until:
            break
        reader.take(event)
    return reader.finished()


class _Reader:
    def __init__(self, since: Instant, until: Instant) -> None:
        self._since, self._until = since, until
        self._first, self._last = Instant(0.0), Instant(0.0)
        self._agents: dict[AgentId, Agent] = {}
        self._works: dict[InteractionId, Interaction] = {}
        self._turns: dict[InteractionId, Turn] = {}
        self._counts: dict[InteractionId, int] = {}
        self._open: dict[AgentId, Span] = {}
        self._opened = False
        self._day = Day(since, until)

    def take(self, event: DomainEvent) -> None:
        if event.at >= self._since and not self._opened:
            self._open_period(event.at)
        self._last = event.at
        match event:
            case agents.AgentEvent():
                self._agent(event)
            case interactions.InteractionEvent():
                self._interaction(event)
            case _:
                pass

    def finished(self) -> Day:
        day = self._day
        day.since = self._first or self._since
        day.until = min(self._until, self._last)
        for span in self._open.values():
            day.spans.append(span)
            span.ended_at = day.until
        for span in day.spans:
            span.begun_at = max(span.begun_at, day.since)
        day.spans = [span for span in day.spans if span.ended_at > span.begun_at]
        return day

    def _open_period(self, at: Instant) -> None:
        """Who is there already comes as the period begins."""
        self._opened, self._first = True, self._since or at
        for agent in sorted(self._agents.values(), key=lambda a: a.id):
            if agent.state == LOGGED_OUT:
                continue
            self._day.acts.append(Act(at=self._first, agent=agent.id, what=COME))
            media = tuple(sorted(agent.offered_media))
            self._day.acts.append(
                Act(at=self._first, agent=agent.id, what=agent.state, reason=agent.reason, media=media)
            )

    # --- agents -----------------------------------------------------------------------------------

    def _agent(self, event: agents.AgentEvent) -> None:
        before = self._agents.get(event.agent) or Agent(id=event.agent, name=event.agent)
        try:
            after = agents.step(before, event)
        except IllegalStepError:  # of a log that begins in the middle
            return
        self._agents[event.agent] = after
        self._span(after, event.at)
        act = _act(event, before)
        if act is not None and event.at >= self._since:
            self._day.acts.append(act)

    def _span(self, agent: Agent, at: Instant) -> None:
        """Working while something is in hand, waiting while ready without."""
        working = bool(agent.filled_at)
        counts = working or agent.state == READY
        running = self._open.get(agent.id)
        if running is not None and counts and running.working == working:
            return
        if running is not None:
            running.ended_at = at
            if at >= self._since:
                self._day.spans.append(running)
            del self._open[agent.id]
        if counts:
            self._open[agent.id] = Span(agent=agent.id, begun_at=at, ended_at=at, working=working)

    # --- work -------------------------------------------------------------------------------------

    def _interaction(self, event: interactions.InteractionEvent) -> None:
        before = self._works.get(event.interaction)
        if before is None and not isinstance(event, interactions.Arrived):
            return
        try:
            after = lifecycle.step(before, event)
        except IllegalStepError:
            return
        if after.state in interactions.OVER:
            self._works.pop(after.id, None)
        else:
            self._works[after.id] = after
        turn = self._turns.get(after.id)
        was = before.state if before is not None else ""
        if after.state in WAITING and was not in WAITING:
            if turn is not None and was in WORKING:
                _over(turn, event.at, "returned")
            self._begin(after, event.at, follows=was in WORKING)
        elif after.state == interactions.ACTIVE and was in {interactions.ARRIVED, interactions.PARKED}:
            self._begin(after, event.at, follows=False)
            turn = self._turns[after.id]
        if turn is not None and turn is self._turns.get(after.id):
            self._advance(turn, event, before, after)

    def _begin(self, i: Interaction, at: Instant, *, follows: bool) -> None:
        number = self._counts.get(i.id, 0)
        self._counts[i.id] = number + 1
        turn = Turn(
            interaction=i.id,
            number=number,
            medium=i.medium,
            queue=i.queue,
            first_queue=i.queue,
            skills=dict(i.skills),
            begun_at=at,
            follows=follows,
            direction=i.direction,
        )
        self._turns[i.id] = turn
        if at >= self._since:
            self._day.turns.append(turn)

    def _advance(
        self,
        turn: Turn,
        event: interactions.InteractionEvent,
        before: Interaction | None,
        after: Interaction,
    ) -> None:
        match event:
            case interactions.Queued():
                turn.queue = event.queue
            case interactions.Accepted() if not turn.answered_at:
                turn.agent, turn.answered_at = event.agent, event.at
                offer = before.offer if before is not None else None
                turn.offered_at = offer.offered_at if offer is not None else event.at
            case interactions.Abandoned():
                turn.left_at = event.at
            case interactions.Ended():
                turn.worked_until, turn.finish = event.at, "ended"
            case interactions.Parked():
                _over(turn, event.at, "parked")
            case interactions.Closed():
                if turn.answered_at:
                    _over(turn, event.at, "closed")
                elif after.closed_at:
                    turn.left_at, turn.finish = event.at, WITHDRAWN
            case _:
                pass


def _over(turn: Turn, at: Instant, finish: str) -> None:
    if not turn.worked_until:
        turn.worked_until, turn.finish = at, finish
    turn.done_at = at


def _act(event: agents.AgentEvent, before: Agent) -> Act | None:
    """What the agent chose; what followed from a choice is left out, a simulation makes it follow anew."""
    if event.cause in FOLLOWS:
        return None
    match event:
        case agents.ShiftStarted():
            return Act(at=event.at, agent=event.agent, what=COME)
        case agents.ShiftEnded():
            return Act(at=event.at, agent=event.agent, what=GO, reason=event.reason)
        case agents.WentReady():
            return Act(at=event.at, agent=event.agent, what=READY)
        case agents.WentNotReady() | agents.NextStateChosen():
            what, reason = NOT_READY, event.reason
            if isinstance(event, agents.NextStateChosen):
                # Taken back: the present state is what is wanted.
                what, reason = (event.state, reason) if event.state else (before.state, before.reason)
            return Act(
                at=event.at,
                agent=event.agent,
                what=GO if what == LOGGED_OUT else what,
                reason=reason,
                media=event.media,
                transfers=event.transfers,
            )
        case _:
            return None
