"""A small centre as real processes: a router that starts its switch, with so many agents and one queue.

The record is written before the router starts: users with SIP passwords and sessions that are signed in,
so that no bench waits for passwords to be hashed.  Everything listens on 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import httpx

from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.errors import AgentDesktopError
from agent_desktop.links import runfile
from agent_desktop.ports.storage import Changes, Session, User
from agent_desktop.server.directory import REALM
from agent_desktop.server.storage.store import open_store

HOST: Final = "127.0.0.1"
NUMBER: Final = "4000"
_UP_S: Final = 40.0


class BenchCentre:
    """`agent-desktop server` with its switch, in processes of their own.

    The ports are `base` (web), `base + 1` (SIP), `base + 2` (mail) and those for sound from `base + 10` on.
    """

    def __init__(self, data: Path, base: int, agents: int, sound_ports: int) -> None:
        self.data, self.base = data, base
        self.agents = [f"a{n}" for n in range(agents)]
        data.mkdir(parents=True, exist_ok=True)
        self._config = data / "centre.toml"
        self._config.write_text(_configuration(base, agents, sound_ports), "utf-8")
        asyncio.run(self._sign_everybody_in())
        self._said = data / "server.err"
        with self._said.open("ab") as said:
            self._router = subprocess.Popen(  # noqa: S603 - our own program
                [
                    *(sys.executable, "-m", "agent_desktop", "server"),
                    *(f"--config={self._config}", f"--data={data}"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        self._wait_until_up()

    @property
    def sip_port(self) -> int:
        return self.base + 1

    @property
    def realm(self) -> str:
        """Of the agents' phones."""
        return REALM

    def token(self, agent: str) -> str:
        return f"token-{agent}"

    def extension(self, agent: str) -> str:
        return _extension(int(agent[1:]))

    def password(self, agent: str) -> str:
        return f"secret-{agent}"

    @property
    def processes(self) -> tuple[int, ...]:
        """Router and switch."""
        run = runfile.read(self.data, "switch")
        return (self._router.pid, *([run.pid] if run is not None else []))

    def close(self) -> None:
        """End both."""
        switch = self.processes[1:]
        self._router.terminate()
        self._router.wait(15)
        for pid in switch:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    async def _sign_everybody_in(self) -> None:
        store, now = open_store(self.data / "record.db"), time.time()
        users = {
            AgentId(a): User(id=AgentId(a), password_hash="", sip_secret=self.password(a))
            for a in self.agents
        }
        sessions = [
            Session(
                token_hash=hashlib.sha256(self.token(agent).encode()).hexdigest(),
                agent=AgentId(agent),
                client="bench",
                created_at=Instant(now),
                expires_at=Instant(now + 3600),
            )
            for agent in self.agents
        ]
        try:
            await store.commit(Changes(users=users, sessions={s.token_hash: s for s in sessions}))
        finally:
            await store.close()

    def _wait_until_up(self) -> None:
        end = time.monotonic() + _UP_S
        while not (self._ready() and len(self.processes) == 2):
            if self._router.poll() is not None or time.monotonic() > end:
                self._router.kill()
                raise AgentDesktopError(
                    f"The measured centre did not start:\n{self._said.read_text()[-2000:]}"
                )
            time.sleep(0.05)

    def _ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            url = f"http://{HOST}:{self.base}/readyz"
            return httpx.get(url, trust_env=False).status_code == httpx.codes.OK
        return False


def cpu_s(pids: tuple[int, ...]) -> float:
    """The CPU time that processes have used, by the kernel's account."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _extension(number: int) -> str:
    return str(6000 + number)


def _configuration(base: int, agents: int, sound_ports: int) -> str:
    people = "".join(
        f'[agents.a{n}]\nname = "Agent {n}"\nextension = "{_extension(n)}"\nqueues = ["line"]\n\n'
        for n in range(agents)
    )
    return f"""name = "Bench"

[server]
http_host = "{HOST}"
http_port = {base}
smtp_host = "{HOST}"
smtp_port = {base + 2}
sip_host = "{HOST}"
sip_port = {base + 1}
rtp_first = {base + 10}
rtp_last = {base + 10 + sound_ports}

[queues.line]
name = "Line"
media = ["voice"]
wrapup_mode = "none"

{people}[[numbers]]
number = "{NUMBER}"
flow = "line"

[flows.line]
person_queue = "line"

[[flows.line.nodes]]
id = "start"
queue = "line"
"""
