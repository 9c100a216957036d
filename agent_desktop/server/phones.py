"""Whose phone is there, as the exchange says: an event in the log, so that a decision can be made again.

Nobody's phone is known after a start, until the exchange has said so.  A centre without an exchange has
no such room, and every agent counts as having a phone.
"""

from __future__ import annotations

import asyncio

from agent_desktop.domain.agent import PhoneMoved
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.server.callbook import CallBook
from agent_desktop.server.hub import Hub, Step

AGAIN_S = 1.0  # after a change that could not be kept


class Phones:
    """Keeps `Agent.phone` as the exchange tells it."""

    def __init__(self, hub: Hub, book: CallBook) -> None:
        self._hub = hub
        self._book = book
        self._started = False

    def resume(self) -> None:
        """After a start nobody is known to have a phone; after a failed commit it is told again."""
        if self._started:
            self._hub.at(Instant(self._hub.clock.now() + AGAIN_S), self._tell)
            return
        self._started = True
        _unheard(self._hub.run(self._tell))

    def moved(self, key: AgentId) -> None:
        """The exchange told of an agent's phone."""
        _unheard(self._hub.run(lambda step: self._follow(step, key)))

    def _tell(self, step: Step) -> None:
        for key in tuple(step.tables.agents):
            self._follow(step, key)

    def _follow(self, step: Step, key: AgentId) -> None:
        agent = step.agent_of(key)
        there = bool(agent.extension) and agent.extension in self._book.registered
        if there != agent.phone:
            step.agent(PhoneMoved(agent=key, at=step.now, cause="exchange", registered=there))


def _unheard(future: asyncio.Future[None]) -> None:
    """Nobody waits for this: what failed is in the hub's log, and is told again after it."""
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
