"""Notices: sentences that say what happened and what to do, in a bar above the work.  Never a dialog."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint
from agent_desktop.qt.breaking import Below
from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Panel, clear, column, row
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.viewmodels.parts import Tone

_ICONS = {
    Tone.DANGER: "error", Tone.WARNING: "warning", Tone.OK: "check", Tone.ACCENT: "info",
    Tone.PLAIN: "info", Tone.MUTED: "info",
}  # fmt: skip


SHORT = 420  # in a bar shorter than this the next step stands below its sentence


class NoticeBar(Panel):
    """One notice: icon, sentence, next step, dismiss."""

    def __init__(self, act: Act, notice: Notice) -> None:
        tone = notice.tone
        plain = tone in {Tone.PLAIN, Tone.MUTED}
        super().__init__("accent_soft" if plain else f"{tone.value}_soft", "b")
        self._icon, self._tone = _ICONS[tone], Tone.ACCENT if plain else tone
        line = self._line = row(margins=(12, 6, 12, 6), gap=10)
        line.addSpacing(look().px(30))
        words = Label(notice.text, "body", wrap=True)
        line.addWidget(words, 1)
        self._step: tuple[Button, ...] = ()
        if notice.button is not None:
            self._step = (Button(act, notice.button, height=28),)
            line.addWidget(self._step[0])
        if notice.dismiss is not None:
            close = Button(act, kind=Kind.QUIET, room=Room.ICON, height=28)
            close.suffix = notice.text
            close.show_view(notice.dismiss)
            line.addWidget(close)
        self._below = Below()
        self._short = False
        self.setLayout(self._below.under(line))
        self.setAccessibleName(_("Notice"))
        self.setAccessibleDescription(notice.text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        short = self.width() < look().px(SHORT) and bool(self._step)
        if short == self._short:
            return
        self._short = short
        if short:
            self._below.take(self._line, *self._step)
            self._below.inset(42, 0, 12, 8)
        else:
            self._below.give_back()
            self._below.inset()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = look().px(18)
        box = QRectF(look().px(16), (self.height() - side) / 2, side, side)
        colour = paint.tone_ink(self._tone)
        icons.paint(paint.begin(self), self._icon, colour, paint.mirrored(self, self.rect(), box))


class Notices(QFrame):
    """All of them, newest last; three at most are shown, the rest wait."""

    MOST = 3

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.setObjectName("notices")
        self.setAccessibleName(_("Notices"))
        self._act = act
        self._shown: tuple[Notice, ...] = ()
        self._lines = column(gap=0)
        self.setLayout(self._lines)
        self.hide()

    def show_notices(self, notices: tuple[Notice, ...]) -> None:
        """Show the notices."""
        wanted = notices[-self.MOST :]
        if wanted == self._shown:
            return
        self._shown = wanted
        clear(self._lines)
        for notice in wanted:
            self._lines.addWidget(NoticeBar(self._act, notice))
        self.setVisible(bool(wanted))
