"""The figures of a day, per queue: each a function of its turns, its formula in words.

- offered: incoming turns that began to wait, without those closed by the centre while they waited
- answered, abandoned: of those; what still waited at the end is neither
- wait: from coming to the queue to the answer, of the answered: mean, median, 95th percentile (nearest rank)
- SL  = answered within T / (answered + abandoned - short abandons) x 100
- SL2 = (answered within T + abandoned within T) / (answered + abandoned) x 100
  where T is the queue's `service_level_s`, and a short abandon left within its `short_abandon_s`
- occupancy: handling / (handling + ready and waiting), of the agents who serve the queue, over all their work
- handle time: active + hold + wrap-up, mean of the answered that are finished
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agent_desktop.domain.centre import Centre, Queue
from agent_desktop.domain.types import QueueId
from agent_desktop.server.replay.daybook import WITHDRAWN, Day, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """One queue's figures; None where there is nothing to count."""

    offered: int
    answered: int
    abandoned: int
    wait_mean_s: float | None
    wait_median_s: float | None
    wait_p95_s: float | None
    sl: float | None
    sl2: float | None
    occupancy: float | None
    handle_s: float | None


def turns_of(day: Day, queue: QueueId) -> list[Turn]:
    """What was offered to a queue."""
    return [t for t in day.turns if t.queue == queue and t.direction == "in" and t.finish != WITHDRAWN]


def measured(day: Day, centre: Centre) -> dict[QueueId, Measures]:
    """Every queue's figures."""
    return {key: _queue(turns_of(day, key), queue, day, centre) for key, queue in centre.queues.items()}


def _queue(turns: Sequence[Turn], queue: Queue, day: Day, centre: Centre) -> Measures:
    answered = sorted(t.wait_s for t in turns if t.answered_at)
    left = [t.wait_s for t in turns if t.left_at]
    within, short = queue.service_level_s, queue.short_abandon_s
    in_time = sum(wait <= within for wait in answered)
    counted = len(answered) + sum(wait > short for wait in left)
    everybody = len(answered) + len(left)
    took = [t.done_at - t.answered_at for t in turns if t.answered_at and t.done_at]
    return Measures(
        offered=len(turns),
        answered=len(answered),
        abandoned=len(left),
        wait_mean_s=sum(answered) / len(answered) if answered else None,
        wait_median_s=_rank(answered, 0.5),
        wait_p95_s=_rank(answered, 0.95),
        sl=100 * in_time / counted if counted else None,
        sl2=100 * (in_time + sum(wait <= within for wait in left)) / everybody if everybody else None,
        occupancy=_occupancy(queue.id, day, centre),
        handle_s=sum(took) / len(took) if took else None,
    )


def _rank(ordered: Sequence[float], share: float) -> float | None:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _occupancy(queue: QueueId, day: Day, centre: Centre) -> float | None:
    members = {key for key, entry in centre.agents.items() if queue in entry.queues}
    working = waiting = 0.0
    for span in day.spans:
        if span.agent in members:
            length = span.ended_at - span.begun_at
            working, waiting = working + length * span.working, waiting + length * (not span.working)
    return 100 * working / (working + waiting) if working + waiting else None
