"""An agent's state: logged out, ready or not ready; everything else is derived from work in hand.

A state chosen during work is the next state: it never fails, it is shown, the latest choice wins whoever
made it, and what the system does meanwhile does not undo it (PRODUCT 3.1.7, 3.1.8; R22).  A chosen "not
ready" stops new offers at once, but for the media that its reason leaves open; "ready" does not wait for
written work (`choosing`).

The idle order: a new turn begins with "ready", whatever is in hand, and each time work leaves the hands,
whatever stays in them: a mail that lies open makes nobody first for call after call.  An offer that ends
without an accept leaves the turn alone: who declines is asked first for the next work, so that declining is
no rest; who misses an offer is not ready, and the turn begins anew with "ready".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agent_desktop.domain.copying import replace
from agent_desktop.domain.machine import Machine
from agent_desktop.domain.skills import Place
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId, Seconds, SkillId

LOGGED_OUT, READY, NOT_READY = "logged_out", "ready", "not_ready"

# System reasons: no agent can pick them (PRODUCT 3.1.5, F10).
NOT_RESPONDING = "not_responding"
LOST_CONNECTION = "lost_connection"
SIGNED_IN_ELSEWHERE = "signed_in_elsewhere"
SUPERVISOR = "supervisor"
SIGNED_IN = "signed_in"
CRASH = "crash"
SELF_TEST_FAILED = "self_test_failed"
SYSTEM_REASONS = {
    NOT_RESPONDING: "Not responding",
    LOST_CONNECTION: "Lost connection",
    SIGNED_IN_ELSEWHERE: "Signed in elsewhere",
    SUPERVISOR: "Set by a supervisor",
    SIGNED_IN: "Just signed in",
    CRASH: "Program ended unexpectedly",
    SELF_TEST_FAILED: "Self-test failed",
}
SYSTEM_NUMBERS = {SUPERVISOR: 33, LOST_CONNECTION: 255, SIGNED_IN_ELSEWHERE: 32_740}
# Extension conflict, off-hook outside the queue: no state here.  Two agents never have one extension, the
# configuration is refused; a call dialled on the phone itself is work in hand like any other.
RESERVED_NUMBERS = frozenset({*SYSTEM_NUMBERS.values(), 32_741, 32_742})
SIGNED_OUT = "signed_out"  # the reason of a shift's end, as `LOST_CONNECTION` and `SUPERVISOR` may be

NEEDED_CHECKS = ("microphone", "speaker", "registration")  # of a self-test that counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person who serves: who it is, what it can do, and its state.

    `load` counts the interactions in hand per medium (offered, active, held, wrap-up) and is derived:
    the hub keeps it beside the log.
    """

    id: AgentId
    name: str
    role: str = "agent"
    extension: str = ""
    team: str = ""
    queues: frozenset[QueueId] = frozenset()
    skills: dict[SkillId, int] = field(default_factory=dict)
    limits: dict[MediumId, int] = field(default_factory=dict)
    state: str = LOGGED_OUT
    reason: str = ""
    cause: str = ""  # by whom or what the state is so (PRODUCT 3.1.10)
    since_at: Instant = Instant(0.0)
    next_state: str = ""
    next_reason: str = ""
    next_media: frozenset[MediumId] = frozenset()
    next_transfers: bool = False
    idle_since_at: Instant = Instant(0.0)
    tested_at: Instant = Instant(0.0)  # the self-test was passed in this shift
    offered_media: frozenset[MediumId] = frozenset()  # offered although not ready (the reason's `media`)
    transfers: bool = False  # takes what people transfer although not ready (the reason's)
    return_state: str = ""  # taken again after outbound or failed work: ready, not_ready
    return_reason: str = ""
    return_media: frozenset[MediumId] = frozenset()
    return_transfers: bool = False
    phone: bool = True  # the phone is registered
    paused: frozenset[QueueId] = frozenset()  # queues of which nothing is offered until the next "ready"
    places: dict[QueueId, Place] = field(default_factory=dict)
    capacity: int = 0
    weight: int = 1
    timers: float = 1.0  # offers and wrap-ups last so many times as long
    auto_accept: bool = True  # false: nothing is answered by itself
    handled: int = 0  # accepts in this shift
    handled_s: Seconds = Seconds(0.0)  # with work in hand, in this shift
    waited_s: Seconds = Seconds(0.0)  # ready and without work, in this shift
    filled_at: Instant = Instant(0.0)  # work is in hand, in `handled_s` up to here; 0: there is none
    free_at: Instant = Instant(0.0)  # since when ready and without work; 0: it is not so
    served_at: Instant = Instant(0.0)  # when work was accepted last
    keeps_idle: bool = False  # all that came into the hands leaves the idle order alone
    aside: frozenset[InteractionId] = frozenset()  # what is in hand and leaves the idle order alone


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """Something that happened to an agent's state; `cause` says by whom (PRODUCT 3.1.10).

    agent, supervisor; login, signed_out, signed_in_elsewhere, lost_connection, crash; offer_expired,
    phone_failed, self_test; next_state, returned; work, exchange.
    """

    agent: AgentId
    at: Instant
    cause: str = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftStarted(AgentEvent):
    """The agent signed in; not ready until the agent says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftEnded(AgentEvent):
    """The agent signed out, or the centre gave up waiting for the connection."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WentReady(AgentEvent):
    """The agent may be offered work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WentNotReady(AgentEvent):
    """The agent is offered nothing but `media` and, with `transfers`, what people transfer."""

    reason: str
    media: tuple[MediumId, ...] = ()
    transfers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStateChosen(AgentEvent):
    """A state chosen during work: taken when it is due (`choosing`).  Empty: the present one stays."""

    state: str
    reason: str = ""
    media: tuple[MediumId, ...] = ()
    transfers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandsFilled(AgentEvent):
    """One more piece of work came into the agent's hands: accepted, dialled, taken, handed over."""

    interaction: InteractionId
    outbound: bool = False
    rest: bool = False  # what is left of work counted already: the form after a call that was put through
    keeps_idle: bool = False  # this work leaves the idle order alone


