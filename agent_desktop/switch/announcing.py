"""What everybody in a call hears at once: that it is recorded, that it will end, the beep before a message.

Supervisors do not hear it.  While it plays the parties do not hear one another, so that nobody can say
later that it was talked over.

Rules: one after the other, in the order asked; `over` is called exactly once, at the end of the words or at
once when there is nobody left to hear them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from agent_desktop.media.pcm import Pcm
from agent_desktop.switch.calls import Call
from agent_desktop.switch.outside import Surroundings
from agent_desktop.switch.treatments import Prompts

Over = Callable[[], None]


class Announcing:
    """Announcements of every call.  All methods belong to the signalling thread."""

    def __init__(self, around: Surroundings, route: Callable[[Call], None]) -> None:
        """`route` tells the mixer who hears whom, after `Call.announcement` changed."""
        self._around = around
        self._route = route
        self._waiting: dict[str, deque[tuple[Sequence[Pcm], Over]]] = {}
        self._made = 0

    def say(self, call: Call, sounds: Sequence[Pcm], over: Over) -> None:
        """Play to everybody in the call; nothing to say is over at once."""
        if call.ended_at or not sounds:
            over()
            return
        self._waiting.setdefault(call.id, deque()).append((sounds, over))
        if not call.announcement:
            self._next(call)

    def stop(self, call: Call) -> None:
        """The call is over: what was being said, or waits, is over too."""
        waiting = self._waiting.pop(call.id, deque())
        self._drop(call)
        for _, over in waiting:
            over()

    def _next(self, call: Call) -> None:
        sounds, _ = self._waiting[call.id][0]
        self._made += 1
        name = f"{call.id}/announcement{self._made}"
        ended = partial(self._around.soon, partial(self._ended, call, name))
        self._around.desk.add_source(name, Prompts(sounds, ended))
        call.announcement = name
        self._route(call)

    def _ended(self, call: Call, name: str) -> None:
        if call.announcement != name:
            return
        self._drop(call)
        waiting = self._waiting[call.id]
        _, over = waiting.popleft()
        if waiting:
            self._next(call)
        else:
            del self._waiting[call.id]
            self._route(call)
        over()

    def _drop(self, call: Call) -> None:
        if call.announcement:
            self._around.desk.remove_source(call.announcement)
            call.announcement = ""
