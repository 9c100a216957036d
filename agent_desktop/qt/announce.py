"""What the screen reader is told without moving the focus.

Assertive only for a ring and for the end of a call; everything else is polite.  Polite sentences leave
at most one in 1.5 s; when more have gathered than can be said, they become "3 new lines", because a
flood of text in a call would otherwise drown the customer's voice.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from agent_desktop.i18n import plural

PAUSE_MS = 1500
_MANY = 2  # from here on the lines are counted, not read


class Announcer(QObject):
    """Says sentences for one window; `speak` is replaced in tests."""

    def __init__(self, window: QWidget, speak: Callable[[str, bool], None] | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._speak = speak or self._tell_bus
        self._waiting: list[str] = []
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._next)

    def announce(self, text: str, *, assertive: bool = False) -> None:
        """Say a sentence: at once when assertive, in turn when polite."""
        if not text:
            return
        if assertive:
            self._speak(text, True)  # noqa: FBT003 - the signature of Qt's event
        elif self._pause.isActive():
            self._waiting.append(text)
        else:
            self._speak(text, False)  # noqa: FBT003 - the same
            self._pause.start()

    def _next(self) -> None:
        if not self._waiting:
            return
        lines, self._waiting = self._waiting, []
        text = lines[0] if len(lines) < _MANY else plural("{n} new line", "{n} new lines", len(lines))
        self._speak(text, False)  # noqa: FBT003 - the same
        self._pause.start()

    def _tell_bus(self, text: str, assertive: bool) -> None:  # noqa: FBT001 - the same
        event = QAccessibleAnnouncementEvent(self._window, text)
        politeness = QAccessible.AnnouncementPoliteness
        event.setPoliteness(politeness.Assertive if assertive else politeness.Polite)
        QAccessible.updateAccessibility(event)
