"""How each person writes, kept on this computer: what happens after sending, which canned replies are used.

A file of its own, `writing.json`, one entry a user: written whole to a neighbour and moved over, so that a
power cut leaves the old one or the new one.  A file that cannot be read is as good as none.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

FILE_NAME = "writing.json"
STAY, NEXT, CLOSE = "stay", "next", "close"
AFTER = (STAY, NEXT, CLOSE)


class Habit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person's."""

    after: str = STAY
    used: dict[str, int] = msgspec.field(default_factory=dict)  # canned reply: how often


class Habits:
    """The file.  Without a path nothing is kept beyond the program."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._all: dict[str, Habit] = {}
        self.user = ""
        if path is not None:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                self._all = msgspec.json.decode(path.read_bytes(), type=dict[str, Habit])

    @property
    def mine(self) -> Habit:
        """Those of who is signed in."""
        return self._all.get(self.user, Habit())

    def choose_after(self, after: str) -> None:
        """Stay, go to the next, or close from now on."""
        self._keep(msgspec.structs.replace(self.mine, after=after))

    def count(self, template: str) -> None:
        """A canned reply was used."""
        used = {**self.mine.used, template: self.mine.used.get(template, 0) + 1}
        self._keep(msgspec.structs.replace(self.mine, used=used))

    def _keep(self, habit: Habit) -> None:
        self._all[self.user] = habit
        if self._path is None:
            return
        beside = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):  # it counts on in memory
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.encode(self._all))
            beside.replace(self._path)
