"""The main window: the sign-in first, then everything that a signed-in agent sees.

The first frame needs this file, the sign-in and the look, and nothing else is imported for it: what is
behind the sign-in comes with `inside.py`, in the one place below.  Whoever opens the client in the
background (`app.py`) shows the window over a `Doorway` and hands the client over with `enter`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QMoveEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget

from agent_desktop.qt.desk import Desk
from agent_desktop.qt.focus import FocusRing
from agent_desktop.qt.signin import SignIn
from agent_desktop.viewmodels.doorway import Doorway
from agent_desktop.viewmodels.surface import Part, Refresh

if TYPE_CHECKING:
    from agent_desktop.qt.announce import Announcer
    from agent_desktop.qt.inside import Inside
    from agent_desktop.qt.palette import Palette
    from agent_desktop.qt.ringing import Ringing
    from agent_desktop.qt.work import Main
    from agent_desktop.viewmodels.surface import Surface
    from agent_desktop.viewmodels.window import DesktopView

INSIDE = "agent_desktop.qt.inside"
TABBING = "agent_desktop.qt.tabbing"
EVERYTHING: frozenset[Part] = frozenset({
    "window", "signin", "topbar", "inbox", "conversation", "side", "offers", "notices", "palette", "composer",
    "transfer", "keypad", "supervisor", "settings", "explanation", "lead",
})  # fmt: skip


class Window(QMainWindow):
    """The window of the program."""

    closed = Signal()
    ring = Signal(bool)  # something rings, or nothing does
    beep = Signal(bool)  # something rings and no phone rings for it: the window's own sound
    sound = Signal(str)  # the same for message, your_turn, warning, lost

    def __init__(self, surface: Surface | Doorway, acted: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self.setObjectName("window")
        self.resize(1440, 900)
        self.setMinimumSize(320, 420)
        self.desk = Desk(surface, self.refuse, acted)
        self._stack = QStackedWidget(self)
        self.setCentralWidget(self._stack)
        self.signin = SignIn(self.desk, self._stack)
        self._stack.addWidget(self.signin)
        self._inside: Inside | None = None
        self._announcer: Announcer | None = None
        self.focus_ring = FocusRing(self)
        self._signed_in: bool | None = None
        self._framed = False
        self._stop = self.desk.subscribe(self.refresh)
        self.refresh(Refresh(parts=EVERYTHING), fresh=True)

    def enter(self, surface: Surface) -> None:
        """Go through the doorway: from now on the client is shown and asked; what is typed stays."""
        self._stop()
        self.desk.enter(surface)
        self._stop = self.desk.subscribe(self.refresh)
        self.refresh(Refresh(parts=EVERYTHING), fresh=True)

    @property
    def inside(self) -> Inside:
        """What only a signed-in agent has; made when it is first asked for."""
        if self._inside is None:
            made: Inside = importlib.import_module(INSIDE).Inside(self, self.desk, self._rings, self.cycle)
            self._inside = made
            self._stack.addWidget(made.ground)
        return self._inside

    def remake(self) -> None:
        """Make the panels anew, for another size of the text: sizes are taken when a panel is made."""
        before, self._inside = self._inside, None
        signin, self.signin = self.signin, SignIn(self.desk, self._stack)
        self._stack.addWidget(self.signin)
        self.refresh(Refresh(parts=EVERYTHING), fresh=True)
        if self._signed_in:
            self._stack.setCurrentWidget(self.inside.ground)
            self.inside.enter()
        else:
            self._stack.setCurrentWidget(self.signin)
        for widget in (signin, *(before.end() if before is not None else ())):
            self._stack.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    @property
    def announcer(self) -> Announcer:
        """What tells the screen reader."""
        if self._announcer is None:
            self._announcer = importlib.import_module(INSIDE).Announcer(self)
        return self._announcer

    @property
    def main(self) -> Main:
        """The panels."""
        return self.inside.main

    @property
    def ringing(self) -> Ringing:
        """The window of the ring."""
        return self.inside.ringing

    @property
    def palette_panel(self) -> Palette:
        """The command palette."""
        return self.inside.palette

    # ---- what the client says

    def refresh(self, change: Refresh, *, fresh: bool = False) -> None:
        """Show what changed."""
        if change.parts & {"window", "signin"} or self._signed_in is None:
            self._show_window(self.desk.view())
        if self._signed_in:
            self.inside.show_work(change, fresh=fresh)
        for announcement in change.announcements:
            self.announcer.announce(announcement.text, assertive=announcement.assertive)
            if self._inside is not None:
                self._inside.signs.say(announcement)
            if announcement.sound and announcement.sound != "ring":
                self.sound.emit(announcement.sound)

    def _show_window(self, view: DesktopView) -> None:
        self.setWindowTitle(view.title)
        signed_in = view.main is not None
        if view.signin is not None:
            self.signin.show_view(view.signin)
        if view.main is not None:
            self.inside.show_window(view.main)
        if signed_in != self._signed_in:
            self._signed_in = signed_in
            if signed_in:
                self._stack.setCurrentWidget(self.inside.ground)
                self.inside.enter()
            else:
                self._stack.setCurrentWidget(self.signin)
                if self._inside is not None:
                    self._inside.leave()
                QTimer.singleShot(0, self.signin.begin)

    def refuse(self, reason: str) -> None:
        """Say why something could not be done."""
        self.announcer.announce(reason)
        if self._signed_in:
            self.inside.refuse(reason)

    def _rings(self, rings: bool, silent: bool) -> None:  # noqa: FBT001 - two flags of one fact
        self.ring.emit(rings)
        self.beep.emit(rings and not silent)

    def cycle(self, step: int) -> None:
        """Go to the next panel (F6)."""
        self.focus_ring.expect_key()
        self.inside.cycle(step)

    # ---- Qt

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001 - Qt's signature
        """Tab goes on; so does the focus by itself when its widget is hidden, and that needs no ring."""
        here = QApplication.focusWidget()
        if here is None or here.isVisible():
            self.focus_ring.expect_key()
        moved: bool = importlib.import_module(TABBING).step(self, forward=forward)
        return moved

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self._fit)
        if self._signed_in:  # a ring that began before the window was there
            self.ringing.show_offers(self.desk.offers())

    def _fit(self) -> None:
        """Give the frame that the desktop drew its room on the screen: the composer stays in view."""
        frame, room = self.frameGeometry(), self.screen().availableGeometry()
        self._framed = frame.size() != self.size()
        wide = min(frame.width() - self.width(), max(0, frame.width() - room.width()))
        high = min(frame.height() - self.height(), max(0, frame.height() - room.height()))
        if (wide or high) and not self.isMaximized() and not self.isFullScreen():
            self.resize(self.width() - wide, self.height() - high)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        if not self._framed and self.isVisible():  # the frame comes some time after the window
            self._fit()
        if self._inside is not None:
            self._inside.place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._inside is not None:
            self._inside.place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.update()
        here = event.type() == QEvent.Type.ActivationChange and self.isActiveWindow()
        if here and self._inside is not None:
            self._inside.signs.here()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._stop()
        if self._inside is not None:
            self._inside.ringing.close()
            self._inside.signs.close()
        self.closed.emit()
        super().closeEvent(event)
