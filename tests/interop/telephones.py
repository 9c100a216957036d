"""Telephones that we did not write, all with the same few verbs: baresip 1.0, baresip-python, liblinphone.

Each is a process; what it cannot do is a sentence in `CANNOT` of its class, which the table shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

from .places import HOST, SOUND, block
from .sound import Ear, GrowingFile, until

HERE = Path(__file__).resolve().parent
KIT = HERE.parent / "peers" / "kit"
PEER_HZ = 440
CODECS = {
    "PCMU": "PCMU/8000/1",
    "PCMA": "PCMA/8000/1",
    "G722": "G722/16000/1",
    "opus": "opus/48000/2",
}
RATES = {"PCMU": 8000, "PCMA": 8000, "G722": 16000, "opus": 48000}
NO_TIMER = "libre has no session timers (RFC 4028)"
REFRESHED = re.compile(r"SIP/2\.0 200 .*^CSeq: \d+ UPDATE$", re.DOTALL | re.MULTILINE).match


class Telephone:
    """What all of them do.  A call is the newest one unless said otherwise."""

    CANNOT: ClassVar[dict[str, str]] = {}
    program = ""
    hz = PEER_HZ
    ear: Ear
    pid = 0

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
        """Have this account, and use it from now on."""
        raise NotImplementedError

    async def start(self) -> None: ...
    async def quiet(self, *, on: bool) -> None: ...
    async def dial(self, uri: str, *, up: bool = True) -> None: ...
    async def hold(self, *, on: bool) -> None: ...
    async def press(self, digits: str) -> None: ...
    def digits(self) -> str: ...  # type: ignore[empty-body]  # each kind has its own
    async def transfer(self, uri: str) -> None: ...
    async def attended(self) -> None: ...
    async def reinvite(self) -> None: ...
    async def refreshes(self, seconds: int) -> None: ...
    async def refreshed(self) -> None: ...
    async def hang_up(self) -> None: ...
    async def over(self) -> None: ...
    async def ringing(self) -> None: ...
    async def calm(self) -> None: ...
    async def stop(self) -> None: ...

    async def freeze(self, seconds: float) -> None:
        """As if the network were gone: nothing comes and nothing is taken."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            os.kill(self.pid, signal.SIGCONT)


