"""A fair turn beside open written work: calls go round, whoever has a mail open (PRODUCT 3.12.4).

Ana and Ben serve the same queue, and Ana has a mail in hand all day.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.agent import HandsEased, HandsEmptied
from agent_desktop.wire import commands, inbox
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, SUE, SUPPORT, Floor, centre
from tests.server.stating import Room, answered, close, ended, served
from tests.server.talking import Talk


async def opened(path: Path, **changes: object) -> Room:
    """Both are ready, and a mail lies open in Ana's hands."""
    floor = Room(path, **changes)
    await floor.start()
    await floor.sign_in(ANA)
    await floor.wait(5)
    await floor.sign_in(BEN)
    await floor.mail()
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    await floor.wait(5)
    return floor


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Room]:
    made = await opened(tmp_path / "record.db")
    yield made
    await made.stop()


def conversation(floor: Floor) -> str:
    return next(i.conversation for i in floor.hub.tables.interactions.values() if i.medium == "email")


async def dialled(floor: Room) -> Talk:
    """Ana calls a customer, and they have talked for half a minute."""
    assert (await floor.do(ANA, commands.DialNumber(number="+4912345", queue=SUPPORT))).ok
    order = floor.exchange.last(wire.DialOut)
    assert isinstance(order, wire.DialOut)
    talk = Talk(floor, order.call)
    talk.legs = [
        wire.SwitchLeg(id="lc", kind="customer", state="up", number="+4912345"),
        wire.SwitchLeg(id="la", kind="agent", state="up", extension="101"),
    ]
    await talk.tell(direction="out", bridged_at=floor.clock.at)
    talk.interaction = talk.now.id
    await floor.wait(30)
    return talk


async def test_calls_go_round_though_one_agent_has_a_mail_open(floor: Room) -> None:
    assert [await served(floor, f"c{number}") for number in range(6)] == [ANA, BEN] * 3
    assert floor.hub.tables.work_of(ANA)
    assert [len(floor.log(HandsEased, agent=who)) for who in (ANA, BEN)] == [3, 0]
    assert [len(floor.log(HandsEmptied, agent=who)) for who in (ANA, BEN)] == [0, 3]


async def test_the_turn_begins_after_the_form_not_with_the_end_of_the_call(floor: Room) -> None:
    turn = floor.who().idle_since_at
    who, talk = await answered(floor, "c1")
    await ended(talk)
    assert (who, floor.who().idle_since_at) == (ANA, turn)
    await floor.wait(5)
    await close(floor, talk.interaction)
    assert floor.who().idle_since_at == floor.clock.at


@pytest.mark.parametrize("way", ["park", "transfer", "taken"])
async def test_however_a_call_or_a_mail_leaves_the_hands_a_turn_begins(floor: Room, way: str) -> None:
    await floor.sign_in(SUE, ready=False)
    _, talk = await answered(floor, "c1")
    act: commands.AnyCommand = commands.ParkInteraction(interaction=talk.interaction)
    by = ANA
    if way == "transfer":
        act = commands.TransferInteraction(interaction=talk.interaction, target="ben")
    elif way == "taken":
        by, act = SUE, inbox.AssignConversation(conversation=conversation(floor), agent=BEN, was=ANA)
    reply = await floor.do(by, act)
    assert reply.ok, reply.message
    assert (floor.who().idle_since_at, bool(floor.who().filled_at)) == (floor.clock.at, True)


async def test_who_declines_beside_a_mail_is_asked_first_for_the_next_call(floor: Room) -> None:
    turn = floor.who().idle_since_at
    await floor.call("c1")
    assert (await floor.do(ANA, commands.DeclineOffer(offer=floor.offers(ANA)[0]))).ok
    assert floor.offers(BEN)
    assert (await floor.do(BEN, commands.AcceptOffer(offer=floor.offers(BEN)[0]))).ok
    assert (floor.who().idle_since_at, floor.log(HandsEased)) == (turn, [])
    assert await served(floor, "c2") == ANA


@pytest.mark.parametrize("keeps", [False, True])
async def test_a_call_that_the_agent_made_beside_a_mail_may_leave_the_turn_alone(
    tmp_path: Path, keeps: bool
) -> None:
    floor = await opened(tmp_path / "record.db", outbound_keeps_idle=keeps)
    turn = floor.who().idle_since_at
    talk = await dialled(floor)
    await ended(talk)
    await close(floor, talk.interaction)
    assert (floor.who().idle_since_at == turn) is keeps
    assert floor.who().aside == frozenset()
    await floor.wait(5)
    assert await served(floor, "c1") == (ANA if keeps else BEN)
    await floor.stop()


async def test_the_form_of_a_call_that_was_made_and_put_through_leaves_the_turn_alone_too(
    tmp_path: Path,
) -> None:
    floor = await opened(tmp_path / "record.db", outbound_keeps_idle=True)
    turn = floor.who().idle_since_at
    talk = await dialled(floor)
    assert (await floor.do(ANA, commands.Consult(interaction=talk.interaction, target="ben"))).ok
    leg = await talk.guest("ben")
    reply = await floor.do(ANA, commands.CompleteTransfer(interaction=talk.interaction))
    assert reply.ok, reply.message
    talk.extension, talk.with_whom = "102", "customer"
    talk.legs = [talk.legs[0], wire.SwitchLeg(id=leg, kind="agent", state="up", extension="102")]
    await talk.tell(direction="out", bridged_at=floor.clock.at)
    (form,) = [i.id for i in floor.hub.tables.work_of(ANA) if i.state == "wrap_up"]
    await floor.wait(5)
    await close(floor, form)
    assert (floor.who().idle_since_at, floor.who().aside) == (turn, frozenset())
    assert floor.who(BEN).aside == frozenset()  # for him it is work like any other
    await floor.stop()


async def test_the_least_occupied_is_who_worked_least_not_who_has_a_mail_open(tmp_path: Path) -> None:
    """A mail in hand is work in hand: what was handled is counted as work leaves, not when all has left."""
    plain = centre().queues
    support = replace(plain[SUPPORT], select="least_occupied")
    floor = await opened(tmp_path / "record.db", queues={**plain, SUPPORT: support})
    assert await served(floor, "c1") == ANA
    assert (floor.who().handled_s, floor.who().filled_at) == (70.0, floor.clock.at - 5)
    assert [await served(floor, f"c{number}") for number in (2, 3)] == [BEN, BEN]
    await floor.stop()
