"""Real-time text in calls that go out of a switch that runs, and in those that gain it: liblinphone, SIPp."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent_desktop.sip import events as sip
from agent_desktop.wire.exchange import OutboundRoute, Trunk
from agent_desktop.wire.switch import (
    AddLeg,
    AnswerCall,
    CallArrived,
    CallChanged,
    CallEnded,
    ConnectAgent,
    DialOut,
    HangUpCall,
    PromoteLeg,
    SetDirectory,
    TextSaid,
)
from tests.interop.linphone_text import LinphoneCaller
from tests.interop.party import Party
from tests.interop.sipp import Script, Sipp
from tests.interop.takes_no_text import REFUSES_ALL, REFUSES_LINE, sipp
from tests.interop.typing_party import TypingParty

from .conftest import HOST, REALM, SIP_PORT, LinkRouter, extension, until
from .slot import port

pytestmark = pytest.mark.peer

SERVER = f"{HOST}:{SIP_PORT}"
LINPHONE, REFUSING, DEAF = port(152), port(176), port(178)
TRUNKS = {"9": LINPHONE, "8": REFUSING, "7": DEAF}


@pytest.fixture(scope="module")
def directory(sounds: Path) -> SetDirectory:
    return SetDirectory(
        realm=REALM,
        extensions=tuple(extension(number) for number in ("201", "202")),
        numbers=("4000",),
        music=str(sounds / "music.wav"),
        trunk_accounts=tuple(Trunk(id=f"t{at}", host=HOST, port=at) for at in TRUNKS.values()),
        routes=tuple(OutboundRoute(prefix=prefix, trunks=(f"t{at}",)) for prefix, at in TRUNKS.items()),
    )


async def agent(parties: list[Party], number: str = "201", *, letters: bool = True) -> TypingParty:
    party = TypingParty(1000, letters=letters)
    parties.append(party)
    await party.open(SERVER, number, REALM)
    return party


def said(router: LinkRouter) -> list[tuple[str, str]]:
    return [(line.line.speaker, line.line.text.strip()) for line in router.all(TextSaid)]


async def bridged(router: LinkRouter, call: str = "") -> str:
    changed = await router.event(CallChanged, lambda e: e.call.state == "bridged" and call in {"", e.call.id})
    return changed.call.id


async def put_through(router: LinkRouter, caller: TypingParty) -> str:
    """The caller dials in and talks with the first agent; gives the call."""
    await caller.open(SERVER)
    await caller.dial("4000", up=False)
    call = (await router.event(CallArrived)).call.id
    await router.do(AnswerCall(call=call))
    await caller.rung()
    await router.do(ConnectAgent(call=call, extension="201", interaction="i-7"))
    await bridged(router, call)
    return call


@pytest.mark.parametrize("by_router", [False, True], ids=["the phone dials", "the router dials"])
async def test_an_agent_types_with_a_customer_of_liblinphones_whom_it_calls(
    router: LinkRouter, parties: list[Party], by_router: bool
) -> None:
    """Where the router dials, the agent's phone is up before anybody has text, and is offered it then."""
    customer = LinphoneCaller("", "Grüße 你好 one x\b!\n", sip_port=LINPHONE)
    customer.wait_until_ready()
    try:
        ana = await agent(parties)
        if by_router:
            await router.do(DialOut(call="d1", extension="201", number="9123", interaction="i1"))
        else:
            await ana.dial("9123")
        call = await bridged(router)
        await ana.told("!\n")
        assert ana.text == "Grüße 你好 one !\n"
        ana.type("good day 世\n")
        await until(lambda: customer.text == "good day 世\n", why=f"{customer.text!r}")
        assert (len(ana.line.all(sip.MediaChanged)) > 0) is by_router
        await until(lambda: len(said(router)) == 2)
        assert said(router) == [("customer", "Grüße 你好 one !"), ("agent", "good day 世")]
        await router.do(HangUpCall(call=call))
    finally:
        customer.end()


@pytest.mark.parametrize(
    ("number", "at", "scenario", "calls"),
    [("8123", REFUSING, REFUSES_ALL, 2), ("7123", DEAF, REFUSES_LINE, 1)],
    ids=["488", "port 0"],
)
async def test_who_takes_no_text_is_talked_with(  # noqa: PLR0917 - what differs, and the fixtures
    router: LinkRouter, parties: list[Party], tmp_path: Path, number: str, at: int, scenario: str, calls: int
) -> None:
    peer = await sipp(scenario, tmp_path, HOST, at, port(2), calls=calls)
    try:
        ana = await agent(parties)
        await ana.dial(number)
        call = await bridged(router)
        ana.type("hello\n")  # nobody reads it, and nobody is asked again
        await asyncio.sleep(0.5)
        await router.do(HangUpCall(call=call))
        _, words = await asyncio.wait_for(peer.communicate(), 25)
        assert peer.returncode == 0, words.decode()
    finally:
        if peer.returncode is None:
            peer.kill()
            await peer.wait()


async def test_text_that_the_customer_adds_reaches_the_agent_and_the_next_one_whose_phone_had_none(
    router: LinkRouter, parties: list[Party]
) -> None:
    """The first agent's phone takes no letters; who takes the call over reads, from the answer on."""
    caller = TypingParty(440, letters=False)
    parties.append(caller)
    ana, ben = await agent(parties, letters=False), await agent(parties, "202")
    call = await put_through(router, caller)
    await caller.add_letters()
    caller.type("hello 世\n")
    await until(lambda: said(router) == [("customer", "hello 世")])
    assert ana.text == ""
    assert ana.line.ended is None
    await router.do(AddLeg(call=call, leg="g1", extension="202", timeout_s=20))
    await ben.rung()
    await router.do(PromoteLeg(call=call, leg="g1"))
    await until(lambda: ana.line.ended is not None)
    caller.type("and you?\n")
    await ben.told("and you?\n")
    ben.type("well\n")
    await caller.told("well\n")


async def test_both_sides_add_text_at_once_and_both_have_it(router: LinkRouter, parties: list[Party]) -> None:
    """A glare: the switch and the agent's phone offer text to each other in the same moment (491)."""
    caller = TypingParty(440, letters=False)
    parties.append(caller)
    ana = await agent(parties, letters=False)
    await put_through(router, caller)
    await asyncio.gather(caller.add_letters(), ana.add_letters())
    caller.type("hello\n")
    await ana.told("hello\n")
    ana.type("good day\n")
    await caller.told("good day\n")
    assert ana.line.session.lost == caller.line.session.lost == 0


async def test_a_customer_to_whom_the_agent_types_is_asked_again_after_a_glare_and_the_call_goes_on(
    router: LinkRouter, parties: list[Party], tmp_path: Path
) -> None:
    """SIPp called without text; it answers 491 to the offer of it, and then takes the sound alone."""
    peer = Sipp(tmp_path / "sipp")
    try:
        script = Script(as_caller=True).invite().met_text().bye()
        peer.run(script.xml(), target=SERVER, service="4000")
        ana = await agent(parties)
        call = (await router.event(CallArrived)).call.id
        await router.do(AnswerCall(call=call))
        await router.do(ConnectAgent(call=call, extension="201", interaction="i-7"))
        await bridged(router, call)
        await ana.add_letters()
        ana.type("hello\n")
        ended = await router.event(CallEnded)
        assert ended.call.ended_by == "customer"
        await peer.verdict()
    finally:
        peer.end()
