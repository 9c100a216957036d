"""One deadline for each of many things, with one alarm: setting it anew forgets the one before.

`Hub.at` cannot take a deadline back; work that is over would lie in its heap until then (a promise of
thirty days).  Here what is over costs nothing, and each deadline is carried out in a step of its own.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from agent_desktop.domain.types import Instant
from agent_desktop.server.hub import Hub, Step

K = TypeVar("K", bound=str)
SLACK: Final = 64  # dead entries that the heap may always hold; beyond them, never more dead than live


class Timetable(Generic[K]):
    """Deadlines by key; `ring` is called in a step when one is due, and looks itself what applies."""

    def __init__(self, hub: Hub, ring: Callable[[Step, K], None]) -> None:
        self._hub = hub
        self._ring = ring
        self._at: dict[K, Instant] = {}
        self._heap: list[tuple[Instant, K]] = []
        self._alarm = math.inf

    def __len__(self) -> int:
        return len(self._at)

    def set(self, key: K, at: Instant | None) -> None:
        """The deadline of a key is this now; None: it has none."""
        if at is None:
            if self._at.pop(key, None) is None:  # most work has none
                return
        elif self._at.get(key) != at:
            self._at[key] = at
            heapq.heappush(self._heap, (at, key))
            self._arm()
        if len(self._heap) > 2 * len(self._at) + SLACK:
            self._heap = [(when, one) for one, when in self._at.items()]
            heapq.heapify(self._heap)

    def clear(self) -> None:
        """Forget every deadline."""
        self._at.clear()
        self._heap.clear()

    def _arm(self) -> None:
        if self._heap and self._heap[0][0] < self._alarm:
            self._alarm = self._heap[0][0]
            self._hub.at(self._heap[0][0], self._rang)

    def _rang(self, step: Step) -> None:
        self._alarm = math.inf
        while self._heap and self._heap[0][0] <= step.now:
            at, key = heapq.heappop(self._heap)
            if self._at.get(key) == at:
                del self._at[key]
                self._carry_out(step.now, key)
        self._arm()

    def _carry_out(self, now: Instant, key: K) -> None:
        self._hub.at(now, lambda step: self._ring(step, key))
