"""Why did I get this, and why is nobody taking this: the answers of the router, as front ends show them.

Who leads sees everybody's name; an agent sees the own one, and that there are others.
"""

from __future__ import annotations

from agent_desktop.domain import agent as agents
from agent_desktop.domain import explaining, routing
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.decision import WORK, Decision
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId
from agent_desktop.domain.widening import delays
from agent_desktop.errors import RefusedError
from agent_desktop.server.board import SEES_ALL
from agent_desktop.server.hub import Hub, rules_of
from agent_desktop.wire.routing import ConsideredModel, ExplanationModel

EXPLAINED_AGENTS = 12
NOT_ROUTED = ("It was not routed: it was begun or taken by hand.",)


class Explanations:
    """Reads of what was decided, and of what keeps a decision away."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def of(self, asker: AgentId, key: InteractionId) -> ExplanationModel:
        """Explain one interaction to an agent.  Raises `RefusedError`."""
        interaction = self._hub.tables.interactions.get(key) or self._hub.store.interaction(key)
        if interaction is None:
            raise RefusedError("There is no such interaction.", code="unknown_interaction")
        if interaction.state == interactions.QUEUED:
            return self._nobody(asker, interaction)
        offer = interaction.offer
        decision = offer.decision if offer is not None else interaction.decision
        lines = (offer.reasons if offer is not None else interaction.reasons) or NOT_ROUTED
        if decision is None:
            return ExplanationModel(interaction=key, lines=lines)
        return self._decided(asker, interaction, decision, lines)

    def _decided(
        self, asker: AgentId, interaction: Interaction, decision: Decision, lines: tuple[str, ...]
    ) -> ExplanationModel:
        named = self._agent if decision.cause == WORK else self._work
        return ExplanationModel(
            interaction=interaction.id,
            waiting=decision.waiting,
            free=decision.free,
            rule=decision.rule,
            selection=decision.selection,
            score=decision.score,
            tie_break=decision.tie_break,
            decided_at=decision.at,
            waited_s=max(0.0, decision.at - interaction.queued_at),
            considered=tuple(named(asker, c.id, c.score, c.why) for c in decision.considered),
            lines=lines,
        )

    def _nobody(self, asker: AgentId, interaction: Interaction) -> ExplanationModel:
        hub, now = self._hub, Instant(self._hub.clock.now())
        queue = rules_of(hub, interaction.queue)
        labels = agents.SYSTEM_REASONS | {str(reason.code): reason.label for reason in hub.centre.reasons}
        told = explaining.why_nobody(
            interaction,
            queue,
            (self._candidate(key) for key in self._asked(interaction)),
            opens=explaining.next_change(
                queue, delays(hub.centre.agents.values(), queue.id), interaction, now
            ),
            label=lambda code: labels.get(code, code),
            most=EXPLAINED_AGENTS,
            media=hub.media,
        )
        lines = [f"Waits in {queue.name}"]
        lines += [text[:1].upper() + text[1:] for text in (told.rule, told.line()) if text]
        rows = tuple(self._agent(asker, h.agent.id, h.why) for h in told.first)
        lines += [f"{row.name}: {row.score}" for row in rows]
        if not rows and not told.free:
            lines.append("Nobody serves this queue with the skills asked for.")
        return ExplanationModel(
            interaction=interaction.id,
            nobody=True,
            waiting=hub.index.waiting(interaction.queue),
            free=told.free,
            rule=told.rule,
            decided_at=now,
            waited_s=max(0.0, now - interaction.queued_at),
            considered=rows,
            lines=tuple(lines),
        )

    def _asked(self, interaction: Interaction) -> tuple[AgentId, ...]:
        """Who could be asked at all: for work that is kept for one agent, that one; else the queue's."""
        wanted = routing.requirement(interaction, rules_of(self._hub, interaction.queue))
        if wanted.only:
            return (wanted.only,) if wanted.only in self._hub.tables.agents else ()
        return tuple(key for key, a in self._hub.tables.agents.items() if wanted.queue in a.queues)

    def _candidate(self, key: AgentId) -> routing.Candidate:
        tables = self._hub.tables
        states = tuple(tables.interactions[i].state for i in tables.in_hand.get(key, ()))
        return routing.Candidate(tables.agents[key], self._hub.load(key), agents.activity(states))

    def _agent(self, asker: AgentId, key: str, score: str, why: str = "") -> ConsideredModel:
        agent = self._hub.tables.agents.get(AgentId(key))
        if key != asker and not self._sees_all(asker):
            return ConsideredModel(id="", name="An agent", score=score, why=why)
        return ConsideredModel(id=key, name=agent.name if agent else key, score=score, why=why)

    def _work(self, asker: AgentId, key: str, score: str, why: str = "") -> ConsideredModel:
        work = self._hub.tables.interactions.get(InteractionId(key))
        name = work.customer_name or work.from_address if work and self._sees_all(asker) else ""
        return ConsideredModel(id=key, name=name, score=score, why=why)

    def _sees_all(self, asker: AgentId) -> bool:
        return self._hub.tables.agents[asker].role in SEES_ALL
