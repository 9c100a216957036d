"""The buttons and lamps of a headset.

A headset is not a row of keys: each side tells the other what it is, and what the other repeats is an
acknowledgement.  An adapter hides that.  Its events are what a person did and nothing else, and its lamps
are what the calls are, however often they are set.

Events come on the thread of whoever started the adapter, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Connected:
    """A headset with buttons is there; its lamps are out until they are set."""

    name: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """It is not there any more."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """One is there and cannot be used; `words` say why and what to do."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class HookLifted:
    """Answer, or take the line."""


@dataclass(frozen=True, slots=True)
class HookDropped:
    """End the call."""


@dataclass(frozen=True, slots=True)
class MutePressed:
    """Mute if it is not, unmute if it is."""


@dataclass(frozen=True, slots=True)
class MuteSet:
    """Mute or unmute: a switch, or an arm that was turned up or down."""

    on: bool


@dataclass(frozen=True, slots=True)
class FlashPressed:
    """Change to the other call; hold or resume when there is one."""


@dataclass(frozen=True, slots=True)
class RedialPressed:
    """Call the last number again."""


@dataclass(frozen=True, slots=True)
class RejectPressed:
    """Do not answer what rings."""


HeadsetEvent = (
    Connected
    | Disconnected
    | Unusable
    | HookLifted
    | HookDropped
    | MutePressed
    | MuteSet
    | FlashPressed
    | RedialPressed
    | RejectPressed
)


@dataclass(frozen=True, slots=True)
class Lamps:
    """What a headset shows, and in most of them what it does: off hook opens its radio link."""

    ring: bool = False
    off_hook: bool = False
    muted: bool = False
    held: bool = False


class Headset(Protocol):
    """The headset that belongs to the microphone in use."""

    def start(self, on_event: Callable[[HeadsetEvent], None]) -> None:
        """Begin to look for headsets."""
        ...

    def follow(self, microphone: str) -> None:
        """Take the headset whose microphone is in use."""
        ...

    def show(self, lamps: Lamps, *, again: bool = False) -> None:
        """Light these lamps; `again` tells the headset even what it should know."""
        ...

    def stop(self) -> None:
        """Lamps out, and let it go."""
        ...
