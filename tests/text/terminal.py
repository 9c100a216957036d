"""The text mode in memory: a session over a desktop without links, and what it prints."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from agent_desktop.text.screen import Screen
from agent_desktop.text.session import Session
from tests.client.desks import Desk


class Terminal:
    """A session over a desktop in memory."""

    def __init__(self, folder: Path, *, json_lines: bool) -> None:
        self.desk = Desk(folder)
        self.out = io.StringIO()
        self.session = Session(self.desk.desktop, Screen(self.out), json_lines=json_lines)

    def lines(self) -> list[str]:
        """What was printed since the last time."""
        self.desk.put()
        text = self.out.getvalue()
        self.out.seek(0)
        self.out.truncate()
        return text.splitlines()

    def type(self, line: str) -> list[str]:
        self.lines()
        self.session.typed(line)
        self.desk.put()
        return self.lines()

    def records(self, line: str) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self.type(line)]
