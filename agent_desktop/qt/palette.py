"""The command palette: every action and everything found, by typing (Ctrl+K).

A panel above the window's middle; the field keeps the focus, the arrow keys move in the list, Enter runs,
Esc closes.  The list is a table whose rows are painted and have text for screen readers.
"""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
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
from agent_desktop.qt.buttons import Act
from agent_desktop.qt.controls import Panel, column
from agent_desktop.qt.forms import LineEdit
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.palette import PaletteItem, PaletteView

ITEM = Qt.ItemDataRole.UserRole
HEIGHT, WIDTH, MOST = 44, 620, 9
Index = QModelIndex | QPersistentModelIndex


class PaletteModel(QAbstractTableModel):
    """The lines that were found."""

    def __init__(self) -> None:
        super().__init__()
        self.items: tuple[PaletteItem, ...] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the same
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.items):
            return None
        item = self.items[index.row()]
        match role:
            case Qt.ItemDataRole.AccessibleTextRole:
                return item.accessible
            case Qt.ItemDataRole.DisplayRole:
                return item.title
            case _:
                return item if role == ITEM else None

    def show_items(self, items: tuple[PaletteItem, ...]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self.items = items
        self.endResetModel()


class ItemDelegate(QStyledItemDelegate):
    """Paints a line: icon, title, detail, group or keys at the end."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(look().px(WIDTH), look().px(HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ITEM)
        if not isinstance(item, PaletteItem):
            return
        area: QRect = option.rect
        view = self._view
        rtl = view.layoutDirection() == Qt.LayoutDirection.RightToLeft
        px, current = look().px, view.currentIndex().row() == index.row()
        painter.save()
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        if current:
            ground = QRectF(area).adjusted(px(8), 1, -px(8), -1)
            edge = look().colour("accent") if look().colours.high_contrast else None
            paint.rounded(painter, ground, px(tokens.RADIUS_CONTROL), look().colour("accent_soft"), edge)

        def box(x: float, width: float) -> QRectF:
            whole = QRectF(area.left() + x, area.top(), width, area.height())
            return paint.mirrored(view, area, whole)

        def words(place: QRectF, text: str, colour: str, weight: int, *, end: bool = False) -> None:
            painter.setFont(look().font(tokens.TEXT_BODY, weight))
            painter.setPen(look().colour(colour))
            fits = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, round(place.width()) + 1
            )
            painter.drawText(place, paint.TRAILING if end != rtl else paint.LEADING, fits)

        dim = "text" if item.button.enabled else "muted"
        icons.paint(painter, item.button.icon or "chevron-right", look().colour(dim), box(px(20), px(16)))
        keys = paint.keys_width(item.button.shortcut)
        end = area.width() - px(20)
        if keys:
            paint.keys(painter, box(end - keys, keys), item.button.shortcut)
            end -= keys + px(10)
        group = painter.fontMetrics().horizontalAdvance(item.group) + px(16)
        words(box(end - group, group), item.group, "muted", tokens.NORMAL, end=True)
        painter.setFont(look().font(tokens.TEXT_BODY, tokens.STRONG))
        title = min(painter.fontMetrics().horizontalAdvance(item.title) + 3, end - group - px(56))
        words(box(px(46), title), item.title, dim, tokens.STRONG)
        room = end - group - px(46) - title - px(20)
        if room > px(40):
            detail = item.button.reason or item.detail
            words(box(px(46) + title + px(10), room), detail, "muted", tokens.NORMAL)
        painter.restore()


class Query(LineEdit):
    """The field; hands the keys of the list on."""

    def __init__(self, panel: Palette) -> None:
        super().__init__(_("Search or run"), _("Search or run…"))
        self._panel = panel

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                self._panel.move_by(1 if event.key() == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._panel.run()
            case Qt.Key.Key_Escape:
                self._panel.dismiss()
            case _:
                super().keyPressEvent(event)


class Palette(QWidget):
    """The panel; lies over the whole window and closes when one clicks beside it."""

    def __init__(self, act: Act, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("palette")
        self.setAccessibleName(_("Search or run"))
        self._act = act
        self.card = Panel("surface", "a", edge="control_border")
        self.query = Query(self)
        self.query.setMinimumHeight(look().px(40))
        self.query.textEdited.connect(lambda text: act("palette.find", text=text))
        self.model = PaletteModel()
        self.list = QTableView()
        self._delegate = ItemDelegate(self.list)
        self._dress_list()
        self.says = Label("", "muted", wrap=True)
        lines = column(margins=(0, 12, 0, 8), gap=8)
        lines.setContentsMargins(1, look().px(12), 1, look().px(8))
        field = column(margins=(12, 0, 12, 0))
        field.addWidget(self.query)
        lines.addLayout(field)
        lines.addWidget(self.list)
        says = column(margins=(20, 4, 20, 8))
        says.addWidget(self.says)
        self._foot = QWidget()
        self._foot.setLayout(says)
        lines.addWidget(self._foot)
        self.card.setLayout(lines)
        self.card.setParent(self)
        self.hide()

    def _dress_list(self) -> None:
        self.list.setModel(self.model)
        self.list.setItemDelegate(self._delegate)
        self.list.setAccessibleName(_("Found"))
        self.list.horizontalHeader().hide()
        self.list.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.list.verticalHeader().hide()
        self.list.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.list.verticalHeader().setMinimumSectionSize(look().px(HEIGHT))
        self.list.verticalHeader().setDefaultSectionSize(look().px(HEIGHT))
        self.list.setShowGrid(False)
        self.list.setTabKeyNavigation(False)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(lambda index: self.run(index.row()))

    def show_view(self, view: PaletteView | None) -> None:
        """Show what was found; None closes it."""
        if view is None:
            self.hide()
            return
        if view.items != self.model.items:
            self.model.show_items(view.items)
            if view.items:
                self.list.setCurrentIndex(self.model.index(0, 0))
        self.says.setText(_("Searching…") if view.searching and not view.items else view.empty)
        self._foot.setVisible(not view.items)
        self.list.setVisible(bool(view.items))
        self.list.setFixedHeight(look().px(HEIGHT) * min(len(view.items), MOST))
        if not self.isVisible():
            self.query.setText(view.query)
            self.place()
            self.show()
            self.raise_()
            self.query.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.place()

    def place(self) -> None:
        """Lie over the whole window, the card in its upper middle."""
        window = self.parentWidget()
        if window is None:
            return
        self.setGeometry(window.rect())
        width = min(look().px(WIDTH), self.width() - look().px(32))
        self.card.setFixedWidth(width)
        self.card.adjustSize()
        self.card.move((self.width() - width) // 2, look().px(64))

    def move_by(self, steps: int) -> None:
        """Go up or down the list, round its ends."""
        count = self.model.rowCount()
        if count:
            row = (max(self.list.currentIndex().row(), 0) + steps) % count
            self.list.setCurrentIndex(self.model.index(row, 0))
            self.query.setAccessibleDescription(self.model.items[row].accessible)

    def run(self, row: int | None = None) -> None:
        """Run the current line."""
        at = self.list.currentIndex().row() if row is None else row
        if 0 <= at < len(self.model.items):
            button = self.model.items[at].button
            if not button.enabled:
                self.says.setText(button.reason)
                self._foot.show()
                self.place()
                return
            self.dismiss()
            self._act(button.action, **dict(button.args))

    def dismiss(self) -> None:
        """Close it."""
        self._act("palette.close")

    def mousePressEvent(self, event: object) -> None:  # only its coming matters
        self.dismiss()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        shade = look().colour("rail")
        shade.setAlpha(90)
        painter.fillRect(self.rect(), shade)
