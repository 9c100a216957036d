"""Room kept free beside the record, so that work in hand can be finished on a full disk (G10).

It is a file of a fixed size that holds nothing.  When a disposition meets the end of the disk, the file
goes and the disposition is written in its place; new work is refused until there is room to lay the
file down again.  It is larger than the WAL file grows (4 MB between checkpoints): then what is in the WAL can
be moved into the record there, and the WAL's own room serves again.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

from agent_desktop.server.storage.database import Room

RESERVE_BYTES: Final = 64 * 1024 * 1024
_PIECE: Final = 1024 * 1024


class Reserve:
    """The file; a size of 0 keeps nothing free.  Used by the writer's thread alone."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self._size = size_bytes
        with contextlib.suppress(OSError):
            self._path.unlink()  # of an earlier run, perhaps of another size
        self._there = False

    @property
    def spent(self) -> bool:
        """Whether the room was given away, or was never there."""
        return self._size > 0 and not self._there

    def restore(self, room: Room) -> None:
        """Lay the file down, if that leaves the disk with room to work in."""
        if not self.spent or room.low or room.free < 2 * self._size:
            return
        try:
            with self._path.open("wb") as file:
                _fill(file.fileno(), self._size)
        except OSError:
            self.release()
        else:
            self._there = True

    def release(self) -> bool:
        """Give the room away; says whether there was any to give."""
        had, self._there = self._there, False
        with contextlib.suppress(OSError):
            self._path.unlink()
        return had


def _fill(descriptor: int, size: int) -> None:
    """Take the blocks for so many bytes, not only their number."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    for start in range(0, size, _PIECE):
        os.write(descriptor, bytes(min(_PIECE, size - start)))
