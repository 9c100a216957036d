"""The list in the window: picking by mouse and keys, the bar, the chooser, the filter, the head of a view."""

from __future__ import annotations

from dataclasses import replace

import scripted_list as lists
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.inbox import RowChange, RowMove

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def rows(window: Window) -> QWidget:
    found = window.main.work.inbox.rows
    found.setFocus(Qt.FocusReason.TabFocusReason)
    found.setCurrentIndex(window.main.work.inbox.model.index(0, 0))
    return found


def spot(window: Window, row: int, x: int) -> QPoint:
    view = window.main.work.inbox.rows
    area = view.visualRect(window.main.work.inbox.model.index(row, 0))
    return QPoint(area.left() + x, area.center().y())


def picks(desk: Scripted) -> list[dict[str, str]]:
    return [arguments for action, arguments in desk.acts if action == "bulk.pick"]


def test_a_click_opens_and_a_click_on_the_disc_or_with_ctrl_picks(window: Window, desk: Scripted) -> None:
    view = window.main.work.inbox.rows.viewport()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=spot(window, 2, 150))
    assert desk.acts[-1] == ("inbox.open", {"id": "i3"})
    desk.acts.clear()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=spot(window, 1, 30))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, CTRL, spot(window, 4, 150))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, SHIFT, spot(window, 2, 150))
    assert desk.acts == [
        ("bulk.pick", {"id": "c2"}),
        ("bulk.pick", {"id": "c5"}),
        ("bulk.pick", {"id": "c5", "to": "c3"}),
    ]


