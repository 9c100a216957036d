"""A history as it goes on: what there is to act on, and what was seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.invariants import Violation
from agent_desktop.domain.types import AgentId
from agent_desktop.wire import commands
from tests.server.histories.centres import Dice
from tests.server.histories.exchange import Line
from tests.server.histories.rooms import Rooms

KINDS = {"help": "email", "site": "chat", "texts": "sms"}
PEOPLE = ("ana", "ben", "cat", "sue", "sales", "+33700")
REASONS = ("break", "mail", "sent")
TARGETS = ("ana", "ben", "cat", "sue", "support", "sales", "mail", "chats")
UNWANTED, FORCED = "unwanted", "forced"  # rules that the acts look at themselves
IN_HAND = (interactions.ACTIVE, interactions.HELD)


@dataclass(slots=True)
class Scene:
    """A history as it goes on."""

    rooms: Rooms
    calls: int = 0
    messages: int = 0
    offers: list[tuple[AgentId, str]] = field(default_factory=list)  # that were seen, also those long over
    broken: list[Violation] = field(default_factory=list)  # found by an act itself

    @property
    def agents(self) -> list[AgentId]:
        """Whom the configuration has now, but the supervisor."""
        entries = self.rooms.configuration().agents
        return sorted(key for key in entries if entries[key].role == "agent")

    @property
    def work(self) -> list[Interaction]:
        """Everything live, in one order."""
        live = self.rooms.hub.tables.interactions
        return [live[key] for key in sorted(live)]

    def offered(self) -> list[Interaction]:
        return [i for i in self.work if i.offer is not None]

    def note_offers(self) -> None:
        """Remember the offers that there are, for whoever accepts one that is over."""
        now = [(i.offer.agent, i.offer.id) for i in self.work if i.offer is not None]
        self.offers += [seen for seen in now if seen not in self.offers]

    def of(self, *states: str) -> list[Interaction]:
        return [i for i in self.work if i.state in states]

    def lines(self) -> list[Line]:
        return [self.rooms.line.lines[key] for key in sorted(self.rooms.line.lines)]

    async def ask(self, agent: AgentId, command: commands.AnyCommand) -> str:
        """An agent's program asks; one that was away connects first, one who works here no more cannot."""
        if agent not in self.rooms.configuration().agents:
            return ""
        if agent not in self.rooms.connected:
            await self.rooms.come(agent)
        reply = await self.rooms.do(agent, command)
        name = type(command).__name__
        values = " ".join(str(getattr(command, f)) for f in command.__struct_fields__)
        return f"{agent}: {name} {values} → {'ok' if reply.ok else reply.code}"


Act = Callable[[Scene, Dice], Awaitable[str]]
