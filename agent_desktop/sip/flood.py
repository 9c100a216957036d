"""How many requests one source may begin: a bucket for each, filled at a steady rate.

Pure: time is an argument.  What goes over the brim is dropped without an answer, because an answer to a
spoofed source would hit somebody else.  Responses and ACKs are never counted: they belong to something
that is known already.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

RATE_PER_S: Final = 500.0  # an office behind one address, or a trunk at its busiest
BURST: Final = 2000.0
MAX_SOURCES: Final = 10_000


class Flood:
    """The buckets of every source that was heard lately."""

    def __init__(self, rate_per_s: float = RATE_PER_S, burst: float = BURST) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.dropped = 0

    def admits(self, source: str, data: bytes, now: float) -> bool:
        """Whether a message of this source is to be read."""
        if data[:4].upper() in {b"SIP/", b"ACK "}:
            return True
        level, at = self._buckets.get(source, (self._burst, now))
        level = min(self._burst, level + max(0.0, now - at) * self._rate)
        is_admitted = level >= 1.0
        self._buckets[source] = (level - 1.0 if is_admitted else level, now)
        self._buckets.move_to_end(source)
        if len(self._buckets) > MAX_SOURCES:
            self._buckets.popitem(last=False)
        self.dropped += not is_admitted
        return is_admitted
