"""Waiting: an interaction comes to wait in a queue, is kept for one agent for a while, and waits on.

The age is never lost: `queued_at` stays when work comes back (A4, 3.4.2).  Skill steps and delays of places
count from when it came to wait in this queue; each change is an event at its time (`Widened`).
"""

from __future__ import annotations

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.overflow import home
from agent_desktop.domain.types import AgentId, Instant, InteractionId, QueueId, Seconds, SkillId
from agent_desktop.domain.widening import Reach, delays, reach
from agent_desktop.errors import RefusedError
from agent_desktop.server.hub import Hub, Step, rules_of

WAITS = frozenset({interactions.QUEUED, interactions.OFFERED})
PRIORITIES = (1, 99)
OLDER_MOST_S = 86_400.0
REASON_MOST = 200
TRANSFER_S = 30.0  # how long a transfer to a person waits for that person


class Waiting:
    """The acts on work that nobody has."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._delays: dict[QueueId, tuple[Seconds, ...]] = {}
        self._watched: dict[InteractionId, tuple[QueueId, Instant, int]] = {}
        self._count = 0

    def queue(
        self,
        step: Step,
        key: InteractionId,
        queue_id: QueueId,
        skills: dict[SkillId, int] | None = None,
        preferred: AgentId = AgentId(""),
    ) -> Interaction:
        """Let an interaction wait in a queue."""
        queue_id = home(self._hub.centre.queues, queue_id, step.interaction_of(key).medium)
        queue = rules_of(self._hub, queue_id)
        reserved, until_at = self.reserve(step, key, preferred, queue.preferred_s)
        return step.interaction(
            interactions.Queued(
                interaction=key,
                at=step.now,
                queue=queue_id,
                skills={**queue.skills, **(skills or {})},
                priority=queue.priority,
                preferred=preferred,
                reserved=reserved,
                reserved_until_at=until_at,
            )
        )

    def reserve(
        self, step: Step, key: InteractionId, agent: AgentId, seconds: float
    ) -> tuple[AgentId, Instant]:
        """Keep work for the agent who knows the customer, if at work: for whom, and until when."""
        known = step.tables.agents.get(agent)
        if known is None or not seconds or known.state == agents.LOGGED_OUT:
            return AgentId(""), Instant(0.0)
        until_at = Instant(step.now + seconds)
        step.hub.at(until_at, lambda late: self.unreserve(late, key))
        return agent, until_at

    def unreserve(self, step: Step, key: InteractionId) -> None:
        """The wait for one agent is over: anybody with the skills may be asked."""
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.state != interactions.QUEUED or not interaction.reserved:
            return
        if interaction.reserved in step.tables.agents and interaction.reserved_until_at > step.now:
            return  # it is kept anew since, and that has its own time
        if not self.back_to_sender(step, interaction):
            self.again(step, interaction)

    def back_to_sender(self, step: Step, interaction: Interaction) -> bool:
        """Whom it was transferred to does not take it: the sender is asked next (A6), if still at work."""
        sender, until_at = self.reserve(step, interaction.id, interaction.sent_by, TRANSFER_S)
        if sender:
            asked = step.tables.agents.get(interaction.reserved)  # none: taken out of the configuration
            words = f"{asked.name if asked else interaction.reserved} did not take it"
            step.interaction(interactions.PathTaken(interaction=interaction.id, at=step.now, step=words))
            self.again(step, interaction, sender, until_at)
        return bool(sender)

    def again(
        self,
        step: Step,
        interaction: Interaction,
        kept_for: AgentId = AgentId(""),
        until_at: Instant = Instant(0.0),
    ) -> None:
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
                reserved_until_at=until_at,
            )
        )

    def move(
        self, step: Step, by: AgentId, key: InteractionId, *, priority: int, older_s: float, reason: str = ""
    ) -> None:
        """Let it rank by another priority, or as if it were older or younger; its age stays true (3.12.3)."""
        interaction = step.interaction_of(key)
        if interaction.state not in WAITS:
            raise RefusedError("Only what waits can be moved in its queue.", code="wrong_state")
        least, most = PRIORITIES
        if not least <= priority <= most:
            raise RefusedError(f"The priority is {least} to {most}; 99 is first.", code="bad_value")
        if not -OLDER_MOST_S <= older_s <= OLDER_MOST_S:
            raise RefusedError("It can count at most a day older or younger.", code="bad_value")
        if len(reason) > REASON_MOST:
            raise RefusedError(f"A reason has at most {REASON_MOST} characters.", code="bad_value")
        step.interaction(
            interactions.RankChanged(
                interaction=key,
                at=step.now,
                by=by,
                priority=priority,
                older_s=Seconds(older_s),
                reason=reason,
            )
        )

    def delays(self, queue: QueueId) -> tuple[Seconds, ...]:
        """The delays of the agents' places in a queue."""
        if queue not in self._delays:
            self._delays[queue] = delays(self._hub.centre.agents.values(), queue)
        return self._delays[queue]

    def watch(self, interaction: Interaction) -> None:
        """It waits: arm the next change of step or delay, once for its time in this queue."""
        key, held = interaction.id, self._watched.get(interaction.id)
        if held is not None and held[:2] == (interaction.queue, interaction.entered_at):
            return
        queue = rules_of(self._hub, interaction.queue)
        waits = self.delays(interaction.queue)
        if queue.steps or waits:
            self._arm(interaction, self._next(interaction, self._hub.clock.now()).next_at)
        else:
            self._watched.pop(key, None)

    def _next(self, interaction: Interaction, now: Instant) -> Reach:
        queue = rules_of(self._hub, interaction.queue)
        return reach(queue, self.delays(interaction.queue), interaction.entered_at, now)

    def _arm(self, interaction: Interaction, at: Instant) -> None:
        if not at:  # nothing changes any more
            self._watched.pop(interaction.id, None)
            return
        self._count += 1
        key, number = interaction.id, self._count
        self._watched[key] = (interaction.queue, interaction.entered_at, number)
        self._hub.at(at, lambda step: self._widen(step, key, number))

    def _widen(self, step: Step, key: InteractionId, number: int) -> None:
        held, interaction = self._watched.get(key), step.tables.interactions.get(key)
        if held is None or held[2] != number:
            return
        if interaction is None or interaction.state not in WAITS or interaction.entered_at != held[1]:
            del self._watched[key]
            return
        now = self._next(interaction, step.now)
        self._arm(interaction, now.next_at)
        if (now.stage, now.delay_s) != (interaction.stage, interaction.delay_s):
            step.interaction(
                interactions.Widened(interaction=key, at=step.now, stage=now.stage, delay_s=now.delay_s)
            )

    def resume(self, interaction: Interaction) -> None:
        """After a start: what is kept for one agent is kept to its time, if there is such an agent."""
        key, kept = interaction.id, interaction.reserved
        if kept:
            known = kept in self._hub.tables.agents
            until_at = interaction.reserved_until_at if known else self._hub.clock.now()
            self._hub.at(until_at, lambda step: self.unreserve(step, key))
        if interaction.state not in WAITS or not interaction.entered_at:
            return
        widened = interaction.stage or interaction.delay_s
        if widened or rules_of(self._hub, interaction.queue).steps or self.delays(interaction.queue):
            now = self._next(interaction, self._hub.clock.now())
            same = (now.stage, now.delay_s) == (interaction.stage, interaction.delay_s)
            self._arm(interaction, now.next_at if same else self._hub.clock.now())
        else:
            self._watched.pop(key, None)
