"""What replay reads of a record, while the router may be running: the log, and the configurations it ran by.

A record of an older program has no configuration; then the caller gives one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.types import Instant
from agent_desktop.errors import ConfigError, StorageError
from agent_desktop.ports.storage import DomainEvent
from agent_desktop.server import tomlfile, versions
from agent_desktop.server.config import centre_of
from agent_desktop.server.storage.eventlog import event_of

PAGE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """This centre held from the entry after `after` on."""

    after: int
    at: Instant
    name: str
    centre: Centre


def events(connection: sqlite3.Connection) -> Iterator[tuple[int, DomainEvent]]:
    """The whole log, oldest first; kinds that this program does not know are passed over."""
    last = 0
    while True:
        rows = connection.execute(
            "select seq, kind, body from events where seq > ? order by seq limit ?", (last, PAGE)
        ).fetchall()
        if not rows:
            return
        for seq, kind, body in rows:
            last = seq
            event = event_of(kind, body)
            if event is not None:
                yield seq, event


def configurations(
    connection: sqlite3.Connection, folder: Path, fallback: Centre | None = None
) -> list[Configured]:
    """The configurations of the record, oldest first; the first holds from the beginning.

    `folder` is where files that they name lie.  Raises `StorageError` when there is none at all.
    """
    found = []
    for version in versions.read_history(connection):
        text = versions.read_text(connection, version)
        name = f"configuration {version.number} ({version.short})"
        document = tomlfile.parse(folder / name, text.encode())
        try:
            centre, _ = centre_of(document)
        except ConfigError as error:
            raise StorageError(f"This program cannot read {name} of the record: {error}") from error
        found.append(Configured(after=version.after, at=version.at, name=name, centre=centre))
    if found:
        first = found[0]
        if first.after and fallback is not None:  # before the record kept configurations
            found.insert(0, Configured(after=0, at=Instant(0.0), name="the file given", centre=fallback))
        return found
    if fallback is None:
        raise StorageError(
            "The record does not say which configuration held: an older router wrote it. "
            "Give it: agent-desktop admin --config FILE replay …"
        )
    return [Configured(after=0, at=Instant(0.0), name="the file given", centre=fallback)]
