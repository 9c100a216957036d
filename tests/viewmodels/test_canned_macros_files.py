"""Canned replies, macros and files, from the store alone."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from agent_desktop.client.files import FileFetched, Upload, UploadEnded, UploadMoved
from agent_desktop.client.habits import Habits
from agent_desktop.client.naming import file_name, free_path, shown_name
from agent_desktop.viewmodels.canned import matching
from agent_desktop.viewmodels.composing import limits
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire import models as m
from agent_desktop.wire.listing import ChannelInfo
from tests.client.desks import Desk
from tests.client.small_centre import CUSTOMER
from tests.viewmodels.letters import confirm, key, said, sent, with_letters


def labels(desk: Desk) -> list[str]:
    return [t.label for t in desk.desktop.canned()]


def test_canned_replies_fit_the_medium_and_are_filled(desk: Desk) -> None:
    with_letters(desk)
    assert labels(desk) == ["Thanks", "Late", "Form"]
    assert desk.desktop.canned()[0].text == "Dear Amina Yusuf, thank you. 48213"
    assert [t.label for t in matching(desk.desktop.canned(), "parcel")] == ["Late"]
    assert matching(desk.desktop.canned(), "f")[0].label == "Form"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Votre colis a du retard."),
        ("fr-CA", "Votre colis a du retard."),
        ("ar, fr", "Votre colis a du retard."),
        ("en", "Your parcel is late, Amina."),
        ("", "Your parcel is late, Amina."),
        ("de", "Your parcel is late, Amina."),
    ],
)
def test_the_variant_speaks_the_customers_language(desk: Desk, language: str, text: str) -> None:
    with_letters(desk)
    desk.events(e.CustomerChanged(customer=msgspec.structs.replace(CUSTOMER, language=language)))
    assert next(t.text for t in desk.desktop.canned() if t.label == "Late") == text


def test_what_is_used_most_stands_first_on_this_computer(desk: Desk, tmp_path: Path) -> None:
    desk.desktop.habits = Habits(tmp_path / "writing.json")
    desk.desktop.habits.user = "a7"
    with_letters(desk)
    desk.desktop.act("canned.used", template="form", draft=key(desk))
    assert labels(desk)[0] == "Form"
    assert desk.desktop.canned()[0].used == 1
    again = Habits(tmp_path / "writing.json")
    again.user = "a7"
    assert again.mine.used == {"Form": 1}


def test_a_canned_replys_file_goes_along(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.act("template.insert", template="form")
    composer = desk.desktop.composer()
    assert composer is not None
    assert [f.name for f in composer.files] == ["form.pdf"]
    assert desk.desktop.act("composer.send", draft=key(desk)) == ""  # it speaks of a file, and one is there
    assert sent(desk)[-1].files == ("f9",)


def test_a_macro_is_shown_step_by_step_before_anything_happens(desk: Desk) -> None:
    with_letters(desk)
    assert [b.shortcut for b in desk.desktop.macros()] == ["Ctrl+M, 1", ""]
    desk.desktop.act("macro.open", macro="refund")
    view = desk.desktop.macro()
    assert view is not None
    assert [(x.number, x.words, x.text) for x in view.steps] == [
        (1, "Put the tag refund", None),
        (2, "Write into the draft", "Dear Amina Yusuf, thank you. 48213"),
        (3, "Add this note", "Refund promised to Amina Yusuf."),
        (4, "Put it aside for 3 days", None),
    ]
    assert view.sentence == "Nothing is sent: the draft is for you."
    assert view.run.label == "Run"
    assert desk.outside.commands() == []
    desk.desktop.act("palette.open")
    desk.desktop.act("palette.find", text="refund")
    palette = desk.desktop.palette()
    assert palette is not None
    found = next(item for item in palette.items if item.group == "Macros")
    assert (found.title, found.button.shortcut) == ("Refund", "Ctrl+M, 1")
    assert desk.desktop.act(found.button.action, **dict(found.button.args)) == ""


def test_r55_a_macro_runs_as_it_was_changed_and_sends_nothing_by_itself(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.act("macro.open", macro="refund")
    desk.desktop.act("macro.text", step="3", text="Refund of 50 promised.")
    assert desk.desktop.act("macro.run") == ""
    commands = desk.outside.commands()
    assert [type(x) for x in commands] == [i.TagConversation, c.AddNote, i.SnoozeConversation]
    assert commands[1].text == "Refund of 50 promised."
    assert commands[2].until_at == pytest.approx(desk.now + 3 * 86_400)
    assert commands[2].after_message == "v1-m1", "what comes in the same moment is not put aside unread"
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.text == "Dear Amina Yusuf, thank you. 48213"
    assert desk.desktop.macro() is None
    desk.answer_all()
    assert [n.text for n in desk.desktop.notices() if n.id == "macro"] == ["Refund: 4 steps of 4 done."]


def test_a_macro_sends_where_a_step_says_so(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.act("macro.open", macro="bye")
    view = desk.desktop.macro()
    assert view is not None
    assert (view.run.label, [x.sends for x in view.steps]) == ("Run and send", [False, True, False])
    desk.desktop.act("macro.run")
    assert sent(desk)[-1].text == "Thank you for writing."
    resolved = desk.outside.commands()[-1]
    assert isinstance(resolved, i.ResolveConversation)
    assert resolved.after_message == "v1-m1"


def test_an_interlock_stops_a_macro_before_the_steps_that_follow(desk: Desk) -> None:
    with_letters(desk, bot="Nora")
    desk.desktop.act("macro.open", macro="bye")
    desk.desktop.act("macro.run")
    assert sent(desk) == []
    assert desk.outside.commands() == []
    text = next(n.text for n in desk.desktop.notices() if n.id == "macro")
    assert text.startswith("Goodbye: 1 step of 3 done, stopped at step 2: Nora speaks here now.")


def test_a_refused_step_is_told_in_the_result(desk: Desk) -> None:
    with_letters(desk)
    desk.desktop.act("macro.open", name="refund")
    desk.answer_all(ok=False, message="Not allowed.")
    assert next(n.text for n in desk.desktop.notices() if n.id == "macro") == (
        "Refund: 1 step of 4 done, Not allowed."
    )


def picked(folder: Path, name: str, size: int = 100) -> Path:
    path = folder / name
    path.write_bytes(b"x" * size)
    return path


@pytest.mark.parametrize(
    ("limit", "most", "kinds", "said"),
    [
        (0, 0, (), "No files by this channel"),
        (10_000_000, 4, ("image/png",), "Files up to 10.0 MB, 4 at once: png"),
        (25_000_000, 20, (), "Files up to 25.0 MB"),
    ],
)
def test_what_a_channel_takes_is_said(limit: int, most: int, kinds: tuple[str, ...], said: str) -> None:
    channel = ChannelInfo(
        id="c", medium="social", name="C", file_limit_bytes=limit, files_most=most, file_types=kinds
    )
    assert limits(channel) == said


def test_limits_are_said_before_and_checked_when_a_file_is_added(desk: Desk, tmp_path: Path) -> None:
    with_letters(desk)
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.limits == "Files up to 1.0 MB: pdf, plain, png"

    def attach(path: Path) -> str:
        return desk.desktop.act("file.attach", path=str(path), draft=key(desk))

    assert attach(picked(tmp_path, "big.pdf", 1_000_001)) == "big.pdf: too large: 1.0 MB at most."
    assert attach(picked(tmp_path, "a.exe")) == "a.exe: this channel does not take files of this kind."
    assert attach(picked(tmp_path, "no.pdf", 0)) == "no.pdf: the file is empty."
    assert attach(tmp_path / "gone.pdf").startswith("There is no file ")
    assert not desk.runtime.files.uploads


def uploading(desk: Desk, path: Path) -> Upload:
    assert desk.desktop.act("file.attach", path=str(path), draft=key(desk)) == ""
    return next(iter(desk.runtime.files.uploads.values()))


def test_a_file_is_uploaded_with_its_progress_and_goes_with_its_draft(desk: Desk, tmp_path: Path) -> None:
    with_letters(desk, "v1", "v2")
    desk.desktop.write("Here it is", key(desk))
    upload = uploading(desk, picked(tmp_path, "form.pdf", 1000))
    shown = key(desk)
    desk.put(UploadMoved(upload.id, 400))
    composer = desk.desktop.composer()
    assert composer is not None
    assert (composer.files[0].detail, composer.files[0].fraction) == ("uploading, 40 %", 0.4)
    assert desk.desktop.act("composer.send", draft=shown) == (
        "Files are still being uploaded. Wait a moment, then send."
    )
    desk.desktop.act("inbox.open", id="i2")  # it ends while another one is looked at
    desk.put(UploadEnded(upload.id, m.AttachmentModel(id="f1", name="form.pdf", size_bytes=1000)))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.files == ()
    desk.desktop.act("inbox.open", id="i1")
    assert desk.desktop.act("composer.send", draft=key(desk)) == ""
    assert sent(desk)[-1].files == ("f1",)
    assert desk.said().count("form.pdf is attached.") == 1
    confirm(desk, sent(desk)[-1])
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.files == ()


def test_a_file_that_was_refused_says_why_and_is_taken_off(desk: Desk, tmp_path: Path) -> None:
    with_letters(desk)
    desk.desktop.write("Here it is", key(desk))
    upload = uploading(desk, picked(tmp_path, "form.pdf"))
    desk.put(UploadEnded(upload.id, None, "The scanner found something in it."))
    composer = desk.desktop.composer()
    assert composer is not None
    assert composer.files[0].error
    assert desk.desktop.act("composer.send", draft=key(desk)).startswith("form.pdf cannot go along")
    chip = composer.files[0]
    assert desk.desktop.act(chip.remove.action, **dict(chip.remove.args)) == ""
    assert desk.desktop.act("composer.send", draft=key(desk)) == ""


def test_a_pasted_picture_leaves_no_file_behind(desk: Desk, tmp_path: Path) -> None:
    with_letters(desk)
    path = picked(tmp_path, "picture.png")
    desk.desktop.act("file.attach", path=str(path), draft=key(desk), temporary="yes")
    upload = next(iter(desk.runtime.files.uploads.values()))
    desk.put(UploadEnded(upload.id, m.AttachmentModel(id="f1", name="picture.png")))
    assert not path.exists()


def test_a_received_file_is_saved_and_never_opened(desk: Desk, tmp_path: Path) -> None:
    with_letters(desk)
    files = (
        m.AttachmentModel(id="f1", name="in\u202evoice\x07.pdf", size_bytes=84_000),
        m.AttachmentModel(id="f2", name="bad.exe", blocked="The scanner found something in it."),
    )
    desk.events(e.MessageChanged(message=said(5, attachments=files)))
    shown = desk.desktop.conversation().items[-1].attachments
    assert [(f.name, f.size) for f in shown] == [("invoice.pdf", "84 KB"), ("bad.exe", "0 bytes")]
    assert shown[0].save is not None
    assert shown[1].save is None
    assert desk.desktop.act("file.save", file="f1", folder=str(tmp_path)) == ""
    assert desk.outside.order[-1] == ("save", "f1", str(tmp_path / "invoice.pdf"))
    desk.put(FileFetched("f1", str(tmp_path / "invoice.pdf")))
    again = desk.desktop.conversation().items[-1].attachments[0]
    assert again.state == "saved as invoice.pdf"
    assert again.folder is not None
    assert dict(again.folder.args)["path"] == str(tmp_path / "invoice.pdf")
    assert desk.said()[-1] == "Saved as invoice.pdf."
    assert "The scanner" in desk.desktop.act("file.save", file="f2")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\a.txt", "a.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("con.txt", "file_con.txt"),
        ("what?.txt", "what_.txt"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 100 + "_" + "x" * 15 + ".pdf"),
    ],
)
def test_a_name_from_outside_can_do_nothing(name: str, safe: str) -> None:
    assert file_name(name) == safe
    assert "/" not in file_name(name)


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    picked(tmp_path, "a.pdf")
    assert free_path(tmp_path, "a.pdf").name == "a (2).pdf"
    assert shown_name("a\u200e\u2066b") == "ab"
