"""One piece of work in one medium, from arrival to its disposition.

The machine below is the whole life; each event is an entry of the log.  An offer is a lease: an id, an
agent and a deadline; an accept that names another offer, or comes after the deadline, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from agent_desktop.domain.machine import Machine
from agent_desktop.domain.types import (
    AgentId,
    CallId,
    ChannelId,
    ConversationId,
    CustomerId,
    DispositionCode,
    Instant,
    InteractionId,
    MediumId,
    OfferId,
    QueueId,
    Seconds,
    SkillId,
)
from agent_desktop.errors import RefusedError

ARRIVED, QUEUED, OFFERED, ACTIVE, HELD = "arrived", "queued", "offered", "active", "held"
PARKED, WRAP_UP, CLOSED, ABANDONED = "parked", "wrap_up", "closed", "abandoned"
OVER = frozenset({CLOSED, ABANDONED})
IN_HAND = frozenset({OFFERED, ACTIVE, HELD, WRAP_UP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A lease on an interaction: one agent, one deadline."""

    id: OfferId
    agent: AgentId
    offered_at: Instant
    expires_at: Instant
    reasons: tuple[str, ...] = ()
    auto_accept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The voice side: the switch's call and its instants."""

    id: CallId
    state: str = "ringing"
    from_number: str = ""
    to_number: str = ""
    answered_at: Instant = Instant(0.0)
    bridged_at: Instant = Instant(0.0)
    ended_at: Instant = Instant(0.0)
    ended_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """See the events below for what each field means; instants are zero until they happen."""

    id: InteractionId
    medium: MediumId
    channel: ChannelId = ChannelId("")
    state: str = ARRIVED
    direction: str = "in"
    conversation: ConversationId = ConversationId("")
    customer: CustomerId = CustomerId("")
    customer_name: str = ""
    from_address: str = ""
    to_address: str = ""
    subject: str = ""
    last_line: str = ""
    queue: QueueId = QueueId("")
    skills: dict[SkillId, int] = field(default_factory=dict)  # skill, least proficiency
    priority: int = 50
    preferred: AgentId = AgentId("")
    reserved: AgentId = AgentId("")  # for a while nobody else is asked
    path: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    unread: int = 0
    offer: Offer | None = None
    refused_by: tuple[AgentId, ...] = ()  # since it was queued; they are asked last
    agent: AgentId = AgentId("")
    reasons: tuple[str, ...] = ()
    call: Call | None = None
    arrived_at: Instant = Instant(0.0)
    queued_at: Instant = Instant(0.0)
    accepted_at: Instant = Instant(0.0)
    held_at: Instant = Instant(0.0)
    held_s: Seconds = Seconds(0.0)
    ended_at: Instant = Instant(0.0)
    ended_by: str = ""
    wrapup_at: Instant = Instant(0.0)
    wrapup_deadline_at: Instant = Instant(0.0)
    wrapup_extensions: int = 0
    closed_at: Instant = Instant(0.0)
    promise_at: Instant = Instant(0.0)
    disposition: DispositionCode = DispositionCode("")
    disposition_note: str = ""
    disposition_values: dict[str, str] = field(default_factory=dict)
    updated_at: Instant = Instant(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionEvent:
    """Something that happened to an interaction."""

    interaction: InteractionId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived(InteractionEvent):
    """New work: the whole interaction as it came in."""

    value: Interaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTaken(InteractionEvent):
    """A step in the flow, in words: shown to the agent (H3)."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued(InteractionEvent):
    """It waits in a queue from now on; `queued_at` is kept when it was queued before (original age)."""

    queue: QueueId
    skills: dict[SkillId, int] = field(default_factory=dict)
    priority: int = 50
    promise_at: Instant = Instant(0.0)
    preferred: AgentId = AgentId("")
    reserved: AgentId = AgentId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(InteractionEvent):
    """It rings at one agent."""

    offer: Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(InteractionEvent):
    """The lease is over without an accept: `why` is expired, declined, withdrawn or signed_out."""

    offer: OfferId
    agent: AgentId
    why: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(InteractionEvent):
    """The agent has it."""

    agent: AgentId
    offer: OfferId = OfferId("")
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(InteractionEvent):
    """The customer waits while the agent keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(InteractionEvent):
    """Back to work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked(InteractionEvent):
    """Capacity freed until the customer writes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(InteractionEvent):
    """The customer is gone or the work is done; wrap-up starts, until `deadline_at` (0: no limit)."""

    by: str  # customer, agent, network, system
    deadline_at: Instant = Instant(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpExtended(InteractionEvent):
    """More time for the form."""

    deadline_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(InteractionEvent):
    """The disposition is written, once."""

    code: DispositionCode
    note: str = ""
    values: dict[str, str] = field(default_factory=dict)
    cause: str = "agent"  # agent, timeout, system


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned(InteractionEvent):
    """The customer left before anyone answered."""

    by: str = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(InteractionEvent):
    """Back to a queue (transfer, agent lost): original age kept."""

    queue: QueueId
    preferred: AgentId = AgentId("")
    reserved: AgentId = AgentId("")
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMoved(InteractionEvent):
    """The switch reported the call's new state."""

    call: Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(InteractionEvent):
    """Its face in the list changed: last line, unread count, customer, subject."""

    last_line: str | None = None
    unread: int | None = None
    customer: CustomerId | None = None
    customer_name: str | None = None
    subject: str | None = None


_SAME = (PathTaken, CallMoved, Noted)
_FACE = ("last_line", "unread", "customer", "customer_name", "subject")

MACHINE: Machine[InteractionEvent] = Machine(
    "interaction",
    {
        (ARRIVED, Queued): QUEUED,
        (ARRIVED, Accepted): ACTIVE,  # outbound: the agent began it
        (ARRIVED, Abandoned): ABANDONED,
        (ARRIVED, Closed): CLOSED,  # closed by a flow (out of hours)
        (QUEUED, Queued): QUEUED,
        (QUEUED, Offered): OFFERED,
        (QUEUED, Accepted): ACTIVE,  # taken by hand
        (QUEUED, Abandoned): ABANDONED,
        (QUEUED, Closed): CLOSED,
        (OFFERED, OfferEnded): QUEUED,
        (OFFERED, Accepted): ACTIVE,
        (OFFERED, Abandoned): ABANDONED,
        (ACTIVE, Held): HELD,
        (ACTIVE, Parked): PARKED,
        (ACTIVE, Ended): WRAP_UP,
        (ACTIVE, Returned): QUEUED,
        (ACTIVE, Closed): CLOSED,
        (HELD, Resumed): ACTIVE,
        (HELD, Ended): WRAP_UP,
        (HELD, Returned): QUEUED,
        (PARKED, Returned): QUEUED,
        (PARKED, Accepted): ACTIVE,
        (PARKED, Closed): CLOSED,
        (WRAP_UP, WrapUpExtended): WRAP_UP,
        (WRAP_UP, Closed): CLOSED,
        (WRAP_UP, Returned): QUEUED,  # the customer wrote again before the form was done
        **{(state, event): state for event in _SAME for state in (ARRIVED, QUEUED, OFFERED, ACTIVE)},
        **{(state, event): state for event in _SAME for state in (HELD, PARKED, WRAP_UP, CLOSED, ABANDONED)},
    },
)


def step(before: Interaction | None, event: InteractionEvent) -> Interaction:
    """The interaction after `event`; `before` is None for `Arrived` alone.  Raises `IllegalStepError`."""
    if isinstance(event, Arrived):
        return event.value
    if before is None:
        raise RefusedError("There is no such interaction.", code="unknown_interaction")
    return _moved(before, event, MACHINE.next(before.state, event))


def _moved(i: Interaction, event: InteractionEvent, state: str) -> Interaction:
    """One copy for each event: copying is what a step costs."""
    at = event.at
    to: dict[str, Any] = {"state": state, "updated_at": at}
    match event:
        case PathTaken():
            return replace(i, **to, path=(*i.path, event.step))
        case Queued():
            return replace(
                i,
                **to,
                queue=event.queue,
                skills=event.skills,
                priority=event.priority,
                promise_at=event.promise_at or i.promise_at,
                preferred=event.preferred or i.preferred,
                reserved=event.reserved,
                queued_at=i.queued_at or at,
                refused_by=(),
            )
        case Offered():
            return replace(i, **to, offer=event.offer)
        case OfferEnded():
            refused_by = (*i.refused_by, event.agent)
            return replace(i, **to, offer=None, refused_by=refused_by, reserved=AgentId(""))
        case Accepted():
            return replace(
                i,
                **to,
                offer=None,
                agent=event.agent,
                reasons=event.reasons or (i.offer.reasons if i.offer else ()),
                accepted_at=i.accepted_at or at,
                unread=0,
            )
        case Held():
            return replace(i, **to, held_at=at)
        case Ended():
            return replace(
                _unheld(i, at),
                **to,
                ended_at=at,
                ended_by=event.by,
                wrapup_at=at,
                wrapup_deadline_at=event.deadline_at,
            )
        case WrapUpExtended():
            more = i.wrapup_extensions + 1
            return replace(i, **to, wrapup_deadline_at=event.deadline_at, wrapup_extensions=more)
        case Closed():
            return replace(
                i,
                **to,
                closed_at=at,
                ended_at=i.ended_at or at,
                disposition=event.code,
                disposition_note=event.note,
                disposition_values=event.values,
            )
        case Abandoned():
            return replace(i, **to, offer=None, ended_at=at, closed_at=at, ended_by=event.by)
        case Returned():
            return replace(
                _unheld(i, at),
                **to,
                queue=event.queue,
                agent=AgentId(""),
                preferred=event.preferred,
                reserved=event.reserved,
                refused_by=(),
                ended_at=Instant(0.0),
                wrapup_at=Instant(0.0),
                wrapup_deadline_at=Instant(0.0),
            )
        case CallMoved():
            return replace(i, **to, call=event.call)
        case Noted():
            given = {name: value for name in _FACE if (value := getattr(event, name)) is not None}
            return replace(i, **to, **given)
        case _:  # Resumed; Parked changes nothing else
            return replace(_unheld(i, at), **to)


def _unheld(i: Interaction, at: Instant) -> Interaction:
    if not i.held_at:
        return i
    return replace(i, held_at=Instant(0.0), held_s=Seconds(i.held_s + at - i.held_at))


def accept(i: Interaction, offer: OfferId, agent: AgentId, now: Instant) -> Accepted:
    """The accept of an offer.  Raises `RefusedError`: gone, another's, or after its deadline (G14)."""
    if i.offer is None or i.offer.id != offer or i.offer.agent != agent:
        raise RefusedError("This offer is over; the interaction went elsewhere.", code="offer_over")
    if now >= i.offer.expires_at:
        raise RefusedError("This offer has expired.", code="offer_expired")
    return Accepted(interaction=i.id, at=now, agent=agent, offer=offer, reasons=i.offer.reasons)


def holder(i: Interaction) -> AgentId:
    """Whose hand it is in: the agent it is offered to, or the one who has it; empty when nobody's."""
    if i.state == OFFERED and i.offer is not None:
        return i.offer.agent
    return i.agent if i.state in IN_HAND else AgentId("")
