"""What customers and agents will do in a simulated day: written before it, so that two runs are alike.

From a recorded day: work comes when it came, asks for what it asked for, takes as long as it took.  What the
record cannot say is set by rule:
- work that nobody answered takes the mean of its queue and medium (of the day, if there is any);
- a customer who was answered would have waited at least so long, and after that an exponential time whose
  mean is all waiting in that queue by all abandons there (no abandons: for ever); the chance is drawn from
  the interaction's id.  Only who is present (a live medium) leaves;
- an agent who is new works the shift of the colleague with whom it shares most queues (of several: who
  was there longest, then the first by id);
- nobody misses or declines an offer; breaks that followed from that are kept as breaks.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId, SkillId
from agent_desktop.server.replay.daybook import WITHDRAWN, Act, Day, Turn

NEVER = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One turn of work to come.  `then`: where it is given to after its handling."""

    id: InteractionId
    medium: MediumId
    at: Instant
    queue: QueueId
    skills: dict[SkillId, int] = field(default_factory=dict)  # beyond the queue's own
    patience_s: float = NEVER
    answer_s: float = 2.0
    handle_s: float = 300.0
    wrap_s: float = 30.0
    finish: str = "ended"
    missed: int = 0  # offers that nobody looks at
    by: AgentId = AgentId("")  # who began it: outbound work
    then: Task | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A whole day."""

    since: Instant
    until: Instant
    tasks: tuple[Task, ...]
    acts: tuple[Act, ...]


@dataclass(slots=True)
class _Mean:
    """The means of one queue and medium."""

    count: int = 0
    answer_s: float = 0.0
    handle_s: float = 0.0
    wrap_s: float = 0.0

    def add(self, turn: Turn) -> None:
        self.count += 1
        self.answer_s += turn.answered_at - turn.offered_at
        self.handle_s += turn.worked_until - turn.answered_at
        self.wrap_s += max(0.0, (turn.done_at or turn.worked_until) - turn.worked_until)

    def mean(self, name: str) -> float:
        total: float = getattr(self, name)
        return total / self.count if self.count else 0.0


def script_of(day: Day, was: Centre, centre: Centre) -> Script:
    """The script of a recorded day for `centre`; it ran by `was`."""
    means, plain = _means(day.turns)
    patience = patience_of(day.turns)
    last: dict[InteractionId, Task] = {}
    tasks: list[Task] = []
    for turn in reversed(day.turns):  # what comes after is known first
        mean = means.get((turn.queue, turn.medium), plain)
        task = _task(turn, mean, was, patience.get(turn.queue, NEVER))
        followed = last.pop(turn.interaction, None)
        if followed is not None:
            task = replace(task, then=followed)
        if turn.follows:
            last[turn.interaction] = task
        else:
            tasks.append(task)
    tasks += last.values()  # its first turn lies before the period
    tasks.sort(key=lambda task: (task.at, task.id))
    return Script(day.since, day.until, tuple(tasks), tuple(acts_for(day, was, centre)))


def _task(turn: Turn, mean: _Mean, was: Centre, patience: float) -> Task:
    own = was.queues[turn.first_queue].skills if turn.first_queue in was.queues else {}
    answered, handled = turn.answered_at > 0, turn.worked_until > 0 and turn.answered_at > 0
    left = turn.left_at - turn.begun_at if turn.left_at else NEVER
    if answered and MEDIA[turn.medium].live:
        left = turn.wait_s - patience * math.log(chance(turn.interaction)) if patience < NEVER else NEVER
    wrapped = handled and turn.done_at
    return Task(
        id=InteractionId(f"{turn.interaction}.{turn.number}" if turn.number else turn.interaction),
        medium=turn.medium,
        at=turn.begun_at,
        queue=turn.first_queue,
        skills={key: level for key, level in turn.skills.items() if own.get(key) != level},
        patience_s=left,
        answer_s=turn.answered_at - turn.offered_at if answered else mean.mean("answer_s"),
        handle_s=turn.worked_until - turn.answered_at if handled else mean.mean("handle_s"),
        wrap_s=turn.done_at - turn.worked_until if wrapped else mean.mean("wrap_s"),
        finish=turn.finish if handled or turn.finish == WITHDRAWN else "ended",
        by=turn.agent if turn.direction == "out" and answered else AgentId(""),
    )


def _means(turns: Iterable[Turn]) -> tuple[dict[tuple[QueueId, MediumId], _Mean], _Mean]:
    means: dict[tuple[QueueId, MediumId], _Mean] = {}
    plain = _Mean()
    for turn in turns:
        if turn.answered_at and turn.worked_until:
            means.setdefault((turn.queue, turn.medium), _Mean()).add(turn)
            plain.add(turn)
    return means, plain


def patience_of(turns: Iterable[Turn]) -> dict[QueueId, float]:
    """The mean patience of each queue's live customers: all waiting by all abandons."""
    waited: dict[QueueId, float] = {}
    left: dict[QueueId, int] = {}
    for turn in turns:
        if MEDIA[turn.medium].live and turn.wait_s >= 0:
            waited[turn.queue] = waited.get(turn.queue, 0.0) + turn.wait_s
            gone = turn.left_at and turn.finish != WITHDRAWN
            left[turn.queue] = left.get(turn.queue, 0) + bool(gone)
    return {queue: seconds / left[queue] if left[queue] else NEVER for queue, seconds in waited.items()}


def chance(key: str) -> float:
    """A number above 0 and at most 1 that belongs to an id."""
    return (int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big") + 1) / 2**48


def acts_for(day: Day, was: Centre, centre: Centre) -> list[Act]:
    """The acts of everybody in `centre`: the recorded ones, and for who is new a colleague's."""
    by_agent: dict[AgentId, list[Act]] = {}
    for act in day.acts:
        by_agent.setdefault(act.agent, []).append(act)
    made = [act for key, acts in by_agent.items() if key in centre.agents for act in acts]
    for key in centre.agents:
        if key not in was.agents and key not in by_agent:
            pattern = colleague(key, day, centre, sorted(by_agent))
            made += [replace(act, agent=key) for act in by_agent.get(pattern, ())]
    return sorted(made, key=lambda act: act.at)


def colleague(key: AgentId, day: Day, centre: Centre, known: Sequence[AgentId]) -> AgentId:
    """Whose shift a new agent works; empty when nobody shares a queue."""
    mine = set(centre.agents[key].queues)
    there = dict.fromkeys(known, 0.0)
    for span in day.spans:
        there[span.agent] = there.get(span.agent, 0.0) + span.ended_at - span.begun_at
    rated = [
        (-len(mine & theirs), len(mine ^ theirs), -there[other], other)
        for other in known
        if other in centre.agents and mine & (theirs := set(centre.agents[other].queues))
    ]
    return min(rated)[-1] if rated else AgentId("")
