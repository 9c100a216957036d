"""What is typed: whole lines from a pipe, or keys from a terminal with an echo of our own.

On a terminal the program must know whether a line is half typed, so that events can wait; the kernel's
line mode would not tell.  The keys are therefore read one by one (`ICANON` and `ECHO` off) and echoed
here, the way the kernel does: a printable character as it is, an erased one by backspace, space,
backspace.  Nothing else is ever echoed.  Where there is no `termios` whole lines are read.
"""

from __future__ import annotations

import codecs
import contextlib
import importlib
import os
import re
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from agent_desktop.text.plain import width

# Windows has no termios.
termios: Any = importlib.import_module("termios") if os.name == "posix" else None

END = 4  # Ctrl-D
ERASE = frozenset({8, 127})
KILL_WORD, KILL_LINE = 23, 21
ESCAPE = 27


@dataclass(frozen=True, slots=True)
class LineTyped:
    """Enter was pressed."""

    text: str


@dataclass(frozen=True, slots=True)
class KeysTyped:
    """Bytes from a terminal."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """Standard input is at its end."""


class Editor:
    """The line being typed.  `feed` gives what to echo and the lines that were finished."""

    def __init__(self) -> None:
        self.text = ""
        self.floor = 0  # what stands before it has gone and cannot be erased
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._escaping = ""

    def feed(self, data: bytes) -> Iterator[tuple[str, LineTyped | Ended | None]]:
        """Each key's echo, and what it finished."""
        for character in self._decoder.decode(data):
            yield self._key(character)

    def _key(self, character: str) -> tuple[str, LineTyped | Ended | None]:
        code = ord(character)
        if self._escaping:
            # Arrow and function keys mean nothing here.
            self._escaping += character
            if _whole_escape(self._escaping):
                self._escaping = ""
            return "", None
        if code == ESCAPE:
            self._escaping = character
            return "", None
        if character in "\r\n":
            text, self.text, self.floor = self.text, "", 0
            return "\n", LineTyped(text)
        if code == END:
            return ("", None) if self.text else ("\n", Ended())
        if code in ERASE:
            return self._erase(1), None
        if code == KILL_LINE:
            return self._erase(len(self.text)), None
        if code == KILL_WORD:
            return self._erase(len(self.text) - len(self.text.rstrip().rpartition(" ")[0])), None
        if unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"}:
            return "", None
        self.text += character
        return character, None

    def _erase(self, characters: int) -> str:
        characters = max(0, min(characters, len(self.text) - self.floor))
        gone = self.text[len(self.text) - characters :] if characters else ""
        self.text = self.text[: len(self.text) - len(gone)]
        return "\b \b" * width(gone)


def _whole_escape(typed: str) -> bool:
    """Whether an arrow or function key is complete: ESC [ ... letter, ESC O letter, ESC other."""
    return re.fullmatch("\x1b(?:[^\\[O]|[\\[O].*[A-Za-z~]|.{12,})", typed) is not None


@contextlib.contextmanager
def raw_terminal(stream: Any) -> Iterator[bool]:
    """Read keys one by one while inside; gives whether it is so.  Signals (Ctrl-C) stay the kernel's."""
    if termios is None or not stream.isatty():
        yield False
        return
    number = stream.fileno()
    before = termios.tcgetattr(number)
    mode = termios.tcgetattr(number)
    mode[3] &= ~(termios.ICANON | termios.ECHO)
    mode[0] |= termios.ICRNL
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    termios.tcsetattr(number, termios.TCSADRAIN, mode)
    try:
        yield True
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def start_reading(post: Callable[[object], None], *, keys: bool) -> threading.Thread:
    """Read standard input on a thread of its own until it ends."""
    thread = threading.Thread(
        target=_read_keys if keys else _read_lines, args=(post,), name="keyboard", daemon=True
    )
    thread.start()
    return thread


def _read_keys(post: Callable[[object], None]) -> None:
    number = sys.stdin.fileno()
    while True:
        try:
            data = os.read(number, 4096)
        except OSError:
            data = b""
        if not data:
            post(Ended())
            return
        post(KeysTyped(data))


def _read_lines(post: Callable[[object], None]) -> None:
    number = sys.stdin.fileno()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while True:
        try:
            data = os.read(number, 65536)
        except OSError:
            data = b""
        *whole, rest = (rest + decoder.decode(data, final=not data)).split("\n")
        for line in whole:
            post(LineTyped(line.rstrip("\r")))
        if not data:
            if rest:
                post(LineTyped(rest))
            post(Ended())
            return
