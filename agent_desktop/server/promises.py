"""The promises of the queues (G13, R49): clocks of first reply, next reply and resolution.

What moves them is read from the interaction's own events, so that every way to queue, answer or close work
counts: the new clocks are written just before the event, in the same change.  The record keeps them: after a
start they go on, and a calendar that was closed meanwhile (emergency) stops them.

A text medium is answered by a message; any other by the accept.  Outside its hours text work waits, and its
clocks stand still; work that agents began themselves has none.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import service_level
from agent_desktop.domain.hours import Hours
from agent_desktop.domain.interaction import Interaction, InteractionEvent, PromisesSet
from agent_desktop.domain.service_level import BROKEN, KEPT, Happening, Promises, Terms
from agent_desktop.domain.types import Instant, InteractionId, QueueId
from agent_desktop.ports.storage import Changes
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.timetable import Timetable

SLICE: Final = 500  # so many are counted at once, so that nobody waits for it
PAUSE_S: Final = 0.02


class Promising:
    """Sets the clocks, wakes for their warnings and ends, and counts what became of them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._times: Timetable[InteractionId] = Timetable(hub, self._due)
        self._calendars: dict[str, Hours] = {}
        self._counting: list[InteractionId] = []  # to be counted anew
        self.ended: Counter[tuple[QueueId, str, str]] = Counter()  # by queue, kind and kept or broken
        hub.first = self.before
        hub.published.append(self.committed)

    def resume(self) -> None:
        """After a start: the clocks run on, by the calendars of today."""
        self._times.clear()
        for i in self._hub.tables.interactions.values():
            if i.promises:
                self._follow(i)
        self._calendars = dict(self._hub.centre.hours)
        self._hub.at(self._hub.clock.now(), self._recount)

    def committed(self, changes: Changes) -> None:
        """Arm what runs now; notice a calendar that was switched."""
        for i in changes.interactions.values():
            self._follow(i)
        if self._calendars != self._hub.centre.hours:
            self._calendars = dict(self._hub.centre.hours)
            self._hub.run(self._recount)

    def before(self, step: Step, i: Interaction, event: InteractionEvent) -> PromisesSet | None:
        """The clocks as this event moves them; None when it does not."""
        found = self._happening(i, event)
        if found is None:
            return None
        what, queue = found
        if not (i.promises or self._promises(queue)):
            return None
        since = max(i.arrived_at, i.callback_at)  # nobody waits before the time that was agreed
        after = service_level.step(
            i.promises, what, self._terms(queue), self._hub.centre.hours, step.now, since=since
        )
        return self._set(step, i, after)

    def gauges(self) -> list[tuple[str, str, int]]:
        """Lines for /metrics: promises kept and broken since the start."""
        return [
            ("agent_desktop_promises", f'{{queue="{queue}",kind="{kind}",state="{state}"}}', count)
            for (queue, kind, state), count in sorted(self.ended.items())
        ]

    # --- inside -----------------------------------------------------------------------------------

    def _happening(self, i: Interaction, event: InteractionEvent) -> tuple[Happening, QueueId] | None:
        match event:
            case interactions.Queued(queue=queue) if i.direction == "in" and queue != _waits_in(i):
                return Happening.WAITED, queue
            case interactions.Returned(queue=queue) if i.direction == "in":
                return Happening.WAITED, queue
            case _ if not i.promises and not isinstance(event, interactions.Noted):
                return None
            case interactions.Accepted() if not self._hub.media[i.medium].text:
                return Happening.ANSWERED, i.queue
            case interactions.Replied():
                return Happening.REPLIED, i.queue
            case interactions.Noted(wrote=True) if i.direction == "in" and i.replied_at:
                return Happening.WROTE, i.queue
            case interactions.Ended() | interactions.Closed():
                return Happening.DONE, i.queue
            case interactions.Abandoned():
                return Happening.LEFT, i.queue
            case _:
                return None

    def _promises(self, key: QueueId) -> bool:
        """Whether a queue promises anything."""
        queue = self._hub.centre.queues.get(key)
        return queue is not None and bool(queue.first_reply_s or queue.next_reply_s or queue.resolution_s)

    def _terms(self, key: QueueId) -> Terms:
        queue = self._hub.centre.queues.get(key)
        if queue is None:
            return Terms()
        return Terms(
            first_reply_s=queue.first_reply_s,
            next_reply_s=queue.next_reply_s,
            resolution_s=queue.resolution_s,
            hours=queue.promise_hours,
        )

    def _set(self, step: Step, i: Interaction, after: Promises) -> PromisesSet | None:
        if after == i.promises:
            return None
        step.after(lambda: self._count(i, after))
        return PromisesSet(interaction=i.id, at=step.now, promises=after)

    def _count(self, i: Interaction, after: Promises) -> None:
        known = {(p.kind, p.state, p.since_at) for p in i.promises}
        for p in after:
            if p.state in (KEPT, BROKEN) and (p.kind, p.state, p.since_at) not in known:
                self.ended[i.queue, p.kind, p.state] += 1

    def _follow(self, i: Interaction) -> None:
        runs = i.promises and i.state not in interactions.OVER
        self._times.set(i.id, service_level.next_deadline(i.promises) if runs else None)

    def _due(self, step: Step, key: InteractionId) -> None:
        i = step.tables.interactions.get(key)
        if i is not None:
            after = service_level.tick(i.promises, self._hub.centre.hours, step.now)
            self._write(step, i, after)

    def _recount(self, step: Step) -> None:
        """A calendar was closed, opened or changed: every clock is counted by it, a slice at a time."""
        live = step.tables.interactions
        self._counting = [key for key, i in live.items() if i.promises]
        self._slice(step)

    def _slice(self, step: Step) -> None:
        keys, self._counting = self._counting[:SLICE], self._counting[SLICE:]
        for key in keys:
            i = step.tables.interactions.get(key)
            if i is not None:
                after = service_level.recounted(i.promises, self._hub.centre.hours, step.now)
                self._write(step, i, after)
        if self._counting:
            self._hub.at(Instant(step.now + PAUSE_S), self._slice)

    def _write(self, step: Step, i: Interaction, after: Promises) -> None:
        if (event := self._set(step, i, after)) is not None:
            step.interaction(event)


def _waits_in(i: Interaction) -> str:
    """The queue whose clocks are set already."""
    return i.queue if i.state == interactions.QUEUED else ""
