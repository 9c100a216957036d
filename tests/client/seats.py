"""Two people at their desktops before one router: screens as they are shown, acts as they are pressed.

The desktop is whole but for its widgets: view-models over the real runtime, joined to the router's real rooms
by the line of `inmemory.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from agent_desktop.client.drafts import Drafts
from agent_desktop.domain.types import AgentId
from agent_desktop.viewmodels.desktop import Desktop
from tests.client.inmemory import Computer
from tests.server.floor import Floor

ROUNDS = 4


class Seat(Computer):
    """One agent's desktop."""

    def __init__(self, floor: Callable[[], Floor], agent: AgentId, ids: Iterator[str], folder: Path) -> None:
        self._folder = folder / agent
        super().__init__(floor, agent, ids)

    def start(self) -> None:
        """Start the program, signed in."""
        self.desktop: Desktop | None = None
        super().start()
        drafts = Drafts(self._folder / "drafts.db", clock=lambda: self._floor().clock.at)
        self.desktop = Desktop(self.runtime, drafts)
        self.said: list[str] = []
        self.desktop.subscribe(lambda refresh: self.said.extend(a.text for a in refresh.announcements))

    def pump(self) -> None:
        if self.desktop is None:
            super().pump()
        else:
            self.desktop.pump()
            self.look()

    # ── what is seen and pressed ──

    @property
    def screen(self) -> Desktop:
        assert self.desktop is not None
        return self.desktop

    @property
    def draft(self) -> str:
        """The key of the draft in the editor."""
        composer = self.screen.composer()
        assert composer is not None
        return composer.draft_key

    def open(self, thread: str) -> None:
        """Open a conversation, as from a list."""
        assert self.screen.act("inbox.open", conversation=thread) == ""

    def write(self, text: str) -> None:
        """Type."""
        self.screen.write(text, self.draft)

    def press(self, action: str, **arguments: str) -> str:
        """Press a button of the composer; what stands in its way."""
        return self.screen.act(action, draft=self.draft, **arguments)

    def strips(self) -> dict[str, str]:
        """What stands above the editor, by its code."""
        composer = self.screen.composer()
        return {} if composer is None else {one.id: one.text for one in composer.strips}

    def watchers(self, thread: str) -> list[tuple[str, str]]:
        """Who else is at a conversation, and doing what."""
        known = self.runtime.store.replica.conversations[thread]
        return [(w.agent, w.doing) for w in known.watchers if w.agent != self.agent]

    def close(self) -> None:
        self.screen.drafts.close()
        self.screen.spelling.close()


async def settled(floor: Floor, *seats: Seat) -> None:
    """Let everything be said until nobody has anything left to say."""
    for _round in range(ROUNDS):
        for seat in seats:
            seat.flush()
            seat.line.connect()
            await seat.line.deliver_up()
        await floor.settle()
        await asyncio.sleep(0)
        for seat in seats:
            seat.line.deliver_down()
            seat.pump()


async def later(floor: Floor, seconds: float, *seats: Seat) -> None:
    """Time passes for everybody."""
    for _second in range(int(seconds)):
        floor.clock.at += 1.0
        floor.hub.tick()
        await settled(floor, *seats)
