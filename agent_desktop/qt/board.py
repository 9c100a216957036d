"""A table of the supervisor's board: lines that are painted, so that a hundred agents cost what ten do.

Every cell has text for a screen reader, the first one the whole line as a sentence.  What can be done with
a line is drawn at its end: the first button always, all of them on the line that is chosen or touched.
Enter (or the menu key) opens the same as a menu; one that cannot be done says why there and in its tip.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)  # fmt: skip
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)  # fmt: skip
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QWidget,
)  # fmt: skip

from agent_desktop.i18n import _
from agent_desktop.qt import focus, paint
from agent_desktop.qt.boardline import (
    HEADER,
    LINE,
    MORE,
    BoardDelegate,
    BoardHeader,
    Column,
    Line,
    button_width,
    places,
)
from agent_desktop.qt.buttons import Act, open_menu
from agent_desktop.qt.pressing import PressTable
from agent_desktop.qt.text import say_here
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button

HEIGHT = 40
Index = QModelIndex | QPersistentModelIndex


class BoardModel(QAbstractTableModel):
    """The lines; the buttons are a column of their own at the end."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.lines: tuple[Line, ...] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the same
        return 0 if parent.isValid() else len(self.columns) + 1

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        last = section >= len(self.columns)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return "" if last else self.columns[section].title
            case Qt.ItemDataRole.AccessibleTextRole:
                return _("What can be done") if last else self.columns[section].title
            case _:
                return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line, at = self.lines[index.row()], index.column()
        if role == LINE:
            return line
        if at >= len(line.cells):
            said = ", ".join(b.label if b.enabled else f"{b.label}: {b.reason}" for b in line.buttons)
            said = said or _("Nothing to do here")
            return said if role == Qt.ItemDataRole.AccessibleTextRole else None
        cell = line.cells[at]
        words = cell.badge.spoken or cell.badge.text if cell.badge is not None else cell.text
        match role:
            case Qt.ItemDataRole.AccessibleTextRole:
                return line.spoken if at == 0 else words or _("none")
            case Qt.ItemDataRole.DisplayRole:
                return words
            case _:
                return None

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show other lines; the same ones only say what changed in them."""
        if [line.id for line in lines] == [line.id for line in self.lines]:
            before, self.lines = self.lines, lines
            for row, (old, new) in enumerate(zip(before, lines, strict=True)):
                if old != new:
                    self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns)))
            return
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()


class BoardTable(PressTable):
    """The table."""

    def __init__(self, act: Act, name: str, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._act = act
        self.touched = -1
        self.setAccessibleName(name)
        self.board = BoardModel(columns)
        self.setModel(self.board)
        self._delegate = BoardDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setHorizontalHeader(BoardHeader(self))
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(1)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(look().px(HEIGHT))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show the lines; the chosen one stays chosen wherever it went."""
        here = self.pointed_at
        self.board.show_lines(lines)
        at = next((n for n, line in enumerate(lines) if line.id == here), -1)
        if at >= 0 and at != self.currentIndex().row():
            self.setCurrentIndex(self.board.index(at, 0))
        self._share_out()

    @property
    def pointed_at(self) -> str:
        """The line that has the keyboard; empty when none has."""
        row = self.currentIndex().row()
        return self.board.lines[row].id if 0 <= row < len(self.board.lines) else ""

    def wanted_height(self, most: int) -> int:
        """The height of the header and all lines, or of `most` lines."""
        count = min(max(len(self.board.lines), 1), most)
        return look().px(HEADER) + count * look().px(HEIGHT) + 2

    def button_room(self, area: QRect) -> QRectF:
        """The room for buttons in their cell."""
        return QRectF(area).adjusted(look().px(4), 0, -look().px(10), 0)

    # ---- the width of the columns

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_out()

    def _share_out(self) -> None:
        width, px = self.viewport().width(), look().px
        columns = self.board.columns
        there = [n for n, column in enumerate(columns) if width >= px(column.goes_below)]
        widest = max(
            (sum(button_width(b) + px(6) for b in line.buttons) for line in self.board.lines), default=0
        )
        least = sum(px(columns[n].least) for n in there)
        first = button_width(MORE) + px(6) + max(
            (button_width(b) for line in self.board.lines for b in line.buttons[:1]), default=0
        )  # fmt: skip
        buttons = min(widest + px(14), max(width - least, first + px(14))) if widest else 0
        left = max(width - buttons - least, 0)
        shares = sum(columns[n].share for n in there) or 1
        for number, column in enumerate(columns):
            self.setColumnHidden(number, number not in there)
            if number in there:
                self.setColumnWidth(number, px(column.least) + left * column.share // shares)
        used = sum(self.columnWidth(n) for n in there)
        self.setColumnHidden(len(columns), not buttons)
        self.setColumnWidth(len(columns), max(width - used, 1))

    # ---- what can be done

    def _button_at(self, spot: QPoint) -> Button | None:
        index = self.indexAt(spot)
        if not index.isValid() or index.column() < len(self.board.columns):
            return None
        line, area = self.board.lines[index.row()], self.visualRect(index)
        for button, box in places(line, self.button_room(area), all_of_them=True):
            if paint.mirrored(self, area, box).contains(QPointF(spot)):
                return button
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._touch(self.rowAt(round(event.position().y())))
        over = self._button_at(event.position().toPoint()) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: object) -> None:  # only its coming matters
        self._touch(-1)

    def _touch(self, row: int) -> None:
        if row != self.touched:
            self.touched = row
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        button = self._button_at(event.position().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton or button is None:
            return
        if button is MORE:
            self.setCurrentIndex(self.indexAt(event.position().toPoint()))
            self.open_line()
        elif button.enabled:
            self._act(button.action, **dict(button.args))
        else:
            say_here(self, button.reason)

    def viewportEvent(self, event: object) -> bool:
        if isinstance(event, QHelpEvent):
            button = self._button_at(event.pos())
            if button is not None and button.reason:
                say_here(self, button.reason)
                return True
        return super().viewportEvent(event)  # type: ignore[arg-type]  # Qt hands any event on

    def focusInEvent(self, event: QFocusEvent) -> None:
        focus.note_reason(self, event)
        if not self.currentIndex().isValid() and self.board.lines:
            self.setCurrentIndex(self.board.index(0, 0))
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focus.note_key(self)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Menu}:
            self.open_line()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.open_line()

    def row_pressed(self, index: QModelIndex) -> None:
        """A press from outside is Enter: what can be done with the line."""
        self.open_line()

    def open_line(self) -> None:
        """Open what can be done with the chosen line, as a menu."""
        row = self.currentIndex().row()
        if 0 <= row < len(self.board.lines) and self.board.lines[row].buttons:
            line = self.board.lines[row]
            area = self.visualRect(self.board.index(row, len(self.board.columns)))
            rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            corner = area.bottomRight() if rtl else area.bottomLeft()
            open_menu(self, line.buttons, self._act, line.spoken, self.viewport().mapTo(self, corner))

    def sizeHint(self) -> QSize:
        return QSize(look().px(300), self.wanted_height(6))
