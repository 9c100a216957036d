from __future__ import annotations

from dataclasses import replace

import pytest
import scripted_work
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_desktop.qt import bubbles
from agent_desktop.qt.timeline import Timeline
from agent_desktop.viewmodels.conversation import ItemKind, TimelineItemView
from agent_desktop.viewmodels.lines import Lines


def _items(count: int, start: int = 0) -> tuple[TimelineItemView, ...]:
    return tuple(
        TimelineItemView(
            ItemKind.IN if n % 2 else ItemKind.OUT, f"m{n}", f"Message {n} " * (1 + n % 9), "Amina", f"{n}",
            "email", accessible=f"Amina Yusuf, message {n}",
        )
        for n in range(start, start + count)
    )  # fmt: skip


@pytest.fixture
def timeline(look: QApplication, qtbot: QtBot) -> Timeline:
    made = Timeline()
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_it_opens_at_the_newest_message(timeline: Timeline) -> None:
    timeline.show_items(_items(200), fresh=True)
    QApplication.processEvents()
    bar = timeline.verticalScrollBar()
    assert bar.maximum() > 0
    assert bar.value() == bar.maximum()


def test_at_the_newest_message_it_stays_there_when_another_comes(timeline: Timeline) -> None:
    timeline.show_items(_items(50), fresh=True)
    timeline.show_items(_items(51), fresh=False)
    QApplication.processEvents()
    assert timeline.verticalScrollBar().value() == timeline.verticalScrollBar().maximum()


def test_elsewhere_it_does_not_move_under_the_readers_eyes(timeline: Timeline) -> None:
    timeline.show_items(_items(60, start=100), fresh=True)
    QApplication.processEvents()
    timeline.verticalScrollBar().setValue(timeline.verticalScrollBar().maximum() // 2)
    QApplication.processEvents()
    row = timeline.rowAt(0)
    item, position = timeline.items.items[row].id, timeline.rowViewportPosition(row)
    timeline.show_items((*_items(30, start=70), *_items(61, start=100)), fresh=False)  # older and newer ones
    QApplication.processEvents()
    now = next(n for n, i in enumerate(timeline.items.items) if i.id == item)
    assert abs(timeline.rowViewportPosition(now) - position) <= 2


def test_only_what_is_seen_is_laid_out(timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[str] = []
    real = bubbles.measure

    def counted(item: TimelineItemView, width: int, *, rtl: bool) -> bubbles.Measured:
        laid_out.append(item.id)
        return real(item, width, rtl=rtl)

    monkeypatch.setattr(bubbles, "measure", counted)
    timeline.show_items(_items(5000), fresh=True)
    QApplication.processEvents()
    assert 0 < len(set(laid_out)) < 60


def test_a_long_thread_makes_only_the_lines_that_are_seen(timeline: Timeline) -> None:
    made: list[int] = []

    def line(number: int) -> TimelineItemView:
        made.append(number)
        return _items(1, start=number)[0]

    def thread(count: int) -> Lines[int]:
        return Lines([f"m{n}" for n in range(count)], list(range(count)), line)

    timeline.show_items(thread(10_000), fresh=True)
    QApplication.processEvents()
    assert 0 < len(set(made)) < 60
    made.clear()
    timeline.show_items(thread(10_001), fresh=False)  # one more came: those on the screen are compared
    QApplication.processEvents()
    assert 0 < len(set(made)) < 60
    assert timeline.items.rowCount() == 10_001
    assert timeline.verticalScrollBar().value() == timeline.verticalScrollBar().maximum()


def test_lines_that_come_and_go_in_the_middle_leave_the_ends(timeline: Timeline) -> None:
    timeline.show_items((*_items(5), *_items(3, start=50), *_items(5, start=90)), fresh=True)
    steps: list[tuple[str, int, int]] = []
    timeline.items.rowsRemoved.connect(lambda _p, a, b: steps.append(("gone", a, b)))
    timeline.items.rowsInserted.connect(lambda _p, a, b: steps.append(("came", a, b)))
    seen: list[str] = []
    timeline.items.rowsRemoved.connect(lambda *_: seen.extend(i.id for i in timeline.items.items))
    after = (*_items(5), *_items(2, start=70), *_items(5, start=90))
    timeline.show_items(after, fresh=False)
    assert steps == [("gone", 5, 7), ("came", 5, 6)]
    assert seen == [f"m{n}" for n in (*range(5), *range(90, 95))]
    assert [timeline.items.item(n).id for n in range(12)] == [i.id for i in after]


def test_a_row_is_an_utterance_with_its_speaker(timeline: Timeline) -> None:
    timeline.show_items(scripted_work.ITEMS, fresh=True)
    said = [
        timeline.items.index(n, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        for n in range(len(scripted_work.ITEMS))
    ]
    assert said == [item.accessible for item in scripted_work.ITEMS]


def test_a_delivery_state_changes_one_row(timeline: Timeline) -> None:
    timeline.show_items(scripted_work.ITEMS, fresh=True)
    changed: list[int] = []
    timeline.items.dataChanged.connect(lambda first, _last: changed.append(first.row()))
    after = list(scripted_work.ITEMS)
    after[2] = replace(after[2], meta="You · 16:20 · delivered")
    timeline.show_items(tuple(after), fresh=False)
    assert changed == [2]


def test_a_hostile_message_is_laid_out_as_text(timeline: Timeline) -> None:
    hostile = replace(scripted_work.ITEMS[1], id="x", text='<img src="file:///etc/passwd">' + "a" * 50_000)
    measured = bubbles.measure(hostile, 600, rtl=False)
    assert measured.height > 20
    assert [zone.kind for zone in measured.zones] == ["file", "whole"]


def test_the_file_and_the_whole_message_can_be_asked_for(timeline: Timeline, qtbot: QtBot) -> None:
    timeline.show_items(scripted_work.ITEMS, fresh=True)
    QApplication.processEvents()
    measured = timeline._delegate.measured(scripted_work.ITEMS[1])
    top = timeline.rowViewportPosition(1)
    asked: list[object] = []
    timeline.file.connect(asked.append)
    timeline.whole.connect(lambda item: asked.append(item.id))
    for zone in measured.zones:
        point = zone.rect.center().toPoint() + QPoint(0, top)
        qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert asked == ["f1", "m1"]


def test_copy_takes_the_text_of_the_current_message(timeline: Timeline, qtbot: QtBot) -> None:
    timeline.show_items(scripted_work.ITEMS, fresh=True)
    timeline.setCurrentIndex(timeline.items.index(1, 0))
    qtbot.keyClick(timeline, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == scripted_work.ITEMS[1].text


@pytest.mark.parametrize("rtl", [False, True])
@pytest.mark.parametrize("kind", list(ItemKind))
def test_every_kind_fits_into_a_narrow_column(look: QApplication, *, kind: ItemKind, rtl: bool) -> None:
    item = replace(scripted_work.ITEMS[1], kind=kind)
    measured = bubbles.measure(item, 320, rtl=rtl)
    assert measured.height > 0
    for zone in measured.zones:
        assert zone.rect.left() >= 0
        assert zone.rect.right() <= 320
