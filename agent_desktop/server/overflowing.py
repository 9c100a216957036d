"""Work that has waited too long in one queue goes on to wait in another, with its age (G10).

It goes only where it may wait: a closed or full queue is tried again later.  The way is told in words (H3).
"""

from __future__ import annotations

from typing import Final

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.overflow import skills_elsewhere
from agent_desktop.domain.types import Instant, InteractionId, QueueId
from agent_desktop.ports.storage import Changes
from agent_desktop.server import dips
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work

AGAIN_S: Final = 10.0
WAITS: Final = frozenset({interactions.QUEUED, interactions.OFFERED})


class Overflowing:
    """Watches how long work waits in queues that overflow."""

    def __init__(self, hub: Hub, work: Work) -> None:
        self._hub = hub
        self._work = work
        self._waiting: dict[InteractionId, tuple[QueueId, int]] = {}
        self._count = 0
        hub.published.append(self.committed)

    def resume(self) -> None:
        """After a start: whoever waits has the whole time before it."""
        self._waiting.clear()
        for i in tuple(self._hub.tables.interactions.values()):
            self._follow(i)

    def committed(self, changes: Changes) -> None:
        """Something may have come to wait, or not wait any more."""
        for i in changes.interactions.values():
            self._follow(i)

    def _follow(self, i: Interaction) -> None:
        queue = self._hub.centre.queues.get(i.queue)
        if i.state not in WAITS or queue is None or not (queue.overflow and queue.overflow_s):
            self._waiting.pop(i.id, None)
            return
        held = self._waiting.get(i.id)
        if held is None or held[0] != i.queue:
            self._count += 1
            self._waiting[i.id] = (i.queue, self._count)
            self._arm(i.id, self._count, self._hub.clock.now() + queue.overflow_s)

    def _arm(self, key: InteractionId, number: int, at: float) -> None:
        self._hub.at(Instant(at), lambda step: self._look(step, key, number))

    def _look(self, step: Step, key: InteractionId, number: int) -> None:
        held, i = self._waiting.get(key), step.tables.interactions.get(key)
        if held is None or held[1] != number or i is None or i.queue != held[0]:
            return
        before = self._hub.centre.queues[i.queue]
        found = dips.admitted(self._hub, before.overflow)
        moves = i.state == interactions.QUEUED and not i.reserved and not i.callback_number
        if not moves or found.closed or found.queue == i.queue:
            self._arm(key, number, step.now + AGAIN_S)
            return
        words = f"waited long in {before.name}, now in {self._hub.queue_name(found.queue)}"
        step.interaction(interactions.PathTaken(interaction=key, at=step.now, step=words))
        self._work.waiting.queue(step, key, found.queue, skills_elsewhere(i.skills, before))
