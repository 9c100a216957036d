"""A record that cannot keep what it is given, as often as a test says: the disk is full."""

from __future__ import annotations

from agent_desktop.errors import StorageError
from agent_desktop.ports.storage import Changes
from tests.server.floor import Floor


def failing(floor: Floor, times: int = 1) -> None:
    """The next commits of a floor fail; those after them are kept."""
    keep, left = floor.store.commit, times

    async def commit(changes: Changes) -> None:
        nonlocal left
        if left and changes:
            left -= 1
            raise StorageError("The disk is full.")
        await keep(changes)

    floor.store.commit = commit  # type: ignore[method-assign] # this floor's record only