@dataclass(frozen=True, slots=True, kw_only=True)
class HandsEased(AgentEvent):
    """One interaction left the agent's hands, and other work stays in them: the turn begins anew."""

    interaction: InteractionId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandsEmptied(AgentEvent):
    """The last interaction left the agent's hands: idle from now on."""

    interaction: InteractionId = InteractionId("")  # older routers did not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneMoved(AgentEvent):
    """The exchange says that the agent's phone is there, or gone."""

    registered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedInQueue(AgentEvent):
    """An offer was missed: nothing of this queue is offered until the next "ready" (PRODUCT 3.4.7)."""

    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTested(AgentEvent):
    """The self-test before the shift is over; `failed` names what failed."""

    failed: tuple[str, ...] = ()


MACHINE: Machine[AgentEvent] = Machine(
    "agent",
    {
        (LOGGED_OUT, ShiftStarted): NOT_READY,
        (READY, ShiftEnded): LOGGED_OUT,
        (NOT_READY, ShiftEnded): LOGGED_OUT,
        (NOT_READY, WentReady): READY,
        (READY, WentReady): READY,
        (READY, WentNotReady): NOT_READY,
        (NOT_READY, WentNotReady): NOT_READY,
        (READY, NextStateChosen): READY,
        (NOT_READY, NextStateChosen): NOT_READY,
        (NOT_READY, SelfTested): NOT_READY,
        (READY, SelfTested): READY,
        (READY, PausedInQueue): READY,
        (NOT_READY, PausedInQueue): NOT_READY,
    }
    | {
        (state, kind): state
        for state in (LOGGED_OUT, READY, NOT_READY)
        for kind in (HandsFilled, HandsEased, HandsEmptied, PhoneMoved)
    },
)
_NO_NEXT: dict[str, Any] = {
    "next_state": "",
    "next_reason": "",
    "next_media": frozenset(),
    "next_transfers": False,
}
_NO_RETURN: dict[str, Any] = {
    "return_state": "",
    "return_reason": "",
    "return_media": frozenset(),
    "return_transfers": False,
}
_CHOSEN = frozenset({"agent", "supervisor", "next_state", "returned"})  # causes that settle what is next


def step(agent: Agent, event: AgentEvent) -> Agent:
    """The agent after `event`.  Raises `IllegalStepError`."""
    state = MACHINE.next(agent.state, event)
    beside: dict[str, Any] = {}  # what changes with the state: one copy for each event
    match event:
        case HandsFilled():
            return _filled(agent, event)
        case HandsEased():
            return replace(agent, **_left_hands(agent, event))
        case HandsEmptied():
            return _emptied(agent, event)
        case NextStateChosen():
            return replace(
                agent,
                next_state=event.state,
                next_reason=event.reason,
                next_media=frozenset(event.media),
                next_transfers=event.transfers,
            )
        case SelfTested():
            return replace(agent, tested_at=Instant(0.0) if event.failed else event.at)
        case PhoneMoved():
            return replace(agent, phone=event.registered)
        case PausedInQueue():
            return replace(agent, paused=agent.paused | {event.queue})
        case WentReady() if agent.state == READY:
            return replace(agent, paused=frozenset(), **_NO_NEXT, **_NO_RETURN)
        case WentReady():
            cleared = {"reason": "", "paused": frozenset(), **_NO_NEXT, **_NO_RETURN}
            beside = {**cleared, "idle_since_at": event.at}
        case WentNotReady():
            beside = {"reason": event.reason, **_after_break(agent, event)}
        case ShiftEnded():
            beside = {"reason": event.reason, **_NO_NEXT, **_NO_RETURN}
        case ShiftStarted():
            agent = _fresh(agent, event.at)
        case _:  # nothing else changes the state
            return agent
    broken = event if isinstance(event, WentNotReady) else None
    return replace(
        agent,
        state=state,
        cause=event.cause,
        since_at=event.at,
        **beside,
        offered_media=frozenset(broken.media) if broken else frozenset(),
        transfers=broken.transfers if broken else False,
        **_waited(agent, event.at, free=state == READY and not agent.filled_at),
    )


