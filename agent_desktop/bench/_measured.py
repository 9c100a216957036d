"""Runs one measured process (`_routing_child`) with simulated agents on its websockets; reads its figures."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

import msgspec

from agent_desktop.bench import _links
from agent_desktop.bench._links import Link, Offer
from agent_desktop.bench._routing_child import SOLVED, Plan
from agent_desktop.errors import AgentDesktopError
from agent_desktop.wire import commands

Play = Callable[[Link, Offer], None]


@dataclass(slots=True)
class Figures:
    """What one run gave: (arrived, received) of each offer on one monotonic clock; CPU of the child."""

    offers: list[tuple[float, float]] = field(default_factory=list)
    cpu_s: float = 0.0
    refusals: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """A percentile of the delays, in milliseconds."""
        ordered = sorted(received - arrived for arrived, received in self.offers)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    @property
    def cpu_us(self) -> float:
        """CPU microseconds for one arrival."""
        return self.cpu_s / max(1, len(self.offers)) * 1e6

    @property
    def per_s(self) -> float:
        """Offers received in a second, from the first arrival to the last offer."""
        first = min(arrived for arrived, _ in self.offers)
        return len(self.offers) / (max(received for _, received in self.offers) - first)


def measured(plan: Plan, play: Play | None = None, *, patience_s: float = 120.0) -> Figures:
    """Run one plan; `play` is what an agent does with an offer (nothing: it rings)."""
    return asyncio.run(_measured(plan, play, patience_s))


def serve(link: Link, offer: Offer) -> None:
    """Accept and finish at once."""
    link.ask(commands.AcceptOffer(offer=offer.id))
    link.ask(commands.WrapUp(interaction=offer.interaction, code=SOLVED))


async def _measured(plan: Plan, play: Play | None, patience_s: float) -> Figures:
    child = subprocess.Popen(  # noqa: S603, ASYNC220 - our own module, started once
        [sys.executable, "-m", "agent_desktop.bench._routing_child", msgspec.json.encode(plan).decode()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        return await _played(child, plan, play, patience_s)
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


async def _played(child: subprocess.Popen[str], plan: Plan, play: Play | None, patience_s: float) -> Figures:
    figures, done = Figures(), asyncio.Event()

    def take(link: Link, offer: Offer) -> None:
        figures.offers.append((float(offer.subject), time.monotonic()))
        if play is not None:
            play(link, offer)
        if len(figures.offers) >= plan.arrivals:
            done.set()

    answer = await _line(child)
    tokens = answer["tokens"]
    names = [str(t) for t in tokens] if isinstance(tokens, list) else []
    links = await _links.come(int(str(answer["port"])), names, take, ready=plan.kind == "router")
    try:
        await asyncio.sleep(1.0)  # what the coming of so many left to do is done
        _tell(child, "go")
        try:
            async with asyncio.timeout(patience_s):
                await done.wait()
        except TimeoutError as error:
            raise AgentDesktopError(
                f"Only {len(figures.offers)} of {plan.arrivals} offers arrived."
            ) from error
        if play is not None:
            await asyncio.sleep(0.5)  # the last one's own commands
        _tell(child, "cpu")
        figures.cpu_s = float(str((await _line(child))["cpu_s"]))
        figures.refusals = [words for link in links for words in link.refusals]
    finally:
        for link in links:
            link.close()
    return figures


def _tell(child: subprocess.Popen[str], word: str) -> None:
    if child.stdin is not None:
        child.stdin.write(f"{word}\n")
        child.stdin.flush()


async def _line(child: subprocess.Popen[str]) -> dict[str, object]:
    if child.stdout is None:
        raise AgentDesktopError("The measured process has no output.")
    reading: Coroutine[object, object, str] = asyncio.to_thread(child.stdout.readline)
    text = await reading
    if not text:
        raise AgentDesktopError("The measured process ended early; what it said stands above.")
    answer: dict[str, object] = json.loads(text)
    return answer
