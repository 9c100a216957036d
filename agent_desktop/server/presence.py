"""Who is there: signing in and out, the presence lease, sessions that end elsewhere.

Heartbeat 5 s, lease 15 s (G6): an agent whose program is gone for longer is not offered anything, its
open offers go back with their age, and a call that is up stays where it is.  After the centre's `away_s`
all but calls goes back to its queues, and one without work in hand is logged out (3.1.11, R25).

What the router can know of a program that went: it said goodbye (signed out); its person signed in at
another place while it was connected (signed in elsewhere); it vanished with work in hand and its person
signed in anew within the lease (crash: a program that only lost the network resumes its session); it did
not come back within the lease (lost connection).
"""

from __future__ import annotations

from agent_desktop.domain import agent as agents
from agent_desktop.domain.types import AgentId, Instant, Seconds
from agent_desktop.server.board import Board
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work
from agent_desktop.wire import events

LEASE_S = 15.0
WORDS = {
    "signed_in_elsewhere": "You signed in on another computer. This one is signed out.",
    "signed_out": "You are signed out.",
    "supervisor": "A supervisor signed you out.",
    "expired": "Your session is over. Sign in again.",
}
ABSENT = frozenset({agents.SIGNED_OUT, agents.LOST_CONNECTION})  # a log-out chosen because nobody was there


