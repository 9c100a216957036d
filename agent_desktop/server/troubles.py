"""What does not work and is not the agents' fault: a mailbox that cannot be read, a token that is over.

Each channel and each trunk says why it does not work, in words; here it is kept since when, and whoever
leads is told while it lasts.  What comes back within a few seconds is not told: links are made anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.server.board import SEES_ALL, Board
from agent_desktop.server.hub import Hub
from agent_desktop.wire.events import TroublesChanged
from agent_desktop.wire.models import TroubleModel

EVERY_S: Final = 1.0
LASTING_S: Final = 5.0

log = logging.getLogger(__name__)

Look = Callable[[], Iterable[tuple[str, str, str]]]  # id, name, why it does not work; empty: it does


class Troubles:
    """The troubles that last, and who is told of them."""

    def __init__(self, hub: Hub, board: Board, look: Look) -> None:
        self._hub = hub
        self._board = board
        self._look = look
        self._since: dict[str, Instant] = {}
        self._told: tuple[TroubleModel, ...] = ()
        board.troubles_for = self.of

    def of(self, agent: AgentId) -> tuple[TroubleModel, ...]:
        """What an agent is told of: who leads, everything; everybody else can do nothing about it."""
        known = self._hub.tables.agents.get(agent)
        return self._told if known is not None and known.role in SEES_ALL else ()

    def look(self) -> None:
        """Ask everything how it is, and tell what is different."""
        now = self._hub.clock.now()
        bad = {key: (name, why) for key, name, why in self._look() if why}
        self._since = {key: self._since.get(key, now) for key in bad}
        told = tuple(
            TroubleModel(id=key, name=name, text=why, since_at=self._since[key])
            for key, (name, why) in sorted(bad.items())
            if now - self._since[key] >= LASTING_S
        )
        if told == self._told:
            return
        before, self._told = {one.id for one in self._told}, told
        for one in told:
            if one.id not in before:
                log.warning("%s does not work: %s", one.name, one.text)
        for key in before - {one.id for one in told}:
            log.info("%s works again", key)
        for receiver in tuple(self._board.receivers()):
            if (agent := self._hub.tables.agents.get(receiver.agent)) is not None and agent.role in SEES_ALL:
                self._board.send(receiver.agent, TroublesChanged(troubles=told))

    async def run(self) -> None:
        """Look again and again."""
        while True:
            self.look()
            await asyncio.sleep(EVERY_S)
