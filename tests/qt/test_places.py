"""The supervisor's place, the call that is listened to, and the settings."""

from __future__ import annotations

from dataclasses import replace

import pytest
import scripted_agent
import scripted_lead
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.boardline import MORE, places
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.parts import Badge, Tone


def go(desk: Scripted, place: str, **views: object) -> None:
    rail = tuple(replace(item, selected=item.id == place, reason="") for item in scripted_agent.RAIL)
    desk.change(rail=rail, **views)


def test_a_place_is_shown_when_the_rail_says_so_and_the_inbox_comes_back(
    window: Window, desk: Scripted
) -> None:
    go(desk, "supervisor")
    assert window.main.supervisor.isVisible()
    assert not window.main.work.isVisible()
    go(desk, "settings")
    assert window.main.settings.isVisible()
    go(desk, "inbox")
    assert window.main.work.isVisible()


def test_the_board_says_every_line_as_a_sentence(window: Window, desk: Scripted) -> None:
    go(desk, "supervisor")
    board = window.main.supervisor
    model = board.agents.table.board
    said = model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Sara Lindqvist, Talking, 07:41"
    buttons = model.data(model.index(2, len(model.columns)), Qt.ItemDataRole.AccessibleTextRole)
    assert "Listen: Chen Wei has no call now." in str(buttons)
    assert board.figures.cards[1].accessibleName() == "Service level 80/20: 86 %. today"
    assert [line.id for line in board.waiting.table.board.lines] == ["i5", "i6", "i7"]
    assert board.queues.table.board.lines[1].cells[5].colour == "danger"
    header = model.headerData(0, Qt.Orientation.Horizontal)
    assert header == "Agent"


