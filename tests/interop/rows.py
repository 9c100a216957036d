"""The rows of the table: what a call must be able to do, the same for every pair, judged by what is heard.

A row gets the `Pair` of its column and gives figures for the table.  It fails with a sentence.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_desktop.wire import switch as switch_wire

from .baresip_debian import Baresip
from .our_switch import THIRD, OurSwitch
from .ours import MUSIC_HZ, PARTY_HZ, THIRD_HZ, OurPhone, Ours
from .party import Party
from .sound import UNHEARD_DBFS, WATCH, hears, level, longest_gap_ms, silent, until
from .telephones import Telephone

MOST_GAP_MS = 60
TALK_S = 0.8
LISTENINGS = 3
"""A busy computer stalls a program now and then; a fault of ours is there each time."""
KEYS = "159#"

WORDS = {
    "register": "Register",
    "call-in": "Call in",
    "call-out": "Call out",
    "hold": "Hold by us",
    "held": "Hold by the peer",
    "resume": "Resume, both ways",
    "dtmf-out": "Keys to the peer",
    "dtmf-in": "Keys from the peer",
    "blind": "Blind transfer",
    "attended": "Attended transfer",
    "srtp": "SRTP, mandatory",
    "PCMU": "PCMU",
    "PCMA": "PCMA",
    "G722": "G.722",
    "opus": "Opus",
    "cancel": "CANCEL, both ways",
    "reinvite": "Re-INVITE by the peer",
    "refresh": "Session refresh",
    "outage": "Network loss",
}
"""Every row and its title, in order."""
WITHOUT_SOUND = {"register", "cancel"}


@dataclass
class Pair:
    """One of ours, one of theirs, and how they reach each other."""

    ours: Ours
    peer: Telephone
    us: str  # the SIP address at which the peer reaches us
    users: dict[str, str]  # the peer's accounts: plain, opus, srtp..., each a name that we call
    domain: str  # where the peer registers
    transport: str = "udp"
    third: Party | None = None  # a further telephone, for transfers
    third_at: str = ""
    register: Callable[[], Awaitable[dict[str, Any]]] | None = None
    outage: Callable[[], Awaitable[dict[str, Any]]] | None = None
    folder: Path = Path()
    udp: str = ""  # where the same server is reached over UDP
    more: dict[str, Any] = field(default_factory=dict)  # what else our phone needs to sign in
    figures: dict[str, Any] = field(default_factory=dict)

    async def talk(self) -> None:
        """Both hear each other for a while, without a gap."""
        here = await hears(self.ours.ear, self.peer.hz, f"our {self.ours.name}")
        there = await hears(self.peer.ear, self.ours.hz, self.peer.program)
        self.figures |= {"here_dbfs": round(here, 1), "there_dbfs": round(there, 1)}
        for listening in range(LISTENINGS, 0, -1):
            marks, since = (self.ours.ear.mark(), self.peer.ear.mark()), time.monotonic()
            await asyncio.sleep(TALK_S)
            most = MOST_GAP_MS + WATCH.stalled_ms(since)
            gap_here = longest_gap_ms(self.ours.ear.since(marks[0]), self.peer.hz)
            gap_there = longest_gap_ms(self.peer.ear.since(marks[1]), self.ours.hz)
            if listening == 1 or max(gap_here, gap_there) <= most:
                break
        self.figures["gap_ms"] = max(gap_here, gap_there, self.figures.get("gap_ms", 0))
        assert gap_here <= most, f"our {self.ours.name} missed {gap_here} ms of sound"
        assert gap_there <= most, f"{self.peer.program} missed {gap_there} ms of sound"

    async def comes_in(self) -> None:
        """The peer calls us and is heard."""
        dialling = asyncio.ensure_future(self.peer.dial(self.us))
        await self.ours.taken()
        await dialling
        await self.talk()

    async def goes_out(self, account: str = "plain") -> None:
        await self.ours.call(self.users[account])
        await self.talk()

    async def account(self, name: str, **more: Any) -> None:
        """Another account of the peer, for a codec or for encryption."""
        await self.peer.account(self.users[name], self.domain, transport=self.transport, **more)


async def register(pair: Pair) -> None:
    assert pair.register is not None
    pair.figures |= await pair.register()


async def call_in(pair: Pair) -> None:
    await pair.comes_in()
    await pair.peer.hang_up()
    await pair.ours.over()


async def call_out(pair: Pair) -> None:
    await pair.goes_out()
    await pair.ours.hang_up()
    await pair.peer.over()


async def hold(pair: Pair) -> None:
    await pair.comes_in()
    await pair.ours.hold(on=True)
    await silent(pair.peer.ear, pair.ours.hz, pair.peer.program)
    await silent(pair.ours.ear, pair.peer.hz, f"our {pair.ours.name}")
    if isinstance(pair.ours, OurSwitch):
        pair.figures["music_dbfs"] = round(await hears(pair.peer.ear, MUSIC_HZ, pair.peer.program), 1)


async def held(pair: Pair) -> None:
    await pair.goes_out()
    await pair.peer.hold(on=True)
    await pair.ours.held(on=True)
    if not isinstance(pair.ours, OurSwitch) or pair.ours.by_trunk:
        await silent(pair.ours.ear, pair.peer.hz, f"our {pair.ours.name}")
    else:  # an agent's phone that holds: the customer hears music
        loud = await hears(pair.ours.ear, MUSIC_HZ, "the customer")
        pair.figures["music_dbfs"] = round(loud, 1)
    await silent(pair.peer.ear, pair.ours.hz, pair.peer.program)


async def resume(pair: Pair) -> None:
    await pair.comes_in()
    await pair.ours.hold(on=True)
    await silent(pair.peer.ear, pair.ours.hz, pair.peer.program)
    await pair.ours.hold(on=False)
    await (_counted(pair) if isinstance(pair.ours, OurPhone) else pair.talk())
    await pair.ours.hang_up()
    await pair.peer.over()
    await calm(pair)
    await pair.goes_out()
    await pair.peer.hold(on=True)
    await pair.ours.held(on=True)
    await silent(pair.ours.ear, pair.peer.hz, f"our {pair.ours.name}")
    await pair.peer.hold(on=False)
    await pair.ours.held(on=False)
    await _counted(pair)


async def _counted(pair: Pair) -> None:
    """baresip 1.0 writes nothing of what it hears after a re-INVITE: there its packets are counted."""
    if not isinstance(pair.peer, Baresip):
        await pair.talk()
        return
    await hears(pair.ours.ear, pair.peer.hz, f"our {pair.ours.name}")
    before = await pair.peer.packets()
    await asyncio.sleep(1.0)
    came = await pair.peer.packets() - before
    assert came >= 40, f"baresip got {came} packets in a second"
    pair.figures["packets_in_1_s"] = came


async def dtmf_out(pair: Pair) -> None:
    await pair.comes_in()
    await pair.ours.press(KEYS)
    await until(lambda: pair.peer.digits() == KEYS, why=lambda: f"heard {pair.peer.digits()!r}")
    await pair.talk()


async def dtmf_in(pair: Pair) -> None:
    await pair.comes_in()
    await pair.peer.press(KEYS)
    if pair.ours.digits() is not None:
        await until(lambda: pair.ours.digits() == KEYS, why=lambda: f"heard {pair.ours.digits()!r}")
    await asyncio.sleep(0.5)  # telephones say that they are done before the last key is let go
    await pair.talk()


async def blind(pair: Pair) -> None:
    """Ours sends REFER as a phone; as a switch it takes the REFER of the agent's phone."""
    third = pair.third
    assert third is not None
    await pair.goes_out()
    before = len(third.lines)
    if isinstance(pair.ours, OurPhone):
        await pair.ours.transfer(pair.third_at.removeprefix("sip:").partition("@")[0])
        await until(lambda: len(third.lines) > before, why="the third telephone was not called")
        await pair.ours.over()
        await joined(pair, third, pair.peer.hz)
        return
    assert isinstance(pair.ours, OurSwitch)
    asking = asyncio.ensure_future(pair.peer.transfer(f"sip:{THIRD}@{pair.domain}"))
    asked = await pair.ours.see(switch_wire.TransferAsked)
    assert (asked.target, asked.with_call) == (THIRD, "")
    await pair.ours.do(switch_wire.AddLeg(call=asked.call, leg="g1", extension=THIRD, blind=True))
    await asking
    await until(lambda: len(third.lines) > before and third.line.is_up, why="the colleague was not called")
    await hears(third.line.ear, PARTY_HZ, "the colleague")
    pair.figures["here_dbfs"] = round(await hears(pair.ours.ear, THIRD_HZ, "the customer"), 1)


