"""The sign-in: where the keyboard is while it is tried, and after it was refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import scripted_agent
from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtGui import QMoveEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.window import Window

REFUSED = "The user name or the password is wrong. Check both and try again."


def _at_the_door(qtbot: QtBot) -> Window:
    window = Window(Scripted(signed_in=False))
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.signin.password.hasFocus)
    return window


def test_a_refused_password_has_the_keyboard_again_to_be_typed_over(look: QApplication, qtbot: QtBot) -> None:
    form = _at_the_door(qtbot).signin
    qtbot.keyClicks(form.password, "wrong")
    form.show_view(replace(scripted_agent.SIGNIN, busy=True))
    assert form.hasFocus()
    form.show_view(replace(scripted_agent.SIGNIN, error=REFUSED))
    assert form.password.hasFocus()
    qtbot.keyClicks(form.password, "right")
    assert form.password.text() == "right"


def test_a_sign_in_that_is_tried_takes_the_keyboard_from_nothing_else(
    look: QApplication, qtbot: QtBot
) -> None:
    form = _at_the_door(qtbot).signin
    form.remember.setFocus()
    form.show_view(replace(scripted_agent.SIGNIN, busy=True))
    form.show_view(replace(scripted_agent.SIGNIN, error=REFUSED))
    assert form.remember.hasFocus()


def test_the_shadow_is_drawn_anew_where_the_card_has_grown(look: QApplication, qtbot: QtBot) -> None:
    form = _at_the_door(qtbot).signin
    painted: list[QRect] = []

    class Seen(type(form)):  # type: ignore[misc]  # the class of the form, with an ear
        def paintEvent(self, event: QEvent) -> None:
            painted.append(event.rect())  # type: ignore[attr-defined]  # a paint event has it
            super().paintEvent(event)

    form.__class__ = Seen
    QApplication.processEvents()
    painted.clear()
    form.show_view(replace(scripted_agent.SIGNIN, error=REFUSED))
    qtbot.waitUntil(lambda: form.rect() in painted)


def test_a_window_gives_room_to_a_frame_that_comes_late(
    look: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = _at_the_door(qtbot)
    room = window.screen().availableGeometry()
    window.resize(room.size())
    QApplication.processEvents()
    window._framed = False  # as before the desktop has drawn its frame
    framed = QRect(0, 0, window.width() + 2, window.height() + 21)
    monkeypatch.setattr(window, "frameGeometry", lambda: framed)
    QApplication.sendEvent(window, QMoveEvent(QPoint(1, 20), QPoint(0, 0)))
    assert (window.width(), window.height()) == (room.width() - 2, room.height() - 21)
