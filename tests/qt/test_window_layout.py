from __future__ import annotations

from collections import Counter

import pytest
import scripted_agent
import scripted_side
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt import theme
from agent_desktop.qt.buttons import Button, Kind
from agent_desktop.qt.controls import Tag
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.window import Window

INTERACTIVE = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox, QTabBar)


@pytest.mark.parametrize("width", [1440, 1000, 700])
def test_there_is_a_way_to_every_panel_at_every_width(window: Window, desk: Scripted, *, width: int) -> None:
    window.resize(width, 800)
    work = window.main.work
    work.inbox.rows.open(work.inbox.model.index(1, 0))
    assert work.conversation.isVisible()
    if width >= 1100:
        assert work.side.isVisible()
    else:
        work.conversation.header.details.click()
        assert work.side.isVisible()
        work.side.hide_drawer.click()
        assert not work.side.isVisible()
    if width < 800:
        assert not work.inbox.isVisible()
        work.conversation.header.back.click()
    assert work.inbox.isVisible()


def _interactive(panel: QWidget) -> list[QWidget]:
    found = [w for w in panel.findChildren(QWidget) if w.isVisible() and isinstance(w, INTERACTIVE)]
    lists = [w for w in panel.findChildren(QAbstractScrollArea) if w.isVisible()]
    return [w for w in {*found, *lists} if w.focusPolicy() is not Qt.FocusPolicy.NoFocus]


@pytest.mark.parametrize("tab", ["customer", "script", "knowledge", "wrapup"])
def test_every_interactive_widget_has_a_name_of_its_own_in_its_panel(
    window: Window, desk: Scripted, *, tab: str
) -> None:
    desk.change(
        side_view=scripted_side.side(tab),
        topbar_view=scripted_agent.two_calls(),
        offers_view=(scripted_agent.OFFER,),
    )
    main = window.main
    panels = (main.topbar, main.rail, main.work.inbox, main.work.conversation, main.work.side, window.ringing)
    for panel in panels:
        names = Counter(
            w.accessibleName() for w in _interactive(panel) if not isinstance(w.parent(), QComboBox)
        )
        assert "" not in names, panel.objectName()
        assert not [name for name, count in names.items() if count > 1], panel.objectName()


@pytest.mark.parametrize("tab", ["script", "wrapup"])
def test_every_combo_box_has_its_label(window: Window, desk: Scripted, *, tab: str) -> None:
    desk.change(side_view=scripted_side.side(tab))
    buddies = [label.buddy() for label in window.findChildren(QLabel)]
    for combo in window.findChildren(QComboBox):
        assert combo in buddies
        assert combo.view().accessibleName()


def _clipped(window: QWidget) -> list[str]:
    """What has less room than its text needs."""
    bad: list[str] = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or isinstance(widget, ElidedLabel):
            continue
        need = widget.sizeHint()
        if isinstance(widget, Label):
            room = widget.heightForWidth(widget.width()) if widget.wordWrap() else need.height()
            wide = widget.wordWrap() or widget.width() >= need.width() - 1
            if widget.height() < room - 1 or not wide:
                bad.append(f"label {widget.text()}")
        elif isinstance(widget, Button):
            wide = widget.kind in {Kind.HISTORY, Kind.ROW, Kind.CODE} or widget.width() >= need.width() - 1
            if type(widget) is Button and (not wide or widget.height() < need.height() - 1):
                bad.append(f"button {widget.text()} {widget.size()} {need}")
        elif isinstance(widget, Tag) and (widget.width() < need.width() or widget.height() < need.height()):
            bad.append(f"tag {widget.accessibleName()}")
    return bad


@pytest.mark.parametrize("tab", ["customer", "script", "knowledge", "wrapup"])
@pytest.mark.parametrize("size", [(1440, 900), (2880, 1800)])
def test_nothing_is_clipped_at_twice_the_size(
    look: QApplication, qtbot: QtBot, *, tab: str, size: tuple[int, int]
) -> None:
    theme.apply(look, "light", 2.0, reduced_motion=True)
    window = Window(Scripted(side_view=scripted_side.side(tab), offers_view=(scripted_agent.OFFER,)))
    qtbot.addWidget(window)
    window.resize(*size)
    window.main.work.reading = window.main.work.drawer_open = True
    window.show()
    QApplication.processEvents()
    window.main.work.arrange()
    QApplication.processEvents()
    assert not _clipped(window)
    assert not _clipped(window.ringing)


def test_the_check_for_clipped_text_sees_a_clipped_button(window: Window) -> None:
    window.main.work.conversation.composer.send.setFixedWidth(30)
    QApplication.processEvents()
    assert [line for line in _clipped(window) if line.startswith("button Send")]


def test_every_icon_that_the_window_names_exists() -> None:
    from agent_desktop import assets
    from agent_desktop.client import actions

    names = {action.icon for action in actions.ACTIONS if action.icon}
    names |= {
        "check",
        "chevron-down",
        "search",
        "attach",
        "back",
        "close",
        "customers",
        "inbox",
        "info",
        "warning",
    }
    assert not [
        name for name in sorted(names) if not (assets.folder("resources") / "icons" / f"{name}.svg").exists()
    ]
