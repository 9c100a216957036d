"""A list whose rows are painted and can still be pressed by a screen reader.

Qt gives each row of a table one action on the accessibility bus: to select it.  Here the row that has the
keyboard is the selected one, and nothing else ever selects: so what selects or lets go from outside is a
screen reader, a switch or a voice command, and means the same as Enter or a click (WCAG 2.2, 4.1.2).
"""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QTimer,
)  # fmt: skip
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget
from shiboken6 import isValid

Index = QModelIndex | QPersistentModelIndex
_FLAG = QItemSelectionModel.SelectionFlag
_ROW = _FLAG.ClearAndSelect | _FLAG.Rows


class PressTable(QTableView):
    """The table; `row_pressed` is what a press from outside does: a click, unless it says otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marking = self._removing = False
        self.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)

    def row_pressed(self, index: QModelIndex) -> None:
        """Do what a click on a row does."""
        self.clicked.emit(index)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Watch the model: a row that goes away is not let go by anybody."""
        if model is not None:  # before Qt itself hears of it
            model.rowsAboutToBeRemoved.connect(self._begin_removing)
        super().setModel(model)
        if model is not None:
            model.rowsRemoved.connect(self._end_removing)
            self.selectionModel().selectionChanged.connect(self._selected)

    # ---- the row that has the keyboard is the selected one, and nothing else selects

    def selectionCommand(self, index: Index, event: QEvent | None = None) -> _FLAG:
        return _FLAG.NoUpdate

    def selectAll(self) -> None:
        """Do nothing: which rows are picked is the view-model's."""

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self._mark()

    def _mark(self) -> None:
        if self._marking or self._removing or self.selectionModel() is None:
            return
        self._marking = True
        here = self.currentIndex()
        self.selectionModel().select(here, _ROW if here.isValid() else _FLAG.Clear)
        self._marking = False

    def _begin_removing(self, _parent: QModelIndex, _first: int, _last: int) -> None:
        self._removing = True

    def _end_removing(self, _parent: QModelIndex, _first: int, _last: int) -> None:
        self._removing = False
        self._mark()

    def _selected(self, chosen: QItemSelection, let_go: QItemSelection) -> None:
        """Somebody outside selects a row, or lets the current one go: both press it."""
        if self._marking or self._removing:
            return
        indexes = chosen.indexes() or let_go.indexes()
        if indexes and indexes[0].isValid():
            at = QPersistentModelIndex(indexes[0])
            QTimer.singleShot(0, lambda: self._press(at))

    def _press(self, at: QPersistentModelIndex) -> None:
        """Once the bus has its answer: the row gets the place of the keyboard, then it is pressed."""
        if isValid(self) and at.isValid():
            index = self.model().index(at.row(), at.column())
            self.setCurrentIndex(index)
            self._mark()
            self.row_pressed(index)
