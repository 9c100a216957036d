from __future__ import annotations

from dataclasses import replace

import scripted_agent
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.palette import PaletteItem, PaletteView
from agent_desktop.viewmodels.parts import Button


def _found(*keys: str) -> tuple[PaletteItem, ...]:
    return tuple(
        PaletteItem("Messages", key, "", Button("inbox.open", key, args=(("conversation", key),)), key)
        for key in keys
    )


def _show(desk: Scripted, *keys: str, more: bool = False) -> None:
    desk.change(palette_view=PaletteView("lamp", _found(*keys), more=more))


def test_the_line_that_was_chosen_stays_chosen_when_more_is_found(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    panel = window.palette_panel
    _show(desk, "m1", "m2", "m3")
    assert panel.list.currentIndex().row() == 0
    qtbot.keyClick(panel.query, Qt.Key.Key_Down)
    assert panel.model.rows[panel.list.currentIndex().row()].title == "m2"
    _show(desk, "new", "m1", "m2", "m3")
    assert panel.model.rows[panel.list.currentIndex().row()].title == "m2"
    _show(desk, "new", "m1")
    assert panel.list.currentIndex().row() == 0


def test_the_first_line_is_chosen_until_somebody_chooses(window: Window, desk: Scripted) -> None:
    panel = window.palette_panel
    _show(desk, "m1", "m2")
    _show(desk, "new", "m1", "m2")
    assert panel.list.currentIndex().row() == 0


def test_near_the_end_the_next_page_is_asked_for(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    panel = window.palette_panel
    keys = [f"m{n}" for n in range(40)]
    _show(desk, *keys, more=True)
    assert ("palette.more", {}) not in desk.acts
    panel.list.verticalScrollBar().setValue(panel.list.verticalScrollBar().maximum())
    assert ("palette.more", {}) in desk.acts
    desk.acts.clear()
    panel.list.setCurrentIndex(panel.model.index(0, 0))
    qtbot.keyClick(panel.query, Qt.Key.Key_Up)  # round to the last one
    assert ("palette.more", {}) in desk.acts
    desk.acts.clear()
    _show(desk, *keys)
    qtbot.keyClick(panel.query, Qt.Key.Key_Up)
    assert ("palette.more", {}) not in desk.acts


def test_the_scripted_palette_has_no_next_page(window: Window, desk: Scripted) -> None:
    desk.change(palette_view=replace(scripted_agent.PALETTE, query="ho"))
    assert not window.palette_panel._more
