"""Misspelt words in the window: waves, the menu of a word, the key, and a text that is never touched."""

from __future__ import annotations

import queue
import time
from dataclasses import replace

import pytest
import scripted_writing as w
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QTextCharFormat, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPlainTextEdit
from pytestqt.qtbot import QtBot
from scripted import Scripted
from scripted_side import side

from agent_desktop.client.spelling import Spelling, survey
from agent_desktop.client.spelling_process import Worker
from agent_desktop.qt.editor import Editor
from agent_desktop.qt.spelling import MOST_SEEN, Marks
from agent_desktop.qt.theme import look as current_look
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.spelling_found import Misspelt, Paragraph

WRONG: dict[str, tuple[str, ...] | None] = {"recieve": ("receive", "relieve"), "lammp": ("lamp",), "wrod": ()}


def write(window: Window, desk: Scripted, text: str, **changes: object) -> Editor:
    """The composer with a text, looked at."""
    desk.wrong = dict(WRONG)
    view = replace(w.COMPOSER, text=text, **changes)  # type: ignore[arg-type]  # fields of the view
    desk.change(**w.composing(view))
    window.activateWindow()
    editor = window.main.work.conversation.composer.editor
    editor.setFocus()
    marks(window).look_again()
    return editor


def marks(window: Window, field: QPlainTextEdit | None = None) -> Marks:
    return window.inside.spelling.marks[field or window.main.work.conversation.composer.editor]


def waves(field: QPlainTextEdit) -> list[str]:
    found = field.extraSelections()
    styles = {one.format.underlineStyle() for one in found}
    assert styles <= {QTextCharFormat.UnderlineStyle.WaveUnderline}
    return [one.cursor.selectedText() for one in found]


def menu_at(field: QPlainTextEdit, place: int) -> QMenu | None:
    """Press the menu key with the cursor at a place."""
    cursor = field.textCursor()
    cursor.setPosition(place)
    field.setTextCursor(cursor)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), field.mapToGlobal(QPoint()))
    QApplication.sendEvent(field, event)
    shown = QApplication.activePopupWidget()
    return shown if isinstance(shown, QMenu) else None


def labels(menu: QMenu, count: int) -> list[str]:
    return [action.text() for action in menu.actions()[:count]]


def test_misspelt_words_have_a_wave_in_the_colour_of_danger(window: Window, desk: Scripted) -> None:
    editor = write(window, desk, "We 😀 recieve the lammp.\n\u05e9\u05dc\u05d5\u05dd wrod")
    assert waves(editor) == ["recieve", "lammp", "wrod"]
    assert editor.extraSelections()[0].format.underlineColor() == current_look().colour("danger")
    assert editor.toPlainText() == "We 😀 recieve the lammp.\n\u05e9\u05dc\u05d5\u05dd wrod"


