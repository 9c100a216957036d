"""Decisions in words: why did I get this, and why is nobody taking this (U-3).

A `Decision` is made of what was compared, at the moment of the decision; its sentences follow from it, in the
order of the decision: rule, candidates, tie-break, clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent_desktop.domain import routing
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.call import CARRIERS
from agent_desktop.domain.centre import Queue
from agent_desktop.domain.decision import AGENT, WORK, Considered, Decision
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import MEDIA, Medium
from agent_desktop.domain.routing import Candidate, Obstacle, Requirement, asked, clock, requirement
from agent_desktop.domain.skills import missing
from agent_desktop.domain.types import Instant, MediumId, Seconds
from agent_desktop.domain.widening import reach

MOST: Final = 5  # looked at and told

# By selection: its name, and what is said of those who come later by it.
_BY: Final[Mapping[str, tuple[str, str]]] = {
    "longest_idle": ("longest idle", ""),
    "least_occupied": ("least occupied", "more occupied"),
    "round_robin": ("next in turn", "had work later"),
    "weighted": ("least work for the weight", "had more work for the weight"),
    "proficiency": ("best skilled", "less skilled"),
}
IDLE, BY_ID = "longest idle", "first by id"
_WORK_BEHIND: Final = ("a place of lower priority", "lower priority", "came later", "same, but later by id")


# --- the decision ---------------------------------------------------------------------------------


def agent_chosen(
    interaction: Interaction,
    queue: Queue,
    ranked: Sequence[Agent],
    *,
    free: int,
    waiting: int,
    now: Instant,
    preferred: bool = False,
) -> Decision:
    """Work looked for an agent; `ranked` are the first of those who were free, the chosen one in front."""
    wanted, look = requirement(interaction, queue), routing.measure(queue.select)
    chosen, ranks = ranked[0], [(look(agent, wanted), agent.idle_since_at, agent.id) for agent in ranked]
    name, behind = _BY[queue.select]
    words = (behind, "idle for less time", "same, but later by id")
    tie_break = ""
    if preferred:
        name = _kept_words(interaction)
    elif len(ranked) > 1:
        at = _differ(ranks[0], ranks[1])
        tie_break = ("", "" if queue.select == "longest_idle" else IDLE, BY_ID)[at]
    scores = [_agent_score(a, rank[0], queue.select, now) for a, rank in zip(ranked, ranks, strict=True)]
    others = [words[_differ(ranks[0], rank)] for rank in ranks[1:]]
    told = zip(ranked, scores, ["asked", *others], strict=True)
    return Decision(
        cause=WORK,
        agent=chosen.id,
        queue=interaction.queue,
        at=now,
        waiting=waiting,
        free=free,
        stage=interaction.stage,
        rule=routing.rule(interaction, queue),
        selection=name,
        score=scores[0],
        tie_break=tie_break,
        considered=tuple([Considered(id=a.id, score=score, why=why) for a, score, why in told]),
    )


def work_chosen(
    agent: Agent,
    queue: Queue,
    ranked: Sequence[Interaction],
    *,
    free: int,
    waiting: int,
    now: Instant,
) -> Decision:
    """An agent looked for work; `ranked` are the firsts of what waits for such agents, best in front."""
    chosen, ranks = ranked[0], [rank_for(agent, work) for work in ranked]
    scores = [_work_score(agent, work, now) for work in ranked]
    others = [_WORK_BEHIND[_differ(ranks[0], rank)] for rank in ranks[1:]]
    told = zip(ranked, scores, ["offered", *others], strict=True)
    tied = len(ranks) > 1 and _differ(ranks[0], ranks[1]) == len(ranks[0]) - 1
    kept = agent.id in (chosen.reserved, chosen.preferred)
    return Decision(
        cause=AGENT,
        agent=agent.id,
        queue=chosen.queue,
        at=now,
        waiting=waiting,
        free=free,
        stage=chosen.stage,
        rule=routing.rule(chosen, queue),
        selection=_kept_words(chosen) if kept else "first by place, priority and age",
        score=scores[0],
        tie_break=BY_ID if tied else "",
        considered=tuple([Considered(id=w.id, score=score, why=why) for w, score, why in told]),
    )


def rank_for(agent: Agent, work: Interaction) -> tuple[int, int, float, str]:
    """The order of waiting work for one agent: the place in its queue, then as the work itself ranks."""
    return (-routing.place_of(agent, work.queue).priority, *routing.work_rank(work))


def _differ(first: Sequence[object], second: Sequence[object]) -> int:
    at = 0
    while first[at] == second[at]:  # ids differ
        at += 1
    return at


def _kept_words(interaction: Interaction) -> str:
    return "transferred to this agent" if interaction.accepted_at else "last served by this agent"


def _agent_score(agent: Agent, measured: float, select: str, now: Instant) -> str:
    """What an agent was chosen by, or not, in words; `measured` by the selection, the least first."""
    idle = f"idle {clock(now - agent.idle_since_at)}"
    match select:
        case "least_occupied":
            return f"occupied {measured:.1%}, {idle}"
        case "round_robin":
            last = f"{clock(now - agent.served_at)} ago" if agent.served_at else "not yet"
            return f"last had work {last}, {idle}"
        case "weighted":
            return f"{agent.handled} taken, weight {agent.weight}, {idle}"
        case "proficiency" if measured:
            return f"proficiency {round(-measured)}, {idle}"
        case _:
            return idle


def _work_score(agent: Agent, work: Interaction, now: Instant) -> str:
    place = routing.place_of(agent, work.queue).priority
    older = f", ranked {clock(work.older_s)} older" if work.older_s > 0 else ""
    younger = f", ranked {clock(-work.older_s)} younger" if work.older_s < 0 else ""
    waited = clock(now - work.queued_at)
    return f"place {place}, priority {work.priority}, waited {waited}{older}{younger}"


# --- why did I get this ---------------------------------------------------------------------------


def reasons(decision: Decision, interaction: Interaction, agent: Agent, queue: Queue) -> tuple[str, ...]:
    """Why this agent was asked, as sentences in the order of the decision."""
    lines: list[str] = []
    if interaction.call is not None and (carrier := CARRIERS.get(interaction.call.text)):
        lines.append(f"Caller types by {carrier}")
    if interaction.priority != routing.PLACE.priority:
        lines.append(f"Priority {interaction.priority}")
    if interaction.older_s:
        lines.append("Moved in the queue by a supervisor")
    if queue.steps and not interaction.reserved:
        lines.append(decision.rule[:1].upper() + decision.rule[1:])
    lines += [
        f"{skill} ≥ {level}: you have {agent.skills.get(skill, 0)}"
        for skill, level in requirement(interaction, queue).skills
    ]
    lines.append(_how(decision, interaction, agent))
    place = routing.place_of(agent, interaction.queue).priority
    if place != routing.PLACE.priority:
        lines.append(f"Your priority in {queue.name}: {place}")
    if decision.waiting > 1:
        lines.append(f"First of {decision.waiting} waiting")
    if interaction.refused_by:
        lines.append(f"Offered before to {len(interaction.refused_by)}")
    lines.append(f"Waited {clock(decision.at - interaction.queued_at)} in {queue.name}")
    return tuple(lines)


def _how(decision: Decision, interaction: Interaction, agent: Agent) -> str:
    if decision.selection == _kept_words(interaction):
        return "Transferred to you" if interaction.accepted_at else "Last served by you"
    if decision.free <= 1:
        return "You were the only free agent"
    if decision.cause == AGENT:
        return "You came free"
    first = decision.tie_break or decision.selection
    if first in (IDLE, BY_ID):
        return f"Longest idle of {decision.free} free agents: {clock(decision.at - agent.idle_since_at)}"
    return f"{first.capitalize()} of {decision.free} free agents: {decision.score.split(', idle')[0]}"


# --- why is nobody taking this --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hindered:
    """One agent who is not asked, and why."""

    agent: Agent
    why: str


@dataclass(frozen=True, slots=True)
class Nobody:
    """Why waiting work is not taken: how many agents each obstacle keeps away, and the first of them."""

    rule: str = ""
    counted: tuple[str, ...] = ()  # "4 on calls", most frequent first
    first: tuple[Hindered, ...] = ()
    opens: str = ""  # what changes next, and when
    free: int = 0

    def line(self) -> str:
        """All of it in one sentence."""
        return "; ".join(part for part in (", ".join(self.counted), self.opens) if part)


def why_nobody(
    interaction: Interaction,
    queue: Queue,
    candidates: Iterable[Candidate],
    *,
    opens: str = "",
    label: Callable[[str], str] = str,
    most: int = 12,
    media: Mapping[MediumId, Medium] = MEDIA,
) -> Nobody:
    """Count what keeps agents away from waiting work.

    `candidates`: who is in the queue, and whom it is kept for; `opens` from `next_change`; `label` gives a
    reason code's name.
    """
    wanted = requirement(interaction, queue)
    counts: Counter[tuple[str, str]] = Counter()
    first: list[Hindered] = []
    free = 0
    for candidate in candidates:
        found = routing.hindrance(candidate, wanted, media[interaction.medium])
        if found is None and candidate.agent.id in interaction.refused_by:
            found = Obstacle("refused", "did not take it")
        if found is None:
            free += 1
            continue
        counts[_counted(found, candidate, wanted, label, media)] += 1
        if len(first) < most:
            first.append(Hindered(candidate.agent, found.words))
    counted = tuple(f"{n} {one if n == 1 else many}" for (one, many), n in counts.most_common())
    return Nobody(routing.rule(interaction, queue), counted, tuple(first), opens, free)


def next_change(queue: Queue, waits: Sequence[Seconds], i: Interaction, now: Instant) -> str:
    """What opens next for waiting work, and in how long; empty when nothing does."""
    held = reach(queue, waits, i.entered_at, now)
    if not held.next_at:
        return ""
    then, soon = reach(queue, waits, i.entered_at, held.next_at), clock(held.next_at - now)
    if then.stage == held.stage:
        return f"agents whose place waits {clock(then.delay_s)} are asked in {soon}"
    if then.stage >= len(queue.steps):
        return f"anybody in the queue is asked in {soon}"
    return f"step {then.stage + 1} opens in {soon}"


def _counted(
    found: Obstacle,
    candidate: Candidate,
    wanted: Requirement,
    label: Callable[[str], str],
    media: Mapping[MediumId, Medium],
) -> tuple[str, str]:
    """What is said of one agent, and of several."""
    agent = candidate.agent
    match found.kind:
        case "skills":
            lacking = missing(asked(wanted), agent.skills)
            return f"lacks {lacking}", f"lack {lacking}"
        case "not_ready":
            same = f"not ready: {label(agent.reason)}" if agent.reason else "not ready"
            return same, same
        case "capacity":
            return _doing(candidate, media)
        case "break_next":
            return "takes a break next", "take a break next"
        case "logged_out":
            return "signed out", "signed out"
        case "phone":
            return "without a phone", "without a phone"
        case _:
            return found.words, found.words


def _doing(candidate: Candidate, media: Mapping[MediumId, Medium]) -> tuple[str, str]:
    if candidate.doing == "wrap_up":
        return "in wrap-up", "in wrap-up"
    if candidate.doing == "ringing":
        return "being asked for other work", "being asked for other work"
    if any(count and media[key].talk for key, count in candidate.load.items()):
        return "on a call", "on calls"
    return "at the limit of work in hand", "at the limit of work in hand"
