"""Work that somebody else took out of an agent's hands: who had it is told by whom, once.

A supervisor takes over a call, a colleague a conversation, or somebody gives it to a third, back to its
queue, or merges it into another's.  Who had it did nothing and would only see it go.  It is told whatever the
policy for listening is: that one hides who hears a call, and here nobody listens any more.

Rules: the word goes out before the work leaves the view; it stands in each snapshot until the agent's program
is known to have heard it, so that neither a lost link nor a crash loses it; a program that has heard it twice
says it once (`client.updates`).  A router that starts anew owes nobody anything.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.types import AgentId, Seconds
from agent_desktop.ports.storage import Changes
from agent_desktop.server.audience import Receiver
from agent_desktop.server.board import Board
from agent_desktop.server.hub import Hub
from agent_desktop.server.joining import MERGED_AWAY
from agent_desktop.wire.events import TakenOver

KEPT_MOST: Final = 20
KEPT_S: Final = Seconds(86_400.0)  # who comes back the next day is told still


@dataclass(slots=True)
class Owed:
    """A word, and the event of which stream brought it; none yet where nobody is there."""

    word: TakenOver
    receiver: Receiver | None = None
    seq: int = 0

    @property
    def heard(self) -> bool:
        """The program says that it has the event."""
        return self.receiver is not None and self.receiver.heard >= max(1, self.seq)


class Taking:
    """Tells who had the work, and remembers it until it is heard."""

    def __init__(self, hub: Hub, board: Board) -> None:
        self._hub = hub
        self._board = board
        self._owed: dict[AgentId, deque[Owed]] = {}
        board.taken_for = self.of

    def committed(self, changes: Changes) -> None:
        """Look for work that was taken; to be called before the board tells that it is gone."""
        for event in changes.events:
            match event:
                case interactions.HandedOver(taken_from=had, by=by, agent=agent) if had:
                    how, to = ("taken", "") if by == agent else ("given", self._name(agent))
                case interactions.Accepted(taken_from=had, agent=by) if had:
                    how, to = "taken", ""
                case interactions.Returned(taken_from=had, by=by, queue=queue, reserved=reserved) if had:
                    how, to = ("given", self._name(reserved)) if reserved else ("queued", "")
                    to = to or self._hub.queue_name(queue)
                case interactions.ActNoted(act=act, detail=detail, by=by) if act == MERGED_AWAY:
                    had, how, to = AgentId(detail), "merged", ""
                case _:
                    continue
            if by not in self._hub.tables.agents:
                continue  # a rule did it, no person
            work = changes.interactions[event.interaction]
            word = TakenOver(
                interaction=work.id,
                by=by,
                name=self._name(by),
                customer=work.customer_name or work.from_address,
                medium=work.medium,
                how=how,
                to_name=to,
                at=event.at,
            )
            self._tell(had, word)

    def of(self, agent: AgentId) -> tuple[TakenOver, ...]:
        """What this agent has not heard yet; the snapshot that is being made brings it."""
        receiver, since = self._board.receiver(agent), self._hub.clock.now() - KEPT_S
        owed = [one for one in self._owed.get(agent, ()) if not one.heard and one.word.at > since]
        for one in owed:
            one.receiver, one.seq = receiver, receiver.stream.seq
        if owed:
            self._owed[agent] = deque(owed, KEPT_MOST)
        else:
            self._owed.pop(agent, None)
        return tuple(one.word for one in owed)

    def _tell(self, had: AgentId, word: TakenOver) -> None:
        known = self._hub.tables.agents.get(had)
        if known is None:  # taken out of the configuration
            return
        owed = Owed(word)
        self._owed.setdefault(had, deque(maxlen=KEPT_MOST)).append(owed)
        if known.state != agents.LOGGED_OUT:
            self._board.send(had, word)
            owed.receiver = self._board.receiver(had)
            owed.seq = owed.receiver.stream.seq

    def _name(self, agent: AgentId) -> str:
        known = self._hub.tables.agents.get(agent)
        return known.name if known is not None else agent
