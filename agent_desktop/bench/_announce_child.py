"""The desktop over a made-up router, which tells when an event came in: for the bench of announcements.

It takes a word a line: `ring`, `message`, or `bare` (the announcement alone, without a client); for each it
gives the moment of the system's monotonic clock and the words that a screen reader should hear.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agent_desktop.bench._desk import ME, NOW, Desk, centre
from agent_desktop.bench.announce import READY
from agent_desktop.qt.obeying import obey
from agent_desktop.wire import events, models


class Child:
    """The desktop, and what happens to it."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        thread = models.ConversationModel(id="c1", medium="chat")
        self.desk.sign_in(events.Snapshot(me=ME, centre=centre(), conversations=(thread,)))
        self._count = 0

    def happen(self, what: str, say: Callable[[str], None]) -> str:
        """Have it happen; gives when, and the words that are to be heard."""
        self._count += 1
        words = f"Customer {self._count}"
        at = time.monotonic()
        match what:
            case "ring":
                self.desk.come(events.OfferMade(offer=_offer(self._count, words)))
            case "message":
                self.desk.come(events.MessageChanged(message=_message(self._count, words)))
            case _:
                say(words)
        return json.dumps({"at": at, "words": words})


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
    child = Child(Path(sys.argv[1]))
    return obey(child.desk.desktop, child.happen, READY)


if __name__ == "__main__":
    sys.exit(main())
