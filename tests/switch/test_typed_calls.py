"""Calls in which people type, through a switch that runs: minimodem, our own letters, our own textphone."""

from __future__ import annotations

import pytest

from agent_desktop.wire.switch import (
    AnswerCall,
    CallArrived,
    CallChanged,
    ConnectAgent,
    DigitsCollected,
    Play,
    PlayEnded,
    Prompt,
    Supervise,
    TextSaid,
)
from tests.interop.linphone_text import LinphoneCaller
from tests.interop.party import Party
from tests.interop.typing_party import Minimodem, TypingParty
from tests.media.baudot_line import folded, prose

from .conftest import HOST, REALM, SIP_PORT, LinkRouter, until

pytestmark = pytest.mark.peer

SERVER = f"{HOST}:{SIP_PORT}"
MENU = (Prompt(text="Press 1 for orders."),)


async def agent(parties: list[Party], *, letters: bool = True) -> TypingParty:
    party = TypingParty(1000, letters=letters)
    parties.append(party)
    await party.open(SERVER, "201", REALM)
    return party


async def dialled(router: LinkRouter, caller: Party) -> str:
    """A customer calls and is answered."""
    await caller.open(SERVER)
    await caller.dial("4000", up=False)
    call = (await router.event(CallArrived)).call.id
    await router.do(AnswerCall(call=call))
    await caller.rung()
    return call


async def bridged(router: LinkRouter, call: str) -> None:
    await router.do(ConnectAgent(call=call, extension="201", interaction="i-7"))
    await router.event(CallChanged, lambda e: e.call.state == "bridged")


def said(router: LinkRouter) -> list[tuple[str, str]]:
    return [(line.line.speaker, line.line.text.strip()) for line in router.all(TextSaid)]


async def test_a_textphone_is_greeted_served_by_keys_and_talks_with_letters(
    router: LinkRouter, parties: list[Party]
) -> None:
    caller = Minimodem()
    parties.append(caller)
    ana = await agent(parties)
    call = await dialled(router, caller)
    await caller.say("HELLO GA")
    await router.event(CallChanged, lambda e: e.call.text == "tty")
    await router.do(Play(call=call, play="menu", prompts=MENU, collect=1, collect_s=5))
    await caller.told("ORDERS. GA")
    await router.event(PlayEnded)
    await caller.say("1")
    assert (await router.event(DigitsCollected)).digits == "1"
    await bridged(router, call)
    ana.type("Good day. Who is there? GA\n")
    await caller.told("THERE? GA")
    await caller.say("AMINA. WHERE IS MY LAMP Q GA")
    await ana.told("MY LAMP Q GA")
    ana.type("On its way, order 4711 SKSK")
    await caller.told("SKSK")
    await until(lambda: len(said(router)) == 6, why=lambda: said(router))
    assert said(router) == [
        ("customer", "HELLO GA"),
        ("system", "PRESS 1 FOR ORDERS. GA"),
        ("customer", "1"),
        ("agent", "Good day. Who is there? GA"),
        ("customer", "AMINA. WHERE IS MY LAMP Q GA"),
        ("agent", "On its way, order 4711 SKSK"),
    ]
    printed = " ".join((await caller.printed()).split())
    assert "PRESS 1 FOR ORDERS. GA" in printed
    assert "GOOD DAY. WHO IS THERE? GA" in printed
    assert "ON ITS WAY, ORDER 4711 SKSK" in printed


async def test_letters_of_liblinphone_reach_a_textphone_in_order_while_a_supervisor_reads(
    router: LinkRouter, parties: list[Party]
) -> None:
    """Goal G14: 400 characters, in order, none lost; read by minimodem at the agent's place."""
    pasted = prose(400, seed=3)
    ana, sue = Minimodem(), TypingParty(700)
    parties.extend((ana, sue))
    await ana.open(SERVER, "201", REALM)
    await sue.open(SERVER, "203", REALM)
    caller = LinphoneCaller(f"sip:4000@{HOST}:{SIP_PORT}", f"{pasted}\n")
    try:
        call = (await router.event(CallArrived)).call.id
        await router.do(AnswerCall(call=call))
        await router.do(Play(call=call, play="hello", prompts=(Prompt(text="Welcome."),)))
        await until(lambda: "Welcome." in caller.text, why=lambda: caller.text)
        await router.event(CallChanged, lambda e: e.call.text == "rtt")
        await bridged(router, call)
        await router.do(Supervise(call=call, leg="s1", mode="listen", extension="203"))
        await sue.rung()
        await ana.say("HELLO GA")
        await ana.told(pasted[-20:], within_s=150.0)
        await until(lambda: "HELLO GA" in caller.text, why=lambda: caller.text)
        assert folded(await ana.printed()) == folded(pasted)
        await sue.told("HELLO GA")
        assert ("customer", pasted) in said(router)
    finally:
        caller.end()


async def test_letters_are_added_to_a_running_call_and_a_router_that_comes_back_has_every_line(
    router: LinkRouter, parties: list[Party]
) -> None:
    caller = TypingParty(440, letters=False)
    parties.append(caller)
    ana = await agent(parties)
    call = await dialled(router, caller)
    await bridged(router, call)
    await caller.add_letters()
    await ana.add_letters()
    caller.type("hello, 世界\n")
    await ana.told("hello, 世界\n")
    ana.type("good dai\by\n")
    await caller.told("good day\n")
    await until(lambda: len(said(router)) == 2, why=lambda: said(router))
    assert said(router) == [("customer", "hello, 世界"), ("agent", "good day")]
    assert router.all(CallChanged)[-1].call.text == "rtt"
    await router.detach()
    router.side = LinkRouter((router._port, router._token)).side  # another router: it has seen nothing
    snapshot = await router.attach()
    assert snapshot is not None
    assert [one.line.text for one in snapshot.said] == ["hello, 世界", "good day"]
