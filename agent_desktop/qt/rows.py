"""The rows of the inbox under keyboard and mouse: open, pick one, pick a range, pick all, menu, more pages.

Enter or a click opens a row.  Ctrl+click, Ctrl+Space or a click on the disc picks it; Shift with a click or
an arrow picks from where the range began; Ctrl+A picks all, Esc lets go.  A digit shows the view with that
key.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView

from agent_desktop.i18n import _
from agent_desktop.qt import focus
from agent_desktop.qt.buttons import Act, open_menu
from agent_desktop.qt.inbox_model import InboxModel
from agent_desktop.qt.inbox_row import PICK, PICKING, POINTED, ROW_HEIGHT, RowDelegate
from agent_desktop.qt.pressing import PressTable
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.inbox import InboxRow
from agent_desktop.viewmodels.parts import Button as ButtonView

_OPEN = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})
_STEPS = frozenset({
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End,
})  # fmt: skip
_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_NOWHERE = -1


class Rows(PressTable):
    """The list itself."""

    def __init__(self, act: Act, model: InboxModel, acts: Callable[[int], tuple[ButtonView, ...]]) -> None:
        super().__init__()
        self.setObjectName("inbox-rows")
        self.setAccessibleName(_("Inbox"))
        self._act = act
        self._acts = acts
        self.setModel(model)
        self._rows = model
        self._anchor = ""  # the conversation where a range begins
        self._more_from = _NOWHERE
        self._picks = False  # the press of the mouse picked: its release opens nothing
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
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._clicked)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._look_for_more())

    def show_state(self, *, picking: bool, more_from: int) -> None:
        """Whether something is picked, and from which row on the next page is wanted."""
        if bool(self.property(PICKING)) != picking:
            self.setProperty(PICKING, picking)
            self.viewport().update()
        self._more_from = more_from
        self._look_for_more()

    def _look_for_more(self) -> None:
        if self._more_from == _NOWHERE or not self.isVisible():
            return
        last = self.rowAt(self.viewport().height() - 1)
        if last == _NOWHERE or last >= self._more_from:
            self._more_from = _NOWHERE  # asked for once
            self._act("views.more")

    # ---- opening

    def _clicked(self, index: QModelIndex) -> None:
        if not self._picks:
            self.open(index)

    def open(self, index: QModelIndex) -> None:
        """Open the conversation of a row."""
        if (row := self._rows.row(index)) is not None:
            self._act("inbox.open", id=row.interaction or row.conversation)

    @property
    def pointed_at(self) -> str:
        """The work of the row that has the keyboard."""
        row = self._current()
        return row.interaction if row is not None else ""

    @property
    def conversation(self) -> str:
        """The conversation of the row that has the keyboard."""
        row = self._current()
        return row.conversation if row is not None else ""

    def _current(self) -> InboxRow | None:
        return self._rows.row(self.currentIndex()) if self.currentIndex().isValid() else None

    # ---- picking

    def _pick(self, index: QModelIndex, *, ranged: bool) -> None:
        """Pick a row or let it go; `ranged`: everything from where the range began."""
        row = self._rows.row(index)
        if row is None or not row.conversation:
            return
        if ranged and self._anchor:
            self._act("bulk.pick", id=self._anchor, to=row.conversation)
            return
        self._anchor = row.conversation
        self._act("bulk.pick", id=row.conversation)

    def _on_disc(self, index: QModelIndex, at: QPoint) -> bool:
        """Whether a point is where a click picks."""
        area = self.visualRect(index)
        x, _y, width, _height = (look().px(part) for part in PICK)
        inside = at.x() - area.left()
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            inside = area.right() - at.x()
        row = self._rows.row(index)
        return row is not None and bool(row.conversation) and x <= inside < x + width

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        held = event.modifiers()
        left = event.button() is Qt.MouseButton.LeftButton
        disc = index.isValid() and self._on_disc(index, event.position().toPoint())
        self._picks = left and index.isValid() and (disc or bool(held & (_SHIFT | _CTRL)))
        current = self._current()
        super().mousePressEvent(event)
        if self._picks:
            if held & _SHIFT and not self._anchor and current is not None:
                self._anchor = current.conversation
            self._pick(index, ranged=bool(held & _SHIFT))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.indexAt(at)
        self._point(index.row() if index.isValid() and self._on_disc(index, at) else _NOWHERE)
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(_NOWHERE)
        super().leaveEvent(event)

    def _point(self, row: int) -> None:
        if self.property(POINTED) != row:
            self.setProperty(POINTED, row)
            self.viewport().update()

    # ---- menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        spot = event.pos() if event.reason() is QContextMenuEvent.Reason.Mouse else None
        self.open_acts(self.indexAt(spot) if spot is not None else self.currentIndex(), spot)

    def open_acts(self, index: QModelIndex, at: QPoint | None = None) -> None:
        """Open what can be done with a row as a menu: open it, assign it, ask why nobody takes it."""
        row = self._rows.row(index)
        if row is None:
            return
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        area = self.visualRect(index)
        corner = area.bottomRight() if rtl else area.bottomLeft()
        spot = self.viewport().mapTo(self, corner if at is None else at)
        open_menu(self, self._acts(index.row()), self._act, row.accessible, spot)

    # ---- keys

    def focusInEvent(self, event: QFocusEvent) -> None:
        focus.note_reason(self, event)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focus.note_key(self)
        held = event.modifiers() & (_SHIFT | _CTRL | Qt.KeyboardModifier.AltModifier)
        key = Qt.Key(event.key())
        if key is Qt.Key.Key_Menu:
            self.open_acts(self.currentIndex())
        elif key is Qt.Key.Key_Space and held == _CTRL:
            self._pick(self.currentIndex(), ranged=False)
        elif key is Qt.Key.Key_A and held == _CTRL:
            self._act("bulk.all")
        elif key is Qt.Key.Key_Escape and self.property(PICKING):
            self._anchor = ""
            self._act("bulk.none")
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_9 and not held:
            self._act(f"views.key{event.text()}")
        elif key in _OPEN and not held:
            self.open(self.currentIndex())
        elif key in _STEPS and held == _SHIFT:
            self._stretch(event)
        else:
            super().keyPressEvent(event)

    def _stretch(self, event: QKeyEvent) -> None:
        """Pick from where the range began to the row that the key goes to."""
        current = self._current()
        if not self._anchor and current is not None:
            self._anchor = current.conversation
        plain = QKeyEvent(event.type(), event.key(), Qt.KeyboardModifier.NoModifier)
        super().keyPressEvent(plain)
        self._pick(self.currentIndex(), ranged=True)
