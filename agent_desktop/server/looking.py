"""Looking at conversations, and showing drafts: acts that are told to colleagues and never kept.

A desktop that vanished is not shown for longer than its lease; a draft that was sent is not shown at all.
"""

from __future__ import annotations

from typing import Final

from agent_desktop.domain import joining
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.types import AgentId, ConversationId, Instant
from agent_desktop.errors import RefusedError
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.showing import Showing
from agent_desktop.server.watching import DOING, DRAFT_LETTERS, Watching
from agent_desktop.wire.events import DraftShared
from agent_desktop.wire.inbox import LookAt, ShareDraft

TOLD_EVERY_S: Final = 0.3
LEASE_S: Final = 15.0
MODES: Final = ("reply", "note")


class Looking:
    """Takes what agents do at conversations, and tells it."""

    def __init__(self, hub: Hub, watching: Watching, showing: Showing) -> None:
        self._hub = hub
        self._watching = watching
        self._showing = showing
        self._told_at: dict[ConversationId, Instant] = {}
        self._waiting: set[ConversationId] = set()
        self._gone_at: dict[AgentId, Instant] = {}

    def look(self, agent: AgentId, command: LookAt) -> None:
        """An agent opened a conversation, does something there, or left it."""
        thread = self._thread(command.conversation)
        if command.doing and command.doing not in DOING:
            raise RefusedError(f"One can be {', '.join(DOING)} at a conversation.", code="bad_value")
        if not command.doing:
            self._leave(agent, thread.id)
            return
        name = self._hub.tables.agents[agent].name
        stale = self._watching.look(agent, name, thread.id, command.doing, self._hub.clock.now())
        self._showing.looked(agent, thread.id, on=True)
        for key in stale:
            if key != thread.id:
                self._closed(agent, key)
            self._stale(key)

    def share(self, agent: AgentId, command: ShareDraft) -> None:
        """Show colleagues a draft as it is now; an empty one ends it."""
        thread = self._thread(command.conversation)
        if command.mode not in MODES:
            raise RefusedError("A draft is a reply or a note.", code="bad_value")
        if len(command.text) > DRAFT_LETTERS:
            said = f"A draft of more than {DRAFT_LETTERS} characters is not shown to others."
            raise RefusedError(said, code="too_long")
        self._show(agent, thread.id, command.mode, command.text)

    def written(self, agent: AgentId, key: ConversationId, mode: str) -> None:
        """What was drafted was sent: nobody sees the draft any more."""
        self._show(agent, key, mode, "")

    def gone(self, agent: AgentId) -> None:
        """The agent's program is not connected: it may come back within the lease."""
        now = self._hub.clock.now()
        self._gone_at[agent] = now
        self._hub.at(Instant(now + LEASE_S), lambda _step: self._vanished(agent, now))

    def came(self, agent: AgentId) -> None:
        """It is connected again."""
        self._gone_at.pop(agent, None)

    def end(self, agent: AgentId) -> None:
        """The session is over."""
        for key in self._watching.looked(agent):
            self._leave(agent, key)
        for draft in self._watching.drafts_of(agent):
            self._show(agent, ConversationId(draft.conversation), draft.mode, "")

    # --- inside -------------------------------------------------------------------------------------

    def _thread(self, key: str) -> Conversation:
        def held(one: ConversationId) -> Conversation | None:
            return self._hub.tables.conversations.get(one) or self._hub.store.conversation(one)

        found = held(joining.survivor(held, ConversationId(key)))
        if found is None:
            raise RefusedError("There is no such conversation.", code="unknown_conversation")
        return found

    def _vanished(self, agent: AgentId, since: Instant) -> None:
        if self._gone_at.get(agent) == since:
            del self._gone_at[agent]
            self.end(agent)

    def _leave(self, agent: AgentId, key: ConversationId) -> None:
        stale = self._watching.leave(agent, key)
        self._closed(agent, key)
        for one in stale:
            self._stale(one)

    def _closed(self, agent: AgentId, key: ConversationId) -> None:
        for draft in self._watching.drafts_of(agent):
            if draft.conversation == key:
                self._show(agent, key, draft.mode, "")
        self._showing.looked(agent, key, on=False)

    def _show(self, agent: AgentId, key: ConversationId, mode: str, text: str) -> None:
        known = self._hub.tables.agents.get(agent)
        draft = DraftShared(
            conversation=key,
            agent=agent,
            name=known.name if known is not None else agent,
            mode=mode,
            text=text,
            at=self._hub.clock.now(),
        )
        if self._watching.share(draft):
            self._showing.drafted(draft)

    def _stale(self, key: ConversationId) -> None:
        """Tell it now, or together with what comes within a moment."""
        now = self._hub.clock.now()
        due = Instant(self._told_at.get(key, -TOLD_EVERY_S) + TOLD_EVERY_S)
        if due <= now:
            self._tell(key)
        elif key not in self._waiting:
            self._waiting.add(key)
            self._hub.at(due, lambda step: self._late(step, key))

    def _late(self, _step: Step, key: ConversationId) -> None:
        self._waiting.discard(key)
        self._tell(key)

    def _tell(self, key: ConversationId) -> None:
        now = self._hub.clock.now()
        if self._watching.tell(key):
            self._showing.touched(key)
            self._showing.row_touched(key)
        self._told_at[key] = now
        if len(self._told_at) > 1000:
            recent = {k: at for k, at in self._told_at.items() if at > now - TOLD_EVERY_S}
            self._told_at = recent
