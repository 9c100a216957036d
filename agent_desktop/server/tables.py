"""What the router holds in memory: the live record, found by agent, by conversation and by call."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_desktop.domain import agent as agents
from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import customer as customers
from agent_desktop.domain.call import companions
from agent_desktop.domain.centre import AgentEntry
from agent_desktop.domain.conversation import Message
from agent_desktop.domain.copying import replace
from agent_desktop.domain.interaction import OVER, WRAP_UP, Interaction, hand, holder
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, InteractionId, MediumId, MessageId


@dataclass(slots=True)
class Tables:
    """Everything the router holds in memory: what is live, and what was looked at lately."""

    agents: dict[AgentId, agents.Agent] = field(default_factory=dict)
    interactions: dict[InteractionId, Interaction] = field(default_factory=dict)
    conversations: dict[ConversationId, conversations.Conversation] = field(default_factory=dict)
    customers: dict[CustomerId, customers.Customer] = field(default_factory=dict)
    in_hand: dict[AgentId, set[InteractionId]] = field(default_factory=dict)
    live_of: dict[ConversationId, InteractionId] = field(default_factory=dict)
    by_call: dict[str, InteractionId] = field(default_factory=dict)
    beside: dict[AgentId, set[InteractionId]] = field(default_factory=dict)  # consulted, or supervising
    loads: dict[AgentId, dict[MediumId, int]] = field(default_factory=dict)  # both, by medium
    fresh: dict[MessageId, Message | None] = field(default_factory=dict)  # not committed yet

    def keep(self, interaction: Interaction) -> None:
        """Put an interaction's new value in its places."""
        key = interaction.id
        before = self.interactions.get(key)
        old, new = holder(before) if before else "", holder(interaction)
        if before is not None and old != new:
            self._drop(self.in_hand, AgentId(old), before)
        if new:
            self._take(self.in_hand, new, interaction)
        if before is not None and before.call is not None:
            if interaction.call is None or interaction.call.id != before.call.id:  # a callback's new call
                self.by_call.pop(before.call.id, None)
            for agent in companions(before.call):
                self._drop(self.beside, agent, before)
        if before is not None and before.conversation != interaction.conversation:  # merged, or unmerged
            self._leave(before)
        if interaction.state in OVER:
            self.interactions.pop(key, None)
            self._leave(interaction)
            if interaction.call is not None:
                self.by_call.pop(interaction.call.id, None)
            return
        self.interactions[key] = interaction
        if interaction.conversation and interaction.state == WRAP_UP:  # new work leads, not the old form
            self.live_of.setdefault(interaction.conversation, key)
        elif interaction.conversation:
            self.live_of[interaction.conversation] = key
        if interaction.call is not None:
            self.by_call[interaction.call.id] = key
            for agent in companions(interaction.call):
                self._take(self.beside, agent, interaction)

    def work_of(self, agent: AgentId) -> list[Interaction]:
        """The accepted work that an agent has in hand, in no order."""
        held = (self.interactions[key] for key in self.in_hand.get(agent, ()))
        return [i for i in held if hand(i) == agent]

    def _take(self, hands: dict[AgentId, set[InteractionId]], agent: AgentId, i: Interaction) -> None:
        held = hands.setdefault(agent, set())
        if i.id not in held:
            held.add(i.id)
            load = self.loads.get(agent, {})
            self.loads[agent] = {**load, i.medium: load.get(i.medium, 0) + 1}  # who has the old one keeps it

    def _drop(self, hands: dict[AgentId, set[InteractionId]], agent: AgentId, i: Interaction) -> None:
        held = hands.get(agent, ())
        if i.id in held:
            hands[agent].discard(i.id)
            load = {**self.loads.get(agent, {})}
            load[i.medium] = load.get(i.medium, 0) - 1
            self.loads[agent] = {medium: count for medium, count in load.items() if count > 0}

    def _leave(self, interaction: Interaction) -> None:
        if self.live_of.get(interaction.conversation) == interaction.id:
            del self.live_of[interaction.conversation]


def configured(known: agents.Agent, entry: AgentEntry) -> agents.Agent:
    """An agent with what the configuration says of it now; the state is kept."""
    return replace(
        known,
        name=entry.name,
        role=entry.role,
        extension=entry.extension,
        team=entry.team,
        queues=frozenset(entry.queues),
        skills=dict(entry.skills),
        limits=dict(entry.limits),
        places=dict(entry.places),
        capacity=entry.capacity,
        weight=entry.weight,
        timers=entry.timers,
        auto_accept=entry.auto_accept,
    )
