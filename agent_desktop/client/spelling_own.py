"""The words that each agent has added to the dictionary, kept on this computer.

A file of its own, `words.json`, one list a user, mode 0600: names of customers may be among them.  It is
written whole to a neighbour and moved over, so that a power cut leaves the old one or the new one.  A file
that cannot be read is as good as none.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

import msgspec

from agent_desktop.client.spelling_words import LONGEST, looked_up

FILE_NAME: Final = "words.json"
MOST: Final = 20_000


class OwnWords:
    """The file.  Without a path nothing is kept beyond the program."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._all: dict[str, list[str]] = {}
        self._known: dict[str, frozenset[str]] = {}
        if path is not None:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                self._all = msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]])

    def knows(self, user: str, word: str) -> bool:
        """Whether it was added, as it is or in small letters: `Nordlight` is not known as `nordlight`."""
        if user not in self._known:
            self._known[user] = frozenset(self._all.get(user, ()))
        known, form = self._known[user], looked_up(word)
        return form in known or form.lower() in known

    def add(self, user: str, word: str) -> str:
        """Know a word from now on; gives why it could not be written, or nothing."""
        form = looked_up(word).strip()
        words = self._all.setdefault(user, [])
        if not 0 < len(form) <= LONGEST or form in words or len(words) >= MOST:
            return ""
        words.append(form)
        self._known.pop(user, None)
        return self._write()

    def _write(self) -> str:
        if self._path is None:
            return ""
        beside = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(msgspec.json.encode(self._all))
            beside.replace(self._path)
        except (OSError, UnicodeEncodeError) as error:  # a half of a surrogate pair is no word of a file
            return getattr(error, "strerror", "") or type(error).__name__
        return ""
