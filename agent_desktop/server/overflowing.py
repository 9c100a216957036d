"""Work that has waited too long in one queue goes on to wait in another, with its age (G10).

It goes only where it may wait: a closed or full queue is tried again later.  The way is told in words (H3).
"""

from __future__ import annotations

from typing import Final

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.overflow import skills_elsewhere
from agent_desktop.domain.types import Instant, InteractionId
from agent_desktop.ports.storage import Changes
from agent_desktop.server import dips
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.timetable import Timetable
from agent_desktop.server.work import Work

AGAIN_S: Final = 10.0
WAITS: Final = frozenset({interactions.QUEUED, interactions.OFFERED})


class Overflowing:
    """Watches how long work waits in queues that overflow."""

    def __init__(self, hub: Hub, work: Work) -> None:
        self._hub = hub
        self._work = work
        self._times: Timetable[InteractionId] = Timetable(hub, self._look)
        hub.published.append(self.committed)

    def resume(self) -> None:
        """After a start: the time goes on from when each came to wait in its queue."""
        self._times.clear()
        if any(queue.overflow and queue.overflow_s for queue in self._hub.centre.queues.values()):
            for i in self._hub.tables.interactions.values():
                self._times.set(i.id, self._due_at(i))

    def committed(self, changes: Changes) -> None:
        """Something may have come to wait, or not wait any more."""
        for i in changes.interactions.values():
            self._times.set(i.id, self._due_at(i))

    def _due_at(self, i: Interaction) -> Instant | None:
        queue = self._hub.centre.queues.get(i.queue)
        if i.state not in WAITS or queue is None or not (queue.overflow and queue.overflow_s):
            return None
        return Instant((i.entered_at or i.queued_at) + queue.overflow_s)

    def _look(self, step: Step, key: InteractionId) -> None:
        i = step.tables.interactions.get(key)
        due = self._due_at(i) if i is not None else None
        if i is None or due is None or due > step.now:
            return
        before = self._hub.centre.queues[i.queue]
        found = dips.admitted(self._hub, before.overflow)
        moves = i.state == interactions.QUEUED and not i.reserved and not i.callback_number
        if not moves or found.closed or found.queue == i.queue:
            self._times.set(key, Instant(step.now + AGAIN_S))
            return
        words = f"waited long in {before.name}, now in {self._hub.queue_name(found.queue)}"
        step.interaction(interactions.PathTaken(interaction=key, at=step.now, step=words))
        self._work.waiting.queue(step, key, found.queue, skills_elsewhere(i.skills, before))
