"""`agent-desktop demo`: a working contact centre on this computer.

It writes the sample firm into a data folder once, runs the router (which runs the switch) on loopback,
plays the outside world (a mail server that takes the replies; customers who call, write and chat), and
opens the desktop, signed in.  Without a screen, or with `--headless`, it prints one line of JSON on
standard output when everything is up, and stays up until SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import platformdirs

from agent_desktop.demo import setup
from agent_desktop.demo.customers import Customers
from agent_desktop.demo.outside import OutsideMail
from agent_desktop.demo.setup import Demo
from agent_desktop.errors import AgentDesktopError
from agent_desktop.links import runfile

READY_S = 60.0
STOP_S = 3.0
WINDOW_USER = "mateo"
MOST_DEATHS = 5
DEATHS_WITHIN_S = 60.0


def main(args: argparse.Namespace) -> int:
    """Run the demo until it is told to stop, or until its window is closed."""
    data = Path(args.data) if getattr(args, "data", None) else _default_data()
    base_port = getattr(args, "base_port", None) or setup.BASE_PORT
    headless = bool(getattr(args, "headless", False)) or not has_screen()
    customers = not getattr(args, "no_customers", False)
    return asyncio.run(_run(data, base_port, headless=headless, customers=customers, args=args))


def has_screen() -> bool:
    """Whether a window can be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _default_data() -> Path:
    return Path(platformdirs.user_data_dir("agent-desktop")) / "demo"


@dataclass(slots=True)
class _Children:
    """The processes that the demo started."""

    data: Path
    server: asyncio.subprocess.Process | None = None
    window: asyncio.subprocess.Process | None = None

    async def stop(self) -> None:
        """End them all, within a few seconds: politely, then not."""
        running = [p for p in (self.window, self.server) if p is not None and p.returncode is None]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        if running:
            await asyncio.wait([asyncio.ensure_future(p.wait()) for p in running], timeout=STOP_S)
        for process in running:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        for name, folder in (("switch", self.data), ("phone", self.data / "desktop")):
            _end_detached(folder, name)


def _end_detached(folder: Path, name: str) -> None:
    run = runfile.read(folder, name)
    if run is not None and run.alive():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(run.pid, signal.SIGTERM)


async def _run(data: Path, base_port: int, *, headless: bool, customers: bool, args: Any) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT"):
        if hasattr(signal, name):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(getattr(signal, name), stopped.set)
    demo = await setup.prepare(data, base_port)
    children = _Children(data)
    outside = OutsideMail(data / "outside", demo.ports.outside_smtp)
    people = Customers(demo)
    try:
        await outside.start()
        children.server = await _start_server(demo)
        await _until_ready(demo, children.server, stopped)
        if stopped.is_set():
            return 0
        print(json.dumps(demo.ready_line()), flush=True)  # noqa: T201 - the one line of the contract
        if customers:
            people.start()
        waits: list[asyncio.Future[Any]] = [
            loop.create_task(stopped.wait()),
            loop.create_task(_keep_running(demo, children)),
        ]
        if not headless:
            waits.append(loop.create_task(_keep_open(demo, children, args)))
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finished = [wait for wait in waits if wait.done()]
        for wait in waits:
            wait.cancel()
        for wait in finished:
            wait.result()
        return 0
    finally:
        await people.stop()
        await children.stop()
        await outside.stop()


async def _keep_running(demo: Demo, children: _Children) -> None:
    """Restart the router whenever it dies; calls that are up go on at the switch meanwhile.

    Raises `AgentDesktopError` when it dies again and again.
    """
    deaths = _Deaths()
    while children.server is not None:
        await children.server.wait()
        if deaths.too_many(asyncio.get_running_loop().time()):
            log = demo.data / "logs" / "server.jsonl"
            raise AgentDesktopError(f"The router stopped again and again. Its log is {log}.")
        children.server = await _start_server(demo)


async def _keep_open(demo: Demo, children: _Children, args: Any) -> None:
    """Show the window until the user closes it; one that died is opened again and finds its call."""
    deaths = _Deaths()
    while not deaths.too_many(asyncio.get_running_loop().time()):
        children.window = await _open_window(demo, args)
        if await children.window.wait() == 0:
            return
    raise AgentDesktopError(
        f"The window stopped again and again. Its log is in {demo.data / 'desktop' / 'logs'}."
    )


class _Deaths:
    """How often a child died lately."""

    def __init__(self) -> None:
        self._at: list[float] = []

    def too_many(self, now: float) -> bool:
        """Count one more; whether that is too often."""
        self._at = [*(at for at in self._at if now - at < DEATHS_WITHIN_S), now]
        return len(self._at) > MOST_DEATHS


async def _start_server(demo: Demo) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "agent_desktop",
        "server",
        f"--config={demo.config}",
        f"--data={demo.data}",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.stderr,
    )


async def _until_ready(demo: Demo, server: asyncio.subprocess.Process, stopped: asyncio.Event) -> None:
    deadline = asyncio.get_running_loop().time() + READY_S
    async with httpx.AsyncClient(trust_env=False) as http:
        while not stopped.is_set():
            if server.returncode is not None:
                raise AgentDesktopError("The router did not start; what it said stands above.")
            if asyncio.get_running_loop().time() > deadline:
                raise AgentDesktopError(f"The router was not ready within {READY_S:.0f} s.")
            with contextlib.suppress(httpx.HTTPError):
                answer = await http.get(f"{demo.http}/readyz")
                if answer.status_code == httpx.codes.OK and runfile.read(demo.data, "switch") is not None:
                    return
            await asyncio.sleep(0.05)


async def _open_window(demo: Demo, args: Any) -> asyncio.subprocess.Process:
    arguments = [
        f"--server={demo.http}",
        f"--user={WINDOW_USER}",
        f"--password-file={demo.password_file(WINDOW_USER)}",
        f"--data={demo.data / 'desktop'}",
    ]
    given = ((option, getattr(args, option, None)) for option in ("audio_in", "audio_out"))
    arguments += [f"--{option.replace('_', '-')}={value}" for option, value in given if value]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agent_desktop", "desktop", *arguments, stdin=asyncio.subprocess.DEVNULL
    )
