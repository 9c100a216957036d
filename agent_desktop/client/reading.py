"""What the copies answer when the router does not: the state to open with, timelines, cards, lists.

The same questions and the same answers as the router's (`server/queries.py`), from the file of `copied.py`.
Runs on the copies' thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec

from agent_desktop.client import copied, finding
from agent_desktop.client.store import IN_HAND
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire import commands as c
from agent_desktop.wire import inbox
from agent_desktop.wire.events import Result, Snapshot, TimelineItem
from agent_desktop.wire.listing import FilterModel, ViewModel
from agent_desktop.wire.model import Model
from agent_desktop.wire.models import (
    AgentModel,
    CentreInfo,
    ConversationModel,
    CustomerModel,
    InteractionModel,
    MessageModel,
)
from agent_desktop.wire.replica import NEWEST_MESSAGES

ANSWERED = (
    c.SearchEverything,
    c.FetchTimeline,
    c.FetchCustomer,
    c.ListInteractions,
    inbox.FetchConversation,
    inbox.ListConversations,
)
MOST = 200
_NEWEST = "select body from message where conversation = ?1 and at < ?2 order by at desc, num desc limit ?3"
_EVER = 1e18


class Colleagues(Model, frozen=True, kw_only=True):
    """Whom the agent saw last, as one value to keep."""

    agents: tuple[AgentModel, ...] = ()


def opened(connection: sqlite3.Connection) -> Snapshot | None:
    """The state to open with: what was in hand, with its conversations and cards; None of an empty file."""
    me, centre = copied.kept(connection, "me"), copied.kept(connection, "centre")
    if not me or not centre:
        return None
    who = msgspec.json.decode(me, type=AgentModel)
    info = msgspec.json.decode(centre, type=CentreInfo)
    told = copied.kept(connection, "agents")
    live = {medium.id for medium in info.media if medium.live}
    rows = connection.execute(
        "select body from interaction where json_extract(body, '$.agent') = ?1 "
        "and json_extract(body, '$.state') in ('active', 'held', 'parked', 'wrap_up')",
        (who.id,),
    )
    mine = [
        i
        for i in copied.read(rows, InteractionModel)
        if i.state in IN_HAND and (i.state == "wrap_up" or i.medium not in live)
    ]
    threads = {i.conversation for i in mine if i.conversation}
    conversations = [t for key in sorted(threads) if (t := copied.one(connection, ConversationModel, key))]
    customers = {i.customer for i in mine} | {t.customer for t in conversations}
    return Snapshot(
        me=who,
        centre=info,
        scope="mine",
        interactions=tuple(mine),
        conversations=tuple(conversations),
        messages=tuple(m for t in conversations for m in _newest(connection, t.id, _EVER, NEWEST_MESSAGES)),
        customers=tuple(
            k for key in sorted(customers - {""}) if (k := copied.one(connection, CustomerModel, key))
        ),
        agents=msgspec.json.decode(told, type=Colleagues).agents if told else (),
        views=copied.read(connection.execute("select body from view order by id"), ViewModel),
    )


def answer(connection: sqlite3.Connection, query: c.AnyCommand, me: str) -> Result:
    """Answer one question.  Raises `RefusedError` when it is not on this computer."""
    match query:
        case c.SearchEverything():
            return finding.find(connection, query)
        case c.FetchTimeline():
            return _timeline(connection, query)
        case c.FetchCustomer():
            card = copied.one(connection, CustomerModel, query.customer)
            if card is None:
                raise _missing()
            return Result(customer=card)
        case inbox.FetchConversation():
            return _conversation(connection, query.conversation)
        case inbox.ListConversations():
            return _list(connection, query, me)
        case c.ListInteractions():
            return _interactions(connection, query, me)
        case _:
            raise _missing()


def _missing() -> RefusedError:
    return RefusedError(
        _("This is not on this computer. It can be seen when the server is back."), code="not_copied"
    )


def _newest(connection: sqlite3.Connection, key: str, before: float, limit: int) -> list[MessageModel]:
    found = copied.read(connection.execute(_NEWEST, (key, before, limit)), MessageModel)
    return list(reversed(found))


def _timeline(connection: sqlite3.Connection, query: c.FetchTimeline) -> Result:
    """A page of the customer's messages and calls over all media."""
    thread = copied.one(connection, ConversationModel, query.conversation)
    if thread is None:
        raise _missing()
    limit, before = _most(query.limit), query.before_at or _EVER
    threads = {thread.id}
    if thread.customer:
        rows = connection.execute(
            "select id from conversation where json_extract(body, '$.customer') = ?", (thread.customer,)
        )
        threads |= {str(row[0]) for row in rows}
    items = [
        (m.at, TimelineItem(message=m)) for key in threads for m in _newest(connection, key, before, limit)
    ]
    items += [(i.arrived_at, TimelineItem(interaction=i)) for i in _calls(connection, thread, before)]
    items.sort(key=lambda pair: pair[0])
    return Result(timeline=tuple(item for _at, item in items[-limit:]), more=len(items) >= limit)


