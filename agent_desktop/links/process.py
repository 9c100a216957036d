"""A process that outlives whoever started it: found again by its run file, started when it is gone.

The phone of a front end, the switch of a router.  It writes `run/NAME.json` in the data folder once it
listens, and is started detached, so that it outlives its owner and the calls in it go on; the next owner
finds the file and attaches.  One data folder has one of each: folders do not disturb one another.

Whether it lives is learnt in the end by connecting to it: a pid is used again by others.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent_desktop.errors import ConnectionLostError, StoppedError
from agent_desktop.i18n import _
from agent_desktop.links import runfile
from agent_desktop.links.connection import Target
from agent_desktop.links.runfile import RunFile

PROGRAM = (sys.executable, "-m", "agent_desktop")
START_S = 15.0
POLL_S = 0.02

_log = logging.getLogger(__name__)


class OwnedProcess:
    """The process NAME of one data folder; `arguments` follow the program.  Lives on one loop.

    Use `target` as the `LinkClient`'s target and call `reached` when that link is online.  `title` is
    what it is called in a sentence.
    """

    def __init__(
        self,
        data: Path,
        name: str,
        arguments: Sequence[str],
        *,
        title: str = "",
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._data = data
        self._name = name
        self._title = title or name
        self._command = [*program, *arguments]
        self._child: subprocess.Popen[bytes] | None = None
        self._tried: RunFile | None = None
        self.starts = 0
        self.stopping = False

    def running(self) -> RunFile | None:
        """The process that says it is there and whose pid is in use."""
        run = runfile.read(self._data, self._name)
        return run if run is not None and run.alive() else None

    async def target(self) -> Target:
        """Where the process is; starts it when nobody is there.  Raises `ConnectionLostError`.

        A run file is believed once: asked again before `reached`, nobody answered there.
        """
        run = self.running()
        if run is not None and run != self._tried:
            self._tried = run
            return _target(run)
        if self.stopping:
            raise StoppedError(_("{title} is stopped.", title=self._title))
        if self._child is None or self._child.poll() is not None:
            self._start()
        try:
            self._tried = await self._wait_for_other_than(run)
        except ConnectionLostError:
            self._tried = None  # the one of the run file may have been busy only: it gets another chance
            raise
        return _target(self._tried)

    def reached(self) -> None:
        """The process answered at its target."""
        self._tried = None

    def exit_status(self) -> int | None:
        """How the process that this program started ended; None while it runs, or when it was not ours."""
        return None if self._child is None else self._child.poll()

    async def ended(self, within_s: float) -> bool:
        """Wait for a process that was asked to stop; says whether it has ended."""
        deadline = time.monotonic() + within_s
        while self._is_there():
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(POLL_S)
        return True

    def terminate(self) -> None:
        """End the process that this program started, unless it has ended; another's is left alone."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def let_go(self) -> None:
        """Leave a running process to itself: it is not this program's child any longer in what matters."""
        if self._child is not None and self._child.poll() is None:
            # It goes on by design; Popen would warn that nobody waited for it.
            self._child.returncode = 0

    def _is_there(self) -> bool:
        ours = self._child is not None and self._child.poll() is None
        return ours or self.running() is not None

    def _start(self) -> None:
        folder = self._data / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        flags: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            flags = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
        with (folder / f"{self._name}.out").open("ab") as output:
            self._child = subprocess.Popen(  # noqa: S603 - our own program, arguments from our own code
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, close_fds=True, **flags
            )
        self.starts += 1
        _log.info("The %s was started.", self._name, extra={"pid": self._child.pid})

    async def _wait_for_other_than(self, before: RunFile | None) -> RunFile:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            run = self.running()
            if run is not None and run != before:
                return run
            status = self.exit_status()
            if status is not None:
                _log.warning("See %s", self._data / "logs" / f"{self._name}.out")
                raise ConnectionLostError(
                    _(
                        "{title} could not start (status {status}). It is tried again.",
                        title=self._title,
                        status=status,
                    )
                )
            await asyncio.sleep(POLL_S)
        raise ConnectionLostError(_("{title} did not start in time. It is tried again.", title=self._title))


def _target(run: RunFile) -> Target:
    return Target(url=f"ws://127.0.0.1:{run.port}/", token=run.token)
