"""The keys of the table work wherever the cursor is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import scripted
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
FIELDS: dict[str, Callable[[Window], QWidget]] = {
    "composer": lambda window: window.main.work.conversation.composer.editor,
    "code finder": lambda window: window.main.work.side.wrapup.finder,
    "wrap-up note": lambda window: window.main.work.side.wrapup.note,
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_call_can_be_hung_up_from_every_field(
    window: Window, desk: Scripted, qtbot: QtBot, field: str
) -> None:
    desk.change(side_view=scripted.side("wrapup"))
    window.activateWindow()
    target = FIELDS[field](window)
    target.setFocus()
    qtbot.waitUntil(target.hasFocus)
    qtbot.keyClick(target, Qt.Key.Key_End, CTRL | SHIFT)
    assert desk.acts[-1:] == [("call.end", {})]


def test_editing_keys_of_no_action_stay_with_the_field(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    editor = window.main.work.conversation.composer.editor
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_A, CTRL)
    assert editor.textCursor().hasSelection()
    qtbot.keyClick(editor, Qt.Key.Key_Home, CTRL)
    assert editor.textCursor().position() == 0
    assert desk.acts == []
