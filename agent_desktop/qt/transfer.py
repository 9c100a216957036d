"""The transfer panel: whom the call can go to, by typing; put through at once or after asking.

The field keeps the keyboard: the arrow keys move in the list, Enter puts the call through, Shift+Enter
asks first.  What would happen stands on two buttons under the list, for the line that is chosen; one that
cannot be done says why.  A click chooses a line and nothing more: a call is never lost by one click.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act, Button, Room
from agent_desktop.qt.controls import column, row
from agent_desktop.qt.floating import Floating
from agent_desktop.qt.found import HEIGHT, ROW, FoundList, FoundModel, Index, Line, Query, dress
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.transferring import TargetRow, TransferView

MOST = 7


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
        painter.save()
        line = Line(painter, self._view, option.rect)
        if self._view.currentIndex().row() == index.row():
            line.ground()
        possible = shown.blind.enabled or shown.consult.enabled
        line.entry(shown.icon, shown.name, shown.detail, shown.state, possible=possible)
        painter.restore()


class TransferPanel(Floating):
    """The field, the list, and the two buttons."""

    WIDTH = 440

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(act, window, under)
        self.setObjectName("transfer")
        self.setAccessibleName(_("Transfer"))
        self.query = Query(
            _("Whom to?"),
            _("Name, queue or number"),
            move=self.move_by,
            run=lambda shift: self.press(consult=shift),
            dismiss=self.dismiss,
        )
        self.query.setMinimumHeight(look().px(38))
        self.query.textEdited.connect(lambda text: act("transfer.find", text=text))
        self.model: FoundModel[TargetRow] = FoundModel(
            lambda shown: shown.name, lambda shown: shown.spoken or shown.name, lambda shown: shown.key
        )
        self.list = FoundList(MOST)
        self._delegate = TargetDelegate(self.list)
        dress(self.list, self.model, self._delegate, _("Who can take it"))
        self.list.clicked.connect(lambda index: self._choose(index.row()))
        self.says = Label("", "muted", wrap=True)
        self._room = Room.FULL
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
            button.set_room(self._room)
        self.list.viewport().update()

    def fit(self, *, short: bool) -> None:
        """Leave out the keys beside the words: the tips say them."""
        self._room = Room.TEXT if short else Room.FULL
        self.blind.set_room(self._room)
        self.consult.set_room(self._room)

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
