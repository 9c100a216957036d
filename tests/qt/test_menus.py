"""Menus of the moment: where they open, and what their entries say."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from agent_desktop.qt.buttons import menu_entry, open_menu, tell_keys
from agent_desktop.viewmodels.parts import Button

ENTRIES = (
    Button("file.save", "Save a\tb & c.txt", "email", "Ctrl+S", args=(("id", "f1"),)),
    Button("lead.listen", "Listen", reason="For supervisors only."),
)


@pytest.fixture
def under(look: QApplication, qtbot: QtBot) -> QPushButton:
    made = QPushButton("Acts")
    qtbot.addWidget(made)
    made.setGeometry(400, 100, 120, 30)
    made.show()
    return made


def test_an_entry_has_its_key_beside_its_name_and_says_why_it_cannot_be_chosen(under: QPushButton) -> None:
    menu = open_menu(under, ENTRIES, lambda *_action, **_given: "", "Acts")
    save, listen = menu.actions()
    assert save.text() == "Save a b && c.txt"  # no tab of a file's name makes a key
    assert save.shortcut().toString() == "Ctrl+S"
    assert listen.text() == "Listen: For supervisors only."
    assert not listen.isEnabled()
    menu.close()


@pytest.mark.parametrize("way", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_a_menu_begins_where_its_button_begins_in_reading_direction(
    look: QApplication, under: QPushButton, way: Qt.LayoutDirection
) -> None:
    look.setLayoutDirection(way)
    menu = open_menu(under, ENTRIES, lambda *_action, **_given: "", "Acts")
    if way is Qt.LayoutDirection.RightToLeft:
        assert abs(menu.geometry().right() - under.geometry().right()) <= 1
    else:
        assert menu.geometry().left() == under.geometry().left()
    menu.close()


def test_the_key_of_an_entry_does_nothing_by_itself(under: QPushButton) -> None:
    """It is shown and told; the window's own table of keys is the one that acts."""
    asked: list[str] = []

    def act(action: str, **_given: str) -> str:
        asked.append(action)
        return ""

    menu = open_menu(under, ENTRIES, act, "Acts")
    for widget in (menu, under):
        QTest.keyClick(widget, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert asked == []
    menu.close()


def test_keys_that_qt_wrote_behind_a_name_are_told_as_keys(look: QApplication, qtbot: QtBot) -> None:
    field = QPlainTextEdit("some words")
    qtbot.addWidget(field)
    menu = field.createStandardContextMenu()
    tell_keys(menu)
    assert not [action.text() for action in menu.actions() if "\t" in action.text()]
    copy = next(action for action in menu.actions() if action.text().replace("&", "") == "Copy")
    assert copy.shortcut().toString() == "Ctrl+C"
    menu.deleteLater()


def test_an_entry_shows_whether_it_is_on(look: QApplication, qtbot: QtBot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    assert menu_entry(menu, Button("x", "On", checked=True)).isChecked()
    assert not menu_entry(menu, Button("x", "Plain")).isCheckable()
