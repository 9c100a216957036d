"""The router's clock, by which all deadlines are: how far it is ahead of this computer's.

It is told with each greeting and each heartbeat, so that timers are right soon after a laptop slept, or its
clock was set.  A small difference is the network's: it moves nothing, else timers would tremble.
"""

from __future__ import annotations

from typing import Final

STEP_S: Final = 0.25


class ClockTold:
    """What a heartbeat said, on its way to the front end's thread."""

    __slots__ = ("ahead_s",)

    def __init__(self, ahead_s: float) -> None:
        self.ahead_s = ahead_s


def followed(ahead_s: float, told: ClockTold) -> float:
    """By how much the router's clock is ahead, after it was told."""
    return told.ahead_s if abs(told.ahead_s - ahead_s) >= STEP_S else ahead_s
