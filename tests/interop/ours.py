"""What is ours in the table, each a process of its own: the phone, and the switch with a telephone behind it.

Both are driven over their links alone, as a front end and a router do.  Behind the switch stands a `Party`:
what the peer says is heard there, and what it says is heard at the peer.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from agent_desktop.links import runfile
from agent_desktop.links.client import LinkClient, Target
from agent_desktop.media import tones, wav
from agent_desktop.wire import phone as phone_wire
from agent_desktop.wire.codec import PHONE_LINK
from agent_desktop.wire.models import PhoneAccount

from .party import PASSWORD
from .places import HOST
from .sound import Ear, GrowingFile, until

ROOT = Path(__file__).resolve().parents[2]
PHONE_HZ, PARTY_HZ, THIRD_HZ, MUSIC_HZ = 600, 700, 900, 1100


class Ours(Protocol):
    """The side of a call that is under test."""

    name: str
    hz: int

    @property
    def ear(self) -> Ear: ...
    async def call(self, user: str, *, up: bool = True) -> None: ...
    async def ringing(self) -> None: ...
    async def taken(self) -> None: ...
    async def hold(self, *, on: bool) -> None: ...
    async def held(self, *, on: bool) -> None: ...
    async def press(self, digits: str) -> None: ...
    def digits(self) -> str | None: ...
    async def hang_up(self) -> None: ...
    async def over(self) -> None: ...
    async def codec(self) -> str: ...
    async def encrypted(self) -> bool: ...
    async def calm(self) -> None: ...


class Process:
    """A program of ours with its link."""

    def __init__(self, name: str, data: Path, codec: Any, reply: type, *words: str) -> None:
        self.data, self._reply = data, reply
        self.events: list[Any] = []
        data.mkdir(parents=True, exist_ok=True)
        with (data / "out").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "agent_desktop", name, "--data", str(data), *words],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                cwd=ROOT,
                stdout=out,
                stderr=out,
            )

        async def target() -> Target:
            run: Any = await until(lambda: runfile.read(data, name), 30, (data / "out").read_text)
            return Target(f"ws://{HOST}:{run.port}/", run.token)

        self.link: LinkClient[Any, Any] = LinkClient(
            codec, name="table", target=target, on_event=self.events.append
        )

    async def ask(self, command: Any) -> Any:
        request = self.link.request(command)

        def reply() -> Any:
            return next(
                (e for e in self.events if isinstance(e, self._reply) and e.request == request),
                None,
            )

        return await until(reply, why=f"a reply to {command}")

    async def do(self, command: Any) -> None:
        reply = await self.ask(command)
        assert reply.ok, reply.message

    async def see(
        self,
        kind: type,
        fits: Callable[[Any], bool] = lambda _e: True,
        since: int = 0,
        within_s: float = 25.0,
    ) -> Any:
        def find() -> Any:
            return next((e for e in self.events[since:] if isinstance(e, kind) and fits(e)), None)

        return await until(find, within_s, lambda: [e for e in self.events[since:] if _is_news(e)][-6:])

    async def stop(self) -> None:
        await self.link.stop()
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self.process.wait, 8)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _is_news(event: Any) -> bool:
    return not isinstance(event, phone_wire.LevelsMeasured | phone_wire.QualityMeasured)


class OurPhone:
    """`agent-desktop phone` with a tone for a voice and a file for an ear."""

    name = "phone"
    hz = PHONE_HZ

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        wav.write(folder / "voice.wav", tones.sine(PHONE_HZ, 2.0))
        self._process = Process(
            "phone",
            folder,
            PHONE_LINK,
            phone_wire.PhoneReply,
            f"--audio-in={folder / 'voice.wav'}",
            f"--audio-out={folder / 'ear.wav'}",
        )
        self.ear: Ear = GrowingFile(lambda: folder / "ear.wav")
        self._call = ""
        self._mark = 0

    async def start(self) -> None:
        self._process.link.start()
        await self._process.see(phone_wire.PhoneSnapshot, within_s=30)
        await self._process.ask(phone_wire.SetSound(echo=False, noise=False, gain=False))

    async def sign_in(self, server: str, user: str = "alice", **more: Any) -> float:
        """Gives the seconds that it took."""
        since, began = len(self._process.events), time.monotonic()
        account = PhoneAccount(extension=user, server=server, password=PASSWORD, **more)
        await self._process.do(phone_wire.SetAccount(account=account))
        await self.registered(since)
        return time.monotonic() - began

    async def registered(self, since: int) -> None:
        def is_it(event: phone_wire.RegistrationChanged) -> bool:
            return event.registration.state == "registered"

        await self._process.see(phone_wire.RegistrationChanged, is_it, since)

    async def sign_out(self) -> None:
        since = len(self._process.events)
        await self._process.do(phone_wire.ClearAccount())

        def is_it(event: phone_wire.RegistrationChanged) -> bool:
            return event.registration.state == "none"

        await self._process.see(phone_wire.RegistrationChanged, is_it, since)

    @property
    def mark(self) -> int:
        return len(self._process.events)

    def _now(self, call: str = "") -> phone_wire.PhoneCall | None:
        told = [e.call for e in self._process.events if isinstance(e, phone_wire.PhoneCallChanged)]
        return next((c for c in reversed(told) if c.id == (call or self._call)), None)

    async def _state(self, *states: str, call: str = "") -> phone_wire.PhoneCall:
        def there() -> phone_wire.PhoneCall | None:
            found = self._now(call)
            if found is not None and found.state == "ended" and "ended" not in states:
                raise AssertionError(
                    f"the phone's call ended: {found.ended_by} {found.status} {found.detail}"
                )
            return found if found is not None and found.state in states else None

        found: Any = await until(there, why=lambda: self._now(call))
        return found  # type: ignore[no-any-return]  # until gives what `there` gave

    async def call(self, user: str, *, up: bool = True) -> None:
        since = len(self._process.events)
        await self._process.do(phone_wire.Dial(target=user))
        told = await self._process.see(
            phone_wire.PhoneCallChanged, lambda e: e.call.direction == "out", since
        )
        self._call = told.call.id
        if up:
            await self._state("up")

    async def ringing(self) -> None:
        told = await self._process.see(
            phone_wire.PhoneCallChanged, lambda e: e.call.state == "ringing", self._mark
        )
        self._call = told.call.id

    async def taken(self) -> None:
        await self.ringing()
        await self._process.do(phone_wire.Answer(call=self._call))
        await self._state("up")

    async def hold(self, *, on: bool) -> None:
        await self._process.do(phone_wire.SetHold(call=self._call, on=on))
        await self._state("held" if on else "up")

    async def held(self, *, on: bool) -> None:
        """The screen is told that the other side holds."""
        await until(
            lambda: (now := self._now()) is not None and now.held_by_remote == on,
            why=f"the phone does not say that the other side {'holds' if on else 'resumed'}",
        )

    async def press(self, digits: str) -> None:
        await self._process.do(phone_wire.SendDtmf(call=self._call, digits=digits))

    def digits(self) -> str | None:
        """An agent's phone shows nobody what the other side presses."""
        return None

    async def transfer(self, target: str = "", other: str = "") -> None:
        await self._process.do(phone_wire.Transfer(call=self._call, target=target, other=other))

    @property
    def this_call(self) -> str:
        return self._call

    def turn_to(self, call: str) -> None:
        self._call = call

    async def hang_up(self) -> None:
        await self._process.do(phone_wire.HangUp(call=self._call))

    async def over(self, call: str = "") -> None:
        await self._state("ended", call=call)

    async def codec(self) -> str:
        now = self._now()
        return now.codec if now is not None else ""

    async def encrypted(self) -> bool:
        now = self._now()
        return now is not None and now.encrypted

    async def calm(self) -> None:
        """No call is left, and none of before is looked at again."""
        told = [e.call for e in self._process.events if isinstance(e, phone_wire.PhoneCallChanged)]
        last = {call.id: call for call in told}
        for call in last.values():
            if call.state != "ended":
                await self._process.ask(phone_wire.HangUp(call=call.id))
        for call in last:
            await self.over(call)
        self._mark, self._call = len(self._process.events), ""

    async def stop(self) -> None:
        await self._process.stop()
