"""The top bar: my state and the time in it, the palette, my queues, the connection, the live calls.

It is on every view, because state is never in doubt.  Where there is less room the words of the call
buttons go before anything else does, then the queues; below 1100 px the calls get a line of their own.
In a window of one panel nothing goes: the queues, the connection and the phone stand in a line below, and so
do the buttons of each call.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.breaking import Below
from agent_desktop.qt.buttons import Act, Button, Room
from agent_desktop.qt.callcard import CallCardWidget
from agent_desktop.qt.controls import Panel, Tag, clear, column, row
from agent_desktop.qt.statebutton import StateButton
from agent_desktop.qt.text import tip
from agent_desktop.qt.theme import look
from agent_desktop.qt.unsent import UnsentMark
from agent_desktop.viewmodels.parts import Badge
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.topbar import StatusView, TopBarView

EDGE = 8  # at the sides of a window of one panel
MOST = 16_777_215  # Qt's own: as wide as one likes


class PaletteButton(Button):
    """Looks like a search field, is a button: it opens the command palette."""

    def __init__(self, act: Act) -> None:
        super().__init__(act, ButtonView("", "…"), height=36)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(look().px(300))

    def sizeHint(self) -> QSize:
        return QSize(look().px(240), look().px(36))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(44), look().px(36))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        area = QRectF(self.rect())
        edge = look().colour("accent" if self.underMouse() else "border")
        paint.rounded(painter, area, look().px(tokens.RADIUS_CONTROL), look().colour("background"), edge)
        middle, side = area.height() / 2, look().px(16)
        glass = QRectF(look().px(12), middle - side / 2, side, side)
        icons.paint(painter, "search", look().colour("muted"), paint.mirrored(self, self.rect(), glass))
        keys = paint.keys_width(self.shown.shortcut)
        if area.width() < look().px(120):
            return
        cap = QRectF(area.width() - keys - look().px(10), 0, keys, area.height())
        cap = paint.mirrored(self, self.rect(), cap)
        paint.keys(painter, cap, self.shown.shortcut)
        words = QRectF(look().px(36), 0, area.width() - keys - look().px(52), area.height())
        words = paint.mirrored(self, self.rect(), words)
        painter.setFont(look().font())
        painter.setPen(look().colour("muted"))
        fits = painter.fontMetrics().elidedText(
            self.shown.label, Qt.TextElideMode.ElideRight, round(words.width())
        )
        right_to_left = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.drawText(words, paint.TRAILING if right_to_left else paint.LEADING, fits)


class StatusTag(Tag):
    """The connection or the phone's registration: icon, word, and a sentence as its tip."""

    def __init__(self, status: StatusView) -> None:
        super().__init__(Badge(status.label, status.tone), status.icon)
        self.show_status(status)

    def show_status(self, status: StatusView) -> None:
        """Show a status."""
        self.set_icon(status.icon)
        self.show_badge(Badge(status.label, status.tone, f"{status.label}. {status.detail}"))
        tip(self, status.detail)


