"""The composer and the conversation as widgets: bound to their draft, by keyboard, named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import scripted_work
import scripted_writing as w
from PySide6.QtCore import QBuffer, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt import bubbles
from agent_desktop.qt import conversation as page
from agent_desktop.qt.composer import Composer
from agent_desktop.qt.viewer import Viewer, decoded
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.conversation import AttachmentView, ComposerView, ItemKind
from agent_desktop.viewmodels.parts import Button


def composer_of(
    window: Window, desk: Scripted, view: ComposerView = w.COMPOSER, **changes: object
) -> Composer:
    desk.change(**w.composing(view, **changes))  # type: ignore[arg-type]  # fields of the surface
    window.activateWindow()
    composer = window.main.work.conversation.composer
    composer.editor.setFocus()
    return composer


def test_every_keystroke_names_the_draft_that_the_editor_shows(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    composer = composer_of(window, desk)
    QTest.keyClicks(composer.editor, "!")
    assert desk.drafts[-1] == w.KEY
    other = replace(w.COMPOSER, draft_key="c2/reply/0", text="for somebody else", conversation="c2",
                    send=replace(w.COMPOSER.send, args=(("draft", "c2/reply/0"),)))  # fmt: skip
    QTest.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert desk.acts[-1] == ("composer.send", {"draft": w.KEY})
    composer_of(window, desk, other)
    assert composer.editor.toPlainText() == "for somebody else"
    QTest.keyClicks(composer.editor, "!")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert desk.drafts[-1] == "c2/reply/0"
    assert desk.acts[-1] == ("composer.send", {"draft": "c2/reply/0"})


def test_ctrl_z_calls_a_reply_back_only_in_an_empty_editor(window: Window, desk: Scripted) -> None:
    held = replace(w.COMPOSER, text="", held=w.HELD)
    composer = composer_of(window, desk, held)
    assert composer.held.isVisible()
    assert composer.held.undo.accessibleName() == "Undo send"
    QTest.keyClicks(composer.editor, "x")
    QTest.keyClick(composer.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert composer.editor.toPlainText() == ""  # its own undo
    assert [a for a, _given in desk.acts] == []
    QTest.keyClick(composer.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.acts == [("composer.undo", {"conversation": "c1", "message": "m9"})]


def test_a_slash_opens_the_canned_replies_and_enter_takes_one(window: Window, desk: Scripted) -> None:
    composer = composer_of(window, desk, replace(w.COMPOSER, text=""))
    QTest.keyClicks(composer.editor, "/ref")
    assert composer.completions is not None
    assert composer.completions.isVisible()
    assert [row.title for row in composer.completions.model.rows] == ["Refund sent"]
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert composer.editor.toPlainText() == "Your refund of {order.value} is on its way."
    assert desk.acts[-1] == ("canned.used", {"template": "t2", "draft": w.KEY})
    assert not composer.completions.isVisible()
    assert desk.written[-1] == composer.editor.toPlainText()
    composer.editor.undo()
    assert composer.editor.toPlainText() == "/ref"


def test_arrows_choose_tab_takes_and_escape_closes(window: Window, desk: Scripted) -> None:
    composer = composer_of(window, desk, replace(w.COMPOSER, text=""))
    QTest.keyClicks(composer.editor, "Hi /")
    assert composer.completions is not None
    QTest.keyClick(composer.editor, Qt.Key.Key_Down)
    assert composer.completions.current is not None
    assert composer.completions.current.id == "t2"
    QTest.keyClick(composer.editor, Qt.Key.Key_Escape)
    assert not composer.completions.isVisible()
    QTest.keyClicks(composer.editor, "ret")
    QTest.keyClick(composer.editor, Qt.Key.Key_Tab)
    assert composer.editor.toPlainText() == "Hi The form is attached."
    assert composer.editor.hasFocus()


@pytest.mark.parametrize("text", ["and/or", "1/2", "http://a", "/ no such thing here "])
def test_a_slash_in_a_text_is_a_slash(window: Window, desk: Scripted, text: str) -> None:
    composer = composer_of(window, desk, replace(w.COMPOSER, text=""))
    QTest.keyClicks(composer.editor, text)
    assert composer.completions is None or not composer.completions.isVisible()
    assert composer.editor.toPlainText() == text


def test_two_ats_complete_a_colleague_in_a_note_and_only_there(window: Window, desk: Scripted) -> None:
    composer = composer_of(window, desk, replace(w.COMPOSER, text=""))
    QTest.keyClicks(composer.editor, "@@sa")
    assert composer.completions is None
    composer = composer_of(window, desk, replace(w.NOTE, text="", draft_key="c1/note/1"))
    QTest.keyClicks(composer.editor, "@@sa")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert composer.editor.toPlainText() == "@@Sara Lindqvist "


def test_a_note_looks_and_reads_differently(window: Window, desk: Scripted) -> None:
    composer = composer_of(window, desk)
    reply = (composer.ground, composer.editor.accessibleName())
    composer = composer_of(window, desk, w.NOTE)
    assert (composer.ground, composer.editor.accessibleName()) != reply
    assert composer.editor.accessibleName() == "Add a note that only the team sees"
    assert composer.send.accessibleName() == "Add note"
    assert not composer.attach.isVisible()


def test_a_strip_says_what_came_and_its_buttons_act(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    composer = composer_of(window, desk, replace(w.COMPOSER, strips=(w.NEWER,)))
    bar = composer.strips.bars["newer_message"]
    assert bar.accessibleName() == w.NEWER.text
    assert "it has just arrived" in bar.accessibleDescription()
    assert "it has just arrived" in composer.editor.accessibleDescription()
    desk.refusal = w.NEWER.text
    window.desk.act("composer.send")
    assert not window.main.notices.isVisible()  # it stands beside the words already; nothing moves
    desk.refusal = ""
    qtbot.mouseClick(bar.buttons[-1], Qt.MouseButton.LeftButton)
    assert desk.acts[-1] == ("composer.anyway", {"draft": w.KEY})
    desk.change(**w.composing(replace(w.COMPOSER, strips=(w.NEWER,), saved="Draft saved 09:43")))  # type: ignore[arg-type]
    assert composer.strips.bars["newer_message"] is bar  # its button keeps the keyboard


def test_files_are_added_by_drop_and_paste_and_taken_off(
    window: Window, desk: Scripted, qtbot: QtBot, tmp_path: Path
) -> None:
    composer = composer_of(window, desk)
    paths = [tmp_path / name for name in ("a.pdf", "b.pdf")]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    composer.editor.insertFromMimeData(data)
    assert desk.acts[-1] == ("file.attach", {"path": "\n".join(map(str, paths)), "draft": w.KEY})
    picture = QMimeData()
    picture.setImageData(QImage(4, 4, QImage.Format.Format_RGB32))
    composer.editor.insertFromMimeData(picture)
    action, given = desk.acts[-1]
    assert (action, given["temporary"]) == ("file.attach", "yes")
    assert QImage(given["path"]).width() == 4
    Path(given["path"]).unlink()
    composer = composer_of(window, desk, replace(w.COMPOSER, files=w.FILES))
    assert [chip.accessibleName() for chip in composer.files.chips.values()][1].endswith("uploading, 40 %")
    chip = composer.files.chips["f1"]
    assert chip.remove.accessibleName() == "Remove, returns-form.pdf"
    qtbot.mouseClick(chip.remove, Qt.MouseButton.LeftButton)
    assert desk.acts[-1] == ("file.remove", {"file": "f1"})


def test_formatted_text_is_pasted_as_plain_text(window: Window, desk: Scripted) -> None:
    composer = composer_of(window, desk, replace(w.COMPOSER, text=""))
    data = QMimeData()
    data.setHtml("<b>Bold</b><img src='http://x/y.png'>")
    data.setText("Bold")
    composer.editor.insertFromMimeData(data)
    assert composer.editor.toPlainText() == "Bold"


def test_who_gets_a_copy_is_asked_for_and_kept(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    composer = composer_of(window, desk)
    qtbot.mouseClick(composer.add_copies, Qt.MouseButton.LeftButton)
    QTest.keyClicks(composer.copies, "a@b.c")
    assert desk.acts[-1] == ("composer.copies", {"text": "a@b.c", "draft": w.KEY})
    composer_of(window, desk, replace(w.COMPOSER, copies=None))
    assert not composer.copies.isVisible()


def pressed(window: Window, zone: str) -> None:
    """Press a part of the timeline's last item."""
    timeline = window.main.work.conversation.timeline
    row = len(timeline.items.items) - 1
    measured = bubbles.measure(timeline.items.items[row], timeline.viewport().width(), rtl=False)
    place = next(z.rect.center() for z in measured.zones if z.kind == zone)
    at = QPointF(place.x(), place.y() + timeline.rowViewportPosition(row)).toPoint()
    QTest.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def test_a_held_and_a_failed_reply_have_their_button_in_the_timeline(window: Window, desk: Scripted) -> None:
    for item, expected in ((w.GOING, "composer.undo"), (w.FAILED, "message.retry")):
        desk.change(**w.composing(w.COMPOSER, item))  # type: ignore[arg-type]
        QTest.qWait(20)
        pressed(window, "recover")
        assert desk.acts[-1][0] == expected