def test_the_word_that_is_typed_has_no_wave_until_the_cursor_leaves_it(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    editor = write(window, desk, "")
    QTest.keyClicks(editor, "the lammp")
    qtbot.waitUntil(lambda: any(text == "the lammp" for _where, text in desk.looked))
    assert waves(editor) == []
    QTest.keyClicks(editor, " ")
    qtbot.waitUntil(lambda: waves(editor) == ["lammp"])
    editor.moveCursor(QTextCursor.MoveOperation.StartOfLine)
    editor.moveCursor(QTextCursor.MoveOperation.EndOfWord)
    editor.moveCursor(QTextCursor.MoveOperation.NextWord)  # passing is not typing
    marks(window).look_again()
    assert waves(editor) == ["lammp"]


def test_only_paragraphs_that_changed_are_looked_at(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    editor = write(window, desk, "one recieve\ntwo\nthree lammp\n")
    desk.looked.clear()
    QTest.keyClicks(editor, "xy")
    qtbot.waitUntil(lambda: (w.KEY, "xy") in desk.looked)
    assert [text for _where, text in desk.looked] == ["xy"]
    assert waves(editor) == ["recieve", "lammp"]


def test_only_paragraphs_in_sight_are_looked_at(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    editor = write(window, desk, "")
    desk.looked.clear()
    editor.setPlainText("\n".join(f"line {n} lammp" for n in range(20_000)))
    qtbot.waitUntil(lambda: bool(waves(editor)))
    assert 0 < len(desk.looked) < 40
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.waitUntil(lambda: (w.KEY, "line 19999 lammp") in desk.looked)
    assert len(waves(editor)) < 40


def test_marks_are_no_part_of_the_text_nor_of_its_undo(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    editor = write(window, desk, "")
    desk.written.clear()
    QTest.keyClicks(editor, "the lammp ")
    qtbot.waitUntil(lambda: waves(editor) == ["lammp"])
    assert editor.document().begin().layout().formats() == []
    assert desk.written[-1] == editor.toPlainText() == "the lammp "
    written = len(desk.written)
    marks(window).look_again()
    assert len(desk.written) == written
    while editor.document().isUndoAvailable():
        editor.undo()
    assert editor.toPlainText() == ""
    editor.redo()
    assert editor.toPlainText() == "the lammp "


@pytest.mark.parametrize("entry", [0, 1])
def test_the_menu_key_on_a_word_offers_what_may_have_been_meant(
    window: Window, desk: Scripted, entry: int
) -> None:
    editor = write(window, desk, "😀 We recieve it")
    menu = menu_at(editor, 8)
    assert menu is not None
    assert labels(menu, 6) == ["receive", "relieve", "", "Add to dictionary", "Ignore in this text", ""]
    assert menu.activeAction().text() == "receive"
    assert menu.accessibleName() == "recieve"
    assert len(menu.actions()) > 8  # the editor's own are below
    menu.actions()[entry].trigger()
    menu.close()
    assert editor.toPlainText() == f"😀 We {('receive', 'relieve')[entry]} it"
    assert desk.written[-1] == editor.toPlainText()
    editor.undo()
    assert editor.toPlainText() == "😀 We recieve it"  # one step


def test_suggestions_come_into_the_open_menu(window: Window, desk: Scripted) -> None:
    editor = write(window, desk, "We recieve it")
    desk.wrong["recieve"] = None
    menu = menu_at(editor, 4)
    assert menu is not None
    assert labels(menu, 1) == ["Looking for suggestions…"]
    assert not menu.actions()[0].isEnabled()
    own = len(menu.actions())
    desk.change(parts=frozenset({"spelling"}), wrong=dict(WRONG))
    assert labels(menu, 2) == ["receive", "relieve"]
    assert len(menu.actions()) == own + 1
    assert menu.height() == menu.sizeHint().height()
    assert menu.geometry().bottom() <= editor.screen().availableGeometry().bottom()
    desk.change(parts=frozenset({"spelling"}), wrong={"recieve": ()})
    assert labels(menu, 1) == ["Nothing similar."]
    menu.close()


def test_a_word_is_added_and_ignored_by_the_menu(window: Window, desk: Scripted) -> None:
    editor = write(window, desk, "a wrod")
    for entry, act in ((2, "spelling.learn"), (3, "spelling.ignore")):
        menu = menu_at(editor, 4)
        assert menu is not None
        menu.actions()[entry].trigger()
        menu.close()
        assert desk.acts[-1] == (act, {"word": "wrod", "draft": w.KEY})
    assert editor.toPlainText() == "a wrod"


def test_a_word_that_has_changed_under_its_menu_stays(window: Window, desk: Scripted) -> None:
    editor = write(window, desk, "We recieve it")
    menu = menu_at(editor, 4)
    assert menu is not None
    editor.setPlainText("Something else altogether")
    menu.actions()[0].trigger()
    menu.close()
    assert editor.toPlainText() == "Something else altogether"


def test_elsewhere_the_menu_is_the_editors_own(window: Window, desk: Scripted) -> None:
    menu = menu_at(write(window, desk, "We recieve it"), 1)
    assert menu is not None
    assert "Add to dictionary" not in labels(menu, 99)
    menu.close()


def test_the_right_mouse_button_on_a_word_shows_its_menu(window: Window, desk: Scripted) -> None:
    editor = write(window, desk, "We recieve it")
    cursor = editor.textCursor()
    cursor.setPosition(6)
    at = editor.cursorRect(cursor).center()
    editor.moveCursor(QTextCursor.MoveOperation.End)
    there = editor.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, there.mapToGlobal(at))
    QApplication.sendEvent(there, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert labels(menu, 2) == ["receive", "relieve"]
    menu.close()


def selected(field: QPlainTextEdit) -> tuple[int, str]:
    cursor = field.textCursor()
    return cursor.selectionStart(), cursor.selectedText()


def test_the_key_goes_round_the_misspelt_words_and_says_each(window: Window, desk: Scripted) -> None:
    editor = write(window, desk, "wrod one\ntwo lammp recieve\nthree")
    editor.moveCursor(QTextCursor.MoveOperation.End)
    window.main.work.inbox.rows.setFocus()
    went: list[str] = []
    for _press in range(4):
        QTest.keyClick(window, Qt.Key.Key_F7)
        went.append(selected(editor)[1])
        assert desk.acts[-1] == ("spelling.found", {"word": went[-1], "draft": w.KEY})
    assert went == ["wrod", "lammp", "recieve", "wrod"]
    assert editor.hasFocus()
    assert waves(editor) == ["wrod", "lammp", "recieve"]


def test_the_key_says_when_there_is_nothing(window: Window, desk: Scripted) -> None:
    editor = write(window, desk, "all is well")
    QTest.keyClick(window, Qt.Key.Key_F7)
    assert desk.acts[-1] == ("spelling.found", {"draft": w.KEY, "foreign": ""})
    assert not editor.textCursor().hasSelection()


def test_the_key_waits_for_the_dictionary_unless_one_types_on(window: Window, desk: Scripted) -> None:
    desk.dictionary_there = False
    editor = write(window, desk, "fine lammp")
    desk.wrong = {}
    QTest.keyClick(window, Qt.Key.Key_F7)
    assert selected(editor)[1] == ""
    desk.change(parts=frozenset({"spelling"}), wrong=dict(WRONG), dictionary_there=True)
    assert selected(editor)[1] == "lammp"
    desk.change(parts=frozenset({"spelling"}), wrong={}, dictionary_there=False)
    editor.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClick(window, Qt.Key.Key_F7)
    QTest.keyClicks(editor, "!")
    desk.change(parts=frozenset({"spelling"}), wrong=dict(WRONG), dictionary_there=True)
    assert selected(editor)[1] == ""
    assert editor.toPlainText() == "fine lammp!"


def test_the_key_goes_through_a_long_text_in_steps(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    editor = write(window, desk, "\n".join(["well well"] * 300 + ["a lammp"]))
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    QTest.keyClick(window, Qt.Key.Key_F7)
    qtbot.waitUntil(lambda: selected(editor)[1] == "lammp")


def test_the_note_of_the_wrap_up_is_looked_at_too(window: Window, desk: Scripted) -> None:
    desk.wrong = dict(WRONG)
    desk.change(side_view=side("wrapup"))
    page = window.main.work.side.wrapup
    page.note.setPlainText("the lammp is here")
    page.note.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F7)
    assert selected(page.note)[1] == "lammp"
    assert waves(page.note) == ["lammp"]
    assert desk.acts[-1] == ("spelling.found", {"word": "lammp", "draft": f"{page.interaction}/wrapup/0"})


def test_a_field_that_cannot_be_written_in_has_no_marks(window: Window, desk: Scripted) -> None:
    editor = write(window, desk, "a lammp", reason="This is not yours.")
    assert waves(editor) == []


def test_what_was_looked_at_is_not_remembered_without_end(look: QApplication, qtbot: QtBot) -> None:
    class Nobody:
        def act(self, _action: str, **_arguments: str) -> str:
            return ""

        def misspelt(self, _where: str, _paragraph: str) -> Paragraph:
            return Paragraph((Misspelt(0, "xx"),))

        def spelling_of(self, where: str, word: str) -> object:
            raise AssertionError(where, word)

    field = QPlainTextEdit()
    qtbot.addWidget(field)
    made = Marks(field, Nobody(), lambda: "v1/reply/0")  # type: ignore[arg-type]  # it is never asked
    for number in range(MOST_SEEN * 2):
        made._paragraph(f"xx {number}")
    assert len(made._seen) <= MOST_SEEN + 1


def test_real_dictionaries_mark_the_text_of_the_window(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    """The window over real Hunspell in its process: English and German, and nothing else is marked."""
    came: queue.SimpleQueue[object] = queue.SimpleQueue()
    spelling = Spelling(lambda: Worker(came.put, lambda: survey(None)), languages="en_US, de_DE")

    def misspelt(_where: str, paragraph: str) -> Paragraph:
        looked = spelling.look(paragraph, spelling.choose())
        return Paragraph(tuple(Misspelt(x.start, x.text) for x in looked.misspelt), looked.complete)

    desk.misspelt = misspelt  # type: ignore[method-assign]  # the real thing in its place
    text = "Dear customer, you will recieve {order.value} 48213.\nIhre Rechnugnsnummer: siehe https://x.example/teh"
    editor = write(window, desk, text)
    marks(window).look_again()
    deadline = time.monotonic() + 60
    try:
        while waves(editor) != ["recieve", "Rechnugnsnummer"] and time.monotonic() < deadline:
            spelling.take(came.get(timeout=30))
            desk.change(parts=frozenset({"spelling"}), announcements=(Announcement("", assertive=False),))
        assert waves(editor) == ["recieve", "Rechnugnsnummer"]
    finally:
        spelling.close()
    assert editor.toPlainText() == text
