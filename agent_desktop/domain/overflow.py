"""Where a call waits that is sent to a queue: there, or elsewhere because it is closed or full (G10).

A queue with opening hours is closed outside them; one with `overflow_size` is full with so many waiting.
Either may name another queue, which may be closed or full in its turn.  Every turn is told in words, so that
the agent sees the way (H3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent_desktop.domain.centre import Queue
from agent_desktop.domain.types import QueueId, SkillId


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The queue in the end, how it came to that, and whether that queue is closed: nobody may wait there."""

    queue: QueueId
    path: tuple[str, ...] = ()
    closed: bool = False


def admitted(
    queues: Mapping[QueueId, Queue],
    wanted: QueueId,
    *,
    is_open: Callable[[str], bool],
    waiting: Callable[[QueueId], int],
) -> Admission:
    """Where somebody who is sent to `wanted` waits.  Full queues that name each other: the first one."""
    path: list[str] = []
    at, seen = wanted, {wanted}
    while (queue := queues.get(at)) is not None:
        if queue.hours and not is_open(queue.hours):
            path.append(f"{queue.name} is closed")
            if not queue.closed_queue or queue.closed_queue in seen:
                return Admission(queue=at, path=tuple(path), closed=True)
            at = queue.closed_queue
        elif queue.overflow_size and waiting(at) >= queue.overflow_size and queue.overflow:
            path.append(f"{queue.name} is full")
            if queue.overflow in seen:
                return Admission(queue=wanted, path=tuple(path))
            at = queue.overflow
        else:
            break
        seen.add(at)
    return Admission(queue=at, path=tuple(path))


def skills_elsewhere(asked: Mapping[SkillId, int], before: Queue | None) -> dict[SkillId, int]:
    """What the caller asks for in another queue: what the queue before asked for of its own stays there."""
    own = before.skills if before is not None else {}
    return {skill: level for skill, level in asked.items() if own.get(skill) != level}
