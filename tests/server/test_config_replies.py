"""`[templates.NAME]` and `[views.NAME]`: canned replies with languages and files, and views for everybody."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.errors import ConfigError
from agent_desktop.server import uploads
from agent_desktop.server.config import load_centre
from agent_desktop.server.views_centre import centre_info
from agent_desktop.wire import inbox
from agent_desktop.wire.listing import FilterModel
from tests.server.floor import ANA, BEN
from tests.server.inboxed import Policies, reply

CENTRE = """
name = "Test"
[dispositions.done]
label = "Done"
[queues.mail]
name = "Mail"
media = ["email"]
[agents.ana]
name = "Ana"
queues = ["mail"]
[mailboxes.help]
address = "help@centre.example"
queue = "mail"
"""
REPLIES = """
[templates.label]
label = "Return label"
text = "The label is attached."
language = "en"
media = ["email"]
files = ["label.pdf"]
[templates.label-de]
label = "Return label"
text = "Der Aufkleber liegt bei."
language = "de"
files = ["label.pdf"]
"""
VIEWS = """
[views.urgent]
label = "Urgent"
key = "1"
states = ["open"]
queues = ["mail"]
channels = ["help"]
agents = ["me", "nobody", "ana"]
tags = ["vip"]
unread = true
order = "promise"
"""

Read = Callable[[str], Centre]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    (tmp_path / "label.pdf").write_bytes(b"%PDF a label")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "run.exe").write_bytes(b"MZ")

    def read(more: str) -> Centre:
        path = tmp_path / "centre.toml"
        path.write_text(CENTRE + more, "utf-8")
        return load_centre(path)

    return read


def test_canned_replies_have_languages_media_and_files(read: Read) -> None:
    english, german = centre_info(read(REPLIES)).templates
    assert (english.label, english.language, english.media) == ("Return label", "en", ("email",))
    assert (german.label, german.language, german.media) == ("Return label", "de", ())
    (file,) = english.files
    assert (file.name, file.media_type, file.size_bytes) == ("label.pdf", "application/pdf", 12)
    assert german.files == english.files


def test_a_view_of_the_configuration_is_everybodys(read: Read) -> None:
    (view,) = centre_info(read(VIEWS)).views
    assert (view.id, view.label, view.key, view.owner, view.team) == ("urgent", "Urgent", "1", "", "")
    assert view.holds == FilterModel(
        states=("open",),
        queues=("mail",),
        channels=("help",),
        agents=("me", "nobody", "ana"),
        tags=("vip",),
        unread=True,
        order="promise",
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('files = ["label.pdf"]', 'files = ["gone.pdf"]', "there is no file 'gone.pdf'"),
        ('files = ["label.pdf"]', 'files = ["empty.txt"]', "between 1 byte and"),
        ('files = ["label.pdf"]', 'files = ["run.exe"]', "can run programs"),
        ('files = ["label.pdf"]', 'files = [".."]', "no file"),
        ('files = ["label.pdf"]', 'files = ["a\\u0000b"]', "no file|null"),
        ('language = "en"', 'language = "English"', "is not a language"),
        ('media = ["email"]\nfiles', 'media = ["post"]\nfiles', "'post' is not"),
        ('states = ["open"]', 'states = ["lost"]', "'lost' is not"),
        ('queues = ["mail"]\nchannels', 'queues = ["post"]\nchannels', "'post' is not"),
        ('channels = ["help"]', 'channels = ["post"]', "'post' is not"),
        ('"nobody", "ana"', '"nobody", "eve"', "'eve' is not"),
        ('key = "1"', 'key = "x"', "'x' is not"),
        ('order = "promise"', 'order = "promise"\ncolour = "red"', "no such key"),
        (
            'order = "promise"',
            'order = "promise"\n[views.second]\nlabel = "Second"\nkey = "1"',
            "several views: urgent, second",
        ),
    ],
)
def test_what_could_never_work_is_told_in_words(read: Read, old: str, new: str, words: str) -> None:
    assert old in CENTRE + REPLIES + VIEWS
    with pytest.raises(ConfigError, match=words):
        read((REPLIES + VIEWS).replace(old, new, 1))


@pytest.fixture
async def floor(tmp_path: Path, read: Read) -> AsyncIterator[Policies]:
    ours = read(REPLIES + VIEWS)

    class Canned(Policies):
        changed = staticmethod(
            lambda centre: dataclasses.replace(centre, templates=ours.templates, views=ours.views)
        )

    floor = Canned(tmp_path / "record.db")
    await floor.start()
    await floor.sign_in(ANA, BEN, ready=False)
    yield floor
    await floor.stop()


async def test_a_view_of_the_configuration_is_counted_for_whoever_asks(floor: Policies) -> None:
    thread = await floor.taken()
    counted = await floor.said(ANA, inbox.CountViews())
    assert counted.result is not None
    assert counted.result.counts == (("urgent", 0),)
    await floor.said(ANA, inbox.TagConversation(conversation=thread, add=("vip",)))
    await floor.mail("<2@out>", references=("<1@out>",))
    counted = await floor.said(ANA, inbox.CountViews())
    assert counted.result is not None
    assert counted.result.counts == (("urgent", 1),)
    assert [view.id for view in floor.board.snapshot(BEN).centre.views] == ["urgent"]


async def test_the_file_of_a_canned_reply_goes_with_anybodys_reply_and_stays(floor: Policies) -> None:
    centre, now = floor.hub.centre, floor.hub.clock.now()
    for _ in range(2):  # every start
        await uploads.laid_out(floor.hub.store, centre, now)
    (file,) = centre.templates[0].files
    month = Instant(now + 30 * 86_400.0)
    assert floor.hub.store.uploads_before(month, 10) == []
    thread = await floor.taken()
    await floor.said(ANA, reply(thread, files=(file.id,)))
    (sent,) = floor.messages(thread)[-1].attachments
    assert (sent.name, sent.media_type) == ("label.pdf", "application/pdf")
    assert floor.hub.store.blob(sent.id) == b"%PDF a label"
    assert not floor.hub.store.handed_in(AgentId("ana"), sent.id)


async def test_a_file_that_went_away_before_the_start_is_left_out(floor: Policies, tmp_path: Path) -> None:
    (tmp_path / "label.pdf").unlink()
    await uploads.laid_out(floor.hub.store, floor.hub.centre, floor.hub.clock.now())
    (file,) = floor.hub.centre.templates[0].files
    thread = await floor.taken()
    assert await floor.refused(ANA, reply(thread, files=(file.id,))) == "unknown_file"
