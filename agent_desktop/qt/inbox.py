"""The inbox: mine, my queues', all; media chips; rows of three lines that are painted, not built.

A row shows name and age, the last line, queue and tags, and the clock that matters at its end.  Enter or
a click opens it.  An empty list says why and what to do.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)  # fmt: skip

from agent_desktop.i18n import _
from agent_desktop.qt import focus, paint, tokens
from agent_desktop.qt.buttons import Act, Button, Kind, open_menu
from agent_desktop.qt.controls import Flow, Panel, Tabs, column
from agent_desktop.qt.emptiness import EmptyState
from agent_desktop.qt.inbox_model import ROW, InboxModel
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.inbox import InboxRow, InboxView, RowChange
from agent_desktop.viewmodels.parts import Badge
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.surface import Surface

ROW_HEIGHT = 82


class RowDelegate(QStyledItemDelegate):
    """Paints one row."""

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
        painter.save()
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        ground = "accent_soft" if row.selected else "surface"
        if not row.selected and state & QStyle.StateFlag.State_MouseOver:
            ground = "background"
        painter.fillRect(area, look().colour(ground))
        painter.setPen(look().colour("border"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        _RowPainter(painter, area, widget).draw(row)
        if state & QStyle.StateFlag.State_HasFocus and focus.by_key(widget):
            ring = QRectF(area).adjusted(5, 3, -3, -4)
            paint.rounded(painter, ring, look().px(6), None, look().colour("accent"), tokens.FOCUS_WIDTH)
        painter.restore()


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

    def draw(self, row: InboxRow) -> None:
        px, width = look().px, self.area.width()
        if row.selected:
            self.painter.fillRect(self._box(0, 0, px(3), self.area.height() - 1), look().colour("accent"))
        paint.avatar(
            self.painter, self._box(px(14), px(10), px(36), px(36)), row.initials, row.medium, row.icon
        )
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

    def _tags(self, row: InboxRow, left: int, right: int) -> None:
        px, height = look().px, paint.tag_height()
        if row.badge is not None:
            width = paint.tag_width(row.badge.text)
            paint.tag(self.painter, self._box(right - width, px(54), width, height), row.badge)
            right -= width + px(8)
        for text in row.tags:
            width = paint.tag_width(text, bold=False)
            if left + width > right:
                if right - left < px(48):
                    return
                width = right - left
            paint.tag(self.painter, self._box(left, px(54), width, height), Badge(text))
            left += width + px(5)


class Rows(QTableView):
    """The list itself."""

    def __init__(self, act: Act, model: InboxModel, acts: Callable[[int], tuple[ButtonView, ...]]) -> None:
        super().__init__()
        self.setObjectName("inbox-rows")
        self.setAccessibleName(_("Inbox"))
        self._act = act
        self._acts = acts
        self.setModel(model)
        self._rows = model
        self._delegate = RowDelegate(self)
        self.setItemDelegate(self._delegate)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(look().px(ROW_HEIGHT))
        self.verticalHeader().setDefaultSectionSize(look().px(ROW_HEIGHT))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self.open)

    def open(self, index: QModelIndex) -> None:
        """Open the conversation of a row."""
        if (row := self._rows.row(index)) is not None:
            self._act("inbox.open", id=row.interaction)

    @property
    def pointed_at(self) -> str:
        """The interaction of the row that has the keyboard."""
        row = self._rows.row(self.currentIndex()) if self.currentIndex().isValid() else None
        return row.interaction if row is not None else ""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        spot = event.pos() if event.reason() is QContextMenuEvent.Reason.Mouse else None
        self.open_acts(self.indexAt(spot) if spot is not None else self.currentIndex(), spot)

    def open_acts(self, index: QModelIndex, at: QPoint | None = None) -> None:
        """Open what can be done with a row as a menu: open it, ask why nobody takes it."""
        row = self._rows.row(index)
        if row is None:
            return
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        area = self.visualRect(index)
        corner = area.bottomRight() if rtl else area.bottomLeft()
        spot = self.viewport().mapTo(self, corner if at is None else at)
        open_menu(self, self._acts(index.row()), self._act, row.accessible, spot)

    def focusInEvent(self, event: QFocusEvent) -> None:
        focus.note_reason(self, event)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focus.note_key(self)
        if event.key() == Qt.Key.Key_Menu:
            self.open_acts(self.currentIndex())
            return
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.open(self.currentIndex())
        else:
            super().keyPressEvent(event)


class Inbox(Panel):
    """The panel: tabs, chips, rows."""

    def __init__(self, surface: Surface) -> None:
        super().__init__("surface", "r")
        self.setObjectName("inbox")
        self.setAccessibleName(_("Inbox"))
        self._surface = surface
        self._view: InboxView | None = None
        self.tabs = Tabs(_("Which work"))
        self.tabs.currentChanged.connect(self._tab_chosen)
        self._chips = Flow(6)
        self.chips: dict[str, Button] = {}
        self.model = InboxModel(surface.inbox_row, lambda: surface.inbox().total, self)
        self.rows = Rows(surface.act, self.model, surface.row_acts)
        self.empty = EmptyState(surface.act)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.rows)
        self._stack.addWidget(self.empty)
        head = Panel("surface", "b")
        inside = column(margins=(12, 11, 12, 10), gap=10)
        inside.addWidget(self.tabs)
        inside.addLayout(self._chips)
        head.setLayout(inside)
        whole = column(gap=0)
        whole.setContentsMargins(0, 0, 1, 0)
        whole.addWidget(head)
        whole.addWidget(self._stack, 1)
        self.setLayout(whole)
        self.setMinimumWidth(look().px(280))

    def show_view(self, view: InboxView, rows: tuple[RowChange, ...] | None = None) -> None:
        """Show the frame; `rows` are the steps of the list, None: begin anew."""
        before, self._view = self._view, view
        if before is None or view.tabs != before.tabs:
            self.tabs.show_tabs([
                (tab.id, tab.label if tab.count is None else f"{tab.label} {tab.count}", tab.selected)
                for tab in view.tabs
            ])  # fmt: skip
        if before is None or view.chips != before.chips:
            self._show_chips(view)
        if rows is None:
            self.model.reset()
        else:
            self.model.apply(rows)
        if before is not None and before.selected_index != view.selected_index:
            self.rows.viewport().update()
        if view.empty is not None and not view.total:
            self.empty.show_empty(view.empty)
        elif view.loading and not view.total:
            self.empty.show_loading(_("The list is loading…"))
        self._stack.setCurrentIndex(1 if not view.total and (view.empty or view.loading) else 0)

    def _show_chips(self, view: InboxView) -> None:
        for chip in view.chips:
            if chip.id not in self.chips:
                self.chips[chip.id] = Button(self._surface.act, kind=Kind.CHIP)
                self._chips.addWidget(self.chips[chip.id])
            args = (("medium", chip.id),)
            shown = ButtonView("inbox.medium", chip.label, icon=chip.icon, args=args, checked=chip.selected)
            self.chips[chip.id].show_view(shown)

    def _tab_chosen(self, index: int) -> None:
        if 0 <= index < len(self.tabs.ids):
            self._surface.act("inbox.tab", tab=self.tabs.ids[index])
