"""The desktop: opens the client and the window, and lives with them until the window is closed.

The sign-in is on the screen first; the client behind it is opened meanwhile (`behind.py`).  The network,
the keyring and the disk live on other threads (`client/outside.py`); what comes in wakes the
window once, with a queued signal, and is shown at most once a frame.  A timer of one second keeps the
clocks going, five times a second while something rings.  Nothing here waits for anything.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from PySide6 import QtWidgets
from PySide6.QtCore import QLocale, QObject, Qt, QTimer, Signal

from agent_desktop import i18n, settings
from agent_desktop.errors import AgentDesktopError
from agent_desktop.i18n import _
from agent_desktop.qt import icons, theme
from agent_desktop.qt.behind import Behind, FirstFrame
from agent_desktop.qt.window import Window
from agent_desktop.settings import Setting, Settings
from agent_desktop.viewmodels.doorway import Doorway
from agent_desktop.viewmodels.signing import Entry

if TYPE_CHECKING:
    from agent_desktop.client.choices import Choices
    from agent_desktop.viewmodels.surface import Surface

    Chosen = Settings | Choices

NAME = "agent-desktop"
FRAME_MS, SECOND_MS, RINGING_MS, RING_EVERY_MS = 16, 1000, 200, 2000


class Heart(QObject):
    """Pumps the client: soon after it called, after an act, and once a second.

    `wake` may be called from any thread.
    """

    _woken = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pump: Callable[[], None] | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.beat)
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self.beat)
        self._woken.connect(self._hurry, Qt.ConnectionType.QueuedConnection)

    def wake(self) -> None:
        """Something came in: pump within a frame."""
        self._woken.emit()

    def start(self, surface: Surface) -> None:
        """Begin to beat."""
        self._pump = surface.pump
        self._second.start()
        self.beat()

    def stop(self) -> None:
        """Beat no more; a wake that is still on its way does nothing."""
        self._pump = None
        self._second.stop()
        self._soon.stop()

    def hurry(self, delay_ms: int = 0) -> None:
        """Pump soon, because the agent did something."""
        if not self._soon.isActive() or self._soon.remainingTime() > delay_ms:
            self._soon.start(delay_ms)

    def _hurry(self) -> None:
        if not self._soon.isActive():
            self._soon.start(FRAME_MS)

    def ringing(self, on: bool) -> None:  # noqa: FBT001 - a slot
        """Beat faster while something rings, so that the countdown runs smoothly."""
        interval = RINGING_MS if on else SECOND_MS
        if self._second.interval() != interval:
            self._second.setInterval(interval)

    def beat(self) -> None:
        """Let the client take what came in."""
        if self._pump is not None:
            self._pump()


class Bell(QObject):
    """The ring's sound on this side: the system's own, where the phone has no device to ring on."""

    def __init__(self) -> None:
        super().__init__()
        self._again = QTimer(self)
        self._again.setInterval(RING_EVERY_MS)
        self._again.timeout.connect(QtWidgets.QApplication.beep)

    def ring(self, on: bool) -> None:  # noqa: FBT001 - a slot
        """Begin or end."""
        if on and not self._again.isActive():
            QtWidgets.QApplication.beep()
            self._again.start()
        elif not on:
            self._again.stop()

    def once(self, _sound: str) -> None:
        """A message, a warning, a lost server: the system has one sound for all of them."""
        QtWidgets.QApplication.beep()


def main(arguments: object) -> int:
    """Run the desktop; gives the exit status.  Raises `AgentDesktopError` in words for people."""
    require_screen()
    values = settings.load(arguments)
    data = settings.data_folder(getattr(arguments, "data", None))
    data.mkdir(parents=True, exist_ok=True)
    i18n.use(i18n.load(values[settings.LANGUAGE]))
    application = _application(values)
    heart, bell = Heart(), Bell()
    doorway = Doorway(Entry(server=values[settings.SERVER_URL], user=values[settings.SERVER_USER]))
    window = Window(doorway, acted=heart.hurry)
    window.ring.connect(heart.ringing)
    window.beep.connect(bell.ring)
    window.sound.connect(bell.once)

    def enter(desktop: Surface) -> None:
        doorway.pass_on(desktop)
        window.enter(desktop)
        _follow(application, window, desktop)
        heart.start(desktop)

    behind = Behind(arguments, values, wake=heart.wake, enter=enter, leave=application.quit)
    window.closed.connect(behind.give_up)
    frame = FirstFrame(window.signin, behind.open)
    window.show()
    frame.wait()
    _obey_signals(application)
    try:
        status = application.exec()
    finally:
        heart.stop()
        bell.ring(False)  # noqa: FBT003 - a slot
        behind.close()
    return int(status)


def require_screen(platform: str = sys.platform) -> None:
    """Refuse in words where there is no screen; Qt itself would end the process."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if not platform.startswith("linux") or chosen in {"offscreen", "minimal", "vnc", "linuxfb", "eglfs"}:
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise AgentDesktopError(_("There is no screen here. Use the text mode instead: agent-desktop text"))


def _application(values: Settings) -> QtWidgets.QApplication:
    application = QtWidgets.QApplication([NAME, *theme.STYLE_WORDS])
    application.setApplicationName(NAME)
    application.setApplicationDisplayName(_("Agent desktop"))
    application.setDesktopFileName(NAME)
    speak(i18n.current().language)
    right_to_left = i18n.current().right_to_left
    direction = Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight
    application.setLayoutDirection(direction)

    dress(application, values)
    application.setWindowIcon(icons.icon("logo", theme.look().colour("accent"), 64))
    return application


def speak(language: str) -> None:
    """Tell Qt, and so the accessibility bus, which language the screen has; dates stay the system's.

    A screen reader chooses its voice by it (WCAG 3.1.1).  Qt tells each widget's from 6.11 on.
    """
    named = QLocale(language)
    here = QLocale.system().territory()
    QLocale.setDefault(named if "_" in language else QLocale(named.language(), here))


def dress(application: QtWidgets.QApplication, values: Chosen) -> None:
    """Put what is chosen of the look in force."""
    motion = {"on": True, "off": False}.get(values[settings.REDUCED_MOTION])
    scale = values[settings.SCALE]
    theme.apply(application, values[settings.THEME], scale, reduced_motion=motion, styled=True)


def _follow(application: QtWidgets.QApplication, window: Window, desktop: Surface) -> None:
    """Dress the window anew whenever something of the look is chosen, or the system changes its colours."""
    choices = desktop.choices

    def chosen(setting: Setting[Any]) -> None:
        before = theme.look()
        dress(application, choices)
        if setting is settings.SCALE and theme.look().scale != before.scale:
            QTimer.singleShot(0, window.remake)

    choices.listen(chosen)
    application.styleHints().colorSchemeChanged.connect(lambda _scheme: dress(application, choices))


def _obey_signals(application: QtWidgets.QApplication) -> None:
    """Close the window on SIGTERM and Ctrl+C; the beat lets Python see them within a second."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        QTimer.singleShot(0, application.quit)  # not in the middle of whatever Python was doing

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
