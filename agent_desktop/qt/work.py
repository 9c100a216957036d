"""What a signed-in agent sees, panel beside panel: rail, top bar, notices, and the place that is chosen.

The places are the inbox (list, conversation, side), the supervisor's board and the settings; the last two
are made when somebody goes there.  Here is only where the panels are.  Below 1100 px the side is a drawer,
below 800 px the list and the conversation take turns (both grow with the size of the text).
"""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from agent_desktop.qt import tokens
from agent_desktop.qt.callstrip import CallStrip
from agent_desktop.qt.controls import column, row
from agent_desktop.qt.conversation import Conversation
from agent_desktop.qt.desk import Desk
from agent_desktop.qt.inbox import Inbox
from agent_desktop.qt.listening import Listening
from agent_desktop.qt.notices import Notices
from agent_desktop.qt.rail import Rail
from agent_desktop.qt.settingsplace import SettingsPlace
from agent_desktop.qt.side import Side
from agent_desktop.qt.supervisor import SupervisorPlace
from agent_desktop.qt.theme import look
from agent_desktop.qt.topbar import TopBar


class Lane(QScrollArea):
    """A panel that is never squeezed: where the window is too low for it, it scrolls."""

    def __init__(self, panel: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidget(panel)

    def least_width(self) -> int:
        """The width that the panel needs, its scroll bar beside it."""
        panel = self.widget()
        needed = panel.minimumSizeHint().width() if panel is not None else 0
        return needed + self.verticalScrollBar().sizeHint().width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (panel := self.widget()) is not None:
            panel.setFixedWidth(self.viewport().width())


class Work(QWidget):
    """Inbox, conversation and side, arranged for the width that there is."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.inbox = Inbox(desk)
        self.conversation = Conversation(desk)
        self.side = Side(desk)
        self.reading = False  # where they take turns: the conversation's turn
        self.drawer_open = False
        panels: tuple[QWidget, ...] = (self.inbox, self.conversation, self.side)
        self._lanes = {panel: Lane(panel, self) for panel in panels}

    @property
    def narrow(self) -> bool:
        """The side is a drawer."""
        return self.width() + look().px(tokens.RAIL_WIDTH) < look().px(tokens.DRAWER_BELOW)

    @property
    def alternating(self) -> bool:
        """The list and the conversation take turns."""
        return self.width() + look().px(tokens.RAIL_WIDTH) < look().px(tokens.ALTERNATE_BELOW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.narrow and self.drawer_open:
            self.drawer_open = False
            self.arrange()
            return
        super().keyPressEvent(event)

    def arrange(self) -> None:
        """Give each panel its place."""
        width, height = self.width(), self.height()
        inbox = 0 if self.alternating and self.reading else look().px(tokens.INBOX_WIDTH)
        if self.alternating and not self.reading:
            inbox = width
        side = look().px(tokens.SIDE_WIDTH)
        docked = 0 if self.narrow else side
        self._put(self.inbox, 0, inbox, height, shown=inbox > 0)
        middle = width - inbox - docked
        self._put(self.conversation, inbox, middle, height, shown=middle > 0)
        self.side.hide_drawer.setVisible(self.narrow)
        shown = not self.narrow or self.drawer_open
        self._lanes[self.side].setVisible(shown)  # only what shows knows how much room it needs
        drawer = min(max(side, self._lanes[self.side].least_width()), width) if self.narrow else side
        self._put(self.side, width - drawer, drawer, height, shown=shown)
        if self.narrow and self.drawer_open:
            self._lanes[self.side].raise_()
        self.conversation.header.show_places(back=self.alternating, details=self.narrow)

    def _put(self, panel: QWidget, x: int, width: int, height: int, *, shown: bool) -> None:
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = self.width() - x - width
        lane = self._lanes[panel]
        if shown:
            lane.setGeometry(QRect(x, 0, width, height))
        lane.setVisible(shown)


class Main(QWidget):
    """Everything that a signed-in agent sees."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.rail = Rail(desk.act)
        self.topbar = TopBar(desk.act)
        self.callstrip = CallStrip(desk.act)
        self.listening = Listening(desk.act)
        self.notices = Notices(desk.act)
        self.work = Work(desk)
        self.place = "inbox"
        self._supervisor: SupervisorPlace | None = None
        self._settings: SettingsPlace | None = None
        self._places = QStackedWidget()
        self._places.setMinimumHeight(1)  # in a low window the calls keep their room; what is below scrolls
        self._places.addWidget(self.work)
        right = column(gap=0)
        right.addWidget(self.topbar)
        right.addWidget(self.callstrip)
        right.addWidget(self.listening)
        right.addWidget(self.notices)
        right.addWidget(self._places, 1)
        whole = row(gap=0)
        whole.addWidget(self.rail)
        whole.addLayout(right, 1)
        self.setLayout(whole)
        self._right = right

    def put_band(self, band: QWidget) -> None:
        """Let the band of a ring stand above everything but the rail, whose places need the height."""
        self._right.insertWidget(0, band)

    @property
    def supervisor(self) -> SupervisorPlace:
        """The supervisor's board."""
        if self._supervisor is None:
            self._supervisor = SupervisorPlace(self._desk.act)
            self._places.addWidget(self._supervisor)
        return self._supervisor

    @property
    def settings(self) -> SettingsPlace:
        """The settings."""
        if self._settings is None:
            self._settings = SettingsPlace(self._desk.act)
            self._places.addWidget(self._settings)
        return self._settings

    def go(self, place: str) -> bool:
        """Show a place; whether it is another one."""
        if place == self.place:
            return False
        self.place = place
        self._places.setCurrentWidget(self._widget())
        return True

    def _widget(self) -> QWidget:
        match self.place:
            case "supervisor":
                return self.supervisor
            case "settings":
                return self.settings
            case _:
                return self.work

    def under(self) -> int:
        """The height under which what belongs to the calls may stand."""
        bar = self.callstrip if self.callstrip.isVisible() else self.topbar
        return bar.mapTo(self.window(), bar.rect().bottomLeft()).y()

    def pointed_at(self, focus: QWidget | None) -> str:
        """The interaction of the line that has the keyboard, in the list or on the board."""
        if focus is self.work.inbox.rows:
            return self.work.inbox.rows.pointed_at
        if self._supervisor is not None and focus is self._supervisor.waiting.table:
            return self._supervisor.waiting.table.pointed_at
        return ""

    def panels(self) -> tuple[QWidget, ...]:
        """The panels in the order of F6."""
        work = self.work
        talk = work.conversation
        here: tuple[QWidget, ...] = (work.inbox, talk.timeline, talk.composer, work.side)
        if self.place == "supervisor":
            board = self.supervisor
            here = (board.agents, board.calls, board.queues, board.waiting)
        elif self.place == "settings":
            here = (self.settings,)
        bars = tuple(bar for bar in (self.callstrip, self.listening) if bar.isVisible())
        return (self.topbar, *bars, *here, self.rail)
