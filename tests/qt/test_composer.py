"""The composer: where the keyboard is when it closes and opens."""

from __future__ import annotations

from dataclasses import replace

import scripted_work
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.composer import Composer
from agent_desktop.qt.window import Window

CLOSED = replace(scripted_work.COMPOSER, reason="This is not yours. Take it first.")


def _focused(window: Window, qtbot: QtBot) -> Composer:
    window.activateWindow()
    composer = window.main.work.conversation.composer
    composer.editor.setFocus()
    qtbot.waitUntil(composer.editor.hasFocus)
    return composer


def test_the_keyboard_waits_at_a_composer_that_closes_and_is_back_when_it_opens(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    composer = _focused(window, qtbot)
    desk.change(conversation_view=replace(scripted_work.CONVERSATION, composer=CLOSED))
    assert not composer.editor.isEnabled()
    assert composer.hasFocus()
    desk.change(conversation_view=replace(scripted_work.CONVERSATION, composer=scripted_work.COMPOSER))
    assert composer.editor.hasFocus()


def test_a_composer_that_opens_takes_the_keyboard_from_nobody(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    composer = _focused(window, qtbot)
    desk.change(conversation_view=replace(scripted_work.CONVERSATION, composer=CLOSED))
    rows = window.main.work.inbox.rows
    rows.setFocus()
    desk.change(conversation_view=replace(scripted_work.CONVERSATION, composer=scripted_work.COMPOSER))
    assert rows.hasFocus()
    assert not composer.editor.hasFocus()
