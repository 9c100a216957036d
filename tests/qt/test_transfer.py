"""The panels under the calls: whom to transfer to, the keypad."""

from __future__ import annotations

from dataclasses import replace

import scripted_call
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.window import Window


def test_the_window_hands_the_opening_of_panels_to_the_client(window: Window, desk: Scripted) -> None:
    card = window.main.topbar.cards["i1"]
    card.buttons["call.transfer"].click()
    card.buttons["call.dtmf"].click()
    assert desk.acts == [("call.transfer", {}), ("call.dtmf", {})]


def test_a_target_is_chosen_by_keys_alone(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    window.activateWindow()
    desk.change(transfer_view=scripted_call.TRANSFER)
    panel = window.inside.transfer
    assert panel.isVisible()
    assert QApplication.focusWidget() is panel.query
    assert not panel.isModal()
    qtbot.keyClicks(panel.query, "bi")
    assert desk.acts[-1] == ("transfer.find", {"text": "bi"})
    qtbot.keyClick(panel.query, Qt.Key.Key_Down)
    qtbot.keyClick(panel.query, Qt.Key.Key_Down)
    assert panel.query.accessibleDescription() == "Billing, 2 ready, about 1 minute"
    qtbot.keyClick(panel.query, Qt.Key.Key_Return)
    assert desk.acts[-1] == ("call.transfer", {"target": "queue:billing"})
    qtbot.keyClick(panel.query, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert desk.acts[-1] == ("call.consult", {"target": "queue:billing"})
    qtbot.keyClick(panel.query, Qt.Key.Key_Escape)
    assert desk.acts[-1] == ("transfer.close", {})
    desk.change(transfer_view=None)
    assert not panel.isVisible()


def test_a_consult_that_is_impossible_says_why_and_sends_nothing(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    desk.change(transfer_view=scripted_call.TRANSFER)
    panel = window.inside.transfer
    qtbot.keyClick(panel.query, Qt.Key.Key_Down)
    assert not panel.consult.isEnabled()
    assert "Sara is at lunch." in panel.consult.accessibleDescription()
    qtbot.keyClick(panel.query, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert panel.says.text() == "Sara is at lunch."
    assert not desk.acts


def test_a_click_chooses_a_line_and_moves_no_call(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(transfer_view=scripted_call.TRANSFER)
    panel = window.inside.transfer
    place = panel.list.visualRect(panel.model.index(2, 0)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel.list.currentIndex().row() == 2
    assert not desk.acts
    panel.blind.click()
    assert desk.acts == [("call.transfer", {"target": "queue:billing"})]


def test_the_chosen_line_stays_chosen_when_others_come(window: Window, desk: Scripted) -> None:
    view = scripted_call.TRANSFER
    desk.change(transfer_view=view)
    panel = window.inside.transfer
    panel.move_by(2)
    desk.change(transfer_view=replace(view, rows=view.rows[1:]))
    assert panel.blind.shown.args == (("target", "queue:billing"),)
    desk.change(transfer_view=replace(view, rows=(), empty="Nobody is called so."))
    assert panel.says.text() == "Nobody is called so."
    assert not panel.blind.isVisible()


def test_the_keyboard_goes_back_when_the_panel_closes(window: Window, desk: Scripted) -> None:
    window.activateWindow()
    editor = window.main.work.conversation.composer.editor
    editor.setFocus()
    desk.change(transfer_view=scripted_call.TRANSFER)
    desk.change(transfer_view=None)
    assert QApplication.focusWidget() is editor


def test_keys_in_a_call_go_out_at_once_by_mouse_and_keyboard(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    desk.change(keypad_view=scripted_call.KEYS_IN_CALL)
    pad = window.inside.keypad
    assert pad.number.text() == "48213#"
    qtbot.keyClicks(pad.number, "1#x")
    pad.keys["0"].click()
    sent = [("call.dtmf", {"digits": key}) for key in "1#0"]
    assert desk.acts == sent
    assert not pad.dial.isVisible()
    qtbot.keyClick(pad.number, Qt.Key.Key_Return)
    assert desk.acts == sent
    qtbot.keyClick(pad.number, Qt.Key.Key_Escape)
    assert desk.acts[-1] == ("keypad.close", {})


def test_without_a_call_the_keypad_dials(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(keypad_view=scripted_call.DIAL_PAD)
    pad = window.inside.keypad
    pad.keys["7"].click()
    assert desk.acts[-1] == ("keypad.type", {"text": "+49 30 90187"})
    qtbot.keyClicks(pad.number, "5")
    assert desk.acts[-1] == ("keypad.type", {"text": "+49 30 90185"})
    pad.back.click()
    assert desk.acts[-1] == ("keypad.type", {"text": "+49 30 9018"})
    qtbot.keyClick(pad.number, Qt.Key.Key_Return)
    assert desk.acts[-1] == ("call.dial", {"number": "+49309018"})
    chosen = next(b for b in pad.findChildren(type(pad.dial)) if b.text() == "Billing")
    chosen.click()
    assert desk.acts[-1] == ("keypad.queue", {"id": "billing"})
    closed = replace(scripted_call.DIAL_PAD.dial, reason="That is no number.")
    desk.change(keypad_view=replace(scripted_call.DIAL_PAD, dial=closed))
    assert pad.says.text() == "That is no number."


def test_the_keys_of_a_telephone_stand_the_same_in_every_language(
    window: Window, desk: Scripted, look: QApplication
) -> None:
    look.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    desk.change(keypad_view=scripted_call.DIAL_PAD)
    keys = window.inside.keypad.keys
    assert keys["1"].x() < keys["3"].x()
    assert window.inside.keypad.x() < window.width() // 2  # the panel itself is mirrored


def test_the_panel_stands_inside_the_window_whatever_its_size(window: Window, desk: Scripted) -> None:
    desk.change(transfer_view=scripted_call.TRANSFER)
    window.resize(420, 460)
    panel = window.inside.transfer
    assert window.rect().contains(panel.geometry())


def test_a_number_from_another_program_brings_the_window_forward(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    window.showMinimized()
    desk.change(keypad_view=scripted_call.DIAL_PAD)
    qtbot.waitUntil(lambda: not window.isMinimized())
    assert window.inside.keypad.isVisible()
