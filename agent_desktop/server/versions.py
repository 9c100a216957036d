"""The configuration that was in force, kept in the record: its text, when it was applied, after which event.

The router writes it when it starts, before anything happens; replay needs it, and `admin config` shows it and
brings it back.  A text is kept once, under its hash; each start adds a line of history when the text changed.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_desktop.domain.types import Instant
from agent_desktop.errors import RefusedError, StorageError
from agent_desktop.ports.storage import Changes, Store

HISTORY: Final = "config.applied."
TEXT: Final = "config/"
SHOWN: Final = 12  # characters of a hash that people read and type


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One time that a configuration was applied: `number` counts from 1, `after` is the log's last entry."""

    number: int
    hash: str
    at: Instant
    after: int

    @property
    def short(self) -> str:
        """The first characters of the hash."""
        return self.hash[:SHOWN]


def hash_of(text: str) -> str:
    """The name of a text: SHA-256 of it, with line ends as in Unix."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()


def history(settings: Mapping[str, str]) -> tuple[Version, ...]:
    """Every version in the record, oldest first.  Raises `StorageError` for a damaged entry."""
    found = []
    for name in sorted(name for name in settings if name.startswith(HISTORY)):
        try:
            row = json.loads(settings[name])
            found.append(
                Version(
                    number=int(name.removeprefix(HISTORY)),
                    hash=str(row["hash"]),
                    at=Instant(float(row["at"])),
                    after=int(row["after"]),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise StorageError(f"The record's entry {name} is damaged.") from error
    return tuple(found)


async def applied(store: Store, text: str, now: Instant) -> None:
    """Write down that this configuration holds from now on; nothing when it is the last one anyhow."""
    settings, last = store.configured()
    known = history(settings)
    key = hash_of(text)
    if known and known[-1].hash == key:
        return
    number = known[-1].number + 1 if known else 1
    row = json.dumps({"hash": key, "at": now, "after": last})
    await store.commit(
        Changes(
            settings={f"{HISTORY}{number:08d}": row},
            blobs={f"{TEXT}{key}": text.replace("\r\n", "\n").encode()},
        )
    )


def read_history(connection: sqlite3.Connection) -> tuple[Version, ...]:
    """The versions of a record that is opened for reading."""
    rows = connection.execute("select name, value from settings where name like ?", (f"{HISTORY}%",))
    return history(dict(rows))


def read_text(connection: sqlite3.Connection, version: Version) -> str:
    """The text of a version.  Raises `StorageError` when it is gone."""
    row = connection.execute("select data from blobs where id = ?", (f"{TEXT}{version.hash}",)).fetchone()
    if row is None:
        raise StorageError(f"The text of configuration {version.number} is not in the record any more.")
    text: str = bytes(row[0]).decode()
    if hash_of(text) != version.hash:
        raise StorageError(f"The text of configuration {version.number} is not what was applied.")
    return text


def chosen(versions: tuple[Version, ...], name: str) -> Version:
    """The version with this number or beginning of a hash.  Raises `RefusedError`."""
    by_number = [v for v in versions if name.isdecimal() and v.number == int(name)]
    by_hash = [v for v in versions if len(name) >= 4 and v.hash.startswith(name.casefold())]
    found = by_number or by_hash
    if not found or len({v.hash for v in found}) > 1:
        raise RefusedError(
            f"There is no version {name}: give its number or the first letters of its hash, "
            "as `admin config history` lists them.",
            code="unknown_version",
        )
    return found[-1]


def beside(path: Path) -> Path:
    """Where the file that a rollback replaces is kept: beside it, under the next free number."""
    number = 1
    while (kept := path.with_name(f"{path.name}.before-{number}")).exists():
        number += 1
    return kept
