"""A queue's figures since midnight, counted from committed events."""

from __future__ import annotations

from collections import Counter

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.centre import Queue
from agent_desktop.domain.types import QueueId
from agent_desktop.ports.storage import Changes, QueueCount

_COUNTED = (interactions.Accepted, interactions.Abandoned)


def count(counts: dict[QueueId, QueueCount], changes: Changes, queues: dict[QueueId, Queue]) -> set[QueueId]:
    """Add what one batch brought to `counts`; returns the queues that moved.

    Answered: the first accept.  In time: within the queue's service level.  Abandoned: the customer left
    before an answer.
    """
    moved: dict[QueueId, Counter[str]] = {}
    for event in changes.events:
        if not isinstance(event, _COUNTED):
            continue
        interaction = changes.interactions[event.interaction]
        if not interaction.queued_at or interaction.direction != "in":
            continue
        moves = moved.setdefault(interaction.queue, Counter())
        if isinstance(event, interactions.Abandoned):
            moves["abandoned"] += 1
        elif interaction.accepted_at == event.at:
            moves["answered"] += 1
            queue = queues.get(interaction.queue)
            if queue and event.at - interaction.queued_at <= queue.service_level_s:
                moves["in_time"] += 1
    for key, moves in moved.items():
        old = counts.get(key, QueueCount())
        counts[key] = QueueCount(
            answered=old.answered + moves["answered"],
            answered_in_time=old.answered_in_time + moves["in_time"],
            abandoned=old.abandoned + moves["abandoned"],
        )
    return set(moved)
