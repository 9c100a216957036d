"""Who took my work is told to who had it, once, and to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.interaction import HandedOver
from agent_desktop.domain.types import AgentId
from agent_desktop.wire import commands, inbox
from agent_desktop.wire import switch as wire
from agent_desktop.wire.codec import AGENT_LINK, envelop
from agent_desktop.wire.events import InteractionRemoved, TakenOver
from tests.server.door import Door
from tests.server.floor import ANA, BEN, SUE, Floor
from tests.server.inboxed import Inbox
from tests.server.talking import Talk, talk


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Inbox]:
    made = Inbox(tmp_path / "record.db")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def desks(floor: Inbox) -> Inbox:
    """Ana and Ben are at their desks, not ready, and Sue leads."""
    await floor.sign_in(ANA, BEN, SUE, ready=False)
    return floor


@pytest.fixture
async def call(floor: Inbox) -> Talk:
    await floor.sign_in(SUE, ready=False)
    return await talk(floor)


def stream(floor: Floor, agent: AgentId) -> list[object]:
    """All that an agent's program was sent."""
    sent = floor.board.receiver(agent).stream.since(0) or []
    return [AGENT_LINK.decode(envelop(body, seq=seq))[1] for seq, body in sent]


def told(floor: Floor, agent: AgentId) -> list[TakenOver]:
    return [event for event in stream(floor, agent) if isinstance(event, TakenOver)]


def words(floor: Floor, agent: AgentId) -> list[tuple[str, str, str]]:
    return [(one.name, one.how, one.to_name) for one in told(floor, agent)]


async def taken_over(call: Talk) -> None:
    """Sue listens to the call, then takes it."""
    await call.floor.do(SUE, commands.Supervise(agent="ana"))
    order = call.floor.exchange.last(wire.Supervise)
    assert isinstance(order, wire.Supervise)
    call.legs.append(
        wire.SwitchLeg(id=order.leg, kind="supervisor", state="up", extension="103", mode="listen")
    )
    await call.tell()
    assert (await call.floor.do(SUE, commands.TakeOver(interaction=call.interaction))).ok
    await put_on(call, order.leg, "103")


async def put_on(call: Talk, leg: str, extension: str) -> None:
    """The leg stands in the agent's place."""
    call.extension = extension
    call.legs = [call.legs[0], wire.SwitchLeg(id=leg, kind="agent", state="up", extension=extension)]
    await call.tell()


async def test_who_talked_is_told_who_took_the_call_over_and_with_whom(call: Talk) -> None:
    await taken_over(call)
    (word,) = told(call.floor, ANA)
    assert (word.interaction, word.by, word.name, word.how, word.medium, word.customer) == (
        call.interaction,
        SUE,
        "Sue",
        "taken",
        "voice",
        "+33611",
    )
    assert told(call.floor, SUE) == []


async def test_the_word_comes_before_the_work_leaves_the_view(call: Talk) -> None:
    await taken_over(call)
    kinds = [type(event) for event in stream(call.floor, ANA)]
    assert kinds.index(TakenOver) < kinds.index(InteractionRemoved)


async def test_a_private_policy_hides_who_listens_and_not_who_took_the_call(call: Talk) -> None:
    object.__setattr__(call.floor.hub.centre, "supervision", "private")
    await taken_over(call)
    assert words(call.floor, ANA) == [("Sue", "taken", "")]


async def test_the_record_says_who_took_it_and_from_whom(call: Talk) -> None:
    await taken_over(call)
    (handed,) = (e for _, e in call.floor.store.events() if isinstance(e, HandedOver))
    assert (handed.agent, handed.taken_from, handed.by, handed.why) == (SUE, ANA, SUE, "taken over by Sue")


async def test_who_puts_a_call_through_is_told_nothing(call: Talk) -> None:
    await call.floor.sign_in(BEN, ready=False)
    await call.floor.do(ANA, commands.Consult(interaction=call.interaction, target="Ben"))
    leg = await call.guest("ben")
    await call.floor.do(ANA, commands.CompleteTransfer(interaction=call.interaction))
    await put_on(call, leg, "102")
    assert call.now.agent == BEN
    assert told(call.floor, ANA) == []
    (handed,) = (e for _, e in call.floor.store.events() if isinstance(e, HandedOver))
    assert (handed.why, handed.taken_from, handed.by) == ("put through by Ana", "", "")


async def test_a_colleague_who_assigns_my_mail_to_himself_took_it_over(desks: Inbox) -> None:
    thread = await desks.taken(ANA)
    await desks.said(BEN, inbox.AssignConversation(conversation=thread, agent=BEN))
    assert words(desks, ANA) == [("Ben", "taken", "")]
    assert told(desks, ANA)[0].customer == "amina@example.com"
    assert told(desks, BEN) == []


async def test_who_gives_my_mail_to_a_third_is_named_with_the_third(desks: Inbox) -> None:
    thread = await desks.taken(ANA)
    await desks.said(SUE, inbox.AssignConversation(conversation=thread, agent=BEN))
    assert words(desks, ANA) == [("Sue", "given", "Ben")]
    assert told(desks, BEN) == []


