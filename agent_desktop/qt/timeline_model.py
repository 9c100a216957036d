"""The items of a conversation as Qt sees them: a table of one column whose rows are made when looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from agent_desktop.viewmodels.conversation import TimelineItemView
from agent_desktop.viewmodels.lines import Ends, Lines

ITEM: Final = Qt.ItemDataRole.UserRole
_SEEN_MOST: Final = 300
Index = QModelIndex | QPersistentModelIndex


class TimelineModel(QAbstractTableModel):
    """The items, each made when it is looked at; new ones become the smallest change."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: Sequence[TimelineItemView] = ()
        self.ids: Sequence[str] = ()
        self._seen: dict[str, TimelineItemView] = {}  # what was given out: only that can look different

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the same
        return 0 if parent.isValid() else 1

    def item(self, row: int) -> TimelineItemView:
        """The item of a row."""
        found = self._seen[self.ids[row]] = self.items[row]
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in {ITEM, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return None
        if not index.isValid() or index.row() >= len(self.ids):
            return None
        item = self.item(index.row())
        match role:
            case Qt.ItemDataRole.AccessibleTextRole:
                return item.accessible or item.text
            case Qt.ItemDataRole.DisplayRole:
                return item.text
            case _:
                return item

    def show_items(self, items: Sequence[TimelineItemView]) -> None:
        """Take the new items: what is the same at both ends stays."""
        before, after = self.ids, items.ids if isinstance(items, Lines) else [item.id for item in items]
        least = min(len(before), len(after))
        head = next((n for n in range(least) if before[n] != after[n]), least)
        least -= head
        tail = next((n for n in range(least) if before[-1 - n] != after[-1 - n]), least)
        gone, came = len(before) - head - tail, len(after) - head - tail
        if gone:
            self.beginRemoveRows(QModelIndex(), head, head + gone - 1)
        # What is left of the old ones are the first and the last of the new ones.
        self.items, self.ids = Ends(items, head, tail), (*before[:head], *before[len(before) - tail :])
        if gone:
            self.endRemoveRows()
        if came:
            self.beginInsertRows(QModelIndex(), head, head + came - 1)
        self.items, self.ids = items, after
        if came:
            self.endInsertRows()
        self._compare(head, tail)

    def _compare(self, head: int, tail: int) -> None:
        """Say of those that stayed and were looked at which look different now."""
        known, self._seen = self._seen, {}
        for row in (*range(head), *range(len(self.ids) - tail, len(self.ids))):
            if (old := known.get(self.ids[row])) is not None and old != self.item(row):
                self.dataChanged.emit(self.index(row, 0), self.index(row, 0))
        while len(self._seen) > _SEEN_MOST:
            del self._seen[next(iter(self._seen))]
