"""One piece of work in one medium, from arrival to its disposition.

Each event is an entry of the log; `lifecycle` is the machine that they drive.  An offer is a lease: an id, an
agent and a deadline; an accept that names another offer, or comes after the deadline, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_desktop.domain.call import BRIDGED, Call, Recording, companions
from agent_desktop.domain.copying import quick
from agent_desktop.domain.decision import Decision
from agent_desktop.domain.ivr import Place
from agent_desktop.domain.service_level import Promise
from agent_desktop.domain.types import (
    AgentId,
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
BY_HAND = ("You took it from the list",)  # the reasons of work that was taken, not offered
NO_REPLY = "no reply"  # why work that was assigned came back by itself (G8)
IN_HAND = frozenset({OFFERED, ACTIVE, HELD, WRAP_UP})


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A lease on an interaction: one agent, one deadline."""

    id: OfferId
    agent: AgentId
    offered_at: Instant
    expires_at: Instant
    reasons: tuple[str, ...] = ()
    auto_accept: bool = False
    more_s: Seconds = Seconds(0.0)  # what "more time" gives; 0: nothing
    more_times: int = 0
    decision: Decision | None = None


@quick
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
    reserved_until_at: Instant = Instant(0.0)  # then it is anybody's
    sent_by: AgentId = AgentId("")  # who transferred it: asked next when the target does not take it
    path: tuple[str, ...] = ()
    place: Place | None = None  # where a call stands in its flow
    language: str = ""  # that the customer chose; empty: not known
    tags: tuple[str, ...] = ()
    unread: int = 0
    offer: Offer | None = None
    refused_by: tuple[AgentId, ...] = ()  # since it was queued; they are asked last
    offer_ended: str = ""  # why the last offer was not accepted
    agent: AgentId = AgentId("")
    reasons: tuple[str, ...] = ()
    decision: Decision | None = None  # of the offer that was accepted
    call: Call | None = None
    callback_number: str = ""  # the customer is to be called back there, and keeps the place
    callback_at: Instant = Instant(0.0)  # not before
    callback_tries: int = 0
    recordings: tuple[Recording, ...] = ()
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
    entered_at: Instant = Instant(0.0)  # when it came to wait in this queue; skill steps and delays count it
    stage: int = 0  # the skill step that is asked; after the last: anybody in the queue
    delay_s: Seconds = Seconds(0.0)  # the longest delay of an agent's place that is over
    older_s: Seconds = Seconds(0.0)  # ranked as if it had waited so much longer; reported wait is true
    replied_at: Instant = Instant(0.0)  # the last public reply
    assigned_at: Instant = Instant(0.0)  # since when the agent has it: the return timer counts it
    promises: tuple[Promise, ...] = ()
    closed_at: Instant = Instant(0.0)
    promise_at: Instant = Instant(0.0)
    disposition: DispositionCode = DispositionCode("")
    disposition_note: str = ""
    disposition_values: dict[str, str] = field(default_factory=dict)
    survey: bool = False  # the customer is asked afterwards
    updated_at: Instant = Instant(0.0)

    @property
    def talks(self) -> bool:
        """An agent and a customer hear each other now."""
        return self.state == ACTIVE and self.call is not None and self.call.state == BRIDGED


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
    """A step in the flow, in words (H3; empty: none to show), and where the call stands now."""

    step: str
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued(InteractionEvent):
    """It waits in a queue from now on; `queued_at` is kept when it was queued before (original age)."""

    queue: QueueId
    skills: dict[SkillId, int] = field(default_factory=dict)
    priority: int = 50
    promise_at: Instant = Instant(0.0)
    preferred: AgentId = AgentId("")
    reserved: AgentId = AgentId("")
    reserved_until_at: Instant = Instant(0.0)


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
    taken_from: AgentId = AgentId("")  # who had parked it


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
    """More time for the form; not counted when the agent's one clock brought it along."""

    deadline_at: Instant
    counted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionChosen(InteractionEvent):
    """The code that is written at the deadline; until then it can be changed."""

    code: DispositionCode
    note: str = ""
    values: dict[str, str] = field(default_factory=dict)
    survey: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(InteractionEvent):
    """The disposition is written, once."""

    code: DispositionCode
    note: str = ""
    values: dict[str, str] = field(default_factory=dict)
    cause: str = "agent"  # agent, timeout, system, supervisor
    survey: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned(InteractionEvent):
    """The customer left before anyone answered."""

    by: str = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway(InteractionEvent):
    """Nobody is left in the queue: the caller hears so, and waits no more (G9)."""

    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(InteractionEvent):
    """Back to a queue (transfer, agent lost): original age kept."""

    queue: QueueId
    preferred: AgentId = AgentId("")
    reserved: AgentId = AgentId("")
    reserved_until_at: Instant = Instant(0.0)
    sent_by: AgentId = AgentId("")
    why: str = ""
    skills: dict[SkillId, int] | None = None  # what it asks for in another queue; none: the same
    taken_from: AgentId = AgentId("")  # who had it, where `by` took it away
    by: AgentId = AgentId("")


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
    wrote: bool = False  # because the customer wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class Rethreaded(InteractionEvent):
    """It is the work of another conversation now: a merge, or its undoing."""

    conversation: ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied(InteractionEvent):
    """An agent wrote to the customer; a note is no reply."""

    by: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(InteractionEvent):
    """Another agent has it now: an attended transfer, a conference left, a call taken over."""

    agent: AgentId
    why: str = ""
    taken_from: AgentId = AgentId("")  # who had it, where somebody else (`by`) took it
    by: AgentId = AgentId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAsked(InteractionEvent):
    """The customer is to be called back, not before `not_before`; the age is kept (PRODUCT 3.10)."""

    number: str
    not_before: Instant = Instant(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTried(InteractionEvent):
    """The customer was called back; `reached` ends the wish, otherwise it is tried again."""

    reached: bool
    not_before: Instant = Instant(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingKept(InteractionEvent):
    """A recording is there, or is longer now."""

    recording: Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class ActNoted(InteractionEvent):
    """An audit entry: who listened, recorded, paused, masked.  It changes nothing."""

    by: AgentId
    act: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Widened(InteractionEvent):
    """It has waited long enough for the next skill step, or for agents whose place has a delay."""

    stage: int
    delay_s: Seconds = Seconds(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankChanged(InteractionEvent):
    """Somebody moved it in the queue; the reported wait stays true (PRODUCT 3.12.3)."""

    by: AgentId
    priority: int
    older_s: Seconds = Seconds(0.0)
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesSet(InteractionEvent):
    """The promises as they run from now on."""

    promises: tuple[Promise, ...]


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


def hand(i: Interaction | None) -> AgentId:
    """Who has it in hand, accepted; empty while it is only offered, or nobody's."""
    in_hand = i is not None and i.state in IN_HAND and i.state != OFFERED
    return i.agent if i is not None and in_hand else AgentId("")


def concerned(i: Interaction | None) -> set[AgentId]:
    """Everybody whose hands or ears it is in: the holder, the consulted, who supervises."""
    if i is None:
        return set()
    hand = holder(i)
    if i.call is None or i.state in OVER:
        return {hand} if hand else set()
    return {agent for agent in (hand, *companions(i.call)) if agent}
