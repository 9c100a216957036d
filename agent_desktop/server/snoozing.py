"""Putting conversations aside (B12): the work is parked, and comes back at its time or with the customer.

The same agent is asked first.  What has no work (closed, or held back by the reopen cap, R44) becomes new
work at its time.  The record keeps the time, so that a restart loses nothing.
"""

from __future__ import annotations

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.types import ConversationId, Instant
from agent_desktop.errors import RefusedError
from agent_desktop.ports.storage import Changes
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.threads import begun, live_of
from agent_desktop.server.timetable import Timetable
from agent_desktop.server.waiting import WAITS
from agent_desktop.server.work import Work

LONGEST_S = 366 * 86_400.0
TIME_HAS_COME = "its time has come"


class Snoozing:
    """Puts aside, and wakes."""

    def __init__(self, hub: Hub, work: Work) -> None:
        self._hub = hub
        self._work = work
        self._times: Timetable[ConversationId] = Timetable(hub, self._due)
        hub.published.append(self.committed)
        work.resumed.append(self.resume)

    def resume(self) -> None:
        """After a start: the times run on."""
        self._times.clear()
        for thread in self._hub.store.snoozed():
            self._follow(thread)

    def committed(self, changes: Changes) -> None:
        """Something was put aside, or woke."""
        for thread in changes.conversations.values():
            self._follow(thread)

    def _follow(self, thread: Conversation) -> None:
        aside = thread.state == "snoozed" and thread.snoozed_until > 0 and not thread.merged_into
        self._times.set(thread.id, thread.snoozed_until if aside else None)

    def snooze(self, step: Step, thread: Conversation, until: float) -> None:
        """Put aside until then; 0: until the customer writes.  Raises `RefusedError`."""
        if until and not step.now < until <= step.now + LONGEST_S:
            raise RefusedError("Choose a time to come, within a year.", code="bad_value")
        live = live_of(step, thread.id)
        if live is not None and live.state in WAITS:
            raise RefusedError("It waits in its queue. Take it first, then put it aside.", code="wrong_state")
        if live is not None and live.state != interactions.PARKED:
            step.interaction(interactions.Parked(interaction=live.id, at=step.now))
        step.conversation(
            conversations.Snoozed(conversation=thread.id, at=step.now, until=Instant(float(until)))
        )

    def wake(self, step: Step, thread: Conversation, why: str) -> None:
        """It waits in its queue again, for who had it first."""
        live = live_of(step, thread.id)
        if live is None:
            begun(step, self._work, thread, preferred=thread.owner or thread.agent)
            return
        if thread.state != "open":
            step.conversation(conversations.Reopened(conversation=thread.id, at=step.now))
        if live.state == interactions.PARKED:
            queue = live.queue or thread.queue
            self._work.give_back(step, live.id, queue, why, live.agent or thread.owner)

    def _due(self, step: Step, key: ConversationId) -> None:
        thread = step.conversation_of(key)
        if thread is None or thread.state != "snoozed" or not 0 < thread.snoozed_until <= step.now:
            return
        self.wake(step, thread, TIME_HAS_COME)
