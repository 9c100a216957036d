"""How long somebody will wait, as far as it can be known.

The estimate: everybody ahead takes one agent for the usual handle time, and the agents of the queue work
side by side.  It is told in whole minutes and never promised.
"""

from __future__ import annotations

from agent_desktop.domain.types import Seconds

SMOOTHING = 0.1  # the weight of the newest handle time in the usual one
USUAL_S = Seconds(180.0)  # until the queue has a day's experience of its own


def usual(before: Seconds, newest: Seconds) -> Seconds:
    """The usual handle time after one more was seen."""
    return Seconds(before + SMOOTHING * (newest - before))


def estimated(ahead: int, *, ready: int, staffed: int, handle_s: Seconds = USUAL_S) -> Seconds:
    """The wait of somebody with `ahead` others in front; 0 when an agent is free, -1 when nobody works.

    `staffed` counts the agents who are signed in for the queue, `ready` those of them who are free.
    """
    if not staffed:
        return Seconds(-1.0)
    if ready > ahead:
        return Seconds(0.0)
    return Seconds((ahead - ready + 1) * handle_s / staffed)
