"""The script: what the agent reads, what must be ticked, and where the talk goes next."""

from __future__ import annotations

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act, Button, Kind
from agent_desktop.qt.controls import Tick, clear, column, row
from agent_desktop.qt.forms import Form, Page, Section, focus_teller
from agent_desktop.qt.text import Label
from agent_desktop.viewmodels.side import ScriptView


class ScriptPage(Page):
    """The second tab of the side."""

    def __init__(self, act: Act) -> None:
        super().__init__(_("Script"))
        self._act = act
        self._shown: ScriptView | None = None
        self.back = Button(act)
        self.title = Label("", "meta")
        self.page_title = Label("", "title", wrap=True)
        self.text = Label("", "body", wrap=True)
        head = Section()
        top = row()
        top.addWidget(self.title, 1)
        top.addWidget(self.back)
        head.lines.addLayout(top)
        head.lines.addWidget(self.page_title)
        head.lines.addWidget(self.text)
        self._reading = Section(_("Must be read aloud"))
        self._ticks = column(gap=8)
        self._reading.lines.addLayout(self._ticks)
        self._asking = Section(_("Write down"))
        self.form = Form(
            lambda field, value: _ignore(act("script.field", field=field, value=value)), focus_teller(act)
        )
        self._asking.lines.addWidget(self.form)
        self._going = Section(_("Where next"))
        self._choices = column(gap=8)
        self._going.lines.addLayout(self._choices)
        for section in (head, self._reading, self._asking, self._going):
            self.add(section)

    def show_script(self, view: ScriptView) -> None:
        """Show a page of the script."""
        before, self._shown = self._shown, view
        self.title.setText(view.title)
        self.page_title.setText(view.page_title)
        self.text.setText(view.text)
        self.back.show_view(view.back)
        self.back.setVisible(view.back.enabled)
        if before is None or before.must_read != view.must_read:
            self._show_ticks(view)
        self.form.show_fields(view.fields)
        self._asking.setVisible(bool(view.fields))
        if before is None or before.choices != view.choices:
            clear(self._choices)
            for choice in view.choices:
                self._choices.addWidget(Button(self._act, choice, kind=Kind.ROW))
            self._going.setVisible(bool(view.choices))

    def _show_ticks(self, view: ScriptView) -> None:
        clear(self._ticks)
        for line in view.must_read:
            tick = Tick(_("{text} (read {at})", text=line.text, at=line.at) if line.at else line.text)
            tick.setChecked(line.ticked)
            tick.clicked.connect(lambda _on=False, i=line.id: self._act("script.tick", line=i))
            self._ticks.addWidget(tick)
        self._reading.setVisible(bool(view.must_read))


def _ignore(_reason: str) -> None:
    """The reason of a refusal is shown as a notice by the view-model."""
