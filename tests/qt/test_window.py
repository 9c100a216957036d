from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import scripted
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
)  # fmt: skip
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt import theme
from agent_desktop.qt.buttons import Button, Kind
from agent_desktop.qt.controls import Tag
from agent_desktop.qt.targets import TransferPrompt
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.notices import Announcement, Notice
from agent_desktop.viewmodels.parts import Badge, Tone
from agent_desktop.viewmodels.parts import Button as ButtonView

INTERACTIVE = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox, QTabBar)


def _said(window: Window) -> list[tuple[str, bool]]:
    said: list[tuple[str, bool]] = []
    window.announcer._speak = lambda text, assertive: said.append((text, assertive))
    return said


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
    desk.change(topbar_view=scripted.two_calls())
    assert list(window.main.topbar.cards) == ["i1", "i9"] or set(window.main.topbar.cards) == {"i1", "i9"}
    assert window.main.topbar.cards["i9"].edge == "border"


def test_every_key_writes_the_draft_and_another_draft_replaces_the_text(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    editor = window.main.work.conversation.composer.editor
    assert editor.toPlainText() == scripted.COMPOSER.text
    qtbot.keyClicks(editor, "!!")
    assert desk.written[-1].endswith("!!")
    desk.change()  # the view still has the old text: what is typed stays
    assert editor.toPlainText().endswith("!!")
    other = replace(scripted.COMPOSER, draft_key="c2:chat", text="Another customer")
    desk.change(conversation_view=replace(scripted.CONVERSATION, composer=other))
    assert editor.toPlainText() == "Another customer"
    assert desk.written[-1].endswith("!!")  # loading a draft is not writing one


def test_send_goes_by_button_and_by_ctrl_return(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    composer = window.main.work.conversation.composer
    composer.send.click()
    composer.editor.setFocus()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert [act for act, _args in desk.acts] == ["composer.send", "composer.send"]


def test_tab_leaves_the_editor(window: Window, qtbot: QtBot) -> None:
    editor = window.main.work.conversation.composer.editor
    assert editor.tabChangesFocus()
    assert window.main.work.side.wrapup.note.tabChangesFocus()


def test_a_reason_why_nothing_can_be_written_is_shown(window: Window, desk: Scripted) -> None:
    closed = replace(scripted.COMPOSER, reason="This is not yours. Take it first.")
    desk.change(conversation_view=replace(scripted.CONVERSATION, composer=closed))
    composer = window.main.work.conversation.composer
    assert composer.warning.text() == "This is not yours. Take it first."
    assert not composer.editor.isEnabled()


def test_the_wrap_up_form_sends_codes_fields_and_note(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(side_view=scripted.side("wrapup"))
    form = window.main.work.side.wrapup
    assert form.timer.accessibleName() == "0:48 left"
    form.codes["refund"].click()
    qtbot.keyClicks(form.finder, "3")
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
        desk.change(side_view=scripted.side(tab))
        assert page.isVisible()
    side.tabs.setCurrentIndex(3)
    assert desk.acts[-1] == ("side.tab", {"tab": "wrapup"})


def test_a_tick_a_choice_and_an_article_are_sent(window: Window, desk: Scripted) -> None:
    desk.change(side_view=scripted.side("script"))
    script = window.main.work.side.script
    ticks = [w for w in script.findChildren(QAbstractButton) if w.accessibleName().startswith("The refund")]
    ticks[0].click()
    assert desk.acts[-1] == ("script.tick", {"line": "l2"})
    desk.change(side_view=scripted.side("knowledge"))
    knowledge = window.main.work.side.knowledge
    inserts = [w for w in knowledge.findChildren(Button) if w.shown.action == "knowledge.insert"]
    inserts[1].click()
    assert desk.acts[-1] == ("knowledge.insert", {"id": "a2"})


def test_an_offer_rings_is_announced_and_answers_with_f2(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    said, rung = _said(window), []
    window.ring.connect(rung.append)
    spoken = Announcement(scripted.OFFER.spoken, assertive=True, sound="ring")
    desk.change(offers_view=(scripted.OFFER,), announcements=(spoken,))
    assert window.ringing.isVisible()
    assert said == [(scripted.OFFER.spoken, True)]
    assert rung[-1] is True
    flags = window.ringing.windowFlags()
    assert flags & Qt.WindowType.WindowStaysOnTopHint
    assert flags & Qt.WindowType.WindowDoesNotAcceptFocus
    window.ringing.cards["o1"].answer.click()
    assert desk.acts[-1] == ("offer.accept", {"id": "o1"})
    qtbot.keyClick(window, Qt.Key.Key_F2)
    assert desk.acts[-1][0] == "offer.accept"
    desk.change(offers_view=())
    assert not window.ringing.isVisible()
    assert rung[-1] is False


def test_a_refusal_is_shown_in_words_and_goes_away(window: Window, desk: Scripted) -> None:
    said = _said(window)
    desk.refusal = "The call is on hold already."
    window.main.topbar.cards["i1"].buttons["call.hold"].click()
    assert window.main.notices.isVisible()
    assert said == [("The call is on hold already.", False)]
    window.desk.act("refusal.dismiss")
    assert not window.main.notices.isVisible()


def test_a_notice_offers_its_next_step(window: Window, desk: Scripted) -> None:
    notice = Notice(
        "lost", "The server is not connected.", Tone.DANGER, 0.0, ButtonView("link.retry", "Try again")
    )
    desk.change(notices_view=(notice,))
    next(b for b in window.main.notices.findChildren(Button) if b.text() == "Try again").click()
    assert desk.acts[-1] == ("link.retry", {})


def test_a_transfer_asks_for_its_target_and_stays_with_the_reason(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    window.main.topbar.cards["i1"].buttons["call.transfer"].click()
    prompt = QApplication.activePopupWidget()
    assert prompt is not None
    assert not desk.acts
    desk.refusal = "There is no queue or agent Bil."
    prompt.field.setText("Bil")  # type: ignore[attr-defined]  # a Prompt
    prompt.send()  # type: ignore[attr-defined]  # the same
    assert prompt.says.text() == "There is no queue or agent Bil."  # type: ignore[attr-defined]  # the same
    desk.refusal = ""
    prompt.send()  # type: ignore[attr-defined]  # the same
    assert desk.acts[-1] == ("call.transfer", {"target": "Bil"})


def test_a_transfer_is_chosen_from_who_can_take_it(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    window.main.topbar.cards["i1"].buttons["call.transfer"].click()
    prompt = QApplication.activePopupWidget()
    assert isinstance(prompt, TransferPrompt)
    assert len(prompt.rows) == 4
    qtbot.keyClicks(prompt.field, "bil")
    assert [row.shown.label for row in prompt.rows] == ["Billing · 1 ready, 0 waiting"]
    qtbot.waitUntil(lambda: prompt.rows[0].isVisible())
    qtbot.keyClick(prompt.field, Qt.Key.Key_Down)
    assert prompt.focusWidget() is prompt.rows[0]
    prompt.rows[0].click()
    assert desk.acts[-1] == ("call.transfer", {"target": "billing"})


def test_the_keypad_sends_each_key(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    window.main.topbar.cards["i1"].buttons["call.dtmf"].click()
    keypad = QApplication.activePopupWidget()
    assert keypad is not None
    qtbot.keyClicks(keypad, "1#")
    assert desk.acts == [("call.dtmf", {"digits": "1"}), ("call.dtmf", {"digits": "#"})]
    keypad.close()


def test_the_palette_finds_and_runs_by_keys_alone(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    desk.change(palette_view=scripted.PALETTE)
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
    desk.change(palette_view=scripted.PALETTE)
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
    from agent_desktop.qt.inside import IN_PANEL

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


def test_the_sign_in_sends_what_was_typed_and_keeps_it(look: QApplication, qtbot: QtBot) -> None:
    desk = Scripted(signed_in=False)
    window = Window(desk)
    qtbot.addWidget(window)
    window.show()
    form = window.signin
    form.password.setText("a word")
    form.button.click()
    assert desk.signed == [
        {"server": "http://127.0.0.1:8080", "user": "mateo", "password": "a word", "remember": True}
    ]
    desk.change(signin_view=replace(scripted.SIGNIN, error="The name or the password is wrong."))
    assert form.error.text() == "The name or the password is wrong."
    assert form.password.text() == "a word"
    desk.change(signin_view=replace(scripted.SIGNIN, busy=True))
    assert not form.button.isEnabled()
    desk.change(signed_in=True)
    assert window.main.isVisible()


def test_why_shows_the_reasons_and_asks_for_them(window: Window, desk: Scripted) -> None:
    talk = window.main.work.conversation
    talk.header.buttons["why"].click()
    assert talk.reasons.isVisible()
    assert desk.acts[-1] == ("why", {})
    talk.header.buttons["why"].click()
    assert not talk.reasons.isVisible()
    assert len(desk.acts) == 1


def test_an_empty_conversation_says_what_to_do(window: Window, desk: Scripted) -> None:
    desk.change(conversation_view=scripted.EMPTY_CONVERSATION)
    empty = window.main.work.conversation.empty
    assert empty.title.text() == "Nothing is open"
    empty.button.click()
    assert desk.acts[-1] == ("go.inbox", {})


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
    desk.change(side_view=scripted.side(tab), topbar_view=scripted.two_calls(), offers_view=(scripted.OFFER,))
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
    desk.change(side_view=scripted.side(tab))
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
    window = Window(Scripted(side_view=scripted.side(tab), offers_view=(scripted.OFFER,)))
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


def test_a_badge_says_more_than_its_text_to_a_screen_reader(window: Window) -> None:
    names = {tag.accessibleName() for tag in window.main.topbar.findChildren(Tag)}
    assert "3 waiting, oldest 41 seconds" in names
    assert Badge("x").spoken == ""