def _calls(
    connection: sqlite3.Connection, thread: ConversationModel, before: float
) -> Iterator[InteractionModel]:
    centre = copied.kept(connection, "centre")
    media = msgspec.json.decode(centre, type=CentreInfo).media if centre else ()
    talk = {medium.id for medium in media if medium.talk}
    column, key = ("customer", thread.customer) if thread.customer else ("conversation", thread.id)
    rows = connection.execute(
        f"select body from interaction where json_extract(body, '$.{column}') = ?",  # noqa: S608 - one of two
        (key,),
    )
    for call in copied.read(rows, InteractionModel):
        if call.medium in talk and call.arrived_at < before:
            yield call


def _conversation(connection: sqlite3.Connection, key: str) -> Result:
    """One conversation with its newest messages; of one that was merged, its survivor."""
    seen: set[str] = set()
    thread = copied.one(connection, ConversationModel, key)
    while thread is not None and thread.merged_into and thread.id not in seen:
        seen.add(thread.id)
        thread = copied.one(connection, ConversationModel, thread.merged_into)
    if thread is None:
        raise _missing()
    card = copied.one(connection, CustomerModel, thread.customer) if thread.customer else None
    return Result(
        conversations=(thread,),
        messages=tuple(_newest(connection, thread.id, _EVER, NEWEST_MESSAGES)),
        customers=() if card is None else (card,),
    )


def _list(connection: sqlite3.Connection, query: inbox.ListConversations, me: str) -> Result:
    """A page of a view's conversations, by keyset."""
    limit, oldest = _most(query.limit), query.holds.order == "oldest"
    at, key = _place(query.after) if query.after else ((-_EVER, "") if oldest else (_EVER, ""))
    sign, way = (">", "asc") if oldest else ("<", "desc")
    rows = connection.execute(
        f"select body from conversation where (updated_at, id) {sign} (?, ?) "  # noqa: S608 - one of two each
        f"order by updated_at {way}, id {way}",
        (at, key),
    )
    found: list[ConversationModel] = []
    for row in rows:
        thread = msgspec.json.decode(row[0], type=ConversationModel)
        if holds(query.holds, thread, me):
            found.append(thread)
        if len(found) > limit:
            break
    shown, more = found[:limit], len(found) > limit
    last = f"{shown[-1].updated_at!r} {shown[-1].id}" if more else ""
    return Result(conversations=tuple(shown), cursor=last, more=more)


def _place(cursor: str) -> tuple[float, str]:
    at, _space, key = cursor.partition(" ")
    try:
        return float(at), key
    except ValueError:
        raise RefusedError(_("The list has changed. Show it again."), code="bad_value") from None


def holds(wanted: FilterModel, thread: ConversationModel, me: str) -> bool:
    """Whether a view holds a conversation, as far as the copy of the conversation shows it."""
    owner = thread.owner or thread.agent
    whose = {me if name == "me" else "" if name == "nobody" else name for name in wanted.agents}
    return (
        not thread.merged_into
        and (not wanted.states or thread.state in wanted.states)
        and (not wanted.media or thread.medium in wanted.media)
        and (not wanted.channels or thread.channel in wanted.channels)
        and (not wanted.queues or thread.queue in wanted.queues)
        and (not wanted.agents or owner in whose)
        and set(wanted.tags) <= set(thread.tags)
        and (not wanted.customer or thread.customer == wanted.customer)
        and (not wanted.followed or me in thread.followers)
        and (not wanted.unread or thread.unread > 0)
        and (not wanted.since_at or thread.updated_at >= wanted.since_at)
        and (not wanted.until_at or thread.updated_at < wanted.until_at)
        and _says(thread, wanted.text)
    )


def _says(thread: ConversationModel, text: str) -> bool:
    said = f"{thread.subject} {thread.customer_name} {thread.last_line} {thread.address}".casefold()
    return all(word in said for word in text.casefold().split())


def _interactions(connection: sqlite3.Connection, query: c.ListInteractions, me: str) -> Result:
    limit = _most(query.limit)
    whose = "" if query.scope == "all" else "and json_extract(body, '$.agent') = ?3"
    rows = connection.execute(
        f"select body from interaction where updated_at < ?1 {whose} "  # noqa: S608 - one of two
        "order by updated_at desc, id desc limit ?2",
        (query.before_at or _EVER, limit, *((me,) if whose else ())),
    )
    found = copied.read(rows, InteractionModel)
    return Result(interactions=found, more=len(found) == limit)


def _most(limit: int) -> int:
    return max(1, min(limit, MOST))
