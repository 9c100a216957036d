"""Waiting: an interaction comes to wait in a queue, is kept for one agent for a while, and waits on.

The age is never lost: `queued_at` stays when work comes back (A4, 3.4.2).
"""

from __future__ import annotations

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId, QueueId, SkillId
from agent_desktop.server.hub import Hub, Step, rules_of

TRANSFER_S = 30.0  # how long a transfer to a person waits for that person


class Waiting:
    """The acts on work that nobody has."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def queue(
        self,
        step: Step,
        key: InteractionId,
        queue_id: QueueId,
        skills: dict[SkillId, int] | None = None,
        preferred: AgentId = AgentId(""),
    ) -> Interaction:
        """Let an interaction wait in a queue."""
        queue = rules_of(self._hub, queue_id)
        interaction = step.interaction_of(key)
        reserved = self.reserve(step, key, preferred, queue.preferred_s)
        promise = (
            Instant(interaction.arrived_at + queue.first_reply_s) if queue.first_reply_s else Instant(0.0)
        )
        return step.interaction(
            interactions.Queued(
                interaction=key,
                at=step.now,
                queue=queue_id,
                skills={**queue.skills, **(skills or {})},
                priority=queue.priority,
                promise_at=promise,
                preferred=preferred,
                reserved=reserved,
            )
        )

    def reserve(self, step: Step, key: InteractionId, agent: AgentId, seconds: float) -> AgentId:
        """Keep work for the agent who knows the customer, for so long, if the agent is at work."""
        known = step.tables.agents.get(agent)
        if known is None or not seconds or known.state == agents.LOGGED_OUT:
            return AgentId("")
        step.hub.at(Instant(step.now + seconds), lambda late: self.unreserve(late, key, agent))
        return agent

    def unreserve(self, step: Step, key: InteractionId, agent: AgentId) -> None:
        """The wait for one agent is over: anybody with the skills may be asked."""
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.state != interactions.QUEUED or interaction.reserved != agent:
            return
        if not self.back_to_sender(step, interaction):
            self.again(step, interaction)

    def back_to_sender(self, step: Step, interaction: Interaction) -> bool:
        """Whom it was transferred to does not take it: the sender is asked next (A6), if still at work."""
        sender = self.reserve(step, interaction.id, interaction.sent_by, TRANSFER_S)
        if sender:
            words = f"{step.agent_of(interaction.reserved).name} did not take it"
            step.interaction(interactions.PathTaken(interaction=interaction.id, at=step.now, step=words))
            self.again(step, interaction, sender)
        return bool(sender)

    def again(self, step: Step, interaction: Interaction, kept_for: AgentId = AgentId("")) -> None:
        """Let it wait on in its queue, with its age, open to everybody or kept for one agent."""
        step.interaction(
            interactions.Queued(
                interaction=interaction.id,
                at=step.now,
                queue=interaction.queue,
                skills=interaction.skills,
                priority=interaction.priority,
                preferred=kept_for,
                reserved=kept_for,
            )
        )

    def resume(self, interaction: Interaction) -> None:
        """After a start: what was kept for one agent is kept a while longer."""
        if interaction.reserved and not interaction.callback_number:  # an agent's own callback waits on
            key, kept = interaction.id, interaction.reserved
            later = Instant(self._hub.clock.now() + TRANSFER_S)
            self._hub.at(later, lambda step: self.unreserve(step, key, kept))
