"""The router's own rooms over time that is told to them: no record, no loop's timers, the same rules.

`Rooms` holds tables and index for the replay of a log.  `VirtualHub` is the hub whose deadlines lie with
whoever moves the clock: nothing in a simulation depends on how fast the computer is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from agent_desktop.domain import agent as agents
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.interaction import OVER, Interaction
from agent_desktop.domain.types import Instant, InteractionId
from agent_desktop.ports.storage import Changes, Live, Store
from agent_desktop.server.acd import Index
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.tables import configured

if TYPE_CHECKING:
    from agent_desktop.domain.customer import Customer
    from agent_desktop.ports.storage import DomainEvent


class ToldClock:
    """Time is what it was set to."""

    def __init__(self, at: Instant = Instant(0.0)) -> None:
        self.at = at

    def now(self) -> Instant:
        """The instant that it was set to."""
        return self.at

    def monotonic(self) -> float:
        """The same."""
        return self.at


class CountedIds:
    """Identifiers in order: a second run names everything alike."""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def new(self, prefix: str = "") -> str:
        """The next one."""
        return f"{prefix or 'x'}-{next(self._count):08d}"


class Nothing:
    """A record that keeps the log in memory, and nothing else: as much of the port as simulated work asks."""

    def __init__(self) -> None:
        self.log: list[DomainEvent] = []

    async def commit(self, changes: Changes) -> None:
        """Keep the events."""
        self.log += changes.events

    async def close(self) -> None:
        """There is nothing to close."""

    def load(self) -> Live:
        """An empty centre."""
        return Live(agents={}, interactions={}, last_event=0, settings={})

    def interaction(self, _key: InteractionId) -> Interaction | None:
        """What is over is not asked for again."""
        return None

    def conversation(self, _key: str) -> None:
        """Simulated work has no conversation."""

    def customer(self, _key: str) -> None:
        """Simulated work has no customer."""

    def customers_at(self, _kind: str, _value: str) -> tuple[Customer, ...]:
        """Nor anybody at an address."""
        return ()


def nothing() -> tuple[Nothing, Store]:
    """An empty record, as itself and as the port."""
    made = Nothing()
    return made, cast("Store", made)


class VirtualHub(Hub):
    """The hub, with its deadlines in other hands; `moved` is told each new value of an interaction."""

    def __init__(self, store: Store, centre: Centre, clock: ToldClock) -> None:
        super().__init__(store, centre, clock, CountedIds())
        self.later: Callable[[Instant, Callable[[Step], None]], None] = lambda _when, _change: None
        self.moved: Callable[[Interaction], None] = lambda _interaction: None

    def at(self, when: Instant, change: Callable[[Step], None]) -> None:
        """Leave a change for a time."""
        self.later(when, change)

    def keep(self, interaction: Interaction) -> None:
        """Put an interaction's new value into its places, and tell of it."""
        super().keep(interaction)
        self.moved(interaction)


class Rooms:
    """Tables and index for a log: configured as the record says, filled by its events."""

    def __init__(self, centre: Centre) -> None:
        self.hub = VirtualHub(nothing()[1], centre, ToldClock())
        self.over: set[InteractionId] = set()

    def configure(self, centre: Centre) -> None:
        """Another configuration holds from now on, as after a start of the router."""
        hub, known = self.hub, self.hub.tables.agents
        hub.centre = centre
        hub.index = Index(hub.media, centre.queues)
        hub.tables.agents = {
            entry.id: configured(known.get(entry.id) or agents.Agent(id=entry.id, name=entry.name), entry)
            for entry in centre.agents.values()
        }
        for interaction in hub.tables.interactions.values():
            hub.index.work_changed(interaction)
        for key in hub.tables.agents:
            hub.refresh(key)

    def keep(self, interaction: Interaction) -> None:
        """Put an interaction's new value into its places."""
        self.hub.keep(interaction)
        if interaction.state in OVER:
            self.over.add(interaction.id)
