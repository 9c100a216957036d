"""The command palette: every action and everything found, by typing (Ctrl+K).

A panel above the window's middle; the field keeps the focus, the arrow keys move in the list, Enter runs,
Esc closes.  The list is a table whose rows are painted and have text for screen readers.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.buttons import Act
from agent_desktop.qt.controls import Panel, column
from agent_desktop.qt.found import HEIGHT, ROW, FoundModel, Index, Line, Query, dress
from agent_desktop.qt.pressing import PressTable
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.palette import PaletteItem, PaletteView

WIDTH, MOST = 620, 9


class ItemDelegate(QStyledItemDelegate):
    """Paints a line: icon, title, detail, group or keys at the end."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(look().px(WIDTH), look().px(HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ROW)
        if not isinstance(item, PaletteItem):
            return
        view, px = self._view, look().px
        painter.save()
        line = Line(painter, view, option.rect)
        if view.currentIndex().row() == index.row():
            line.ground(px(8))
        dim = "text" if item.button.enabled else "muted"
        icons.paint(
            painter, item.button.icon or "chevron-right", look().colour(dim), line.box(px(20), px(16))
        )
        keys = paint.keys_width(item.button.shortcut)
        end = line.area.width() - px(20)
        if keys:
            paint.keys(painter, line.box(end - keys, keys), item.button.shortcut)
            end -= keys + px(10)
        group = painter.fontMetrics().horizontalAdvance(item.group) + px(16)
        line.words(line.box(end - group, group), item.group, "muted", tokens.NORMAL, end=True)
        painter.setFont(look().font(tokens.TEXT_BODY, tokens.STRONG))
        title = min(painter.fontMetrics().horizontalAdvance(item.title) + 3, end - group - px(56))
        line.words(line.box(px(46), title), item.title, dim, tokens.STRONG)
        room = end - group - px(46) - title - px(20)
        if room > px(40):
            detail = item.button.reason or item.detail
            pieces = ((detail, False),) if item.button.reason or not item.pieces else item.pieces
            line.pieces(px(46) + title + px(10), room, pieces)
        painter.restore()


class Palette(QFrame):
    """The panel; lies over the whole window and closes when one clicks beside it."""

    def __init__(self, act: Act, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("palette")
        self.setAccessibleName(_("Search or run"))
        self._act = act
        self.card = Panel("surface", "a", edge="control_border")
        self.query = Query(
            _("Search or run"),
            _("Search or run…"),
            move=self.move_by,
            run=lambda _shift: self.run(),
            dismiss=self.dismiss,
        )
        self.query.setMinimumHeight(look().px(40))
        self.query.textEdited.connect(lambda text: act("palette.find", text=text))
        self.model: FoundModel[PaletteItem] = FoundModel(
            lambda item: item.title, lambda item: item.accessible, lambda item: item
        )
        self.list = PressTable()
        self._delegate = ItemDelegate(self.list)
        dress(self.list, self.model, self._delegate, _("Found"))
        self.list.clicked.connect(lambda index: self.run(index.row()))
        self._more = False
        self.list.verticalScrollBar().valueChanged.connect(
            lambda _value: self._near_the_end(self.list.rowAt(self.list.viewport().height() - 1))
        )
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

    def show_view(self, view: PaletteView | None) -> None:
        """Show what was found; None closes it."""
        if view is None:
            self.hide()
            return
        if view.items != self.model.rows:
            row = self._kept_row(view)
            self.model.show_rows(view.items)
            if view.items:
                self.list.setCurrentIndex(self.model.index(row, 0))
        self._more = view.more
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

    def _kept_row(self, view: PaletteView) -> int:
        """Where the line is that the keys have chosen; the first one while nothing was chosen."""
        row = self.list.currentIndex().row()
        if not 0 < row < len(self.model.rows):
            return 0
        chosen = self.model.rows[row].button
        same = (n for n, item in enumerate(view.items) if item.button == chosen)
        return next(same, 0)

    def _near_the_end(self, row: int) -> None:
        if self._more and row >= len(self.model.rows) - MOST:
            self._act("palette.more")

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
            self.query.setAccessibleDescription(self.model.rows[row].accessible)
            self._near_the_end(row)

    def run(self, row: int | None = None) -> None:
        """Run the current line."""
        at = self.list.currentIndex().row() if row is None else row
        if 0 <= at < len(self.model.rows):
            button = self.model.rows[at].button
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
