"""The inbox as Qt sees it: a table of one column whose rows are made when they are looked at.

It is a QTableView with fixed rows and never a QListView, which lays out every row again at each insert
(performance.md, 2.2).  Changes arrive as steps and are applied as such, so that the cost of one arrival
does not grow with the number of rows; a flood of steps becomes one reset.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from agent_desktop.viewmodels.inbox import InboxRow, RowChange, RowMove

ROW = Qt.ItemDataRole.UserRole
_FLOOD = 64  # more steps than this in one refresh are painted as a new list
Index = QModelIndex | QPersistentModelIndex


class InboxModel(QAbstractTableModel):
    """The rows; `row_at` makes one, `total` says how many there are now."""

    def __init__(
        self, row_at: Callable[[int], InboxRow], total: Callable[[], int], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._row_at = row_at
        self._total = total
        self._count = 0

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the same
        return 0 if parent.isValid() else 1

    def row(self, index: Index) -> InboxRow | None:
        """Give the row at an index; None for one that is already gone."""
        if not index.isValid() or not 0 <= index.row() < min(self._count, self._total()):
            return None
        return self._row_at(index.row())

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in {ROW, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return None
        if (row := self.row(index)) is None:
            return None
        match role:
            case Qt.ItemDataRole.AccessibleTextRole:
                return row.accessible
            case Qt.ItemDataRole.DisplayRole:
                return row.title
            case _:
                return row

    def reset(self) -> None:
        """Begin anew with as many rows as there are."""
        self.beginResetModel()
        self._count = self._total()
        self.endResetModel()

    def apply(self, changes: tuple[RowChange, ...]) -> None:
        """Follow the steps from the old list to the new one."""
        if len(changes) > _FLOOD or any(change.move is RowMove.RESET for change in changes):
            self.reset()
            return
        for change in changes:
            self._step(change)
        if self._count != self._total():
            self.reset()

    def _step(self, change: RowChange) -> None:
        at = change.index
        match change.move:
            case RowMove.INSERTED:
                self.beginInsertRows(QModelIndex(), at, at + change.count - 1)
                self._count += change.count
                self.endInsertRows()
            case RowMove.REMOVED:
                self.beginRemoveRows(QModelIndex(), at, at)
                self._count -= 1
                self.endRemoveRows()
            case RowMove.CHANGED:
                self.dataChanged.emit(self.index(at, 0), self.index(at + change.count - 1, 0))
            case RowMove.RESET:
                self.reset()
