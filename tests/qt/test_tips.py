"""Tips that can be pointed at, sent away and read for as long as one likes (WCAG 2.2, 1.4.13)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.qt import text
from agent_desktop.qt.tips import Tip, tips


@pytest.fixture
def room(look: QApplication, qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    yield made
    tips().hide()


@pytest.fixture
def button(room: QWidget) -> QPushButton:
    made = QPushButton("End", room)
    made.setGeometry(40, 40, 80, 30)
    made.show()
    text.tip(made, "Ends the call for both")
    return made


def point_at(widget: QWidget) -> Tip:
    """Let the pointer rest on it."""
    spot = widget.rect().center()
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, spot, widget.mapToGlobal(spot)))
    shown = tips().shown
    assert shown is not None
    return shown


def enter(widget: QWidget) -> None:
    nowhere = QPointF(1, 1)
    QApplication.sendEvent(widget, QEnterEvent(nowhere, nowhere, nowhere))


def leave(widget: QWidget) -> None:
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))


def test_a_tip_stands_under_its_control_and_nothing_takes_it_away_by_itself(button: QPushButton) -> None:
    shown = point_at(button)
    assert shown.isVisible()
    assert shown.words.text() == shown.accessibleName() == "Ends the call for both"
    assert shown.y() >= button.mapToGlobal(QPoint(0, button.height())).y()
    assert not tips()._going.isActive()
    assert not button.toolTip()


def test_the_pointer_may_go_onto_the_tip_and_away_from_both(button: QPushButton, qtbot: QtBot) -> None:
    shown = point_at(button)
    leave(button)
    assert tips()._going.isActive()
    enter(shown)
    assert not tips()._going.isActive()
    leave(shown)
    enter(button)
    assert not tips()._going.isActive()
    leave(button)
    qtbot.waitUntil(lambda: tips().shown is None, timeout=20_000)


def test_escape_takes_the_tip_away_and_does_nothing_else(button: QPushButton, room: QWidget) -> None:
    keys: list[int] = []
    room.keyPressEvent = lambda event: keys.append(event.key())  # type: ignore[method-assign]  # what comes through
    button.setFocus()
    point_at(button)
    QTest.keyClick(button, Qt.Key.Key_Escape)
    assert tips().shown is None
    assert keys == []
    QTest.keyClick(button, Qt.Key.Key_Escape)
    assert keys == [Qt.Key.Key_Escape]


def test_a_press_and_the_end_of_the_control_take_it_away(button: QPushButton) -> None:
    point_at(button)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert tips().shown is None
    point_at(button)
    button.hide()
    assert tips().shown is None


def test_a_tip_says_what_is_true_now(button: QPushButton) -> None:
    shown = point_at(button)
    text.tip(button, "Nobody is on the line.")
    assert shown.words.text() == "Nobody is on the line."
    assert button.accessibleDescription() == "Nobody is on the line."
    text.tip(button, "")
    assert tips().shown is None


def test_without_a_text_there_is_no_tip(button: QPushButton) -> None:
    text.tip(button, "")
    spot = QPoint(1, 1)
    QApplication.sendEvent(button, QHelpEvent(QEvent.Type.ToolTip, spot, button.mapToGlobal(spot)))
    assert tips().shown is None


def test_a_long_tip_wraps_and_stays_on_the_screen(button: QPushButton) -> None:
    text.tip(button, "The centre records every call, and keeps it on for whoever asks. " * 4)
    shown = point_at(button)
    screen = button.screen().availableGeometry()
    assert screen.contains(shown.geometry())
    assert shown.words.height() >= 3 * shown.words.fontMetrics().lineSpacing()
    assert shown.words.height() >= shown.words.heightForWidth(shown.words.width())


def test_what_is_said_at_the_pointer_goes_by_the_same_rules(room: QWidget) -> None:
    text.say_here(room, "Only a supervisor may.")
    shown = tips().shown
    assert shown is not None
    assert shown.words.text() == "Only a supervisor may."
    leave(room)
    assert tips()._going.isActive()
