"""The verbs of writing, in both modes: what the window can do with a reply, a line can do too."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent_desktop.client.files import FileFetched, UploadEnded
from agent_desktop.text.screen import Screen
from agent_desktop.text.session import Session
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire import models as m
from tests.client.desks import Desk
from tests.viewmodels.letters import NOW, confirm, said, sent, with_letters, work


class Typist:
    """The text mode on a desktop in memory."""

    def __init__(self, folder: Path, *, json_lines: bool) -> None:
        self.desk = Desk(folder)
        self.out = io.StringIO()
        self.session = Session(self.desk.desktop, Screen(self.out), json_lines=json_lines)
        with_letters(self.desk)
        self.read()

    def read(self) -> list[str]:
        """What was written since the last time."""
        text = self.out.getvalue()
        self.out.seek(0)
        self.out.truncate()
        return text.splitlines()

    def type(self, line: str) -> list[str]:
        self.session.typed(line)
        return self.read()

    def do(self, line: str) -> list[dict[str, Any]]:
        """Type a line, have it answered, and give the objects."""
        self.session.typed(line)
        self.desk.answer_all()
        return [json.loads(x) for x in self.read()]


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Typist]:
    made = Typist(tmp_path, json_lines=True)
    yield made
    made.desk.drafts.close()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Typist]:
    made = Typist(tmp_path, json_lines=False)
    yield made
    made.desk.drafts.close()


def test_a_reply_is_sent_called_back_and_sent_again(one: Typist) -> None:
    one.session.typed("say Hello Amina")
    message = confirm(one.desk, sent(one.desk)[-1])
    records = [json.loads(x) for x in one.read()]
    told = next(r for r in records if r["type"] == "message")
    assert (told["held_until_at"], told["to"]) == (message.held_until_at, ["amina@example.com"])
    one.desk.outside.router.clear()
    assert one.do("undo")[-1] == {"type": "ok", "verb": "undo", "message": ""}
    assert one.do("drafts")[0]["text"] == "Hello Amina"
    one.session.typed("say")  # alone: the draft
    assert sent(one.desk)[-1].text == "Hello Amina"
    one.desk.events(e.MessageRemoved(conversation="v1", message=message.id))
    assert {"type": "message_removed", "conversation": "v1", "message": message.id} in [
        json.loads(x) for x in one.read()
    ]


def test_a_failed_reply_is_sent_again(one: Typist) -> None:
    assert one.do("retry")[-1]["message"] == "No message has failed here."
    one.desk.events(e.MessageChanged(message=said(5, "v1", "out", author="a7", delivery="failed")))
    one.read()
    one.session.typed("retry")
    assert one.desk.outside.commands()[-1] == i.RetryMessage(conversation="v1", message="v1-m5")


def test_what_was_kept_back_is_sent_anyway_by_a_word(one: Typist) -> None:
    one.session.typed("say Hello Amina")
    request = one.desk.outside.router[-1][0]
    one.desk.events(e.Reply(request=request, ok=False, code="bot", message="Nora speaks here."))
    error = json.loads(one.read()[-1])
    assert (error["verb"], error["code"]) == ("say", "bot")
    assert error["message"] == "Nora speaks here. Type anyway to send it all the same."
    assert one.do("anyway")[-1]["type"] == "ok"


def test_canned_replies_are_listed_and_taken(one: Typist) -> None:
    listed = one.do("canned")
    assert [r["label"] for r in listed if r["type"] == "canned"] == ["Thanks", "Late", "Form"]
    taken = one.do("canned late")
    assert taken[0]["text"] == "Your parcel is late, Amina."
    assert one.do("canned nothing")[-1]["message"].startswith("There is no canned reply nothing.")


def test_a_macro_is_previewed_and_run(plain: Typist) -> None:
    assert plain.type("macro")[:2] == ["1. Refund (Ctrl+M, 1): 4 steps", "2. Goodbye: 3 steps"]
    shown = plain.type("macro refund --preview")
    assert shown[1] == "1. Put the tag refund"
    assert shown[-1] == "Nothing is sent: the draft is for you."
    assert plain.desk.outside.commands() == []
    plain.type("macro refund")
    assert [type(x) for x in plain.desk.outside.commands()] == [
        i.TagConversation,
        c.AddNote,
        i.SnoozeConversation,
    ]
    plain.desk.answer_all()
    assert plain.read()[-1] == "macro: Refund: 4 steps of 4 done."


def test_a_macro_is_named_by_number_and_its_text_changed_before_it_runs(plain: Typist) -> None:
    shown = plain.type("macro 1 --preview")
    number = next(line.partition(".")[0] for line in shown if "Add this note" in line)
    assert plain.type("macro text 1 hello")[-1].startswith("macro: not done. Say which step and its text.")
    assert any("Called twice" in line for line in plain.type(f"macro text {number} Called twice"))
    plain.type("macro run")
    note = next(x for x in plain.desk.outside.commands() if isinstance(x, c.AddNote))
    assert note.text == "Called twice"
    plain.desk.answer_all()
    plain.read()
    plain.type("macro 1 --preview")
    plain.type("macro close")
    assert plain.desk.desktop.macro() is None
    assert plain.type("macro run")[-1].startswith("macro: not done. There is no macro run.")


def test_a_canned_reply_is_taken_by_its_number(plain: Typist) -> None:
    plain.type("canned")
    assert plain.type("canned 2")[0] == "Draft: Your parcel is late, Amina."


def test_files_are_listed_saved_and_attached(one: Typist, tmp_path: Path) -> None:
    assert one.do("save")[-1]["type"] == "ok"
    file = m.AttachmentModel(id="f1", name="form.pdf", size_bytes=900)
    one.desk.events(e.MessageChanged(message=said(5, attachments=(file,))))
    one.read()
    assert one.do("save")[0]["name"] == "form.pdf"
    assert one.do(f"save 1 {tmp_path}")[-1]["type"] == "ok"
    one.desk.put(FileFetched("f1", str(tmp_path / "form.pdf")))
    assert json.loads(one.read()[0])["path"] == str(tmp_path / "form.pdf")
    assert one.do("save 7")[-1]["message"] == "There is no file 7 here."
    path = tmp_path / "my form.pdf"
    path.write_bytes(b"x")
    assert one.do(f"attach {path}")[-1]["type"] == "ok"
    upload = next(iter(one.desk.runtime.files.uploads.values()))
    one.desk.put(UploadEnded(upload.id, m.AttachmentModel(id="f2", name="my form.pdf")))
    told = json.loads(one.read()[0])
    assert (told["state"], told["name"]) == ("attached", "my form.pdf")
    one.session.typed("say Here it is")
    assert sent(one.desk)[-1].files == ("f2",)
    one.session.typed("say And nothing more")
    assert sent(one.desk)[-1].files == ()


def test_messages_are_forwarded_and_split_by_their_numbers(one: Typist) -> None:
    one.desk.events(e.MessageChanged(message=said(2)), e.MessageChanged(message=said(3)))
    one.read()
    one.session.typed("forward boss@example.com please look")
    forwarded = one.desk.outside.commands()[-1]
    assert (forwarded.source, forwarded.to_address, forwarded.text) == (
        "v1-m3",
        "boss@example.com",
        "please look",
    )
    one.session.typed("forward 2 boss@example.com")
    assert one.desk.outside.commands()[-1].source == "v1-m2"
    one.session.typed("split 1 2")
    split = one.desk.outside.commands()[-1]
    assert isinstance(split, i.SplitConversation)
    assert split.messages == ("v1-m3", "v1-m2")
    assert one.do("split 9")[0]["message"] == "There is no message 9 here. 1 is the newest."


def test_a_channel_a_copy_and_a_mention(plain: Typist) -> None:
    assert plain.type("channel sms")[0] == "To Amina Yusuf <+212522000147>, by sms from +4930123"
    assert "Possible: Reply by Email, Note" in plain.type("channel")[1]
    assert plain.type("channel help")[0].startswith("To Amina Yusuf <amina@example.com>, by email")
    plain.type("copy boss@example.com")
    assert plain.type("copy")[1] == "Copy to: boss@example.com"
    plain.type("mention sara can you look?")
    noted = plain.desk.outside.commands()[-1]
    assert (noted.text, noted.mentions) == ("@@Sara Lindqvist can you look?", ("a8",))


def test_a_draft_is_shown_to_colleagues_and_theirs_are_read(plain: Typist) -> None:
    plain.desk.desktop.write("Hello Amina")
    plain.type("share")
    assert plain.desk.outside.commands()[-1] == i.ShareDraft(conversation="v1", text="Hello Amina")
    plain.desk.desktop.write("Hello Amina!")
    plain.desk.desktop.write("Hello Amina!!")
    assert plain.desk.outside.commands()[-1] == i.ShareDraft(conversation="v1", text="Hello Amina!")
    plain.desk.now += 2  # not at every key
    plain.desk.desktop.pump()
    assert plain.desk.outside.commands()[-1] == i.ShareDraft(conversation="v1", text="Hello Amina!!")
    plain.type("share off")
    assert plain.desk.outside.commands()[-1] == i.ShareDraft(conversation="v1", text="")
    plain.desk.events(e.DraftShared(conversation="v1", agent="a8", name="Sara Lindqvist", text="We sent it."))
    assert plain.read()[-1] == "Sara Lindqvist shows a draft: We sent it."
    assert plain.type("drafts")[-1] == "Sara Lindqvist shows: We sent it."


def test_what_happens_after_sending_is_chosen_and_said(plain: Typist) -> None:
    assert plain.type("after next") == ["After sending: next"]
    assert plain.type("after never")[-1] == "after: not done. After sending: stay, next or close."


def test_a_closed_draft_keeps_nothing(one: Typist) -> None:
    assert one.do("drafts") == [{"type": "ok", "verb": "drafts", "message": ""}]
    assert one.do("say")[-1]["message"] == "There is nothing written yet."
    assert msgspec.structs.asdict(said(1))["at"] == NOW - 599


def test_a_reply_says_whom_it_goes_to_while_it_can_be_called_back(plain: Typist) -> None:
    plain.type("say On its way.")
    confirm(plain.desk, sent(plain.desk)[-1])
    assert "You to Amina Yusuf, email: On its way." in plain.read()


def test_work_that_is_closed_says_so_once(plain: Typist) -> None:
    closed = msgspec.structs.replace(work("v1"), state="closed")
    plain.desk.events(e.InteractionChanged(interaction=closed), e.InteractionRemoved(interaction="i1"))
    assert [line for line in plain.read() if "closed" in line] == ["Amina Yusuf: closed"]


def test_work_that_is_taken_away_is_not_called_closed(plain: Typist) -> None:
    plain.desk.events(e.InteractionRemoved(interaction="i1"))
    assert plain.read()[-1] == "Amina Yusuf: with you no more"
