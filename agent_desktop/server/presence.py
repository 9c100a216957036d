"""Who is there: signing in and out, the presence lease, sessions that end elsewhere.

Heartbeat 5 s, lease 15 s (G6): an agent whose program is gone for longer is not offered anything, its
open offers go back with their age, and a call that is up stays where it is.
"""

from __future__ import annotations

import logging

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.server.board import Board
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work
from agent_desktop.wire import events

log = logging.getLogger(__name__)
LEASE_S = 15.0
WORDS = {
    "signed_in_elsewhere": "You signed in on another computer. This one is signed out.",
    "signed_out": "You are signed out.",
    "supervisor": "A supervisor signed you out.",
    "expired": "Your session is over. Sign in again.",
}


class Presence:
    """The agents' connections, as far as the work is concerned."""

    def __init__(self, hub: Hub, board: Board, work: Work) -> None:
        self._hub = hub
        self._board = board
        self._work = work
        self._gone_at: dict[AgentId, Instant] = {}

    def expect_everyone(self) -> None:
        """After a start: nobody is connected yet; those who do not come back in time are gone."""
        for agent in self._hub.tables.agents.values():
            if agent.state != agents.LOGGED_OUT:
                self.lost(agent.id)

    async def came(self, agent: AgentId) -> None:
        """The agent's program is connected."""
        self._gone_at.pop(agent, None)
        self._work.wrapping.agent_back(agent)
        await self._hub.run(lambda step: _begin_shift(step, agent))
        self._board.set_online(agent, online=True)

    def lost(self, agent: AgentId) -> None:
        """The connection is gone; the lease runs."""
        now = self._hub.clock.now()
        self._gone_at[agent] = now
        self._board.set_online(agent, online=False)
        self._hub.at(Instant(now + LEASE_S), lambda step: self._lease_over(step, agent, now))

    async def moved_elsewhere(self, agent: AgentId) -> None:
        """A new session began: the shift goes on there, not ready until the agent says so."""

        def move(step: Step) -> None:
            self._work.offering.release(step, agent, "signed_out")
            if step.agent_of(agent).state != agents.LOGGED_OUT:
                step.agent(
                    agents.WentNotReady(
                        agent=agent, at=step.now, reason=agents.SIGNED_IN, cause="signed_in_elsewhere"
                    )
                )

        await self._hub.run(move)

    async def left(self, agent: AgentId) -> None:
        """Signed out: nothing is offered any more, from this moment; who holds work keeps it, not ready."""

        def leave(step: Step) -> None:
            mine = step.tables.in_hand.get(agent, set())
            holds = any(step.tables.interactions[key].state != interactions.OFFERED for key in mine)
            self._work.offering.release(step, agent, "signed_out")
            self._work.wrapping.agent_gone(step, agent)
            state = step.agent_of(agent).state
            if not holds and state != agents.LOGGED_OUT:
                step.agent(agents.ShiftEnded(agent=agent, at=step.now, cause="agent", reason="signed_out"))
            elif state == agents.READY:
                step.agent(
                    agents.WentNotReady(
                        agent=agent, at=step.now, reason=agents.LOST_CONNECTION, cause="signed_out"
                    )
                )

        self._gone_at.pop(agent, None)
        await self._hub.run(leave)

    def farewell(self, reason: str) -> events.SignedOut:
        """The last event of a session."""
        return events.SignedOut(reason=reason, message=WORDS.get(reason, WORDS["expired"]))

    def _lease_over(self, step: Step, agent: AgentId, since: Instant) -> None:
        if self._gone_at.get(agent) != since:
            return
        self._work.offering.release(step, agent, "lost_connection")
        self._work.wrapping.agent_gone(step, agent)
        if step.agent_of(agent).state == agents.READY:
            step.agent(
                agents.WentNotReady(
                    agent=agent, at=step.now, reason=agents.LOST_CONNECTION, cause="lost_connection"
                )
            )


def _begin_shift(step: Step, agent: AgentId) -> None:
    if step.agent_of(agent).state == agents.LOGGED_OUT:
        step.agent(agents.ShiftStarted(agent=agent, at=step.now, cause="login"))
