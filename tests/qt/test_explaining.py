"""Why, on the screen: the panel, its keys, and the ways to it; and the supervisor's form beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import scripted_agent
import scripted_why
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.controls import Tag
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.parts import Button

WHY_KEYS = (Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)


def go(desk: Scripted, place: str) -> None:
    rail = tuple(replace(item, selected=item.id == place) for item in scripted_agent.RAIL)
    desk.change(rail=rail)


def test_the_panel_reads_as_sentence_steps_and_who_was_looked_at(window: Window, desk: Scripted) -> None:
    desk.change(explanation_view=scripted_why.GOT)
    panel = window.inside.explanation
    assert panel.isVisible()
    assert not panel.isModal()
    assert panel.title.text() == "Why did I get this?"
    assert panel.sentence.text() == "Longest idle of 3 free agents"
    words = [label.text() for label in panel.steps.findChildren(QLabel)]
    assert words[:4] == ["Waiting work", "7 waiting · Support", "Candidates", "3 free agents"]
    assert [tag.accessibleName() for tag in panel.considered.findChildren(Tag)] == ["Chosen"]
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in panel.findChildren(QLabel))


def test_the_reading_place_has_the_keyboard_and_says_all_of_it(window: Window, desk: Scripted) -> None:
    window.activateWindow()
    window.main.work.inbox.rows.setFocus()
    desk.change(explanation_view=scripted_why.GOT)
    panel = window.inside.explanation
    assert QApplication.focusWidget() is panel.reading
    assert panel.reading.accessibleName() == scripted_why.GOT.spoken


def test_esc_closes_it_and_the_keyboard_goes_back(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    window.activateWindow()
    window.main.work.inbox.rows.setFocus()
    desk.change(explanation_view=scripted_why.GOT)
    qtbot.keyClick(window.inside.explanation.reading, Qt.Key.Key_Escape)
    assert desk.acts[-1] == ("why.close", {})
    desk.change(explanation_view=None)
    assert not window.inside.explanation.isVisible()
    assert QApplication.focusWidget() is window.main.work.inbox.rows


def test_the_answer_changes_the_panel_without_taking_the_keyboard_again(
    window: Window, desk: Scripted
) -> None:
    window.activateWindow()
    desk.change(explanation_view=scripted_why.SENTENCES)
    window.main.work.inbox.rows.setFocus()
    desk.change(explanation_view=scripted_why.NOBODY)
    assert QApplication.focusWidget() is window.main.work.inbox.rows
    panel = window.inside.explanation
    assert [b.text() for b in panel.buttons.values()] == ["Take", "Move up…"]
    panel.buttons["interaction.take"].click()
    assert desk.acts[-1][0] == "interaction.take"


def test_the_same_key_closes_it(window: Window, desk: Scripted) -> None:
    window.desk.act("why")
    assert desk.acts[-1] == ("why", {})
    desk.change(explanation_view=scripted_why.GOT)
    window.desk.act("why")
    assert desk.acts[-1] == ("why.close", {})
    window.desk.act("why", id="i5")  # about another one
    assert desk.acts[-1] == ("why", {"id": "i5"})


def test_the_key_asks_about_the_row_that_has_the_keyboard(window: Window, desk: Scripted) -> None:
    window.activateWindow()
    rows = window.main.work.inbox.rows
    rows.setFocus()
    rows.setCurrentIndex(rows.model().index(2, 0))
    window.desk.act("why")
    assert desk.acts[-1] == ("why", {"id": desk.rows[2].interaction})
    desk.change(offers_view=(scripted_why.ASKED,))  # what rings comes first
    window.desk.act("why")
    assert desk.acts[-1] == ("why", {})


def test_the_key_asks_about_the_line_of_who_waits(window: Window, desk: Scripted) -> None:
    go(desk, "supervisor")
    window.activateWindow()
    table = window.main.supervisor.waiting.table
    table.setFocus(Qt.FocusReason.TabFocusReason)
    table.setCurrentIndex(table.board.index(1, 0))
    window.desk.act("why")
    assert desk.acts[-1] == ("why", {"id": "i6"})


def test_the_menu_of_a_row_asks_why_nobody_takes_it(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    rows = window.main.work.inbox.rows
    desk.rows_acts = (
        Button("inbox.open", "Open", args=(("id", "i2"),)),
        Button("why", "Why is nobody taking this?", "help", args=(("id", "i2"),)),
    )
    rows.setFocus()
    rows.setCurrentIndex(rows.model().index(1, 0))
    qtbot.keyClick(rows, Qt.Key.Key_Menu)
    menu = rows.findChild(QMenu)
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["Open", "Why is nobody taking this?"]
    menu.actions()[1].trigger()
    assert desk.acts[-1] == ("why", {"id": "i2"})
    menu.close()


def test_the_menu_opens_under_the_pointer_and_not_beside_the_rows(window: Window, desk: Scripted) -> None:
    rows = window.main.work.inbox.rows
    desk.rows_acts = (Button("inbox.open", "Open"),)
    spot = rows.visualRect(rows.model().index(1, 0)).center()
    for where, opens in ((spot, True), (QPoint(5, rows.viewport().height() - 2), False)):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, rows.viewport().mapToGlobal(where))
        rows.contextMenuEvent(event)
        menu = QApplication.activePopupWidget()
        assert (menu is not None) is opens
        if menu is not None:
            menu.close()


def test_the_ringing_card_asks_why_me(window: Window, desk: Scripted) -> None:
    desk.change(offers_view=(scripted_why.ASKED,))
    card = window.ringing.cards["o1"]
    assert card.why.isVisible()
    assert card.why.accessibleName() == "Why me?, Lena Brandt"
    card.why.click()
    assert desk.acts[-1] == ("why", {"id": "o1"})
    desk.change(offers_view=(scripted_agent.OFFER,))
    assert not card.why.isVisible()


@pytest.mark.parametrize("size", [(1440, 900), (1000, 700), (700, 480)])
def test_it_stays_under_the_bar_and_inside_the_window(
    window: Window, desk: Scripted, size: tuple[int, int]
) -> None:
    window.resize(*size)
    QApplication.processEvents()
    desk.change(explanation_view=scripted_why.GOT)
    QApplication.processEvents()
    panel = window.inside.explanation
    card = panel.card.mapTo(window, panel.card.rect().topLeft())
    assert card.y() > window.main.under() or window.height() < 500
    assert window.rect().contains(panel.card.rect().translated(card))


def test_nothing_scrolls_where_there_is_room(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(explanation_view=scripted_why.NOBODY)
    bar = window.inside.explanation.reading.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() == 0)


def test_a_form_is_filled_in_and_confirmed_by_keys(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    window.activateWindow()
    desk.change(lead_view=scripted_why.PLACE_FORM)
    panel = window.inside.lead
    assert panel.isVisible()
    first = panel.form.rows["priority"].editor
    assert QApplication.focusWidget() is first
    qtbot.keyClicks(panel.form.rows["reason"].editor, "x")
    assert desk.acts[-1] == ("lead.field", {"field": "reason", "value": "x"})
    panel.confirm.click()
    assert desk.acts[-1] == ("lead.confirm", {})
    qtbot.keyClick(first, Qt.Key.Key_Escape)
    assert desk.acts[-1] == ("lead.close", {})
    panel.cancel.click()
    assert desk.acts[-1] == ("lead.close", {})
    desk.change(lead_view=None)
    assert not panel.isVisible()


def test_what_is_missing_stands_beside_the_button(window: Window, desk: Scripted) -> None:
    desk.change(lead_view=scripted_why.STATE_FORM)
    desk.change(lead_view=scripted_why.WRAPUP_FORM)  # another form: its first field has the keyboard
    panel = window.inside.lead
    assert panel.missing.text() == "Fill in first: Why."
    assert not panel.confirm.isEnabled()
    assert QApplication.focusWidget() is panel.form.rows["code"].editor
