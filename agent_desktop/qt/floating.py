"""A panel that stands under the calls without stopping anything: the transfer, the keypad.

It is a part of the window and never modal: a call goes on, the rest can be worked with.  It has a title
and a way to close it, Esc closes it too, and it stands at the trailing edge, where the calls are.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from agent_desktop.qt import paint, tokens
from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Panel, column, row
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView

SHADOW = 16
_LEAST = 260  # less than this is no room to read in


class Floating(QFrame):
    """The panel; `under` gives the height below which it stands."""

    WIDTH = 400
    SCROLLS = False  # what is in it scrolls: where the window is low it never covers the bar

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(window)
        self._act = act
        self._under = under
        self._before: QWidget | None = None
        self.card = Panel("surface", "a", edge="control_border")
        self.title = Label("", "title", wrap=True)
        self.close_button = Button(self._dismiss, kind=Kind.QUIET, room=Room.ICON, height=28)
        top = row(gap=8)
        top.addWidget(self.title, 1)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.lines = column(margins=(16, 12, 16, 14), gap=10)
        self.lines.addLayout(top)
        self.card.setLayout(self.lines)
        whole = self._whole = column(gap=0)
        margin = look().px(SHADOW)
        whole.setContentsMargins(margin, margin, margin, margin)
        whole.addWidget(self.card)
        self.setLayout(whole)
        self.hide()

    def show_close(self, view: ButtonView) -> None:
        """Show the way to close it."""
        self.close_button.show_view(view)

    def appear(self, focus: QWidget) -> None:
        """Show it and give the keyboard to one of its fields; remember where the keyboard was."""
        if self.isVisible():
            self.place()
            return
        window = self.window()
        self._before = window.focusWidget()
        self.place()
        self.show()
        self.raise_()
        self.place()
        focus.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def vanish(self) -> None:
        """Hide it; the keyboard goes back to where it was."""
        if self.isHidden():
            return
        here = QApplication.focusWidget()
        mine = here is not None and self.isAncestorOf(here)
        self.hide()
        if mine and self._before is not None:
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._before = None

    def place(self) -> None:
        """Stand at the trailing edge under the calls, inside the window."""
        window = self.parentWidget()
        if window is None:
            return
        margin, px = look().px(SHADOW), look().px
        width = min(px(self.WIDTH) + 2 * margin, window.width())
        self.setFixedWidth(width)
        self.fit(short=width < px(self.WIDTH) + 2 * margin)
        self._whole.activate()
        wanted = self._whole.totalHeightForWidth(width)
        wanted = wanted if wanted > 0 else self.sizeHint().height()
        top = self._under() - margin + px(8)
        if not self.SCROLLS or window.height() - top < px(_LEAST):
            top = max(min(top, window.height() - wanted), -margin)  # over the bar rather than cut off
        self.setFixedHeight(min(wanted, window.height() - top))
        x = window.width() - width + margin - px(16)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = px(16) - margin
        self.move(min(max(x, 0), max(window.width() - width, 0)), top)

    def fit(self, *, short: bool) -> None:
        """Take less room in a line: the window is narrower than the panel is usually."""

    def event(self, event: QEvent) -> bool:
        """What is in it asks for another height while it stands there: place it anew."""
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest and self.isVisible():
            self.place()
        return done

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            return
        super().keyPressEvent(event)

    def _dismiss(self, *_words: str, **_arguments: str) -> str:
        self.dismiss()
        return ""

    def dismiss(self) -> None:
        """Have it closed."""
        shown = self.close_button.shown
        self._act(shown.action, **dict(shown.args))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A soft shadow, so that it stands off whatever is under it."""
        painter = paint.begin(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        strength = 9 if look().colours.dark else 4
        for reach in range(SHADOW, 0, -2):
            colour = look().colour("rail")
            colour.setAlpha(strength)
            painter.setBrush(colour)
            spread = QRectF(self.card.geometry()).adjusted(-reach, -reach + 4, reach, reach)
            radius = look().px(tokens.RADIUS_CARD) + reach
            painter.drawRoundedRect(spread, radius, radius)