def _after_break(agent: Agent, event: WentNotReady) -> dict[str, Any]:
    """What stays chosen: a missed offer undoes nothing; who is not there is offered nothing afterwards."""
    missed = event.reason == NOT_RESPONDING and agent.filled_at
    offered = agent.next_state == READY or agent.next_media or agent.next_transfers
    settled = event.cause in _CHOSEN or (offered and not missed)
    return {**(_NO_NEXT if settled else {}), **({} if missed else _NO_RETURN)}


def _fresh(agent: Agent, at: Instant) -> Agent:
    """A shift begins: nothing is counted yet."""
    return replace(
        agent,
        reason=SIGNED_IN,
        tested_at=Instant(0.0),
        paused=frozenset(),
        handled=0,
        handled_s=Seconds(0.0),
        waited_s=Seconds(0.0),
        served_at=Instant(0.0),
        filled_at=at if agent.filled_at else Instant(0.0),
        **_NO_NEXT,
        **_NO_RETURN,
    )


def _filled(agent: Agent, event: HandsFilled) -> Agent:
    first = not agent.filled_at
    back: dict[str, Any] = {}
    if event.outbound and (first or not agent.return_state):
        back = {
            "return_state": agent.state,
            "return_reason": agent.reason,
            "return_media": agent.offered_media,
            "return_transfers": agent.transfers,
        }
    elif first and agent.return_state:
        back = _NO_RETURN
    return replace(
        agent,
        handled=agent.handled + (not event.rest),
        served_at=agent.served_at if event.rest else event.at,
        filled_at=agent.filled_at or event.at,
        keeps_idle=agent.keeps_idle if event.rest else event.keeps_idle and (first or agent.keeps_idle),
        aside=agent.aside | {event.interaction} if event.keeps_idle else agent.aside,
        **back,
        **_waited(agent, event.at, free=False),
    )


def _left_hands(agent: Agent, event: HandsEased | HandsEmptied) -> dict[str, Any]:
    """A turn begins anew, and what was handled up to now is counted."""
    aside = event.interaction in agent.aside
    held_s = max(0.0, event.at - agent.filled_at) if agent.filled_at else 0.0
    return {
        "idle_since_at": agent.idle_since_at if aside else event.at,
        "aside": agent.aside - {event.interaction} if aside else agent.aside,
        "handled_s": Seconds(agent.handled_s + held_s),
        "filled_at": max(agent.filled_at, event.at) if agent.filled_at else agent.filled_at,
    }


def _emptied(agent: Agent, event: HandsEmptied) -> Agent:
    back = agent.return_state and (agent.return_state, agent.return_reason) == (agent.state, agent.reason)
    beside = {**_left_hands(agent, event), **(_NO_RETURN if back else {})}
    if agent.keeps_idle:
        beside["idle_since_at"] = agent.idle_since_at
    beside |= {"filled_at": Instant(0.0), "keeps_idle": False, "aside": frozenset()}
    return replace(agent, **beside, **_waited(agent, event.at, free=agent.state == READY))


def _waited(agent: Agent, at: Instant, *, free: bool) -> dict[str, Any]:
    """Count the time of being ready without work, which begins or ends here; empty: neither."""
    if free == bool(agent.free_at):
        return {}
    if free:
        return {"free_at": at}
    waited_s = agent.waited_s + max(0.0, at - agent.free_at)
    return {"waited_s": Seconds(waited_s), "free_at": Instant(0.0)}


def may_be_offered(agent: Agent) -> bool:
    """Ready, and nothing else chosen for after the present work."""
    return agent.state == READY and agent.next_state in {"", READY}


def works(agent: Agent) -> bool:
    """Whether anything at all is offered in this state: ready, or not ready but for some of the work."""
    return agent.state == READY or bool(agent.offered_media) or agent.transfers


def open_to(agent: Agent, medium: MediumId, *, transferred: bool = False) -> bool:
    """Whether the state lets work of this medium be offered; `transferred`: a person sent it (3.1.1, G15)."""
    now = agent.state == READY or _left(agent.offered_media, agent.transfers, medium, transferred)
    if agent.state == LOGGED_OUT or not now:
        return False
    then = agent.next_state in {"", READY}
    return then or _left(agent.next_media, agent.next_transfers, medium, transferred)


def _left(media: frozenset[MediumId], transfers: bool, medium: MediumId, transferred: bool) -> bool:  # noqa: FBT001 - one rule, said once
    return medium in media or (transferred and transfers)


def activity(states: tuple[str, ...]) -> str:
    """What an agent with interactions in these states is doing: the strongest of them."""
    for state, word in (("active", "busy"), ("offered", "ringing"), ("held", "held"), ("wrap_up", "wrap_up")):
        if state in states:
            return word
    return "idle"
