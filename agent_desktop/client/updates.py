"""Events in, store changed, news out: the pure half of the one writer.

Each function changes the store by one event at a cost that does not grow with it (a snapshot excepted)
and says what is different.  An event that changes nothing makes no news: the same event twice is silent.
"""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.client.acts import THERE
from agent_desktop.client.news import (
    CentreMoved,
    ConversationMoved,
    CustomerMoved,
    DraftMoved,
    InteractionLeft,
    InteractionMoved,
    MeChanged,
    MessageCame,
    MessageLeft,
    News,
    OfferEnded,
    OfferRang,
    QueueMoved,
    RequestEnded,
    SessionEnded,
    Synced,
    TroublesMoved,
    WorkTaken,
)
from agent_desktop.client.read_along import new_in
from agent_desktop.client.store import Store
from agent_desktop.wire.commands import QUERIES
from agent_desktop.wire.events import (
    AccountChanged,
    AgentChanged,
    AnyEvent,
    CentreChanged,
    ConversationChanged,
    ConversationRemoved,
    CustomerChanged,
    CustomerRemoved,
    DraftShared,
    InteractionChanged,
    InteractionRemoved,
    MessageChanged,
    MessageRemoved,
    OfferMade,
    OfferWithdrawn,
    QueueChanged,
    Reply,
    ScopeChanged,
    SignedOut,
    Snapshot,
    TakenOver,
    TroublesChanged,
    ViewsChanged,
)
from agent_desktop.wire.replica import Replica, apply


def apply_router(store: Store, event: AnyEvent, now: float) -> tuple[News, ...]:
    """Take one event of the router's link."""
    old = store.replica
    match event:
        case Snapshot():
            return _snapshot(store, event, now)
        case Reply():
            return _answered(store, event)
        case AgentChanged(agent=agent):
            before = old.me if agent.id == old.me.id else old.agents.get(agent.id)
            news = _if_new(
                before, agent, MeChanged(old.me, agent) if agent.id == old.me.id else CentreMoved()
            )
        case OfferMade(offer=offer):
            news = (OfferRang(offer),) if offer.id not in old.offers else ()  # else there is more time
        case OfferWithdrawn(offer=offer_id, why=why):
            gone = old.offers.get(offer_id)
            news = () if gone is None else (OfferEnded(gone, why),)
        case InteractionChanged(interaction=interaction):
            was = old.interactions.get(interaction.id)
            news = _if_new(was, interaction, InteractionMoved(was, interaction))
            news += tuple(MessageCame(m, new=True) for m in new_in(was, interaction))
        case InteractionRemoved(interaction=interaction_id):
            left = old.interactions.get(interaction_id)
            news = () if left is None else (InteractionLeft(left),)
        case ConversationChanged(conversation=conversation):
            thread = old.conversations.get(conversation.id)
            news = _if_new(thread, conversation, ConversationMoved(thread, conversation))
        case ConversationRemoved(conversation=conversation_id):
            thread = old.conversations.get(conversation_id)
            news = () if thread is None else (ConversationMoved(thread, None),)
        case MessageChanged(message=message):
            held = {m.id: m for m in old.messages.get(message.conversation, ())}
            known = message.conversation in old.conversations
            news = _if_new(held.get(message.id), message, MessageCame(message, message.id not in held))
            news = news if known else ()
        case MessageRemoved(conversation=conversation_id, message=message_id):
            there = any(m.id == message_id for m in old.messages.get(conversation_id, ()))
            news = (MessageLeft(conversation_id, message_id),) if there else ()
        case DraftShared():
            known_draft = event in old.shared.get(event.conversation, ())
            news = () if known_draft else (DraftMoved(event),)
        case ViewsChanged(views=views):
            news = _if_new(old.views, views, CentreMoved())
        case TroublesChanged(troubles=troubles):
            news = _if_new(old.troubles, troubles, TroublesMoved(old.troubles, troubles))
        case CustomerChanged(customer=customer):
            news = _if_new(old.customers.get(customer.id), customer, CustomerMoved(customer.id))
        case CustomerRemoved(customer=customer_id):
            news = (CustomerMoved(customer_id),) if customer_id in old.customers else ()
        case QueueChanged(queue=queue):
            news = _if_new(old.queues.get(queue.id), queue, QueueMoved(queue.id))
        case CentreChanged(centre=centre):
            news = _if_new(old.centre, centre, CentreMoved())
        case AccountChanged(phone=account):
            news = _if_new(old.phone, account, CentreMoved())
        case ScopeChanged(scope=scope):
            news = _if_new(old.scope, scope, CentreMoved())
        case TakenOver():
            news = _taken(store, event)
        case SignedOut(reason=reason, message=message_text):
            news = (SessionEnded(reason, message_text),)
    store.replica = apply(old, event)
    match event:
        case InteractionChanged(interaction=interaction) if store.is_mine(interaction):
            store.mine.add(interaction.id)
        case InteractionChanged(interaction=interaction):
            store.mine.discard(interaction.id)
        case InteractionRemoved(interaction=interaction_id):
            store.mine.discard(interaction_id)
        case _:
            pass
    return news


