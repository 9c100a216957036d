"""How long a list or a thread takes to be painted: the real ones, and plain ones beside them.

For `agent-desktop bench inbox`, which has no toolkit of its own.  The plain list is a QListView with the
same painting, filtered by a proxy model; the plain thread is one QTextDocument.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)  # fmt: skip
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QListView, QTextEdit, QWidget

from agent_desktop.qt import theme
from agent_desktop.qt.conversation import Conversation
from agent_desktop.qt.inbox import Inbox
from agent_desktop.qt.inbox_model import ROW
from agent_desktop.qt.inbox_row import RowDelegate
from agent_desktop.viewmodels.inbox import InboxRow
from agent_desktop.viewmodels.surface import Refresh, Surface

WIDTH, HEIGHT, THREAD_WIDTH = 340, 800, 760
Index = QModelIndex | QPersistentModelIndex


def begin() -> QApplication:
    """Make the application as the desktop has it."""
    application = QApplication(sys.argv[:1])
    theme.apply(application, "light", 1.0, reduced_motion=True)
    return application


class _Paints(QObject):
    """Counts the paints of a widget."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__()
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


class Stopwatch:
    """One scrolled area on the screen, and the milliseconds until a change of it has been painted."""

    def __init__(self, window: QWidget, area: QAbstractScrollArea) -> None:
        self.window, self.area = window, area
        self._paints = _Paints(area.viewport())

    def frame(self, change: Callable[[], object]) -> float:
        """Milliseconds of a change, and of everything until it is painted."""
        before, began = self._paints.count, time.thread_time()
        change()
        QApplication.processEvents()
        if self._paints.count == before:
            self.area.viewport().repaint()
        return (time.thread_time() - began) * 1000

    def scrolled(self, steps: int, pixels: int = 97) -> list[float]:
        """Milliseconds of each of so many steps down from the top."""
        bar = self.area.verticalScrollBar()
        bar.setValue(0)
        QApplication.processEvents()
        return [self.frame(partial(bar.setValue, (n + 1) * pixels)) for n in range(steps)]

    def close(self) -> None:
        """Take it off the screen."""
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


class RealInbox:
    """The inbox of the desktop, living with its surface as the window lets it."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self.first_paint_ms = 0.0
        self.watch: Stopwatch
        began = time.thread_time()
        self._inbox = Inbox(surface)
        self._inbox.resize(WIDTH, HEIGHT)
        self._inbox.show_view(surface.inbox())
        self.watch = Stopwatch(self._inbox, self._inbox.rows)
        self.watch.frame(self._inbox.show)
        self.first_paint_ms = (time.thread_time() - began) * 1000
        self._leave = surface.subscribe(self._changed)

    def _changed(self, refresh: Refresh) -> None:
        if "inbox" in refresh.parts:
            self._inbox.show_view(self._surface.inbox(), refresh.rows)

    def close(self) -> None:
        """Take it off the screen."""
        self._leave()
        self.watch.close()


class _PlainModel(QAbstractListModel):
    def __init__(self, row_at: Callable[[int], InboxRow], total: int) -> None:
        super().__init__()
        self._row_at, self.total = row_at, total

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else self.total

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in {ROW, Qt.ItemDataRole.DisplayRole}:
            return None
        row = self._row_at(index.row())
        return row if role == ROW else row.title

    def insert(self) -> None:
        self.beginInsertRows(QModelIndex(), 0, 0)
        self.total += 1
        self.endInsertRows()


class PlainList:
    """A QListView with uniform sizes over a plain model, with the painting of the real one."""

    def __init__(self, row_at: Callable[[int], InboxRow], total: int) -> None:
        began = time.thread_time()
        self._model = _PlainModel(row_at, total)
        self._view = QListView()
        self._view.setUniformItemSizes(True)
        self._view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._view.setModel(self._model)
        self._delegate = RowDelegate(self._view)
        self._view.setItemDelegate(self._delegate)
        self._view.resize(WIDTH, HEIGHT)
        self.watch = Stopwatch(self._view, self._view)
        self.watch.frame(self._view.show)
        self.first_paint_ms = (time.thread_time() - began) * 1000

    def insert_ms(self) -> float:
        """Milliseconds of a row at the top."""
        return self.watch.frame(self._model.insert)

    def filter_ms(self, text: str) -> float:
        """Milliseconds of a filter by a proxy model."""
        proxy = QSortFilterProxyModel()
        proxy.setFilterFixedString(text)

        def change() -> None:
            proxy.setSourceModel(self._model)
            self._view.setModel(proxy)

        try:
            return self.watch.frame(change)
        finally:
            self._view.setModel(self._model)

    def close(self) -> None:
        """Take it off the screen."""
        self.watch.close()


class RealThread:
    """The middle of the window, living with its surface."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._middle = Conversation(surface)
        self._middle.resize(THREAD_WIDTH, HEIGHT)
        self._middle.show_view(surface.conversation())
        self._middle.show()
        self.watch = Stopwatch(self._middle, self._middle.timeline)
        QApplication.processEvents()

    def open_ms(self, interaction: str) -> float:
        """Milliseconds until another conversation has been painted."""

        def change() -> None:
            self._surface.act("inbox.open", id=interaction)
            self._surface.pump()
            self._middle.show_view(self._surface.conversation())

        return self.watch.frame(change)

    def close(self) -> None:
        """Take it off the screen."""
        self.watch.close()


def one_document_ms(texts: Sequence[str]) -> float:
    """Milliseconds until one QTextDocument with all messages of a thread has been painted."""
    began = time.thread_time()
    page = QTextEdit()
    page.resize(THREAD_WIDTH, HEIGHT)
    page.setPlainText("\n\n".join(f"{n}\n{text}" for n, text in enumerate(texts)))
    watch = Stopwatch(page, page)
    watch.frame(page.show)
    taken = (time.thread_time() - began) * 1000
    watch.close()
    return taken
