from __future__ import annotations

from dataclasses import replace

import scripted_agent
import scripted_work
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.buttons import Button
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.notices import Announcement, Notice
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone


def _said(window: Window) -> list[tuple[str, bool]]:
    said: list[tuple[str, bool]] = []
    window.announcer._speak = lambda text, assertive: said.append((text, assertive))
    return said


def test_an_offer_rings_is_announced_and_answers_with_f2(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    said, rung = _said(window), []
    window.ring.connect(rung.append)
    spoken = Announcement(scripted_agent.OFFER.spoken, assertive=True, sound="ring")
    desk.change(offers_view=(scripted_agent.OFFER,), announcements=(spoken,))
    assert window.ringing.isVisible()
    assert said == [(scripted_agent.OFFER.spoken, True)]
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


def test_a_reason_why_nothing_can_be_written_is_shown(window: Window, desk: Scripted) -> None:
    closed = replace(scripted_work.COMPOSER, reason="This is not yours. Take it first.")
    desk.change(conversation_view=replace(scripted_work.CONVERSATION, composer=closed))
    composer = window.main.work.conversation.composer
    assert composer.warning.text() == "This is not yours. Take it first."
    assert not composer.editor.isEnabled()


def test_an_empty_conversation_says_what_to_do(window: Window, desk: Scripted) -> None:
    desk.change(conversation_view=scripted_work.EMPTY_CONVERSATION)
    empty = window.main.work.conversation.empty
    assert empty.title.text() == "Nothing is open"
    empty.button.click()
    assert desk.acts[-1] == ("go.inbox", {})


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
    desk.change(signin_view=replace(scripted_agent.SIGNIN, error="The name or the password is wrong."))
    assert form.error.text() == "The name or the password is wrong."
    assert form.password.text() == "a word"
    desk.change(signin_view=replace(scripted_agent.SIGNIN, busy=True))
    assert not form.button.isEnabled()
    desk.change(signed_in=True)
    assert window.main.isVisible()
