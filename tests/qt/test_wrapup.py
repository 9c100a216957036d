"""The wrap-up form at the keyboard: search, arrows, Enter, digits; what it says about time and codes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import scripted_side
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.window import Window
from agent_desktop.qt.wrapup import WrapUpPage
from agent_desktop.viewmodels.side import WrapUpView


def shown(window: Window, desk: Scripted, view: WrapUpView = scripted_side.ENDING) -> WrapUpPage:
    desk.change(side_view=replace(scripted_side.side("wrapup"), wrapup=view))
    window.activateWindow()
    desk.acts.clear()
    return window.main.work.side.wrapup


def codes(desk: Scripted) -> list[dict[str, str]]:
    return [arguments for action, arguments in desk.acts if action == "wrapup.code"]


def test_the_arrows_go_through_the_codes_past_branches_and_enter_chooses(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    form = shown(window, desk)
    form.finder.setFocus()
    qtbot.keyClick(form.finder, Qt.Key.Key_Down)
    assert form.codes["sent"].hasFocus()
    qtbot.keyClick(form.codes["sent"], Qt.Key.Key_Down)
    assert form.codes["hour"].hasFocus(), "a branch cannot be chosen"
    qtbot.keyClick(form.codes["hour"], Qt.Key.Key_Return)
    assert codes(desk) == [{"code": "hour"}]
    qtbot.keyClick(form.codes["hour"], Qt.Key.Key_Up)
    qtbot.keyClick(form.codes["sent"], Qt.Key.Key_Up)
    assert form.finder.hasFocus()
    qtbot.keyClick(form.codes["unwanted"], Qt.Key.Key_Down)
    assert not codes(desk)[1:]


def test_enter_in_the_search_chooses_the_first_that_is_found(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    form = shown(window, desk)
    form.finder.setFocus()
    qtbot.keyClick(form.finder, Qt.Key.Key_Return)
    assert codes(desk) == [], "nothing was searched for"
    found = tuple(code for code in scripted_side.TREE if code.code in {"again", "tomorrow"})
    qtbot.keyClicks(form.finder, "tom")
    assert desk.acts[-1] == ("wrapup.find", {"text": "tom"})
    desk.change(
        side_view=replace(
            scripted_side.side("wrapup"), wrapup=replace(scripted_side.ENDING, query="tom", codes=found)
        )
    )
    qtbot.keyClick(form.finder, Qt.Key.Key_Return)
    assert codes(desk) == [{"code": "tomorrow"}]


def test_a_letter_in_the_list_goes_on_searching(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    form = shown(window, desk)
    form.codes["sent"].setFocus()
    qtbot.keyClicks(form.codes["sent"], "q")
    assert (form.finder.hasFocus(), form.finder.text()) == (True, "q")
    assert desk.acts[-1] == ("wrapup.find", {"text": "q"})


@pytest.mark.parametrize("live", [True, False])
def test_a_digit_chooses_its_code_when_the_work_has_ended(
    window: Window, desk: Scripted, qtbot: QtBot, live: bool
) -> None:
    form = shown(window, desk, replace(scripted_side.ENDING, digits=live))
    form.codes["sent"].setFocus()
    qtbot.keyClick(form.codes["sent"], Qt.Key.Key_3)
    assert codes(desk) == ([{"key": "3"}] if live else [])


def test_a_digit_is_a_digit_while_the_cursor_is_in_a_text_field(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    fields = scripted_side.WRAPUP.fields
    form = shown(window, desk, replace(scripted_side.ENDING, fields=fields, note=""))
    composer = window.main.work.conversation.composer.editor
    editors = (form.finder, form.note, form.form.rows["order"].editor, composer)
    for editor in editors:
        editor.setFocus()
        QApplication.processEvents()
        qtbot.keyClick(editor, Qt.Key.Key_3)
    assert codes(desk) == []
    assert form.finder.text().endswith("3")
    assert form.note.toPlainText() == "3"


def test_no_digit_counts_while_another_tab_is_shown(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    form = shown(window, desk)
    desk.change(side_view=scripted_side.side("customer"))
    assert not form.isVisible()
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_3)
    assert codes(desk) == []


def test_the_form_says_what_the_mode_asks_what_a_code_does_and_that_it_asks_once_more(
    window: Window, desk: Scripted
) -> None:
    form = shown(window, desk)
    assert form.timer.accessibleName() == "9 seconds of wrap-up left"
    assert form.says.text() == "It ends with a code, or without one when the time is over."
    assert form.effects.text() == "Nobody calls this customer again"
    assert (form.confirm.isVisible(), form.chosen.isVisible()) == (True, False)
    assert form.finish.text() == "Yes, finish"
    assert form.extend.text() == "More time (2 left)"


def test_a_code_that_is_kept_and_more_time_that_is_used_up_are_shown_with_their_words(
    window: Window, desk: Scripted
) -> None:
    form = shown(window, desk, scripted_side.KEPT)
    assert form.chosen.text() == "Chosen: Question answered. It is written in 0:09."
    assert (form.extend.isVisible(), form.extend.isEnabled()) == (True, False)
    assert form.extend.accessibleDescription() == "It was lengthened 3 times already."
    assert (form.confirm.isVisible(), form.effects.isVisible()) == (False, False)


def test_its_key_brings_the_keyboard_to_the_code_that_is_chosen(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    form = shown(window, desk)
    editor = window.main.work.conversation.composer.editor
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert form.codes["unwanted"].hasFocus()
    assert desk.acts[-1][0] == "go.wrapup"


def test_its_key_waits_for_the_tab_to_be_shown_and_opens_the_drawer(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    form = shown(window, desk, scripted_side.WRAPUP)
    desk.change(side_view=scripted_side.side("customer"))
    window.resize(1000, 700)
    qtbot.keyClick(window, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert window.main.work.drawer_open
    assert not form.codes["sent"].hasFocus()
    desk.change(side_view=scripted_side.side("wrapup"))
    assert form.codes["sent"].hasFocus()


def test_a_long_title_beside_the_clock_is_read_to_its_end(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    long = replace(
        scripted_side.ENDING,
        title="Wrap-up: Maximiliane Auguste von Hohenzollern-Sigmaringen",
        timer="0:48 left",
    )
    form = shown(window, desk, long)
    qtbot.waitUntil(lambda: form.title.height() >= form.title.heightForWidth(form.title.width()))
    assert form.title.text() == long.title
    assert form.title.heightForWidth(form.title.width()) > form.title.fontMetrics().height(), (
        "it has two lines"
    )
