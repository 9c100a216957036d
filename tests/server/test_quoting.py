"""What goes with a reply: whom it greets and what it quotes, when conversations are merged meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.types import MediumId, MessageId
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.ports.storage import Changes
from agent_desktop.wire import inbox
from tests.server.floor import ANA, BEN, MAIL, SUE
from tests.server.inboxed import HELP, Policies, reply


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Policies]:
    floor = Policies(tmp_path / "record.db")
    await floor.start()
    await floor.sign_in(ANA, BEN, SUE, ready=False)
    yield floor
    await floor.stop()


async def test_a_held_reply_whose_conversation_is_merged_quotes_and_greets_only_its_own_customer(
    floor: Policies,
) -> None:
    bob = await floor.arrived("<bob@out>", sender="bob@example.com")
    thread = await floor.taken()
    (asked,) = floor.messages(thread)
    await floor.said(ANA, reply(thread, "Dear Amina", held_s=10))
    await floor.said(ANA, inbox.MergeConversations(conversation=thread, into=bob))
    await floor.wait(11)
    await leaves(floor, 1)
    (out,) = floor.channels[HELP].sent
    assert (out.to_address, out.to_name) == ("amina@example.com", "amina@example.com")
    assert (out.quoted, out.quoted_from) == (asked.text, "amina@example.com")
    assert out.references == ("<1@out>",)


async def test_a_reply_in_a_merged_conversation_quotes_nobody_but_who_gets_it(floor: Policies) -> None:
    amina = await floor.arrived()
    await floor.wait(5)
    bob = await floor.arrived("<bob@out>", sender="bob@example.com")
    await floor.said(ANA, inbox.MergeConversations(conversation=bob, into=amina))
    await floor.wait(5)
    await floor.mail("<2@out>", sender="bob@example.com", references=("<bob@out>",))
    await floor.said(ANA, inbox.AssignConversation(conversation=amina, agent=ANA))
    await floor.said(ANA, reply(amina, "Dear Amina"))
    await leaves(floor, 1)
    (out,) = floor.channels[HELP].sent
    assert (out.to_address, out.quoted_from) == ("amina@example.com", "amina@example.com")
    assert "<2@out>" not in out.references


async def test_a_reply_to_another_address_than_the_senders_quotes_the_sender(floor: Policies) -> None:
    await floor.intake.message_arrived(
        IncomingMessage(
            channel=HELP,
            medium=MediumId("email"),
            external_id="<r@out>",
            address_kind="email",
            from_address="amina@work.example",
            reply_to="amina@home.example",
            subject="Lamp",
            text="Answer me at home",
        )
    )
    asked = floor.store.message_by_external(HELP, "<r@out>")
    assert asked is not None
    await floor.said(ANA, inbox.AssignConversation(conversation=asked.conversation, agent=ANA))
    await floor.said(ANA, reply(asked.conversation))
    await leaves(floor, 1)
    (out,) = floor.channels[HELP].sent
    assert (out.to_address, out.quoted, out.references) == (
        "amina@home.example",
        "Answer me at home",
        ("<r@out>",),
    )


async def test_a_reply_that_an_older_version_left_unsent_quotes_only_who_gets_it(floor: Policies) -> None:
    bob = await floor.arrived("<bob@out>", sender="bob@example.com")
    thread = await floor.taken()
    await floor.said(ANA, reply(thread, "Dear Amina", held_s=10))
    kept = floor.messages(thread)[-1]
    older = replace(kept, to_name="", answers=MessageId(""), references=())
    await floor.store.commit(Changes(messages={kept.id: older}))
    await floor.said(ANA, inbox.MergeConversations(conversation=thread, into=bob))
    await floor.wait(11)
    await leaves(floor, 1)
    (out,) = floor.channels[HELP].sent
    assert (out.to_name, out.quoted_from, out.references) == ("", "amina@example.com", ("<1@out>",))


async def test_the_signature_of_a_reply_is_its_queues(floor: Policies) -> None:
    queue = floor.hub.centre.queues[MAIL]
    floor.hub.centre = replace(
        floor.hub.centre, queues={**floor.hub.centre.queues, MAIL: replace(queue, signature="The lamp shop")}
    )
    await floor.said(ANA, reply(await floor.taken()))
    await leaves(floor, 1)
    assert floor.channels[HELP].sent[0].signature == "The lamp shop"


async def leaves(floor: Policies, count: int) -> None:
    """Wait until so many messages left by mail."""
    async with asyncio.timeout(30):
        while len(floor.channels[HELP].sent) < count:
            await floor.settle()
