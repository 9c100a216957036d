"""Every command is an action with a right; what is not one's own stays closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.customer import Address, Customer, CustomerAdded
from agent_desktop.domain.permissions import ACTIONS
from agent_desktop.domain.types import AgentId, ChannelId, ConversationId, CustomerId
from agent_desktop.server import rights
from agent_desktop.wire import commands, inbox
from tests.server.floor import ANA, BEN, CHAT, SUE, Floor


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    floor = await Floor(tmp_path / "record.db").start()
    yield floor
    await floor.stop()


def test_every_command_of_the_wire_has_a_right() -> None:
    assert set(rights.ACTION) == set(commands.AnyCommand.__args__)
    assert set(rights.ACTION.values()) <= ACTIONS


def command_for(kind: type[commands.Command], interaction: str, conversation: str) -> commands.Command:
    """A command of this kind about one thing, every other field filled in somehow."""
    values: dict[str, object] = {}
    for name in kind.__struct_fields__:
        if name == "interaction":
            values[name] = interaction
        elif name == "conversation":
            values[name] = conversation
        elif name in kind.__struct_fields__[: len(kind.__struct_fields__) - len(kind.__struct_defaults__)]:
            values[name] = "x"
    if "typing" in kind.__struct_fields__:
        values["typing"] = True
    return kind(**values)


NAMES_A_THING = [
    kind
    for kind in commands.AnyCommand.__args__
    if {"interaction", "conversation"} & set(kind.__struct_fields__)
]


@pytest.mark.parametrize("kind", NAMES_A_THING, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("who", [BEN, AgentId("stranger")])
async def test_nobody_touches_work_that_is_neither_theirs_nor_in_their_queues(
    floor: Floor, kind: type[commands.Command], who: AgentId
) -> None:
    """The mail queue is Ana's alone: Ben serves others, a stranger none."""
    await floor.sign_in(ANA)
    await floor.mail()
    (offer,) = floor.board.snapshot(ANA).offers
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    conversation = floor.board.snapshot(ANA).conversations[0].id
    before = dict(floor.hub.tables.interactions), dict(floor.hub.tables.conversations)
    asked = command_for(kind, offer.interaction, conversation)
    if who not in floor.hub.tables.agents:
        floor.hub.tables.agents[who] = floor.hub.tables.agents[BEN].__class__(id=who, name="Stranger")
    reply = await floor.do(who, asked)
    open_to_all = kind in {commands.LinkCustomer, commands.CreateCustomer}
    assert reply.code == "not_allowed" if not open_to_all else (reply.ok or reply.code == "not_yours")
    assert (dict(floor.hub.tables.interactions), dict(floor.hub.tables.conversations)) == before


async def test_a_supervisor_may_ask_why_about_any_interaction_and_an_agent_of_another_queue_not(
    floor: Floor,
) -> None:
    await floor.sign_in(SUE, ready=False)
    await floor.mail()
    (key,) = floor.hub.tables.interactions
    assert (await floor.do(SUE, commands.ExplainInteraction(interaction=key))).ok
    assert (await floor.do(BEN, commands.ExplainInteraction(interaction=key))).code == "not_allowed"


async def test_a_split_is_undone_only_by_who_may_touch_the_conversation_it_goes_back_into(
    floor: Floor,
) -> None:
    origin, new = await split_and_given_to_the_chat(floor)
    assert (await floor.do(BEN, inbox.FetchConversation(conversation=new))).ok
    assert (await floor.do(BEN, inbox.UnsplitConversation(conversation=new))).code == "not_allowed"
    second = floor.store.message_by_external(ChannelId("help"), "<2@out>")
    assert second.conversation == new
    assert (await floor.do(SUE, inbox.FetchConversation(conversation=origin))).ok
    assert (await floor.do(SUE, inbox.UnsplitConversation(conversation=new))).ok


async def split_and_given_to_the_chat(floor: Floor) -> tuple[ConversationId, ConversationId]:
    """A mail conversation that is Ana's queue's, and what was split off it and is in Ben's queue."""
    await floor.mail("<1@out>")
    await floor.mail("<2@out>", references=("<1@out>",))
    second = floor.store.message_by_external(ChannelId("help"), "<2@out>")
    asked = inbox.SplitConversation(conversation=second.conversation, messages=(second.id,), new="v-new")
    assert (await floor.do(ANA, asked)).ok
    assert (await floor.do(ANA, inbox.AssignConversation(conversation="v-new", queue=CHAT))).ok
    return second.conversation, ConversationId("v-new")


async def test_who_was_mentioned_in_a_note_gets_copies_of_the_conversation(floor: Floor) -> None:
    await floor.mail("<1@out>")
    key = floor.store.message_by_external(ChannelId("help"), "<1@out>").conversation
    assert await copied(floor, BEN) == set()
    note = commands.AddNote(message="n1", conversation=key, text="Look at this.", mentions=(BEN,))
    assert (await floor.do(ANA, note)).ok
    assert await copied(floor, BEN) == {key}


async def copied(floor: Floor, who: AgentId) -> set[str]:
    """The conversations that a desktop gets to keep."""
    found: set[str] = set()
    cursor, more = "", True
    while more:
        result = (await floor.do(who, inbox.FetchCopies(cursor=cursor))).result
        found.update(one.id for one in result.conversations)
        cursor, more = result.cursor, result.more
    return found


async def test_what_was_said_in_a_queue_that_one_does_not_serve_is_neither_shown_nor_found(
    floor: Floor,
) -> None:
    address = Address(kind="email", value="amina@example.com", verified=True)
    amina = Customer(id=CustomerId("amina"), name="Amina", addresses=(address,))
    await floor.hub.run(
        lambda step: step.customer(CustomerAdded(customer=amina.id, at=step.now, value=amina))
    )
    origin, new = await split_and_given_to_the_chat(floor)
    assert await said_in(floor, ANA, new) == {origin, new}
    assert await said_in(floor, BEN, new) == {new}
    assert (await floor.do(BEN, commands.FetchTimeline(conversation=origin))).code == "not_allowed"
    assert await said_in(floor, SUE, origin) == {origin, new}


async def said_in(floor: Floor, who: AgentId, key: ConversationId) -> set[str]:
    """The conversations whose messages a timeline shows."""
    reply = await floor.do(who, commands.FetchTimeline(conversation=key))
    return {item.message.conversation for item in reply.result.timeline if item.message}


@pytest.mark.parametrize("best", [False, True])
async def test_a_search_finds_for_an_agent_what_the_agent_may_see(floor: Floor, *, best: bool) -> None:
    await floor.chat("a lamp for the hall", "c1", "v1")
    for n in range(5):
        await floor.mail(f"<{n}@out>", sender=f"a{n}@example.com")
    asked = commands.SearchEverything(text="lamp", limit=2, best=best)
    (hit,) = (await floor.do(BEN, asked)).result.hits
    assert hit.conversation == floor.store.message_by_external(ChannelId("demo"), "c1").conversation
    assert len((await floor.do(SUE, commands.SearchEverything(text="lamp", best=best))).result.hits) == 6
    followed = floor.store.message_by_external(ChannelId("help"), "<3@out>").conversation
    note = commands.AddNote(message="n1", conversation=followed, text="See this.", mentions=(BEN,))
    assert (await floor.do(ANA, note)).ok
    assert {one.conversation for one in (await floor.do(BEN, asked)).result.hits} == {
        hit.conversation,
        followed,
    }
