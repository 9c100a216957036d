"""Noticing that this computer slept, or that its way to the telephone server is another one (complaint R16).

Nobody tells a program reliably on all three systems, so it looks: once a second and a half at its own
address towards the server and, on Linux, at the default routes.  That costs 50 us and sends nothing.

- slept: the clocks went on and nobody looked; what was open is not believed any more;
- moved: the way is another one, or there is one again.

Rule: a false alarm costs one REGISTER; a missed one costs an agent the next call.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

POLL_S: Final = 1.5
ASLEEP_S: Final = 5.0
"""A busy computer wakes us late, but not by so much."""
_ROUTES: Final = Path("/proc/net/route")


class Change(Enum):
    """What happened to the network."""

    SLEPT = "slept"
    MOVED = "moved"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen and when: `way` is "" where there is none."""

    steady_s: float
    wall_s: float
    way: str


def judge(before: Look, now: Look) -> Change | None:
    """What happened between two looks; None when nothing did."""
    late_s = max(now.steady_s - before.steady_s, now.wall_s - before.wall_s) - POLL_S
    if not now.way:
        return Change.GONE if before.way else None
    if now.way != before.way:
        return Change.MOVED
    return Change.SLEPT if late_s > ASLEEP_S else None


class NetworkWatch:
    """Looks until it is stopped; `changed` is called on the event loop."""

    def __init__(
        self,
        way: Callable[[], str],
        changed: Callable[[Change], None],
        *,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._way, self._changed = way, changed
        self._steady, self._wall = steady, wall
        self._last: Look | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; a second call changes nothing."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def look(self) -> None:
        """Look once."""
        now = Look(self._steady(), self._wall(), self._way())
        change = None if self._last is None else judge(self._last, now)
        self._last = now
        if change is not None:
            self._changed(change)

    def forget(self) -> None:
        """The server is another one: the next look is the first."""
        self._last = None

    async def _run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(POLL_S)


def own_address(there: str, port: int) -> str:
    """Our address towards a numeric host; OSError when there is no way.  Nothing is sent."""
    family = socket.AF_INET6 if ":" in there else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((there, port))
        return str(probe.getsockname()[0])


def default_routes() -> str:
    """Interfaces and gateways of the default routes where the system shows them (Linux), else ""."""
    with contextlib.suppress(OSError):
        rows = (line.split() for line in _ROUTES.read_text("ascii", "replace").splitlines()[1:])
        return " ".join(sorted(f"{row[0]}/{row[2]}" for row in rows if len(row) > 2 and row[1] == "00000000"))
    return ""
