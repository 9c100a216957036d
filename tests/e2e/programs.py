"""The programs under test as real processes: the demo, and a router with its switch without the demo."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

from agent_desktop.demo import setup
from agent_desktop.links import runfile

from .places import HOST

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "agent_desktop")
READY_S = 40.0
T = TypeVar("T")


def until(what: Callable[[], T], seconds: float = 25.0, why: object = "") -> T:
    """Wait for a condition with a deadline; gives what it gave."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"it never came: {why() if callable(why) else why}"
        time.sleep(0.02)
    return found


def environment() -> dict[str, str]:
    """No keyring of this computer, our own package."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONUNBUFFERED": "1",
    }


def children(pid: int) -> list[tuple[int, str]]:
    """Processes whose parent this is, with their command lines."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found.append((int(folder.name), words))
    return found


def end(process: subprocess.Popen[bytes], seconds: float = 30.0) -> None:
    """SIGTERM; what does not obey is killed, and that is an error: nothing is left behind either way."""
    try:
        process.terminate()
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()


def exists(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    return runfile.RunFile(pid=pid, port=0, token="").alive()


class Centre:
    """What a running centre has, however it was started."""

    data: Path
    base: int
    passwords: dict[str, str]

    @property
    def http(self) -> str:
        return f"http://{HOST}:{self.base}"

    @property
    def sip(self) -> str:
        return f"{HOST}:{self.base + 1}"

    @property
    def smtp(self) -> str:
        return f"{HOST}:{self.base + 2}"

    @property
    def router_pid(self) -> int:
        raise NotImplementedError

    @property
    def switch_pid(self) -> int:
        run = runfile.read(self.data, "switch")
        return run.pid if run is not None and run.alive() else 0

    def password_file(self, user: str) -> Path:
        path = self.data / "passwords" / user
        path.parent.mkdir(exist_ok=True)
        path.write_text(self.passwords[user] + "\n")
        return path

    def ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.http}/readyz", trust_env=False).status_code == httpx.codes.OK
        return False

    def query(self, words: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the record as a stranger may: read-only, beside the running router."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data / 'record.db'}?mode=ro", uri=True)) as db:
            return list(db.execute(words, values))

    def events(self, interaction: str) -> list[tuple[str, float, dict[str, Any]]]:
        """The log of one interaction: kind, time, body."""
        rows = self.query("SELECT kind, at, body FROM events WHERE subject = ? ORDER BY seq", interaction)
        return [(kind.rpartition(".")[2], at, json.loads(body)) for kind, at, body in rows]

    def errors(self) -> list[str]:
        """What router and switch call an error in their logs, and every traceback."""
        found = []
        for path in (self.data / "logs").glob("*"):
            text = path.read_text(errors="replace")
            found += [line for line in text.splitlines() if '"level":"error"' in line.replace(" ", "")]
            found += re.findall(r"(?m)^Traceback.*", text)
        return found


class Demo(Centre):
    """`agent-desktop demo --headless --no-customers`."""

    def __init__(self, data: Path, base: int) -> None:
        self.data, self.base = data, base
        data.parent.mkdir(parents=True, exist_ok=True)
        self.said = data.parent / f"{data.name}.err"
        started = time.monotonic()
        self.process = start_demo(data, base, self.said)
        try:
            self.line = self._ready()
        except BaseException:
            end(self.process)
            raise
        self.ready_after_s = time.monotonic() - started
        self.passwords = {one["user"]: one["password"] for one in self.line["users"]}

    def _ready(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the demo did not come up:\n{self.said.read_text()}"
        found: dict[str, Any] = json.loads(line)
        return found

    @property
    def router_pid(self) -> int:
        return next((pid for pid, words in children(self.process.pid) if " server " in words), 0)

    def stop(self) -> float:
        """SIGTERM; gives the seconds until it was gone."""
        started = time.monotonic()
        end(self.process)
        return time.monotonic() - started


def start_demo(data: Path, base: int, said: Path) -> subprocess.Popen[bytes]:
    words = ("demo", "--headless", "--no-customers", f"--data={data}", f"--base-port={base}")
    with said.open("ab") as errors:
        return subprocess.Popen(
            [*PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            cwd=ROOT, env=environment(),
        )  # fmt: skip


class Bare(Centre):
    """`agent-desktop server` with the demo's data, without the demo."""

    def __init__(
        self,
        data: Path,
        base: int,
        change: Callable[[str], str] = str,
        before: Callable[[Path], object] = bool,
    ) -> None:
        self.data, self.base = data, base
        demo = asyncio.run(setup.prepare(data, base))
        before(data)
        self.passwords = demo.passwords
        self.config = data / "bare.toml"
        self.config.write_text(change(demo.config.read_text()))
        self.process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        with (self.data / "server.err").open("ab") as errors:
            self.process = subprocess.Popen(
                [*PROGRAM, "server", f"--config={self.config}", f"--data={self.data}"],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, cwd=ROOT, env=environment(),
            )  # fmt: skip
        until(lambda: self.ready() and self.switch_pid, READY_S, (self.data / "server.err").read_text)

    @property
    def router_pid(self) -> int:
        return self.process.pid if self.process is not None else 0

    def kill_router(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        try:
            if self.process is not None and self.process.poll() is None:
                end(self.process)
        finally:
            self._stop_switch()

    def _stop_switch(self) -> None:
        switch = self.switch_pid
        if switch:
            os.kill(switch, signal.SIGTERM)
            until(lambda: not exists(switch), 30, "the switch did not end")
