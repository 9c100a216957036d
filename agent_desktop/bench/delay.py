"""How long a word takes from mouth to ear: through two real phones, and through the switch between them.

Each phone is a process of its own with the phone's engine, sound thread and jitter buffer; its devices say
a burst twice a second and note when they hear one (`_delay_child`).  The 20 ms that a sound card takes to
gather a frame are counted; the card's own buffers are not, because there is no card.  The phones' clocks
stand to each other as they happen to, so that every call is another sample: several calls are made.

In the first case the sound goes straight from phone to phone (a registrar in this process passes on who
wants to hear whom, and nothing else); in the second a real router and switch lie between.

Goal (issue 3): at most 80 ms with frames of 20 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from agent_desktop.bench._centre import BenchCentre
from agent_desktop.bench._registrar import REALM, BenchRegistrar
from agent_desktop.bench.result import Result
from agent_desktop.errors import AgentDesktopError
from agent_desktop.media.pcm import FRAME_S

BASE_PORT: Final = 26460
REGISTRAR_PORT: Final = 26458
_CALLS: Final = 6
_TALK_S: Final = 4.0
_LEFT_OUT: Final = 1
"""The first burst of a call: whoever answers opens the devices in the meantime."""
_LONGEST_S: Final = 0.4
_GOAL_MS: Final = 80.0
_WAIT_S: Final = 20.0


def run(calls: int = _CALLS, talk_s: float = _TALK_S) -> list[Result]:
    """Measure both ways."""
    direct = asyncio.run(_direct(calls, talk_s))
    switched = asyncio.run(_switched(calls, talk_s))
    return [
        *_results("two phones", direct, "one frame of 20 ms", 1000 * FRAME_S),
        *_results("two phones through the switch", switched, "two phones", statistics.median(direct)),
    ]


def _results(what: str, delays_ms: list[float], against: str, against_ms: float) -> list[Result]:
    ordered = sorted(delays_ms)
    figures = (("median", statistics.median(ordered)), ("longest", ordered[-1]))
    return [
        Result(
            metric=f"mouth to ear, {what}, {name} of {len(ordered)}",
            value=value,
            unit="ms",
            against=against,
            against_value=against_ms,
            goal=f"<= {_GOAL_MS:g} ms",
            met=value <= _GOAL_MS,
        )
        for name, value in figures
    ]


def joined(said: list[float], heard: list[float]) -> list[float]:
    """The delay of each burst that was heard, in ms; the first of a call is left out."""
    found = []
    for at in said[_LEFT_OUT:]:
        after = [moment - at for moment in heard if 0 <= moment - at < _LONGEST_S]
        if after:
            found.append(1000 * min(after))
    return found


class _Phone:
    """The other end of `_delay_child`."""

    def __init__(self, manner: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "agent_desktop.bench._delay_child", manner],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, **line: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(line) + "\n")
            self._process.stdin.flush()

    async def wait(self, key: str, *values: Any) -> dict[str, Any]:
        """The next line with this key (and one of these values)."""
        async with asyncio.timeout(_WAIT_S):
            while True:
                line = await asyncio.to_thread(self._line)
                if key in line and (not values or line[key] in values):
                    return line
                if "refused" in line:
                    raise AgentDesktopError(f"The measured phone refused: {line['refused']}")

    def _line(self) -> dict[str, Any]:
        text = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not text:
            raise AgentDesktopError("A measured phone ended early; what it said stands above.")
        line: dict[str, Any] = json.loads(text)
        return line

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def _two_phones() -> Iterator[tuple[_Phone, _Phone]]:
    phones = (_Phone("speaks"), _Phone("listens"))
    try:
        yield phones
    finally:
        for phone in phones:
            phone.close()


async def _direct(calls: int, talk_s: float) -> list[float]:
    async with BenchRegistrar(REGISTRAR_PORT) as registrar:
        accounts = [(user, registrar.password(user)) for user in ("6000", "6001")]
        return await _talked(REGISTRAR_PORT, REALM, accounts, calls, talk_s)


async def _switched(calls: int, talk_s: float) -> list[float]:
    with tempfile.TemporaryDirectory(prefix="bench-delay-") as folder:
        centre = await asyncio.to_thread(BenchCentre, Path(folder), BASE_PORT, 2, 20)
        try:
            accounts = [(centre.extension(agent), centre.password(agent)) for agent in centre.agents]
            return await _talked(centre.sip_port, centre.realm, accounts, calls, talk_s)
        finally:
            await asyncio.to_thread(centre.close)


async def _talked(
    port: int, realm: str, accounts: list[tuple[str, str]], calls: int, talk_s: float
) -> list[float]:
    delays: list[float] = []
    with _two_phones() as phones:
        for phone, (user, password) in zip(phones, accounts, strict=True):
            await phone.wait("up")
            server = f"127.0.0.1:{port}"
            phone.do(do="register", extension=user, server=server, password=password, realm=realm)
            await phone.wait("registration", "registered")
        one, other = phones
        for _ in range(calls):
            one.do(do="dial", target=accounts[1][0])
            await other.wait("call", "up")
            await asyncio.sleep(talk_s)
            one.do(do="hang_up")
            await other.wait("call", "ended")
            for phone in phones:
                phone.do(do="told")
            said, heard = (await one.wait("said"))["said"], (await other.wait("heard"))["heard"]
            delays += joined(said, heard)
    if not delays:
        raise AgentDesktopError("Nothing that was said was heard.")
    return delays
