"""The transfer panel: whom the call can go to, by typing; put through at once or after asking.

The field keeps the keyboard: the arrow keys move in the list, Enter puts the call through, Shift+Enter
asks first.  What would happen stands on two buttons under the list, for the line that is chosen; one that
cannot be done says why.  A click chooses a line and nothing more: a call is never lost by one click.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)  # fmt: skip

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.buttons import Act, Button, Room
from agent_desktop.qt.controls import column, row
from agent_desktop.qt.floating import Floating
from agent_desktop.qt.forms import LineEdit
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.transferring import TargetRow, TransferView

ROW = Qt.ItemDataRole.UserRole
HEIGHT, MOST = 44, 7
Index = QModelIndex | QPersistentModelIndex


class TargetModel(QAbstractTableModel):
    """The lines that fit what is typed."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[TargetRow, ...] = ()

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
                return shown.spoken or shown.name
            case Qt.ItemDataRole.DisplayRole:
                return shown.name
            case _:
                return shown if role == ROW else None

    def show_rows(self, rows: tuple[TargetRow, ...]) -> None:
        """Show other lines; the same ones only say what changed in them."""
        if [r.key for r in rows] == [r.key for r in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()


class TargetDelegate(QStyledItemDelegate):
    """Paints a line: icon, name and detail one above the other, the state at the end."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(look().px(200), look().px(HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        shown = index.data(ROW)
        if not isinstance(shown, TargetRow):
            return
        area: QRect = option.rect
        view, px = self._view, look().px
        rtl = view.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.save()
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        if view.currentIndex().row() == index.row():
            ground = QRectF(area).adjusted(0, 1, 0, -1)
            edge = look().colour("accent") if look().colours.high_contrast else None
            paint.rounded(painter, ground, px(tokens.RADIUS_CONTROL), look().colour("accent_soft"), edge)

        def box(x: float, y: float, width: float, height: float) -> QRectF:
            return paint.mirrored(view, area, QRectF(area.left() + x, area.top() + y, width, height))

        def words(place: QRectF, text: str, colour: str, size: int, weight: int) -> None:
            painter.setFont(look().font(size, weight))
            painter.setPen(look().colour(colour))
            room = round(place.width()) + 1
            fits = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(place, paint.TRAILING if rtl else paint.LEADING, fits)

        possible = shown.blind.enabled or shown.consult.enabled
        ink = "text" if possible else "muted"
        icons.paint(painter, shown.icon, look().colour("muted"), box(px(12), 0, px(18), area.height()))
        tag = paint.tag_width(shown.state.text) if shown.state.text else 0
        if tag:
            tag = min(tag, area.width() // 2)
            high = paint.tag_height()
            place = box(area.width() - tag - px(10), (area.height() - high) / 2, tag, high)
            paint.tag(painter, place, shown.state)
        room = area.width() - px(42) - tag - px(20)
        if shown.detail:
            words(box(px(42), px(4), room, px(19)), shown.name, ink, tokens.TEXT_BODY, tokens.STRONG)
            words(box(px(42), px(22), room, px(17)), shown.detail, "muted", tokens.TEXT_META, tokens.NORMAL)
        else:
            words(box(px(42), 0, room, area.height()), shown.name, ink, tokens.TEXT_BODY, tokens.STRONG)
        painter.restore()


class TargetList(QTableView):
    """The list: as high as its lines, less where the window is low; then it scrolls."""

    def sizeHint(self) -> QSize:
        count = self.model().rowCount() if self.model() is not None else 0
        return QSize(look().px(200), look().px(HEIGHT) * min(count, MOST))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(120), look().px(HEIGHT))


class Query(LineEdit):
    """The field; hands the keys of the list on."""

    def __init__(self, panel: TransferPanel) -> None:
        super().__init__(_("Whom to?"), _("Name, queue or number"))
        self._panel = panel

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                self._panel.move_by(1 if event.key() == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                asked = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self._panel.press(consult=asked)
            case Qt.Key.Key_Escape:
                self._panel.dismiss()
            case _:
                super().keyPressEvent(event)


class TransferPanel(Floating):
    """The field, the list, and the two buttons."""

    WIDTH = 440

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(act, window, under)
        self.setObjectName("transfer")
        self.setAccessibleName(_("Transfer"))
        self.query = Query(self)
        self.query.setMinimumHeight(look().px(38))
        self.query.textEdited.connect(lambda text: act("transfer.find", text=text))
        self.model = TargetModel()
        self.list = TargetList()
        self._delegate = TargetDelegate(self.list)
        self._dress_list()
        self.says = Label("", "muted", wrap=True)
        self.blind = Button(act, height=34)
        self.consult = Button(act, height=34)
        buttons = row(gap=8)
        buttons.addWidget(self.blind, 1)
        buttons.addWidget(self.consult, 1)
        self.lines.addWidget(self.query)
        self.lines.addWidget(self.list)
        self.lines.addWidget(self.says)
        self._foot = QWidget()
        foot = column(gap=0)
        foot.addLayout(buttons)
        self._foot.setLayout(foot)
        self.lines.addWidget(self._foot)
        self.show_close(ButtonView("transfer.close", _("Close"), "close", "Escape"))

    def _dress_list(self) -> None:
        view = self.list
        view.setModel(self.model)
        view.setItemDelegate(self._delegate)
        view.setAccessibleName(_("Who can take it"))
        view.horizontalHeader().hide()
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setMinimumSectionSize(look().px(HEIGHT))
        view.verticalHeader().setDefaultSectionSize(look().px(HEIGHT))
        view.setShowGrid(False)
        view.setTabKeyNavigation(False)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.clicked.connect(lambda index: self._choose(index.row()))

    def show_view(self, view: TransferView | None) -> None:
        """Show who fits; None closes it."""
        if view is None:
            self.vanish()
            return
        chosen = self.list.currentIndex().row()
        keys = [shown.key for shown in self.model.rows]
        kept = keys[chosen] if 0 <= chosen < len(keys) else ""
        self.title.setText(view.title)
        self.setAccessibleName(view.title)
        self.model.show_rows(view.rows)
        self.says.setText(view.empty)
        self.says.set_role("error" if view.tone is Tone.DANGER else "muted")
        self.says.setVisible(bool(view.empty))
        self.list.setVisible(bool(view.rows))
        self.list.setMaximumHeight(look().px(HEIGHT) * min(len(view.rows), MOST))
        self.list.updateGeometry()
        self._choose(next((n for n, shown in enumerate(view.rows) if shown.key == kept), 0))
        if not self.isVisible():
            self.query.setText(view.query)
        self.appear(self.query)

    def _choose(self, number: int) -> None:
        """Choose a line: the buttons are its buttons now."""
        rows = self.model.rows
        self._foot.setVisible(0 <= number < len(rows))
        if not 0 <= number < len(rows):
            return
        shown = rows[number]
        if self.list.currentIndex().row() != number:
            self.list.setCurrentIndex(self.model.index(number, 0))
        self.query.setAccessibleDescription(shown.spoken or shown.name)
        self.blind.suffix = self.consult.suffix = shown.name
        for button, view, keys in (
            (self.blind, shown.blind, "Return"), (self.consult, shown.consult, "Shift+Return"),
        ):  # fmt: skip
            button.show_view(replace(view, shortcut=view.shortcut or keys))
            button.set_room(Room.FULL)
        self.list.viewport().update()

    def move_by(self, steps: int) -> None:
        """Go up or down the list, round its ends."""
        if count := len(self.model.rows):
            self._choose((max(self.list.currentIndex().row(), 0) + steps) % count)

    def press(self, *, consult: bool) -> None:
        """Put the call through to the chosen line, or ask there first; say why it cannot be."""
        if not self.model.rows:
            return
        button = self.consult if consult else self.blind
        if button.shown.reason:
            self.says.setText(button.shown.reason)
            self.says.set_role("error")
            self.says.show()
            self.place()
        elif button.isEnabled():
            button.click()