class TopBar(Panel):
    """The whole bar."""

    def __init__(self, act: Act) -> None:
        super().__init__("surface", "b")
        self.setObjectName("topbar")
        self.setAccessibleName(_("State and calls"))
        self._act = act
        self.state = StateButton(act)
        self.palette_button = PaletteButton(act)
        self._queue_badges: tuple[Badge, ...] = ()
        self._timers: list[Tag] = []
        self._timer_row = row(gap=6)
        self._queues = QWidget()
        self._queue_row = row(gap=6)
        self._queues.setLayout(self._queue_row)
        self._statuses: list[StatusTag] = []
        self._status_row = row(gap=6)
        self.cards: dict[str, CallCardWidget] = {}
        self._first = row(margins=(16, 0, 16, 0), gap=10)
        self._first.addWidget(self.state)
        self._first.addLayout(self._timer_row)
        self._first.addWidget(self.palette_button, 100)
        self._first.addWidget(self._queues)
        self._first.addLayout(self._status_row)
        self.unsent = UnsentMark(act)
        self._first.addWidget(self.unsent)
        self._first.addStretch(1)
        self._calls = QWidget()
        self._calls_row = row(gap=8)
        self._calls.setLayout(self._calls_row)
        self._first.addWidget(self._calls)
        self._second = row(margins=(16, 0, 16, 0), gap=8)
        self._second.addStretch(1)
        self._line = column(gap=0)
        self._below = Below(6)
        first = self._top = QWidget()
        first.setLayout(self._below.under(self._first, 1))
        first.setFixedHeight(look().px(tokens.BAR_HEIGHT - 1))
        self._line.addWidget(first)
        self._line.addLayout(self._second)
        self.setLayout(self._line)
        self._wrapped = False
        self.phone_rings = False  # the phone rings on its own devices

    def show_view(self, view: TopBarView) -> None:
        """Show the bar as it is now."""
        self.phone_rings = view.phone_rings
        self.state.show_state(view.state)
        self._show_timers(view.state.timers)
        self.palette_button.show_view(view.palette)
        if view.queues != self._queue_badges:
            self._queue_badges = view.queues
            clear(self._queue_row)
            for badge in view.queues:
                self._queue_row.addWidget(Tag(badge))
        self._show_statuses((view.connection, view.phone))
        self.unsent.show_badge(view.unsent)
        self._show_calls(view)
        self._fit()

    def _show_timers(self, timers: tuple[Badge, ...]) -> None:
        """The clock of each wrap-up, beside the state: it runs whatever place is looked at."""
        if len(timers) != len(self._timers):
            self._below.give_back()
        while len(self._timers) > len(timers):
            gone = self._timers.pop()
            self._timer_row.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for index, timer in enumerate(timers):
            if index >= len(self._timers):
                self._timers.append(Tag())
                self._timer_row.addWidget(self._timers[index])
            self._timers[index].show_badge(timer)

    def _show_statuses(self, statuses: tuple[StatusView, ...]) -> None:
        for index, status in enumerate(statuses):
            if index < len(self._statuses):
                self._statuses[index].show_status(status)
            else:
                self._statuses.append(StatusTag(status))
                self._status_row.addWidget(self._statuses[index])

    def _show_calls(self, view: TopBarView) -> None:
        wanted = {call.interaction or call.call: call for call in view.calls}
        for key in [key for key in self.cards if key not in wanted]:
            gone = self.cards.pop(key)
            self._calls_row.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for index, (key, call) in enumerate(wanted.items()):
            if key not in self.cards:
                self.cards[key] = CallCardWidget(self._act)
                self._calls_row.insertWidget(index, self.cards[key])
            elif self._calls_row.indexOf(self.cards[key]) != index:
                self._calls_row.removeWidget(self.cards[key])
                self._calls_row.insertWidget(index, self.cards[key])
            self.cards[key].show_view(call)
        self._calls.setVisible(bool(wanted))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _break(self) -> None:
        """One panel alone has room in the window: state and palette, below them the marks, then the calls."""
        px = look().px
        edge = px(EDGE)
        room = self.width() - 2 * edge
        self.state.setMaximumWidth(max(room - px(10 + 44), px(44)))
        self._first.setContentsMargins(edge, px(6), edge, px(6))
        self._below.take(self._timer_row, *self._timers)
        self._below.take(self._first, self._queues)
        self._below.take(self._status_row, *self._statuses)
        self._below.take(self._first, self.unsent)
        self._queues.setVisible(bool(self._queue_badges))
        for tag in self._statuses:
            tag.show()
        high = self._below.heightForWidth(room)
        self._below.inset(EDGE, 0, EDGE, 8)
        self._top.setFixedHeight(px(tokens.BAR_HEIGHT) + high + px(8))
        self._wrap(wrap=bool(self.cards), stacked=True)
        self._second.setContentsMargins(edge, 0, edge, px(8) if self.cards else 0)
        for card in self.cards.values():
            card.set_room(Room.ICON, room, tall=True)

    def _wrap(self, *, wrap: bool, stacked: bool) -> None:
        """Give the calls a line of their own, or one each, where a line is too short for their buttons."""
        self._second.setContentsMargins(look().px(16), 0, look().px(16), look().px(8) if wrap else 0)
        if wrap != self._wrapped:
            self._wrapped = wrap
            here = QApplication.focusWidget()
            held = here if here is not None and self._calls.isAncestorOf(here) else None
            if wrap:
                self._second.insertWidget(0, self._calls)
            else:
                self._first.addWidget(self._calls)
            self._calls.setVisible(bool(self.cards))  # another line is another parent, which hides it
            if held is not None:
                held.setFocus(Qt.FocusReason.OtherFocusReason)
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._calls_row.direction() is not way:
            self._calls_row.setDirection(way)

    def _fit(self) -> None:
        """Give the calls the words that there is room for; then let the queues go, the icons last."""
        px = look().px
        if self.width() < px(tokens.COMPACT_BELOW - tokens.RAIL_WIDTH):
            self._break()
            return
        self._below.give_back()
        self._below.inset()
        self._first.setContentsMargins(px(16), 0, px(16), 0)
        self._top.setFixedHeight(px(tokens.BAR_HEIGHT - 1))
        self.state.setMaximumWidth(MOST)
        gap = px(10)
        statuses = sum(tag.sizeHint().width() + px(6) for tag in self._statuses) + gap
        queues = sum(paint.tag_width(badge.text) + px(6) for badge in self._queue_badges) + gap
        timers = sum(tag.sizeHint().width() + px(6) for tag in self._timers)
        used = self.state.sizeHint().width() + timers + px(32) + 3 * gap
        used += 0 if self.unsent.isHidden() else self.unsent.sizeHint().width() + gap
        least = sum(card.width_in(Room.ICON) + px(8) for card in self.cards.values())
        narrow = self.width() < px(tokens.DRAWER_BELOW)
        wrap = bool(self.cards) and (narrow or used + px(_STEPS[-1].palette) + least > self.width())
        self._wrap(wrap=wrap, stacked=wrap and least + px(32) > self.width())
        for step in _STEPS:
            calls = sum(card.width_in(step.room) + px(8) for card in self.cards.values())
            bar = (
                used + px(step.palette) + (queues if step.queues else 0) + (statuses if step.statuses else 0)
            )
            fits = (
                bar <= self.width() and calls + px(32) <= self.width()
                if wrap
                else bar + calls <= self.width()
            )
            if fits:
                break
        for card in self.cards.values():
            card.set_room(step.room, self.width() - px(32))
        self._queues.setVisible(step.queues and bool(self._queue_badges))
        for tag in self._statuses:
            tag.setVisible(step.statuses or tag is self._statuses[0])


@dataclass(frozen=True, slots=True)
class _Step:
    """One way to share the room of the bar."""

    room: Room
    queues: bool = True
    statuses: bool = True
    palette: int = 170  # the least that the palette's field may have


_STEPS = (
    _Step(Room.FULL),
    _Step(Room.WORDS),
    _Step(Room.TEXT),
    _Step(Room.TEXT, queues=False),
    _Step(Room.ICON),
    _Step(Room.ICON, queues=False),
    _Step(Room.ICON, queues=False, palette=44),
    _Step(Room.ICON, queues=False, statuses=False, palette=44),
)
