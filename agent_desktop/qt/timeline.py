"""The timeline: one list over all media, in which only what is seen is laid out.

A table of one column whose rows are painted (`bubbles.py`).  A row is measured when it comes into view;
until then it has a guessed height, and the view keeps its place when the guess was wrong.  At the newest
message it stays there when another comes; elsewhere it does not move under the reader's eyes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import (
    QModelIndex,
    QPointF,
    Qt,
    QTimer,
    Signal,
)  # fmt: skip
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)  # fmt: skip
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)  # fmt: skip

from agent_desktop.i18n import _
from agent_desktop.qt import bubbles, focus, paint, tokens
from agent_desktop.qt.buttons import menu_entry
from agent_desktop.qt.laying import Measured, Zone
from agent_desktop.qt.pressing import PressTable
from agent_desktop.qt.theme import look
from agent_desktop.qt.timeline_model import ITEM, Index, TimelineModel
from agent_desktop.viewmodels.conversation import TimelineItemView

GUESS = 84  # height of an item that nobody has looked at yet
_KEPT = 300


class BubbleDelegate(QStyledItemDelegate):
    """Paints rows and keeps the layouts of those seen lately."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(parent)
        self._view = parent
        self._kept: OrderedDict[tuple[TimelineItemView, int, bool], Measured] = OrderedDict()

    def forget(self) -> None:
        """Lay out anew, because the look changed."""
        self._kept.clear()

    def measured(self, item: TimelineItemView) -> Measured:
        """Give the layout of an item for the present width."""
        width = self._view.viewport().width()
        rtl = self._view.layoutDirection() == Qt.LayoutDirection.RightToLeft
        key = (item, width, rtl)
        if (found := self._kept.get(key)) is None:
            found = self._kept[key] = bubbles.measure(item, width, rtl=rtl)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ITEM)
        if not isinstance(item, TimelineItemView):
            return
        area = option.rect
        state = option.state
        painter.save()
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        painter.translate(area.topLeft())
        self.measured(item).draw(painter)
        painter.restore()
        if state & QStyle.StateFlag.State_HasFocus and focus.by_key(self._view):
            painter.save()
            ring = area.toRectF().adjusted(4, 0, -4, -look().px(8))
            paint.rounded(
                painter,
                ring,
                look().px(tokens.RADIUS_CARD),
                None,
                look().colour("accent"),
                tokens.FOCUS_WIDTH,
            )
            painter.restore()


