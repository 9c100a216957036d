"""The keys of the program reach it from inside every field."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from agent_desktop.qt import passing
from agent_desktop.qt.forms import LineEdit
from agent_desktop.qt.window import Window

HANG_UP = (Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
SELECT = (Qt.Key.Key_Home, Qt.KeyboardModifier.ShiftModifier)


def _claims(field: LineEdit, key: tuple[Qt.Key, Qt.KeyboardModifier]) -> bool:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, *key)
    event.ignore()
    QApplication.sendEvent(field, event)
    return event.isAccepted()


@pytest.fixture
def field(look: QApplication, qtbot: object) -> LineEdit:
    made = LineEdit("Name")
    qtbot.addWidget(made)  # type: ignore[attr-defined]  # pytest-qt's fixture has no type here
    return made


def test_a_field_claims_its_editing_keys_while_the_window_takes_none(field: LineEdit) -> None:
    passing.take(())
    assert _claims(field, HANG_UP)


def test_the_keys_of_the_actions_pass_a_field_and_the_others_edit(field: LineEdit, window: Window) -> None:
    assert window.main.isVisible()
    assert not _claims(field, HANG_UP)
    assert _claims(field, SELECT)
