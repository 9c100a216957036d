"""Offering: who meets whom, the lease at one agent, and how it ends: accepted, declined, expired, withdrawn.

A refusal leaves no trace; whoever refused is asked last, and again after a while when nobody else took it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from agent_desktop.domain import agent as agents
from agent_desktop.domain import choosing, explaining, routing, timers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.decision import AGENT, Decision
from agent_desktop.domain.interaction import Interaction, Offer
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, OfferId
from agent_desktop.errors import RefusedError
from agent_desktop.server.acd import Match
from agent_desktop.server.handling import Handler, handled
from agent_desktop.server.hub import Hub, Step, rules_of
from agent_desktop.server.waiting import Waiting

RECONSIDER_S = 20.0
AUTO_ACCEPT_S = 0.5  # the screen pops before the customer speaks


def decided(hub: Hub, match: Match, now: Instant) -> Decision:
    """The decision with all that was compared, before anything changes by it; replay computes it again."""
    index, tables = hub.index, hub.tables
    interaction, agent = tables.interactions[match.interaction], tables.agents[match.agent]
    queue = rules_of(hub, interaction.queue)
    free = index.free(routing.requirement(interaction, queue), interaction.refused_by)
    waiting = index.waiting(interaction.queue)
    if match.cause == AGENT:
        works = [tables.interactions[key] for key in match.works]
        return explaining.work_chosen(agent, queue, works, free=free, waiting=waiting, now=now)
    ranked = [tables.agents[key] for key in match.agents]
    preferred = match.preferred
    return explaining.agent_chosen(
        interaction, queue, ranked, free=free, waiting=waiting, now=now, preferred=preferred
    )


class Offering:
    """The acts on offers."""

    def __init__(self, hub: Hub, waiting: Waiting, handlers: Mapping[MediumId, Handler]) -> None:
        self._hub = hub
        self._waiting = waiting
        self._handlers = handlers
        self.absent: Callable[[AgentId], bool] = lambda _agent: False  # presence joins here

    def settle(self, step: Step) -> None:
        """Next states that are due, then offers for what arrived and for who is free."""
        freed, arrived = step.freed, step.arrived
        step.freed, step.arrived = set(), set()
        for key in sorted(freed):
            self._next_state(step, key)
        index = step.hub.index
        waiting = [step.tables.interactions[i] for i in arrived if i in step.tables.interactions]
        for interaction in sorted(waiting, key=routing.work_rank):
            self._waiting.watch(interaction)
            while (now := step.tables.interactions.get(interaction.id)) and now.state == interactions.QUEUED:
                match = index.match_work(now)
                if match is None:
                    break
                # Who came free in this very step takes what waited before it.
                older = index.match_agent(match.agent) if match.agent in freed else None
                self._offer(step, older if older and older.interaction != now.id else match)
        for key in sorted(freed):
            while match := index.match_agent(key):
                self._offer(step, match)

    def _next_state(self, step: Step, key: AgentId) -> None:
        agent = step.tables.agents.get(key)
        if agent is not None:
            event = choosing.next_event(agent, step.now, step.tables.work_of(key), step.hub.media)
            if event is not None:
                step.agent(event)
                step.hub.refresh(key)

    def _offer(self, step: Step, match: Match) -> None:
        interaction = step.tables.interactions[match.interaction]
        queue = rules_of(self._hub, interaction.queue)
        rules = routing.offer_rules(queue, step.hub.media[interaction.medium])
        agent, decision = step.tables.agents[match.agent], decided(step.hub, match, step.now)
        offer = interactions.Offer(
            id=OfferId(step.new_id("o")),
            agent=agent.id,
            offered_at=step.now,
            **timers.lease(rules, queue, agent, step.now),
            reasons=explaining.reasons(decision, interaction, agent, queue),
            decision=decision,
        )
        changed = agent.id in step.freed
        step.interaction(interactions.Offered(interaction=interaction.id, at=step.now, offer=offer))
        step.hub.refresh(agent.id)
        if not changed:  # nothing else comes of an offer: whoever asked for it asks on
            step.freed.discard(agent.id)
        self._arm(interaction.id, offer)

    def _arm(self, key: InteractionId, offer: Offer) -> None:
        self._hub.at(offer.expires_at, lambda late: self.expire(late, key, offer.id))
        if offer.auto_accept:
            soon = Instant(offer.offered_at + AUTO_ACCEPT_S)
            self._hub.at(soon, lambda late: self._accept_by_itself(late, key, offer.id))

    def _accept_by_itself(self, step: Step, key: InteractionId, offer: OfferId) -> None:
        """The queue answers for its agents (A3): their phones sound a tone, then the customer is there."""
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.offer is None or interaction.offer.id != offer:
            return
        agent = interaction.offer.agent
        there = agent in step.tables.agents and not self.absent(agent)  # else nobody is put through
        if there and step.now < interaction.offer.expires_at:
            self.accept(step, agent, offer)

    def agent_back(self, step: Step, agent: AgentId) -> None:
        """The agent is there again: what the queue answers by itself is answered now."""
        soon = Instant(step.now + AUTO_ACCEPT_S)
        for key in step.tables.in_hand.get(agent, ()):
            offer = step.tables.interactions[key].offer
            if offer is not None and offer.auto_accept:
                self._hub.at(soon, partial(self._accept_by_itself, key=key, offer=offer.id))

    def expire(self, step: Step, key: InteractionId, offer: OfferId) -> None:
        """No answer: the interaction keeps its age (A4); the agent as the queue says (3.4.7)."""
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.offer is None or interaction.offer.id != offer:
            return
        if step.now < interaction.offer.expires_at:  # there was more time meanwhile
            return
        agent, queue = interaction.offer.agent, rules_of(self._hub, interaction.queue)
        self._end_offer(step, interaction, "expired")
        known = step.tables.agents.get(agent)  # none: the configuration does not name the agent any more
        if known is None or not agents.works(known):
            return
        match queue.missed:
            case "off":  # stays ready; this work asks others first, for a while
                pass
            case "queue":
                step.agent(
                    agents.PausedInQueue(agent=agent, at=step.now, cause="offer_expired", queue=queue.id)
                )
            case _:
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

    def more_time(self, step: Step, agent: AgentId, offer: OfferId) -> None:
        """Ring on: the same lease, a later deadline (WCAG 2.2.1)."""
        event = timers.extended(self.offered(step, agent, offer), offer, agent, step.now)
        after = step.interaction(event)
        self._hub.at(event.expires_at, lambda late: self.expire(late, after.id, offer))

    def decline(self, step: Step, agent: AgentId, offer: OfferId, reason: str) -> None:
        """Give it back with its age; a reason is one of the centre's, where it has any (3.4.4)."""
        interaction = self.offered(step, agent, offer)
        known = {r.code: r.label for r in self._hub.centre.decline_reasons if not r.system}
        silent = not reason and not self._hub.centre.decline_needs_reason
        if known and reason not in known and not silent:
            raise RefusedError(f"Say why you decline: {', '.join(known)}.", code="unknown_reason")
        self._end_offer(step, interaction, "declined", reason)

    def release(
        self,
        step: Step,
        agent: AgentId,
        why: str,
        reason: str = "",
        keep: Callable[[Interaction], bool] = lambda _interaction: False,
    ) -> None:
        """Offers go back at once, with their age: the agent left, or takes only what is to be kept."""
        for key in sorted(step.tables.in_hand.get(agent, set()).copy()):
            interaction = step.tables.interactions[key]
            if interaction.state == interactions.OFFERED and not keep(interaction):
                self._end_offer(step, interaction, why, reason)

    def take_back(self, step: Step, interaction: Interaction) -> None:
        """The configuration no longer has this agent, or this queue: the offer is over."""
        self._end_offer(step, interaction, "withdrawn")

    def resume(self, interaction: Interaction) -> None:
        """After a start: the lease runs on."""
        if interaction.offer is not None:
            self._arm(interaction.id, interaction.offer)
