"""Is a simulated wait plausible?  Each queue's day beside Erlang C (and A, when customers left).

The day is cut into hours.  In each, the load is the turns that came times the mean time that one takes an
agent (ringing, handling, wrap-up; of the day); the agents are those who were working or ready, each divided
among the queues they serve in proportion to the work in those, and times what one holds at once of the
queue's medium.  Between two whole numbers of agents the result lies in proportion.  The expected wait is the
mean over all who came, with the mean time of ringing.

The formulas know neither agents who serve several queues, nor skills, nor a day that is not long enough for
their averages: they say what is plausible, not what is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from agent_desktop.domain import erlang
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.types import AgentId, QueueId, Seconds
from agent_desktop.server.replay.daybook import Day, Turn
from agent_desktop.server.replay.measures import Measures, turns_of
from agent_desktop.server.replay.script import NEVER, patience_of

HOUR_S = 3600.0
CLOSE = 2.0  # within half and double, or both below SMALL_S, the two agree
SMALL_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausible:
    """What the formulas expect of one queue's day; None where they cannot tell."""

    agents: float = 0.0  # on average, in the hours with work
    load: float = 0.0  # erlangs
    overloaded_hours: int = 0
    erlang_c_s: float | None = None  # the mean wait of everybody, answered or not
    erlang_c_day_s: float | None = None  # by the mean load and agents of the day, as a planner reckons
    erlang_a_s: float | None = None
    simulated_s: float | None = None  # the same mean of the run
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What one queue's check must know of all."""

    work: dict[QueueId, float]  # seconds of handling
    patience: dict[QueueId, float]


def checked(day: Day, centre: Centre, figures: dict[QueueId, Measures]) -> dict[QueueId, Plausible]:
    """Every queue's check."""
    context = _Context(
        work={key: f.offered * (f.handle_s or 0.0) for key, f in figures.items()},
        patience=patience_of(day.turns),
    )
    return {key: _queue(key, day, centre, figures[key], context) for key in centre.queues}


def _queue(key: QueueId, day: Day, centre: Centre, figures: Measures, context: _Context) -> Plausible:
    turns = turns_of(day, key)
    waits = [turn.wait_s for turn in turns if turn.wait_s >= 0]
    simulated = sum(waits) / len(waits) if waits else None
    if not turns or not figures.handle_s:
        return Plausible(
            simulated_s=simulated, words="No work was finished here: there is nothing to compare."
        )
    rang = [turn.answered_at - turn.offered_at for turn in turns if turn.answered_at]
    ring_s = sum(rang) / len(rang)
    held_s = Seconds(figures.handle_s + ring_s)  # a ringing agent is not free for others
    at_once = min((MEDIA[turn.medium].limit for turn in turns), default=1)
    shares = {agent: _share(agent, key, centre, context.work) for agent in centre.agents}
    hours = _hours(day, turns, {agent: share * at_once for agent, share in shares.items()})
    total = sum(came for came, _ in hours)

    def mean(expected: Callable[[int, float], Seconds]) -> float | None:
        waited = sum(
            came * _between(there, partial(_wait, expected, came * held_s / HOUR_S)) for came, there in hours
        )
        return waited / total + ring_s if waited < math.inf else None

    patience = Seconds(context.patience.get(key, NEVER))
    plain = mean(lambda agents, load: erlang.asa(agents, load, held_s))
    leaving = None
    if patience < NEVER:
        leaving = mean(lambda agents, load: erlang.erlang_a(agents, load, held_s, patience).asa_s)
    alone = all(centre.agents[a].queues == (key,) for a, share in shares.items() if share)
    agents = sum(there for _, there in hours) / len(hours)
    load = total * held_s / (len(hours) * HOUR_S)
    usual = _between(agents, lambda n: erlang.asa(n, load, held_s)) + ring_s
    made = Plausible(
        agents=agents,
        load=load,
        erlang_c_day_s=usual if usual < math.inf else None,
        overloaded_hours=sum(came * held_s / HOUR_S >= there for came, there in hours),
        erlang_c_s=plain,
        erlang_a_s=leaving,
        simulated_s=simulated,
    )
    return replace(made, words=_words(made, alone=alone, at_once=at_once))


def _hours(day: Day, turns: Sequence[Turn], shares: dict[AgentId, float]) -> list[tuple[int, float]]:
    """For each hour in which something came: how much, and how many agents were there for it."""
    count = max(1, math.ceil((day.until - day.since) / HOUR_S))
    came, there = [0] * count, [0.0] * count
    for turn in turns:
        came[min(count - 1, int((turn.begun_at - day.since) / HOUR_S))] += 1
    for span in day.spans:
        if share := shares.get(span.agent, 0.0):
            for hour in range(count):
                begin = day.since + hour * HOUR_S
                overlap = min(span.ended_at, begin + HOUR_S) - max(span.begun_at, begin)
                there[hour] += max(0.0, overlap) * share / HOUR_S
    return [(came[hour], there[hour]) for hour in range(count) if came[hour]]


def _wait(expected: Callable[[int, float], Seconds], load: float, agents: int) -> float:
    return expected(agents, load)


def _share(agent: AgentId, queue: QueueId, centre: Centre, work: dict[QueueId, float]) -> float:
    """How much of an agent's time is this queue's."""
    mine = centre.agents[agent].queues
    if queue not in mine:
        return 0.0
    total = sum(work.get(other, 0.0) for other in mine)
    return work[queue] / total if total else 0.0


def _between(agents: float, of: Callable[[int], float]) -> float:
    """A figure for a broken number of agents: in proportion between the two whole ones."""
    low = math.floor(agents)
    below, part = of(low), agents - low
    return below if part < 1e-9 else below * (1 - part) + of(low + 1) * part


def _words(made: Plausible, *, alone: bool, at_once: int) -> str:
    leaving, simulated = made.erlang_a_s, made.simulated_s
    expected = made.erlang_c_s if leaving is None else leaving
    if simulated is None:
        return "Nobody's wait was over: there is nothing to compare."
    named = "Erlang C" if leaving is None else "Erlang A"
    agrees = expected is not None and expected / CLOSE <= simulated <= expected * CLOSE
    if expected is not None and (agrees or max(simulated, expected) <= SMALL_S):
        return f"Plausible: {named} expects {expected:.0f} s, the run had {simulated:.0f} s."
    why = []
    if not alone:
        why.append("its agents serve other queues too, and help where they are needed")
    if at_once > 1:
        why.append(f"one agent holds up to {at_once} at once, but not beside every other work")
    if expected is None:
        why.append("an hour ends before its wait has grown so long")
        hours = "1 hour" if made.overloaded_hours == 1 else f"{made.overloaded_hours} hours"
        return (
            f"In {hours} more came than its share of the agents could do, and Erlang C "
            f"knows no end of that; the run had {simulated:.0f} s: {'; '.join(why)}."
        )
    why.append("skills and breaks are not in the formula")
    longer = "Longer" if simulated > expected else "Shorter"
    return f"{longer} than {named} expects ({expected:.0f} s, here {simulated:.0f} s): {'; '.join(why)}."
