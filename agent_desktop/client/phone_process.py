"""Starting, finding again and stopping the agent's own phone process.

The phone writes `run/phone.json` in the data folder (pid, port, token) once it listens.  It is started
detached, so that it outlives a killed window and the call in it goes on; the next window finds the file
and attaches.  One data folder has one phone: folders do not disturb one another.

Whether a phone lives is learnt by connecting to it, not from its pid: a pid is used again by others.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_desktop.client.link import Address
from agent_desktop.errors import ConnectionLostError
from agent_desktop.i18n import _

START_S = 15.0
POLL_S = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PhoneRun:
    """What `run/phone.json` says."""

    pid: int
    port: int
    token: str

    @property
    def address(self) -> Address:
        return Address(f"ws://127.0.0.1:{self.port}/", self.token)


def read_run(data: Path) -> PhoneRun | None:
    """The phone that says it runs, or None when there is no file, or half of one."""
    try:
        body = json.loads((data / "run" / "phone.json").read_bytes())
        return PhoneRun(int(body["pid"]), int(body["port"]), str(body["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


class PhoneProcess:
    """The phone of one data folder.  Lives on the network thread."""

    def __init__(self, data: Path, *, options: Sequence[str] = (), command: Sequence[str] = ()) -> None:
        self._data = data
        self._command = [
            *(command or (sys.executable, "-m", "agent_desktop", "phone")),
            "--data",
            str(data),
            *options,
        ]
        self._child: subprocess.Popen[bytes] | None = None
        self._tried: PhoneRun | None = None
        self.stopping = False

    async def address(self) -> Address:
        """Where the phone is; starts it when nobody is there.  Raises `ConnectionLostError`.

        An address is believed once: asked again before `reached`, nobody answered there.
        """
        run = read_run(self._data)
        if run is not None and run != self._tried:
            self._tried = run
            return run.address
        if self.stopping:
            raise ConnectionLostError(_("The phone is stopped."))
        if self._child is None or self._child.poll() is not None:
            self._start()
        self._tried = await self._wait_for(run)
        return self._tried.address

    def reached(self) -> None:
        """The phone answered at its address."""
        self._tried = None

    def exit_status(self) -> int | None:
        """How the phone that this program started ended; None while it runs or when it was not ours."""
        return None if self._child is None else self._child.poll()

    async def ended(self, within_s: float) -> bool:
        """Wait for a phone that was asked to stop."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self._child is not None:
                if self._child.poll() is not None:
                    return True
            elif read_run(self._data) is None:
                return True
            await asyncio.sleep(POLL_S)
        return False

    def let_go(self) -> None:
        """Leave a running phone to itself: it is not this program's child any longer in what matters."""
        if self._child is not None and self._child.poll() is None:
            # It goes on by design; Popen would warn that nobody waited for it.
            self._child.returncode = 0

    def _start(self) -> None:
        folder = self._data / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        flags: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            flags = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
        with (folder / "phone.out").open("ab") as output:
            self._child = subprocess.Popen(  # noqa: S603 - our own program
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, close_fds=True, **flags
            )
        _log.info("The phone was started.", extra={"pid": self._child.pid})

    async def _wait_for(self, before: PhoneRun | None) -> PhoneRun:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            run = read_run(self._data)
            if run is not None and run != before:
                return run
            status = self.exit_status()
            if status is not None:
                raise ConnectionLostError(
                    _("The phone could not start (status {status}). It is tried again.", status=status)
                )
            await asyncio.sleep(POLL_S)
        raise ConnectionLostError(_("The phone did not start in time. It is tried again."))
