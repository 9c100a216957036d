"""Tells callers who wait how they stand, and takes the key of those who want to be called back (G11, G12).

`domain.announcing` says what is told and when; this room knows who waits.  It is told of every change after
its commit, so it does not matter how somebody came to wait: by a flow, by a transfer, or because an agent was
lost.  Nothing is said to a call that an agent has: it is only spoken to in the queue, and the exchange ends
the words when it bridges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from agent_desktop.domain import announcing
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.announcing import Announcements, Heard, Standing
from agent_desktop.domain.call import OVER
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.routing import work_rank
from agent_desktop.domain.types import Instant, InteractionId, QueueId, Seconds
from agent_desktop.ports.storage import Changes
from agent_desktop.server.calls import Calls
from agent_desktop.server.channels.voice import VoiceChannel
from agent_desktop.server.hub import Hub, Step

AGAIN_S: Final = 2.0  # while other words are said, or somebody is being asked
WAITS: Final = frozenset({interactions.QUEUED, interactions.OFFERED})
WaitOf = Callable[[QueueId, int], Seconds]


def unknown(_queue: QueueId, _ahead: int) -> Seconds:
    """Nobody knows how long it takes."""
    return Seconds(-1.0)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """One caller: in which queue, since when there, and what was told."""

    number: int  # of this wait: deadlines of an earlier one do not count
    queue: QueueId
    since: Instant
    heard: Heard


class Announcing:
    """The voice of the queues."""

    def __init__(self, hub: Hub, voice: VoiceChannel, calls: Calls, wait_s: WaitOf) -> None:
        self._hub = hub
        self._voice = voice
        self._calls = calls
        self._wait_s = wait_s
        self._waiting: dict[InteractionId, _Waiting] = {}
        self._count = 0
        hub.published.append(self.committed)
        calls.pressed_waiting = self.pressed

    def resume(self) -> None:
        """After a start: everybody who waits is told anew."""
        self._waiting.clear()
        for i in self._hub.tables.interactions.values():
            if i.call is not None:
                self._follow(i)

    def committed(self, changes: Changes) -> None:
        """Somebody may have come to wait, or not wait any more."""
        for i in changes.interactions.values():
            self._follow(i)

    def pressed(self, call: str, digits: str) -> None:
        """A key of somebody who waits."""
        i = self._hub.tables.interactions.get(self._hub.tables.by_call.get(call, InteractionId("")))
        held = self._waiting.get(i.id) if i is not None else None
        if i is None or held is None or not held.heard.offered_at:
            return
        rules = self._rules(i)
        if digits != rules.callback_key or i.state != interactions.QUEUED:
            self._voice.tell_waiting(call, (), key=True)
            return
        number, words = i.from_address, announcing.spoken(rules.called_back, Standing(position=0), i.language)
        self._calls.ask_back(call, number, i.queue, i.skills)
        self._voice.say_good_bye(call, words, number=number, queue=i.queue)

    # --- inside -----------------------------------------------------------------------------------

    def _follow(self, i: Interaction) -> None:
        held = self._waiting.get(i.id)
        if not self._waits(i):
            self._waiting.pop(i.id, None)
            return
        if held is not None and held.queue == i.queue:
            return
        heard = Heard(at=held.heard.at, offered_at=held.heard.offered_at) if held else Heard()
        self._count += 1
        now = self._hub.clock.now()
        made = self._waiting[i.id] = _Waiting(self._count, i.queue, now, heard)
        self._arm(i.id, made, announcing.look_at(self._rules(i), now, heard, now))

    def _arm(self, key: InteractionId, held: _Waiting, at: float) -> None:
        self._hub.at(Instant(at), lambda step: self._look(step, key, held.number))

    def _look(self, step: Step, key: InteractionId, number: int) -> None:
        held, i = self._waiting.get(key), step.tables.interactions.get(key)
        if held is None or held.number != number or i is None or i.call is None or not self._waits(i):
            return
        if i.state != interactions.QUEUED or self._voice.speaks_to(i.call.id):
            self._arm(key, held, step.now + AGAIN_S)
            return
        rules, standing, call = self._rules(i), self._standing(i), i.call.id
        may_call = any(sign.isdigit() for sign in i.from_address)
        words, heard = announcing.announced(rules, held.heard, standing, step.now, number=may_call)
        if words:
            said = announcing.spoken(words, standing, i.language)
            step.after(lambda: self._voice.tell_waiting(call, said, key=bool(heard.offered_at)))
        self._waiting[key] = replace(held, heard=heard)
        self._arm(key, held, step.now + rules.gap_s)

    def _standing(self, i: Interaction) -> Standing:
        mine = work_rank(i)
        ahead = sum(1 for other in self._hub.index.work_in(i.queue) if work_rank(other) < mine)
        return Standing(position=ahead + 1, wait_s=self._wait_s(i.queue, ahead))

    def _rules(self, i: Interaction) -> Announcements:
        queue = self._hub.centre.queues.get(i.queue)
        return queue.announcements if queue is not None else Announcements()

    def _waits(self, i: Interaction) -> bool:
        """Whether somebody hears the music of a queue that announces."""
        up = i.call is not None and i.call.state not in OVER
        return up and i.state in WAITS and not i.callback_number and bool(self._rules(i).after_s)
