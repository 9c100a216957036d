"""Done over an unsent reply in the window of the real client: shown, said, answered by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.qt.composer import Composer
from agent_desktop.qt.window import Window
from agent_desktop.wire import commands as c
from tests.client.desks import Desk
from tests.viewmodels.letters import confirm, look_at, sent, with_letters

SENTENCE = "Your reply to Amina Yusuf is not sent."
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class Writer:
    """An agent at the window of the real client, with a letter that is half answered."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.desk = Desk(folder)
        with_letters(self.desk, "v1", "v2")
        self.window = Window(self.desk.desktop, acted=lambda _delay: None)
        qtbot.addWidget(self.window)
        self.window.resize(1366, 768)
        self.window.show()
        self.window.activateWindow()
        self.said: list[str] = []
        self.window.announcer._speak = lambda text, _assertive: self.said.append(text)
        self.show()
        self.composer.editor.setFocus()
        QTest.keyClicks(self.composer.editor, "Hello Amina")

    @property
    def composer(self) -> Composer:
        return self.window.main.work.conversation.composer

    @property
    def focus(self) -> QWidget:
        here = QApplication.focusWidget()
        assert here is not None
        return here

    def show(self) -> None:
        self.desk.put()
        QApplication.processEvents()

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.focus, key, modifier)
        self.show()

    def done(self) -> None:
        """Ctrl+Shift+D, as it is pressed in the middle of writing."""
        self.key(Qt.Key.Key_D, CTRL_SHIFT)


@pytest.fixture
def writer(look: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Writer]:
    made = Writer(tmp_path, qtbot)
    yield made
    made.window.close()
    made.desk.drafts.close()


def test_the_key_of_done_asks_over_the_words_and_the_keyboard_stands_at_back(writer: Writer) -> None:
    writer.done()
    bar = writer.composer.strips.bars["unsent_reply"]
    assert bar.isVisible()
    assert bar.accessibleName() == SENTENCE
    assert SENTENCE in writer.said
    assert not writer.window.main.notices.isVisible()  # it stands beside the words already
    assert [b.accessibleName() for b in bar.buttons] == ["Send and finish", "Finish, keep the draft", "Back"]
    assert writer.focus is bar.buttons[2]
    assert writer.window.focus_ring.isVisible()
    writer.done()  # a second press is no answer
    assert writer.focus is writer.composer.strips.bars["unsent_reply"].buttons[2]
    assert writer.desk.outside.commands() == []


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Space])
def test_esc_and_back_lead_back_into_the_words(writer: Writer, key: Qt.Key) -> None:
    writer.done()
    writer.key(key)
    assert writer.composer.strips.bars == {}
    assert writer.focus is writer.composer.editor
    QTest.keyClicks(writer.composer.editor, "!")
    assert writer.composer.editor.toPlainText() == "Hello Amina!"
    assert writer.desk.outside.commands() == []


def test_finish_and_keep_is_one_tab_back(writer: Writer) -> None:
    writer.done()
    writer.key(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert writer.focus.accessibleName() == "Finish, keep the draft"
    writer.key(Qt.Key.Key_Space)
    assert writer.desk.outside.commands() == [c.EndInteraction(interaction="i1")]
    assert [w.text for w in writer.desk.desktop.written()] == ["Hello Amina"]


def test_send_and_finish_by_the_mouse_sends_then_ends(writer: Writer) -> None:
    done = writer.window.main.work.conversation.header.buttons["interaction.end"]
    QTest.mouseClick(done, Qt.MouseButton.LeftButton)
    writer.show()
    send = writer.composer.strips.bars["unsent_reply"].buttons[0]
    QTest.mouseClick(send, Qt.MouseButton.LeftButton)
    writer.show()
    assert writer.composer.editor.toPlainText() == ""
    confirm(writer.desk, sent(writer.desk)[-1])
    assert writer.desk.outside.commands()[-1] == c.EndInteraction(interaction="i1")


def test_of_another_conversation_a_notice_leads_to_the_question(writer: Writer) -> None:
    look_at(writer.desk, "v2")
    writer.show()
    writer.window.desk.act("conversation.resolve", id="v1")
    writer.show()
    assert writer.composer.strips.bars == {}
    assert [notice.text for notice in writer.desk.desktop.notices()].count(SENTENCE) == 1
    assert writer.window.main.notices.isVisible()
    writer.window.desk.act("inbox.open", conversation="v1")
    writer.show()
    assert writer.focus is writer.composer.strips.bars["unsent_reply"].buttons[2]


def test_where_panels_take_turns_it_is_the_turn_of_the_words(writer: Writer) -> None:
    writer.window.resize(1024, 768)
    writer.window.desk.act("wrapup.code", code="solved")
    writer.window.desk.act("go.wrapup")
    writer.show()
    assert writer.window.main.work.drawer_open
    QTest.mouseClick(writer.window.main.work.side.wrapup.finish, Qt.MouseButton.LeftButton)
    writer.show()
    assert not writer.window.main.work.drawer_open
    assert writer.focus is writer.composer.strips.bars["unsent_reply"].buttons[2]
