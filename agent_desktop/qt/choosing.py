"""The panel of what can be chosen for an act of the list: a field, and lines that fit what is typed.

The field keeps the keyboard: the arrow keys move in the list, Enter takes the chosen line, Esc closes.  A
click on a line takes it; every act here can be undone or says so.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act
from agent_desktop.qt.floating import Floating
from agent_desktop.qt.found import HEIGHT, ROW, FoundList, FoundModel, Index, Line, Query, dress
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.choosing import Choice, ChooserView

MOST = 8


class ChoiceDelegate(QStyledItemDelegate):
    """Paints a line: icon, name and detail one above the other, the badge at the end."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(look().px(200), look().px(HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        shown = index.data(ROW)
        if not isinstance(shown, Choice):
            return
        painter.save()
        line = Line(painter, self._view, option.rect)
        if self._view.currentIndex().row() == index.row():
            line.ground()
        detail = shown.button.reason or shown.detail
        line.entry(shown.icon, shown.name, detail, shown.badge, possible=shown.button.enabled)
        painter.restore()


class ChooserPanel(Floating):
    """The field and the list."""

    WIDTH = 440

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(act, window, under)
        self.setObjectName("chooser")
        self.setAccessibleName(_("Choose"))
        self._key = ""
        self.sentence = Label("", "muted", wrap=True)
        self.query = Query(
            _("Choose"), "", move=self.move_by, run=lambda _shift: self.run(), dismiss=self.dismiss
        )
        self.query.setMinimumHeight(look().px(38))
        self.query.textEdited.connect(lambda text: act("choose.find", text=text))
        self.model: FoundModel[Choice] = FoundModel(
            lambda shown: shown.name, lambda shown: shown.spoken, lambda shown: shown.key
        )
        self.list = FoundList(MOST)
        self._delegate = ChoiceDelegate(self.list)
        dress(self.list, self.model, self._delegate, _("What can be chosen"))
        self.list.clicked.connect(lambda index: self._clicked(index.row()))
        self.says = Label("", "muted", wrap=True)
        self.lines.addWidget(self.sentence)
        self.lines.addWidget(self.query)
        self.lines.addWidget(self.list)
        self.lines.addWidget(self.says)

    def show_view(self, view: ChooserView | None) -> None:
        """Show what can be chosen; None closes it."""
        if view is None:
            self._key = ""
            self.vanish()
            return
        again, self._key = view.key == self._key, view.key
        chosen = self.list.currentIndex().row()
        keys = [shown.key for shown in self.model.rows]
        kept = keys[chosen] if again and 0 <= chosen < len(keys) else ""
        self.title.setText(view.title)
        self.setAccessibleName(view.title)
        self.sentence.setText(view.sentence)
        self.sentence.setVisible(bool(view.sentence))
        self.query.setAccessibleName(view.label)
        self.query.setPlaceholderText(view.hint)
        self.query.setVisible(bool(view.hint))
        self.show_close(view.close)
        self.model.show_rows(view.rows)
        self.says.setText(view.empty)
        self.says.set_role("muted")
        self.says.setVisible(bool(view.empty))
        self.list.setVisible(bool(view.rows))
        self.list.setMaximumHeight(look().px(HEIGHT) * min(len(view.rows), MOST))
        self.list.updateGeometry()
        self._choose(next((n for n, shown in enumerate(view.rows) if shown.key == kept), 0))
        if not again:
            self.query.setText(view.query)
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if not view.hint else Qt.FocusPolicy.NoFocus)
        first = self.query if view.hint else self
        if self.isVisible() and not again:
            first.setFocus()
        self.appear(first)

    def _choose(self, number: int) -> None:
        """Mark a line and say it."""
        rows = self.model.rows
        if not 0 <= number < len(rows):
            return
        if self.list.currentIndex().row() != number:
            self.list.setCurrentIndex(self.model.index(number, 0))
        self.query.setAccessibleDescription(rows[number].spoken)
        self.setAccessibleDescription(rows[number].spoken)
        self.list.viewport().update()

    def _clicked(self, number: int) -> None:
        self._choose(number)
        self.run()

    def move_by(self, steps: int) -> None:
        """Go up or down the list, round its ends."""
        if count := len(self.model.rows):
            self._choose((max(self.list.currentIndex().row(), 0) + steps) % count)

    def run(self) -> None:
        """Take the chosen line; say why it cannot be."""
        number = self.list.currentIndex().row()
        if not 0 <= number < len(self.model.rows):
            return
        shown = self.model.rows[number]
        if shown.button.reason:
            self.says.setText(shown.button.reason)
            self.says.set_role("error")
            self.says.show()
            self.place()
        else:
            self._act("choose.run", key=shown.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Without a field the panel itself has the keyboard."""
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                self.move_by(1 if event.key() == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.run()
            case _:
                super().keyPressEvent(event)
