from __future__ import annotations

from dataclasses import replace

import pytest
import scripted_work
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.qt import inbox_row, theme
from agent_desktop.qt.inbox import Inbox
from agent_desktop.viewmodels.inbox import InboxRow, RowChange, RowMove
from agent_desktop.viewmodels.parts import Empty


class Many:
    """A list of any length that makes its rows when asked, and counts how often it was."""

    def __init__(self, length: int) -> None:
        self.length, self.made = length, 0

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> InboxRow:
        self.made += 1
        return replace(scripted_work.ROWS[index % 6], title=f"Customer {index}")


class Work(QObject):
    """Counts what an insert makes Qt do: layouts and paints of the list."""

    def __init__(self) -> None:
        super().__init__()
        self.events = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.events += event.type() in {
            QEvent.Type.Paint,
            QEvent.Type.LayoutRequest,
            QEvent.Type.UpdateRequest,
        }
        return False


def _inbox(qtbot: QtBot, length: int) -> tuple[Inbox, Scripted, Many]:
    many = Many(length)
    view = replace(scripted_work.INBOX, total=length)
    desk = Scripted(rows=many, inbox_view=view)  # type: ignore[arg-type]  # a sequence that makes its rows
    inbox = Inbox(desk)
    qtbot.addWidget(inbox)
    inbox.resize(320, 800)
    inbox.show_view(view)
    inbox.show()
    qtbot.waitExposed(inbox)
    QApplication.processEvents()
    return inbox, desk, many


def _cost_of_inserts(qtbot: QtBot, length: int) -> tuple[int, int]:
    """Rows made and list events for 20 arrivals at the top."""
    inbox, desk, many = _inbox(qtbot, length)
    many.made = 0
    work = Work()
    inbox.rows.viewport().installEventFilter(work)
    for _arrival in range(20):
        many.length += 1
        desk.inbox_view = replace(desk.inbox_view, total=many.length)
        inbox.show_view(desk.inbox_view, (RowChange(RowMove.INSERTED, 0),))
        QApplication.processEvents()
    assert inbox.model.rowCount() == many.length
    return many.made, work.events


def test_an_arrival_costs_the_same_at_a_thousand_and_a_hundred_thousand_rows(
    look: QApplication, qtbot: QtBot
) -> None:
    small, middle, large = (_cost_of_inserts(qtbot, length) for length in (1_000, 10_000, 100_000))
    assert 0 < small[0] < 20 * 40  # only what is in view is made
    assert middle[0] <= small[0] * 1.5
    assert large[0] <= small[0] * 1.5
    assert large[1] <= small[1] * 1.5 + 5


class Pushed:
    """A list that grows at its top; a row is the same wherever it stands."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> InboxRow:
        number = self.length - index
        return replace(scripted_work.ROWS[number % 6], title=f"Customer {number}")


def test_an_arrival_is_painted_and_the_rows_that_it_moves_are_not(
    look: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Pushed(50)
    desk = Scripted(rows=rows, inbox_view=replace(scripted_work.INBOX, total=50))  # type: ignore[arg-type]  # a sequence
    inbox = Inbox(desk)
    qtbot.addWidget(inbox)
    inbox.resize(320, 800)
    inbox.show_view(desk.inbox_view)
    inbox.show()
    qtbot.waitExposed(inbox)
    QApplication.processEvents()
    painted: list[str] = []
    real = inbox_row._RowPainter.draw

    def counted(painter: object, row: InboxRow, *, boxed: bool) -> None:
        painted.append(row.title)
        real(painter, row, boxed=boxed)  # type: ignore[arg-type]  # what it was called on

    monkeypatch.setattr(inbox_row._RowPainter, "draw", counted)
    rows.length = 51
    desk.inbox_view = replace(desk.inbox_view, total=51)
    inbox.show_view(desk.inbox_view, (RowChange(RowMove.INSERTED, 0),))
    QApplication.processEvents()
    inbox.rows.viewport().repaint()
    assert painted == ["Customer 51"]
    theme.apply(look, "dark", 1.0, reduced_motion=True)  # another look: every picture anew
    inbox.rows.viewport().repaint()
    assert len(painted) > 5


def test_every_row_has_a_sentence_for_the_screen_reader(look: QApplication, qtbot: QtBot) -> None:
    inbox, _desk, _many = _inbox(qtbot, 6)
    for number in range(6):
        said = inbox.model.index(number, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert said == scripted_work.ROWS[number].accessible


def test_the_steps_of_a_refresh_are_followed_in_order(look: QApplication, qtbot: QtBot) -> None:
    inbox, desk, many = _inbox(qtbot, 10)
    steps = (RowChange(RowMove.REMOVED, 3), RowChange(RowMove.INSERTED, 0), RowChange(RowMove.CHANGED, 2))
    seen: list[str] = []
    inbox.model.rowsRemoved.connect(lambda *_a: seen.append("removed"))
    inbox.model.rowsInserted.connect(lambda *_a: seen.append("inserted"))
    inbox.model.dataChanged.connect(lambda *_a: seen.append("changed"))
    inbox.show_view(desk.inbox_view, steps)
    assert seen == ["removed", "inserted", "changed"]
    assert inbox.model.rowCount() == many.length


def test_a_row_that_is_gone_already_is_asked_for_without_harm(look: QApplication, qtbot: QtBot) -> None:
    inbox, desk, _many = _inbox(qtbot, 6)
    desk.inbox_view = replace(desk.inbox_view, total=2)
    assert inbox.model.row(inbox.model.index(5, 0)) is None
    assert inbox.model.data(inbox.model.index(5, 0)) is None


def test_enter_opens_the_current_row(look: QApplication, qtbot: QtBot) -> None:
    inbox, desk, _many = _inbox(qtbot, 6)
    inbox.rows.setCurrentIndex(inbox.model.index(2, 0))
    qtbot.keyClick(inbox.rows, Qt.Key.Key_Return)
    assert desk.acts == [("inbox.open", {"id": "i3"})]


def test_a_tab_and_a_chip_ask_for_their_list(look: QApplication, qtbot: QtBot) -> None:
    inbox, desk, _many = _inbox(qtbot, 6)
    inbox.tabs.setCurrentIndex(1)
    inbox.chips["email"].click()
    assert desk.acts == [("inbox.tab", {"tab": "queue"}), ("inbox.medium", {"medium": "email"})]
    assert not inbox.chips["email"].isChecked()  # not before the view says so


@pytest.mark.parametrize("loading", [False, True])
def test_an_empty_list_says_why(look: QApplication, qtbot: QtBot, *, loading: bool) -> None:
    inbox, desk, _many = _inbox(qtbot, 0)
    empty = None if loading else Empty("Nothing is waiting", "Enjoy the quiet.")
    desk.inbox_view = replace(scripted_work.INBOX, total=0, loading=loading, empty=empty)
    inbox.show_view(desk.inbox_view)
    assert inbox.empty.isVisible()
    assert inbox.empty.sentence.text() == ("The list is loading…" if loading else "Enjoy the quiet.")
