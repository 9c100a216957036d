"""How a line of the supervisor's board looks: its cells, its buttons, the head of its table.

Everything is painted for the table that it is in, in the reading direction of that table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem

from agent_desktop.qt import focus, icons, paint, tokens
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Badge, Button, Tone

if TYPE_CHECKING:
    from agent_desktop.qt.board import BoardTable

LINE = Qt.ItemDataRole.UserRole
HEADER, BUTTON, PAD = 32, 28, 14
MORE = Button("board.more", "\N{HORIZONTAL ELLIPSIS}")  # the table itself opens the menu of the line
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, its share of the width, the least it needs, and the width without it."""

    title: str
    share: int = 1
    least: int = 60
    goes_below: int = 0  # it goes where the table is narrower than this


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: an icon, a dot in a tone, words, or a badge."""

    text: str = ""
    colour: str = "text"
    weight: int = tokens.NORMAL
    badge: Badge | None = None
    dot: Tone | None = None
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its cells, itself as a sentence, and what can be done with it."""

    id: str
    cells: tuple[Cell, ...]
    spoken: str
    buttons: tuple[Button, ...] = ()
    chosen: bool = False  # it stands out: the call that is listened to


def button_width(button: Button) -> int:
    """The room that a button of a line takes."""
    words = QFontMetrics(look().font(12, tokens.STRONG)).horizontalAdvance(button.label)
    return words + look().px(20)


def places(line: Line, room: QRectF, *, all_of_them: bool) -> list[tuple[Button, QRectF]]:
    """Where the buttons of a line stand, from the start of their column.

    What can be done comes first, so that a button stays under the pointer that came for it; what has no room
    is behind the last one, which opens all of it as a menu.
    """
    shown = sorted(line.buttons, key=lambda button: not button.enabled)
    if not all_of_them:
        return _fitting([button for button in shown if button.enabled][:1], room)
    made = _fitting(shown, room)
    if len(made) == len(shown):
        return made
    for kept in range(len(made), 0, -1):
        again = _fitting([*shown[:kept], MORE], room)
        if len(again) == kept + 1:
            return again
    return made[:1]


def _fitting(buttons: list[Button], room: QRectF) -> list[tuple[Button, QRectF]]:
    """The first buttons that have room, and where."""
    px, x = look().px, room.left()
    high, made = px(BUTTON), []
    for button in buttons:
        wide = button_width(button)
        if x + wide > room.right() + 1:
            break
        made.append((button, QRectF(x, room.center().y() - high / 2, wide, high)))
        x += wide + px(6)
    return made


class BoardDelegate(QStyledItemDelegate):
    """Paints a cell."""

    def __init__(self, table: BoardTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line = index.data(LINE)
        if not isinstance(line, Line):
            return
        area: QRect = option.rect
        table, px = self._table, look().px
        painter.save()
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        current = focus.by_key(table) and table.currentIndex().row() == index.row()
        if line.chosen or current or table.touched == index.row():
            painter.fillRect(area, look().colour("accent_soft" if line.chosen else "raised"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # noqa: FBT003 - an edge is one sharp pixel
        painter.setPen(look().colour("border"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.column() < len(line.cells):
            self._cell(painter, area, line.cells[index.column()], first=index.column() == 0)
        else:
            every = current or line.chosen or table.touched == index.row()
            for button, box in places(line, table.button_room(area), all_of_them=every):
                self._button(painter, paint.mirrored(table, area, box), button)
        if current and index.column() == 0:
            edge = QRectF(area.left(), area.top(), px(3), area.height())
            painter.fillRect(paint.mirrored(table, area, edge), look().colour("accent"))
        painter.restore()

    def _cell(self, painter: QPainter, area: QRect, cell: Cell, *, first: bool) -> None:
        table, px = self._table, look().px
        x = float(area.left() + px(PAD if first else 6))
        right = float(area.right() - px(4))
        middle = QRectF(area).center().y()
        if cell.badge is not None:
            wide = min(float(paint.tag_width(cell.badge.text)), max(right - x, 1))
            high = paint.tag_height()
            place = paint.mirrored(table, area, QRectF(x, middle - high / 2, wide, high))
            paint.tag(painter, place, cell.badge)
            return
        if cell.dot is not None:
            mark = paint.mirrored(table, area, QRectF(x, middle - px(4), px(8), px(8)))
            paint.dot(painter, mark.center(), px(8), paint.tone_ink(cell.dot))
            x += px(15)
        if cell.icon:
            place = paint.mirrored(table, area, QRectF(x, middle - px(7), px(14), px(14)))
            icons.paint(painter, cell.icon, look().colour("muted"), place)
            x += px(20)
        words = paint.mirrored(table, area, QRectF(x, area.top(), max(right - x, 0), area.height()))
        painter.setFont(look().font(tokens.TEXT_BODY, cell.weight))
        painter.setPen(look().colour(cell.colour))
        fits = painter.fontMetrics().elidedText(
            cell.text, Qt.TextElideMode.ElideRight, round(words.width()) + 1
        )
        rtl = table.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.drawText(words, paint.TRAILING if rtl else paint.LEADING, fits)

    def _button(self, painter: QPainter, box: QRectF, button: Button) -> None:
        radius = look().px(tokens.RADIUS_CONTROL)
        solid = button.tone is Tone.ACCENT and button.enabled
        ground = look().colour("accent" if solid else "accent_soft" if button.checked else "surface")
        edge = None if solid else look().colour("accent" if button.checked else "border")
        paint.rounded(painter, box, radius, ground if button.enabled else None, edge)
        ink = "on_accent" if solid else "accent" if button.checked else "text" if button.enabled else "muted"
        painter.setPen(look().colour(ink))
        painter.setFont(look().font(12, tokens.STRONG))
        painter.drawText(box, paint.CENTRED, button.label)


class BoardHeader(QHeaderView):
    """The titles of the columns, over the words of their cells."""

    def __init__(self, table: BoardTable) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(1)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setFixedHeight(look().px(HEADER))
        self.setAccessibleName(table.accessibleName())

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        model, px = self.model(), look().px
        painter.save()
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        painter.fillRect(rect, look().colour("surface"))
        painter.setPen(look().colour("border"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setFont(look().font(tokens.TEXT_META, tokens.BOLD))
        painter.setPen(look().colour("muted"))
        inset = px(PAD if section == 0 else 6)
        box = paint.mirrored(self, rect, QRectF(rect).adjusted(inset, 0, -px(2), 0))
        title = str(model.headerData(section, Qt.Orientation.Horizontal) or "")
        fits = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, round(box.width()) + 1)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.drawText(box, paint.TRAILING if rtl else paint.LEADING, fits)
        painter.restore()
