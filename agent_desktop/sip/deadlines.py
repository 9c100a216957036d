"""One heap for every deadline of a `UserAgent`: a timer more or less costs no scan over 500 calls."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Action = Callable[[float], None]


class Deadlines:
    """Named deadlines, each with what is to be done then; setting a name again moves it."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, object]] = []
        self._set: dict[object, tuple[int, Action]] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._set)

    def set(self, name: object, when: float, action: Action) -> None:
        """Arm `name`; `action(now)` runs once when it is due."""
        self._count += 1
        self._set[name] = (self._count, action)
        heapq.heappush(self._heap, (when, self._count, name))
        if len(self._heap) > 64 and len(self._heap) > 4 * len(self._set):
            self._compact()

    def clear(self, name: object) -> None:
        """Disarm `name`; nothing happens when it is not armed."""
        self._set.pop(name, None)

    def is_set(self, name: object) -> bool:
        return name in self._set

    @property
    def next(self) -> float | None:
        """The earliest deadline."""
        self._drop_dead()
        return self._heap[0][0] if self._heap else None

    def run(self, now: float) -> None:
        """Run everything due up to `now`, in order; actions may arm and disarm."""
        while True:
            self._drop_dead()
            if not self._heap or self._heap[0][0] > now:
                return
            _, _, name = heapq.heappop(self._heap)
            _, action = self._set.pop(name)
            action(now)

    def _is_dead(self, entry: tuple[float, int, object]) -> bool:
        current = self._set.get(entry[2])
        return current is None or current[0] != entry[1]

    def _drop_dead(self) -> None:
        while self._heap and self._is_dead(self._heap[0]):
            heapq.heappop(self._heap)

    def _compact(self) -> None:
        self._heap = [entry for entry in self._heap if not self._is_dead(entry)]
        heapq.heapify(self._heap)
