from __future__ import annotations

import scripted_agent
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.text import ElidedLabel
from agent_desktop.qt.window import Window


def test_tab_leaves_the_editor(window: Window, qtbot: QtBot) -> None:
    editor = window.main.work.conversation.composer.editor
    assert editor.tabChangesFocus()
    assert window.main.work.side.wrapup.note.tabChangesFocus()


def test_the_palette_finds_and_runs_by_keys_alone(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(palette_view=scripted_agent.PALETTE)
    panel = window.palette_panel
    assert panel.isVisible()
    qtbot.keyClicks(panel.query, "ho")
    assert desk.acts[-1] == ("palette.find", {"text": "ho"})
    qtbot.keyClick(panel.query, Qt.Key.Key_Down)
    qtbot.keyClick(panel.query, Qt.Key.Key_Down)
    qtbot.keyClick(panel.query, Qt.Key.Key_Return)
    assert desk.acts[-2:] == [("palette.close", {}), ("call.hold", {})]
    desk.change(palette_view=None)
    assert not panel.isVisible()


def test_a_line_of_the_palette_that_cannot_be_run_says_why(window: Window, desk: Scripted) -> None:
    desk.change(palette_view=scripted_agent.PALETTE)
    window.palette_panel.run(5)
    assert window.palette_panel.says.text() == "This queue has no script."
    assert not desk.acts


def test_escape_never_hangs_up(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not desk.acts


def test_no_shortcut_of_the_window_is_a_single_letter(window: Window) -> None:
    from PySide6.QtGui import QShortcut

    keys = [shortcut.key().toString() for shortcut in window.findChildren(QShortcut)]
    assert "F2" in keys
    assert not [key for key in keys if len(key) == 1]


def test_the_key_sheet_names_every_shortcut_of_the_table(window: Window, qtbot: QtBot) -> None:
    from agent_desktop.client import actions
    from agent_desktop.qt.keysheet import KeySheet

    qtbot.keyClick(window, Qt.Key.Key_F1)
    sheet = next(w for w in window.findChildren(KeySheet) if w.isVisible())
    assert not sheet.isModal()  # a customer may be on the line
    said = " | ".join(label.accessibleName() for label in sheet.findChildren(ElidedLabel))
    for action in actions.ACTIONS:
        if action.shortcut:
            assert f"{action.title}: {action.shortcut}" in said
    assert "Next panel: F6" in said
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)


def test_no_two_actions_share_a_key_but_the_two_of_a_toggle() -> None:
    from agent_desktop.client import actions
    from agent_desktop.qt.pressed import IN_PANEL

    by_key: dict[str, list[str]] = {}
    for action in actions.ACTIONS:
        if action.shortcut and action.id not in IN_PANEL:
            by_key.setdefault(action.shortcut, []).append(action.id)
    shared = {tuple(ids) for ids in by_key.values() if len(ids) > 1}
    assert shared <= {("call.mute", "call.unmute"), ("call.hold", "call.resume")}
    assert not set(by_key) & {"F1", "F6", "Shift+F6"}


def test_f6_goes_round_the_panels(window: Window, qtbot: QtBot) -> None:
    window.activateWindow()
    seen = []
    for _step in range(len(window.main.panels())):
        window.cycle(1)
        here = QApplication.focusWidget()
        assert here is not None
        seen.append(next(p.objectName() for p in window.main.panels() if p is here or p.isAncestorOf(here)))
    assert sorted(seen) == sorted(p.objectName() for p in window.main.panels())
    assert len(set(seen)) == len(seen)


def test_the_focus_ring_stands_round_what_a_key_reached(window: Window, qtbot: QtBot) -> None:
    window.activateWindow()
    composer = window.main.work.conversation.composer
    composer.article.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not window.focus_ring.isVisible()  # a click needs none
    qtbot.keyClick(composer.article, Qt.Key.Key_Tab)
    reached = QApplication.focusWidget()
    assert reached is composer.send
    ring = window.focus_ring
    assert ring.isVisible()
    place = reached.rect().translated(reached.mapTo(window, reached.rect().topLeft()))
    assert ring.geometry().contains(place)
