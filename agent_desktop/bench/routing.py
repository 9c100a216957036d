"""From arrival to the offer at an agent, over real websockets, durable before shown; against a bare relay.

Two child processes in turn, on the same websocket library: the whole router (record on disk with
`synchronous=FULL`), and a relay that passes each message to one agent and does nothing else.  Each hands
out work at the same steady rate to the same number of connected agents; this process is the agents.  The
instant of arrival travels in the message (one monotonic clock for both processes).  CPU is what the
operating system counted for the child while the work ran.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from agent_desktop.bench.result import Result, compared
from agent_desktop.errors import AgentDesktopError
from agent_desktop.wire import commands
from agent_desktop.wire.codec import AGENT_LINK, Hello, Ping, Pong, Request, encode_body, envelop
from agent_desktop.wire.events import OfferMade

SIZES = (10, 2_000)
ARRIVALS = 1_500
RATE = 150.0
AT_ONCE = 64
_PONG = envelop(encode_body(Pong()))


def run(sizes: tuple[int, ...] = SIZES, arrivals: int = ARRIVALS) -> list[Result]:
    """Measure each size: the relay, then the router."""
    results: list[Result] = []
    for size in sizes:
        relay = asyncio.run(_measure("relay", size, arrivals))
        router = asyncio.run(_measure("router", size, arrivals))
        results += _compare(size, relay, router)
    return results


@dataclass(slots=True)
class Figures:
    """What one run gave: seconds from arrival to the agent, and CPU seconds of the child."""

    delays: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    def percentile(self, share: float) -> float:
        """A percentile of the delays, in milliseconds."""
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    @property
    def cpu_us(self) -> float:
        """CPU microseconds for one arrival."""
        return self.cpu_s / max(1, len(self.delays)) * 1e6


def _compare(size: int, relay: Figures, router: Figures) -> list[Result]:
    against = f"bare relay on the same library, {size} agents"
    rows = [
        compared(
            f"CPU per interaction (arrival, offer, accept, wrap-up), {size} agents",
            router.cpu_us,
            "us",
            against=against,
            against_value=relay.cpu_us,
            goal="ratio <= 4.5 for the offer alone; here all five steps of the interaction",
            meets=lambda ratio: ratio <= 4.5,
        )
    ]
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        ours, bare = router.percentile(share), relay.percentile(share)
        rows.append(
            Result(
                metric=f"arrival to offer {name}, {size} agents",
                value=ours,
                unit="ms",
                against=against,
                against_value=bare,
                goal="<= 5 ms above the relay",
                met=ours - bare <= 5.0,
            )
        )
    return rows


async def _measure(kind: str, size: int, arrivals: int) -> Figures:
    child = subprocess.Popen(  # noqa: S603, ASYNC220 - our own module, started once
        [
            sys.executable,
            "-m",
            "agent_desktop.bench._routing_child",
            kind,
            str(size),
            str(arrivals),
            str(RATE),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port, tokens = await _address(child)
        return await _play_agents(child, kind, port, tokens, arrivals)
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


async def _line(child: subprocess.Popen[str]) -> dict[str, object]:
    if child.stdout is None:
        raise AgentDesktopError("The measured process has no output.")
    text = await asyncio.to_thread(child.stdout.readline)
    if not text:
        raise AgentDesktopError("The measured process ended early; what it said stands above.")
    answer: dict[str, object] = json.loads(text)
    return answer


async def _address(child: subprocess.Popen[str]) -> tuple[int, list[str]]:
    answer = await _line(child)
    tokens = answer["tokens"]
    return int(str(answer["port"])), [str(t) for t in tokens] if isinstance(tokens, list) else []


async def _play_agents(
    child: subprocess.Popen[str], kind: str, port: int, tokens: list[str], arrivals: int
) -> Figures:
    figures, done = Figures(), asyncio.Event()
    gate = asyncio.Semaphore(AT_ONCE)
    readers: list[asyncio.Future[None]] = []

    async def come(token: str) -> ClientConnection:
        async with gate:
            socket = await connect(
                f"ws://127.0.0.1:{port}/ws/agent", compression=None, ping_interval=None, open_timeout=30
            )
            await socket.send(envelop(encode_body(Hello(protocol=1, token=token))), text=True)
            await socket.recv()
            if kind == "router":
                await socket.recv()
                await _ask(socket, commands.SetReady(), _ids)
            readers.append(asyncio.ensure_future(_serve(socket, figures, done, arrivals)))
            return socket

    sockets = await asyncio.gather(*(come(token) for token in tokens))
    await asyncio.sleep(1.0)
    if child.stdin is not None:
        child.stdin.write("go\n")
        child.stdin.flush()
    try:
        async with asyncio.timeout(arrivals / RATE + 60):
            await done.wait()
            await asyncio.sleep(0.5)
    except TimeoutError as error:
        raise AgentDesktopError(f"Only {len(figures.delays)} of {arrivals} offers arrived.") from error
    if child.stdin is not None:
        child.stdin.write("cpu\n")
        child.stdin.flush()
    figures.cpu_s = float(str((await _line(child))["cpu_s"]))
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    await asyncio.gather(*(s.close() for s in sockets), return_exceptions=True)
    return figures


_ids: Iterator[int] = itertools.count(1)


async def _serve(socket: ClientConnection, figures: Figures, done: asyncio.Event, arrivals: int) -> None:
    """One agent: notes the delay of each offer, accepts it and finishes it at once."""
    async for data in socket:
        _, body = AGENT_LINK.decode(data)
        if isinstance(body, Ping):
            await socket.send(_PONG, text=True)
        if not isinstance(body, OfferMade):
            continue
        figures.delays.append(time.monotonic() - float(body.offer.subject))
        await _ask(socket, commands.AcceptOffer(offer=body.offer.id), _ids)
        await _ask(socket, commands.WrapUp(interaction=body.offer.interaction, code="solved"), _ids)
        if len(figures.delays) >= arrivals:
            done.set()


async def _ask(socket: ClientConnection, command: commands.AnyCommand, ids: Iterator[int]) -> None:
    request = Request(id=f"bench-{next(ids)}", command=msgspec.Raw(encode_body(command)))
    await socket.send(envelop(encode_body(request)), text=True)
