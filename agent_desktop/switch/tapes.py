"""The files of recordings: where their keys are, and the thread that writes them.

The keys of this computer lie in `recordings.keys` of the data folder; the router opens recordings with the
same file (`media.vault`).  Files are made in a worker thread: a slow disk delays a recording, never a call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.media.recording import Recorder, Report, Scribe, record_to

KEYS: Final = "recordings.keys"


class Tapes:
    """Makes recorders and keeps them writing."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._scribe = Scribe()
        self._running = False

    def start(self) -> None:
        self._scribe.start()
        self._running = True

    def stop(self) -> None:
        """End every file; blocks until the scribe has written what waits."""
        if self._running:
            self._scribe.stop()

    async def open(self, path: Path, recording: str, told: Callable[[Report], None]) -> Recorder:
        """Make a file and start writing it.  Raises OSError or StorageError."""
        recorder = await asyncio.to_thread(self._make, path, recording, told)
        self._scribe.add(recorder)
        return recorder

    def _make(self, path: Path, recording: str, told: Callable[[Report], None]) -> Recorder:
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = MasterKeys.at(self._data / KEYS)
        return record_to(path, keys, told={"recording": recording}, on_change=told)
