"""Calls that have used up their time or their money: told half a minute before, then ended.

Rules: both sides hear it; a call is ended even if the words cannot be made; a guest who is out of money
leaves the call, the customer stays.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from agent_desktop.switch.calls import Call, Leg, Side
from agent_desktop.switch.table import Table
from agent_desktop.wire.switch import Prompt

log = logging.getLogger(__name__)

WORDS: Final = "This call will end in thirty seconds."
WHY: Final = "The call has used up its time or its money."


class Cutoff:
    """Watches the ledger for the call table."""

    def __init__(self, table: Table, gone: Callable[[Call, Leg, str], None]) -> None:
        """`gone` is told of a guest who was taken out of a call."""
        self._table = table
        self._gone = gone
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self) -> None:
        """Once a second."""
        soon, over = self._table.tolls.watch()
        for name in soon:
            found = self._table.legs.named(name)
            if found is not None:
                self._tell(found[0])
        for name in over:
            found = self._table.legs.named(name)
            if found is None:
                self._table.tolls.ended(name)  # nothing is left of it
            else:
                self._end(*found)

    def _tell(self, call: Call) -> None:
        task = asyncio.get_running_loop().create_task(self._say(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _say(self, call: Call) -> None:
        sounds = await self._table.around.speaking.sound_of((Prompt(text=WORDS),))
        self._table.around.soon(lambda: self._table.announcing.say(call, sounds, lambda: None))

    def _end(self, call: Call, leg: Leg) -> None:
        if leg.side is Side.GUEST:
            self._table.drop(call, leg, why='SIP;cause=403;text="limit"')
            self._gone(call, leg, WHY)
        else:
            self._table.end(call, "system", why=WHY)
