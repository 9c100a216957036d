"""How long a call takes from the customer's INVITE until the agent's phone rings, at 30 calls a second.

A real router and its real switch; SIPp makes the calls to a number whose flow is the queue alone; every
agent is ready, accepts at once (a person's hand is not measured) and has a phone that is registered.  In
between: the call is committed, answered, queued, matched, offered, accepted, committed, and the phone is
called.  Beside it, in the same run, the same scenario of SIPp goes straight to a SIPp that answers: what
this computer and the network take without any centre.

Goal (issue 3): no call fails; the 99th percentile is printed with its ratio.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_desktop.bench._agents import BenchAgents
from agent_desktop.bench._centre import HOST, NUMBER, BenchCentre, cpu_s
from agent_desktop.bench._sipp import Load, Sipp
from agent_desktop.bench.result import Result

LOAD: Final = Load(calls=300, per_s=30, talk_ms=1000)
AGENTS: Final = 60
BASE_PORT: Final = 26000
_SOUND_PORTS: Final = 380
_SIPP_PORTS: Final = (26400, 26410)
_SETTLED_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """One side of the run."""

    failed: int
    delays_ms: tuple[float, ...]
    missing: int
    """Calls that never rang anywhere."""
    cpu_ms: float = 0.0
    """Of router and switch, for one call."""

    def percentile(self, share: float) -> float:
        ordered = sorted(self.delays_ms)
        return ordered[int(share * (len(ordered) - 1))] if ordered else float("inf")


def run(load: Load = LOAD, agents: int = AGENTS) -> list[Result]:
    """Measure the bare side first, then the centre."""
    with tempfile.TemporaryDirectory(prefix="bench-callsetup-") as folder:
        bare = _bare(Path(folder), load)
        ours = _ours(Path(folder), load, agents)
    return results(load, ours, bare)


def results(load: Load, ours: Figures, bare: Figures) -> list[Result]:
    """The table from both sides' figures."""
    against = "SIPp straight to SIPp, INVITE to 180"
    rows = [
        Result(
            metric=f"calls failed of {load.calls}, {load.per_s:g} calls/s",
            value=max(ours.failed, ours.missing),
            unit="calls",
            against=against,
            against_value=max(bare.failed, bare.missing),
            goal="0",
            met=ours.failed == ours.missing == 0,
        )
    ]
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        rows.append(
            Result(
                metric=f"INVITE to ringing at the agent, {name}",
                value=ours.percentile(share),
                unit="ms",
                against=against,
                against_value=bare.percentile(share),
                goal="printed; no call failed",
                met=ours.failed == ours.missing == 0,
            )
        )
    rows.append(
        Result(
            metric="CPU of router and switch for one call",
            value=ours.cpu_ms,
            unit="ms",
            against=f"a core at {load.per_s:g} calls/s",
            against_value=1000 / load.per_s,
            goal="< 1 core",
            met=ours.cpu_ms < 1000 / load.per_s,
        )
    )
    return rows


def figures(failed: int, left: dict[str, float], rang: dict[str, float], cpu: float = 0.0) -> Figures:
    """Join when INVITEs left with when they came, by the caller."""
    both = left.keys() & rang.keys()
    delays = tuple(1000 * (rang[caller] - left[caller]) for caller in both)
    return Figures(failed, delays, len(left) - len(both), cpu * 1000 / max(1, len(left)))


def _bare(folder: Path, load: Load) -> Figures:
    called = Sipp(folder, "called", _SIPP_PORTS[1], 26420)
    calls = Sipp(folder, "bare", _SIPP_PORTS[0], 26430)
    called.answer()
    try:
        failed = calls.call("anybody", f"{HOST}:{_SIPP_PORTS[1]}", load)
    finally:
        called.stop()
    return figures(failed, calls.invites(), calls.ringing())


def _ours(folder: Path, load: Load, agents: int) -> Figures:
    centre = BenchCentre(folder / "centre", BASE_PORT, agents, _SOUND_PORTS)
    try:
        return asyncio.run(_called(folder, centre, load))
    finally:
        centre.close()


async def _called(folder: Path, centre: BenchCentre, load: Load) -> Figures:
    calls = Sipp(folder, "customers", _SIPP_PORTS[0], 26440)
    async with BenchAgents(centre) as agents:
        await asyncio.sleep(_SETTLED_S)
        before = cpu_s(centre.processes)
        failed = await asyncio.to_thread(calls.call, NUMBER, f"{HOST}:{centre.sip_port}", load)
        used = cpu_s(centre.processes) - before
        await asyncio.sleep(_SETTLED_S)
        return figures(failed, calls.invites(), agents.rang, used)
