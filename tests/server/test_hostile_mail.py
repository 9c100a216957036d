"""Every mail of the corpora, hostile page and naughty string: through the channel into the record."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.types import ChannelId, ConversationId, Instant
from agent_desktop.server import views
from agent_desktop.server.channels.email import names
from agent_desktop.server.channels.email.parse import external_id, parse
from agent_desktop.server.channels.email.parts import fields_of
from agent_desktop.server.channels.email.reception import Reception, content_key
from agent_desktop.wire import commands, inbox
from agent_desktop.wire.codec import encode_body
from agent_desktop.wire.events import MessageChanged
from tests.server.channels.email import conftest as peers
from tests.server.channels.email.test_sanitise import survivors, vectors
from tests.server.floor import ANA, MAIL, Floor

HELP = ChannelId("help")
BOX = Mailbox(id=HELP, address="help@centre.example", queue=MAIL)
mails = peers.mails
__all__ = ["vectors"]


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = Floor(tmp_path / "record.db")
    await made.start()
    yield made
    await made.stop()


async def _through(floor: Floor, raws: list[bytes]) -> None:
    """All of them by the one way that every channel of mail takes, as fast as they come."""
    desk = Reception(BOX, floor.intake)
    await desk.open(work_off=False)
    await asyncio.gather(*(desk.keep(content_key(raw), raw) for raw in raws))
    await desk.drained()
    await desk.close()
    await floor.settle()


async def test_no_mail_of_the_corpora_is_lost_and_each_original_is_kept_byte_for_byte(
    floor: Floor, mails: dict[str, bytes]
) -> None:
    await _through(floor, list(mails.values()))
    with sqlite3.connect(f"file:{floor.path}?mode=ro", uri=True) as record:
        rows = record.execute("SELECT data, parsed FROM raws").fetchall()
    record.close()
    assert {bytes(data) for data, _ in rows} == set(mails.values())
    assert {parsed for _, parsed in rows} == {1}
    kept = [message for _, message in floor.store.recent_messages(Instant(0.0))]
    assert {m.external_id for m in kept} == {external_id(fields_of(raw), raw) for raw in mails.values()}
    for message in kept:
        raw = floor.store.raw(message.raw)
        assert raw is not None
        assert survivors(message.html) == []
        assert encode_body(MessageChanged(message=views.message_model(message)))
        for one in message.attachments:
            blob = floor.store.blob(one.id)
            assert blob is not None
            assert len(blob) == one.size_bytes


_seen: list[str] = []
_watching: list[bool] = []
_OUTSIDE = ("socket.", "open", "subprocess.", "os.", "urllib.", "ftplib.", "http.")


def _hook(event: str, _arguments: tuple[Any, ...]) -> None:
    if _watching and event.startswith(_OUTSIDE):
        _seen.append(event)


@contextmanager
def _nothing_outside() -> Iterator[None]:
    """Nothing inside touches a file, a socket or another program: by Python's own audit."""
    if not hasattr(sys, "_mail_hook"):
        sys.addaudithook(_hook)  # it stays; it only looks while it is asked to
        sys._mail_hook = True  # type: ignore[attr-defined] # so that it is there once
    _seen.clear()
    _watching.append(True)
    try:
        yield
    finally:
        _watching.clear()
    assert _seen == []


def test_reading_a_mail_touches_no_file_and_no_network(mails: dict[str, bytes], vectors: list[str]) -> None:
    parse(b"From: a@x.example\r\n\r\nOn 1 May, Bob wrote:\r\n> x\r\n", channel=HELP)  # everything is imported
    for raw in mails.values():
        parse(raw, channel=HELP)
    with _nothing_outside():
        for raw in mails.values():
            parse(raw, channel=HELP)
        for page in vectors:
            assert survivors(parse(_page(page), channel=HELP).html) == []


def _page(page: str) -> bytes:
    head = "From: a@x.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    return (head + page).encode("utf-8", "replace")


def test_the_watch_over_files_and_network_has_teeth(tmp_path: Path) -> None:
    with pytest.raises(AssertionError), _nothing_outside():
        (tmp_path / "x").write_text("x")


@pytest.fixture(scope="module")
def naughty(corpora: Path) -> list[str]:
    strings: list[str] = json.loads((corpora / "strings_blns" / "blns.json").read_text("utf-8"))
    return [one.encode("utf-8", "replace").decode() for one in strings]


def _letter(number: int, said: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "naughty@x.example", "help@centre.example"
    mail["Message-ID"] = f"<{number}@x.example>"
    raw = mail.as_bytes().rstrip(b"\n")
    word = said.encode().hex().upper()
    quoted = "".join(f"={word[at : at + 2]}" for at in range(0, len(word), 2))
    raw += f"\nSubject: =?utf-8?q?{quoted}?=\n".encode()
    lines = "=\n".join(quoted[at : at + 60] for at in range(0, len(quoted), 60))
    kind = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8"
    return raw + f"{kind}\nContent-Transfer-Encoding: quoted-printable\n\n{lines}\n".encode()


async def test_naughty_strings_come_back_from_subject_and_body(floor: Floor, naughty: list[str]) -> None:
    await _through(floor, [_letter(number, one) for number, one in enumerate(naughty)])
    for number, said in enumerate(naughty):
        message = floor.store.message_by_external(HELP, f"<{number}@x.example>")
        assert message is not None
        assert message.subject == names.one_line(said, 998)
        assert _words(message.text + message.quoted) == _words(names.plain(said).removeprefix("\ufeff"))


def _words(text: str) -> str:
    return "".join(text.split())


async def test_naughty_strings_come_back_from_notes_and_tags(floor: Floor, naughty: list[str]) -> None:
    await floor.mail()
    (thread,) = {m.conversation for _, m in floor.store.recent_messages(Instant(0.0))}
    await floor.sign_in(ANA, ready=False)
    for number, said in enumerate(naughty):
        note = commands.AddNote(message=f"n-{number}", conversation=thread, text=said)
        reply = await floor.desk.handle(ANA, f"n{number}", note)
        assert reply.ok == bool(said.strip()), said
        kept = floor.store.message(note.message)  # type: ignore[arg-type] # an id of that kind
        assert (kept.text if kept else "") == (said if said.strip() else "")
        put = inbox.TagConversation(conversation=thread, add=(said,))
        reply = await floor.desk.handle(ANA, f"t{number}", put)
        held = floor.store.conversation(ConversationId(thread))
        assert held is not None
        if reply.ok and held.tags:
            assert held.tags == (" ".join(said.replace(",", " ").split()).casefold(),)
            off = inbox.TagConversation(conversation=thread, remove=held.tags)
            assert (await floor.desk.handle(ANA, f"o{number}", off)).ok
        else:
            assert not said.replace(",", " ").split() or "at most" in reply.message
