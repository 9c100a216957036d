"""Our switch in the table, with telephones of our own behind it; see `ours`."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_desktop.media import tones, wav
from agent_desktop.wire import switch as switch_wire
from agent_desktop.wire.codec import SWITCH_LINK
from agent_desktop.wire.exchange import ExchangeSettings, Extension, OutboundRoute, Trunk

from .ours import MUSIC_HZ, PARTY_HZ, THIRD_HZ, Process
from .party import PASSWORD, Line, Party
from .places import HOST, block
from .sound import Ear, until

REALM = "centre.test"
NUMBER = "4000"
EXTENSIONS = ("201", "202", "203", "204", "205", "206", "207", "208")
PARTY, THIRD = "208", "207"


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
        self._process = Process(
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
