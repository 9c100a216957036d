"""The composer: where the keyboard is when it closes and opens."""

from __future__ import annotations

from dataclasses import replace

import pytest
import scripted_work
from PySide6.QtCore import QMimeData
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.composer import Composer
from agent_desktop.qt.editor import LONGEST_LINE, folded
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


def test_a_pasted_line_is_broken_where_it_would_hold_up_each_key(window: Window, qtbot: QtBot) -> None:
    editor = _focused(window, qtbot).editor
    editor.clear()
    data = QMimeData()
    data.setText("x" * 10_000)
    editor.insertFromMimeData(data)
    assert editor.toPlainText().split("\n") == ["x" * LONGEST_LINE] * 5


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short\n\nlines", ["short", "", "lines"]),
        ("x" * 2000, ["x" * 2000]),
        ("word " * 500, ["word " * 399 + "word", "word " * 100]),
        ("a b" + "x" * 2500, ["a", "b" + "x" * 1999, "x" * 501]),
        (" " + "x" * 2500, [" " + "x" * 1999, "x" * 501]),
    ],
)
def test_a_long_line_ends_at_a_space_or_where_it_is_too_long(text: str, lines: list[str]) -> None:
    assert folded(text).split("\n") == lines
