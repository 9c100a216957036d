"""The router's real rooms, on a record in memory, with every invariant looked at after every act."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from agent_desktop.domain import agent as agents
from agent_desktop.domain import lifecycle
from agent_desktop.domain.agent import Agent, AgentEvent
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.interaction import OVER, WRAP_UP, Interaction, InteractionEvent
from agent_desktop.domain.invariants import LEASE, NOT_LOST, Violation
from agent_desktop.domain.types import AgentId, ChannelId, InteractionId, MediumId
from agent_desktop.ports.storage import Store
from agent_desktop.server import beside
from agent_desktop.server.acd import Index
from agent_desktop.server.checking import Checking
from agent_desktop.server.hub import Hub
from agent_desktop.server.presence import LEASE_S
from agent_desktop.server.returning import HAD
from agent_desktop.server.tables import Tables, configured
from agent_desktop.wire import switch as wire
from tests.server.floor import FakeChannel, Floor
from tests.server.histories import centres
from tests.server.histories.exchange import LaterExchange
from tests.server.histories.record import FULL, MemoryRecord

RECORD, FAILED = "record", "failed"


class Heard(logging.Handler):
    """What failed beside the hub's own work, and only the log tells of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        why = record.exc_info[1] if record.exc_info else ""
        said = f"{record.getMessage()} {why!r}"
        if FULL not in said:
            self.said.append(said)


