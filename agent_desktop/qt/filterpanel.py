"""The filter of the list: its form.  What is changed holds at once, and the list beside it shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act, Button, Room
from agent_desktop.qt.controls import row
from agent_desktop.qt.explaining import Reading
from agent_desktop.qt.floating import Floating
from agent_desktop.qt.forms import Form, focus_teller
from agent_desktop.qt.text import Label
from agent_desktop.viewmodels.filters import FilterView

TYPED = frozenset({"text", "tags"})
PAUSE_MS = 250


class FilterPanel(Floating):
    """The panel."""

    WIDTH = 440
    SCROLLS = True

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(act, window, under)
        self.setObjectName("filter")
        self.setAccessibleName(_("Filter"))
        self._typed: dict[str, str] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.form = Form(self._filled_in, focus_teller(act))
        self.says = Label("", "muted", wrap=True)
        self.clear = Button(act, room=Room.TEXT, height=34)
        self.save = Button(act, room=Room.TEXT, height=34)
        foot = row(gap=8)
        foot.addWidget(self.clear)
        foot.addWidget(self.save)
        foot.addStretch(1)
        self._reading = Reading()  # where the window is low the form scrolls
        self._reading.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._reading.lines.addWidget(self.form)
        self._reading.lines.addStretch(1)
        self.lines.addWidget(self._reading, 1)
        self.lines.addWidget(self.says)
        self.lines.addLayout(foot)

    def _filled_in(self, field: str, value: str) -> None:
        """Words and tags wait for a pause of the typing: the router is asked for each change."""
        if field in TYPED:
            self._typed[field] = value
            self._pause.start()
        else:
            self._act("filter.set", field=field, value=value)

    def _ask(self) -> None:
        typed, self._typed = self._typed, {}
        for field, value in typed.items():
            self._act("filter.set", field=field, value=value)

    def show_view(self, view: FilterView | None) -> None:
        """Show the form; None closes it."""
        if view is None:
            self.vanish()
            return
        self.title.setText(view.title)
        self.form.show_fields(view.fields)
        self.says.setText(view.says)
        self.clear.show_view(replace(view.clear, icon=""))
        self.save.show_view(replace(view.save, icon=""))
        self.show_close(view.close)
        rows = list(self.form.rows.values())
        QTimer.singleShot(0, self._settle)
        self.appear(rows[0].editor if rows else self.clear)

    def _settle(self) -> None:
        """The fields have their places now: take the height that they need."""
        self._reading.updateGeometry()
        if not self.isHidden():
            self.place()
