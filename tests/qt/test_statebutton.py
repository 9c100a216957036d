"""My state on every view: what I do, the state under it, what comes next, the clocks of wrap-ups."""

from __future__ import annotations

import scripted_agent
import scripted_why
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu
from scripted import Scripted

from agent_desktop.qt.statebutton import StateButton
from agent_desktop.qt.text import TIP
from agent_desktop.qt.window import Window


def test_an_idle_agent_has_one_large_line(window: Window) -> None:
    lines = window.main.topbar.state.lines()
    assert [[part[0] for part in line] for line in lines] == [["Ready", "02:13"]]


def test_at_work_the_state_stands_under_the_work_and_what_comes_next_beside_it(
    window: Window, desk: Scripted
) -> None:
    narrow = window.main.topbar.state.sizeHint().width()
    desk.change(topbar_view=scripted_agent.two_calls())
    button = window.main.topbar.state
    assert [[part[0] for part in line] for line in button.lines()] == [
        ["On a call", "03:12"], ["Ready 41:07", "Lunch next"],
    ]  # fmt: skip
    assert button.sizeHint().width() > narrow
    assert button.accessibleName() == "My state: On a call"


def test_the_menu_begins_with_the_way_back(window: Window, desk: Scripted) -> None:
    desk.change(topbar_view=scripted_agent.two_calls())
    button = window.main.topbar.state
    button.click()
    menu = button.findChild(QMenu)
    assert menu is not None
    menu.actions()[0].trigger()
    assert desk.acts[-1] == ("agent.stay", {})
    menu.close()


def test_the_clock_of_a_wrap_up_comes_and_goes_with_it(window: Window, desk: Scripted) -> None:
    bar = window.main.topbar
    desk.change(topbar_view=scripted_why.WRAPPING)
    QApplication.processEvents()
    assert [tag.accessibleName() for tag in bar._timers] == ["wrap-up of Amina Yusuf, 48 seconds left"]
    assert bar._timers[0].isVisible()
    desk.change(topbar_view=scripted_agent.TOPBAR)
    assert bar._timers == []


def test_advice_is_the_tip_and_is_said(window: Window, desk: Scripted) -> None:
    desk.change(topbar_view=scripted_why.MISSED)
    assert "You missed an offer." in window.main.topbar.state.property(TIP)


def test_it_is_there_on_every_place_and_every_width(window: Window, desk: Scripted) -> None:
    desk.change(topbar_view=scripted_agent.two_calls())
    for width in (1440, 1000, 700, 420):
        window.resize(width, 700)
        QApplication.processEvents()
        button = window.main.topbar.state
        assert button.isVisible()
        assert button.width() >= button.sizeHint().width() or width < 500  # there it is cut with an ellipsis
        assert window.rect().contains(button.mapTo(window, button.rect().bottomRight()))


def test_a_button_without_a_state_yet_is_empty_and_paints(look: QApplication) -> None:
    button = StateButton(lambda *_words, **_arguments: "")
    button.open_states()
    assert button.lines() == ()
    button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert not button.grab().isNull()
    button.show_state(scripted_agent.two_calls().state)
    assert not button.grab().isNull()
