"""After a start: what the configuration no longer has (an agent, a queue), and whoever is new or came back.

Nothing is lost by a line that was taken out of `centre.toml`, and nothing lies where nobody looks:

- what waits in a queue that is gone waits on in the first queue that takes its medium, with its age;
- an offer to an agent who is gone goes back at once;
- the chat or mail that such an agent had goes back to its queue; a form that lay open is closed as left;
- a call in which that agent talks goes on to its end, and is closed without a form; one that was on hold, or
  still rang, goes back to its queue.

Then every agent is looked at once: what the configuration gives somebody more (a queue, a skill, room) is
offered at once, and one whose work went on to others meanwhile is idle again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import wrapup
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.overflow import home, skills_elsewhere
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.offering import Offering
from agent_desktop.server.returning import GONE, GiveBack
from agent_desktop.server.waiting import WAITS, Waiting
from agent_desktop.server.wrapping import Filled, Wrapping

LostCall = Callable[[Step, Interaction, str], None]
SLICE: Final = 500
PAUSE_S: Final = 0.02
_HAD: Final = frozenset({interactions.ACTIVE, interactions.HELD})


class Rehoming:
    """Looks once after each start."""

    def __init__(
        self, hub: Hub, waiting: Waiting, offering: Offering, wrapping: Wrapping, give_back: GiveBack
    ) -> None:
        self._hub = hub
        self._waiting = waiting
        self._offering = offering
        self._wrapping = wrapping
        self._give_back = give_back
        self.lost_call: LostCall | None = None  # the calls join here

    def resume(self) -> None:
        """The record was read."""
        self._hub.at(self._hub.clock.now(), self._look)

    def _look(self, step: Step) -> None:
        for i in tuple(step.tables.interactions.values()):
            if i.state in WAITS:
                self._waits(step, i)
            elif i.agent and i.agent not in step.tables.agents:
                self._left(step, i)
        self._agents(step, tuple(step.tables.agents))

    def _agents(self, step: Step, keys: tuple[AgentId, ...]) -> None:
        """Look at some agents now and at the rest a little later, so that nobody waits for it."""
        for key in keys[:SLICE]:
            agent = step.tables.agents[key]
            if agent.filled_at and not step.holds(key):
                step.agent(agents.HandsEmptied(agent=key, at=step.now, cause="work"))
            step.freed.add(key)
        if rest := keys[SLICE:]:
            self._hub.at(Instant(step.now + PAUSE_S), lambda later: self._agents(later, rest))

    def _waits(self, step: Step, i: Interaction) -> None:
        known = i.queue in self._hub.centre.queues
        if i.offer is not None and not (known and i.offer.agent in step.tables.agents):
            self._offering.take_back(step, i)
        if known or not self._hub.centre.queues:
            return
        queue = home(self._hub.centre.queues, i.queue, i.medium)
        words = f"the queue {i.queue} is gone, now in {self._hub.queue_name(queue)}"
        step.interaction(interactions.PathTaken(interaction=i.id, at=step.now, step=words))
        self._waiting.queue(step, i.id, queue, skills_elsewhere(i.skills, None))

    def _left(self, step: Step, i: Interaction) -> None:
        if i.state == interactions.WRAP_UP:
            self._wrapping.close(step, i.id, Filled(code=wrapup.LEFT), cause="system")
        elif i.state in _HAD and not self._hub.media[i.medium].talk:
            self._give_back(step, i.id, i.queue, GONE)
        elif i.state in _HAD and self.lost_call is not None and not i.talks:
            self.lost_call(step, i, GONE)
