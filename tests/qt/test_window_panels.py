from __future__ import annotations

from dataclasses import replace

import scripted_agent
import scripted_side
import scripted_work
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.buttons import Button
from agent_desktop.qt.controls import Tag
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.parts import Badge


def test_the_state_and_its_time_are_shown_and_its_list_opens(window: Window, desk: Scripted) -> None:
    state = window.main.topbar.state
    assert state.accessibleName() == "My state: Ready"
    assert state.accessibleDescription() == "Ready for 2 minutes 13 seconds"
    changed = replace(desk.topbar_view.state, label="Break", timer="00:01", spoken="Break for 1 second")
    desk.change(topbar_view=replace(desk.topbar_view, state=changed))
    assert state.accessibleName() == "My state: Break"


def test_a_call_card_sends_its_acts_and_says_why_one_cannot_be(window: Window, desk: Scripted) -> None:
    card = window.main.topbar.cards["i1"]
    card.buttons["call.mute"].click()
    assert desk.acts[-1] == ("call.mute", {})
    tty = card.buttons["text.on"]
    assert not tty.isEnabled()
    assert "does not offer this yet" in tty.accessibleDescription()


def test_a_call_that_ended_takes_its_card_with_it(window: Window, desk: Scripted) -> None:
    desk.change(topbar_view=replace(desk.topbar_view, calls=()))
    assert not window.main.topbar.cards


def test_two_calls_are_two_cards_and_the_held_one_is_quiet(window: Window, desk: Scripted) -> None:
    desk.change(topbar_view=scripted_agent.two_calls())
    assert list(window.main.topbar.cards) == ["i1", "i9"] or set(window.main.topbar.cards) == {"i1", "i9"}
    assert window.main.topbar.cards["i9"].edge == "border"


def test_a_badge_says_more_than_its_text_to_a_screen_reader(window: Window) -> None:
    names = {tag.accessibleName() for tag in window.main.topbar.findChildren(Tag)}
    assert "3 waiting, oldest 41 seconds" in names
    assert Badge("x").spoken == ""


def test_every_key_writes_the_draft_and_another_draft_replaces_the_text(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    editor = window.main.work.conversation.composer.editor
    assert editor.toPlainText() == scripted_work.COMPOSER.text
    qtbot.keyClicks(editor, "!!")
    assert desk.written[-1].endswith("!!")
    desk.change()  # the view still has the old text: what is typed stays
    assert editor.toPlainText().endswith("!!")
    other = replace(scripted_work.COMPOSER, draft_key="c2:chat", text="Another customer")
    desk.change(conversation_view=replace(scripted_work.CONVERSATION, composer=other))
    assert editor.toPlainText() == "Another customer"
    assert desk.written[-1].endswith("!!")  # loading a draft is not writing one


def test_send_goes_by_button_and_by_ctrl_return(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    composer = window.main.work.conversation.composer
    composer.send.click()
    composer.editor.setFocus()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert [act for act, _args in desk.acts] == ["composer.send", "composer.send"]


def test_the_wrap_up_form_sends_codes_fields_and_note(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(side_view=scripted_side.side("wrapup"))
    form = window.main.work.side.wrapup
    assert form.timer.accessibleName() == "0:48 left"
    form.codes["refund"].click()
    form.codes["callback"].click()
    qtbot.keyClicks(form.form.rows["order"].editor, "9")
    qtbot.keyClicks(form.note, ".")
    form.finish.click()
    assert [act for act, _args in desk.acts] == [
        "wrapup.code", "wrapup.code", "wrapup.field", "wrapup.note", "wrapup.finish",
    ]  # fmt: skip
    assert desk.acts[1][1] == {"code": "callback"}
    assert desk.acts[2][1] == {"field": "order", "value": "482139"}


def test_each_tab_of_the_side_shows_its_page(window: Window, desk: Scripted) -> None:
    side = window.main.work.side
    for tab, page in (("script", side.script), ("knowledge", side.knowledge), ("customer", side.customer)):
        desk.change(side_view=scripted_side.side(tab))
        assert page.isVisible()
    side.tabs.setCurrentIndex(3)
    assert desk.acts[-1] == ("side.tab", {"tab": "wrapup"})


def test_a_tick_a_choice_and_an_article_are_sent(window: Window, desk: Scripted) -> None:
    desk.change(side_view=scripted_side.side("script"))
    script = window.main.work.side.script
    ticks = [w for w in script.findChildren(QAbstractButton) if w.accessibleName().startswith("The refund")]
    ticks[0].click()
    assert desk.acts[-1] == ("script.tick", {"line": "l2"})
    desk.change(side_view=scripted_side.side("knowledge"))
    knowledge = window.main.work.side.knowledge
    inserts = [w for w in knowledge.findChildren(Button) if w.shown.action == "knowledge.insert"]
    inserts[1].click()
    assert desk.acts[-1] == ("knowledge.insert", {"id": "a2"})


def test_the_header_asks_why(window: Window, desk: Scripted) -> None:
    window.main.work.conversation.header.buttons["why"].click()
    assert desk.acts == [("why", {})]
