"""The router: offers per second in memory and over websockets, delay, growth of cost, restart.

1. In memory: offers decided, and durable ones, for each second of CPU (`_decisions` says what is durable).
2. Over real websockets: the whole router as a process (its record on disk with `synchronous=FULL`) and a
   bare relay on the same websocket library, in turn, with the same simulated agents: how many offers arrive
   in a second when work comes as fast as it can be handed in, and what one costs.  Bare work arrives at the
   hub, is queued, matched and offered: three entries of the log and one row.
3. The same at a steady rate: from the arrival to the offer at the agent.  The instant of arrival travels
   in the message (one monotonic clock for both processes).
4. Whole interactions at a steady rate, from the mail at the intake to its disposition.
5. The cost of an arrival, an accept and an agent who becomes free at n, 10 n, 100 n (`_growth`).
6. A start on a record in which work waits.

CPU is what the operating system counted for the measured process while the work ran.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from agent_desktop.bench import _decisions, _growth
from agent_desktop.bench._measured import Figures, measured, serve
from agent_desktop.bench._routing_child import Plan
from agent_desktop.bench.result import Result, compared
from agent_desktop.errors import AgentDesktopError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large each part is; the defaults are the goals' sizes."""

    agents: int = 10_000
    waiting: int = 100_000
    flood: tuple[int, int] = (2_000, 20_000)  # agents, offers
    steady: tuple[int, int, float] = (1_000, 6_000, 2_000.0)  # agents, offers, a second
    whole: tuple[tuple[int, int, float], ...] = ((10, 1_500, 150.0), (2_000, 1_500, 150.0))
    growth: tuple[int, ...] = (100, 1_000, 10_000)  # agents; ten times as many wait
    times: int = 400  # acts of each kind in the growth
    restart: int = 100_000


def run(sizes: Sizes | None = None) -> list[Result]:
    """Measure every part."""
    use = sizes or Sizes()
    return [*_memory(use), *_flood(use), *_steady(use), *_whole(use), *_grown(use), *_restarted(use)]


def _memory(use: Sizes) -> list[Result]:
    size = f"{use.agents} agents, {use.waiting} waiting"
    decided = _decisions.decided(use.agents, use.waiting)
    durable = asyncio.run(_decisions.durable(use.agents, use.waiting))
    rows = [
        ("offers decided (index and domain step, nothing written)", decided, "a scan of all that waits"),
        ("durable offers (router's rooms, record, synchronous=FULL)", durable.per_cpu_s, "decided only"),
    ]
    other = (_decisions.scanned(use.agents, use.waiting), decided)
    found = [
        Result(
            metric=f"{name}, {size}",
            value=value,
            unit="/s of CPU",
            against=against,
            against_value=beside,
            goal=">= 20,000/s per core",
            met=value >= 20_000,
        )
        for (name, value, against), beside in zip(rows, other, strict=True)
    ]
    longest = Result(
        metric=f"longest turn of the loop (its CPU) with {_decisions.TURN} agents free in it, {size}",
        value=durable.longest_turn_ms,
        unit="ms",
        against="the goal",
        against_value=20.0,
        goal="<= 20 ms",
        met=durable.longest_turn_ms <= 20.0,
    )
    return [*found, longest]


def _flood(use: Sizes) -> list[Result]:
    agents, offers = use.flood
    relay, router = _pair(agents, offers, 0.0, whole=False)
    against = f"bare relay on the same library, {agents} agents"
    return [
        Result(
            metric=f"durable offers over websockets, {agents} agents, work as fast as it comes",
            value=router.per_s,
            unit="/s",
            against=against,
            against_value=relay.per_s,
            goal=">= 10,000/s on two cores",
            met=router.per_s >= 10_000,
        ),
        _cpu(f"CPU per offer, {agents} agents, as fast as it comes", relay, router, against),
    ]


