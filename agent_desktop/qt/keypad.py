"""The keypad: keys in a call, or a number to call when there is none.

Every key can be pressed by the mouse or typed.  In a call each goes out at once; what was pressed stands
above the keys.  Without a call the number is typed first; under it are the queues to call for, whose
number the customer sees.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import paint, tokens
from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Flow, clear, row
from agent_desktop.qt.floating import Floating
from agent_desktop.qt.forms import LineEdit
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.keypad import KEYS, KeypadView
from agent_desktop.viewmodels.parts import Button as ButtonView

_DIGITS = frozenset(key for key, _letters in KEYS)


class Key(Button):
    """One key: the digit, and its letters under it."""

    def __init__(self, press: Callable[[str], None], key: str, letters: str) -> None:
        super().__init__(lambda *_a, **_k: _done(press, key), ButtonView("key", key), height=46)
        self._letters = letters
        self.setAccessibleName(_("Key {key}", key=key))
        self.setAccessibleDescription(letters)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        return QSize(look().px(80), look().px(46))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(48), look().px(30))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        area, px = QRectF(self.rect()), look().px
        ground, edge, ink = self._colours()
        paint.rounded(painter, area, px(tokens.RADIUS_CONTROL), ground, edge)
        painter.setPen(ink)
        painter.setFont(look().font(17, tokens.STRONG))
        lettered = bool(self._letters) and area.height() >= px(42)
        digit = QRectF(0, px(5), area.width(), px(22)) if lettered else area
        painter.drawText(digit, paint.CENTRED, self.shown.label)
        if not lettered:
            return
        painter.setFont(look().font(10, tokens.NORMAL))
        painter.setPen(look().colour("muted"))
        painter.drawText(QRectF(0, px(27), area.width(), px(14)), paint.CENTRED, self._letters)


class Number(LineEdit):
    """What was pressed, or the number to call; in a call typing presses keys."""

    def __init__(self, pad: KeypadPanel) -> None:
        super().__init__(_("Number"))
        self._pad = pad
        self.setFont(look().font(17, tokens.STRONG))
        self.setMinimumHeight(look().px(42))
        self.setInputMethodHints(Qt.InputMethodHint.ImhDialableCharactersOnly)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._pad.dismiss()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._pad.enter()
        elif self._pad.in_call and event.text() in _DIGITS and event.text():
            self._pad.press(event.text())
        else:
            super().keyPressEvent(event)


class KeypadPanel(Floating):
    """Number, keys, queues, the button that calls."""

    WIDTH = 300

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(act, window, under)
        self.setObjectName("keypad")
        self.in_call = False
        self.number = Number(self)
        self.number.textEdited.connect(self._typed)
        delete = ButtonView("key", _("Delete the last digit"), "backspace")
        self.back = Button(lambda *_a, **_k: self._back(), delete, kind=Kind.QUIET, room=Room.ICON)
        line = row(gap=6)
        line.addWidget(self.number, 1)
        line.addWidget(self.back)
        self.lines.addLayout(line)
        grid = QGridLayout()
        grid.setSpacing(look().px(6))
        self.keys: dict[str, Key] = {}
        for number, (key, letters) in enumerate(KEYS):
            self.keys[key] = Key(self.press, key, letters)
            grid.addWidget(self.keys[key], number // 3, number % 3)
        pad = QWidget()
        pad.setLayoutDirection(
            Qt.LayoutDirection.LeftToRight
        )  # a telephone's keys stand as they do everywhere
        grid.setContentsMargins(0, 0, 0, 0)
        pad.setLayout(grid)
        self.lines.addWidget(pad)
        self._queues_label = Label(_("Call for"), "heading")
        self._queues = QWidget()
        self._queue_flow = Flow(gap=6)
        self._queues.setLayout(self._queue_flow)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._queues.setSizePolicy(policy)
        self._shown_queues: tuple[ButtonView, ...] = ()
        self.lines.addWidget(self._queues_label)
        self.lines.addWidget(self._queues)
        self.says = Label("", "muted", wrap=True)
        self.lines.addWidget(self.says)
        self.dial = Button(act, height=36)
        self.lines.addWidget(self.dial)

    def show_view(self, view: KeypadView | None) -> None:
        """Show the keypad as it is now; None closes it."""
        if view is None:
            self.vanish()
            return
        self.in_call = view.in_call
        self.title.setText(view.title)
        self.setAccessibleName(view.title)
        self.number.setReadOnly(view.in_call)
        self.number.setAccessibleName(_("Keys pressed") if view.in_call else _("Number to call"))
        self.number.setPlaceholderText("" if view.in_call else _("Number"))
        if self.number.text() != view.entered:
            self.number.setText(view.entered)
        self.back.setVisible(not view.in_call)
        self.back.setEnabled(bool(view.entered))
        self.dial.setVisible(not view.in_call)
        self.dial.show_view(view.dial)
        self.says.setText(view.dial.reason)
        self.says.setVisible(bool(view.dial.reason) and bool(view.entered) and not view.in_call)
        self.show_close(view.close)
        self._show_queues(view.queues)
        opening = self.isHidden()
        self.appear(self.number)
        if opening:
            self.number.end(False)  # noqa: FBT003 - Qt's signature: go on typing, replace nothing

    def _show_queues(self, queues: tuple[ButtonView, ...]) -> None:
        self._queues_label.setVisible(bool(queues))
        self._queues.setVisible(bool(queues))
        if queues != self._shown_queues:
            self._shown_queues = queues
            clear(self._queue_flow)
            for shown in queues:
                self._queue_flow.addWidget(Button(self._act, shown, kind=Kind.CHIP))

    def press(self, key: str) -> None:
        """Press a key: it goes out, or is added to the number."""
        if self.in_call:
            self._act("call.dtmf", digits=key)
        else:
            self._typed(self.number.text() + key)
            self.number.setFocus(Qt.FocusReason.OtherFocusReason)

    def enter(self) -> None:
        """Enter calls the number; in a call it does nothing."""
        if not self.in_call and self.dial.isEnabled():
            self.dial.click()

    def _typed(self, text: str) -> None:
        self._act("keypad.type", text=text)

    def _back(self) -> str:
        self._typed(self.number.text()[:-1])
        self.number.setFocus(Qt.FocusReason.OtherFocusReason)
        return ""


def _done(press: Callable[[str], None], key: str) -> str:
    press(key)
    return ""
