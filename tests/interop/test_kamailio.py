"""Kamailio as registrar and record-routing proxy, over UDP, TCP and TLS; baresip-python is behind it.

Our phone registers there; our switch registers there as a trunk.  SIPp refreshes sessions through it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from agent_desktop.wire import switch as switch_wire
from agent_desktop.wire.exchange import Trunk

from .cells import Column, Results, judge, say_what_is_not_tried
from .kamailio import Kamailio
from .our_switch import NUMBER, OurSwitch
from .ours import THIRD_HZ, OurPhone
from .party import PASSWORD, Party
from .rows import MOST_GAP_MS, ROWS, Pair
from .sipp import Sipp
from .sound import WATCH, longest_gap_ms
from .telephones import BaresipPython
from .test_sipp import SippPair
from .test_sipp import refresh as refreshed_by_sipp

pytestmark = [pytest.mark.peer, pytest.mark.asyncio(loop_scope="class")]

PHONE_USERS = {name: f"bob{name.lower()}" for name in ("plain", "srtp", "PCMU", "PCMA", "G722", "opus")}
TRUNK_USERS = {
    "plain": "5550",
    "srtp": "5551",
    "PCMU": "5552",
    "PCMA": "5553",
    "G722": "5554",
    "opus": "5555",
}
FREEZE_S, RETURN_S = 1.5, 12.0


async def refresh(pair: Pair) -> None:
    """SIPp, behind the same Kamailio, keeps the session with us alive by UPDATE."""
    sipp = Sipp(pair.folder / "sipp")
    user = "alice" if isinstance(pair.ours, OurPhone) else NUMBER
    assert isinstance(pair.ours, OurPhone | OurSwitch)
    beside = SippPair(pair.ours, sipp, pair.udp, user, "sipp")
    try:
        await refreshed_by_sipp(beside)
    finally:
        sipp.end()
        pair.figures |= beside.figures


class KamailioCells(Column):
    rows: ClassVar[dict[str, Any]] = {**ROWS, "refresh": refresh}
    transport: ClassVar[str]

    async def test_cell(self, row: str, pair: Pair, results: Results) -> None:
        await judge(type(self), row, pair, results)


@pytest_asyncio.fixture(loop_scope="class", scope="class")
async def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, results: Results
) -> AsyncIterator[Pair]:
    folder = tmp_path_factory.mktemp("column")
    column: type[KamailioCells] = request.cls
    say_what_is_not_tried(column, results)
    server = Kamailio(folder)
    await server.start()
    build = _phone if column.ours == "phone" else _switch
    async for made in build(server, column.transport):
        made.folder, made.udp = folder, server.at("udp")
        yield made
    await server.stop()


async def _phone(server: Kamailio, transport: str) -> AsyncIterator[Pair]:
    """Phone and baresip-python with the same transport."""
    at, folder = server.at(transport), server.folder
    more = {"fingerprint": server.fingerprint} if transport == "tls" else {}
    phone, peer, third = OurPhone(folder / "phone"), BaresipPython(folder / "peer"), Party(THIRD_HZ)
    us = f"sip:alice@{at}" + ("" if transport == "udp" else f";transport={transport}")
    made = Pair(
        phone, peer, us, PHONE_USERS, at, transport, third, f"sip:third@{server.at('udp')}", more=more
    )

    async def register() -> dict[str, Any]:
        await phone.sign_out()
        took = await phone.sign_in(at, transport=transport, srtp="optional", **more)
        return {"register_s": round(took, 2)}

    async def outage() -> dict[str, Any]:
        return await _outage(made, server, "alice")

    made.register, made.outage = register, outage
    try:
        await phone.start()
        await phone.sign_in(at, transport=transport, srtp="optional", **more)
        await peer.start()
        await made.account("plain")
        await third.open(server.at("udp"), "third")
        yield made
    finally:
        await third.close()
        await peer.stop()
        await phone.stop()


async def _switch(server: Kamailio, transport: str) -> AsyncIterator[Pair]:
    """The switch has Kamailio for a trunk; what begins with 555 is behind it."""
    at, folder = server.at(transport), server.folder
    port = int(at.rpartition(":")[2])
    trunk = Trunk(
        id="line", host="127.0.0.1", port=port, transport=transport, user=NUMBER, password=PASSWORD,
        register=True, expires_s=20, codecs=("opus", "G722", "PCMU", "PCMA"), srtp="optional",
        fingerprint=server.fingerprint if transport == "tls" else "",
    )  # fmt: skip
    switch, peer = OurSwitch(folder / "switch"), BaresipPython(folder / "peer")
    switch.by_trunk = True
    us = f"sip:{NUMBER}@{at}" + ("" if transport == "udp" else f";transport={transport}")
    made = Pair(switch, peer, us, TRUNK_USERS, at, transport, switch.third)

    def is_up(event: switch_wire.TrunkChanged) -> bool:
        return event.state == "up"

    async def register() -> dict[str, Any]:
        assert any(isinstance(e, switch_wire.TrunkChanged) and is_up(e) for e in switch.events)
        return {}

    async def outage() -> dict[str, Any]:
        return await _outage(made, server, NUMBER)

    made.register, made.outage = register, outage
    try:
        await switch.start(trunk)
        await switch.seen_since(switch_wire.TrunkChanged, is_up, 0)
        await peer.start()
        await made.account("plain")
        yield made
    finally:
        await peer.stop()
        await switch.stop()


async def _outage(pair: Pair, server: Kamailio, user: str) -> dict[str, Any]:
    """Over UDP nothing is passed on for a while, and a hold falls into it; else it is started anew."""
    await pair.comes_in()
    began, since = pair.ours.ear.mark(), time.monotonic()
    if pair.transport == "udp":
        freezing = asyncio.ensure_future(server.freeze(FREEZE_S))
        await asyncio.sleep(FREEZE_S / 2)
        heard = pair.ours.ear.since(began)
        await pair.ours.hold(on=True)
        await freezing
        await pair.ours.hold(on=False)
        await pair.talk()
        gap = longest_gap_ms(heard, pair.peer.hz)
        most = MOST_GAP_MS + WATCH.stalled_ms(since)
        assert gap <= most, f"{gap} ms of sound were missed while the proxy stood still"
        return {"outage_ms": int(1000 * FREEZE_S), "gap_ms": gap}
    await server.stop()
    await server.start()
    returned = await server.finds(user, RETURN_S)
    await pair.talk()
    gap = longest_gap_ms(pair.ours.ear.since(began), pair.peer.hz)
    most = MOST_GAP_MS + WATCH.stalled_ms(since)
    assert gap <= most, f"{gap} ms of sound were missed while the registrar was away"
    return {"registered_again_s": round(returned, 1), "gap_ms": gap}


class TestPhoneUdp(KamailioCells):
    ours, peer, transport = "phone", "kamailio_udp", "udp"


class TestPhoneTcp(KamailioCells):
    ours, peer, transport = "phone", "kamailio_tcp", "tcp"


class TestPhoneTls(KamailioCells):
    ours, peer, transport = "phone", "kamailio_tls", "tls"


TRUNK = "a customer behind a trunk asks for no transfers: the agent's phone does (columns of telephones)"


class TestSwitchUdp(KamailioCells):
    ours, peer, transport = "switch", "kamailio_udp", "udp"
    cannot: ClassVar = {"blind": TRUNK, "attended": TRUNK}


class TestSwitchTcp(KamailioCells):
    ours, peer, transport = "switch", "kamailio_tcp", "tcp"
    cannot: ClassVar = {"blind": TRUNK, "attended": TRUNK}


class TestSwitchTls(KamailioCells):
    ours, peer, transport = "switch", "kamailio_tls", "tls"
    cannot: ClassVar = {"blind": TRUNK, "attended": TRUNK}