async def test_who_gives_it_to_a_colleague_who_is_asked_first_is_named_too(desks: Inbox) -> None:
    for number in ("<a@out>", "<b@out>"):
        await desks.taken(BEN, number)
    thread = await desks.taken(ANA, "<c@out>")
    await desks.said(SUE, inbox.AssignConversation(conversation=thread, agent=BEN))
    assert words(desks, ANA) == [("Sue", "given", "Ben")]


async def test_who_sends_my_mail_back_to_its_queue_is_named_with_the_queue(desks: Inbox) -> None:
    thread = await desks.taken(ANA)
    await desks.said(SUE, inbox.AssignConversation(conversation=thread))
    assert words(desks, ANA) == [("Sue", "queued", "Mail")]


async def test_what_i_give_away_myself_is_no_news(desks: Inbox) -> None:
    first, second = await desks.taken(ANA, "<1@out>"), await desks.taken(ANA, "<2@out>")
    await desks.said(ANA, inbox.AssignConversation(conversation=first, agent=BEN))
    await desks.said(ANA, inbox.AssignConversation(conversation=second))
    assert told(desks, ANA) == []


async def test_a_conversation_that_i_had_parked_and_a_colleague_took_is_told_too(desks: Inbox) -> None:
    thread = await desks.taken(ANA)
    live = desks.live(thread)
    assert live is not None
    await desks.said(ANA, commands.ParkInteraction(interaction=live.id))
    await desks.said(BEN, commands.TakeInteraction(interaction=live.id))
    assert words(desks, ANA) == [("Ben", "taken", "")]
    await desks.said(BEN, commands.ParkInteraction(interaction=live.id))
    await desks.said(BEN, commands.TakeInteraction(interaction=live.id))
    assert told(desks, BEN) == []


async def test_who_merges_my_conversation_into_his_own_is_named(desks: Inbox) -> None:
    mine, his = await desks.taken(ANA, "<1@out>"), await desks.taken(BEN, "<2@out>")
    await desks.said(BEN, inbox.MergeConversations(conversation=mine, into=his))
    assert words(desks, ANA) == [("Ben", "merged", "")]
    assert told(desks, BEN) == []


async def test_what_is_merged_into_work_of_mine_is_mine_still(desks: Inbox) -> None:
    one, two = await desks.taken(ANA, "<1@out>"), await desks.taken(ANA, "<2@out>")
    await desks.said(SUE, inbox.MergeConversations(conversation=one, into=two))
    three = await desks.arrived("<3@out>")
    await desks.said(SUE, inbox.MergeConversations(conversation=two, into=three))
    live = desks.live(three)
    assert live is not None
    assert (live.agent, told(desks, ANA)) == (ANA, [])


async def test_who_is_signed_out_is_told_in_the_next_snapshot_and_after_a_day_no_more(desks: Inbox) -> None:
    thread = await desks.taken(ANA)
    live = desks.live(thread)
    assert live is not None
    await desks.said(ANA, commands.ParkInteraction(interaction=live.id))
    await desks.do(ANA, commands.SignOut())
    desks.board.end(ANA)
    await desks.said(BEN, commands.TakeInteraction(interaction=live.id))
    assert ANA not in {receiver.agent for receiver in desks.board.receivers()}
    assert [one.name for one in desks.board.snapshot(ANA).taken] == ["Ben"]
    await desks.wait(86_401)
    assert desks.board.snapshot(ANA).taken == ()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    opened = await Door(tmp_path / "record.db").open()
    yield opened
    await opened.close()


async def given_away(door: Door) -> None:
    """Ana has a mail, and Sue sends it back to its queue."""
    await door.mail_in(1)
    (work,) = door.router.hub.tables.interactions.values()
    for agent, to in ((ANA, "ana"), (SUE, "")):
        reply = await door.router.desk.handle(
            agent, f"r-{agent}", inbox.AssignConversation(conversation=work.conversation, agent=to)
        )
        assert reply.ok, reply.message


async def test_a_program_that_crashed_meanwhile_is_told_when_it_comes_back(door: Door) -> None:
    program = await door.program(ANA)
    await program.drop()
    await given_away(door)
    anew = await door.program(ANA)
    assert anew.taken == ["Sue"]


async def test_a_program_that_has_heard_it_is_not_told_again_after_a_restart(door: Door) -> None:
    program = await door.program(ANA)
    await given_away(door)
    await program.catch_up()
    assert program.taken == ["Sue"]
    assert (await program.ask(commands.MarkRead(interaction="none"))).code == "unknown_interaction"
    await program.drop()  # what it asked last said how far it had heard
    anew = await door.program(ANA)
    assert anew.taken == []


async def test_a_link_that_was_lost_brings_it_once(door: Door) -> None:
    program = await door.program(ANA)
    await program.drop()
    await given_away(door)
    await program.connect()
    assert program.taken == ["Sue"]
    await program.drop()
    await program.connect()
    assert program.taken == ["Sue"]
