"""Questions that change nothing: timelines, cards, search, articles, explanations."""

from __future__ import annotations

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import routing
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, Instant, InteractionId
from agent_desktop.errors import RefusedError
from agent_desktop.server import views
from agent_desktop.server.board import SEES_ALL
from agent_desktop.server.committed import HISTORY
from agent_desktop.server.hub import Hub
from agent_desktop.server.targets import Targets
from agent_desktop.wire import commands
from agent_desktop.wire.events import Result, SearchHit, TimelineItem

MOST = 200
EXPLAINED_AGENTS = 12


class Queries:
    """Reads of the record for agents."""

    def __init__(self, hub: Hub, targets: Targets) -> None:
        self._hub = hub
        self._targets = targets

    async def answer(self, agent: AgentId, query: commands.Command) -> Result:
        """Answer one query.  Raises `RefusedError`."""
        store = self._hub.store
        match query:
            case commands.SearchEverything():
                hits = await store.search(query.text, _most(query.limit))
                return Result(
                    hits=tuple(
                        SearchHit(
                            kind=h.kind,
                            id=h.id,
                            title=h.title,
                            highlight=h.highlight,
                            at=h.at,
                            conversation=h.conversation,
                            customer=h.customer,
                        )
                        for h in hits
                    )
                )
            case commands.SuggestArticles():
                found = await store.search_articles(query.text, _most(query.limit))
                return Result(articles=tuple(views.article_model(a) for a in found))
            case commands.FetchTimeline():
                return self._timeline(query)
            case commands.FetchCustomer():
                customer = store.customer(CustomerId(query.customer))
                if customer is None:
                    raise RefusedError("There is no such customer.", code="unknown_customer")
                return Result(customer=views.customer_model(customer, store.history(customer.id, HISTORY)))
            case commands.ListInteractions():
                return self._list(agent, query)
            case commands.FindTargets():
                return Result(targets=self._targets.find(agent, query))
            case commands.ExplainInteraction():
                return Result(lines=self._explain(agent, InteractionId(query.interaction)))
            case _:
                raise RefusedError("The server does not offer this yet.", code="unknown_command")

    def _timeline(self, query: commands.FetchTimeline) -> Result:
        store = self._hub.store
        key = ConversationId(query.conversation)
        conversation = store.conversation(key)
        if conversation is None:
            raise RefusedError("There is no such conversation.", code="unknown_conversation")
        limit = _most(query.limit)
        before = Instant(query.before_at) if query.before_at else None
        messages, calls = store.timeline(conversation.customer, key, before=before, limit=limit)
        items = [(m.at, TimelineItem(message=views.message_model(m))) for m in messages]
        items += [
            (i.arrived_at, TimelineItem(interaction=views.interaction_model(i)))
            for i in calls
            if self._hub.media[i.medium].talk
        ]
        items.sort(key=lambda pair: pair[0])
        return Result(timeline=tuple(item for _, item in items[-limit:]), more=len(items) >= limit)

    def _list(self, agent: AgentId, query: commands.ListInteractions) -> Result:
        limit = _most(query.limit)
        role = self._hub.tables.agents[agent].role
        whose = None if query.scope == "all" and role in SEES_ALL else agent
        before = Instant(query.before_at) if query.before_at else None
        rows = self._hub.store.interactions_before(agent=whose, before=before, limit=limit)
        return Result(interactions=tuple(views.interaction_model(i) for i in rows), more=len(rows) == limit)

    def _explain(self, agent: AgentId, key: InteractionId) -> tuple[str, ...]:
        interaction = self._hub.tables.interactions.get(key) or self._hub.store.interaction(key)
        if interaction is None:
            raise RefusedError("There is no such interaction.", code="unknown_interaction")
        if interaction.offer is not None:
            return interaction.offer.reasons
        if interaction.state != interactions.QUEUED:
            return interaction.reasons or ("It was not routed: it was begun or taken by hand.",)
        return self._why_nobody(agent, interaction)

    def _why_nobody(self, agent: AgentId, interaction: Interaction) -> tuple[str, ...]:
        wanted = routing.requirement(interaction)
        medium = self._hub.media[interaction.medium]
        lines = [f"Waits in {self._hub.queue_name(interaction.queue)}"]
        told = 0
        asker = self._hub.tables.agents[agent]
        for other in self._hub.tables.agents.values():
            if interaction.queue not in other.queues or told >= EXPLAINED_AGENTS:
                continue
            candidate = routing.Candidate(other, self._hub.load(other.id))
            if why := routing.obstacle(candidate, wanted, medium):
                name = other.name if asker.role in SEES_ALL or other.id == agent else "An agent"
                lines.append(f"{name}: {why}")
                told += 1
        if told == 0:
            lines.append("Nobody serves this queue with the skills asked for.")
        return tuple(lines)


def _most(limit: int) -> int:
    return max(1, min(limit, MOST))
