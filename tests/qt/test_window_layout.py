from __future__ import annotations

from collections import Counter

import pytest
import scripted_agent
import scripted_side
from fitting import clipped
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
from scripted import Scripted

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


def test_the_check_for_clipped_text_sees_a_clipped_button(window: Window) -> None:
    window.main.work.conversation.composer.send.setFixedWidth(30)
    QApplication.processEvents()
    assert [line for line in clipped(window) if line.startswith("button Send")]


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
