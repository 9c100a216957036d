"""Callers do not wait for nobody (G9, 3.12.6): when no agent of a queue is left, who waits there leaves.

A queue with `leave_empty` names the states in which an agent does not count as there.  It is looked at a few
seconds after something moved, so that an agent between two states turns nobody away.  Who leaves goes to the
queue's `closed_queue`, or hears `closed_say` and may leave a message; text work waits on.
"""

from __future__ import annotations

from typing import Final

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import OVER
from agent_desktop.domain.centre import Queue
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.overflow import skills_elsewhere
from agent_desktop.domain.types import Instant
from agent_desktop.ports.storage import Changes
from agent_desktop.server import dips
from agent_desktop.server.channels.voice import VoiceChannel
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work

GRACE_S: Final = 3.0
START_S: Final = 20.0  # after a start agents and phones need a while to be back


class Emptying:
    """Watches queues that may not be waited in when nobody is there."""

    def __init__(self, hub: Hub, work: Work, voice: VoiceChannel) -> None:
        self._hub = hub
        self._work = work
        self._voice = voice
        self._looks = False
        self._from = Instant(0.0)
        hub.published.append(self.committed)

    def resume(self) -> None:
        """After a start: agents come back first."""
        self._from = Instant(self._hub.clock.now() + START_S)
        self._looks = False
        self._look_soon()

    def committed(self, _changes: Changes) -> None:
        """An agent, a phone or a caller may have moved."""
        self._look_soon()

    def _look_soon(self) -> None:
        if not self._looks and self._watched():
            self._looks = True
            self._hub.at(Instant(max(self._hub.clock.now() + GRACE_S, self._from)), self._look)

    def _watched(self) -> list[Queue]:
        """Queues with the rule in which somebody waits."""
        queues = self._hub.centre.queues.values()
        return [queue for queue in queues if queue.leave_empty and self._hub.index.waiting(queue.id)]

    def _look(self, step: Step) -> None:
        self._looks = False
        for queue in self._watched():
            if not dips.is_empty(self._hub, queue, queue.leave_empty):
                continue
            waiting = sorted(self._hub.index.work_in(queue.id), key=lambda i: (i.queued_at, i.id))
            for i in waiting:
                if self._may_leave(i):
                    self._leave(step, i)

    def _may_leave(self, i: Interaction) -> bool:
        """A caller on the line; who waits to be called back, or for one agent, waits on."""
        up = i.call is not None and i.call.state not in OVER
        return up and not i.callback_number and not i.reserved

    def _leave(self, step: Step, i: Interaction) -> None:
        before, found = self._hub.centre.queues[i.queue], dips.sent_away(self._hub, i.queue)
        for words in found.path:
            step.interaction(interactions.PathTaken(interaction=i.id, at=step.now, step=words))
        if not found.closed:
            self._work.waiting.queue(step, i.id, found.queue, skills_elsewhere(i.skills, before))
            return
        call, language = i.call.id if i.call else "", i.language
        step.interaction(interactions.TurnedAway(interaction=i.id, at=step.now, why=found.path[-1]))
        step.after(lambda: self._voice.turn_away(call, found.queue, language, {}))
