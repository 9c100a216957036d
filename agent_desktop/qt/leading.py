"""The panel of what a supervisor changes: what will happen, to whom, a few fields, the button that does it.

It is the confirmation: nothing is sent before its button is pressed.  Esc closes it and sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.breaking import Below
from agent_desktop.qt.buttons import Act, Button
from agent_desktop.qt.controls import row
from agent_desktop.qt.floating import Floating
from agent_desktop.qt.forms import Form, focus_teller
from agent_desktop.qt.text import Label
from agent_desktop.viewmodels.leading import LeadView


class LeadPanel(Floating):
    """The panel."""

    WIDTH = 440

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(act, window, under)
        self.setObjectName("lead")
        self.setAccessibleName(_("Change"))
        self._key = ""
        self.sentence = Label("", "muted", wrap=True)
        self.form = Form(self._filled_in, focus_teller(act))
        self.missing = Label("", "meta", wrap=True)
        self.confirm = Button(act, height=34)
        self.cancel = Button(act, height=34)
        self._below = Below(8)
        foot = self._foot = row(gap=8)
        foot.addWidget(self.missing, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.confirm)
        self.lines.addWidget(self.sentence)
        self.lines.addWidget(self.form)
        self.lines.addLayout(foot)
        self.lines.addLayout(self._below)

    def fit(self, *, short: bool) -> None:
        """Let the buttons stand below what is missing."""
        if short and not self._below.count():
            self._below.take(self._foot, self.cancel, self.confirm)
        elif not short:
            self._below.give_back()

    def _filled_in(self, field: str, value: str) -> None:
        self._act("lead.field", field=field, value=value)

    def show_view(self, view: LeadView | None) -> None:
        """Show the form; None closes it."""
        if view is None:
            self._key = ""
            self.vanish()
            return
        self.title.setText(view.title)
        self.setAccessibleName(view.title)
        self.sentence.setText(view.sentence)
        self.form.setAccessibleDescription(view.sentence)
        self.form.show_fields(view.fields)
        self.missing.setText(view.confirm.reason)
        self.confirm.show_view(view.confirm)
        self.cancel.show_view(replace(view.close, label=_("Cancel"), icon=""))
        self.show_close(view.close)
        again, self._key = view.key == self._key, view.key
        rows = list(self.form.rows.values())
        first = rows[0].editor if rows else self.confirm
        if self.isVisible() and not again:
            first.setFocus()
        self.appear(first)
