"""The desktop over a made-up router, which tells when an event came in: for the bench of announcements.

It takes a word a line: `ring`, `message`, or `bare` (the announcement alone, without a client); for each it
gives the moment of the system's monotonic clock and the words that a screen reader should hear.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from agent_desktop.bench._desk import ME, NOW, Desk, centre
from agent_desktop.bench.announce import READY
from agent_desktop.qt import theme
from agent_desktop.qt.window import Window
from agent_desktop.wire import events, models


class Child:
    """The window, and what happens to it."""

    def __init__(self, folder: Path) -> None:
        self._desk = Desk(folder)
        thread = models.ConversationModel(id="c1", medium="chat")
        self._desk.sign_in(events.Snapshot(me=ME, centre=centre(), conversations=(thread,)))
        self._window = Window(self._desk.desktop)
        self._window.show()
        self._count = 0
        self._notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._asked)

    def _asked(self) -> None:
        line = sys.stdin.readline().strip()
        if not line:
            QApplication.quit()
            return
        self._count += 1
        words = f"Customer {self._count}"
        at = time.monotonic()
        match line:
            case "ring":
                self._desk.come(events.OfferMade(offer=_offer(self._count, words)))
            case "message":
                self._desk.come(events.MessageChanged(message=_message(self._count, words)))
            case _:
                self._window.announcer.announce(words, assertive=True)
        sys.stdout.write(json.dumps({"at": at, "words": words}) + "\n")
        sys.stdout.flush()


def _offer(number: int, name: str) -> models.OfferModel:
    return models.OfferModel(
        id=f"o{number}", interaction=f"i{number}", agent=ME.id, medium="chat", queue="q1", customer_name=name,
        queued_at=NOW, offered_at=NOW, expires_at=NOW + 600,
    )  # fmt: skip


def _message(number: int, name: str) -> models.MessageModel:
    return models.MessageModel(
        id=f"m{number}", conversation="c1", medium="chat", direction="in", at=NOW, text="Hello",
        author_name=name,
    )  # fmt: skip


def main() -> int:
    """Show the window until the end of the input."""
    application = QApplication(["agent-desktop"])
    theme.apply(application, "light", reduced_motion=True)
    child = Child(Path(sys.argv[1]))
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    result = int(application.exec())
    child._window.close()  # noqa: SLF001 - of this file
    return result


if __name__ == "__main__":
    sys.exit(main())