class Rooms(Floor):
    """A floor that restarts, breaks and is looked at."""

    def __init__(self, path: Path, number: int, record: Callable[[], Store] | None = None) -> None:
        self._centre = centres.centre(number)
        self._memory = MemoryRecord()
        self._record = record or (lambda: self._memory)
        self.line = LaterExchange()
        self.connected: set[AgentId] = set()
        self.gone_at: dict[AgentId, float] = {}  # since when nobody is there
        self.restarts = 0
        self.heard = Heard()
        beside.log.addHandler(self.heard)
        self.extensions = centres.EXTENSIONS
        super().__init__(path)

    def record(self) -> Store:
        return self._record()

    def configuration(self) -> Centre:
        return self._centre

    def _open(self) -> None:
        self.exchange = self.line  # type: ignore[assignment]  # another fake of the same port
        texts = {ChannelId("help"): "email", ChannelId("site"): "chat", ChannelId("texts"): "sms"}
        self.channels = {key: FakeChannel(key, MediumId(medium)) for key, medium in texts.items()}
        super()._open()
        self.checking = Checking(self.hub)
        self.checking.calls_up = self.line.ours
        self.desk.sign_out = self._signed_out

    async def come(self, agent: AgentId) -> None:
        """The agent's program connects."""
        self.connected.add(agent)
        self.gone_at.pop(agent, None)
        await self.presence.came(agent)

    def go(self, agent: AgentId) -> None:
        """It is not there any more."""
        self.connected.discard(agent)
        self.gone_at[agent] = self.clock.at

    async def restart(self) -> None:
        self.restarts += 1
        await super().restart()

    async def restart_with(self, centre: Centre) -> None:
        """The router dies, and comes back a second later with another configuration."""
        self._centre = centre
        told = (i.updated_at for i in self.hub.tables.interactions.values())  # by a clock that was set back
        self.clock.at = max(self.clock.at, *told, 0.0) + 1.0
        await self.restart()

    async def start(self) -> Floor:
        self.connected.clear()
        self.gone_at = dict.fromkeys(self._centre.agents, self.clock.at)
        await super().start()
        self.line.registered = set(centres.EXTENSIONS.values())
        self.line.snapshot()
        await self.settle()
        return self

    async def _signed_out(self, agent: AgentId, reason: str) -> None:
        del reason
        self.go(agent)
        await self.presence.left(agent)

    async def settle(self) -> None:
        """Let the commit and what follows from it finish."""
        await self.hub.run(lambda _step: None)
        await asyncio.sleep(0)
        await self.hub.run(lambda _step: None)

    def tell(self, event: wire.AnySwitchEvent) -> None:
        self.line.on_event(event)

    # --- looks ------------------------------------------------------------------------------------

    def wrong(self) -> list[Violation]:
        """Everything that is wrong now: in the tables, and between the tables and the record."""
        failed = [Violation(FAILED, said) for said in self.heard.said]
        return [*failed, *self.checking.now(), *self._with_nobody(), *self._unlike_the_record()]

    async def end(self) -> None:
        """The history is over."""
        beside.log.removeHandler(self.heard)
        await self.stop()

    def _with_nobody(self) -> list[Violation]:
        """What lies with agents who went: an offer for longer than the lease, a chat or mail for `away_s`."""
        live, found = self.hub.tables.interactions, []
        for agent, since in self.gone_at.items():
            for key in self.hub.tables.in_hand.get(agent, ()):
                i, gone_s = live[key], self.clock.at - since
                if i.offer is not None and gone_s > LEASE_S:
                    found.append(Violation(LEASE, "an offer lies with an agent who went", key, agent))
                had = i.state in HAD and not self.hub.media[i.medium].talk
                if had and gone_s > self._centre.away_s:
                    found.append(Violation(NOT_LOST, "work lies with an agent who went", key, agent))
        return found

    def _unlike_the_record(self) -> list[Violation]:
        live = self.store.load()
        here = self.hub.tables.interactions
        found = []
        if live.interactions != here:
            unlike = [k for k in live.interactions | here if live.interactions.get(k) != here.get(k)]
            found += [Violation(RECORD, "memory is not what was committed", key) for key in unlike]
        entries = self._centre.agents
        for key, agent in live.agents.items():
            if key not in entries:  # the record keeps whom the configuration no longer has
                continue
            known = self.hub.tables.agents[key]
            if known is not agent and known != configured(agent, entries[key]):
                found.append(Violation(RECORD, "memory is not what was committed", agent=key))
        return found

    def unlike_after_a_restart(self) -> list[Violation]:
        """What a router that reads the record anew would hold otherwise."""
        other = Hub(self.store, self._centre, self.clock, self.ids)
        other.load_record()
        here, there = _shape(self.hub.tables, self.hub.index), _shape(other.tables, other.index)
        return [
            Violation(RECORD, f"a restart would find other {name}: {there[name]} for {here[name]}")
            for name in here
            if here[name] != there[name]
        ]

    def unlike_the_log(self) -> list[Violation]:
        """What the log of events does not lead to: every value is the sum of its events."""
        made: dict[InteractionId, Interaction | None] = {}
        people: dict[AgentId, Agent] = {}
        closed: dict[InteractionId, int] = {}
        for _, event in self.store.events(limit=1_000_000):
            match event:
                case InteractionEvent():
                    after = lifecycle.step(made.get(event.interaction), event)
                    if after.state in OVER and (before := made[event.interaction]) is not None:
                        closed[after.id] = closed.get(after.id, 0) + (before.state not in OVER)
                    made[after.id] = after
                case AgentEvent():
                    known = people.get(event.agent) or Agent(id=event.agent, name=event.agent)
                    people[event.agent] = agents.step(known, event)
                case _:
                    pass
        found = [
            Violation(RECORD, "the log does not lead to the record", key)
            for key, value in made.items()
            if self.store.interaction(key) != value
        ]
        found += [Violation(RECORD, "it ended twice", key) for key, times in closed.items() if times > 1]
        for name, entry in self._centre.agents.items():
            if name in people and configured(people[name], entry) != self.hub.tables.agents[name]:
                found.append(Violation(RECORD, "the log does not lead to the agent", agent=name))
        return found


def _shape(tables: Tables, index: Index) -> dict[str, object]:
    live = tables.interactions
    return {
        "interactions": live,
        "hands": {a: keys for a, keys in tables.in_hand.items() if keys},
        "companions": {a: keys for a, keys in tables.beside.items() if keys},
        "calls": tables.by_call,
        "threads": {c: i for c, i in tables.live_of.items() if live[i].state != WRAP_UP},
        "line": {key for key in live if index.waits(key)},
    }
