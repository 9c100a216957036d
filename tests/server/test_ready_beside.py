"""Ready beside written work: at once, and only a call or a wrap-up in hand makes it the next state.

A mail may lie in a hand for days: who signs in with one, or missed an offer beside open chats, says Ready and
is asked for what fits beside it (PRODUCT 3.1.7, G6).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.agent import WentReady
from agent_desktop.domain.types import AgentId
from agent_desktop.wire import commands
from tests.server.floor import ANA, BEN, SUE, SUPPORT
from tests.server.stating import Room, break_for, close, ended
from tests.server.talking import Talk


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path / "record.db")
    await made.start()
    yield made
    await made.stop()


def work(floor: Room, medium: str) -> str:
    """The newest work in a medium."""
    return [i.id for i in floor.hub.tables.interactions.values() if i.medium == medium][-1]


async def takes(floor: Room, medium: str, agent: AgentId = ANA) -> None:
    reply = await floor.do(agent, commands.TakeInteraction(interaction=work(floor, medium)))
    assert reply.ok, reply.message


async def says_ready(floor: Room) -> None:
    assert (await floor.do(ANA, commands.SetReady())).ok


def offered(floor: Room) -> list[str]:
    return [offer.medium for offer in floor.board.snapshot(ANA).offers]


async def test_who_signs_in_with_a_mail_in_hand_is_ready_at_once_and_rung(floor: Room) -> None:
    await floor.sign_in(ANA, ready=False)
    await floor.mail()
    await takes(floor, "email")
    await floor.call()
    assert offered(floor) == []
    await says_ready(floor)
    assert (floor.shown(), floor.next()) == (("ready", ""), ("", ""))
    assert floor.log(WentReady)[-1].cause == "agent"
    assert offered(floor) == ["voice"]


async def test_what_does_not_fit_beside_the_work_in_hand_waits_all_the_same(floor: Room) -> None:
    """G6: capacity decides, as for any agent who is ready."""
    await floor.sign_in(ANA, ready=False)
    await floor.chat("hello", "m1")
    await takes(floor, "chat")
    await floor.call()
    await floor.chat("and me", "m2", visitor="v2")
    assert offered(floor) == []
    await says_ready(floor)
    assert (floor.shown(), floor.next()) == (("ready", ""), ("", ""))
    assert offered(floor) == ["chat"]


async def test_a_missed_offer_beside_a_mail_is_over_with_ready(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.mail("<1@out>")
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    await floor.sign_in(BEN)
    await floor.mail("<2@out>", sender="b@example.com")
    await floor.wait(61)
    assert floor.shown() == ("not_ready", "not_responding")
    await says_ready(floor)
    assert floor.shown() == ("ready", "")
    now, ana, ben = floor.clock.now(), floor.who(), floor.who(BEN)
    assert ben.idle_since_at < ana.idle_since_at == now  # her turn begins anew


async def test_ready_said_in_a_wrap_up_comes_after_the_form(floor: Room) -> None:
    """PRODUCT 3.1.2: wrap-up, then ready; a mail's as well."""
    await floor.sign_in(ANA, ready=False)
    await floor.mail("<1@out>")
    await takes(floor, "email")
    ending = work(floor, "email")
    await floor.mail("<2@out>", sender="b@example.com")
    await takes(floor, "email")
    assert (await floor.do(ANA, commands.EndInteraction(interaction=ending))).ok
    await says_ready(floor)
    assert (floor.shown(), floor.next()) == (("not_ready", "signed_in"), ("ready", ""))
    await close(floor, ending)
    assert (floor.shown(), floor.next()) == (("ready", ""), ("", ""))
    assert floor.log(WentReady)[-1].cause == "next_state"


async def test_ready_said_in_a_call_comes_after_its_form_and_waits_for_no_mail(floor: Room) -> None:
    """Dialled on a break, with a mail in hand: the break would stand, but something else was chosen."""
    await floor.sign_in(ANA)
    await break_for(floor, "break")
    await floor.mail()
    await takes(floor, "email")
    assert (await floor.do(ANA, commands.DialNumber(number="+4912345", queue=SUPPORT))).ok
    dialled = work(floor, "voice")
    call = next(key for key, interaction in floor.hub.tables.by_call.items() if interaction == dialled)
    out = Talk(floor, call)
    await out.tell(direction="out", bridged_at=floor.clock.at)
    await says_ready(floor)
    assert (floor.shown(), floor.next()) == (("not_ready", "break"), ("ready", ""))
    await ended(out)
    assert (floor.shown(), floor.next()) == (("not_ready", "break"), ("ready", ""))
    await close(floor, dialled)
    assert (floor.shown(), floor.next()) == (("ready", ""), ("", ""))
    assert [i.state for i in floor.hub.tables.interactions.values()] == ["active"]
    await floor.call("c2")
    assert offered(floor) == ["voice"]


async def test_a_supervisor_makes_one_who_writes_ready_at_once(floor: Room) -> None:
    await floor.sign_in(SUE, ready=False)
    await floor.sign_in(ANA, ready=False)
    await floor.mail()
    await takes(floor, "email")
    assert (await floor.do(SUE, commands.SetAgentState(agent=ANA, state="ready"))).ok
    assert (floor.shown(), floor.board.snapshot(ANA).me.cause) == (("ready", ""), "supervisor")


async def test_every_other_choice_waits_for_the_mail(floor: Room) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    for reason in ("lunch", "away", "transfers"):
        await break_for(floor, reason)
        assert (floor.shown(), floor.next()) == (("ready", ""), ("not_ready", reason))
