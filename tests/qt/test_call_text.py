"""Writing in a call on the screen: the panel comes and goes, every change of the field goes to the phone."""

from __future__ import annotations

from dataclasses import replace

import scripted_text as t
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.call_text import CallTextPanel
from agent_desktop.qt.window import Window


def panel(window: Window) -> CallTextPanel:
    found = window.main.work.conversation.call_text
    assert found is not None
    return found


def typed(desk: Scripted) -> list[str]:
    return [given["text"] for action, given in desk.acts if action == "text.typed"]


def test_the_panel_stands_in_the_conversations_place_while_there_is_text(
    window: Window, desk: Scripted
) -> None:
    assert window.main.work.conversation.call_text is None
    desk.change(call_text_view=t.TTY)
    assert panel(window).isVisible()
    assert not window.main.work.conversation.composer.isVisible()
    desk.change(call_text_view=None)
    assert not panel(window).isVisible()
    assert window.main.work.conversation.composer.isVisible()


def test_a_line_is_a_row_that_reads_who_typed_what(window: Window, desk: Scripted) -> None:
    desk.change(call_text_view=t.TTY)
    model = panel(window).lines.items
    said = [
        model.data(model.index(row, 0), Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())
    ]
    assert said[:2] == [
        "Caller: HELLO THIS IS TOM GA",
        "You: HELLO TOM, MATEO AT NORDLIGHT. HOW CAN I HELP Q GA",
    ]


def test_every_letter_is_told_and_enter_sends(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(call_text_view=t.RTT)
    editor = panel(window).editor
    editor.setFocus()
    qtbot.keyClicks(editor, "Hi")
    assert typed(desk) == ["H", "Hi"]
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert desk.acts[-2:] == [
        ("text.typed", {"call": "phone-7", "text": "Hi"}),
        ("text.say", {"call": "phone-7"}),
    ]


def test_the_field_is_emptied_when_its_turn_has_gone_out_and_not_by_a_refresh(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    desk.change(call_text_view=t.TTY)
    editor = panel(window).editor
    qtbot.keyClicks(editor, "A NEW LAMP")
    desk.change(call_text_view=replace(t.TTY, waiting="3 characters waiting"))
    assert editor.toPlainText() == "A NEW LAMP"
    told = len(typed(desk))
    desk.change(call_text_view=replace(t.TTY, turn_number=1))
    assert not editor.toPlainText()
    assert len(typed(desk)) == told  # emptying is nobody's typing
    assert panel(window).isVisible()


def test_another_calls_field_is_empty(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(call_text_view=t.TTY)
    qtbot.keyClicks(panel(window).editor, "SECRET OF TOM")
    told = len(typed(desk))
    desk.change(call_text_view=replace(t.TTY, key="phone-8"))
    assert not panel(window).editor.toPlainText()
    desk.change(call_text_view=replace(t.TTY, text="SECRET OF TOM"))
    assert panel(window).editor.toPlainText() == "SECRET OF TOM"
    assert len(typed(desk)) == told  # loading is nobody's typing


def test_ctrl_return_gives_the_turn_and_the_buttons_say_what_they_do(window: Window, desk: Scripted) -> None:
    desk.change(call_text_view=t.TTY)
    here = panel(window)
    here.editor.setFocus()
    QTest.keyClick(here.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert desk.acts[-1] == ("text.ga", {"call": "phone-7"})
    here.macros["text.interrupt"].click()
    assert desk.acts[-1] == ("text.interrupt", {"call": "phone-7"})
    here.buttons["text.vco"].click()
    assert desk.acts[-1] == ("text.vco", {"call": "phone-7"})
    assert "The caller's turn" in here.editor.accessibleDescription()


def test_nothing_can_be_typed_where_there_is_a_reason(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(call_text_view=replace(t.TTY, reason="The call is not connected yet."))
    qtbot.keyClicks(panel(window).editor, "lost")
    assert not typed(desk)
    assert panel(window).says.text() == "The call is not connected yet."


def test_a_silent_call_can_be_greeted(window: Window, desk: Scripted) -> None:
    desk.change(call_text_view=t.SILENT)
    here = panel(window)
    assert here.empty.isVisible()
    assert not here.lines.isVisible()
    here.buttons["text.greet"].click()
    assert desk.acts[-1] == ("text.greet", {"call": "phone-7"})
