"""A row of the inbox, painted: who and when, the last line, what is known about it, and the clock at its end.

The third line begins with what needs a word: an act that waits to be sent, colleagues who are there, whose it
is.  Each is words beside its mark, never a colour alone.  While something is picked, or under the mouse, the
disc is a box to tick.
"""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from agent_desktop.qt import focus, icons, paint, tokens
from agent_desktop.qt.inbox_model import ROW
from agent_desktop.qt.theme import Look, look
from agent_desktop.viewmodels.inbox import InboxRow
from agent_desktop.viewmodels.parts import Badge, Tone

ROW_HEIGHT = 82
PICTURES = 32  # rows whose pictures are kept: more than a tall screen shows
PICK = (8, 8, 44, 66)  # where a click picks: x, y, width, height
PICKING = "picking"  # the property of the list: something is picked
POINTED = "pointed"  # the property of the list: the row under the mouse whose disc is pointed at


class RowDelegate(QStyledItemDelegate):
    """Paints one row; keeps the pictures of those painted lately, because an arrival moves rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[tuple[object, ...], QPixmap] = OrderedDict()
        self._worn: Look | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(look().px(tokens.INBOX_WIDTH), look().px(ROW_HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(ROW)
        if not isinstance(row, InboxRow):
            return
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        widget: QWidget = option.widget
        over = not row.selected and bool(state & QStyle.StateFlag.State_MouseOver)
        boxed = bool(widget.property(PICKING)) or widget.property(POINTED) == index.row()
        picture = self._picture(row, area.size(), widget, over=over, boxed=boxed and bool(row.conversation))
        painter.drawPixmap(area.topLeft(), picture)
        if state & QStyle.StateFlag.State_HasFocus and focus.by_key(widget):
            painter.save()
            ring = QRectF(area).adjusted(5, 3, -3, -4)
            paint.rounded(painter, ring, look().px(6), None, look().colour("accent"), tokens.FOCUS_WIDTH)
            painter.restore()

    def _picture(self, row: InboxRow, size: QSize, widget: QWidget, *, over: bool, boxed: bool) -> QPixmap:
        if self._worn is not look():
            self._worn = look()
            self._kept.clear()
        ratio = widget.devicePixelRatioF()
        key = (row, size.toTuple(), ratio, widget.layoutDirection(), over, boxed)
        if (found := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return found
        picture = self._kept[key] = QPixmap(size * ratio)
        if len(self._kept) > PICTURES:
            self._kept.popitem(last=False)
        picture.setDevicePixelRatio(ratio)
        ground = "background" if over else "accent_soft" if row.selected or row.marks.picked else "surface"
        picture.fill(look().colour(ground))
        area = QRect(QPoint(0, 0), size)
        painter = QPainter(picture)
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        painter.setPen(look().colour("border"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        _RowPainter(painter, area, widget).draw(row, boxed=boxed)
        painter.end()
        return picture


class _RowPainter:
    """The lines of one row, mirrored where the text runs from right to left."""

    def __init__(self, painter: QPainter, area: QRect, widget: QWidget) -> None:
        self.painter, self.area, self.widget = painter, area, widget
        self.rtl = widget.layoutDirection() == Qt.LayoutDirection.RightToLeft

    def _box(self, x: float, y: float, width: float, height: float) -> QRectF:
        rect = QRectF(self.area.left() + x, self.area.top() + y, width, height)
        return paint.mirrored(self.widget, self.area, rect)

    def _text(self, box: QRectF, text: str, font: QFont, colour: str, *, end: bool = False) -> None:
        self.painter.setFont(font)
        self.painter.setPen(look().colour(colour))
        fits = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, round(box.width()) + 1)
        self.painter.drawText(box, paint.TRAILING if end != self.rtl else paint.LEADING, fits)

    def draw(self, row: InboxRow, *, boxed: bool) -> None:
        px, width = look().px, self.area.width()
        if row.selected:
            self.painter.fillRect(self._box(0, 0, px(3), self.area.height() - 1), look().colour("accent"))
        disc = self._box(px(14), px(10), px(36), px(36))
        if boxed:
            self._tick(disc, on=row.marks.picked)
        else:
            paint.avatar(self.painter, disc, row.initials, row.medium, row.icon)
        left, right = px(60), width - px(12)
        bold = look().font(tokens.TEXT_BODY, tokens.BOLD)
        plain, meta = look().font(), look().font(12)
        age = QFontMetrics(meta).horizontalAdvance(row.age) + 2
        self._text(self._box(right - age, px(9), age, px(20)), row.age, meta, "muted", end=True)
        self._text(self._box(left, px(9), right - left - age - px(8), px(20)), row.title, bold, "text")
        unread = self._unread(row, right)
        line = self._box(left, px(30), right - left - unread, px(20))
        ink = "accent" if row.typing else "text" if row.unread else "muted"
        self._text(line, row.line, look().font(tokens.TEXT_BODY, tokens.STRONG) if row.unread else plain, ink)
        self._tags(row, left, right)

    def _unread(self, row: InboxRow, right: int) -> int:
        """Draw the count of unread messages at the end of the second line; gives the room it took."""
        if not row.unread:
            return 0
        px, text = look().px, str(min(row.unread, 99))
        width = max(px(18), QFontMetrics(look().font(tokens.TEXT_META)).horizontalAdvance(text) + px(10))
        box = self._box(right - width, px(31), width, px(18))
        paint.rounded(self.painter, box, px(9), look().colour("accent"))
        self.painter.setFont(look().font(tokens.TEXT_META, tokens.BOLD))
        self.painter.setPen(look().colour("on_accent"))
        self.painter.drawText(box, paint.CENTRED, text)
        return width + px(8)

    def _tick(self, disc: QRectF, *, on: bool) -> None:
        """Draw the box to tick in the place of the disc."""
        side, px = look().px(20), look().px
        place = QRectF(disc.center().x() - side / 2, disc.center().y() - side / 2, side, side)
        ground = look().colour("accent" if on else "surface")
        edge = look().colour("accent" if on else "control_border")
        paint.rounded(self.painter, place, px(5), ground, edge)
        if on:
            inset = px(2)
            mark = place.adjusted(inset, inset, -inset, -inset)
            icons.paint(self.painter, "check", look().colour("on_accent"), mark)

    def _marks(self, row: InboxRow) -> list[tuple[str, Badge]]:
        """What needs a word, each with its icon."""
        found: list[tuple[str, Badge]] = []
        if row.marks.waiting:
            found.append(("clock", Badge(row.marks.waiting, Tone.WARNING)))
        if row.marks.watchers:
            first, *others = row.marks.watchers
            more = f" +{len(others)}" if others else ""
            icon = "note" if first.active else "eye"
            found.append((icon, Badge(first.short + more, Tone.ACCENT if first.active else Tone.PLAIN)))
        if row.marks.owner:
            found.append(("customers", Badge(row.marks.owner)))
        return found

    def _tags(self, row: InboxRow, left: int, right: int) -> None:
        px, height = look().px, paint.tag_height()
        if row.badge is not None:
            width = paint.tag_width(row.badge.text)
            paint.tag(self.painter, self._box(right - width, px(54), width, height), row.badge)
            right -= width + px(8)
        for icon, badge in self._marks(row):
            width = min(paint.tag_width(badge.text) + px(16), right - left)
            if width < px(48):
                return
            paint.tag_with(self.painter, self._box(left, px(54), width, height), badge, icon, rtl=self.rtl)
            left += width + px(5)
        for text in row.tags:
            width = paint.tag_width(text, bold=False)
            if left + width > right:
                if right - left < px(48):
                    return
                width = right - left
            paint.tag(self.painter, self._box(left, px(54), width, height), Badge(text))
            left += width + px(5)
