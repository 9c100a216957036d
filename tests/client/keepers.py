"""A disk for tests of unsent acts: what was written is durable when the test says so."""

from __future__ import annotations

from collections.abc import Sequence

from agent_desktop.client.unsent import Change, Row, Saved


class Disk:
    """`Keeper` in memory; `flush` is the commit, `lose` the end of the program before it."""

    def __init__(self) -> None:
        self.durable: dict[str, Row] = {}
        self.pending: list[tuple[int, list[Change]]] = []
        self.full = False

    def rows(self, owner: str) -> Sequence[Row]:
        return [row for row in self.durable.values() if row[1] == owner]

    def there(self, requests: Sequence[str]) -> frozenset[str]:
        return frozenset(requests) & self.durable.keys()

    def write(self, upto: int, changes: Sequence[Change]) -> None:
        self.pending.append((upto, list(changes)))

    def close(self) -> None:
        self.flush()

    def flush(self, writes: int | None = None) -> list[Saved]:
        """Commit some of what waits; gives what is told."""
        told: list[Saved] = []
        for _n in range(len(self.pending) if writes is None else min(writes, len(self.pending))):
            if self.full:
                return [Saved(self.pending[0][0], "The disk is full.")]
            upto, changes = self.pending.pop(0)
            for request, row in changes:
                if row is None:
                    self.durable.pop(request, None)
                else:
                    self.durable[request] = row
            told.append(Saved(upto))
        return told

    def lose(self) -> None:
        """The program is killed: what was not committed is gone."""
        self.pending.clear()
