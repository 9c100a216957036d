"""What is done with work in hand: take, hold, park, give back, transfer; the rooms of work as one.

Every function takes a `Step` and looks before it changes anything, so that a refusal leaves no trace.
What a medium does beside (ring a phone, tell a visitor) is its `Handler`'s, found by the medium's row.
"""

from __future__ import annotations

from collections.abc import Callable

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import LOGGED_OUT, Agent
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import Medium, within
from agent_desktop.domain.overflow import home, skills_elsewhere
from agent_desktop.domain.types import AgentId, InteractionId, MediumId, QueueId
from agent_desktop.errors import RefusedError
from agent_desktop.server.handling import Handler, handled, mine
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.offering import Offering
from agent_desktop.server.promises import Promising
from agent_desktop.server.rehoming import Rehoming
from agent_desktop.server.returning import Returning
from agent_desktop.server.waiting import TRANSFER_S, Waiting
from agent_desktop.server.wrapping import Wrapping


class Work:
    """The acts on interactions that an agent has, and the rooms for those before and after."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.handlers: dict[MediumId, Handler] = {}
        self.waiting = Waiting(hub)
        self.offering = Offering(hub, self.waiting, self.handlers)
        self.wrapping = Wrapping(hub, self.handlers)
        self.promising = Promising(hub)
        self.returning = Returning(hub, self.waiting, self.give_back)
        self.rehoming = Rehoming(hub, self.waiting, self.offering, self.wrapping, self.give_back)
        self.resumed: list[Callable[[], None]] = []  # other rooms with deadlines of their own
        hub.settle = self.offering.settle

    def take(self, step: Step, agent: AgentId, key: InteractionId) -> Interaction:
        """Pull a waiting or parked text interaction by hand."""
        interaction = step.interaction_of(key)
        if step.hub.media[interaction.medium].talk and interaction.state != interactions.PARKED:
            raise RefusedError("A call cannot be taken from the list; it is offered.", code="not_by_hand")
        if interaction.state == interactions.OFFERED:
            raise RefusedError("Someone is being asked right now.", code="taken")
        if step.agent_of(agent).state == LOGGED_OUT:
            raise RefusedError("You are signed out. Sign in first.", code="logged_out")
        if step.hub.media[interaction.medium].talk and self._talks(step, agent):
            raise RefusedError("You are on a call. Hold or end it first.", code="busy")
        self._has_room(step, step.agent_of(agent), step.hub.media[interaction.medium])
        had = interaction.agent if interaction.state == interactions.PARKED else AgentId("")
        after = step.interaction(
            interactions.Accepted(
                interaction=key,
                at=step.now,
                agent=agent,
                reasons=interactions.BY_HAND,
                taken_from=had if had != agent else AgentId(""),
            )
        )
        handled(self.handlers, after, lambda h: h.accepted(step, after))
        return after

    @staticmethod
    def _has_room(step: Step, agent: Agent, medium: Medium) -> None:
        """Raise `RefusedError` at the agent's limits; a customer on the line is taken anyway."""
        load = step.load(agent.id)
        if not medium.talk and not within(medium, load, agent.limits, agent.capacity, step.hub.media):
            said = f"You have no room for one more: {medium.name}. Finish or park something first."
            raise RefusedError(said, code="no_room")

    @staticmethod
    def _talks(step: Step, agent: AgentId) -> bool:
        """A call is up, or rings, in the agent's hands."""
        held = (step.tables.interactions[key] for key in step.tables.in_hand.get(agent, ()))
        busy = (interactions.ACTIVE, interactions.OFFERED)
        return any(i.state in busy and step.hub.media[i.medium].talk for i in held)

    def hold(self, step: Step, agent: AgentId, key: InteractionId) -> None:
        """Let the customer wait."""
        mine(step, agent, key)
        after = step.interaction(interactions.Held(interaction=key, at=step.now))
        handled(self.handlers, after, lambda h: h.held(step, after))

    def resume(self, step: Step, agent: AgentId, key: InteractionId) -> None:
        """Go on."""
        mine(step, agent, key)
        after = step.interaction(interactions.Resumed(interaction=key, at=step.now))
        handled(self.handlers, after, lambda h: h.resumed(step, after))

    def park(self, step: Step, agent: AgentId, key: InteractionId) -> None:
        """Free the capacity until the customer writes again."""
        mine(step, agent, key)
        after = step.interaction(interactions.Parked(interaction=key, at=step.now))
        if step.hub.media[after.medium].talk:  # the agent's leg goes, the customer hears music
            handled(self.handlers, after, lambda h: h.returned(step, after))

    def give_back(
        self,
        step: Step,
        key: InteractionId,
        queue: QueueId,
        why: str,
        preferred: AgentId = AgentId(""),
        *,
        by: AgentId = AgentId(""),
    ) -> None:
        """Back to a queue with its age (transfer, agent lost); after `preferred` who had it is asked."""
        before, queues = step.interaction_of(key), self._hub.centre.queues
        queue = home(queues, queue, before.medium)
        had = before.agent
        reserved, until_at = self.waiting.reserve(step, key, preferred, TRANSFER_S)
        skills = None
        if queue != before.queue and queue in queues:
            asked = skills_elsewhere(before.skills, queues.get(before.queue))
            skills = {**queues[queue].skills, **asked}
        after = step.interaction(
            interactions.Returned(
                interaction=key,
                at=step.now,
                queue=queue,
                preferred=preferred,
                reserved=reserved,
                reserved_until_at=until_at,
                sent_by=had if preferred and preferred != had else AgentId(""),
                why=why,
                skills=skills,
                taken_from=had if by and by != had else AgentId(""),
                by=by if had and by != had else AgentId(""),
            )
        )
        handled(self.handlers, after, lambda h: h.returned(step, after))

    def transfer(self, step: Step, agent: AgentId, key: InteractionId, target: str) -> None:
        """Blind transfer to a queue, or to an agent by way of the queue it came from."""
        interaction = mine(step, agent, key)
        if interaction.state == interactions.WRAP_UP:
            raise RefusedError("The customer is gone: finish the form.", code="wrong_state")
        queue = next((q for q in self._hub.centre.queues.values() if target in (q.id, q.name)), None)
        others = [a for a in step.tables.agents.values() if target in (a.id, a.name, a.extension)]
        other = next((a for a in others if a.id != agent), None)
        if queue is None and other is None:
            raise RefusedError(f"There is no queue or agent called {target}.", code="unknown_target")
        to = queue.id if queue is not None else interaction.queue or self._any_queue()
        preferred = other.id if other is not None and queue is None else AgentId("")
        self.give_back(step, key, to, f"transferred by {agent}", preferred)
        self._belongs(step, key)

    def _belongs(self, step: Step, key: InteractionId) -> None:
        """Work went to another queue: its conversation is in the lists and copies of that one from now on."""
        interaction = step.interaction_of(key)
        thread = step.conversation_of(interaction.conversation) if interaction.conversation else None
        if thread is not None and thread.queue != interaction.queue:
            step.conversation(
                conversations.OwnerChanged(
                    conversation=thread.id, at=step.now, owner=thread.owner, queue=interaction.queue
                )
            )

    def resume_deadlines(self) -> None:
        """After a start: arm what the record says is running."""
        for interaction in tuple(self._hub.tables.interactions.values()):
            self.waiting.resume(interaction)
            self.offering.resume(interaction)
            self.wrapping.resume(interaction)
        self.promising.resume()
        self.returning.resume()
        self.rehoming.resume()
        for resume in self.resumed:
            resume()

    def _any_queue(self) -> QueueId:
        return next(iter(self._hub.centre.queues))
