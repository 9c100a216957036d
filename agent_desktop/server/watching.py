"""Who is at a conversation and what they write there: shown, never kept (B7, R37).

A change is told at once, and the next ones of the same conversation a moment later together.  What a snapshot
shows is what was told last, so that both ways lead to the same picture.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from agent_desktop.domain.types import AgentId, ConversationId, Instant
from agent_desktop.wire.events import DraftShared
from agent_desktop.wire.listing import WatcherModel

DOING: Final = ("viewing", "idle", "replying", "noting")
LOOKED_MOST: Final = 8  # conversations that one desktop has open
DRAFT_LETTERS: Final = 20_000
REPLY: Final = "reply"

Drafts = dict[tuple[AgentId, str], DraftShared]


class Watching:
    """Colleagues at conversations, and the drafts that they show."""

    def __init__(self) -> None:
        self._at: dict[ConversationId, dict[AgentId, WatcherModel]] = {}
        self._of: dict[AgentId, OrderedDict[ConversationId, None]] = {}
        self._told: dict[ConversationId, tuple[WatcherModel, ...]] = {}
        self._drafts: dict[ConversationId, Drafts] = {}

    def look(
        self, agent: AgentId, name: str, key: ConversationId, doing: str, now: Instant
    ) -> list[ConversationId]:
        """Note what an agent does at a conversation; returns the conversations that this made stale."""
        here = self._at.setdefault(key, {})
        held = here.get(agent)
        since = held.since_at if held is not None and held.doing == doing else now
        here[agent] = WatcherModel(agent=agent, name=name, doing=doing, since_at=since)
        looked = self._of.setdefault(agent, OrderedDict())
        looked[key] = None
        looked.move_to_end(key)
        stale = [key] if held != here[agent] else []
        while len(looked) > LOOKED_MOST:
            oldest, _ = looked.popitem(last=False)
            stale += self.leave(agent, oldest)
        return stale

    def leave(self, agent: AgentId, key: ConversationId) -> list[ConversationId]:
        """The agent is not there any more."""
        here = self._at.get(key, {})
        self._of.get(agent, OrderedDict()).pop(key, None)
        if here.pop(agent, None) is None:
            return []
        if not here:
            self._at.pop(key, None)
        return [key]

    def looked(self, agent: AgentId) -> tuple[ConversationId, ...]:
        """The conversations that an agent has open."""
        return tuple(self._of.get(agent, ()))

    def told(self, key: ConversationId) -> tuple[WatcherModel, ...]:
        """Who is there, as it was told last."""
        return self._told.get(key, ())

    def tell(self, key: ConversationId) -> bool:
        """What is true now is told; False when nothing changed."""
        now = tuple(sorted(self._at.get(key, {}).values(), key=lambda one: (one.since_at, one.agent)))
        before = self._told.pop(key, ())
        if now:
            self._told[key] = now
        return now != before

    def writers(self, key: ConversationId, but: AgentId) -> str:
        """Who else is replying, by name; empty: nobody."""
        here = (w for w in self._at.get(key, {}).values() if w.doing == "replying")
        names = {w.agent: w.name for w in here}
        names |= {
            AgentId(d.agent): d.name for (_, mode), d in self._drafts.get(key, {}).items() if mode == REPLY
        }
        names.pop(but, None)
        return ", ".join(dict.fromkeys(names.values()))

    # --- drafts -------------------------------------------------------------------------------------

    def share(self, draft: DraftShared) -> bool:
        """Keep a draft as it is now; False when nothing changed."""
        key, place = ConversationId(draft.conversation), (AgentId(draft.agent), draft.mode)
        here = self._drafts.get(key, {})
        if not draft.text:
            there = here.pop(place, None) is not None
            if not here:
                self._drafts.pop(key, None)
            return there
        self._drafts.setdefault(key, {})[place] = draft
        return True

    def drafts(self, key: ConversationId, but: AgentId) -> tuple[DraftShared, ...]:
        """The drafts that colleagues show there."""
        return tuple(d for (agent, _), d in sorted(self._drafts.get(key, {}).items()) if agent != but)

    def drafts_of(self, agent: AgentId) -> list[DraftShared]:
        """The drafts that an agent shows anywhere."""
        return [d for here in self._drafts.values() for (who, _), d in here.items() if who == agent]