async def attended(pair: Pair) -> None:
    third = pair.third
    assert third is not None
    await pair.goes_out()
    before = len(third.lines)
    if isinstance(pair.ours, OurPhone):
        first = pair.ours.this_call
        await pair.ours.hold(on=True)
        await pair.ours.call(third_user(pair))
        second = pair.ours.this_call
        await hears(third.line.ear, pair.ours.hz, "the third telephone")
        pair.ours.turn_to(first)
        await pair.ours.transfer(other=second)
        await until(lambda: len(third.lines) > before + 1, why="the third telephone was not called again")
        await pair.ours.over(first)
        await joined(pair, third, pair.peer.hz)
        return
    assert isinstance(pair.ours, OurSwitch)
    call = pair.ours.this_call
    await pair.peer.hold(on=True)
    await pair.ours.held(on=True)
    await pair.peer.dial(f"sip:{THIRD}@{pair.domain}")
    second = (await pair.ours.see(switch_wire.AgentDialled)).call.id
    await until(lambda: len(third.lines) > before and third.line.is_up, why="the colleague was not called")
    await hears(third.line.ear, pair.peer.hz, "the colleague")
    asking = asyncio.ensure_future(pair.peer.attended())
    asked = await pair.ours.see(switch_wire.TransferAsked)
    assert (asked.call, asked.with_call) == (call, second)
    await pair.ours.do(switch_wire.PromoteLeg(call=call, leg="g1", from_call=second))
    await asking
    await hears(third.line.ear, PARTY_HZ, "the colleague")
    pair.figures["here_dbfs"] = round(await hears(pair.ours.ear, THIRD_HZ, "the customer"), 1)


