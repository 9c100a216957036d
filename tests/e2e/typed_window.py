"""An agent at the real desktop who types in a call, as somebody does who cannot see it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from .programs import until
from .screen import Screen

BUS = Path(__file__).with_name("typed_bus.py")
THEIRS, OURS = "Caller: ", "You: "


class TypedWindow:
    """The window that is open on the screen."""

    def __init__(self, screen: Screen) -> None:
        self._process = subprocess.Popen(
            ["/usr/bin/python3", str(BUS), "agent-desktop"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=screen.environment,
        )  # fmt: skip
        self.heard: list[str] = []

    def _ask(self, **question: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the reader on the bus ended"
        return json.loads(line)

    def _presses(self, name: str) -> None:
        until(lambda: self._ask(do="press", name=name), 60, lambda: f"no button {name}")

    @property
    def last(self) -> str:
        """The newest line of the call's text, as it is read out."""
        return self._ask(do="last") or ""

    def takes(self) -> None:
        self._presses("Answer")

    def reads(self) -> None:
        """The next line of the caller, when it gives the turn; no two of them are alike."""

        def came() -> str:
            line = self.last.strip()
            words = line.removeprefix(THEIRS)
            is_new = line.startswith(THEIRS) and self.heard[-1:] != [words]
            return words if is_new and words.endswith((" GA", " SK")) else ""

        self.heard.append(until(came, 60, lambda: self.last))

    def types(self, answer: str) -> None:
        """Enter sends it, and it is the newest line, below what it answers."""
        until(lambda: self._ask(do="write", text=f"{answer}\n"), 30, "no field to write in")
        until(lambda: self.last.strip() == f"{OURS}{answer}", 60, lambda: self.last)

    def ends(self) -> None:
        self._presses("End, ")

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.terminate()
        self._process.wait(10)
