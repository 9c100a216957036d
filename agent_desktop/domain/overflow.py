"""Where a call waits that is sent to a queue: there, or elsewhere because it is closed, empty or full.

A queue with opening hours is closed outside them; one with `overflow_size` is full with so many waiting.
Either may name another queue, which may be closed or full in its turn.  Every turn is told in words, so that
the agent sees the way (H3).

A queue with `join_empty` or `leave_empty` is empty while each of its agents is in at least one of the states
that the list names; callers then meet what they meet in a closed queue.

| factor     | an agent does not count as there who ...                       |
|------------|----------------------------------------------------------------|
| logged_out | is not signed in                                               |
| not_ready  | is signed in and not ready, or has paused this queue           |
| no_phone   | has no phone registered                                        |
| ringing    | is being offered a call                                        |
| busy       | has a call                                                     |
| wrap_up    | is still busy with the wrap-up of a call                       |

Text work is never turned away: it waits, and outside the hours its promises stand still.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import LOGGED_OUT, NOT_READY, Agent
from agent_desktop.domain.centre import Queue
from agent_desktop.domain.types import MediumId, QueueId, SkillId


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
    is_empty: Callable[[Queue], bool] = lambda _queue: False,
) -> Admission:
    """Where somebody who is sent to `wanted` waits.  Full queues that name each other: the first one."""
    path: list[str] = []
    at, seen = wanted, {wanted}
    while (queue := queues.get(at)) is not None:
        shut = bool(queue.hours) and not is_open(queue.hours)
        if shut or is_empty(queue):
            path.append(f"{queue.name} is closed" if shut else f"nobody is in {queue.name}")
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


def absence(agent: Agent, queue: QueueId, calls: Collection[str]) -> frozenset[str]:
    """In which of EMPTY_FACTORS an agent of a queue is; `calls` are the states of the calls in hand."""
    found = {
        "logged_out": agent.state == LOGGED_OUT,
        "not_ready": agent.state == NOT_READY or queue in agent.paused,
        "no_phone": not agent.phone,
        "ringing": interactions.OFFERED in calls,
        "busy": interactions.ACTIVE in calls or interactions.HELD in calls,
        "wrap_up": interactions.WRAP_UP in calls,
    }
    return frozenset(factor for factor, here in found.items() if here)


def nobody_there(factors: Collection[str], absences: Iterable[frozenset[str]]) -> bool:
    """Whether every agent of a queue is in one of the factors; a queue without the rule is never empty."""
    return bool(factors) and all(not absent.isdisjoint(factors) for absent in absences)


def skills_elsewhere(asked: Mapping[SkillId, int], before: Queue | None) -> dict[SkillId, int]:
    """What the caller asks for in another queue: what the queue before asked for of its own stays there."""
    own = before.skills if before is not None else {}
    return {skill: level for skill, level in asked.items() if own.get(skill) != level}


def home(queues: Mapping[QueueId, Queue], queue: QueueId, medium: MediumId) -> QueueId:
    """Where work of a queue waits: there, or, when there is no such queue, in the first of its medium."""
    if queue in queues or not queues:
        return queue
    return next((key for key, other in queues.items() if medium in other.media), next(iter(queues)))
