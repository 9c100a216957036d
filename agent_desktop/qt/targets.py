"""Whom to give a customer to: queues and agents by typing, each with how busy it is.

The prompt of a transfer with its list: arrow keys go from the field into it, a press sends at once; what
is typed and not in the list is sent as it stands (a number, an extension).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act, Button, Kind
from agent_desktop.qt.controls import clear, column
from agent_desktop.qt.prompts import Prompt
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.palette import PaletteItem
from agent_desktop.viewmodels.parts import Button as ButtonView

MOST = 7
Targets = Callable[[str], tuple[PaletteItem, ...]]


class TransferPrompt(Prompt):
    """The field, and under it who can take the customer."""

    def __init__(self, act: Act, view: ButtonView, targets: Targets, parent: QWidget) -> None:
        super().__init__(act, view, "target", _("Transfer to a queue or an agent"), parent)
        self._targets = targets
        self.rows: list[Button] = []
        self._list = column(gap=4)
        self.lines.insertLayout(2, self._list)
        self.field.setMinimumWidth(look().px(320))
        self.field.textEdited.connect(self.show_targets)
        self.show_targets("")

    def show_targets(self, query: str) -> None:
        """Show who fits what is typed."""
        clear(self._list)
        self.rows = []
        for item in self._targets(query)[:MOST]:
            label = f"{item.title} · {item.detail}" if item.detail else item.title
            row = Button(self._choose, kind=Kind.ROW)
            icon = "assign" if item.group == _("Agents") else "inbox"
            args = {**dict(self._view.args), **dict(item.button.args)}
            row.show_view(
                ButtonView("call.transfer", label, icon, reason=item.button.reason, args=tuple(args.items()))
            )
            self._list.addWidget(row)
            self.rows.append(row)
        self.adjustSize()

    def _choose(self, action: str, **arguments: str) -> str:
        return self.finish(self._act(action, **arguments))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up} and self.rows:
            order = [self.field, *self.rows]
            here = next((n for n, widget in enumerate(order) if widget.hasFocus()), 0)
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            order[(here + step) % len(order)].setFocus(Qt.FocusReason.TabFocusReason)
            return
        super().keyPressEvent(event)