def test_enter_opens_what_can_be_done_with_an_agent(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    go(desk, "supervisor")
    table = window.main.supervisor.agents.table
    table.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    menu = table.findChild(QMenu)
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["Listen", "Whisper", "Barge in", "State…"]
    menu.actions()[1].trigger()
    assert desk.acts[-1] == ("lead.whisper", {"agent": "mateo"})
    menu.close()


def test_a_button_of_a_line_is_pressed_by_the_mouse(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    go(desk, "supervisor")
    table = window.main.supervisor.agents.table
    model = table.board
    state = ("lead.open", {"kind": "state", "agent": "chen"})
    for row, wanted in ((0, [("lead.listen", {"agent": "sara"})]), (2, [state])):
        desk.acts.clear()
        area = table.visualRect(model.index(row, len(model.columns)))
        _button, box = places(model.lines[row], table.button_room(area), all_of_them=True)[0]
        spot = QPoint(round(box.center().x()), round(box.center().y()))
        qtbot.mouseMove(table.viewport(), spot)
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        assert desk.acts == wanted


def test_the_button_under_the_pointer_stays_where_it_was(window: Window, desk: Scripted) -> None:
    go(desk, "supervisor")
    table = window.main.supervisor.agents.table
    room = table.button_room(table.visualRect(table.board.index(2, len(table.board.columns))))
    for line in table.board.lines:
        before = places(line, room, all_of_them=False)[0]
        assert places(line, room, all_of_them=True)[0] == before


def test_what_has_no_room_is_behind_the_last_button(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    window.resize(1000, 800)
    go(desk, "supervisor")
    QApplication.processEvents()
    table = window.main.supervisor.agents.table
    model = table.board
    area = table.visualRect(model.index(0, len(model.columns)))
    room = table.button_room(area)
    room.setWidth(room.width() - 60)
    assert [b.label for b, _box in places(model.lines[0], room, all_of_them=True)][-1] == MORE.label
    table.setColumnWidth(len(model.columns), area.width() - 60)
    area = table.visualRect(model.index(0, len(model.columns)))
    _more, box = places(model.lines[0], table.button_room(area), all_of_them=True)[-1]
    spot = QPoint(round(box.center().x()), round(box.center().y()))
    qtbot.mouseMove(table.viewport(), spot)
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    menu = table.findChild(QMenu)
    assert menu is not None
    assert len(menu.actions()) == 4
    assert desk.acts == []
    menu.close()


def test_the_chosen_agent_stays_chosen_when_the_lines_change(window: Window, desk: Scripted) -> None:
    go(desk, "supervisor")
    table = window.main.supervisor.agents.table
    table.setCurrentIndex(table.board.index(1, 0))
    board = desk.supervisor_view
    desk.change(supervisor_view=replace(board, agents=board.agents[1:]))
    assert table.board.lines[table.currentIndex().row()].id == "mateo"
    older = tuple(replace(agent, timer="99:59") for agent in board.agents[1:])
    desk.change(supervisor_view=replace(board, agents=older))
    assert table.board.data(table.board.index(0, 2)) == "99:59"


def test_nobody_at_work_is_said_and_nothing_is_blank(window: Window, desk: Scripted) -> None:
    go(desk, "supervisor", supervisor_view=scripted_lead.QUIET)
    board = window.main.supervisor
    assert board.says.text().startswith("Nobody works now.")
    for card in (board.agents, board.calls, board.queues, board.waiting):
        assert card.nothing.isVisible()
        assert not card.table.isVisible()


@pytest.mark.parametrize(("width", "lines"), [(1440, 1), (700, 2), (420, 3)])
def test_the_figures_stand_in_as_many_columns_as_fit(
    window: Window, desk: Scripted, width: int, lines: int, qtbot: QtBot
) -> None:
    go(desk, "supervisor")
    window.resize(width, 800)
    cards = window.main.supervisor.figures.cards
    qtbot.waitUntil(lambda: len({card.y() for card in cards}) == lines)
    assert all(card.geometry().right() <= window.main.supervisor.figures.width() for card in cards)


def test_one_control_changes_how_one_listens_in_every_place(window: Window, desk: Scripted) -> None:
    desk.change(supervisor_view=scripted_lead.BOARD)
    bar = window.main.listening
    assert bar.isVisible()  # in the inbox too
    assert bar.accessibleName() == "Listening to Sara Lindqvist with D. Okafor"
    assert [b.isChecked() for b in bar.modes.buttons] == [True, False, False]
    bar.modes.buttons[1].click()
    assert [b.isChecked() for b in bar.modes.buttons] == [True, False, False]  # until it is confirmed
    bar.hears.buttons[0].click()
    bar.take_over.click()
    bar.leave.click()
    assert desk.acts == [
        ("lead.whisper", {"id": "i1"}),
        ("lead.hears", {"hears": "agent"}),
        ("lead.take_over", {}),
        ("lead.leave", {}),
    ]
    card = replace(scripted_lead.LISTENING, hears=(), hold_rule="", modes=scripted_lead.LISTENING.modes[:1])
    desk.change(supervisor_view=replace(scripted_lead.BOARD, listening=card))
    assert not bar.rule.isVisible()
    assert not bar.modes.buttons[1].isVisible()
    desk.change(supervisor_view=replace(scripted_lead.BOARD, listening=None))
    assert not bar.isVisible()


def test_f6_goes_round_the_board(window: Window, desk: Scripted) -> None:
    window.activateWindow()
    go(desk, "supervisor", supervisor_view=scripted_lead.BOARD)
    names = {panel.accessibleName() for panel in window.main.panels()}
    assert {"Agents", "Live calls", "Queues", "Waiting"} <= names
    window.main.topbar.state.setFocus()
    reached = set()
    for _step in window.main.panels():
        window.cycle(1)
        here = QApplication.focusWidget()
        panels = [p for p in window.main.panels() if here is not None and (p is here or p.isAncestorOf(here))]
        reached |= {p.accessibleName() for p in panels}
    assert reached == names


def test_the_settings_turn_their_pages(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    go(desk, "settings")
    place = window.main.settings
    assert place.tabs.currentIndex() == 0
    place.tabs.setCurrentIndex(5)
    assert desk.acts[-1] == ("settings.page", {"page": "selftest"})
    desk.change(settings_view=scripted_lead.settings("selftest"))
    assert place.self_test.isVisible()
    assert not place.devices.isVisible()
    desk.change(settings_view=scripted_lead.settings("phone"))
    assert place.phone.registration.accessibleName() == "registered"


def test_devices_move_by_keyboard_and_the_keyboard_goes_along(window: Window, desk: Scripted) -> None:
    window.activateWindow()
    go(desk, "settings")
    card = window.main.settings.devices.lists["microphone"]
    assert [line.name.text() for line in card.lines][:2] == ["Jabra Evolve2 65", "Built-in microphone"]
    assert not card.lines[0].up.isEnabled()
    assert "first already" in card.lines[0].up.accessibleDescription()
    up = card.lines[1].up
    up.setFocus()
    up.click()
    assert desk.acts[-1] == ("device.move", {"name": "Built-in microphone", "by": "up"})
    before = scripted_lead.DEVICES.lists[0]
    first, second = before.rows[0], before.rows[1]
    swapped = (
        replace(first, name=second.name, state=second.state),
        replace(second, name=first.name, state=first.state),
    )
    moved = replace(before, rows=swapped)
    view = replace(scripted_lead.DEVICES, lists=(moved, *scripted_lead.DEVICES.lists[1:]))
    desk.change(settings_view=replace(desk.settings_view, devices=view))
    assert len(card.lines) == 2
    assert QApplication.focusWidget() is card.lines[0].down  # it is the first now: down is what is left


def test_a_list_without_a_device_says_so(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    go(desk, "settings")
    card = window.main.settings.devices.lists["ring"]
    assert not card.nothing.isVisible()
    none = replace(scripted_lead.DEVICES.lists[2], rows=())
    view = replace(scripted_lead.DEVICES, lists=(*scripted_lead.DEVICES.lists[:2], none))
    desk.change(settings_view=replace(desk.settings_view, devices=view))
    qtbot.waitUntil(card.nothing.isVisible)
    assert not card.lines


def test_a_switch_waits_for_its_confirmation(window: Window, desk: Scripted) -> None:
    go(desk, "settings")
    switch = window.main.settings.devices.switches["Take the echo away"]
    switch.click()
    assert switch.isChecked()
    assert desk.acts[-1] == ("sound.set", {"name": "echo"})


def test_a_loudness_is_told_when_the_slider_rests(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    go(desk, "settings")
    line = window.main.settings.devices.levels["sound.ring"]
    assert line.slider.value() == -12
    for _press in range(3):
        qtbot.keyClick(line.slider, Qt.Key.Key_Left)
    assert line.value.text() == "-15 dB"
    qtbot.waitUntil(lambda: bool(desk.acts))
    assert desk.acts == [("sound.ring", {"value": "-15"})]
    qtbot.mouseClick(line.slider, Qt.MouseButton.LeftButton, pos=QPoint(line.slider.width() - 1, 10))
    assert line.slider.value() == 0
    assert line.slider.accessibleDescription() == "0 dB"


def test_the_self_test_shows_the_level_of_the_check_that_runs(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    go(desk, "settings", settings_view=scripted_lead.settings("selftest"))
    test = window.main.settings.self_test
    running = test.lines["call"]
    qtbot.waitUntil(running.level.isVisible)
    assert running.level.accessibleName() == "Test call: 8 of 12"
    assert not test.lines["echo"].level.isVisible()
    assert test.lines["echo"].accessibleName().endswith("Use a headset.")
    assert not test.run.isVisible()
    test.cancel.click()
    assert desk.acts[-1] == ("selftest.cancel", {})
    over = replace(
        scripted_lead.SELF_TEST,
        rows=tuple(replace(c, running=False) for c in scripted_lead.CHECKS[:2]),
        verdict="All is well.",
        badge=Badge("passed", Tone.OK),
    )
    desk.change(settings_view=replace(desk.settings_view, self_test=over))
    assert list(test.lines) == ["microphone", "speaker"]
    test.run.click()
    assert desk.acts[-1] == ("selftest.run", {})


def test_the_phone_says_what_it_cannot_do(window: Window, desk: Scripted) -> None:
    go(desk, "settings", settings_view=scripted_lead.settings("phone"))
    page = window.main.settings.phone
    assert page._cannot.count() == 1
    able = replace(scripted_lead.PHONE, cannot=())
    desk.change(settings_view=replace(desk.settings_view, phone=able))
    assert not page._cannot_heading.isVisible()
