"""The bar of what is done to many: what is picked, the progress, the result, the way back."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from agent_desktop.i18n import _, plural
from agent_desktop.qt import paint
from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Flow, Panel, column, row
from agent_desktop.qt.text import Label, Painted
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.bulk import BulkView
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone

SHOWN_REFUSED = 5


class Progress(Painted):
    """How far it is, as a line; the words stand above it."""

    def __init__(self) -> None:
        super().__init__()
        self._fraction = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_fraction(self, fraction: float, words: str) -> None:
        """Show a fraction from 0 to 1."""
        self.setAccessibleName(words)
        if fraction != self._fraction:
            self._fraction = fraction
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(look().px(80), look().px(6))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        area = QRectF(self.rect())
        radius = area.height() / 2
        paint.rounded(painter, area, radius, look().colour("background"), look().colour("control_border"))
        done = QRectF(
            area.left(), area.top(), max(area.width() * self._fraction, area.height()), area.height()
        )
        paint.rounded(painter, paint.mirrored(self, self.rect(), done), radius, look().colour("accent"))


class BulkBar(Panel):
    """Shown while something is picked or a work on many has something to say."""

    def __init__(self, act: Act) -> None:
        super().__init__("raised", "t")
        self.setObjectName("bulk-bar")
        self.setAccessibleName(_("Picked conversations"))
        self._act = act
        self.says = Label("", "strong", wrap=True)
        self.progress = Progress()
        self.refused = Label("", "muted", wrap=True)
        self.buttons: dict[str, Button] = {}
        self.clear = Button(act, kind=Kind.QUIET, room=Room.TEXT, height=28)
        self.stop = Button(act, room=Room.WORDS, height=28)
        self.undo = Button(act, height=28)
        self.dismiss = Button(act, kind=Kind.QUIET, room=Room.ICON, height=28)
        self._flow = Flow(6)
        top = row(gap=8)
        top.addWidget(self.says, 1)
        for button in (self.clear, self.dismiss):
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        below = row(gap=8)
        for button in (self.undo, self.stop):
            below.addWidget(button)
        below.addStretch(1)
        lines = column(margins=(12, 10, 12, 10), gap=8)
        lines.addLayout(top)
        lines.addWidget(self.progress)
        lines.addWidget(self.refused)
        self._acts = QWidget()
        self._acts.setLayout(self._flow)
        lines.addWidget(self._acts)
        lines.addLayout(below)
        self.setLayout(lines)
        self.hide()

    def stops(self) -> tuple[QWidget, ...]:
        """Where the keyboard stops, in the order of reading."""
        return (self.clear, self.dismiss, *self.buttons.values(), self.undo, self.stop)

    def show_view(self, view: BulkView | None) -> None:
        """Show it; None hides it."""
        self.setVisible(view is not None)
        if view is None:
            return
        self.says.setText(view.says)
        self.progress.setVisible(view.fraction is not None)
        if view.fraction is not None:
            self.progress.show_fraction(view.fraction, view.says)
        shown = list(view.refused[:SHOWN_REFUSED])
        if left := len(view.refused) - len(shown):
            shown.append(plural("and {n} more", "and {n} more", left))
        self.refused.setText("\n".join(shown))
        self.refused.setVisible(bool(shown))
        for button, wanted in (
            (self.stop, view.stop), (self.undo, view.undo), (self.clear, view.clear),
            (self.dismiss, view.dismiss),
        ):  # fmt: skip
            button.setVisible(wanted is not None)
            if wanted is not None:
                button.show_view(replace(wanted, tone=Tone.PLAIN))
        self._show_acts(view.acts)

    def _show_acts(self, acts: tuple[ButtonView, ...]) -> None:
        for act in acts:
            if act.action not in self.buttons:
                self.buttons[act.action] = Button(self._act, kind=Kind.CHIP, room=Room.WORDS)
                self._flow.addWidget(self.buttons[act.action])
            self.buttons[act.action].show_view(act)
        wanted = {act.action for act in acts}
        for key, button in self.buttons.items():
            button.setVisible(key in wanted)
        self._acts.setVisible(bool(acts))
        self._flow.invalidate()
        self._acts.updateGeometry()
