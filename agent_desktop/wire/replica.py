"""The copy of the router's state that a front end holds.

The same `apply` serves the desktop, the text mode and the test that proves
snapshot + events == fresh snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
from agent_desktop.wire.listing import ViewModel
from agent_desktop.wire.models import (
    AgentModel,
    CentreInfo,
    ConversationModel,
    CustomerModel,
    InteractionModel,
    MessageModel,
    OfferModel,
    PhoneAccount,
    QueueModel,
    TroubleModel,
)

NEWEST_MESSAGES = 30


@dataclass(slots=True)
class Replica:
    """What this front end may see, keyed by id.  `messages` holds each conversation's newest 30."""

    me: AgentModel = field(default_factory=lambda: AgentModel(id="", name=""))
    centre: CentreInfo = field(default_factory=lambda: CentreInfo(name=""))
    phone: PhoneAccount | None = None
    scope: str = "mine"
    interactions: dict[str, InteractionModel] = field(default_factory=dict)
    offers: dict[str, OfferModel] = field(default_factory=dict)
    conversations: dict[str, ConversationModel] = field(default_factory=dict)
    messages: dict[str, tuple[MessageModel, ...]] = field(default_factory=dict)
    customers: dict[str, CustomerModel] = field(default_factory=dict)
    queues: dict[str, QueueModel] = field(default_factory=dict)
    agents: dict[str, AgentModel] = field(default_factory=dict)
    views: tuple[ViewModel, ...] = ()
    shared: dict[str, tuple[DraftShared, ...]] = field(default_factory=dict)  # colleagues' drafts, shown now
    troubles: tuple[TroubleModel, ...] = ()
    signed_out: str = ""


def order(message: MessageModel) -> tuple[float, str]:
    """The place of a message in its conversation: by time, then by id."""
    return (message.at, message.id)


def newest(messages: tuple[MessageModel, ...]) -> tuple[MessageModel, ...]:
    """The newest messages of a conversation, oldest of them first."""
    return tuple(sorted(messages, key=order))[-NEWEST_MESSAGES:]


def from_snapshot(snapshot: Snapshot) -> Replica:
    """The replica that a snapshot describes."""
    by_conversation: dict[str, tuple[MessageModel, ...]] = {}
    for message in snapshot.messages:
        by_conversation[message.conversation] = (*by_conversation.get(message.conversation, ()), message)
    shared: dict[str, tuple[DraftShared, ...]] = {}
    for draft in snapshot.shared:
        shared[draft.conversation] = (*shared.get(draft.conversation, ()), draft)
    return Replica(
        me=snapshot.me,
        centre=snapshot.centre,
        phone=snapshot.phone,
        scope=snapshot.scope,
        interactions={i.id: i for i in snapshot.interactions},
        offers={o.id: o for o in snapshot.offers},
        conversations={c.id: c for c in snapshot.conversations},
        messages={c: newest(m) for c, m in by_conversation.items()},
        customers={c.id: c for c in snapshot.customers},
        queues={q.id: q for q in snapshot.queues},
        agents={a.id: a for a in snapshot.agents},
        views=snapshot.views,
        shared=shared,
        troubles=snapshot.troubles,
    )


def apply(replica: Replica, event: AnyEvent) -> Replica:
    """Change the replica by one event, in place, at a cost that does not grow with its size.

    A `Snapshot` starts a new replica, so keep what is returned.  Applying an event twice changes nothing.
    """
    match event:
        case Snapshot():
            return from_snapshot(event)
        case AgentChanged(agent=agent):
            replica.agents[agent.id] = agent
            if agent.id == replica.me.id:
                replica.me = agent
        case OfferMade(offer=offer):
            replica.offers[offer.id] = offer
        case OfferWithdrawn(offer=offer_id):
            replica.offers.pop(offer_id, None)
        case InteractionChanged(interaction=interaction):
            replica.interactions[interaction.id] = interaction
        case InteractionRemoved(interaction=interaction_id):
            replica.interactions.pop(interaction_id, None)
        case ConversationChanged(conversation=conversation):
            replica.conversations[conversation.id] = conversation
        case ConversationRemoved(conversation=conversation_id):
            replica.conversations.pop(conversation_id, None)
            replica.messages.pop(conversation_id, None)
            replica.shared.pop(conversation_id, None)
        case MessageChanged(message=message):
            _put_message(replica, message)
        case MessageRemoved(conversation=conversation_id, message=message_id):
            rest = tuple(m for m in replica.messages.pop(conversation_id, ()) if m.id != message_id)
            if rest:
                replica.messages[conversation_id] = rest
        case DraftShared():
            _share(replica, event)
        case ViewsChanged(views=views):
            replica.views = views
        case TroublesChanged(troubles=troubles):
            replica.troubles = troubles
        case CustomerChanged(customer=customer):
            replica.customers[customer.id] = customer
        case CustomerRemoved(customer=customer_id):
            replica.customers.pop(customer_id, None)
        case QueueChanged(queue=queue):
            replica.queues[queue.id] = queue
        case CentreChanged(centre=centre):
            replica.centre = centre
        case AccountChanged(phone=phone):
            replica.phone = phone
        case ScopeChanged(scope=scope):
            replica.scope = scope
        case SignedOut(reason=reason):
            replica.signed_out = reason
        case Reply() | TakenOver():
            pass
    return replica


def _put_message(replica: Replica, message: MessageModel) -> None:
    if message.conversation not in replica.conversations:
        return
    held = tuple(m for m in replica.messages.get(message.conversation, ()) if m.id != message.id)
    replica.messages[message.conversation] = newest((*held, message))


def _share(replica: Replica, draft: DraftShared) -> None:
    if draft.conversation not in replica.conversations:
        return
    held = {(d.agent, d.mode): d for d in replica.shared.get(draft.conversation, ())}
    held.pop((draft.agent, draft.mode), None)
    if draft.text:
        held[draft.agent, draft.mode] = draft
    replica.shared[draft.conversation] = tuple(held[place] for place in sorted(held))
    if not held:
        del replica.shared[draft.conversation]
