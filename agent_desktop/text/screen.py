"""The terminal, append only: lines, the prompt, and who may interrupt whom.

Bytes written are printable characters and new lines; the one exception is the echo of an erased
character (see `keyboard.py`).  While a line is half typed, events wait and are counted, and come out at
Enter; only urgent ones break in, after a new line, and then the prompt and the half line are written
again, once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TextIO

from agent_desktop.text import plain

PROMPT = "> "
REMEMBERED = 200


class Screen:
    """Where lines go.  `prompting`: a person types here; otherwise only lines are written."""

    def __init__(self, out: TextIO, *, columns: int = 0, prompting: bool = False) -> None:
        self._out = out
        self._columns = columns
        self._prompting = prompting
        self._prompt_shown = False
        self.held: list[str] = []
        self.said: deque[str] = deque(maxlen=REMEMBERED)
        self.half = ""  # what is typed so far, as the keyboard knows it
        self.live = ""  # the call that the keys go to: no prompt stands then
        self._row, self._column = "", 0  # whose letters stand on the row that is open

    def events(self, lines: Iterable[tuple[str, bool]]) -> None:
        """Say events, each with whether it is urgent."""
        now: list[str] = []
        urgent = False
        for text, is_urgent in lines:
            safe = plain.line(text)
            if self.half and not is_urgent:
                self.held.append(safe)
            else:
                now.append(safe)
                urgent = True
        if urgent:
            self._write(now)

    def answer(self, lines: Iterable[str]) -> None:
        """Say what a verb gave; what waited comes first."""
        self._write([*self._release(), *(safe for text in lines for safe in plain.lines(text))])

    def release(self) -> None:
        """Say what waited."""
        if self.held:
            self._write(self._release())

    def run(self, who: str, letters: str, whole: str) -> None:
        """Letters behind the row of who; where another row is open a new one, with the whole of it so far."""
        if self._row != who:
            self.end()
            letters = whole
            self._put(f"{who}: ")
            self._row = who
        self._put(letters)
        self._out.flush()

    def _put(self, text: str) -> None:
        """Write on the open row; one that is full goes on below."""
        for character in text if not text.startswith("\b") else (text,):
            taken = plain.width(character) if character.isprintable() else -text.count(" ")
            if self._columns and self._column + taken > self._columns:
                self._out.write("\n")
                self._column = 0
            self._out.write(character)
            self._column += taken

    def record(self, text: str) -> None:
        """Write one JSON line."""
        self._out.write(f"{text}\n")
        self._out.flush()

    def echo(self, text: str) -> None:
        """Echo a key.  A new line ends the prompt's row."""
        if text == "\n":
            self._prompt_shown = False
        if text:
            self._out.write(text)
            self._out.flush()

    def prompt(self) -> None:
        """Show the prompt and the half line, unless they are there."""
        if self._prompting and not self._prompt_shown and not self.live:
            self._out.write(PROMPT + self.half)
            self._out.flush()
            self._prompt_shown = True

    def end(self) -> None:
        """Leave the cursor on a row of its own."""
        if self._prompt_shown or self._row:
            self._out.write("\n")
            self._out.flush()
            self._prompt_shown = False
        self._row, self._column = "", 0

    def _release(self) -> list[str]:
        held, self.held = self.held, []
        return held

    def _write(self, lines: Iterable[str]) -> None:
        self.end()
        for text in lines:
            self.said.append(text)
            for row in plain.wrapped(text, self._columns):
                self._out.write(f"{row}\n")
        self._out.flush()
