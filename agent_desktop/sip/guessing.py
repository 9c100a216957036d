"""Passwords that are guessed: who must wait, and for how long (toll fraud begins with a guessed password).

Three counts, because guessing has three shapes: one source at one user, one source through many users, and
many sources at one user.  Each gives some wrong answers free, for people mistype, then doubles the wait up
to a minute.  Sources that have proved a user's password are not held up by strangers who guess at it, so
that nobody can lock an agent out.

Pure: time is an argument, and every table is bounded; the oldest entry goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

MAX_REMEMBERED: Final = 10_000
MAX_WAIT_S: Final = 60.0
FORGOTTEN_AFTER_S: Final = 900.0
FREE_AT_ONE_USER: Final = 5
FREE_FROM_ONE_SOURCE: Final = 25  # an office behind one address
FREE_FOR_ONE_USER: Final = 50  # from everywhere together


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    last_at: float = 0.0
    blocked_until: float = 0.0


class _Table:
    """Wrong answers under one kind of name."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._counts: OrderedDict[tuple[str, ...], _Count] = OrderedDict()

    def wait_s(self, name: tuple[str, ...], now: float) -> float:
        count = self._counts.get(name)
        return max(0.0, count.blocked_until - now) if count else 0.0

    def wrong(self, name: tuple[str, ...], now: float) -> None:
        count = self._counts.get(name)
        if count is None or now - count.last_at > FORGOTTEN_AFTER_S:
            count = self._counts[name] = _Count()
        self._counts.move_to_end(name)
        if len(self._counts) > MAX_REMEMBERED:
            self._counts.popitem(last=False)
        count.wrong += 1
        count.last_at = now
        if count.wrong >= self._free:
            count.blocked_until = now + min(MAX_WAIT_S, 2.0 ** min(count.wrong - self._free + 1, 10))

    def forget(self, name: tuple[str, ...]) -> None:
        self._counts.pop(name, None)


class Guessing:
    """Counts wrong answers and says who has to wait."""

    def __init__(self) -> None:
        self._pairs = _Table(FREE_AT_ONE_USER)
        self._sources = _Table(FREE_FROM_ONE_SOURCE)
        self._users = _Table(FREE_FOR_ONE_USER)
        self._proved: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait_s(self, source: str, user: str, now: float) -> float:
        """For how long this source may not try this user; 0 when it may."""
        waits = [self._pairs.wait_s((source, user), now)]
        if (source, user) not in self._proved:
            waits += [self._sources.wait_s((source,), now), self._users.wait_s((user,), now)]
        return max(waits)

    def wrong(self, source: str, user: str, now: float) -> None:
        """A wrong answer came."""
        self._pairs.wrong((source, user), now)
        self._sources.wrong((source,), now)
        self._users.wrong((user,), now)

    def right(self, source: str, user: str) -> None:
        """A right answer came.  Only its own pair is forgiven: a guesser may own one account here."""
        self._pairs.forget((source, user))
        self._proved[source, user] = None
        self._proved.move_to_end((source, user))
        if len(self._proved) > MAX_REMEMBERED:
            self._proved.popitem(last=False)
