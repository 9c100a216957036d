"""Lamps on phones: who is on the telephone (RFC 4235), and which voice messages wait (RFC 3842).

A phone subscribes to an extension.  For `dialog` it is told every call of that extension, for
`message-summary` the counts that the router gave.

Rules: a watcher gets the whole state at once and after each change, never the numbers of customers (a
lamp needs none); only an extension itself may watch its messages.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Final

from agent_desktop.errors import RefusedError
from agent_desktop.sip import events as sip
from agent_desktop.sip.address import SubscriptionId
from agent_desktop.sip.bodies import DIALOG_INFO, SUMMARY, DialogState, MessageSummary, dialog_info
from agent_desktop.switch.calls import Call, Leg, Side
from agent_desktop.switch.table import Table
from agent_desktop.wire.switch import TellMessages

DIALOG: Final = "dialog"
MESSAGES: Final = "message-summary"
PACKAGES: Final = frozenset({DIALOG, MESSAGES})


@dataclass(slots=True)
class _Watcher:
    """One subscription."""

    id: SubscriptionId
    package: str
    extension: str
    version: int = 0
    last: tuple[DialogState, ...] | None = None


class Watching:
    """Tells phones about one another."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._watchers: dict[SubscriptionId, _Watcher] = {}
        self._messages: dict[str, tuple[int, int]] = {}
        table.watchers.append(self._changed)

    def subscribed(self, event: sip.Subscribed) -> None:
        """A phone wants to know."""
        extension = event.target.user
        mine = event.package != MESSAGES or event.user == extension
        if extension not in self._table.directory.extensions or not mine:
            now = self._table.around.monotonic()
            self._table.around.signalling().end_subscription(event.subscription, now, "rejected")
            return
        watcher = _Watcher(event.subscription, event.package, extension)
        self._watchers[event.subscription] = watcher
        self._tell(watcher)

    def unsubscribed(self, event: sip.Unsubscribed) -> None:
        self._watchers.pop(event.subscription, None)

    def messages(self, command: TellMessages) -> None:
        """The router counted the voice messages of an extension."""
        self._messages[command.extension] = (command.new, command.old)
        for watcher in tuple(self._watchers.values()):
            if watcher.package == MESSAGES and watcher.extension == command.extension:
                self._tell(watcher)

    def _changed(self, call: Call) -> None:
        """Look at those whose lamp is lit, and those who have a part in this call."""
        here = {leg.extension for leg in call.legs}
        for watcher in tuple(self._watchers.values()):
            if watcher.package == DIALOG and (watcher.last or watcher.extension in here):
                self._tell(watcher)

    def _tell(self, watcher: _Watcher) -> None:
        if watcher.package == MESSAGES:
            new, old = self._messages.get(watcher.extension, (0, 0))
            self._notify(watcher, bytes(MessageSummary(new > 0, new, old)), SUMMARY)
            return
        states = self._dialogs(watcher.extension)
        if states != watcher.last:
            watcher.last = states
            entity = f"sip:{watcher.extension}@{self._table.around.host}"
            self._notify(watcher, dialog_info(entity, watcher.version, states), DIALOG_INFO)
            watcher.version += 1

    def _notify(self, watcher: _Watcher, body: bytes, kind: str) -> None:
        with contextlib.suppress(RefusedError):  # it left, and its Unsubscribed is on the way
            now = self._table.around.monotonic()
            self._table.around.signalling().notify(watcher.id, body, kind, now)

    def _dialogs(self, extension: str) -> tuple[DialogState, ...]:
        return tuple(
            DialogState(leg.name, "confirmed" if leg.up else "early", _direction(leg))
            for call in self._table.calls
            for leg in call.legs
            if leg.extension == extension and leg.side is not Side.SUPERVISOR
        )


def _direction(leg: Leg) -> str:
    return "recipient" if leg.ours else "initiator"
