"""The column of SIPp: rows of its own, because its calls are scripts and its voice is our echo."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from agent_desktop.wire import switch as switch_wire

from .cells import Column, Results, judge, say_what_is_not_tried
from .kamailio import Kamailio
from .our_switch import NUMBER, THIRD, OurSwitch
from .ours import PARTY_HZ, THIRD_HZ, OurPhone
from .places import HOST
from .rows import LISTENINGS, MOST_GAP_MS, TALK_S
from .sipp import Script, Sipp, kit_scenario
from .sound import WATCH, hears, longest_gap_ms, silent, until

pytestmark = [pytest.mark.peer, pytest.mark.asyncio(loop_scope="class")]

SCRIPTED = "SIPp plays one call by script and calls nobody else"


class SippPair:
    """One of ours and SIPp: `target` is where its calls go, for `service`; `user` is whom we call."""

    def __init__(self, ours: OurPhone | OurSwitch, sipp: Sipp, target: str, service: str, user: str) -> None:
        self.ours, self.peer = ours, sipp
        self.target, self.service, self.user = target, service, user
        self.third = None
        self.figures: dict[str, Any] = {}

    def calls(self, script: Script) -> None:
        self.peer.run(script.xml(), target=self.target, service=self.service)

    async def waits(self, script: Script) -> None:
        script.user = self.user
        self.peer.run(script.xml())
        await self.peer.ready()

    async def talk(self) -> None:
        """What we say comes back."""
        ours = self.ours
        loud = await hears(ours.ear, ours.hz, f"our {ours.name}")
        for listening in range(LISTENINGS, 0, -1):
            mark, since = ours.ear.mark(), time.monotonic()
            await asyncio.sleep(TALK_S)
            gap = longest_gap_ms(ours.ear.since(mark), ours.hz)
            most = MOST_GAP_MS + WATCH.stalled_ms(since)
            if listening == 1 or gap <= most:
                break
        self.figures |= {"here_dbfs": round(loud, 1), "gap_ms": max(gap, self.figures.get("gap_ms", 0))}
        assert gap <= most, f"our {ours.name} missed {gap} ms of its echo"

    async def comes_in(self, script: Script) -> None:
        self.calls(script)
        await self.ours.taken()
        await self.talk()

    async def ends(self) -> None:
        await self.ours.hang_up()
        await self.peer.verdict()


async def register(pair: SippPair) -> None:
    if isinstance(pair.ours, OurSwitch):
        pair.peer.run(kit_scenario("register"), "-key", "user", "202", "-au", "202", "-ap", "secret",
                      "-key", "contact_port", "5999", "-key", "expires", "60",
                      target=pair.target, service="x")  # fmt: skip
        await pair.peer.verdict()
        fits: Callable[[Any], bool] = lambda e: e.extension == "202" and e.registered  # noqa: E731
        await pair.ours.see(switch_wire.ExtensionRegistered, fits)
        return
    # At a port of its own: for half a minute more the phone says to a server that answers nothing that it
    # leaves (timer F), and a script that waits there for a call would take that for the call.
    registrar = pair.peer.another("registrar")
    registrar.run(Script(as_caller=False, user=pair.user).registrar().xml())
    try:
        await registrar.ready()
        took = await pair.ours.sign_in(f"{HOST}:{registrar.port}")
        await registrar.verdict()
        pair.figures["register_s"] = round(took, 2)
    finally:
        registrar.end()
        await pair.ours.sign_in(pair.target)


async def call_in(pair: SippPair) -> None:
    await pair.comes_in(Script(as_caller=True).invite().pause(2500).bye())
    await pair.ours.over()
    await pair.peer.verdict()


async def call_out(pair: SippPair) -> None:
    await pair.waits(Script(as_caller=False).answer().hung_up())
    await pair.ours.call(pair.user)
    await pair.talk()
    await pair.ends()


async def hold(pair: SippPair) -> None:
    """The phone holds by a re-INVITE; the switch by music in the same stream."""
    script = Script(as_caller=True).invite()
    is_phone = isinstance(pair.ours, OurPhone)
    await pair.comes_in(script.taken("recvonly").hung_up() if is_phone else script.hung_up())
    await pair.ours.hold(on=True)
    await silent(pair.ours.ear, pair.ours.hz, f"our {pair.ours.name}")
    await pair.ends()


async def held(pair: SippPair) -> None:
    script = Script(as_caller=True).invite().pause(2500)
    await pair.comes_in(script.reinvite("sendonly", "recvonly|inactive").hung_up())
    await pair.ours.held(on=True) if isinstance(pair.ours, OurPhone) else None
    await silent(pair.ours.ear, pair.ours.hz, f"our {pair.ours.name}", within_s=6)
    await pair.ends()


async def resume(pair: SippPair) -> None:
    script = Script(as_caller=True).invite().pause(2500)
    script.reinvite("sendonly", "recvonly|inactive").pause(2000).reinvite("sendrecv", "sendrecv")
    if isinstance(pair.ours, OurPhone):
        script.taken("recvonly").taken("sendrecv")
    await pair.comes_in(script.hung_up())
    await silent(pair.ours.ear, pair.ours.hz, f"our {pair.ours.name}", within_s=6)
    await pair.talk()
    await pair.ours.hold(on=True)
    await silent(pair.ours.ear, pair.ours.hz, f"our {pair.ours.name}")
    await pair.ours.hold(on=False)
    await pair.talk()
    await pair.ends()


async def keys(pair: SippPair) -> None:
    """What is pressed comes back as what the other side pressed (RFC 4733 both ways)."""
    await pair.comes_in(Script(as_caller=True).invite().hung_up())
    await pair.ours.press("159#")
    await until(lambda: pair.ours.digits() == "159#", why=lambda: f"heard {pair.ours.digits()!r}")
    await pair.talk()
    await pair.ends()


async def blind(pair: SippPair) -> None:
    ours = pair.ours
    assert isinstance(ours, OurSwitch)
    before = len(ours.third.lines)
    script = Script(as_caller=False).answer().pause(1500)
    await pair.waits(script.refer(f"sip:{THIRD}@{ours.sip}").hung_up())
    await ours.call(pair.user)
    await hears(ours.ear, ours.hz, "the customer")
    asked = await ours.see(switch_wire.TransferAsked)
    assert asked.target == THIRD
    await ours.do(switch_wire.AddLeg(call=asked.call, leg="g1", extension=THIRD, blind=True))
    await until(lambda: len(ours.third.lines) > before and ours.third.line.is_up, why="nobody was called")
    await hears(ours.third.line.ear, PARTY_HZ, "the colleague")
    pair.figures["here_dbfs"] = round(await hears(ours.ear, THIRD_HZ, "the customer"), 1)


def codec(name: str) -> Callable[[SippPair], Awaitable[None]]:
    async def row(pair: SippPair) -> None:
        await pair.comes_in(Script(as_caller=True, codec=name).invite().hung_up())
        spoken = await pair.ours.codec()
        assert spoken.lower() == name.lower(), f"{spoken} was spoken"
        if isinstance(pair.ours, OurPhone):
            await pair.ours.hang_up()
        await pair.peer.verdict()

    return row


async def cancel(pair: SippPair) -> None:
    words = ("-key", "user", "sipp", "-d", "300")
    pair.peer.run(kit_scenario("uac_cancel"), *words, target=pair.target, service=pair.service)
    await pair.ours.ringing()
    if isinstance(pair.ours, OurSwitch):  # a switch rings when it is told what to do with the call
        await pair.ours.rings()
    await pair.ours.over()
    await pair.peer.verdict()
    await pair.ours.calm()
    pair.peer.run(kit_scenario("uas_cancel"), "-key", "user", pair.user)
    await pair.peer.ready()
    await pair.ours.call(pair.user, up=False)
    await asyncio.sleep(0.4)
    await pair.ours.hang_up()
    await pair.peer.verdict()


async def reinvite(pair: SippPair) -> None:
    script = Script(as_caller=True).invite().pause(2000).reinvite("sendrecv", "sendrecv")
    await pair.comes_in(script.hung_up())
    mark, since = pair.ours.ear.mark(), time.monotonic()
    await asyncio.sleep(2.0)
    await pair.talk()
    gap = longest_gap_ms(pair.ours.ear.since(mark), pair.ours.hz)
    pair.figures["gap_ms"] = max(gap, pair.figures["gap_ms"])
    assert gap <= MOST_GAP_MS + WATCH.stalled_ms(since), f"our {pair.ours.name} missed {gap} ms"
    await pair.ends()


async def refresh(pair: SippPair) -> None:
    """SIPp's UPDATE must be answered with the session's length, and the sound goes on."""
    script = Script(as_caller=True).invite("Supported: timer", "Session-Expires: 90;refresher=uac")
    await pair.comes_in(script.pause(1500).refresh().hung_up())
    mark = pair.ours.ear.mark()
    await asyncio.sleep(1.5)
    await pair.talk()
    assert longest_gap_ms(pair.ours.ear.since(mark), pair.ours.hz) <= MOST_GAP_MS
    await pair.ends()


async def outage(pair: SippPair) -> None:
    await pair.comes_in(Script(as_caller=True).invite().hung_up())
    mark = pair.ours.ear.mark()
    await pair.peer.freeze(1.5)
    await pair.talk()
    gap = longest_gap_ms(pair.ours.ear.since(mark), pair.ours.hz)
    pair.figures["outage_ms"] = gap
    assert 1000 < gap < 2500, f"a loss of 1.5 s was {gap} ms of silence"
    await pair.ends()


SIPP_ROWS: dict[str, Any] = {
    "register": register,
    "call-in": call_in,
    "call-out": call_out,
    "hold": hold,
    "held": held,
    "resume": resume,
    "dtmf-out": keys,
    "dtmf-in": keys,
    "blind": blind,
    **{name: codec(name) for name in ("PCMU", "PCMA", "G722", "opus")},
    "cancel": cancel,
    "reinvite": reinvite,
    "refresh": refresh,
    "outage": outage,
}
CANNOT = {"attended": SCRIPTED, "srtp": "SIPp 3.6.1 has no SRTP; an echo would prove our own keys only"}


class TestPhoneSipp(Column):
    ours, peer, rows = "phone", "sipp", SIPP_ROWS
    cannot: ClassVar = {
        **CANNOT,
        "blind": SCRIPTED,
        "dtmf-out": "SIPp reads no keys, and the phone shows nobody what comes back",
        "dtmf-in": "SIPp sends keys only from a packet capture, and the phone shows them nobody",
    }

    async def test_cell(self, row: str, phone_pair: SippPair, results: Results) -> None:
        await judge(type(self), row, phone_pair, results)


class TestSwitchSipp(Column):
    ours, peer, rows = "switch", "sipp", SIPP_ROWS
    cannot: ClassVar = CANNOT

    async def test_cell(self, row: str, switch_pair: SippPair, results: Results) -> None:
        await judge(type(self), row, switch_pair, results)


@pytest_asyncio.fixture(loop_scope="class", scope="class")
async def phone_pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, results: Results
) -> AsyncIterator[SippPair]:
    say_what_is_not_tried(request.cls, results)
    folder = tmp_path_factory.mktemp("sipp")
    server = Kamailio(folder)
    await server.start()
    phone, sipp = OurPhone(folder / "phone"), Sipp(folder / "sipp")
    try:
        await phone.start()
        await phone.sign_in(server.at("udp"))
        await _registered(sipp, server.at("udp"), "bob")
        yield SippPair(phone, sipp, server.at("udp"), "alice", "bob")
    finally:
        sipp.end()
        await phone.stop()
        await server.stop()


@pytest_asyncio.fixture(loop_scope="class", scope="class")
async def switch_pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, results: Results
) -> AsyncIterator[SippPair]:
    say_what_is_not_tried(request.cls, results)
    folder = tmp_path_factory.mktemp("sipp")
    switch, sipp = OurSwitch(folder / "switch"), Sipp(folder / "sipp")
    try:
        await switch.start()
        await _registered(sipp, switch.sip, "201")
        yield SippPair(switch, sipp, switch.sip, NUMBER, "201")
    finally:
        sipp.end()
        await switch.stop()


async def _registered(sipp: Sipp, target: str, user: str) -> None:
    """SIPp's own port becomes the contact of this user."""
    sipp.run(
        kit_scenario("register"), "-key", "user", user, "-au", user, "-ap", "secret", "-key", "contact_port",
        str(sipp.port), "-key", "expires", "600", target=target, service="x",
    )  # fmt: skip
    await sipp.verdict()
