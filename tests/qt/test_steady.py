"""A press in flight when a ring's band moved everything: it is not taken, and the next one is."""

from __future__ import annotations

from dataclasses import replace

import scripted_agent
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from scripted import Scripted

from agent_desktop.qt.window import Window

BAND = (replace(scripted_agent.OFFER, signs=("band",)),)
LEFT = Qt.MouseButton.LeftButton


def settle(window: Window) -> None:
    """Wait until nothing moves; from here on the moment lasts until it is let go."""
    QApplication.processEvents()
    window.main.steady.let_go()
    window.main.steady.moment.setInterval(600_000)


def press(window: Window, row: int = 1) -> None:
    rows = window.main.work.inbox.rows
    spot = rows.visualRect(rows.model().index(row, 0)).center() + QPoint(20, 0)
    QTest.mouseClick(rows.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, spot)


def opened(desk: Scripted) -> list[dict[str, str]]:
    return [arguments for action, arguments in desk.acts if action == "inbox.open"]


def test_a_press_that_was_on_its_way_when_the_band_came_opens_nothing(window: Window, desk: Scripted) -> None:
    settle(window)
    before = window.main.work.mapTo(window, QPoint(0, 0)).y()
    desk.change(offers_view=BAND)
    QApplication.processEvents()
    assert window.main.work.mapTo(window, QPoint(0, 0)).y() > before  # the rows are elsewhere now
    assert window.main.steady.holding
    press(window)
    assert opened(desk) == []
    window.main.steady.let_go()
    press(window)
    assert len(opened(desk)) == 1


def test_the_same_when_the_band_goes(window: Window, desk: Scripted) -> None:
    desk.change(offers_view=BAND)
    settle(window)
    desk.change(offers_view=())
    QApplication.processEvents()
    press(window)
    assert opened(desk) == []


def test_a_release_belongs_to_its_press_also_after_the_moment(window: Window, desk: Scripted) -> None:
    settle(window)
    button = window.main.topbar.palette_button
    desk.change(offers_view=BAND)
    QApplication.processEvents()
    QTest.mousePress(button, LEFT)
    window.main.steady.let_go()
    QTest.mouseRelease(button, LEFT)
    assert not desk.acts
    QTest.mouseClick(button, LEFT)
    assert [action for action, _arguments in desk.acts] == [button.shown.action]


def test_what_did_not_move_is_pressed_at_once(window: Window, desk: Scripted) -> None:
    settle(window)
    desk.change(offers_view=BAND)
    QApplication.processEvents()
    QTest.mouseClick(window.main.rail.buttons["settings"], LEFT)
    assert [action for action, _arguments in desk.acts] == ["go.place"]
    answer = next(iter(window.ringing.cards.values())).answer
    QTest.mouseClick(answer, LEFT)
    assert desk.acts[-1][0] == answer.shown.action


def test_keys_go_on(window: Window, desk: Scripted) -> None:
    settle(window)
    window.activateWindow()
    rows = window.main.work.inbox.rows
    rows.setFocus()
    rows.setCurrentIndex(rows.model().index(1, 0))
    desk.change(offers_view=BAND)
    QApplication.processEvents()
    QTest.keyClick(rows, Qt.Key.Key_Return)
    assert len(opened(desk)) == 1


def test_the_moment_is_as_long_as_it_takes_to_stop_a_hand(window: Window) -> None:
    assert 300 <= window.main.steady.moment.interval() <= 500


def test_a_window_that_is_sized_takes_every_press(window: Window, desk: Scripted) -> None:
    settle(window)
    window.resize(700, 600)
    QApplication.processEvents()
    assert not window.main.steady.holding
    press(window)
    assert len(opened(desk)) == 1
