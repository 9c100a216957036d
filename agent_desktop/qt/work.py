"""What a signed-in agent sees, panel beside panel: rail, top bar, notices, and the place that is chosen.

The places are the inbox (list, conversation, side), the supervisor's board and the settings; the last two
are made when somebody goes there.  Here is only where the panels are.  Below 1100 px the side is a drawer,
below 800 px the list and the conversation take turns, below 560 px all three do: a bar says whose turn it is,
and the rail lies across (all of it grows with the size of the text; WCAG 2.2, 1.4.10).  Where the panel that
has the keyboard must go, the keyboard goes to the one that comes; a window that changes its width alone keeps
the panel with the keyboard.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QScrollArea, QStackedWidget, QWidget

from agent_desktop.qt import tabbing, tokens
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
from agent_desktop.qt.steady import Steady
from agent_desktop.qt.supervisor import SupervisorPlace
from agent_desktop.qt.theme import look
from agent_desktop.qt.topbar import TopBar
from agent_desktop.qt.turns import CONVERSATION, LIST, SIDE, Turns

LEAST = 260  # the height that the panels have in a narrow window: in a lower one everything scrolls
_BACK = frozenset({Qt.Key.Key_Escape, Qt.Key.Key_Back})


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
        self.compact = False  # all three take turns
        self._mode = (False, False, False)
        self.turns = Turns(self.turn)
        self.turns.setParent(self)
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

    @property
    def face(self) -> str:
        """Whose turn it is, where all three take turns."""
        if self.drawer_open:
            return SIDE
        return CONVERSATION if self.reading else LIST

    def turn(self, face: str) -> None:
        """Give one of the three its turn."""
        self._choose(face)
        self.arrange()

    def _choose(self, face: str) -> None:
        """What was beside the side, list or conversation, stays so for when it is closed."""
        self.reading = face == CONVERSATION or (face == SIDE and self.reading)
        self.drawer_open = face == SIDE

    def read(self) -> None:
        """Something is opened: where they take turns it is the conversation's turn."""
        self.reading = True
        self.drawer_open = self.drawer_open and not self.compact
        self.arrange()

    def show_list(self) -> None:
        """It is the list's turn."""
        self.reading = False
        self.drawer_open = self.drawer_open and not self.compact
        self.arrange()

    def face_of(self, panel: QWidget) -> str:
        """Whose turn shows a panel; "" for one that does not take turns."""
        faces: dict[str, QWidget] = {LIST: self.inbox, CONVERSATION: self.conversation, SIDE: self.side}
        return next((face for face, one in faces.items() if one is panel or one.isAncestorOf(panel)), "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.follow()
        self.arrange()

    def follow(self) -> None:
        """Where the width alone takes a panel out of sight, it is not the one that has the keyboard."""
        mode = (self.compact, self.alternating, self.narrow)
        here = QApplication.focusWidget()
        if mode != self._mode and here is not None and (face := self.face_of(here)):
            self._choose(face)
        self._mode = mode

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _BACK and self.narrow and self.drawer_open:
            self.drawer_open = False
            self.arrange()
        elif event.key() in _BACK and self.compact and self.reading:
            self.turn(LIST)
        else:
            super().keyPressEvent(event)

    def arrange(self) -> None:
        """Give each panel its place."""
        width = self.width()
        bar = self.turns.sizeHint().height() if self.compact else 0
        room = QRect(0, bar, width, max(self.height() - bar, 0))
        inbox = 0 if self.alternating and self.reading else look().px(tokens.INBOX_WIDTH)
        if self.alternating and not self.reading:
            inbox = width
        side = look().px(tokens.SIDE_WIDTH)
        docked = 0 if self.narrow else side
        middle = width - inbox - docked
        if self.compact and self.drawer_open:
            inbox = middle = 0
        shown = {
            self.inbox: inbox > 0, self.conversation: middle > 0,
            self.side: not self.narrow or self.drawer_open,
        }  # fmt: skip
        self.side.show_places(away=self.narrow and not self.compact, compact=self.compact)
        for panel in (panel for panel, seen in shown.items() if seen):
            self._lanes[panel].show()  # only what shows knows how much room it needs
        drawer = min(max(side, self._lanes[self.side].least_width()), width) if self.narrow else side
        self._put(self.inbox, room, 0, inbox)
        self._put(self.conversation, room, inbox, middle)
        drawer = width if self.compact else drawer
        self._put(self.side, room, width - drawer, drawer if shown[self.side] else 0)
        if self.narrow and self.drawer_open:
            self._lanes[self.side].raise_()
        self._show_bar(bar)
        header, details = self.conversation.header, self.narrow and not self.compact
        ways = ((header.back, self.alternating), (header.details, details))
        lost = any(way.hasFocus() and not stays for way, stays in ways)
        if lost and self.conversation.lines.isVisible():
            self.conversation.lines.setFocus(Qt.FocusReason.OtherFocusReason)
        header.show_places(back=self.alternating, details=details, stacked=self.compact)
        self._hand_over([panel for panel, seen in shown.items() if not seen])

    def _show_bar(self, height: int) -> None:
        """The bar of the turns; whoever had the keyboard in it has it in the panel when the bar goes."""
        here = QApplication.focusWidget()
        held = here is not None and self.turns.isAncestorOf(here)
        self.turns.setGeometry(0, 0, self.width(), height)
        self.turns.show_face(self.face)
        self.turns.setVisible(self.compact)
        if held and not self.compact:
            self._enter()

    def _hand_over(self, gone: list[QWidget]) -> None:
        """Let panels go; the keyboard of one of them goes to the panel that is in sight now."""
        here = QApplication.focusWidget()
        held = here is not None and any(panel.isAncestorOf(here) for panel in gone)
        if held:
            self._enter()
        for panel in gone:
            self._lanes[panel].hide()

    def _enter(self) -> None:
        """Put the keyboard where the panel in sight begins."""
        face = self.face
        panel = self.side if face == SIDE else self.conversation if face == CONVERSATION else self.inbox
        if (first := tabbing.first_stop(panel)) is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _put(self, panel: QWidget, room: QRect, x: int, width: int) -> None:
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = self.width() - x - width
        if width > 0:
            self._lanes[panel].setGeometry(QRect(x, room.top(), width, room.height()))


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
        self._right, self._whole = right, whole
        self.steady = Steady(self, self._places, (self.rail,))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.steady.sized()
        compact = self.width() < look().px(tokens.COMPACT_BELOW)
        if compact != self.work.compact:
            way = QBoxLayout.Direction
            self.work.compact = compact
            self.rail.lie(across=compact)
            self._whole.setDirection(way.TopToBottom if compact else way.LeftToRight)
            self._places.setMinimumHeight(look().px(LEAST) if compact else 1)
            self.work.follow()
            self.work.arrange()

    def least_height(self, width: int) -> int:
        """The height under which a narrow window scrolls; a wide one never does."""
        return self._whole.minimumHeightForWidth(width) if self.work.compact else 0

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

    def turn_to(self, panel: QWidget) -> None:
        """Give a panel its turn, where panels take turns."""
        if self.work.compact and self.place == "inbox" and (face := self.work.face_of(panel)):
            self.work.turn(face)

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


class Ground(QScrollArea):
    """What everything stands on: where a narrow window is too low for calls and panel, all of it scrolls."""

    def __init__(self, main: Main) -> None:
        super().__init__()
        self._main = main
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidget(main)
        main.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A panel asks for another height: see whether there is room for it."""
        if watched is self._main and event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.viewport().size()
        self._main.resize(room.width(), max(room.height(), self._main.least_height(room.width())))