async def joined(pair: Pair, third: Party, hz: int) -> None:
    """The peer and the third telephone talk."""
    await until(lambda: third.line.is_up, why="the third telephone was not reached")
    there = await hears(third.line.ear, hz, "the third telephone")
    here = await hears(pair.peer.ear, third.hz, pair.peer.program)
    pair.figures |= {"here_dbfs": round(here, 1), "there_dbfs": round(there, 1)}


def third_user(pair: Pair) -> str:
    """A number where all use UDP; else the whole address, because the third is at another port."""
    return pair.third_at if pair.transport != "udp" else pair.third_at.removeprefix("sip:").partition("@")[0]


async def srtp(pair: Pair) -> None:
    """The peer talks encrypted or not at all; our phone too, then as it may; our switch by its default."""
    await pair.account("srtp", codecs=("PCMU",), srtp=True)
    if isinstance(pair.ours, OurPhone):
        await pair.ours.sign_in(pair.domain, srtp="mandatory", transport=pair.transport, **pair.more)
        try:
            await pair.goes_out("srtp")
            assert await pair.ours.encrypted(), "the call is not encrypted"
            await calm(pair)
        finally:
            await pair.ours.sign_in(pair.domain, srtp="optional", transport=pair.transport, **pair.more)
    await pair.goes_out("srtp")  # a peer that refuses keys in RTP/AVP is called again
    assert await pair.ours.encrypted(), "the call is not encrypted"
    await calm(pair)
    await pair.comes_in()
    assert await pair.ours.encrypted(), "the call is not encrypted"


