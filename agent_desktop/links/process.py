"""A process that outlives whoever started it: found again by its run file, started when it is gone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from agent_desktop.errors import AgentDesktopError
from agent_desktop.links import runfile
from agent_desktop.links.client import Target

START_S = 15.0


class OwnedProcess:
    """The phone of a front end, the switch of a router.

    `arguments` follow `python -m agent_desktop`.  Use `target` as the `LinkClient`'s target.
    """

    def __init__(self, data: Path, name: str, arguments: Sequence[str]) -> None:
        self._data = data
        self._name = name
        self._arguments = tuple(arguments)
        self._child: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def running(self) -> runfile.RunFile | None:
        """The process that is there now."""
        run = runfile.read(self._data, self._name)
        return run if run is not None and run.alive() else None

    async def target(self) -> Target:
        """Find the process or start it; raises `AgentDesktopError` when it does not come up."""
        run = self.running()
        if run is None:
            run = await self._start()
        return Target(url=f"ws://127.0.0.1:{run.port}/", token=run.token)

    async def _start(self) -> runfile.RunFile:
        if self._child is None or self._child.poll() is not None:
            self._child = self._launch()
            self.starts += 1
        deadline = asyncio.get_running_loop().time() + START_S
        while asyncio.get_running_loop().time() < deadline:
            run = self.running()
            if run is not None:
                return run
            if self._child.poll() is not None:
                break
            await asyncio.sleep(0.02)
        log = self._data / "logs" / f"{self._name}.out"
        raise AgentDesktopError(f"The {self._name} process did not start. Its log is {log}.")

    def _launch(self) -> subprocess.Popen[bytes]:
        logs = self._data / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / f"{self._name}.out").open("ab") as out:
            return subprocess.Popen(  # noqa: S603 - our own program, arguments from our own code
                [sys.executable, "-m", "agent_desktop", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
