"""My state, large and always there: what I do with its timer; under it the state itself, and what comes next.

A dot and words carry it, colour never alone (S-8).  A press opens the states that can be chosen; while a next
state is chosen, taking it back stands first.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.buttons import Act, Button, Room, open_menu
from agent_desktop.qt.text import tip
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.stating import StateView

HEIGHT, LEAD, TAIL = 44, 32, 30  # of the whole; the room of the dot, and of the mark of the menu
_Part = tuple[str, int, str]  # text, weight, colour


class StateButton(Button):
    """The state selector: dot, words, timer; the second line only where there is something to say."""

    def __init__(self, act: Act) -> None:
        super().__init__(act, ButtonView("", "…"), room=Room.WORDS, height=HEIGHT)
        self._state: StateView | None = None
        self.clicked.connect(self.open_states)

    def show_state(self, state: StateView) -> None:
        """Show the agent's state; its spoken form is the accessible name."""
        if state == self._state:
            return
        before = self.sizeHint().width()
        self._state = state
        self.setText(state.label)
        self.setAccessibleName(_("My state: {state}", state=state.label))
        self.setAccessibleDescription(state.spoken)
        tip(self, state.advice)
        if self.sizeHint().width() != before:
            self.updateGeometry()
        self.update()

    def open_states(self) -> None:
        """Open the states that can be chosen."""
        if self._state is not None:
            open_menu(self, self._state.choices, self._act or _nothing, _("States"))

    def lines(self) -> tuple[tuple[_Part, ...], ...]:
        """What stands in each line."""
        if self._state is None:
            return ()
        state = self._state
        first = ((state.label, tokens.BOLD, "text"), (state.timer, tokens.STRONG, "muted"))
        second = ((state.under, tokens.NORMAL, "muted"), (state.next_label, tokens.BOLD, "accent"))
        return tuple(
            tuple(part for part in line if part[0])
            for line in (first, second)
            if any(part[0] for part in line)
        )

    @staticmethod
    def _size(number: int) -> int:
        return 15 if number == 0 else 12

    def sizeHint(self) -> QSize:
        widest = 0
        for number, line in enumerate(self.lines()):
            widths = (
                QFontMetrics(look().font(self._size(number), weight)).horizontalAdvance(text) + look().px(8)
                for text, weight, _colour in line
            )
            widest = max(widest, sum(widths))
        return QSize(widest + look().px(LEAD + TAIL), look().px(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        area, px = QRectF(self.rect()), look().px
        ground = look().colour("background" if self.underMouse() else "surface")
        edge = look().colour("control_border" if look().colours.high_contrast else "border")
        paint.rounded(painter, area, px(tokens.RADIUS_CONTROL), ground, edge)
        if self._state is None:
            return
        lines = self.lines()
        high = area.height() / 2 - px(3) if len(lines) > 1 else area.height()
        top = px(3) if len(lines) > 1 else 0
        middle = top + high / 2
        mark = QRectF(px(12), middle - px(5), px(10), px(10))
        paint.dot(
            painter, QPointF(paint.mirrored(self, self.rect(), mark).center()), px(11), _dot(self._state.tone)
        )
        for number, line in enumerate(lines):
            self._line(painter, line, number, QRectF(0, top + number * high, area.width(), high))
        chevron = QRectF(area.width() - px(24), area.height() / 2 - px(6), px(12), px(12))
        icons.paint(
            painter, "chevron-down", look().colour("muted"), paint.mirrored(self, self.rect(), chevron)
        )

    def _line(self, painter: QPainter, line: tuple[_Part, ...], number: int, room: QRectF) -> None:
        x = float(look().px(LEAD))
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for whole, weight, colour in line:
            painter.setFont(look().font(self._size(number), weight))
            painter.setPen(look().colour(colour))
            left = max(room.width() - x - look().px(TAIL), 0)
            text = painter.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideRight, round(left))
            width = painter.fontMetrics().horizontalAdvance(text) + 2
            box = paint.mirrored(self, self.rect(), QRectF(x, room.top(), width, room.height()))
            painter.drawText(box, paint.TRAILING if rtl else paint.LEADING, text)
            x += width + look().px(8)


def _dot(tone: Tone) -> QColor:
    return look().colour("muted") if tone in {Tone.PLAIN, Tone.MUTED} else look().colour(tone.value)


def _nothing(*_words: str, **_arguments: str) -> str:
    return ""
