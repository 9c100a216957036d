"""Offering: who meets whom, the lease at one agent, and how it ends: accepted, declined, expired, withdrawn.

A refusal leaves no trace; whoever refused is asked last, and again after a while when nobody else took it.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import routing
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, OfferId
from agent_desktop.errors import RefusedError
from agent_desktop.server.acd import Match
from agent_desktop.server.handling import Handler, handled
from agent_desktop.server.hub import Hub, Step, rules_of
from agent_desktop.server.waiting import Waiting

RECONSIDER_S = 20.0
AUTO_ACCEPT_S = 0.5  # the screen pops before the customer speaks


class Offering:
    """The acts on offers."""

    def __init__(self, hub: Hub, waiting: Waiting, handlers: Mapping[MediumId, Handler]) -> None:
        self._hub = hub
        self._waiting = waiting
        self._handlers = handlers

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
        queue = rules_of(self._hub, interaction.queue)
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
        if interaction.reserved == interaction.offer.agent and self._waiting.back_to_sender(
            step, interaction
        ):
            return
        step.hub.at(Instant(step.now + RECONSIDER_S), lambda late: self._reconsider(late, interaction.id))

    def _reconsider(self, step: Step, key: InteractionId) -> None:
        """Those who refused may be asked again after a while, when nobody else took it."""
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.state != interactions.QUEUED or not interaction.refused_by:
            return
        self._waiting.again(step, interaction)

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
        handled(self._handlers, after, lambda h: h.accepted(step, after))
        return after

    def decline(self, step: Step, agent: AgentId, offer: OfferId, reason: str) -> None:
        """Give it back with its age."""
        self._end_offer(step, self.offered(step, agent, offer), "declined", reason)

    def release(self, step: Step, agent: AgentId, why: str) -> None:
        """An agent left: offers go back at once, text work too; a live call stays where it is."""
        for key in sorted(step.tables.in_hand.get(agent, set()).copy()):
            interaction = step.tables.interactions[key]
            if interaction.state == interactions.OFFERED:
                self._end_offer(step, interaction, why)

    def resume(self, interaction: Interaction) -> None:
        """After a start: the lease runs on."""
        if interaction.offer is not None:
            key, offer = interaction.id, interaction.offer
            self._hub.at(offer.expires_at, lambda step: self.expire(step, key, offer.id))
