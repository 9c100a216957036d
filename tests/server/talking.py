"""A call on the floor: the customer rings, Ana answers, and the exchange tells what a test says."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, Floor

EXTENSION = {"ana": "101", "ben": "102", "sue": "103"}


@dataclass
class Talk:
    """One call, as the exchange would report it."""

    floor: Floor
    call: str = "c1"
    extension: str = "101"
    legs: list[wire.SwitchLeg] = field(default_factory=list)
    with_whom: str = "customer"
    interaction: str = ""

    @property
    def now(self) -> Interaction:
        return self.floor.hub.tables.interactions[self.floor.hub.tables.by_call[self.call]]

    async def tell(self, state: str = "bridged", **more: object) -> None:
        """The exchange says how the call stands."""
        call = wire.SwitchCall(
            id=self.call,
            state=state,
            extension=self.extension,
            legs=tuple(self.legs),
            talk=self.with_whom,
            **more,  # type: ignore[arg-type]  # fields of the struct, by name
        )
        await self.say(wire.CallChanged(call=call))

    async def say(self, event: wire.AnySwitchEvent) -> None:
        self.floor.exchange.on_event(event)
        await self.floor.settle()

    async def guest(self, agent: str = "", number: str = "", *, up: bool = True, leg: str = "") -> str:
        """The guest's leg, ringing or up, as the router named it."""
        name = leg or self.floor.exchange.last(wire.AddLeg).leg  # type: ignore[attr-defined]
        self.legs = [kept for kept in self.legs if kept.id != name]
        state = "up" if up else "ringing"
        self.legs.append(
            wire.SwitchLeg(
                id=name, kind="guest", state=state, extension=EXTENSION.get(agent, ""), number=number
            )
        )
        self.with_whom = "guest"
        await self.tell()
        return name

    async def kept_for(self, name: str) -> None:
        """Sent to a colleague who is not ready, which only work that was already on its way can be."""
        held = self.now
        await self.floor.hub.run(lambda step: self.floor.work.transfer(step, held.agent, held.id, name))
        await self.floor.settle()


async def talk(floor: Floor, agent: AgentId = ANA, call: str = "c1") -> Talk:
    """A customer's call that an agent has answered."""
    await floor.sign_in(agent)
    await floor.call(call)
    offer = next(i.offer for i in floor.hub.tables.interactions.values() if i.offer is not None)
    assert (await floor.do(agent, commands.AcceptOffer(offer=offer.id))).ok
    made = Talk(floor, call, EXTENSION[agent])
    made.legs = [
        wire.SwitchLeg(id="lc", kind="customer", state="up", number="+33611"),
        wire.SwitchLeg(id="la", kind="agent", state="up", extension=made.extension),
    ]
    await made.tell()
    made.interaction = made.now.id
    return made