def _steady(use: Sizes) -> list[Result]:
    agents, offers, rate = use.steady
    relay, router = _pair(agents, offers, rate, whole=False)
    against = f"bare relay on the same library, {agents} agents"
    where = f"{agents} agents, {rate:.0f}/s"
    return [_cpu(f"CPU per offer, {where}", relay, router, against), *_delays(where, relay, router, against)]


def _whole(use: Sizes) -> list[Result]:
    found: list[Result] = []
    for agents, arrivals, rate in use.whole:
        relay, router = _pair(agents, arrivals, rate, whole=True)
        against = f"bare relay on the same library, {agents} agents"
        where = f"whole interactions, {agents} agents, {rate:.0f}/s"
        found.append(
            compared(
                f"CPU per interaction (mail, offer, accept, wrap-up), {agents} agents",
                router.cpu_us,
                "us",
                against=f"{against}: the offer alone",
                against_value=relay.cpu_us,
                goal="none (the relay does one of five steps)",
                meets=lambda _ratio: True,
            )
        )
        found += _delays(where, relay, router, against)
    return found


def _pair(agents: int, offers: int, rate: float, *, whole: bool) -> tuple[Figures, Figures]:
    limit = 2 if whole else -(-offers // agents) + 2  # bare work rings on: there is room for all of it
    relay = measured(
        Plan(kind="relay", agents=agents, arrivals=offers, rate=rate, whole=whole), serve if whole else None
    )
    router = measured(
        Plan(kind="router", agents=agents, arrivals=offers, rate=rate, limit=limit, whole=whole),
        serve if whole else None,
    )
    if router.refusals:
        raise AgentDesktopError(f"The router refused simulated agents: {router.refusals[0]}")
    return relay, router


def _cpu(metric: str, relay: Figures, router: Figures, against: str) -> Result:
    return compared(
        metric,
        router.cpu_us,
        "us",
        against=against,
        against_value=relay.cpu_us,
        goal="<= 4.5 times the relay",
        meets=lambda ratio: ratio <= 4.5,
    )


def _delays(where: str, relay: Figures, router: Figures, against: str) -> list[Result]:
    rows = []
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        ours, bare = router.percentile(share), relay.percentile(share)
        rows.append(
            Result(
                metric=f"arrival to offer {name}, {where}",
                value=ours,
                unit="ms",
                against=against,
                against_value=bare,
                goal="<= 5 ms above the relay",
                met=ours - bare <= 5.0,
            )
        )
    return rows


def _grown(use: Sizes) -> list[Result]:
    found = {size: asyncio.run(_growth.costs(size, size * 10, use.times)) for size in use.growth}
    smallest, largest = min(found), max(found)
    slopes = _growth.slopes(found)
    return [
        Result(
            metric=f"{act}: slope of its cost over {_over(use.growth)} agents, ten times as many waiting",
            value=slopes[act],
            unit=f"log-log ({found[smallest][act]:.0f} us to {found[largest][act]:.0f} us)",
            against="the goal",
            against_value=0.15,
            goal="<= 0.15",
            met=slopes[act] <= 0.15,
        )
        for act in _growth.ACTS
    ]


def _over(sizes: Sequence[int]) -> str:
    return ", ".join(str(size) for size in sizes)


def _restarted(use: Sizes) -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        _child("fill", folder, str(use.agents), str(use.restart))
        answer = json.loads(_child("start", folder, str(use.agents)))
    if answer["waiting"] != use.restart:
        raise AgentDesktopError(f"Only {answer['waiting']} of {use.restart} wait after the restart.")
    return [
        Result(
            metric=f"restart with {use.restart} waiting, {use.agents} agents: record to open door",
            value=answer["s"],
            unit="s",
            against="CPU of the same start",
            against_value=answer["cpu_s"],
            goal="<= 2 s",
            met=answer["s"] <= 2.0,
        )
    ]


def _child(*words: str) -> str:
    command = [sys.executable, "-m", "agent_desktop.bench._restart_child", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if done.returncode:
        raise AgentDesktopError(f"The measured router did not start:\n{done.stderr[-2000:]}")
    return done.stdout