def test_messages_are_chosen_by_mouse_and_by_space(window: Window, desk: Scripted) -> None:
    desk.change(**w.choosing())  # type: ignore[arg-type]
    QTest.qWait(20)
    pressed(window, "choose")
    assert desk.acts[-1][0] == "split.choose"
    desk.acts.clear()
    timeline = window.main.work.conversation.timeline
    timeline.setCurrentIndex(timeline.items.index(1, 0))
    QTest.keyClick(timeline, Qt.Key.Key_Space)
    assert desk.acts[-1][0] == "split.choose"
    assert window.main.work.conversation.strips.bars["splitting"].isVisible()


def test_a_file_is_saved_where_one_says_and_never_opened(
    window: Window, desk: Scripted, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    save = Button("file.save", "Save", args=(("file", "f5"),))
    kept = AttachmentView("f5", "../tracking.pdf", "84 KB", "application/pdf", save=save)
    item = replace(scripted_work.ITEMS[1], attachments=(kept,))
    desk.change(**w.composing(w.COMPOSER, item))  # type: ignore[arg-type]
    asked: list[str] = []

    def choose(_parent: QWidget, name: str) -> str:
        asked.append(name)
        return str(tmp_path / "kept.pdf")

    monkeypatch.setattr(page, "choose_place", choose)
    QTest.qWait(20)
    pressed(window, "file")
    assert asked == ["tracking.pdf"]
    assert desk.acts[-1] == ("file.save", {"file": "f5", "path": str(tmp_path / "kept.pdf")})


def test_a_macro_is_shown_changed_and_run(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(macro_view=w.MACRO)
    panel = window.inside.macro
    assert panel.isVisible()
    assert panel.accessibleName() == "Macro Refund and close"
    text = panel.rows[1].text
    assert text is not None
    text.setPlainText("Dear Amina")
    assert desk.acts[-1] == ("macro.text", {"step": "2", "text": "Dear Amina"})
    desk.change(macro_view=replace(w.MACRO))
    assert panel.rows[1].text is text  # what is typed is left alone
    qtbot.mouseClick(panel.run, Qt.MouseButton.LeftButton)
    assert desk.acts[-1] == ("macro.run", {})
    desk.change(macro_view=None)
    assert not panel.isVisible()


def png(side: int = 3) -> bytes:
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(0xFF2457E6)
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


HTML = '<p>Hi<img src="cid:logo.png"><img src="https://tracker.example/x.png"></p>'
MAIL = replace(
    scripted_work.ITEMS[1], html=HTML, attachments=(AttachmentView("f7", "logo.png", "1 KB", "image/png"),)
)
IMAGE = QTextDocument.ResourceType.ImageResource.value


def test_pictures_that_came_along_are_shown_and_the_senders_own_only_when_asked_for(
    look: QApplication, qtbot: QtBot
) -> None:
    asked: list[str] = []

    def picture(name: str) -> bytes | None:
        asked.append(name)
        return png()

    viewer = Viewer(MAIL, None, picture)
    qtbot.addWidget(viewer)
    viewer.show()
    viewer.toggle()
    assert asked == ["file:f7"]
    assert viewer.page.loadResource(IMAGE, "cid:logo.png").width() == 3  # type: ignore[attr-defined]
    assert viewer.page.loadResource(IMAGE, "https://tracker.example/x.png").width() == 1  # type: ignore[attr-defined]
    assert viewer.remote.isVisible()
    qtbot.mouseClick(viewer.remote, Qt.MouseButton.LeftButton)
    assert asked[-1] == "https://tracker.example/x.png"
    assert viewer.page.loadResource(IMAGE, "https://tracker.example/x.png").width() == 3  # type: ignore[attr-defined]
    assert not viewer.remote.isVisible()
    again = Viewer(MAIL, None, picture)  # asked for again: it was for that message, that time
    qtbot.addWidget(again)
    again.toggle()
    assert again.page.loadResource(IMAGE, "https://tracker.example/x.png").width() == 1  # type: ignore[attr-defined]


def test_a_picture_that_would_fill_the_memory_is_no_picture(look: QApplication) -> None:
    header = bytearray(png())
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    assert decoded(bytes(header)) is None
    assert decoded(b"<svg/>") is None
    assert decoded(png()) is not None


@pytest.mark.parametrize("rtl", [False, True])
def test_what_can_be_pressed_lies_inside_its_row(look: QApplication, rtl: bool) -> None:
    for item in (w.GOING, w.FAILED, w.ODD, replace(w.ODD, chosen=True)):
        measured = bubbles.measure(item, 640, rtl=rtl)
        assert item.kind in {ItemKind.IN, ItemKind.OUT}
        for zone in measured.zones:
            assert zone.rect.left() >= 0
            assert zone.rect.right() <= 641
            assert zone.rect.bottom() <= measured.height
        assert measured.zone_at(QPointF(QPoint(-5, -5))) is None
