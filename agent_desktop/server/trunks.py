"""How the ways to the telephone network stand, as the exchange tells: for the log, `/readyz` and `/metrics`.

A trunk that is down does not make the router unready: calls inside, mail and chat go on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from agent_desktop.server.channels.voice import CallNews
from agent_desktop.wire import switch as wire

log = logging.getLogger(__name__)
UP: Final = "up"
WORKING: Final = frozenset({UP, "registering"})
FINE: Final = frozenset({*WORKING, "unknown"})
UNKNOWN: Final = "unknown"  # the exchange has not said anything yet


class Trunks:
    """The states of the configured trunks."""

    def __init__(self, known: Iterable[str]) -> None:
        self._states: dict[str, tuple[str, str]] = dict.fromkeys(known, (UNKNOWN, ""))

    def told(self, event: CallNews) -> None:
        """A trunk came up or went down; said once in the log."""
        if not isinstance(event, wire.TrunkChanged):
            return
        before = self._states.get(event.trunk, ("", ""))[0]
        self._states[event.trunk] = (event.state, event.detail)
        if before != event.state:
            say = log.info if event.state in WORKING else log.error
            why = f": {event.detail}" if event.detail else ""
            say("the trunk %s is %s%s", event.trunk, event.state, why)

    def document(self) -> dict[str, dict[str, str]]:
        """State and reason of each."""
        return {
            trunk: {"state": state, **({"detail": detail} if detail else {})}
            for trunk, (state, detail) in sorted(self._states.items())
        }

    def troubles(self) -> list[tuple[str, str, str]]:
        """Those that are down: id, name, why."""
        return [
            (f"trunk:{trunk}", f"The trunk {trunk}", "" if state in FINE else detail or f"It is {state}.")
            for trunk, (state, detail) in sorted(self._states.items())
        ]

    def gauges(self) -> list[tuple[str, str, int]]:
        """A figure for each: 1 up, 0 not."""
        return [
            ("agent_desktop_trunk_up", f'{{trunk="{trunk}"}}', int(state == UP))
            for trunk, (state, _) in sorted(self._states.items())
        ]
