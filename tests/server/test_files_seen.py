"""The bytes of a file are for those alone who may see a conversation that has it, or who handed it in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import OUT, Attachment, Message
from agent_desktop.domain.types import AgentId, ChannelId, ConversationId, Instant, MediumId, MessageId
from agent_desktop.ports.channels import IncomingAttachment, IncomingMessage
from agent_desktop.ports.storage import Changes
from agent_desktop.wire import inbox
from tests.server.door import Door, token_of
from tests.server.floor import ANA, BEN, SUE

LAMP = IncomingAttachment(name="lamp.jpg", media_type="image/jpeg", data=b"a picture of a lamp")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = await Door(tmp_path / "record.db").open()
    yield made
    await made.close()


async def mailed(door: Door, number: int = 1) -> tuple[ConversationId, str]:
    """A mail with a picture, in a queue that Ana serves and Ben does not."""
    taken = await door.router.intake.message_arrived(
        IncomingMessage(
            channel=ChannelId("help"),
            medium=MediumId("email"),
            external_id=f"<{number}@out>",
            address_kind="email",
            from_address=f"amina{number}@example.com",
            subject="A lamp",
            text="It is broken",
            attachments=(LAMP,),
        )
    )
    assert taken is not None
    thread = ConversationId(taken.conversation)
    (message,) = door.store.messages(thread)
    return thread, message.attachments[0].id


async def status(door: Door, agent: AgentId, file: str) -> int:
    assert door.http is not None
    headers = {"Authorization": f"Bearer {token_of(agent)}"}
    async with door.http.get(f"/api/v1/attachments/{file}", headers=headers) as given:
        if given.status == 200:
            assert await given.read() in {LAMP.data, b"mine"}
        else:
            assert (await given.json())["code"] == "unknown_attachment"
        return given.status


async def test_a_file_goes_to_whoever_serves_the_queue_of_its_conversation(door: Door) -> None:
    _, file = await mailed(door)
    assert [await status(door, agent, file) for agent in (ANA, BEN, SUE)] == [200, 404, 200]


async def test_a_file_is_seen_by_whom_the_conversation_was_given_to(door: Door) -> None:
    thread, file = await mailed(door)
    await door.program(BEN)
    program = await door.program(SUE)
    assert (await program.ask(inbox.AssignConversation(conversation=thread, agent=BEN))).ok
    assert await status(door, BEN, file) == 200


async def test_a_file_is_seen_by_whoever_was_mentioned_for_as_long_as_that_agent_follows(door: Door) -> None:
    thread, file = await mailed(door)
    known = door.store.conversation(thread)
    assert known is not None
    door.router.hub.tables.conversations.pop(thread, None)
    followed = replace(known, followers=(BEN,))
    await door.store.commit(Changes(conversations={thread: followed}, marked={thread}))
    assert await status(door, BEN, file) == 200
    left = replace(known, followers=())
    await door.store.commit(Changes(conversations={thread: left}, marked={thread}))
    assert await status(door, BEN, file) == 404


async def test_the_same_bytes_in_one_s_own_conversation_are_seen(door: Door) -> None:
    """The bytes are kept once for all: that somebody else has them too neither helps nor hinders."""
    thread, file = await mailed(door)
    other, same = await mailed(door, 2)
    assert file == same
    assert thread != other
    assert await status(door, BEN, file) == 404
    await door.program(BEN)
    program = await door.program(SUE)
    assert (await program.ask(inbox.AssignConversation(conversation=other, agent=BEN))).ok
    assert await status(door, BEN, file) == 200


async def test_a_file_that_was_handed_in_is_its_uploader_s_until_it_is_sent(door: Door) -> None:
    thread, _ = await mailed(door)
    assert door.http is not None
    headers = {
        "Authorization": f"Bearer {token_of(BEN)}",
        "X-File-Name": "mine.txt",
        "Content-Type": "text/plain",
    }
    async with door.http.post("/api/v1/files", data=b"mine", headers=headers) as answer:
        kept = door.store.upload((await answer.json())["id"])
    assert kept is not None
    assert [await status(door, agent, kept.blob) for agent in (ANA, BEN, SUE)] == [404, 200, 404]
    sent = Message(
        id=MessageId("m9"),
        conversation=thread,
        medium=MediumId("email"),
        direction=OUT,
        at=Instant(door.clock.now()),
        text="Here",
        attachments=(Attachment(id=kept.blob, name="mine.txt"),),
    )
    await door.store.commit(Changes(messages={sent.id: sent}))
    assert [await status(door, agent, kept.blob) for agent in (ANA, SUE)] == [200, 200]


async def test_bytes_that_are_no_file_of_any_message_are_handed_to_nobody(door: Door) -> None:
    """What else the record keeps as bytes, such as the text of a configuration, is no file."""
    await door.store.commit(Changes(blobs={"config-1": b"secret", "b-1": b"left over"}))
    for key in ("config-1", "b-1", "nothing", "b-%ED%A0%80", "%C3%A9"):
        assert [await status(door, agent, key) for agent in (ANA, SUE)] == [404, 404]


async def test_nobody_who_is_not_signed_in_is_given_a_file(door: Door) -> None:
    _, file = await mailed(door)
    assert door.http is not None
    async with door.http.get(f"/api/v1/attachments/{file}") as given:
        assert given.status == 401
