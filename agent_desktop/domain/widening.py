"""How far a queue reaches for waiting work: which skill step is asked, and agents of which delay.

Both grow with the time since the work came to wait in its queue, in steps: nothing is computed from the clock
while it waits, each change is an event of the log (`Widened`) at the instant that is said here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent_desktop.domain.centre import AgentEntry, Queue
from agent_desktop.domain.types import Instant, QueueId, Seconds


@dataclass(frozen=True, slots=True)
class Reach:
    """What holds now, and when the next change comes; 0: none comes."""

    stage: int = 0
    delay_s: Seconds = Seconds(0.0)
    next_at: Instant = Instant(0.0)


def delays(agents: Iterable[AgentEntry], queue: QueueId) -> tuple[Seconds, ...]:
    """The delays of the agents' places in a queue, each once, shortest first; none is zero."""
    found = (a.places[queue].delay_s for a in agents if queue in a.queues and queue in a.places)
    return tuple(sorted({delay for delay in found if delay > 0}))


def reach(queue: Queue, waits: Sequence[Seconds], entered_at: Instant, now: Instant) -> Reach:
    """Which step and which delay hold at `now` for work that came at `entered_at`; `waits` from `delays`."""
    stage, begun, changes = 0, entered_at, []
    for step in queue.steps:
        if step.expires_s <= 0:
            break
        over = Instant(begun + step.expires_s)
        if now < over:
            changes.append(over)
            break
        stage, begun = stage + 1, over
    delay_s = Seconds(0.0)
    for wait in waits:
        over = Instant(entered_at + wait)
        if now < over:
            changes.append(over)
            break
        delay_s = wait
    return Reach(stage, delay_s, min(changes, default=Instant(0.0)))
