"""An agent's state: logged out, ready or not ready; everything else is derived from work in hand.

A state chosen during work is the next state: it never fails, it is shown, the latest choice wins
(PRODUCT 3.1.7, 3.1.8).  A chosen "not ready" stops new offers at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_desktop.domain.copying import replace
from agent_desktop.domain.machine import Machine
from agent_desktop.domain.skills import Place
from agent_desktop.domain.types import AgentId, Instant, MediumId, QueueId, Seconds, SkillId
from agent_desktop.errors import RefusedError

LOGGED_OUT, READY, NOT_READY = "logged_out", "ready", "not_ready"

# System reasons: no agent can pick them (PRODUCT 3.1.5, F10).
NOT_RESPONDING = "not_responding"
LOST_CONNECTION = "lost_connection"
SIGNED_IN_ELSEWHERE = "signed_in_elsewhere"
SUPERVISOR = "supervisor"
SIGNED_IN = "signed_in"
SYSTEM_REASONS = {
    NOT_RESPONDING: "Not responding",
    LOST_CONNECTION: "Lost connection",
    SIGNED_IN_ELSEWHERE: "Signed in elsewhere",
    SUPERVISOR: "Set by a supervisor",
    SIGNED_IN: "Just signed in",
}


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
    since_at: Instant = Instant(0.0)
    next_state: str = ""
    next_reason: str = ""
    idle_since_at: Instant = Instant(0.0)
    tested_at: Instant = Instant(0.0)  # the self-test was passed in this shift
    offered_media: frozenset[MediumId] = frozenset()  # offered although not ready (the reason's `media`)
    transfers: bool = False  # takes what people transfer although not ready (the reason's)
    return_state: str = ""  # taken again after outbound or failed work: ready, not_ready
    return_reason: str = ""
    phone: bool = True  # the phone is registered
    paused: frozenset[QueueId] = frozenset()  # queues of which nothing is offered until the next "ready"
    places: dict[QueueId, Place] = field(default_factory=dict)
    capacity: int = 0
    weight: int = 1
    handled: int = 0  # accepts in this shift
    handled_s: Seconds = Seconds(0.0)  # with work in hand, in this shift
    waited_s: Seconds = Seconds(0.0)  # ready and without work, in this shift
    filled_at: Instant = Instant(0.0)  # since when there is work in hand; 0: there is none
    served_at: Instant = Instant(0.0)  # when work was accepted last


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """Something that happened to an agent's state; `cause` says by whom (PRODUCT 3.1.10)."""

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
    """The agent is offered nothing; `reason` is a reason code."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStateChosen(AgentEvent):
    """A state chosen during work: taken when the hands are empty."""

    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandsEmptied(AgentEvent):
    """The last interaction left the agent's hands: idle from now on."""


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
        (READY, HandsEmptied): READY,
        (NOT_READY, HandsEmptied): NOT_READY,
        (LOGGED_OUT, HandsEmptied): LOGGED_OUT,
        (NOT_READY, SelfTested): NOT_READY,
        (READY, SelfTested): READY,
    },
)


def step(agent: Agent, event: AgentEvent) -> Agent:
    """The agent after `event`.  Raises `IllegalStepError`."""
    state = MACHINE.next(agent.state, event)
    match event:
        case NextStateChosen():
            return replace(agent, next_state=event.state, next_reason=event.reason)
        case SelfTested():
            return replace(agent, tested_at=Instant(0.0) if event.failed else event.at)
        case HandsEmptied():
            return replace(agent, idle_since_at=event.at)
        case WentReady() if agent.state == READY:
            return replace(agent, next_state="", next_reason="")
        case WentNotReady() | ShiftEnded():
            reason = event.reason
        case ShiftStarted():
            reason = SIGNED_IN
        case _:
            reason = ""
    return replace(
        agent,
        state=state,
        reason=reason,
        since_at=event.at,
        next_state="",
        next_reason="",
        idle_since_at=event.at if state == READY else agent.idle_since_at,
        tested_at=Instant(0.0) if isinstance(event, ShiftStarted) else agent.tested_at,
    )


def choose(agent: Agent, *, ready: bool, reason: str, busy: bool, now: Instant) -> AgentEvent | None:
    """The event for an agent's own choice: at once when idle, else as next state.

    Raises `RefusedError` for a system reason or a logged-out agent.
    """
    if agent.state == LOGGED_OUT:
        raise RefusedError("You are signed out. Sign in first.", code="logged_out")
    if reason in SYSTEM_REASONS:
        raise RefusedError("This reason is set by the system only. Choose another.", code="system_reason")
    wanted = READY if ready else NOT_READY
    if not busy:
        if ready:
            return WentReady(agent=agent.id, at=now)
        return WentNotReady(agent=agent.id, at=now, reason=reason)
    if wanted == agent.state and (ready or reason == agent.reason):
        return NextStateChosen(agent=agent.id, at=now, state="", reason="") if agent.next_state else None
    return NextStateChosen(agent=agent.id, at=now, state=wanted, reason=reason)


def next_event(agent: Agent, now: Instant) -> AgentEvent | None:
    """The event that carries out the next state once the hands are empty."""
    if agent.next_state == READY:
        return WentReady(agent=agent.id, at=now, cause="next_state")
    if agent.next_state == NOT_READY:
        return WentNotReady(agent=agent.id, at=now, reason=agent.next_reason, cause="next_state")
    return None


def may_be_offered(agent: Agent) -> bool:
    """Ready, and no break chosen for after the present work."""
    return agent.state == READY and agent.next_state != NOT_READY


def activity(states: tuple[str, ...]) -> str:
    """What an agent with interactions in these states is doing: the strongest of them."""
    for state, word in (("active", "busy"), ("offered", "ringing"), ("held", "held"), ("wrap_up", "wrap_up")):
        if state in states:
            return word
    return "idle"
