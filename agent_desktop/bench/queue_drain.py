"""More work than the agents can do: how fast they drain the queue, and how long customers wait.

The whole router as a process, its record on disk, simulated agents on real websockets: mails arrive at a
steady rate above what the agents can do; each agent accepts at once, works for the handle time and wraps up.
Every agent idles for as long as the router takes from the end of one interaction to the next offer: so much
is lost of `agents / handle time`, the most that can be drained.

The waits are compared with an ideal first-come-first-served queue for the same instants of arrival, worked
out here: the same agents, the same handle time, no time lost in between.
"""

from __future__ import annotations

import asyncio
import heapq
import statistics
from collections.abc import Sequence
from typing import Final

from agent_desktop.bench._links import Link, Offer
from agent_desktop.bench._measured import measured
from agent_desktop.bench._routing_child import SOLVED, Plan
from agent_desktop.bench.result import Result, compared
from agent_desktop.errors import AgentDesktopError
from agent_desktop.wire import commands

AGENTS: Final = 50
HANDLE_S: Final = 1.0
RATE: Final = 60.0
ARRIVALS: Final = 720  # 12 s of arrivals: the ideal median wait is then about a second
ASTERISK: Final = "measured before: Asterisk 22 app_queue default"
ASTERISK_PER_S: Final = 27.0
ASTERISK_WAIT_S: Final = 5.0


def run(
    agents: int = AGENTS, handle_s: float = HANDLE_S, rate: float = RATE, arrivals: int = ARRIVALS
) -> list[Result]:
    """Measure one overload."""

    def work(link: Link, offer: Offer) -> None:
        link.ask(commands.AcceptOffer(offer=offer.id))
        done = commands.WrapUp(interaction=offer.interaction, code=SOLVED)
        asyncio.get_running_loop().call_later(handle_s, link.ask, done)

    plan = Plan(kind="router", agents=agents, arrivals=arrivals, rate=rate, limit=1)
    figures = measured(plan, work, patience_s=60 + 3 * arrivals * handle_s / agents)
    if figures.refusals:
        raise AgentDesktopError(f"The router refused simulated agents: {figures.refusals[0]}")
    offers = sorted(figures.offers)
    most = agents / handle_s
    drained = rate_drained([received for _, received in offers], agents)
    waits = [received - arrived for arrived, received in offers]
    ideal = ideal_waits([arrived for arrived, _ in offers], agents, handle_s)
    wait, least = statistics.median(waits), statistics.median(ideal)
    where = f"{agents} agents, {handle_s:g} s each, {rate:g}/s offered"
    return [
        compared(
            f"drain rate, {where}",
            drained,
            "/s",
            against="the theoretical maximum",
            against_value=most,
            goal=">= 98 %",
            meets=lambda ratio: ratio >= 0.98,
        ),
        _beside_asterisk(f"drain rate, {where}", drained, "/s", ASTERISK_PER_S, met=drained > ASTERISK_PER_S),
        compared(
            f"median wait, {where}",
            wait,
            "s",
            against="an ideal queue, same arrivals",
            against_value=least,
            goal="printed",
            meets=lambda _ratio: True,
        ),
        _beside_asterisk(f"median wait, {where}", wait, "s", ASTERISK_WAIT_S, met=wait < ASTERISK_WAIT_S),
        Result(
            metric=f"order: offers that overtook an earlier arrival, {where}",
            value=overtaken(offers),
            unit="of all",
            against="an ideal queue, same arrivals",
            against_value=0.0,
            goal="0",
            met=overtaken(offers) == 0,
        ),
    ]


def _beside_asterisk(metric: str, value: float, unit: str, then: float, *, met: bool) -> Result:
    return Result(
        metric=metric,
        value=value,
        unit=unit,
        against=ASTERISK,
        against_value=then,
        goal="better (not in this run)",
        met=met,
    )


def rate_drained(received: Sequence[float], agents: int) -> float:
    """Offers in a second over whole rounds of all agents, from the moment when all are busy.

    The first of a round and the first of the next are the same agent's turn, so that the pauses of a
    crowd that works in step count neither for nor against.
    """
    ordered = sorted(received)
    rounds = (len(ordered) - 1) // agents - 1
    if rounds < 1:
        raise AgentDesktopError("Too little work to measure a drain: give every agent two turns or more.")
    return rounds * agents / (ordered[agents * (rounds + 1)] - ordered[agents])


def ideal_waits(arrivals: Sequence[float], agents: int, handle_s: float) -> list[float]:
    """How long each would wait in an ideal queue: first come, first served, no time lost."""
    free = [0.0] * agents
    waits = []
    for arrived in sorted(arrivals):
        begins = max(arrived, heapq.heappop(free))
        waits.append(begins - arrived)
        heapq.heappush(free, begins + handle_s)
    return waits


def overtaken(offers: Sequence[tuple[float, float]]) -> float:
    """The share of (arrived, received) that were offered more than 50 ms before an earlier arrival."""
    last, count = 0.0, 0
    for _, received in sorted(offers):
        count += received < last - 0.05
        last = max(last, received)
    return count / max(1, len(offers))
