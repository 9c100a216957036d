"""What the router tells a front end: one tagged struct per event.

A `Snapshot` replaces the replica; every later event changes it.  The rule that a test keeps:
snapshot + events == fresh snapshot, for any history (`wire.replica`).
"""

from __future__ import annotations

import msgspec

from agent_desktop.wire.calls import TargetModel
from agent_desktop.wire.listing import ViewModel
from agent_desktop.wire.model import Model
from agent_desktop.wire.models import (
    AgentModel,
    ArticleModel,
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
from agent_desktop.wire.routing import ExplanationModel


class Event(Model, frozen=True, kw_only=True, tag_field="type"):
    """The base of every event; its tag is the class name."""


class DraftShared(Event, frozen=True, kw_only=True, tag=True):
    """A colleague shows the draft as it is now; an empty one is not shown any more."""

    conversation: str
    agent: str
    name: str
    mode: str = "reply"
    text: str = ""
    at: float = 0.0


class TakenOver(Event, frozen=True, kw_only=True, tag=True):
    """Somebody took this agent's work: told once, to who had it; `name` and `customer` are for the screen.

    `how` is taken (`by` has it now), given (to another agent), queued, or merged (into another's work);
    `to_name` is that agent or queue.
    """

    interaction: str
    by: str
    name: str
    customer: str = ""
    medium: str = ""
    how: str = "taken"
    to_name: str = ""
    at: float = 0.0


class Snapshot(Event, frozen=True, kw_only=True, tag=True):
    """Everything the front end may see now.  Messages are each conversation's newest 30."""

    me: AgentModel
    centre: CentreInfo
    phone: PhoneAccount | None = None
    scope: str = "mine"
    interactions: tuple[InteractionModel, ...] = ()
    offers: tuple[OfferModel, ...] = ()
    conversations: tuple[ConversationModel, ...] = ()
    messages: tuple[MessageModel, ...] = ()
    customers: tuple[CustomerModel, ...] = ()
    queues: tuple[QueueModel, ...] = ()
    agents: tuple[AgentModel, ...] = ()
    views: tuple[ViewModel, ...] = ()
    shared: tuple[DraftShared, ...] = ()  # colleagues' drafts
    troubles: tuple[TroubleModel, ...] = ()  # what does not work; for who leads
    taken: tuple[TakenOver, ...] = ()  # that this agent's programs are not known to have heard
    server_at: float = 0.0


class AgentChanged(Event, frozen=True, kw_only=True, tag=True):
    """An agent's state; the front end's own agent too."""

    agent: AgentModel


class OfferMade(Event, frozen=True, kw_only=True, tag=True):
    """Ring: an interaction is offered to this agent."""

    offer: OfferModel


class OfferWithdrawn(Event, frozen=True, kw_only=True, tag=True):
    """The offer is over; `why` is accepted, declined, expired, abandoned, withdrawn or signed_out."""

    offer: str
    interaction: str
    why: str = ""


class InteractionChanged(Event, frozen=True, kw_only=True, tag=True):
    """An interaction that this front end may see, as it is now."""

    interaction: InteractionModel


class InteractionRemoved(Event, frozen=True, kw_only=True, tag=True):
    """The interaction left this front end's view (closed, taken by another, scope changed)."""

    interaction: str


class ConversationChanged(Event, frozen=True, kw_only=True, tag=True):
    """A conversation in view, as it is now."""

    conversation: ConversationModel


class ConversationRemoved(Event, frozen=True, kw_only=True, tag=True):
    """The conversation left this front end's view, with its messages."""

    conversation: str


class MessageChanged(Event, frozen=True, kw_only=True, tag=True):
    """A message is new, or its delivery state moved on."""

    message: MessageModel


class MessageRemoved(Event, frozen=True, kw_only=True, tag=True):
    """The message is not in this conversation any more: called back, or moved by a split or a merge."""

    conversation: str
    message: str


class ViewsChanged(Event, frozen=True, kw_only=True, tag=True):
    """The views that this agent may choose, beside those of the configuration."""

    views: tuple[ViewModel, ...] = ()


class TroublesChanged(Event, frozen=True, kw_only=True, tag=True):
    """All that does not work now; for who leads."""

    troubles: tuple[TroubleModel, ...]


class CustomerChanged(Event, frozen=True, kw_only=True, tag=True):
    """A customer in view, as the card shows it now."""

    customer: CustomerModel


class CustomerRemoved(Event, frozen=True, kw_only=True, tag=True):
    """The customer left this front end's view."""

    customer: str


class QueueChanged(Event, frozen=True, kw_only=True, tag=True):
    """A queue's live numbers; coalesced."""

    queue: QueueModel


class CentreChanged(Event, frozen=True, kw_only=True, tag=True):
    """The configuration was applied anew."""

    centre: CentreInfo


class AccountChanged(Event, frozen=True, kw_only=True, tag=True):
    """The own phone registers with this account from now on (the exchange was started anew)."""

    phone: PhoneAccount | None = None


class ScopeChanged(Event, frozen=True, kw_only=True, tag=True):
    """The stream carries this scope from now on: mine, queue or all."""

    scope: str


class SignedOut(Event, frozen=True, kw_only=True, tag=True):
    """This session is over; `reason` is signed_out, signed_in_elsewhere, supervisor or expired."""

    reason: str
    message: str = ""


class TimelineItem(Model, frozen=True, kw_only=True):
    """A message, or an interaction shown as a card (a call)."""

    message: MessageModel | None = None
    interaction: InteractionModel | None = None


class SearchHit(Model, frozen=True, kw_only=True):
    """One thing found; `kind` is message, note, call, customer or article; [ and ] mark the hits."""

    kind: str
    id: str
    title: str
    highlight: str = ""
    at: float = 0.0
    conversation: str = ""
    customer: str = ""
    medium: str = ""


class Result(Model, frozen=True, kw_only=True):
    """What a query found; only the fields that belong to the query are filled."""

    timeline: tuple[TimelineItem, ...] = ()
    customer: CustomerModel | None = None
    articles: tuple[ArticleModel, ...] = ()
    hits: tuple[SearchHit, ...] = ()
    interactions: tuple[InteractionModel, ...] = ()
    lines: tuple[str, ...] = ()
    explanation: ExplanationModel | None = None
    targets: tuple[TargetModel, ...] = ()
    conversations: tuple[ConversationModel, ...] = ()
    messages: tuple[MessageModel, ...] = ()
    customers: tuple[CustomerModel, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()  # (view, conversations in it)
    removed: tuple[tuple[str, str], ...] = ()  # (kind, id) that is gone or not to be seen any more
    cursor: str = ""  # where the next page begins
    more: bool = False


class Reply(Event, frozen=True, kw_only=True, tag=True):
    """The answer to one request.  A refusal says what happened and what to do."""

    request: str
    ok: bool = True
    code: str = ""
    message: str = ""
    result: Result | None = None


class Unknown(msgspec.Struct, frozen=True):
    """A tag that this version does not know; kept, shown in the log, never an error."""

    tag: str


AnyEvent = (
    Snapshot
    | AgentChanged
    | OfferMade
    | OfferWithdrawn
    | InteractionChanged
    | InteractionRemoved
    | ConversationChanged
    | ConversationRemoved
    | MessageChanged
    | MessageRemoved
    | DraftShared
    | TakenOver
    | ViewsChanged
    | TroublesChanged
    | CustomerChanged
    | CustomerRemoved
    | QueueChanged
    | CentreChanged
    | AccountChanged
    | ScopeChanged
    | SignedOut
    | Reply
)
