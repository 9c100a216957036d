"""The inbox's lists as agents ask for them: pages, counts, one conversation; and the views they keep (B18).

What an agent may list is what lies in the agent's queues, what is the agent's own, and what the agent
follows; who leads may list everything.  A kept view is its owner's, or its team's when a leader keeps it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from agent_desktop.domain import joining
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.listing import COUNTED_MOST, ORDERS, STATES, Filter, cursor, place_of
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, Instant, QueueId
from agent_desktop.errors import RefusedError
from agent_desktop.server import views
from agent_desktop.server.board import SEES_ALL, Board
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work
from agent_desktop.wire import commands, inbox
from agent_desktop.wire.events import Result, ViewsChanged
from agent_desktop.wire.listing import FilterModel, ViewModel
from agent_desktop.wire.replica import NEWEST_MESSAGES

ME, NOBODY = "me", "nobody"
KEPT: Final = "view:"  # before the name of a setting of the record
VIEWS_MOST: Final = 50  # of one owner, or one team
VIEWS_BYTES: Final = 64 * 1024  # all of one owner's
LABEL_LETTERS: Final = 40
VALUES_MOST: Final = 50  # of one field of a filter: each is a walk of its own
VALUE_LETTERS: Final = 1000
PAGE_MOST: Final = 200
ANSWERED: Final = (inbox.ListConversations, inbox.CountViews, inbox.FetchConversation)


class Listing:
    """Answers the inbox's queries, and keeps views."""

    def __init__(self, hub: Hub, board: Board, work: Work) -> None:
        self._hub = hub
        self._board = board
        self._views: dict[str, ViewModel] = {}
        board.views_for = self.views_of
        work.resumed.append(self.resume)

    def resume(self) -> None:
        """After a start: the views that the record keeps."""
        self._views = {}
        for name, text in self._hub.store.configured()[0].items():
            if name.startswith(KEPT) and text:
                view = msgspec.json.decode(text, type=ViewModel)
                self._views[view.id] = view

    # --- queries ------------------------------------------------------------------------------------

    async def answer(self, agent: AgentId, query: commands.Command) -> Result:
        """Answer one query.  Raises `RefusedError`."""
        match query:
            case inbox.ListConversations():
                return await self._page(agent, query)
            case inbox.CountViews():
                return await self._counts(agent, query)
            case inbox.FetchConversation():
                return self._one(ConversationId(query.conversation))
            case _:
                raise RefusedError("The server does not offer this yet.", code="unknown_command")

    async def _page(self, agent: AgentId, query: inbox.ListConversations) -> Result:
        limit = max(1, min(query.limit, PAGE_MOST))
        found, place = await self._hub.store.listed(
            self._filter(agent, query.holds),
            after=place_of(query.after),
            limit=limit,
            now=self._hub.clock.now(),
        )
        return Result(
            conversations=tuple(self._board.conversation_model(one) for one in found),
            cursor=cursor(place) if place is not None else "",
            more=place is not None,
        )

    async def _counts(self, agent: AgentId, query: inbox.CountViews) -> Result:
        known = {view.id: view for view in (*self._board.centre_views(), *self.views_of(agent))}
        now, store = self._hub.clock.now(), self._hub.store
        wanted = [key for key in dict.fromkeys(query.views or tuple(known)) if key in known]
        counts = []
        for key in wanted[: 2 * VIEWS_MOST]:
            try:
                asked = self._filter(agent, known[key].holds)
            except RefusedError:  # kept before there was a limit: the others are counted
                continue
            counts.append((key, await store.counted(asked, most=COUNTED_MOST, now=now)))
        return Result(counts=tuple(counts))

    def _one(self, key: ConversationId) -> Result:
        found = self._held(joining.survivor(self._held, key))
        if found is None:
            raise RefusedError("There is no such conversation.", code="unknown_conversation")
        messages = self._hub.store.messages(found.id, limit=NEWEST_MESSAGES)
        return Result(
            conversations=(self._board.conversation_model(found),),
            messages=tuple(views.message_model(one) for one in messages),
        )

    def _held(self, key: ConversationId) -> Conversation | None:
        return self._hub.store.conversation(key)

    def _filter(self, agent: AgentId, holds: FilterModel) -> Filter:
        if holds.order not in ORDERS:
            raise RefusedError(f"A list is ordered by {', '.join(ORDERS)}.", code="bad_value")
        _check(holds)
        known = self._hub.tables.agents[agent]
        names = {ME: str(agent), NOBODY: ""}
        return Filter(
            states=tuple(dict.fromkeys(holds.states)),
            media=tuple(dict.fromkeys(holds.media)),
            channels=tuple(dict.fromkeys(holds.channels)),
            queues=tuple(dict.fromkeys(holds.queues)),
            owners=tuple(dict.fromkeys(names.get(one, one) for one in holds.agents)),
            tags=tuple(dict.fromkeys(holds.tags)),
            customer=CustomerId(holds.customer),
            followed=holds.followed,
            unread=holds.unread,
            late=holds.late,
            text=holds.text,
            since=Instant(holds.since_at),
            until=Instant(holds.until_at),
            order=holds.order,
            asker=agent,
            seen=None if known.role in SEES_ALL else tuple(QueueId(q) for q in sorted(known.queues)),
        )

    # --- views --------------------------------------------------------------------------------------

    def views_of(self, agent: AgentId) -> tuple[ViewModel, ...]:
        """The kept views that an agent may choose, by name."""
        known = self._hub.tables.agents.get(agent)
        team = known.team if known is not None else ""
        mine = (v for v in self._views.values() if v.owner == agent or (v.team and v.team == team))
        return tuple(sorted(mine, key=lambda v: (v.label.casefold(), v.id)))

    def save(self, step: Step, agent: AgentId, view: ViewModel) -> None:
        """Keep a view, new or changed.  Raises `RefusedError`."""
        known, held = step.agent_of(agent), self._views.get(view.id)
        if not view.id or not view.label.strip() or len(view.label) > LABEL_LETTERS:
            raise RefusedError(f"A view has a name of at most {LABEL_LETTERS} letters.", code="bad_value")
        self._filter(agent, view.holds)
        if held is not None:
            self._may_change(step, agent, held)
        if view.team and known.role not in SEES_ALL:
            raise RefusedError("Only who leads a team keeps views for it.", code="not_allowed")
        owner = held.owner if held is not None else str(agent)
        kept = msgspec.structs.replace(view, owner=owner, label=view.label.strip())
        alike = [v for v in self._views.values() if (v.owner, v.team) == (kept.owner, kept.team)]
        if held is None and len(alike) >= VIEWS_MOST:
            raise RefusedError(f"There are {VIEWS_MOST} views already. Remove one.", code="too_many")
        whole = [v for v in self._views.values() if v.owner == owner and v.id != kept.id]
        if len(msgspec.json.encode((*whole, kept))) > VIEWS_BYTES:
            raise RefusedError("These views are too large. Remove one, or ask for less.", code="too_large")
        self._keep(step, kept, held)

    def remove(self, step: Step, agent: AgentId, key: str) -> None:
        """Forget a view.  Raises `RefusedError`."""
        held = self._views.get(key)
        if held is not None:
            self._may_change(step, agent, held)
            self._keep(step, None, held)

    def _may_change(self, step: Step, agent: AgentId, held: ViewModel) -> None:
        leads = step.agent_of(agent).role in SEES_ALL
        if held.owner != agent and not (held.team and leads):
            raise RefusedError("This view is somebody else's.", code="not_yours")

    def _keep(self, step: Step, view: ViewModel | None, before: ViewModel | None) -> None:
        key = view.id if view is not None else before.id if before is not None else ""
        step.changes.settings[KEPT + key] = msgspec.json.encode(view).decode() if view is not None else ""
        step.after(lambda: self._kept(key, view, before))

    def _kept(self, key: str, view: ViewModel | None, before: ViewModel | None) -> None:
        """Committed: whoever may choose it is told."""
        if view is None:
            self._views.pop(key, None)
        else:
            self._views[key] = view
        concerned = [one for one in (view, before) if one is not None]
        for receiver in tuple(self._board.receivers()):
            known = self._hub.tables.agents.get(receiver.agent)
            team = known.team if known is not None else ""
            if any(v.owner == receiver.agent or (v.team and v.team == team) for v in concerned):
                self._board.send(receiver.agent, ViewsChanged(views=self.views_of(receiver.agent)))


def _check(holds: FilterModel) -> None:
    """Raise `RefusedError` for a filter that would keep the record from other lists."""
    fields = (holds.states, holds.media, holds.channels, holds.queues, holds.agents, holds.tags)
    if any(len(values) > VALUES_MOST for values in fields):
        raise RefusedError(f"A list asks for at most {VALUES_MOST} values of one kind.", code="bad_value")
    if any(len(one) > VALUE_LETTERS for values in (*fields, (holds.customer, holds.text)) for one in values):
        raise RefusedError(f"A value has at most {VALUE_LETTERS} letters.", code="bad_value")
    if not set(STATES).issuperset(holds.states):
        raise RefusedError(f"A conversation is {', '.join(STATES)}.", code="bad_value")
