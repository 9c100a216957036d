"""Files go with a reply or a note; what a channel does not take is refused with its limit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.sources import Source
from agent_desktop.domain.types import ChannelId, MediumId, QueueId
from agent_desktop.errors import RefusedError
from agent_desktop.ports.storage import Upload
from agent_desktop.server.hub import Step
from agent_desktop.server.uploads import attachments
from agent_desktop.wire import commands, inbox
from tests.server.floor import ANA, BEN
from tests.server.inboxed import Policies, reply


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Policies]:
    floor = Policies(tmp_path / "record.db")
    await floor.start()
    await floor.sign_in(ANA, BEN, ready=False)
    yield floor
    await floor.stop()


async def upload(floor: Policies, key: str = "f1", **more: object) -> None:
    values: dict[str, object] = {
        "id": key,
        "agent": ANA,
        "name": "lamp.jpg",
        "media_type": "image/jpeg",
        "blob": "b-1",
        "size_bytes": 5,
        "at": floor.hub.clock.now(),
    }
    kept = Upload(**{**values, **more})  # type: ignore[arg-type] # the fields of the test

    def keep(step: Step) -> None:
        step.changes.blobs[kept.blob] = b"bytes"
        step.changes.uploads[kept.id] = kept

    await floor.hub.run(keep)


async def test_files_that_were_handed_in_go_with_the_reply(floor: Policies) -> None:
    thread = await floor.taken()
    await upload(floor)
    await floor.said(ANA, reply(thread, files=("f1",)))
    (file,) = floor.messages(thread)[-1].attachments
    assert (file.id, file.name, file.media_type, file.size_bytes) == ("b-1", "lamp.jpg", "image/jpeg", 5)
    await floor.said(ANA, commands.AddNote(message="n", conversation=thread, text="See", files=("f1",)))
    assert floor.messages(thread)[-1].attachments == (file,)


async def test_a_channel_says_how_many_files_it_takes_and_how_large_together(floor: Policies) -> None:
    picky = Source(
        id=ChannelId("text"),
        medium=MediumId("sms"),
        name="Text",
        queue=QueueId("sms"),
        file_limit_bytes=6,
        files_most=2,
        files_bytes=9,
        file_types=("image/jpeg",),
    )
    for key in ("f1", "f2", "f3"):
        await upload(floor, key, blob=f"b-{key}")
    await upload(floor, "pdf", media_type="application/pdf")
    await upload(floor, "large", size_bytes=7)
    assert len(attachments(floor.hub, ANA, ("f1",), picky)) == 1
    for files, code in (
        (("f1", "f2", "f3"), "too_many"),
        (("f1", "f2"), "too_large"),
        (("large",), "too_large"),
        (("pdf",), "bad_type"),
    ):
        with pytest.raises(RefusedError) as refused:
            attachments(floor.hub, ANA, files, picky)
        assert refused.value.code == code
    none = replace(picky, file_limit_bytes=0)
    with pytest.raises(RefusedError, match="takes no files"):
        attachments(floor.hub, ANA, ("f1",), none)


async def test_files_that_a_channel_does_not_take_are_refused_with_the_limit(floor: Policies) -> None:
    thread = await floor.taken()
    await upload(floor, "large", size_bytes=25_000_001)
    await upload(floor, "bens", agent=BEN)
    assert await floor.refused(ANA, reply(thread, files=("large",))) == "too_large"
    assert await floor.refused(ANA, reply(thread, files=("bens",))) == "unknown_file"
    assert await floor.refused(ANA, reply(thread, files=("none",))) == "unknown_file"
    assert await floor.refused(ANA, reply(thread, files=tuple(str(n) for n in range(21)))) == "too_many"
    await floor.chat("Hello", "1")
    (chat,) = (i.conversation for i in floor.hub.tables.interactions.values() if i.medium == "chat")
    await floor.said(ANA, inbox.AssignConversation(conversation=chat, agent=ANA))
    await upload(floor)
    await floor.said(ANA, reply(chat, message="m3", files=("f1",)))
