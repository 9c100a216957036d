"""Recordings and voice messages in the timeline, and the self-test on the sign-in."""

from __future__ import annotations

from dataclasses import replace

import scripted_agent
import scripted_call
import scripted_lead
import scripted_work
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt.timeline import Timeline
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.conversation import ItemKind, RecordingRow, TimelineItemView


def _with(row: RecordingRow, kind: ItemKind) -> Scripted:
    def with_it(item: TimelineItemView) -> TimelineItemView:
        if item.kind is not kind:
            return item
        return replace(item, recordings=(row,), callback=scripted_call.BACK)

    items = tuple(with_it(item) for item in scripted_work.CONVERSATION.items)
    return Scripted(conversation_view=replace(scripted_work.CONVERSATION, items=items))


def _shown(qtbot: QtBot, desk: Scripted) -> tuple[Window, Timeline]:
    window = Window(desk)
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    return window, window.main.work.conversation.timeline


def _press(qtbot: QtBot, timeline: Timeline, row: int, kind: str = "play") -> None:
    measured = timeline._delegate.measured(timeline.items.items[row])
    zone = next(zone for zone in measured.zones if zone.kind == kind)
    top = timeline.rowViewportPosition(row)
    spot = QPoint(round(zone.rect.left()) + 8, top + round(zone.rect.center().y()))
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def _row(timeline: Timeline) -> int:
    return next(n for n, item in enumerate(timeline.items.items) if item.recordings)


def test_a_recording_is_heard_and_stopped_by_its_button(look: QApplication, qtbot: QtBot) -> None:
    desk = _with(scripted_call.HEARABLE, ItemKind.CALL)
    _window, timeline = _shown(qtbot, desk)
    row = _row(timeline)
    _press(qtbot, timeline, row)
    assert desk.acts[-1] == ("recording.play", {"recording": "r1"})
    playing = _with(scripted_call.PLAYING, ItemKind.CALL)
    desk.change(conversation_view=playing.conversation_view)
    _press(qtbot, timeline, row)
    assert desk.acts[-1] == ("recording.stop", {})
    _press(qtbot, timeline, row, "callback")
    assert desk.acts[-1] == ("call.callback", {"id": "i1"})


def test_a_voice_message_is_heard_from_the_keyboard(look: QApplication, qtbot: QtBot) -> None:
    desk = _with(scripted_call.HEARABLE, ItemKind.IN)
    _window, timeline = _shown(qtbot, desk)
    row = _row(timeline)
    timeline.setCurrentIndex(timeline.items.index(row, 0))
    qtbot.keyClick(timeline, Qt.Key.Key_Space)
    assert desk.acts[-1] == ("recording.play", {"recording": "r1"})


def test_a_recording_that_cannot_be_heard_says_why_and_sends_nothing(
    look: QApplication, qtbot: QtBot
) -> None:
    closed = replace(scripted_call.HEARABLE.play, reason="This is for supervisors.")
    desk = _with(replace(scripted_call.HEARABLE, play=closed), ItemKind.CALL)
    _window, timeline = _shown(qtbot, desk)
    _press(qtbot, timeline, _row(timeline))
    assert not desk.acts


def test_an_item_with_a_player_is_higher_than_one_without(look: QApplication, qtbot: QtBot) -> None:
    _window, timeline = _shown(qtbot, _with(scripted_call.HEARABLE, ItemKind.CALL))
    item = timeline.items.items[_row(timeline)]
    with_it, without = (timeline._delegate.measured(i).height for i in (item, replace(item, recordings=())))
    assert with_it >= without + 34


def test_the_self_test_stands_on_the_sign_in_and_runs_there(look: QApplication, qtbot: QtBot) -> None:
    desk = Scripted(signed_in=False)
    window = Window(desk)
    qtbot.addWidget(window)
    window.show()
    form = window.signin
    assert form.self_test is None  # the first frame needs none
    desk.change(signin_view=replace(scripted_agent.SIGNIN, checks=(), self_test=scripted_lead.UNTESTED))
    assert form.self_test is not None
    assert form.self_test.verdict.text().startswith("Not tested yet.")
    form.self_test.run.click()
    assert desk.acts[-1] == ("selftest.run", {})
    desk.change(signin_view=replace(scripted_agent.SIGNIN, self_test=None))
    assert form.self_test.isHidden()
