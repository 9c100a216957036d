"""Files of a chat: what is taken, once; what is handed out, to whom."""

from __future__ import annotations

from typing import Any

import pytest

from agent_desktop.domain.conversation import Attachment
from agent_desktop.server.channels.webchat.files import FILES_AT_ONCE, plain_name, sent_file
from agent_desktop.server.channels.webchat.protocol import AckFrame, RefusedFrame

PHOTO = ("photo.png", "image/png", b"\x89PNG and so on")


async def test_a_file_becomes_one_message_however_often_it_is_handed_in(chat: Any) -> None:
    widget = await chat.seated(name="Mira")
    first = await chat.channel.hand_in(widget.token, "client-0001", *PHOTO)
    again = await chat.channel.hand_in(widget.token, "client-0001", *PHOTO)
    await widget.settle()
    assert isinstance(first, AckFrame)
    assert first == again
    (message,) = chat.centre.record[chat.thread]
    assert [(file.name, file.size_bytes, file.blocked) for file in message.attachments] == [
        ("photo.png", len(PHOTO[2]), "")
    ]
    (shown,) = widget.messages.values()
    assert shown["client"] == "client-0001"
    assert shown["files"] == [
        {"id": message.attachments[0].id, "name": "photo.png", "size": len(PHOTO[2]), "kind": "image/png"}
    ]
    assert chat.centre.names[chat.thread] == "Mira"


async def test_a_file_handed_in_again_after_the_router_was_killed_is_the_same_message(chat: Any) -> None:
    widget = await chat.seated()
    first = await chat.channel.hand_in(widget.token, "client-0001", *PHOTO)
    await widget.cut()
    chat.restart()
    widget.channel = chat.channel
    early = await chat.channel.hand_in(widget.token, "client-0001", *PHOTO)
    assert isinstance(early, RefusedFrame)
    assert early.retry_ms > 0
    widget.connect()
    await widget.settle()
    again = await chat.channel.hand_in(widget.token, "client-0001", *PHOTO)
    assert (again.id, again.at) == (first.id, first.at)
    assert len(chat.centre.record[chat.thread]) == 1
    assert len(widget.messages) == 1


async def test_a_file_is_handed_out_to_the_visitor_it_belongs_to_and_to_nobody_else(chat: Any) -> None:
    widget, other = await chat.seated(), await chat.seated()
    await chat.channel.hand_in(widget.token, "client-0001", *PHOTO)
    key = chat.centre.record[chat.thread][0].attachments[0].id
    found = await chat.channel.file(widget.token, key)
    assert found is not None
    assert (found[0].name, found[1]) == ("photo.png", PHOTO[2])
    assert await chat.channel.file(other.token, key) is None
    assert await chat.channel.file("", key) is None
    assert await chat.channel.file(chat.thread, key) is None
    assert await chat.channel.file(widget.token, key + "0") is None


async def test_an_agents_file_reaches_the_visitor(chat: Any) -> None:
    widget = await chat.seated()
    await chat.say(widget, "The bill, please")
    chat.centre.blobs["b-1"] = b"%PDF"
    bill = Attachment(id="b-1", name="bill.pdf", media_type="application/pdf", size_bytes=4)
    await chat.channel.send(chat.centre.agent_writes(chat.thread, "Here", files=(bill,)))
    await widget.settle()
    assert [one["files"][0]["name"] for one in widget.messages.values() if one.get("files")] == ["bill.pdf"]
    assert await chat.channel.file(widget.token, "b-1") == (bill, b"%PDF")


async def test_a_program_is_kept_and_never_handed_out(chat: Any) -> None:
    widget = await chat.seated()
    answer = await chat.channel.hand_in(widget.token, "client-0001", "Bill.PDF.exe", "application/pdf", b"MZ")
    await widget.settle()
    assert isinstance(answer, AckFrame)
    (file,) = chat.centre.record[chat.thread][0].attachments
    assert file.id.startswith("x-")
    assert file.blocked == "Files that end in .exe can run programs."
    assert chat.centre.blobs[file.id] == b"MZ"
    (shown,) = widget.messages.values()
    assert shown["files"][0]["id"] == ""
    assert await chat.channel.file(widget.token, file.id) is None


async def test_many_files_at_once_wait_and_an_empty_one_is_refused(chat: Any) -> None:
    widget = await chat.seated()
    empty = await chat.channel.hand_in(widget.token, "client-empty", "a.txt", "text/plain", b"")
    assert (empty.reason, empty.retry_ms) == ("empty", 0)
    answers = [
        await chat.channel.hand_in(widget.token, f"client-{n:04d}", "a.txt", "text/plain", b"%d" % n)
        for n in range(FILES_AT_ONCE)
    ]
    assert answers[-1].reason == "too_fast"
    chat.clock.now += answers[-1].retry_ms / 1000 + 0.001
    last = await chat.channel.hand_in(widget.token, "client-last", "a.txt", "text/plain", b"x")
    assert isinstance(last, AckFrame)


async def test_a_full_disk_asks_for_the_file_again(chat: Any) -> None:
    widget = await chat.seated()
    chat.centre.full = True
    answer = await chat.channel.hand_in(widget.token, "client-0001", *PHOTO)
    assert answer.reason == "not_saved"
    assert answer.retry_ms > 0


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("D:\\papers\\bill.pdf", "bill.pdf"),
        ("bill\u202efdp.exe", "billfdp.exe"),
        ("a\nb\0.txt", "ab.txt"),
        ("", "file"),
        ("...", "file"),
        ("n" * 900, "n" * 200),
    ],
)
def test_a_files_name_is_one_plain_line(said: str, name: str) -> None:
    assert plain_name(said) == name


def test_a_type_that_is_none_becomes_bytes() -> None:
    assert sent_file("a", "text/html; charset=x\r\nX: y", b"1").media_type == "application/octet-stream"
    assert sent_file("a", "Image/PNG", b"1").media_type == "image/png"
