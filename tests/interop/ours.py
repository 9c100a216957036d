"""What is ours in the table, each a process of its own: the phone, and the switch with a telephone behind it.

Both are driven over their links alone, as a front end and a router do.  Behind the switch stands a `Party`:
what the peer says is heard there, and what it says is heard at the peer.
"""

from __future__ import annotations

import asyncio
import hashlib
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
from agent_desktop.wire import switch as switch_wire
from agent_desktop.wire.codec import PHONE_LINK, SWITCH_LINK
from agent_desktop.wire.exchange import ExchangeSettings, Extension, OutboundRoute, Trunk
from agent_desktop.wire.models import PhoneAccount

from .party import PASSWORD, Line, Party
from .places import HOST, block
from .sound import Ear, GrowingFile, until

ROOT = Path(__file__).resolve().parents[2]
REALM = "centre.test"
NUMBER = "4000"
PHONE_HZ, PARTY_HZ, THIRD_HZ, MUSIC_HZ = 600, 700, 900, 1100
EXTENSIONS = ("201", "202", "203", "204", "205", "206", "207", "208")
PARTY, THIRD = "208", "207"


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


class _Process:
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
            run: Any = await until(lambda: runfile.read(data, name), 20, (data / "out").read_text)
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
        within_s: float = 10.0,
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
        self._process = _Process(
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


def _extension(number: str) -> Extension:
    secret = f"{number}:{REALM}:{PASSWORD}".encode()
    return Extension(
        extension=number,
        agent=f"agent-{number}",
        ha1=hashlib.md5(secret).hexdigest(),  # noqa: S324 - digest authentication is MD5
        ha1_sha256=hashlib.sha256(secret).hexdigest(),
    )


class OurSwitch:
    """`agent-desktop switch`; `Party` is the colleague at extension 208 and the customer of outgoing calls.

    `by_trunk`: calls go out over the trunk instead of to an extension.
    """

    name = "switch"
    hz = PARTY_HZ

    def __init__(self, folder: Path) -> None:
        first = block()
        self.sip, self.by_trunk = f"{HOST}:{first}", False
        folder.mkdir(parents=True, exist_ok=True)
        wav.write(folder / "music.wav", tones.sine(MUSIC_HZ, 2.0, -14))
        self._music = str(folder / "music.wav")
        rtp = 25000 + 750 + (first - 25000) // 200 * 50
        self._process = _Process(
            "switch",
            folder,
            SWITCH_LINK,
            switch_wire.SwitchReply,
            f"--sip-port={first}",
            f"--first-rtp-port={rtp}",
            f"--last-rtp-port={rtp + 49}",
        )
        self.party = Party(PARTY_HZ)
        self.third = Party(THIRD_HZ)
        self._line: Line | None = None
        self._call = ""
        self._mark = 0
        self._turn = 0

    async def start(self, *trunks: Trunk, **exchange: Any) -> None:
        self._process.link.start()
        await self._process.see(switch_wire.SwitchSnapshot, within_s=30)
        await self.use(*trunks, **exchange)
        await self.party.open(self.sip, PARTY, realm=REALM)
        await self.third.open(self.sip, THIRD, realm=REALM)

    async def use(self, *trunks: Trunk, **exchange: Any) -> None:
        await self._process.do(
            switch_wire.SetDirectory(
                realm=REALM,
                extensions=tuple(_extension(number) for number in EXTENSIONS),
                numbers=(NUMBER,),
                music=self._music,
                trunk_accounts=trunks,
                routes=tuple(OutboundRoute(prefix="555", trunks=(trunk.id,)) for trunk in trunks),
                exchange=ExchangeSettings(**exchange),
            )
        )

    @property
    def events(self) -> list[Any]:
        return self._process.events

    async def see(self, kind: type, fits: Callable[[Any], bool] = lambda _e: True) -> Any:
        return await self._process.see(kind, fits, self._mark)

    async def seen_since(self, kind: type, fits: Callable[[Any], bool], since: int) -> Any:
        return await self._process.see(kind, fits, since)

    async def do(self, command: Any) -> None:
        await self._process.do(command)

    @property
    def ear(self) -> Ear:
        assert self._line is not None
        return self._line.ear

    @property
    def this_call(self) -> str:
        return self._call

    async def call(self, user: str, *, up: bool = True) -> None:
        """Our customer wants the peer at an extension; or our agent dials the peer outside."""
        lines = len(self.party.lines)
        if self.by_trunk:
            self._turn += 1
            self._call = f"out-{id(self)}-{self._turn}"
            await self.do(
                switch_wire.DialOut(call=self._call, extension=PARTY, number=user, interaction="i-1")
            )
            await until(lambda: len(self.party.lines) > lines, why="our agent's phone did not ring")
        else:
            self._line = await self._customer()
            await self.do(
                switch_wire.ConnectAgent(call=self._call, extension=user, interaction="i-1", timeout_s=30)
            )
        self._line = self.party.line
        if up:
            await self._bridged()

    async def _customer(self) -> Line:
        """Our party as a customer that is answered."""
        dialling = asyncio.ensure_future(self.party.dial(NUMBER))
        self._call = (await self.see(switch_wire.CallArrived)).call.id
        await self.do(switch_wire.AnswerCall(call=self._call))
        return await dialling

    async def _bridged(self) -> None:
        await self.see(switch_wire.CallChanged, lambda e: e.call.id == self._call and _talks(e.call))

    async def ringing(self) -> None:
        self._call = (await self.see(switch_wire.CallArrived)).call.id

    async def rings(self) -> None:
        """The caller hears that it rings (180): a switch says so when it is told whom to connect."""

    async def taken(self) -> None:
        await self.ringing()
        lines = len(self.party.lines)
        await self.do(switch_wire.AnswerCall(call=self._call))
        await self.do(switch_wire.ConnectAgent(call=self._call, extension=PARTY, interaction="i-1"))
        await self._bridged()
        assert len(self.party.lines) > lines
        self._line = self.party.line

    async def hold(self, *, on: bool) -> None:
        kind = switch_wire.HoldCall if on else switch_wire.ResumeCall
        await self.do(kind(call=self._call))

    async def held(self, *, on: bool) -> None:
        """What the router is told when the agent's phone holds; a customer who holds is not told of."""
        if self.by_trunk:
            return
        await until(
            lambda: self._now().state == ("held" if on else "bridged"),
            why=lambda: f"the call is {self._now().state}",
        )

    def _now(self) -> switch_wire.SwitchCall:
        kinds = switch_wire.CallChanged | switch_wire.CallEnded | switch_wire.CallArrived
        told = [e.call for e in self.events if isinstance(e, kinds) and e.call.id == self._call]
        return told[-1]

    async def press(self, digits: str) -> None:
        self.party.press(digits)

    def digits(self) -> str | None:
        """What the peer pressed; what our own party presses is told as well, and left out here."""
        own = {leg.id for leg in self._now().legs if PARTY in {leg.extension, leg.number}}
        told = [e for e in self.events[self._mark :] if isinstance(e, switch_wire.KeysPressed)]
        return "".join(event.digits for event in told if event.leg not in own)

    async def hang_up(self) -> None:
        await self.do(switch_wire.HangUpCall(call=self._call))

    async def over(self) -> None:
        await self.see(switch_wire.CallEnded, lambda e: e.call.id == self._call)

    async def _quality(self) -> Any:
        """How the peer's leg was; it is told with the end of the call."""
        await self.hang_up()
        ended = await self.see(switch_wire.CallEnded, lambda e: e.call.id == self._call)
        legs = [leg for leg in ended.call.legs if PARTY not in {leg.extension, leg.number}]
        mine = "+4940777001"
        return next(leg.quality for leg in legs if leg.quality is not None and leg.number != mine)

    async def codec(self) -> str:
        quality = await self._quality()
        return str(quality.codec)

    async def encrypted(self) -> bool:
        quality = await self._quality()
        return bool(quality.encrypted)

    async def calm(self) -> None:
        kinds = (
            switch_wire.CallChanged
            | switch_wire.CallEnded
            | switch_wire.CallArrived
            | switch_wire.AgentDialled
        )
        last = {e.call.id: e for e in self.events if isinstance(e, kinds)}
        for call, event in last.items():
            if not isinstance(event, switch_wire.CallEnded):
                await self._process.ask(switch_wire.HangUpCall(call=call))
        for party in (self.party, self.third):
            await party.forget()
        self._mark, self._call, self._line = len(self.events), "", None

    async def stop(self) -> None:
        await self.party.close()
        await self.third.close()
        await self._process.stop()


def _talks(call: switch_wire.SwitchCall) -> bool:
    return call.state == "bridged"
