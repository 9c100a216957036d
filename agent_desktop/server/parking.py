"""Calls that lie parked: music, anybody of the queue may take one, and none is forgotten.

Who parks a call is free for another.  When nobody has taken it after the queue's time it rings again: at
who parked it first, then at whoever is free.
"""

from __future__ import annotations

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import transfer
from agent_desktop.domain.types import AgentId, Instant, InteractionId, Seconds
from agent_desktop.server.callbook import allow
from agent_desktop.server.handling import mine
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work

PARK_S = Seconds(120.0)


class Parking:
    """Parks calls and brings them back."""

    def __init__(self, hub: Hub, work: Work) -> None:
        self._hub = hub
        self._work = work
        self._parked_at: dict[InteractionId, Instant] = {}

    def park(self, step: Step, agent: AgentId, key: InteractionId) -> None:
        """Park an interaction; a call comes back when nobody takes it."""
        interaction = mine(step, agent, key)
        if interaction.call is not None:
            allow(transfer.PARK, interaction)
        self._work.park(step, agent, key)
        if interaction.call is not None:
            self._arm(key, step.now)

    def resume_deadlines(self) -> None:
        """After a start: arm the calls that lie parked."""
        for i in self._hub.tables.interactions.values():
            if i.state == interactions.PARKED and i.call is not None and not i.callback_number:
                self._arm(i.id, i.updated_at)

    def _arm(self, key: InteractionId, since: Instant) -> None:
        self._parked_at[key] = since
        self._hub.at(Instant(since + PARK_S), lambda step: self._forgotten(step, key, since))

    def _forgotten(self, step: Step, key: InteractionId, since: Instant) -> None:
        i = step.tables.interactions.get(key)
        if self._parked_at.get(key) != since:
            return  # it was parked once more
        del self._parked_at[key]
        if i is None or i.state != interactions.PARKED or i.callback_number:
            return
        self._work.give_back(step, key, i.queue, "nobody took it from the park", i.agent)
