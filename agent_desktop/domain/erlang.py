"""Queueing formulas: what a queue of so many agents gives on average, to check a plan or a simulation.

Erlang C: calls come at random (Poisson), agents are alike, talk times are exponential, nobody leaves.
Erlang A: the same, but who waits leaves after an exponential time.  Both say what holds in the long run.

`load` is in erlangs: arrivals per second times the mean handle time.  The sums are taken relative to the
state in which every agent is busy, so that neither factorials nor powers are formed: thousands of agents are
no trouble.  Sources: Erlang (1917); Gans, Koole, Mandelbaum, Telephone Call Centers (2003), section 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from agent_desktop.domain.types import Seconds

_NEGLIGIBLE = 1e-15
_LARGE = 1e200
_STATES_MOST = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What to expect of a queue; waits are over all customers, abandoned ones too."""

    waits: float  # the share that waits at all
    asa_s: Seconds  # infinite when the agents cannot keep up
    occupancy: float
    abandons: float = 0.0


def _empty_over_full(agents: int, load: float) -> float:
    """The probability of up to `agents` busy, relative to that of exactly so many (1 / Erlang B)."""
    total = 1.0
    for busy in range(1, agents + 1):
        total = 1.0 + total * busy / load
        if math.isinf(total):
            return math.inf  # nobody ever finds all agents busy
    return total


def blocked(agents: int, load: float) -> float:
    """Erlang B: the share that finds all agents busy when nobody can wait."""
    _check(agents, load)
    return 0.0 if load == 0 else 1.0 / _empty_over_full(agents, load)


def wait_probability(agents: int, load: float) -> float:
    """Erlang C: the share that has to wait; 1 when the load is too much for the agents."""
    _check(agents, load)
    if load >= agents:
        return 1.0
    if load == 0:
        return 0.0
    lost = 1.0 / _empty_over_full(agents, load)
    return lost / (1.0 - (load / agents) * (1.0 - lost))


def occupancy(agents: int, load: float) -> float:
    """The share of the agents' time that is spent on work; at most 1."""
    _check(agents, load)
    return min(1.0, load / agents) if agents else 1.0


def asa(agents: int, load: float, handle_s: Seconds) -> Seconds:
    """Erlang C: the average speed of answer, of all customers; infinite when the load is too much."""
    waits = wait_probability(agents, load)
    return Seconds(math.inf if load >= agents else waits * handle_s / (agents - load))


def service_level(agents: int, load: float, handle_s: Seconds, within_s: Seconds) -> float:
    """Erlang C: the share answered within `within_s`; 0 when the load is too much."""
    if load >= agents:
        return 0.0
    waits = wait_probability(agents, load)
    return 1.0 - waits * math.exp(-(agents - load) * within_s / handle_s) if handle_s else 1.0


def needed(load: float, handle_s: Seconds, within_s: Seconds, share: float) -> int:
    """The fewest agents that answer `share` (below 1) within `within_s`, by Erlang C."""
    if not 0.0 <= share < 1.0:
        raise ValueError("a service level is at least 0 and below 1")
    agents = math.floor(load) + 1
    while service_level(agents, load, handle_s, within_s) < share:
        agents += 1
    return agents


def erlang_c(agents: int, load: float, handle_s: Seconds) -> Expected:
    """The figures of a queue in which everybody waits until answered."""
    return Expected(
        waits=wait_probability(agents, load),
        asa_s=asa(agents, load, handle_s),
        occupancy=occupancy(agents, load),
    )


def erlang_a(agents: int, load: float, handle_s: Seconds, patience_s: Seconds) -> Expected:
    """The figures of a queue whose customers leave after `patience_s` on average (greater than 0)."""
    _check(agents, load)
    if patience_s <= 0 or handle_s <= 0:
        raise ValueError("patience and handle time are greater than 0")
    if math.isinf(patience_s):
        return erlang_c(agents, load, handle_s)
    if load == 0:
        return Expected(waits=0.0, asa_s=Seconds(0.0), occupancy=0.0)
    below, full, term, above, queued = _empty_over_full(agents, load), 1.0, 1.0, 0.0, 0.0
    for waiting in range(1, _STATES_MOST):
        term *= load / (agents + waiting * handle_s / patience_s)
        above, queued = above + term, queued + waiting * term
        if term > _LARGE:  # the usual state lies far above: measure relative to it
            below, above, queued, full, term = below / term, above / term, queued / term, full / term, 1.0
        if waiting * term < _NEGLIGIBLE * max(1.0, queued):
            break
    if math.isinf(below):
        return Expected(waits=0.0, asa_s=Seconds(0.0), occupancy=load / agents)
    arrivals, waiting_mean = load / handle_s, queued / (below + above)
    left = waiting_mean / patience_s / arrivals
    return Expected(
        waits=(full + above) / (below + above),
        asa_s=Seconds(waiting_mean / arrivals),
        occupancy=load * (1.0 - left) / agents if agents else 1.0,
        abandons=left,
    )


def _check(agents: int, load: float) -> None:
    if agents < 0 or load < 0:
        raise ValueError("agents and load are not negative")
