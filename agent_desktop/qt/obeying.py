"""A window that is told line by line what happens, for the bench that listens to its announcements."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from agent_desktop.qt import theme
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.surface import Surface

Say = Callable[[str], None]


def obey(surface: Surface, happen: Callable[[str, Say], str], ready: str) -> int:
    """Show the window, say that it is ready, and answer each line of the input until there is no more.

    `happen` gets the line and a way to announce something without the client; its answer is one line.
    """
    application = QApplication(["agent-desktop"])
    theme.apply(application, "light", reduced_motion=True)
    window = Window(surface)
    window.show()
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)

    def asked() -> None:
        line = sys.stdin.readline().strip()
        if not line:
            application.quit()
            return
        sys.stdout.write(happen(line, lambda words: window.announcer.announce(words, assertive=True)) + "\n")
        sys.stdout.flush()

    notifier.activated.connect(asked)
    sys.stdout.write(f"{ready}\n")
    sys.stdout.flush()
    result = int(application.exec())
    window.close()
    return result
