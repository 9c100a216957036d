"""Sorted keys with places: putting one in, taking one out, finding one costs little however many there are.

The keys lie in blocks of bounded length, so that an insert moves one block and not the whole list.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice
from typing import Final, Generic, TypeVar

BLOCK: Final = 1024

K = TypeVar("K", bound=tuple[object, ...])


class Ordered(Generic[K]):
    """Keys in rising order, each once; `keys` must be sorted."""

    def __init__(self, keys: Sequence[K] = ()) -> None:
        self._blocks = [list(keys[n : n + BLOCK]) for n in range(0, len(keys), BLOCK)]
        self._lasts = [block[-1] for block in self._blocks]
        self._count = len(keys)
        self._starts: list[int] | None = None  # the place of each block's first key

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[K]:
        return chain.from_iterable(self._blocks)

    def first(self, limit: int | None) -> tuple[K, ...]:
        """The first keys."""
        return tuple(islice(self, limit))

    def at(self, place: int) -> K:
        """The key at a place.  Raises `IndexError`."""
        if not 0 <= place < self._count:
            raise IndexError(place)
        starts = self._begun()
        block = bisect_right(starts, place) - 1
        return self._blocks[block][place - starts[block]]

    def index(self, key: K) -> int:
        """The place of a key; -1 when it is not there."""
        block = bisect_left(self._lasts, key)
        if block == len(self._blocks):
            return -1
        inside = bisect_left(self._blocks[block], key)
        return self._begun()[block] + inside if self._blocks[block][inside] == key else -1

    def add(self, key: K) -> int:
        """Put a key in; gives its place."""
        if not self._blocks:
            self._blocks, self._lasts = [[]], [key]
        block = min(bisect_left(self._lasts, key), len(self._blocks) - 1)
        keys = self._blocks[block]
        inside = bisect_left(keys, key)
        place = self._begun()[block] + inside
        if inside < len(keys) and keys[inside] == key:
            return place
        keys.insert(inside, key)
        self._lasts[block] = keys[-1]
        self._count += 1
        if len(keys) > 2 * BLOCK:
            self._blocks[block : block + 1] = [keys[:BLOCK], keys[BLOCK:]]
            self._lasts[block : block + 1] = [keys[BLOCK - 1], keys[-1]]
        self._starts = None
        return place

    def discard(self, key: K) -> int:
        """Take a key out; gives the place where it was, -1 when it was not there."""
        place = self.index(key)
        if place < 0:
            return -1
        block = bisect_left(self._lasts, key)
        keys = self._blocks[block]
        del keys[bisect_left(keys, key)]
        self._count -= 1
        if keys:
            self._lasts[block] = keys[-1]
        else:
            del self._blocks[block], self._lasts[block]
        self._starts = None
        return place

    def _begun(self) -> list[int]:
        if self._starts is None:
            self._starts = [0, *accumulate(map(len, self._blocks))]
        return self._starts