def test_the_keyboard_picks_ranges_all_and_nothing(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    view = rows(window)
    qtbot.keyClick(view, Qt.Key.Key_Down, SHIFT)
    qtbot.keyClick(view, Qt.Key.Key_Down, SHIFT)
    assert picks(desk) == [{"id": "c1", "to": "c2"}, {"id": "c1", "to": "c3"}]
    qtbot.keyClick(view, Qt.Key.Key_Space, CTRL)
    assert picks(desk)[-1] == {"id": "c3"}
    qtbot.keyClick(view, Qt.Key.Key_A, CTRL)
    assert desk.acts[-1] == ("bulk.all", {})
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert desk.acts[-1] == ("bulk.all", {})  # nothing is picked: Esc means nothing here
    desk.change(inbox_view=lists.with_bulk(lists.PICKING), rows=lists.PICKED)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert desk.acts[-1] == ("bulk.none", {})


def test_a_digit_in_the_list_and_alt_anywhere_show_a_view(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    qtbot.keyClick(rows(window), Qt.Key.Key_3)
    assert desk.acts[-1] == ("views.key3", {})
    window.activateWindow()
    editor = window.main.work.conversation.composer.editor
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert desk.acts[-1] == ("views.key2", {})


def test_an_act_by_its_key_means_the_row_that_has_the_keyboard(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    view = rows(window)
    window.activateWindow()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_H, CTRL | SHIFT)
    assert desk.acts[-1] == ("conversation.snooze", {"id": "c2"})
    desk.change(inbox_view=lists.with_bulk(lists.PICKING), rows=lists.PICKED)
    qtbot.keyClick(view, Qt.Key.Key_H, CTRL | SHIFT)
    assert desk.acts[-1] == ("conversation.snooze", {})  # what is picked


def test_scrolling_near_the_end_asks_for_the_next_page_once(window: Window, desk: Scripted) -> None:
    many = lists.WATCHED * 30
    head = replace(lists.HEAD, more_from=150)
    desk.change(inbox_view=replace(lists.VIEW, total=180, head=head), rows=many,
                rows_changed=(RowChange(RowMove.RESET),))  # fmt: skip
    QApplication.processEvents()
    bar = window.main.work.inbox.rows.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    assert ("views.more", {}) not in desk.acts
    bar.setValue(bar.maximum())
    bar.setValue(bar.maximum() - 5)
    assert [action for action, _a in desk.acts].count("views.more") == 1


def test_a_page_is_inserted_as_one_step(window: Window, desk: Scripted) -> None:
    model = window.main.work.inbox.model
    inserted: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    page = (RowChange(RowMove.INSERTED, 6, 100),)
    desk.change(inbox_view=replace(lists.VIEW, total=106), rows=lists.WATCHED * 20, rows_changed=page)
    assert inserted == [(6, 105)]
    assert model.rowCount() == 106


def test_the_bar_shows_progress_refusals_and_the_way_back(window: Window, desk: Scripted) -> None:
    bar = window.main.work.inbox.bulk
    assert not bar.isVisible()
    desk.change(inbox_view=lists.with_bulk(lists.PICKING), rows=lists.PICKED)
    assert bar.says.text() == "3 picked"
    bar.buttons["conversation.assign"].click()
    assert desk.acts[-1] == ("conversation.assign", {})
    assert not bar.buttons["conversation.reopen"].isEnabled()
    desk.change(inbox_view=lists.with_bulk(lists.GOING_ON))
    assert bar.progress.isVisible()
    assert bar.progress.accessibleName() == "Resolving: 18 of 40"
    bar.stop.click()
    assert desk.acts[-1] == ("bulk.stop", {})
    desk.change(inbox_view=lists.with_bulk(lists.DONE))
    assert not bar.progress.isVisible()
    assert "Sara Lindqvist has taken it since." in bar.refused.text()
    bar.undo.click()
    assert desk.acts[-1] == ("bulk.undo", {})
    bar.dismiss.click()
    assert desk.acts[-1] == ("bulk.dismiss", {})
    desk.change(inbox_view=lists.VIEW)
    assert not bar.isVisible()


def test_the_chooser_is_worked_from_its_field(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    window.activateWindow()
    desk.change(chooser_view=lists.ASSIGN)
    panel = window.inside.chooser
    assert panel.isVisible()
    assert QApplication.focusWidget() is panel.query
    assert panel.query.accessibleName() == "Whom to?"
    qtbot.keyClick(panel.query, Qt.Key.Key_Down)
    assert "Sara Lindqvist" in panel.query.accessibleDescription()
    qtbot.keyClick(panel.query, Qt.Key.Key_Return)
    assert desk.acts[-1] == ("choose.run", {"key": "sara"})
    qtbot.keyClicks(panel.query, "n")
    assert desk.acts[-1] == ("choose.find", {"text": "n"})
    qtbot.keyClick(panel.query, Qt.Key.Key_Escape)
    assert desk.acts[-1] == ("choose.close", {})
    desk.change(chooser_view=None)
    assert not panel.isVisible()


def test_which_one_stays_is_chosen_without_a_field(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    window.activateWindow()
    desk.change(chooser_view=lists.MERGE)
    panel = window.inside.chooser
    assert not panel.query.isVisible()
    assert QApplication.focusWidget() is panel
    qtbot.keyClick(panel, Qt.Key.Key_Down)
    qtbot.keyClick(panel, Qt.Key.Key_Return)
    assert desk.acts[-1] == ("choose.run", {"key": "c9"})


def test_a_line_that_cannot_be_taken_says_why(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    refused = replace(lists.ASSIGN.rows[0].button, reason="It is yours already.")
    first = replace(lists.ASSIGN.rows[0], button=refused)
    desk.change(chooser_view=replace(lists.ASSIGN, rows=(first, *lists.ASSIGN.rows[1:])))
    panel = window.inside.chooser
    qtbot.keyClick(panel.query, Qt.Key.Key_Return)
    assert panel.says.text() == "It is yours already."
    assert not [act for act in desk.acts if act[0] == "choose.run"]


def test_the_filter_changes_one_thing_at_a_time(window: Window, desk: Scripted) -> None:
    desk.change(filter_view=lists.FORM)
    panel = window.inside.filter
    assert panel.isVisible()
    editor = panel.form.rows["unread"].editor
    assert isinstance(editor, QAbstractButton)
    editor.click()
    assert desk.acts[-1] == ("filter.set", {"field": "unread", "value": "yes"})
    panel.save.click()
    assert desk.acts[-1] == ("views.save", {})


def test_words_are_asked_for_when_the_typing_pauses(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(filter_view=lists.FORM)
    editor = window.inside.filter.form.rows["text"].editor
    qtbot.keyClicks(editor, "lost")  # what was there is chosen and typed over
    assert not [act for act in desk.acts if act[0] == "filter.set"]
    wanted = ("filter.set", {"field": "text", "value": "lost"})
    qtbot.waitUntil(lambda: wanted in desk.acts)
    assert [act[0] for act in desk.acts].count("filter.set") == 1


def test_the_head_of_a_view_names_it_and_gives_its_filter_back(window: Window, desk: Scripted) -> None:
    desk.change(inbox_view=lists.VIEW, rows=lists.WATCHED)
    inbox = window.main.work.inbox
    assert inbox.views.isVisible()
    assert inbox.rows.accessibleName() == "View Unanswered, changed, 128"
    inbox.views.chips[2].click()
    assert desk.acts[-1] == ("filter.set", {"field": "tags", "value": ""})
    assert inbox.views.chips[2].accessibleName() == "Take away: #vip"
    inbox.views.choose.click()
    assert desk.acts[-1] == ("views.list", {})
    inbox.tabs.setCurrentIndex(0)
    assert desk.acts[-1] == ("inbox.tab", {"tab": "mine"})


def test_everything_that_can_be_pressed_has_a_name(window: Window, desk: Scripted) -> None:
    desk.change(inbox_view=lists.with_bulk(lists.PICKING, view=True), rows=lists.PICKED,
                chooser_view=lists.SNOOZE, filter_view=lists.FORM, unsent_view=lists.UNSENT)  # fmt: skip
    shown = [window.main.work.inbox, window.inside.chooser, window.inside.filter, window.inside.unsent]
    for panel in shown:
        assert panel.isVisible()
        for widget in (*panel.findChildren(QAbstractButton), *panel.findChildren(QLineEdit)):
            if widget.isVisible():
                assert widget.accessibleName() or widget.text(), widget


def test_unsent_acts_are_listed_with_what_can_be_done(window: Window, desk: Scripted) -> None:
    desk.change(unsent_view=lists.UNSENT)
    panel = window.inside.unsent
    assert panel.isVisible()
    first = panel.cards[0]
    assert first.error.text() == "A newer message came meanwhile. Read it first."
    first.buttons["unsent.retry"].click()
    assert desk.acts[-1] == ("unsent.retry", {"id": "r1"})
    desk.change(unsent_view=replace(lists.UNSENT, shown=False))
    assert not panel.isVisible()


def test_an_unsent_act_keeps_its_card_while_others_come_and_go(window: Window, desk: Scripted) -> None:
    desk.change(unsent_view=lists.UNSENT)
    panel = window.inside.unsent
    _first, second, third = panel.cards
    fourth = replace(lists.UNSENT.rows[0], request="r4")
    rows = (lists.UNSENT.rows[2], fourth, lists.UNSENT.rows[1])
    desk.change(unsent_view=replace(lists.UNSENT, rows=rows, more="and 40 more"))
    assert panel.cards[0] is third
    assert panel.cards[2] is second
    assert [card.request for card in panel.cards] == ["r3", "r4", "r2"]
    assert [panel.reading.lines.itemAt(place).widget() for place in range(4)] == [*panel.cards, panel.more]
    assert panel.more.text() == "and 40 more"


def test_tab_goes_as_one_reads(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    window.activateWindow()
    desk.change(inbox_view=lists.with_bulk(lists.PICKING, view=True), rows=lists.PICKED)
    inbox = window.main.work.inbox
    inbox.tabs.setFocus(Qt.FocusReason.TabFocusReason)
    seen: list[QWidget] = []
    for _stop in range(20):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
        if here is None or not inbox.isAncestorOf(here):
            break
        seen.append(here)
    views, bulk = inbox.views, inbox.bulk
    pressed = [b for b in bulk.buttons.values() if b.isEnabled()]
    head = [views.choose, views.filter, *views.chips, *views.acts.values()]
    assert seen == [*head, inbox.rows, bulk.clear, *pressed]
