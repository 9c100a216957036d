"""What is done with interactions: queue, offer, accept, hold, give back, end, wrap up, close.

Every function takes a `Step` and looks before it changes anything, so that a refusal leaves no trace.
What a medium does beside (ring a phone, tell a visitor) is its `Handler`'s, found by the medium's row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import routing
from agent_desktop.domain.centre import TIMED_MODES, Queue
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import (
    AgentId,
    DispositionCode,
    Instant,
    InteractionId,
    MediumId,
    OfferId,
    QueueId,
    SkillId,
)
from agent_desktop.errors import RefusedError
from agent_desktop.server.acd import Match
from agent_desktop.server.handling import Handler
from agent_desktop.server.hub import Hub, Step

RECONSIDER_S = 20.0
AUTO_ACCEPT_S = 0.5  # the screen pops before the customer speaks
TRANSFER_S = 30.0  # how long a transfer to a person waits for that person
TIMEOUT = DispositionCode("timeout")
NONE = DispositionCode("none")


class Work:
    """The acts on interactions."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.handlers: dict[MediumId, Handler] = {}
        hub.settle = self.settle

    # --- matching ---------------------------------------------------------------------------------

    def settle(self, step: Step) -> None:
        """Next states of empty hands, then offers for what arrived and for who is free."""
        freed, arrived = step.freed, step.arrived
        step.freed, step.arrived = set(), set()
        for key in sorted(freed):
            self._next_state(step, key)
        index = step.hub.index
        waiting = [step.tables.interactions[i] for i in arrived if i in step.tables.interactions]
        for interaction in sorted(waiting, key=routing.work_rank):
            if interaction.state == interactions.QUEUED and (match := index.match_work(interaction)):
                self._offer(step, match)
        for key in sorted(freed):
            while match := index.match_agent(key):
                self._offer(step, match)

    def _next_state(self, step: Step, key: AgentId) -> None:
        agent = step.tables.agents.get(key)
        if agent is not None and agent.next_state and not step.tables.in_hand.get(key):
            event = agents.next_event(agent, step.now)
            if event is not None:
                step.agent(event)
                step.hub.refresh(key)

    def _offer(self, step: Step, match: Match) -> None:
        interaction = step.tables.interactions[match.interaction]
        agent = step.tables.agents[match.agent]
        queue = self._queue(interaction.queue)
        medium = step.hub.media[interaction.medium]
        seconds = queue.offer_s if medium.talk or medium.live else queue.text_offer_s
        offer = interactions.Offer(
            id=OfferId(step.new_id("o")),
            agent=agent.id,
            offered_at=step.now,
            expires_at=Instant(step.now + seconds),
            auto_accept=queue.auto_accept,
            reasons=routing.reasons(
                interaction,
                agent,
                queue_name=queue.name,
                free=step.hub.index.free(routing.requirement(interaction)),
                waiting=step.hub.index.waiting(interaction.queue),
                now=step.now,
                preferred=match.preferred,
            ),
        )
        step.interaction(interactions.Offered(interaction=interaction.id, at=step.now, offer=offer))
        step.hub.refresh(agent.id)
        step.hub.at(offer.expires_at, lambda late: self.expire(late, interaction.id, offer.id))
        if offer.auto_accept:
            soon = Instant(step.now + AUTO_ACCEPT_S)
            step.hub.at(soon, lambda late: self._accept_by_itself(late, interaction.id, offer.id))

    def _accept_by_itself(self, step: Step, key: InteractionId, offer: OfferId) -> None:
        """The queue answers for its agents (A3): their phones sound a tone, then the customer is there."""
        interaction = step.tables.interactions.get(key)
        if interaction is not None and interaction.offer is not None and interaction.offer.id == offer:
            self.accept(step, interaction.offer.agent, offer)

    def expire(self, step: Step, key: InteractionId, offer: OfferId) -> None:
        """No answer: the agent is not responding, the interaction keeps its age (A4)."""
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.offer is None or interaction.offer.id != offer:
            return
        agent = interaction.offer.agent
        self._end_offer(step, interaction, "expired")
        if step.tables.agents[agent].state == agents.READY:
            step.agent(
                agents.WentNotReady(
                    agent=agent, at=step.now, reason=agents.NOT_RESPONDING, cause="offer_expired"
                )
            )

    def _end_offer(self, step: Step, interaction: Interaction, why: str, reason: str = "") -> None:
        if interaction.offer is None:
            return
        step.interaction(
            interactions.OfferEnded(
                interaction=interaction.id,
                at=step.now,
                offer=interaction.offer.id,
                agent=interaction.offer.agent,
                why=why,
                reason=reason,
            )
        )
        if interaction.reserved == interaction.offer.agent and self._back_to_sender(step, interaction):
            return
        step.hub.at(Instant(step.now + RECONSIDER_S), lambda late: self._reconsider(late, interaction.id))

    def _reconsider(self, step: Step, key: InteractionId) -> None:
        """Those who refused may be asked again after a while, when nobody else took it."""
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.state != interactions.QUEUED or not interaction.refused_by:
            return
        self._again(step, interaction)

    # --- acts -------------------------------------------------------------------------------------

    def queue(
        self,
        step: Step,
        key: InteractionId,
        queue_id: QueueId,
        skills: dict[SkillId, int] | None = None,
        preferred: AgentId = AgentId(""),
    ) -> Interaction:
        """Let an interaction wait in a queue."""
        queue = self._queue(queue_id)
        interaction = step.interaction_of(key)
        reserved = self._reserve(step, key, preferred, queue.preferred_s)
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

    def _reserve(self, step: Step, key: InteractionId, agent: AgentId, seconds: float) -> AgentId:
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
        if not self._back_to_sender(step, interaction):
            self._again(step, interaction)

    def _back_to_sender(self, step: Step, interaction: Interaction) -> bool:
        """Whom it was transferred to does not take it: the sender is asked next (A6), if still at work."""
        sender = self._reserve(step, interaction.id, interaction.sent_by, TRANSFER_S)
        if sender:
            words = f"{step.agent_of(interaction.reserved).name} did not take it"
            step.interaction(interactions.PathTaken(interaction=interaction.id, at=step.now, step=words))
            self._again(step, interaction, sender)
        return bool(sender)

    def _again(self, step: Step, interaction: Interaction, kept_for: AgentId = AgentId("")) -> None:
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

    def offered(self, step: Step, agent: AgentId, offer: OfferId) -> Interaction:
        """The interaction of an offer; raises `RefusedError` when the lease is over."""
        for key in step.tables.in_hand.get(agent, ()):
            interaction = step.tables.interactions[key]
            if interaction.offer is not None and interaction.offer.id == offer:
                return interaction
        raise RefusedError("This offer is over; the interaction went elsewhere.", code="offer_over")

    def accept(self, step: Step, agent: AgentId, offer: OfferId) -> Interaction:
        """Take the offered interaction."""
        interaction = self.offered(step, agent, offer)
        after = step.interaction(interactions.accept(interaction, offer, agent, step.now))
        self._handle(after, lambda h: h.accepted(step, after))
        return after

    def decline(self, step: Step, agent: AgentId, offer: OfferId, reason: str) -> None:
        """Give it back with its age."""
        self._end_offer(step, self.offered(step, agent, offer), "declined", reason)

    def take(self, step: Step, agent: AgentId, key: InteractionId) -> Interaction:
        """Pull a waiting or parked text interaction by hand."""
        interaction = step.interaction_of(key)
        if step.hub.media[interaction.medium].talk and interaction.state != interactions.PARKED:
            raise RefusedError("A call cannot be taken from the list; it is offered.", code="not_by_hand")
        if interaction.state == interactions.OFFERED:
            raise RefusedError("Someone is being asked right now.", code="taken")
        after = step.interaction(
            interactions.Accepted(
                interaction=key, at=step.now, agent=agent, reasons=("You took it from the list",)
            )
        )
        self._handle(after, lambda h: h.accepted(step, after))
        return after

    def hold(self, step: Step, agent: AgentId, key: InteractionId) -> None:
        """Let the customer wait."""
        self.mine(step, agent, key)
        after = step.interaction(interactions.Held(interaction=key, at=step.now))
        self._handle(after, lambda h: h.held(step, after))

    def resume(self, step: Step, agent: AgentId, key: InteractionId) -> None:
        """Go on."""
        self.mine(step, agent, key)
        after = step.interaction(interactions.Resumed(interaction=key, at=step.now))
        self._handle(after, lambda h: h.resumed(step, after))

    def park(self, step: Step, agent: AgentId, key: InteractionId) -> None:
        """Free the capacity until the customer writes again."""
        self.mine(step, agent, key)
        after = step.interaction(interactions.Parked(interaction=key, at=step.now))
        if step.hub.media[after.medium].talk:  # the agent's leg goes, the customer hears music
            self._handle(after, lambda h: h.returned(step, after))

    def give_back(
        self, step: Step, key: InteractionId, queue: QueueId, why: str, preferred: AgentId = AgentId("")
    ) -> None:
        """Back to a queue with its age (transfer, agent lost); after `preferred` who had it is asked."""
        had, reserved = step.interaction_of(key).agent, self._reserve(step, key, preferred, TRANSFER_S)
        after = step.interaction(
            interactions.Returned(
                interaction=key,
                at=step.now,
                queue=queue,
                preferred=preferred,
                reserved=reserved,
                sent_by=had if preferred and preferred != had else AgentId(""),
                why=why,
            )
        )
        self._handle(after, lambda h: h.returned(step, after))

    def transfer(self, step: Step, agent: AgentId, key: InteractionId, target: str) -> None:
        """Blind transfer to a queue, or to an agent by way of the queue it came from."""
        interaction = self.mine(step, agent, key)
        queue = next((q for q in self._hub.centre.queues.values() if target in (q.id, q.name)), None)
        others = [a for a in step.tables.agents.values() if target in (a.id, a.name, a.extension)]
        other = next((a for a in others if a.id != agent), None)
        if queue is None and other is None:
            raise RefusedError(f"There is no queue or agent called {target}.", code="unknown_target")
        to = queue.id if queue is not None else interaction.queue or self._any_queue()
        preferred = other.id if other is not None and queue is None else AgentId("")
        self.give_back(step, key, to, f"transferred by {agent}", preferred)

    def end(self, step: Step, key: InteractionId, by: str) -> Interaction:
        """The customer is gone or the work is done: wrap-up starts, by the queue's mode."""
        interaction = step.interaction_of(key)
        queue = self._queue(interaction.queue)
        timed = queue.wrapup_mode in TIMED_MODES and queue.wrapup_s
        deadline = Instant(step.now + queue.wrapup_s) if timed else Instant(0.0)
        ended = step.interaction(
            interactions.Ended(interaction=key, at=step.now, by=by, deadline_at=deadline)
        )
        self._handle(ended, lambda h: h.ended(step, ended))
        if queue.wrapup_mode == "none":
            return self.close(step, key, NONE, cause="system")
        if deadline:
            self._arm_wrap_up(step.hub, ended)
        return ended

    def _arm_wrap_up(self, hub: Hub, interaction: Interaction) -> None:
        hub.at(interaction.wrapup_deadline_at, lambda late: self._wrap_up_over(late, interaction.id))

    def _wrap_up_over(self, step: Step, key: InteractionId) -> None:
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.state != interactions.WRAP_UP:
            return
        if interaction.wrapup_deadline_at <= step.now:
            self.close(step, key, TIMEOUT, cause="timeout")

    def extend(self, step: Step, agent: AgentId, key: InteractionId) -> None:
        """More time for the form; counted and limited (F3)."""
        interaction = self.mine(step, agent, key)
        queue = self._queue(interaction.queue)
        if not interaction.wrapup_deadline_at:
            raise RefusedError("This wrap-up has no time limit.", code="no_limit")
        if interaction.wrapup_extensions >= queue.extend_times:
            raise RefusedError(f"It was extended {queue.extend_times} times already.", code="extended_out")
        after = step.interaction(
            interactions.WrapUpExtended(
                interaction=key,
                at=step.now,
                deadline_at=Instant(interaction.wrapup_deadline_at + queue.extend_s),
            )
        )
        self._arm_wrap_up(step.hub, after)

    def close(
        self,
        step: Step,
        key: InteractionId,
        code: DispositionCode,
        *,
        note: str = "",
        values: dict[str, str] | None = None,
        cause: str = "agent",
    ) -> Interaction:
        """Write the disposition, once."""
        interaction = step.interaction_of(key)
        closed = step.interaction(
            interactions.Closed(
                interaction=key, at=step.now, code=code, note=note, values=values or {}, cause=cause
            )
        )
        if interaction.agent and not step.tables.in_hand.get(interaction.agent):
            step.agent(agents.HandsEmptied(agent=interaction.agent, at=step.now, cause="closed"))
        return closed

    def mine(self, step: Step, agent: AgentId, key: InteractionId) -> Interaction:
        """An interaction in this agent's hand; raises `RefusedError` otherwise."""
        interaction = step.interaction_of(key)
        if interaction.agent != agent or interaction.state == interactions.QUEUED:
            raise RefusedError("This interaction is not yours.", code="not_yours")
        return interaction

    def release(self, step: Step, agent: AgentId, why: str) -> None:
        """An agent left: offers go back at once, text work too; a live call stays where it is."""
        for key in sorted(step.tables.in_hand.get(agent, set()).copy()):
            interaction = step.tables.interactions[key]
            if interaction.state == interactions.OFFERED:
                self._end_offer(step, interaction, why)

    def resume_deadlines(self) -> None:
        """After a start: arm what the record says is running."""
        for interaction in self._hub.tables.interactions.values():
            if interaction.offer is not None:
                key, offer = interaction.id, interaction.offer
                self._hub.at(offer.expires_at, partial(self.expire, key=key, offer=offer.id))
            if interaction.reserved and not interaction.callback_number:  # an agent's own callback waits on
                key, kept = interaction.id, interaction.reserved
                later = Instant(self._hub.clock.now() + TRANSFER_S)
                self._hub.at(later, partial(self.unreserve, key=key, agent=kept))
            if interaction.state == interactions.WRAP_UP and interaction.wrapup_deadline_at:
                self._arm_wrap_up(self._hub, interaction)

    def _handle(self, interaction: Interaction, act: Callable[[Handler], None]) -> None:
        if (handler := self.handlers.get(interaction.medium)) is not None:
            act(handler)

    def _any_queue(self) -> QueueId:
        return next(iter(self._hub.centre.queues))

    def _queue(self, key: QueueId) -> Queue:
        """A queue's rules; work that never was in a queue follows the plain ones."""
        return self._hub.centre.queues.get(key) or Queue(
            id=key, name=key or "No queue", wrapup_mode="mandatory"
        )