class DoorPhone(Telephone):
    """A peer program of this folder."""

    script = ""
    flags: tuple[str, ...] = ()

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        first = block()
        self.sip = first
        self._folder, self._door = folder, first + 2
        self._said = folder / "said"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, str(HERE / self.script), "--sip", str(first), "--door", str(first + 2)),
                    *("--rtp", str(self._rtp()), "--hz", str(self.hz), "--folder", str(folder), *self.flags),
                ],
                stdout=said,
                stderr=said,
                stdin=subprocess.DEVNULL,
            )
        self.pid = self._process.pid
        self.news: list[dict[str, Any]] = []
        self._answers: dict[int, dict[str, Any]] = {}
        self._numbers = itertools.count(1)
        self._task: asyncio.Task[None] | None = None
        self._user = ""
        self._users: set[str] = set()
        self._mark = 0
        self.ear = GrowingFile(self._newest)

    def _rtp(self) -> int:
        return SOUND.start

    def _newest(self) -> Path | None:
        return max(self._folder.glob("heard-*.wav"), key=lambda p: p.stat().st_mtime_ns, default=None)

    async def start(self) -> None:
        def is_up() -> bool:
            assert self._process.poll() is None, self._said.read_text(errors="replace")[-2000:]
            return b"ready" in self._said.read_bytes()

        await until(is_up, 30, "the peer did not start")
        self._reader, self._writer = await asyncio.open_connection(HOST, self._door)
        self._task = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        while line := await self._reader.readline():
            told = json.loads(line)
            if "n" in told:
                self._answers[told["n"]] = told
            else:
                self.news.append(told)

    async def ask(self, do: str, **more: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._writer.write(json.dumps({"n": number, "do": do, **more}).encode() + b"\n")
        await until(lambda: number in self._answers, 30, lambda: f"{do}: no answer; {self.news[-5:]}")
        answer = self._answers.pop(number)
        assert answer["ok"], f"{self.program}, {do}: {answer['error']}"
        return answer

    def _calls(self) -> list[int]:
        return [told["call"] for told in self.news[self._mark :] if told["event"] == "call"]

    @property
    def _call(self) -> int:
        return self._calls()[-1]

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
        words = [CODECS[name] for name in codecs]
        if user not in self._users:
            await self.ask(
                "account", user=user, domain=domain, codecs=words, srtp="srtp-mand" if srtp else "",
                transport=transport, register=register,
            )  # fmt: skip
        self._users.add(user)
        self._user = user

    async def quiet(self, *, on: bool) -> None:
        await self.ask("quiet", user=self._user, on=on)

    async def dial(self, uri: str, *, up: bool = True) -> None:
        await self.ask("dial", user=self._user, uri=uri, up=up)

    async def hold(self, *, on: bool) -> None:
        await self.ask("hold", call=self._call, on=on)

    async def press(self, digits: str) -> None:
        await self.ask("press", call=self._call, digits=digits)

    def digits(self) -> str:
        return "".join(told["digit"] for told in self.news[self._mark :] if told["event"] == "digit")

    async def transfer(self, uri: str) -> None:
        await self.ask("transfer", call=self._call, uri=uri)

    async def attended(self) -> None:
        first, second = self._calls()[-2:]
        await self.ask("attended", call=first, to=second)

    async def hang_up(self) -> None:
        await self.ask("hangup", call=self._call)

    async def ringing(self) -> None:
        await until(self._calls, why=f"{self.program} was not called")

    async def calm(self) -> None:
        for call in self._calls():
            with contextlib.suppress(AssertionError):
                await self.ask("hangup", call=call)
        await asyncio.sleep(0.05)
        self._mark = len(self.news)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._writer.close()
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, 4)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class BaresipPython(DoorPhone):
    """libre 4: REFER, Replaces, SRTP, Opus and G.722; several accounts in one process."""

    CANNOT: ClassVar[dict[str, str]] = {"refresh": NO_TIMER}
    program = "baresip-python"
    script = "peer_baresip_python.py"

    async def over(self) -> None:
        call = self._call
        await until(
            lambda: any(t["event"] == "CALL_CLOSED" and t["call"] == call for t in self.news),
            why=f"{self.program} still has the call",
        )

    async def reinvite(self) -> None:
        """It sends one by itself right after it has answered."""


class Liblinphone(DoorPhone):
    """liblinphone 5.1, one account; its files are 16 kHz (48 kHz with Opus)."""

    program = "liblinphone"
    script = "peer_liblinphone.py"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._rate = 8000
        self.ear = GrowingFile(self._newest, lambda: self._rate)

    def _rtp(self) -> int:
        """One pair of ports for all its calls, which nobody else may have."""
        return block()

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
        self._rate = RATES[codecs[0]]
        await self.ask("codecs", codecs=list(codecs))
        await self.ask("srtp", on=srtp)
        if register and user != self._user:
            self._user = user
            await self.ask("account", user=user, domain=domain)

    async def dial(self, uri: str, *, up: bool = True) -> None:
        await self.ask("dial", uri=uri)
        if up:
            await until(lambda: "running" in self._states(), why=lambda: self.news[-6:])

    def _states(self) -> list[str]:
        call = self._call
        told = self.news[self._mark :]
        return [t["state"] for t in told if t["event"] == "state" and t["call"] == call]

    async def reinvite(self) -> None:
        await self.ask("reinvite", call=self._call)

    async def refreshes(self, seconds: int) -> None:
        """Calls made from now on last so long without a refresh, which liblinphone sends at the half."""
        await self.ask("session", seconds=seconds)
        self._said_before = self._said.stat().st_size

    async def refreshed(self) -> None:
        """Its UPDATE has been answered with 200 and the session's length."""
        await until(
            lambda: any(map(REFRESHED, self._messages())), 60, lambda: f"no refresh: {self._messages()[-4:]}"
        )

    def _messages(self) -> list[str]:
        """The heads of the SIP messages that it has written down."""
        said = self._said.read_bytes()[self._said_before :].decode(errors="replace")
        return [
            part.partition("\n\n")[0]
            for part in re.split(r"(?m)^(?=SIP/2\.0 \d|[A-Z]+ sip:)", said.replace("\r", ""))[1:]
        ]

    async def over(self) -> None:
        await until(
            lambda: {"end", "error", "released"} & set(self._states()),
            why=f"{self.program} still has the call",
        )
