"""The settings pages of what a person chooses: rows of buttons, one of them or several in force.

Everything is a button of the house: Tab reaches it, Space presses it, and a screen reader hears whether it
is on.  Which of them is on is said by its tick, not by its colour.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QFrame, QWidget

from agent_desktop.qt.buttons import Act, Button
from agent_desktop.qt.controls import Flow, Panel, column
from agent_desktop.qt.text import Label
from agent_desktop.viewmodels.settings_rows import ChoiceRow, ChoicesView


class ChoiceLine(QFrame):
    """One row: its name, its buttons, a sentence."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self._act = act
        self.label = Label("", "strong", wrap=True)
        self.help = Label("", "muted", wrap=True)
        self.buttons: list[Button] = []
        self._flow = Flow(6)
        holder = QWidget()
        holder.setLayout(self._flow)
        lines = column(gap=6)
        lines.addWidget(self.label)
        lines.addWidget(holder)
        lines.addWidget(self.help)
        self.setLayout(lines)

    def show_row(self, shown: ChoiceRow) -> None:
        """Show what is in force; the buttons stay, so that the keyboard stays where it is."""
        self.label.setText(shown.label)
        self.setAccessibleName(shown.label)
        self.help.setText(shown.help)
        self.help.setVisible(bool(shown.help))
        while len(self.buttons) < len(shown.options):
            self.buttons.append(Button(self._act, height=32))
            self._flow.addWidget(self.buttons[-1])
        for spare in self.buttons[len(shown.options) :]:
            spare.hide()
        for button, option in zip(self.buttons, shown.options, strict=False):
            button.suffix = shown.label
            button.show_view(replace(option, icon="check" if option.checked else ""))
            button.show()


class ChoicesPage(Panel):
    """A page of rows."""

    def __init__(self, act: Act) -> None:
        super().__init__("surface", "a")
        self._act = act
        self.title = Label("", "title")
        self.says = Label("", "muted", wrap=True)
        self.lines: list[ChoiceLine] = []
        self._rows = column(gap=18)
        whole = column(margins=(16, 14, 16, 16), gap=12)
        whole.addWidget(self.title)
        whole.addWidget(self.says)
        whole.addLayout(self._rows)
        self.setLayout(whole)

    def show_view(self, view: ChoicesView) -> None:
        """Show the page as it is now."""
        self.title.setText(view.title)
        self.setAccessibleName(view.title)
        self.says.setText(view.says)
        self.says.setVisible(bool(view.says))
        while len(self.lines) < len(view.rows):
            self.lines.append(ChoiceLine(self._act))
            self._rows.addWidget(self.lines[-1])
        for spare in self.lines[len(view.rows) :]:
            spare.hide()
        for line, shown in zip(self.lines, view.rows, strict=False):
            line.show_row(shown)
            line.show()