class Presence:
    """The agents' connections, as far as the work is concerned."""

    def __init__(self, hub: Hub, board: Board, work: Work) -> None:
        self._hub = hub
        self._board = board
        self._work = work
        self._gone_at: dict[AgentId, Instant] = {}
        self._left_at: dict[AgentId, Instant] = {}  # signed out with work in hand
        work.offering.absent = self._gone_at.__contains__

    def expect_everyone(self) -> None:
        """After a start: nobody is connected yet; those who do not come back in time are gone."""
        self._hub.reset.append(self._resume)
        for agent in self._hub.tables.agents.values():
            if agent.state != agents.LOGGED_OUT:
                self.lost(agent.id)

    def _resume(self) -> None:
        """A change could not be kept: if it was a lease's end, it comes anew."""
        for agent, since in self._gone_at.items():
            self._arm_lease(agent, since)
            self._arm_away(agent, since)
        for agent, since in self._left_at.items():
            self._arm_away(agent, since)

    async def came(self, agent: AgentId) -> None:
        """The agent's program is connected; what happened meanwhile stays true until the agent chooses."""
        self._gone_at.pop(agent, None)
        self._left_at.pop(agent, None)
        self._work.wrapping.agent_back(agent)
        await self._hub.run(lambda step: self._arrive(step, agent))
        self._board.set_online(agent, online=True)

    def _arrive(self, step: Step, key: AgentId) -> None:
        agent = step.agent_of(key)
        self._work.offering.agent_back(step, key)
        if agent.state == agents.LOGGED_OUT:
            step.agent(agents.ShiftStarted(agent=key, at=step.now, cause="login"))
            return
        if agent.next_state == agents.LOGGED_OUT and agent.next_reason in ABSENT:
            step.agent(agents.NextStateChosen(agent=key, at=step.now, state="", cause="login"))
        if agent.reason == agents.SIGNED_IN_ELSEWHERE:
            step.agent(agents.WentNotReady(agent=key, at=step.now, reason=agents.SIGNED_IN, cause="login"))

    def lost(self, agent: AgentId, silent_s: Seconds = Seconds(0.0)) -> None:
        """The connection is gone; the lease runs since the program was heard last, `silent_s` ago."""
        now = Instant(self._hub.clock.now() - silent_s)
        self._gone_at[agent] = now
        self._board.set_online(agent, online=False)
        self._arm_lease(agent, now)
        self._arm_away(agent, now)

    def _arm_lease(self, agent: AgentId, since: Instant) -> None:
        self._hub.at(Instant(since + LEASE_S), lambda step: self._lease_over(step, agent, since))

    def _arm_away(self, agent: AgentId, since: Instant) -> None:
        if away_s := self._hub.centre.away_s:
            later = Instant(since + max(LEASE_S, away_s))
            self._hub.at(later, lambda step: self._away(step, agent, since))

    async def moved_elsewhere(self, agent: AgentId) -> None:
        """A new session began: the shift goes on there, not ready until the agent says so."""
        gone_at = self._gone_at.get(agent)

        def move(step: Step) -> None:
            self._work.offering.release(step, agent, "signed_out")
            if step.agent_of(agent).state == agents.LOGGED_OUT:
                return
            if gone_at is None:
                reason = cause = agents.SIGNED_IN_ELSEWHERE
            elif step.holds(agent) and step.now - gone_at < LEASE_S:
                reason = cause = agents.CRASH
            else:
                reason, cause = agents.SIGNED_IN, "login"
            step.agent(agents.WentNotReady(agent=agent, at=step.now, reason=reason, cause=cause))

        await self._hub.run(move)
        if self._hub.tables.agents[agent].state != agents.LOGGED_OUT:
            self.lost(agent)  # until the new session's program is connected

    async def left(self, agent: AgentId) -> None:
        """Signed out: nothing is offered any more; who holds work keeps it for a while, then it goes back.

        The shift ends after the last of it.
        """

        def leave(step: Step) -> None:
            self._work.offering.release(step, agent, "signed_out")
            self._work.wrapping.agent_gone(step, agent)
            if not step.holds(agent):
                _end_shift(step, agent, "agent", agents.SIGNED_OUT)
                return
            _not_there(step, agent, "signed_out")
            _end_later(step, agent, "signed_out", agents.SIGNED_OUT)
            self._left_at[agent] = step.now
            self._arm_away(agent, step.now)

        self._gone_at.pop(agent, None)
        self._board.set_online(agent, online=False)
        await self._hub.run(leave)

    def farewell(self, reason: str) -> events.SignedOut:
        """The last event of a session."""
        return events.SignedOut(reason=reason, message=WORDS.get(reason, WORDS["expired"]))

    def _lease_over(self, step: Step, agent: AgentId, since: Instant) -> None:
        if self._gone_at.get(agent) != since:
            return
        self._work.offering.release(step, agent, "lost_connection")
        self._work.wrapping.agent_gone(step, agent)
        _not_there(step, agent, "lost_connection")

    def _away(self, step: Step, agent: AgentId, since: Instant) -> None:
        """Away for long: what is written waits for another; logged out, at once or after the call in hand."""
        left = self._left_at.get(agent) == since
        if not left and self._gone_at.get(agent) != since:
            return
        self._work.returning.release(step, agent)
        cause, reason = "lost_connection", agents.LOST_CONNECTION
        if left:
            cause, reason = "signed_out", agents.SIGNED_OUT
        if step.holds(agent):
            _end_later(step, agent, cause, reason)
        else:
            _end_shift(step, agent, cause, reason)


def _not_there(step: Step, key: AgentId, cause: str) -> None:
    """Nobody is there to be offered anything, now or after the work in hand; a break stays a break."""
    agent = step.agent_of(key)
    returns = agent.return_state == agents.READY or agent.return_media or agent.return_transfers
    then = agent.next_state == agents.READY or agent.next_media or agent.next_transfers
    offered = agents.works(agent) or then or returns
    if agent.state != agents.LOGGED_OUT and offered:
        step.agent(agents.WentNotReady(agent=key, at=step.now, reason=agents.LOST_CONNECTION, cause=cause))


def _end_shift(step: Step, key: AgentId, cause: str, reason: str) -> None:
    if step.agent_of(key).state != agents.LOGGED_OUT:
        step.agent(agents.ShiftEnded(agent=key, at=step.now, cause=cause, reason=reason))


def _end_later(step: Step, key: AgentId, cause: str, reason: str) -> None:
    if step.agent_of(key).state != agents.LOGGED_OUT:
        step.agent(
            agents.NextStateChosen(
                agent=key, at=step.now, cause=cause, state=agents.LOGGED_OUT, reason=reason
            )
        )
