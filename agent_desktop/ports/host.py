"""The computer: its clock, its random source.  Injected, so that tests decide both."""

from __future__ import annotations

from typing import Protocol

from agent_desktop.domain.types import Instant


class Clock(Protocol):
    """Two clocks: the wall for the record, the monotonic one for waiting."""

    def now(self) -> Instant:
        """Seconds since the Unix epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump."""
        ...


class Ids(Protocol):
    """A source of identifiers that never repeat."""

    def new(self, prefix: str = "") -> str:
        """A new identifier, unguessable; one made later may sort later, but nothing may count on it."""
        ...
