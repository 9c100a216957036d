"""baresip 1.0 of Debian in the table, by its control port; see `telephones`.

Not `baresip`: the peers' scripts run in this folder and import the package of that name.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, ClassVar

from .places import HOST, SOUND, block
from .sound import GrowingFile, until
from .telephones import CODECS, KIT, NO_TIMER, PEER_HZ, Telephone


class Baresip(Telephone):
    """baresip 1.0 of Debian: one process for each account, because a source has the rate of one codec."""

    CANNOT: ClassVar[dict[str, str]] = {
        "attended": "baresip 1.0 has no Replaces",
        "reinvite": "baresip 1.0 sends a re-INVITE for a hold only",
        "refresh": NO_TIMER,
    }
    program = "baresip 1.0"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, _Instance] = {}
        self._now: _Instance | None = None
        self.ear = GrowingFile(self._newest)

    def _newest(self) -> Path | None:
        return self._instance.newest()

    @property
    def _instance(self) -> _Instance:
        assert self._now is not None
        return self._now

    async def account(
        self,
        user: str,
        domain: str,
        codecs: tuple[str, ...] = ("PCMU", "PCMA"),
        *,
        srtp: bool = False,
        transport: str = "udp",
        register: bool = True,
    ) -> None:
        if user not in self._running:
            made = _Instance(self._folder, user)
            rate = max(int(CODECS[name].split("/")[1]) for name in codecs)
            await made.start(
                BS_DOMAIN=domain,
                BS_TRANSPORT=transport,
                BS_CODECS=",".join(CODECS[name] for name in codecs),
                BS_RATE=str(rate),
                BS_REGINT="300" if register else "0",
                BS_ANSWER="manual",
                **({"BS_SRTP": "srtp-mand"} if srtp else {}),
            )
            self._running[user] = made
        self._now = self._running[user]
        self.pid = self._now.pid

    async def quiet(self, *, on: bool) -> None:
        self._instance.is_quiet = on

    async def dial(self, uri: str, *, up: bool = True) -> None:
        await self._instance.ask("dial", uri)
        if up:
            await self._instance.saw("CALL_ESTABLISHED")

    async def hold(self, *, on: bool) -> None:
        await self._instance.ask("hold" if on else "resume")

    async def press(self, digits: str) -> None:
        for digit in digits:
            await self._instance.ask("sndcode", digit)
            await asyncio.sleep(0.15)
            await self._instance.ask("sndcode", "\x04")  # the key is let go
            await asyncio.sleep(0.05)

    def digits(self) -> str:
        return self._instance.digits()

    async def transfer(self, uri: str) -> None:
        await self._instance.ask("transfer", uri)

    async def hang_up(self) -> None:
        await self._instance.ask("hangup")

    async def packets(self) -> int:
        """How many have come in this call."""
        told = re.search(r"rcvd=(\d+)", await self._instance.ask("audio_debug"))
        return int(told[1]) if told else 0

    async def ringing(self) -> None:
        await self._instance.saw("CALL_INCOMING")

    async def over(self) -> None:
        await self._instance.saw("CALL_CLOSED")

    async def calm(self) -> None:
        for one in self._running.values():
            await one.calm()

    async def stop(self) -> None:
        await asyncio.gather(*(one.stop() for one in self._running.values()))


class _Instance:
    """One baresip process and its control port (netstrings with JSON)."""

    def __init__(self, folder: Path, user: str) -> None:
        self._folder, self.user = folder, user
        self._port = block()
        self._environment: dict[str, str] = {}
        self.news: list[dict[str, Any]] = []
        self._replies: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)
        self._mark = 0
        self.pid = 0
        self.is_quiet = False

    async def start(self, **settings: str) -> None:
        self._environment = {
            **os.environ,
            "PEERS_RUN": str(self._folder),
            "BS_NAME": self.user,
            "BS_USER": self.user,
            "BS_SIP_PORT": str(self._port),
            "BS_CTRL_PORT": str(self._port + 2),
            "BS_RTP_PORT": str(SOUND.start),
            "BS_TONE_HZ": str(PEER_HZ),
            **settings,
        }
        await self._kit("start.sh")
        self.pid = int((self._folder / "baresip" / self.user / "pid").read_text().split()[0])
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port + 2)
        self._task = asyncio.ensure_future(self._read())

    async def _kit(self, script: str, *words: str) -> None:
        process = await asyncio.create_subprocess_exec(
            str(KIT / "baresip" / script),
            *words,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, said.decode(errors="replace")

    def newest(self) -> Path | None:
        folder = self._folder / "baresip" / self.user / "rec"
        return max(folder.glob("*dec*.wav"), key=lambda p: p.stat().st_mtime_ns, default=None)

    async def _read(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = int((await self._reader.readuntil(b":"))[:-1])
                told = json.loads(await self._reader.readexactly(size))
                await self._reader.readexactly(1)
                if told.get("response"):
                    self._replies[told.get("token", "")] = told
                    continue
                self.news.append(told)
                if told.get("type") == "CALL_INCOMING" and not self.is_quiet:
                    self._send("accept", "", "accept")

    def _send(self, command: str, words: str, token: str) -> None:
        body = json.dumps({"command": command, "params": words, "token": token}).encode()
        self._writer.write(f"{len(body)}:".encode() + body + b",")

    async def ask(self, command: str, words: str = "") -> str:
        token = str(next(self._numbers))
        self._send(command, words, token)
        await until(lambda: token in self._replies, 30, f"baresip says nothing to {command}")
        return str(self._replies[token].get("data", ""))

    async def saw(self, kind: str) -> dict[str, Any]:
        def find() -> dict[str, Any] | None:
            return next((t for t in self.news[self._mark :] if t.get("type") == kind), None)

        found: Any = await until(find, why=lambda: f"baresip: no {kind}; {self.news[self._mark :]}")
        return found  # type: ignore[no-any-return]  # until gives what `find` gave

    def digits(self) -> str:
        told = self.news[self._mark :]
        return "".join(str(t.get("param", "")) for t in told if t.get("type") == "CALL_DTMF_START")

    async def calm(self) -> None:
        for _turn in range(4):
            if "sip:" not in (await self.ask("listcalls")):
                break
            await self.ask("hangup")
            await asyncio.sleep(0.1)
        self._mark = len(self.news)

    async def stop(self) -> None:
        self._task.cancel()
        self._writer.close()
        await self._kit("stop.sh", self.user)
