"""The exchange: the embedded switch today, Asterisk behind the same port later.

Commands and events are those of `wire.switch`.  `ask` returns when the exchange took the command;
what comes of it arrives as events, in order, on `on_event`.  After `attach` the first event is a
`SwitchSnapshot`; another one follows each time the link was lost and found again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from agent_desktop.wire.switch import AnySwitchCommand, AnySwitchEvent


class Exchange(Protocol):
    """A telephone exchange that the router drives."""

    async def attach(self, on_event: Callable[[AnySwitchEvent], None]) -> None:
        """Find or start the exchange and begin to receive events."""
        ...

    def ask(self, command: AnySwitchCommand) -> None:
        """Queue a command; a refusal arrives as a `SwitchReply` with `ok` false."""
        ...

    async def detach(self, *, shutdown: bool) -> None:
        """Leave the exchange running with its calls, or end it."""
        ...