def codec(name: str) -> Callable[[Pair], Awaitable[None]]:
    async def row(pair: Pair) -> None:
        await pair.account(name, codecs=(name,))
        await pair.goes_out(name)
        spoken = await pair.ours.codec()
        assert spoken.lower() == name.lower(), f"{spoken} was spoken"

    return row


async def cancel(pair: Pair) -> None:
    await pair.peer.quiet(on=True)
    try:
        await pair.ours.call(pair.users["plain"], up=False)
        await pair.peer.ringing()
        await pair.ours.hang_up()
        await pair.peer.over()
    finally:
        await pair.peer.quiet(on=False)
    await calm(pair)
    dialling = asyncio.ensure_future(pair.peer.dial(pair.us, up=False))
    await pair.ours.ringing()
    await dialling
    await pair.peer.hang_up()
    await pair.ours.over()


async def reinvite(pair: Pair) -> None:
    await pair.goes_out()
    mark, since = pair.ours.ear.mark(), time.monotonic()
    await pair.peer.reinvite()
    await asyncio.sleep(0.6)
    await pair.talk()
    gap = longest_gap_ms(pair.ours.ear.since(mark), pair.peer.hz)
    pair.figures["gap_ms"] = max(gap, pair.figures["gap_ms"])
    assert gap <= MOST_GAP_MS + WATCH.stalled_ms(since), f"our {pair.ours.name} missed {gap} ms of sound"


async def refresh(pair: Pair) -> None:
    """The peer refreshes a session of 90 s at its half, and the sound goes on."""
    await pair.peer.refreshes(90)
    await pair.comes_in()
    mark, since = pair.ours.ear.mark(), time.monotonic()
    await pair.peer.refreshed()
    await pair.talk()
    gap = longest_gap_ms(pair.ours.ear.since(mark), pair.peer.hz)
    pair.figures["gap_ms"] = max(gap, pair.figures["gap_ms"])
    assert gap <= MOST_GAP_MS + WATCH.stalled_ms(since), f"our {pair.ours.name} missed {gap} ms of sound"


async def outage(pair: Pair) -> None:
    if pair.outage is not None:
        pair.figures |= await pair.outage()
        return
    await pair.comes_in()
    mark = pair.ours.ear.mark()
    await pair.peer.freeze(1.5)
    await pair.talk()
    gap = longest_gap_ms(pair.ours.ear.since(mark), pair.peer.hz)
    pair.figures["outage_ms"] = gap
    assert 1000 < gap < 2500, f"a loss of 1.5 s was {gap} ms of silence"
    await pair.peer.hang_up()
    await pair.ours.over()


async def calm(pair: Pair) -> None:
    """No call is left at either side."""
    await pair.peer.calm()
    await pair.ours.calm()
    third = pair.third
    if third is not None:
        for line in third.lines:
            if line.ended is None:
                third.hang_up(line)


ROWS: dict[str, Callable[[Pair], Awaitable[None]]] = {
    "register": register,
    "call-in": call_in,
    "call-out": call_out,
    "hold": hold,
    "held": held,
    "resume": resume,
    "dtmf-out": dtmf_out,
    "dtmf-in": dtmf_in,
    "blind": blind,
    "attended": attended,
    "srtp": srtp,
    **{name: codec(name) for name in ("PCMU", "PCMA", "G722", "opus")},
    "cancel": cancel,
    "reinvite": reinvite,
    "refresh": refresh,
    "outage": outage,
}


def unheard(sound: Any, hz: float) -> bool:
    return level(sound, hz) < UNHEARD_DBFS
