"""What shows without a sound that something rings: a band across the window, the task bar, a notification.

For each medium the person chooses which (`OfferCard.signs`).  The band says in words who rings and which
key answers.  Where flashing is chosen the band's ground changes once a second, which is a third of what
WCAG 2.3.1 allows, and with less movement it does not change at all.  Nothing here takes the focus.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QRectF, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from agent_desktop.client.notifying import Notification, Notifications
from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint
from agent_desktop.qt.controls import Panel, column, row
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.offers import OfferCard

HALF_MS = 500  # bright and plain by turns: one flash a second
BAND, FLASH, TASKBAR, NOTIFY = "band", "flash", "taskbar", "notify"
WAITING = "waiting"
_WAITS = frozenset({"message", "your_turn"})


class Band(Panel):
    """The band: a bell, who rings, and the key that answers."""

    def __init__(self) -> None:
        super().__init__("ok_soft", "b", edge="ok")
        self.setObjectName("ring-band")
        self.words = Label("", "title", wrap=True)
        self.hint = Label("", "body", wrap=True)
        lines = column(gap=2)
        lines.addWidget(self.words)
        lines.addWidget(self.hint)
        line = row(margins=(16, 10, 16, 10), gap=12)
        line.addSpacing(look().px(36))
        line.addLayout(lines, 1)
        self.setLayout(line)
        self._beat = QTimer(self)
        self._beat.setInterval(HALF_MS)
        self._beat.timeout.connect(self._turn)
        self.hide()

    @property
    def flashes(self) -> bool:
        """Whether it changes now."""
        return self._beat.isActive()

    def show_offers(self, offers: tuple[OfferCard, ...]) -> None:
        """Show the oldest that has a band; nothing hides it."""
        shown = [offer for offer in offers if {BAND, FLASH} & set(offer.signs) and not offer.expired]
        self.setVisible(bool(shown))
        if not shown:
            self._beat.stop()
            return
        first = shown[0]
        key = paint.keys_text(first.answer.shortcut) if first.answer.shortcut else ""
        answers = _("{keys} answers.", keys=key) if key else ""
        more = _("{n} more ring.", n=len(shown) - 1) if len(shown) > 1 else ""
        self.words.setText(first.spoken)
        self.hint.setText(" ".join(part for part in (answers, more) if part))
        self.hint.setVisible(bool(self.hint.text()))
        self.setAccessibleName(_("Ringing"))
        self.setAccessibleDescription(first.spoken)
        if look().reduced_motion or not any(FLASH in offer.signs for offer in shown):
            self._beat.stop()
            self.ground = "ok_soft"
        elif not self._beat.isActive():
            self._beat.start()
        self.update()

    def _turn(self) -> None:
        self.ground = "surface" if self.ground == "ok_soft" else "ok_soft"
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, px = paint.begin(self), look().px
        edge = QRectF(0, 0, px(6), self.height())
        paint.rounded(painter, paint.mirrored(self, self.rect(), edge), 0, look().colour("ok"))
        box = QRectF(px(18), (self.height() - px(24)) / 2, px(24), px(24))
        icons.paint(painter, "bell", look().colour("ok"), paint.mirrored(self, self.rect(), box))


class Signs(QObject):
    """Everything that shows a ring besides its card; `ways` are those for what only waits."""

    _otherwise = Signal(object)

    def __init__(
        self, window: QWidget, ways: Callable[[], tuple[str, ...]], away: Callable[[], bool] | None = None
    ) -> None:
        super().__init__(window)
        self._ways = ways
        self._window = window
        self._away = away or (lambda: not window.isActiveWindow() or window.isMinimized())
        self.band = Band()
        self.notifications = Notifications(QApplication.applicationDisplayName(), self._otherwise.emit)
        self._otherwise.connect(self._in_the_tray)
        self._notified: set[str] = set()
        self._marked: set[str] = set()  # what the task bar was marked for
        self._tray: QSystemTrayIcon | None = None

    def show_offers(self, offers: tuple[OfferCard, ...]) -> None:
        """Show what rings now, and take away what does not ring any more."""
        self.band.show_offers(offers)
        live = {offer.offer or offer.call: offer for offer in offers if not offer.expired}
        for key in self._notified - live.keys() - {WAITING}:
            self._notified.discard(key)
            self.notifications.withdraw(key)
        self._marked &= live.keys()
        if not self._away():
            return
        new = {key for key, offer in live.items() if TASKBAR in offer.signs} - self._marked
        if new:
            self._marked |= new
            QApplication.alert(self._window)
        for key, offer in live.items():
            if NOTIFY in offer.signs and key not in self._notified:
                self._notify(Notification(key, offer.title, offer.spoken, urgent=True))

    def say(self, announcement: Announcement) -> None:
        """A message came, or it is the agent's turn, while the window is away."""
        if announcement.about not in _WAITS or not self._away():
            return
        ways = self._ways()
        if TASKBAR in ways:
            QApplication.alert(self._window)
        if NOTIFY in ways:
            words = announcement.text or announcement.shown
            turn = announcement.about == "your_turn"
            self._notify(Notification(WAITING, _("Your turn") if turn else _("New message"), words))

    def here(self) -> None:
        """The window is looked at: what waited is seen."""
        if WAITING in self._notified:
            self._notified.discard(WAITING)
            self.notifications.withdraw(WAITING)

    def close(self) -> None:
        """Nothing is shown any more."""
        self.band.show_offers(())
        self.notifications.close()
        if self._tray is not None:
            self._tray.hide()

    def _notify(self, notification: Notification) -> None:
        self._notified.add(notification.key)
        self.notifications.show(notification)

    def _in_the_tray(self, notification: Notification) -> None:
        """Where no server of the bus takes it: the system's tray, if there is one."""
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(icons.icon("logo", look().colour("accent"), 64), self)
            self._tray.show()
        self._tray.showMessage(notification.title, notification.text)
