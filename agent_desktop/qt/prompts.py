"""Small panels that ask for what a button still needs: the target of a transfer, keys, a number to call.

They stand under their button, take the focus, close with Esc, and stay open with the reason in words when
the act was refused.  They never block: a call goes on under them.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import paint, tokens
from agent_desktop.qt.buttons import Act, Button
from agent_desktop.qt.controls import Panel, column, row
from agent_desktop.qt.forms import LineEdit
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone

KEYS = "123456789*0#"


class Prompt(QWidget):
    """One field, one button, one sentence; `action` is sent with what was typed as `argument`."""

    def __init__(self, act: Act, view: ButtonView, argument: str, asks: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAccessibleName(view.label)
        self._act, self._view, self._argument = act, view, argument
        label = Label(asks, "strong")
        self.field = LineEdit(asks)
        label.setBuddy(self.field)
        self.field.returnPressed.connect(self.send)
        self.field.setMinimumWidth(look().px(260))
        self.says = Label("", "error", wrap=True)
        self.says.hide()
        button = ButtonView("send", view.label, icon=view.icon, shortcut="Return", tone=Tone.ACCENT)
        self.button = Button(lambda *_a, **_k: self.send(), button)
        self.card = Panel("surface", "a", edge="control_border")
        self.lines = column(margins=(16, 14, 16, 14), gap=8)
        self.lines.addWidget(label)
        self.lines.addWidget(self.field)
        self.lines.addWidget(self.says)
        last = row()
        last.addStretch(1)
        last.addWidget(self.button)
        self.lines.addLayout(last)
        self.card.setLayout(self.lines)
        whole = column(gap=0)
        whole.addWidget(self.card)
        self.setLayout(whole)

    def send(self) -> str:
        """Send what is typed; stay with the reason when it is refused."""
        reason = self._act(self._view.action, **dict(self._view.args), **{self._argument: self.field.text()})
        return self.finish(reason)

    def finish(self, reason: str) -> str:
        """Close; or stay with the reason in words."""
        self.says.setText(reason)
        self.says.setVisible(bool(reason))
        self.adjustSize()
        if not reason:
            self.close()
        return reason

    def resizeEvent(self, event: QResizeEvent) -> None:
        paint.cut_out(self, (self.rect(),), look().px(tokens.RADIUS_CARD))

    def open_under(self, widget: QWidget) -> None:
        """Show it under its button, inside the screen."""
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(0, widget.height() + look().px(6)))
        room = widget.screen().availableGeometry()
        x = min(max(corner.x(), room.left()), room.right() - self.width())
        self.move(x, min(corner.y(), room.bottom() - self.height()))
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)


class Keypad(Prompt):
    """The keys of a telephone; each press is sent at once, and can be typed too."""

    def __init__(self, act: Act, view: ButtonView, parent: QWidget) -> None:
        super().__init__(act, view, "digits", _("Keys pressed in the call"), parent)
        self.button.hide()
        grid = QGridLayout()
        grid.setSpacing(look().px(6))
        for number, key in enumerate(KEYS):
            press = Button(lambda *_a, k=key, **_w: self.press(k), ButtonView("key", key), height=40)
            press.setAccessibleName(_("Key {key}", key=key))
            press.setFixedWidth(look().px(82))
            grid.addWidget(press, number // 3, number % 3)
        self.lines.insertLayout(2, grid)
        self.field.setReadOnly(True)

    def press(self, key: str) -> str:
        """Send one key."""
        reason = self._act(self._view.action, **dict(self._view.args), digits=key)
        self.says.setText(reason)
        self.says.setVisible(bool(reason))
        if not reason:
            self.field.setText(self.field.text() + key)
        return reason

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() and event.text() in KEYS:
            self.press(event.text())
        else:
            super().keyPressEvent(event)

    def send(self) -> str:
        """Enter closes: the keys went out when they were pressed."""
        self.close()
        return ""
