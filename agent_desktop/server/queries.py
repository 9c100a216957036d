"""Questions that change nothing: timelines, cards, search, articles, explanations."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.domain.agent import Agent
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, Instant, InteractionId
from agent_desktop.errors import RefusedError
from agent_desktop.ports.storage import Hit, Sought
from agent_desktop.server import config_rules, rights, views
from agent_desktop.server.board import SEES_ALL
from agent_desktop.server.committed import HISTORY
from agent_desktop.server.copies import Copies
from agent_desktop.server.explanations import Explanations
from agent_desktop.server.hub import Hub
from agent_desktop.server.targets import Targets
from agent_desktop.server.trying import rehearse
from agent_desktop.wire import commands, inbox
from agent_desktop.wire.events import Result, SearchHit, TimelineItem

MOST = 200


class Queries:
    """Reads of the record for agents."""

    def __init__(self, hub: Hub, targets: Targets) -> None:
        self._hub = hub
        self._targets = targets
        self._explanations = Explanations(hub)
        self._copies = Copies(hub)

    async def answer(self, agent: AgentId, query: commands.Command) -> Result:
        """Answer one query.  Raises `RefusedError`."""
        store = self._hub.store
        match query:
            case commands.SearchEverything():
                return await self._search(agent, query)
            case commands.SuggestArticles():
                found = await store.search_articles(query.text, _most(query.limit))
                return Result(articles=tuple(views.article_model(a) for a in found))
            case commands.FetchTimeline():
                return self._timeline(agent, query)
            case commands.FetchCustomer():
                customer = store.customer(CustomerId(query.customer))
                if customer is None:
                    raise RefusedError("There is no such customer.", code="unknown_customer")
                return Result(customer=views.customer_model(customer, store.history(customer.id, HISTORY)))
            case commands.ListInteractions():
                return self._list(agent, query)
            case commands.FindTargets():
                return Result(targets=self._targets.find(agent, query))
            case inbox.FindPast():
                return await self._past(query)
            case inbox.FetchCopies():
                return await self._copies.answer(agent, query)
            case commands.ExplainInteraction():
                told = self._explanations.of(agent, InteractionId(query.interaction))
                return Result(lines=told.lines, explanation=told)
            case _:
                raise RefusedError("The server does not offer this yet.", code="unknown_command")

    async def _search(self, agent: AgentId, query: commands.SearchEverything) -> Result:
        who, limit = self._hub.tables.agents[agent], _most(query.limit)
        sought = Sought(
            text=query.text,
            limit=limit,
            kinds=query.kinds,
            media=query.media,
            customer=query.customer,
            before=Instant(query.before_at) if query.before_at else None,
            best=query.best,
            after=query.after,
            asker=agent,
            seen=None if who.role in SEES_ALL else tuple(sorted(who.queues)),
        )
        found = await self._hub.store.search(sought)
        kept = [hit for hit in found.hits if self._shown(who, hit)]
        while found.cursor and len(kept) < limit:  # the record knows less of live work than the router
            sought = replace(sought, after=found.cursor, limit=limit - len(kept))
            found = await self._hub.store.search(sought)
            kept += [hit for hit in found.hits if self._shown(who, hit)]
        hits = tuple(
            SearchHit(
                kind=h.kind,
                id=h.id,
                title=h.title,
                highlight=h.highlight,
                at=h.at,
                conversation=h.conversation,
                customer=h.customer,
                medium=h.medium,
            )
            for h in kept
        )
        return Result(hits=hits, cursor=found.cursor, more=bool(found.cursor))

    def _shown(self, who: Agent, hit: Hit) -> bool:
        key = ConversationId(hit.conversation)
        return not key or rights.may_see(self._hub, who, key)

    async def _past(self, query: inbox.FindPast) -> Result:
        """What a rule would have done."""
        hub = self._hub
        rule = config_rules.rule_of(query.rule, hub.centre)
        found = await rehearse(hub.store, hub.centre, rule, days=query.days, now=hub.clock.now())
        counts = (("looked_at", found.looked_at), ("acted", len(found.cases)))
        return Result(lines=found.lines(hub.centre, query.limit), counts=counts)

    def _timeline(self, agent: AgentId, query: commands.FetchTimeline) -> Result:
        """A page of what the agent may see of a customer's; the conversation itself was checked."""
        hub, who = self._hub, self._hub.tables.agents[agent]
        store = hub.store
        key = ConversationId(query.conversation)
        conversation = store.conversation(key)
        if conversation is None:
            raise RefusedError("There is no such conversation.", code="unknown_conversation")
        limit = _most(query.limit)
        before = Instant(query.before_at) if query.before_at else None
        messages, calls = store.timeline(
            conversation.customer,
            key,
            before=before,
            limit=limit,
            seen=lambda one: one == key or rights.may_see(hub, who, one),
        )
        items = [(m.at, TimelineItem(message=views.message_model(m))) for m in messages]
        items += [
            (i.arrived_at, TimelineItem(interaction=views.interaction_model(i)))
            for i in calls
            if hub.media[i.medium].talk and (i.conversation == key or rights.may_see_work(who, i))
        ]
        items.sort(key=lambda pair: pair[0])
        return Result(
            timeline=tuple(item for _, item in items[-limit:]), more=len(messages) + len(calls) >= limit
        )

    def _list(self, agent: AgentId, query: commands.ListInteractions) -> Result:
        limit = _most(query.limit)
        role = self._hub.tables.agents[agent].role
        whose = None if query.scope == "all" and role in SEES_ALL else agent
        before = Instant(query.before_at) if query.before_at else None
        rows = self._hub.store.interactions_before(agent=whose, before=before, limit=limit)
        return Result(interactions=tuple(views.interaction_model(i) for i in rows), more=len(rows) == limit)


def _most(limit: int) -> int:
    return max(1, min(limit, MOST))
