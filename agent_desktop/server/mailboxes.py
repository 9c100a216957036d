"""How many voice messages wait for each phone: the lamp of a desk telephone (RFC 3842).

A message waits for everybody who serves its queue, until somebody takes it.  Told again after the exchange
was started anew; a count that did not change is not told.
"""

from __future__ import annotations

from collections import Counter

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.medium import VOICEMAIL
from agent_desktop.domain.types import QueueId
from agent_desktop.ports.storage import Changes
from agent_desktop.server.calls import Calls
from agent_desktop.server.channels.voice import VoiceChannel
from agent_desktop.server.hub import Hub
from agent_desktop.wire import switch as wire

WAITING = frozenset({interactions.QUEUED, interactions.OFFERED})


class Mailboxes:
    """Counts messages and tells the exchange."""

    def __init__(self, hub: Hub, voice: VoiceChannel, calls: Calls) -> None:
        self._hub = hub
        self._voice = voice
        self._waiting: Counter[QueueId] = Counter()
        self._told: dict[str, int] = {}
        hub.published.append(self.publish)
        calls.phone_came.append(self.came)

    def publish(self, changes: Changes) -> None:
        """Look at one committed batch."""
        if any(i.medium == VOICEMAIL for i in changes.interactions.values()):
            self.count()

    def count(self) -> None:
        """Count what waits, and tell every phone whose count is another one now."""
        live = self._hub.tables.interactions.values()
        self._waiting = Counter(i.queue for i in live if i.medium == VOICEMAIL and i.state in WAITING)
        for agent in self._hub.tables.agents.values():
            self._tell(agent)

    def came(self, agent: Agent) -> None:
        """A phone registered: it has not heard of its messages."""
        self._told.pop(agent.extension, None)
        self._tell(agent)

    def _tell(self, agent: Agent) -> None:
        new = sum(self._waiting[queue] for queue in agent.queues)
        if agent.extension and self._told.get(agent.extension, 0) != new:
            self._told[agent.extension] = new
            self._voice.order(wire.TellMessages(extension=agent.extension, new=new))
