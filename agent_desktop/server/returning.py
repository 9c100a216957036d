"""The return timer (G8, R48): work that somebody has, and nobody replied to, goes back to its queue.

It counts from each assignment (accepted, taken, handed over) to the first public reply, for text media in
queues with `return_s`.  What is parked, or in wrap-up, is exempt.  The age is kept, and whoever had it is
asked last.  What an agent who is gone had goes back too, but for calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId, QueueId
from agent_desktop.ports.storage import Changes
from agent_desktop.server.hub import Hub, Step, rules_of
from agent_desktop.server.timetable import Timetable
from agent_desktop.server.waiting import Waiting

GiveBack = Callable[[Step, InteractionId, QueueId, str], None]
AGAIN_S: Final = 20.0  # then whoever had it may be asked too
HAD: Final = frozenset({interactions.ACTIVE, interactions.HELD})
GONE: Final = "the agent is gone"


class Returning:
    """Watches work in hand without a reply."""

    def __init__(self, hub: Hub, waiting: Waiting, give_back: GiveBack) -> None:
        self._hub = hub
        self._waiting = waiting
        self._give_back = give_back
        self._times: Timetable[InteractionId] = Timetable(hub, self._due)
        hub.published.append(self.committed)

    def resume(self) -> None:
        """After a start: the timers run on from their assignments."""
        self._times.clear()
        for i in self._hub.tables.interactions.values():
            if i.state in HAD:
                self._times.set(i.id, self.due_at(i))
            elif i.state == interactions.QUEUED and i.refused_by:
                self._ask_again(i.id, self._hub.clock.now())

    def committed(self, changes: Changes) -> None:
        """Something may have been assigned, answered or given back."""
        for i in changes.interactions.values():
            self._times.set(i.id, self.due_at(i))

    def release(self, step: Step, agent: AgentId) -> None:
        """An agent is gone: what is in hand, but for calls, goes back to its queues, with its age."""
        for key in sorted(step.tables.in_hand.get(agent, ())):
            if self._left(i := step.tables.interactions[key]):
                self._give_back(step, key, i.queue, GONE)

    def _left(self, i: Interaction) -> bool:
        return i.state in HAD and not self._hub.media[i.medium].talk

    def due_at(self, i: Interaction) -> Instant | None:
        """When it goes back; None while the timer does not run."""
        had = i.state in HAD and i.direction == "in"
        if not had or not self._hub.media[i.medium].text or i.replied_at >= i.assigned_at:
            return None
        seconds = rules_of(self._hub, i.queue).return_s
        return Instant(i.assigned_at + seconds) if seconds else None

    def _due(self, step: Step, key: InteractionId) -> None:
        i = step.tables.interactions.get(key)
        due = self.due_at(i) if i is not None else None
        if i is None or due is None or due > step.now:
            return
        had = step.tables.agents.get(i.agent)
        words = f"{had.name if had else i.agent} did not reply"
        step.interaction(interactions.PathTaken(interaction=key, at=step.now, step=words))
        self._give_back(step, key, i.queue, interactions.NO_REPLY)
        self._ask_again(key, step.now)

    def _ask_again(self, key: InteractionId, now: Instant) -> None:
        self._hub.at(Instant(now + AGAIN_S), lambda step: self._again(step, key))

    def _again(self, step: Step, key: InteractionId) -> None:
        i = step.tables.interactions.get(key)
        if i is not None and i.state == interactions.QUEUED and i.refused_by:
            self._waiting.again(step, i)
