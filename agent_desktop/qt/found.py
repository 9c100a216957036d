"""What was found, under the field it was typed in: the palette's list, and whom a call can go to.

The field keeps the keyboard and hands the list's keys on; the list is a table of one painted column whose
rows have text for screen readers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QTableView

from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.forms import LineEdit
from agent_desktop.qt.pressing import PressTable
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Badge

ROW = Qt.ItemDataRole.UserRole
HEIGHT = 44
Index = QModelIndex | QPersistentModelIndex
R = TypeVar("R")


class FoundModel(QAbstractTableModel, Generic[R]):
    """The lines; `name` and `spoken` are their texts, `key` tells one from another."""

    def __init__(
        self, name: Callable[[R], str], spoken: Callable[[R], str], key: Callable[[R], object]
    ) -> None:
        super().__init__()
        self._name, self._spoken, self._key = name, spoken, key
        self.rows: tuple[R, ...] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the same
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        shown = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(shown)
            case Qt.ItemDataRole.DisplayRole:
                return self._name(shown)
            case _:
                return shown if role == ROW else None

    def show_rows(self, rows: tuple[R, ...]) -> None:
        """Show other lines; the same ones only say what changed in them."""
        if [self._key(r) for r in rows] == [self._key(r) for r in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()


def dress(view: QTableView, model: QAbstractTableModel, delegate: QStyledItemDelegate, name: str) -> None:
    """Make a table a plain list of painted lines that leaves the keyboard to its field."""
    view.setModel(model)
    view.setItemDelegate(delegate)
    view.setAccessibleName(name)
    view.horizontalHeader().hide()
    view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    view.verticalHeader().hide()
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.verticalHeader().setMinimumSectionSize(look().px(HEIGHT))
    view.verticalHeader().setDefaultSectionSize(look().px(HEIGHT))
    view.setShowGrid(False)
    view.setTabKeyNavigation(False)
    view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


class FoundList(PressTable):
    """The list of a panel: as high as its lines, less where the window is low; then it scrolls."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def sizeHint(self) -> QSize:
        count = self.model().rowCount() if self.model() is not None else 0
        return QSize(look().px(200), look().px(HEIGHT) * min(count, self._most))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(120), look().px(HEIGHT))


class Query(LineEdit):
    """The field.  Up and down go to `move`, Enter to `run` (True: with Shift), Esc to `dismiss`."""

    def __init__(
        self,
        label: str,
        hint: str,
        *,
        move: Callable[[int], None],
        run: Callable[[bool], None],
        dismiss: Callable[[], None],
    ) -> None:
        super().__init__(label, hint)
        self._move, self._run, self._dismiss = move, run, dismiss

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                self._move(1 if event.key() == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._run(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            case Qt.Key.Key_Escape:
                self._dismiss()
            case _:
                super().keyPressEvent(event)


class Line:
    """One line being painted: its ground, places in it, words in places; mirrored where the script is."""

    def __init__(self, painter: QPainter, view: QTableView, area: QRect) -> None:
        self.painter, self.area = painter, area
        self._view = view
        self._rtl = view.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)

    def ground(self, inset: float = 0) -> None:
        """Mark it as the chosen one."""
        place = QRectF(self.area).adjusted(inset, 1, -inset, -1)
        edge = look().colour("accent") if look().colours.high_contrast else None
        radius = look().px(tokens.RADIUS_CONTROL)
        paint.rounded(self.painter, place, radius, look().colour("accent_soft"), edge)

    def box(self, x: float, width: float, y: float = 0, height: float | None = None) -> QRectF:
        """A place, measured from the leading edge; as high as the line unless told otherwise."""
        high = self.area.height() if height is None else height
        whole = QRectF(self.area.left() + x, self.area.top() + y, width, high)
        return paint.mirrored(self._view, self.area, whole)

    def words(
        self,
        place: QRectF,
        text: str,
        colour: str,
        weight: int,
        *,
        size: int = tokens.TEXT_BODY,
        end: bool = False,
    ) -> None:
        """Words at the leading edge of a place, or at its end; what does not fit is cut with an ellipsis."""
        painter = self.painter
        painter.setFont(look().font(size, weight))
        painter.setPen(look().colour(colour))
        room = round(place.width()) + 1
        fits = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(place, paint.TRAILING if end != self._rtl else paint.LEADING, fits)

    def entry(self, icon: str, name: str, detail: str, badge: Badge | None, *, possible: bool) -> None:
        """Icon, name and detail one above the other, the badge at the end; muted when it is not possible."""
        px, wide, high = look().px, self.area.width(), self.area.height()
        icons.paint(self.painter, icon, look().colour("muted"), self.box(px(12), px(18)))
        tag = 0
        if badge is not None and badge.text:
            tag, tall = min(paint.tag_width(badge.text), wide // 2), paint.tag_height()
            paint.tag(self.painter, self.box(wide - tag - px(10), tag, (high - tall) / 2, tall), badge)
        room, ink = wide - px(42) - tag - px(20), "text" if possible else "muted"
        if not detail:
            self.words(self.box(px(42), room), name, ink, tokens.STRONG)
            return
        self.words(self.box(px(42), room, px(4), px(19)), name, ink, tokens.STRONG)
        under = self.box(px(42), room, px(22), px(17))
        self.words(under, detail, "muted", tokens.NORMAL, size=tokens.TEXT_META)

    def pieces(self, x: float, room: float, pieces: tuple[tuple[str, bool], ...]) -> None:
        """Words in pieces from a place on, what was found strong; the last that fits is cut."""
        whole = "".join(text for text, _found in pieces)
        if self._rtl or any(unicodedata.bidirectional(c) in {"R", "AL"} for c in whole):
            pieces = ((whole, False),)  # words that run the other way keep their order only as a whole
        for text, found in pieces:
            weight = tokens.STRONG if found else tokens.NORMAL
            self.painter.setFont(look().font(tokens.TEXT_BODY, weight))
            width = self.painter.fontMetrics().horizontalAdvance(text)
            if room <= 0:
                return
            self.words(self.box(x, min(width, room)), text, "text" if found else "muted", weight)
            x, room = x + width, room - width
