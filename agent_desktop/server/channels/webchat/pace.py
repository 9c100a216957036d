"""How fast a visitor may be, and how fast the centre was.  Pure: `now` is an argument (monotonic seconds)."""

from __future__ import annotations

from collections import deque
from statistics import median


class Bucket:
    """A token bucket: `burst` at once, then `per_minute`."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, *, burst: int, per_minute: float) -> None:
        self._burst = float(burst)
        self._per_s = per_minute / 60.0
        self._left = float(burst)
        self._at: float | None = None

    def take(self, now: float) -> float:
        """Take one; 0.0 when there was one, else the seconds until there is."""
        if self._at is not None:
            self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._per_s)
        self._at = now
        if self._left >= 1.0:
            self._left -= 1.0
            return 0.0
        return (1.0 - self._left) / self._per_s

    def full(self, now: float) -> bool:
        """Whether nothing was taken lately: such a bucket can be forgotten."""
        return self._at is None or self._left + (now - self._at) * self._per_s >= self._burst


class AnswerTimes:
    """How long visitors waited for an agent's first word: the median of the last fifty.

    Silent until three were measured, so that one lucky answer is no promise.
    """

    __slots__ = ("_waits",)

    KEPT, ENOUGH = 50, 3

    def __init__(self) -> None:
        self._waits: deque[float] = deque(maxlen=self.KEPT)

    def add(self, wait_s: float) -> None:
        self._waits.append(max(0.0, wait_s))

    def median_s(self) -> int | None:
        return round(median(self._waits)) if len(self._waits) >= self.ENOUGH else None