class Timeline(PressTable):
    """The list of messages.  `whole` asks for an item's viewer, `file` for an attachment.

    `press` asks to hear a recording, to stop it, or to call back: by the mouse, by Space, from the menu.
    """

    whole = Signal(object)
    file = Signal(str)
    press = Signal(object)  # a button of an item: play, stop, call back
    reached_top = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.setProperty("ground", "background")
        self.setAccessibleName(_("Conversation"))
        self.items = TimelineModel(self)
        self.setModel(self.items)
        self._delegate = BubbleDelegate(self)
        self.setItemDelegate(self._delegate)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header = self.verticalHeader()
        header.hide()
        header.setMinimumSectionSize(1)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setDefaultSectionSize(look().px(GUESS))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalScrollBar().rangeChanged.connect(
            lambda _low, high: self.verticalScrollBar().setEnabled(high > 0)
        )
        self._stuck = True
        self._settling = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.settle)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def show_items(self, items: Sequence[TimelineItemView], *, fresh: bool) -> None:
        """Show the items; `fresh`: another conversation, begin at its newest message."""
        if fresh:
            self._stuck = True
        anchor = self._anchor()
        self.items.show_items(items)
        for _round in range(2):  # measuring what came into view moves it once more
            if not self._stuck and anchor is not None:
                self._return_to(*anchor)
            self.settle()
        if not self._stuck and anchor is not None:
            self._return_to(*anchor)
        self._soon.start(0)

    # ---- keeping the place

    def _anchor(self) -> tuple[str, int] | None:
        """The item at the upper edge and how far it is above it."""
        row = self.rowAt(0)
        if not 0 <= row < len(self.items.items):
            return None
        return self.items.ids[row], self.rowViewportPosition(row)

    def _return_to(self, item: str, position: int) -> None:
        if item in self.items.ids:
            row = self.items.ids.index(item)
            self.executeDelayedItemsLayout()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.rowViewportPosition(row) - position)

    def settle(self) -> None:
        """Measure what is in view, and stay where the reader is."""
        if self._settling or not self.items.items or self.viewport().width() < 50:
            return
        self._settling = True
        try:
            if self._stuck:
                self._measure_end()
                self.scrollToBottom()
            for _round in range(4):
                if not self._measure_visible():
                    break
            if self._stuck:
                self.scrollToBottom()
        finally:
            self._settling = False
        self.viewport().update()

    def _fit(self, row: int) -> int:
        """Give a row its real height; gives by how much it grew."""
        height = round(self._delegate.measured(self.items.item(row)).height)
        grown = height - self.rowHeight(row)
        if grown:
            self.verticalHeader().resizeSection(row, height)
        return grown

    def _measure_end(self) -> None:
        room = self.viewport().height()
        for row in range(len(self.items.items) - 1, -1, -1):
            self._fit(row)
            room -= self.rowHeight(row)
            if room < 0:
                return

    def _measure_visible(self) -> bool:
        first = max(self.rowAt(0), 0)
        last = self.rowAt(self.viewport().height())
        last = len(self.items.items) - 1 if last < 0 else last
        changed = False
        for row in range(first, min(last, len(self.items.items) - 1) + 1):
            above = self.rowViewportPosition(row) < 0
            if grown := self._fit(row):
                changed = True
                if above and not self._stuck:
                    bar = self.verticalScrollBar()
                    bar.setValue(bar.value() + grown)
        return changed

    def _scrolled(self, value: int) -> None:
        if self._settling:
            return
        bar = self.verticalScrollBar()
        self._stuck = value >= bar.maximum() - look().px(8)
        self._soon.start(0)
        if value <= 0 < bar.maximum():
            self.reached_top.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._delegate.forget()
        self.settle()

    # ---- what can be done with an item

    def _item_at(self, point: QPointF) -> tuple[TimelineItemView, QPointF] | None:
        row = self.rowAt(round(point.y()))
        if not 0 <= row < len(self.items.items):
            return None
        inside = QPointF(point.x(), point.y() - self.rowViewportPosition(row))
        return self.items.item(row), inside

    def _zone(self, point: QPointF) -> tuple[TimelineItemView, Zone] | None:
        if (found := self._item_at(point)) is None:
            return None
        zone = self._delegate.measured(found[0]).zone_at(found[1])
        return None if zone is None else (found[0], zone)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._zone(event.position()) is not None
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and (found := self._zone(event.position())):
            self._use(*found)
        super().mouseReleaseEvent(event)

    def _use(self, item: TimelineItemView, zone: Zone) -> None:
        if zone.kind == "file":
            self.file.emit(zone.argument)
        elif zone.kind in {"callback", "recover"}:
            self.press.emit(item.callback if zone.kind == "callback" else item.recover)
        elif zone.kind == "choose":
            self._choose(item)
        elif zone.kind == "play":
            self.press.emit(next(row.play for row in item.recordings if row.id == zone.argument))
        else:
            self.whole.emit(item)

    def row_pressed(self, index: QModelIndex) -> None:
        """A press from outside is Enter: the message whole."""
        if isinstance(item := index.data(ITEM), TimelineItemView):
            self.whole.emit(item)

    def _choose(self, item: TimelineItemView) -> None:
        """Choose a message for a split, or let it go."""
        if item.acts:
            self.press.emit(item.acts[-1])

    def focusInEvent(self, event: QFocusEvent) -> None:
        focus.note_reason(self, event)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focus.note_key(self)
        item = self.currentIndex().data(ITEM)
        if isinstance(item, TimelineItemView):
            if event.matches(QKeySequence.StandardKey.Copy):
                QGuiApplication.clipboard().setText(item.text)
                return
            if event.key() == Qt.Key.Key_Space and item.chosen is not None:
                self._choose(item)
                return
            if event.key() == Qt.Key.Key_Space and item.recover is not None:
                self.press.emit(item.recover)
                return
            if event.key() == Qt.Key.Key_Space and item.recordings:
                rows = item.recordings
                self.press.emit(next((row for row in rows if row.playing), rows[0]).play)
                return
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.whole.emit(item)
                return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if (found := self._item_at(QPointF(event.pos()))) is None:
            return
        item = found[0]
        menu = QMenu(self)
        menu.setAccessibleName(_("Message"))
        menu.addAction(_("Copy text")).triggered.connect(
            lambda: QGuiApplication.clipboard().setText(item.text)
        )
        menu.addAction(_("Show the whole message")).triggered.connect(lambda: self.whole.emit(item))
        heard = [replace(row.play, label=f"{row.play.label}: {row.label}") for row in item.recordings]
        files = [b for file in item.attachments for b in (file.save, file.folder)]
        for button in (*heard, item.callback, item.recover, *item.acts, *files):
            if button is not None:
                entry = menu_entry(menu, button)
                entry.triggered.connect(lambda _checked=False, b=button: self.press.emit(b))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())
