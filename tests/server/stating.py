"""A floor with reasons that leave something open, and what tests of states ask of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from agent_desktop.domain.agent import (
    Agent,
    AgentEvent,
)
from agent_desktop.domain.centre import AgentEntry, Centre, Reason
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, MediumId, ReasonCode
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, MAIL, Floor, centre
from tests.server.talking import EXTENSION, Talk

AWAY = Reason(code=ReasonCode("away"), label="Away: email only", number=20, media=(MediumId("email"),))
ONLY = Reason(code=ReasonCode("transfers"), label="Transfer only", number=21, transfers=True)
HOME = Reason(code=ReasonCode("home"), label="At the door", team="Home")


class Room(Floor):
    """A floor with reasons that leave something open, and whatever a test changes."""

    def __init__(self, path: Path, **changes: Any) -> None:
        self.changes = changes
        super().__init__(path)

    def configuration(self) -> Centre:
        plain = centre()
        ben = plain.agents[BEN]
        both: AgentEntry = replace(ben, queues=(*ben.queues, MAIL), team="Home")
        reasons = (*plain.reasons, AWAY, ONLY, HOME)
        return replace(plain, reasons=reasons, agents={**plain.agents, BEN: both}, **self.changes)

    def who(self, agent: AgentId = ANA) -> Agent:
        return self.hub.tables.agents[agent]

    def shown(self, agent: AgentId = ANA) -> tuple[str, str]:
        me = self.board.snapshot(agent).me
        return me.state, me.reason

    def next(self, agent: AgentId = ANA) -> tuple[str, str]:
        me = self.board.snapshot(agent).me
        return me.next_state, me.next_reason

    def log(self, *kinds: type[AgentEvent], agent: AgentId = ANA) -> list[Any]:
        events = (event for _, event in self.store.events(limit=100_000))
        return [e for e in events if isinstance(e, AgentEvent) and isinstance(e, kinds) and e.agent == agent]

    @property
    def only(self) -> Interaction:
        (interaction,) = self.hub.tables.interactions.values()
        return interaction


async def close(floor: Floor, interaction: str, agent: AgentId = ANA, code: str = "solved") -> None:
    reply = await floor.do(agent, commands.WrapUp(interaction=interaction, code=code))
    assert reply.ok, reply.message


async def break_for(floor: Floor, reason: str, agent: AgentId = ANA) -> None:
    reply = await floor.do(agent, commands.SetNotReady(reason=reason))
    assert reply.ok, reply.message


async def ended(call: Talk) -> None:
    await call.say(wire.CallEnded(call=wire.SwitchCall(id=call.call, state="ended", ended_by="customer")))


async def answered(floor: Floor, call: str) -> tuple[AgentId, Talk]:
    """A customer calls, and who is asked answers."""
    await floor.call(call, caller=f"+33{call[1:]:0>6}")
    (who,) = [agent for agent in (ANA, BEN) if floor.offers(agent)]
    assert (await floor.do(who, commands.AcceptOffer(offer=floor.offers(who)[0]))).ok
    talk = Talk(floor, call, EXTENSION[who])
    await talk.tell(bridged_at=floor.clock.at)
    talk.interaction = talk.now.id
    await floor.wait(60)
    return who, talk


async def served(floor: Floor, call: str) -> AgentId:
    """A whole call with its form; who had it."""
    who, talk = await answered(floor, call)
    await ended(talk)
    await floor.wait(5)
    await close(floor, talk.interaction, who)
    await floor.wait(5)
    return who
