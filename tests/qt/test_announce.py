from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.qt.announce import Announcer


def test_a_ring_is_said_at_once_and_a_flood_becomes_a_count(look: QApplication, qtbot: QtBot) -> None:
    said: list[tuple[str, bool]] = []
    widget = QWidget()
    qtbot.addWidget(widget)
    announcer = Announcer(widget, lambda text, assertive: said.append((text, assertive)))
    announcer.announce("First line")
    for number in range(3):
        announcer.announce(f"Line {number}")
    announcer.announce("Incoming call from Lena Brandt", assertive=True)
    assert said == [("First line", False), ("Incoming call from Lena Brandt", True)]
    announcer._next()
    assert said[-1] == ("3 new lines", False)
    announcer._next()
    assert len(said) == 3


def test_one_line_that_waited_is_read_as_it_is(look: QApplication, qtbot: QtBot) -> None:
    said: list[str] = []
    widget = QWidget()
    qtbot.addWidget(widget)
    announcer = Announcer(widget, lambda text, _assertive: said.append(text))
    announcer.announce("One")
    announcer.announce("Two")
    announcer._next()
    assert said == ["One", "Two"]
