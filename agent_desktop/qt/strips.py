"""Strips: sentences over the editor and over the timeline, with what can be done about them.

A strip keeps its widgets while it says the same, so that a button under the keyboard is never taken away by a
countdown beside it.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from agent_desktop.qt import icons, paint
from agent_desktop.qt.buttons import Act, Button
from agent_desktop.qt.controls import Flow, Panel, clear, column, row
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.conversation import Strip
from agent_desktop.viewmodels.parts import Tone

_ICONS = {Tone.DANGER: "error", Tone.WARNING: "warning", Tone.OK: "check"}


class StripBar(Panel):
    """One strip: icon, sentence, what came since, buttons."""

    def __init__(self, act: Act, strip: Strip) -> None:
        tone = Tone.ACCENT if strip.tone in {Tone.PLAIN, Tone.MUTED} else strip.tone
        super().__init__(f"{tone.value}_soft", "a", edge=f"{tone.value}_soft")
        self.radius = 8
        self._tone, self._icon = tone, _ICONS.get(tone, "info")
        self.buttons = [Button(act, view, height=28) for view in strip.buttons]
        self._asks = strip.asks
        words = column(gap=4)
        words.addWidget(Label(strip.text, "strong" if strip.stops else "body", wrap=True))
        for line in strip.lines:
            words.addWidget(Label(line, "muted", wrap=True))
        across = len(strip.buttons) <= 1 and not strip.lines
        buttons = Flow(8)
        holder = QWidget()
        for button in self.buttons:
            buttons.addWidget(button)
        holder.setLayout(buttons)
        policy = QSizePolicy(
            QSizePolicy.Policy.Minimum if across else QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum
        )
        policy.setHeightForWidth(True)
        holder.setSizePolicy(policy)
        if not self.buttons:
            holder.hide()  # never shown from here: without a parent it would be a window for a moment
        across_all = row(margins=(8, 7, 8, 7), gap=10)
        across_all.addSpacing(look().px(32))  # the icon's place, on either side
        if across:
            across_all.addLayout(words, 1)
            for button in self.buttons:
                across_all.addWidget(button)
        else:
            words.addWidget(holder)
            across_all.addLayout(words, 1)
        self.setLayout(across_all)
        self.setAccessibleName(strip.text)
        self.setAccessibleDescription(" ".join(strip.lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc is the way back out of a question: its last button."""
        if self._asks and event.key() == Qt.Key.Key_Escape:
            self.buttons[-1].click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = look().px(18)
        box = QRectF(look().px(12), look().px(11), side, side)
        icons.paint(
            paint.begin(self), self._icon, paint.tone_ink(self._tone), paint.mirrored(self, self.rect(), box)
        )


class Strips(QFrame):
    """All of them, one under the other."""

    def __init__(self, act: Act, name: str, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._act = act
        self._shown: tuple[Strip, ...] = ()
        self.bars: dict[str, StripBar] = {}
        self._lines = column(margins=margins, gap=6)
        self.setLayout(self._lines)
        self.hide()

    def show_strips(self, strips: tuple[Strip, ...]) -> StripBar | None:
        """Show the strips; those that say the same keep their widgets.  Gives a question that is new."""
        if strips == self._shown:
            return None
        asked = {strip.id for strip in self._shown if strip.asks}
        self._shown = strips
        clear(self._lines)
        self.bars = {strip.id: StripBar(self._act, strip) for strip in strips}
        for bar in self.bars.values():
            self._lines.addWidget(bar)
        self.setVisible(bool(strips))
        return next((self.bars[strip.id] for strip in strips if strip.asks and strip.id not in asked), None)
