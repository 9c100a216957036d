"""Recordings as files: where they lie, what they hold, and their end.

To erase a recording is to destroy its key (`media.vault`); copies of the sealed bytes in a backup are
unreadable from then on, unless the backup holds the key too.  After `keep_recordings_days` every recording
goes that way; the record keeps that there was one, and a listener is told that it was erased.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from agent_desktop.errors import StorageError
from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.media.vault import VaultReader, destroy, key_path

log = logging.getLogger(__name__)
FOLDER: Final = "recordings"
KEYS: Final = "recordings.keys"
DAY_S: Final = 86_400.0
SEALED: Final = ".rec"


def place_of(recorded: str, data: Path) -> Path:
    """The file of a recording: where the record says, or in this data folder when that was moved."""
    path = Path(recorded)
    moved = data / FOLDER / path.parent.name / path.name
    return moved if not _there(path) and _there(moved) else path


def sound_of(path: Path, keys: MasterKeys) -> bytes | None:
    """What a recording holds, as Ogg; None when it was erased or cannot be read."""
    try:
        with VaultReader(path, keys) as reader:
            return reader.read()
    except (OSError, StorageError) as error:
        log.warning("the recording %s cannot be read: %s", path.name, error)
        return None


def destroy_all(paths: Iterable[Path]) -> int:
    """Erase these for good; gives how many were there."""
    count = 0
    for path in paths:
        count += _there(path)
        if path.parent.is_dir():
            destroy(path)
    return count


def destroy_older(folder: Path, before: float) -> int:
    """Erase every recording whose last word is older than this instant; gives how many there were."""
    return destroy_all([path for path in _sealed(folder) if path.stat().st_mtime < before])


async def keep_for(folder: Path, days: int, now: Callable[[], float]) -> None:
    """Once a day, from now on, erase what is older than so many days; 0: never."""
    while days:
        try:
            gone = await asyncio.to_thread(destroy_older, folder, now() - days * DAY_S)
        except OSError as error:
            log.warning("old recordings could not be erased: %s", error)
        else:
            if gone:
                log.info("old recordings were erased", extra={"count": gone, "days": days})
        await asyncio.sleep(DAY_S)


def _sealed(folder: Path) -> Iterator[Path]:
    """Every recording, and those of which only the key is left."""
    keys = [key.with_name(key.name.removesuffix(".key")) for key in folder.glob(f"*/*{SEALED}.key")]
    destroy_all([path for path in keys if not path.exists()])  # a file is there before its key is
    yield from sorted(folder.glob(f"*/*{SEALED}"))


def _there(path: Path) -> bool:
    return path.exists() or key_path(path).exists()