def _if_new(before: object, after: object, news: News) -> tuple[News, ...]:
    return () if before == after else (news,)


def _snapshot(store: Store, event: Snapshot, now: float) -> tuple[News, ...]:
    old, first = store.replica, not store.synced
    store.replica = apply(old, event)
    store.mine = {i.id for i in store.replica.interactions.values() if store.is_mine(i)}
    store.synced = True
    store.clock_ahead_s = event.server_at - now if event.server_at else 0.0
    taken = tuple(news for word in event.taken for news in _taken(store, word))
    return (Synced(first), *taken, *differences(old, store.replica, first=first))


def _taken(store: Store, event: TakenOver) -> tuple[News, ...]:
    if store.taken.get(event.interaction, 0.0) >= event.at:
        return ()
    store.taken[event.interaction] = event.at
    return (WorkTaken(event),)


def differences(old: Replica, new: Replica, *, first: bool = False) -> tuple[News, ...]:
    """What happened while the link was away, as far as two states show it."""
    news: list[News] = []
    if first or old.me != new.me:
        news.append(MeChanged(old.me, new.me))
    if old.troubles != new.troubles:
        news.append(TroublesMoved(old.troubles, new.troubles))
    news += [OfferEnded(o, "") for o in old.offers.values() if o.id not in new.offers]
    news += [OfferRang(o) for o in new.offers.values() if old.offers.get(o.id) != o]
    news += [InteractionLeft(i) for i in old.interactions.values() if i.id not in new.interactions]
    for interaction in new.interactions.values():
        before = old.interactions.get(interaction.id)
        if before != interaction:
            news.append(InteractionMoved(before, interaction))
    news += [ConversationMoved(c, None) for c in old.conversations.values() if c.id not in new.conversations]
    for conversation in new.conversations.values():
        thread = old.conversations.get(conversation.id)
        if thread != conversation:
            news.append(ConversationMoved(thread, conversation))
        if not first and thread is not None:
            held = {m.id: m for m in old.messages.get(conversation.id, ())}
            news += [
                MessageCame(m, m.id not in held)
                for m in new.messages.get(conversation.id, ())
                if held.get(m.id) != m
            ]
    return tuple(news)


def _answered(store: Store, reply: Reply) -> tuple[News, ...]:
    asked = store.asked.pop(reply.request, None)
    if asked is None:
        return ()
    ended = replace(
        asked,
        state="confirmed" if reply.ok or reply.code in THERE else "refused",
        code=reply.code,
        message=reply.message,
        result=reply.result,
    )
    if isinstance(asked.command, QUERIES) and reply.ok and reply.result is not None:
        store.results[question(asked.command)] = reply.result
    return (RequestEnded(ended),)


def question(query: object) -> str:
    """The name under which a query's newest answer is kept: its kind and what it is about."""
    subject = ""
    for field in ("conversation", "customer", "interaction", "scope"):
        subject = subject or str(getattr(query, field, "") or "")
    return f"{type(query).__name__}:{subject}"
