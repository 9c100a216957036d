"""Choosing a state: at once when the hands are empty, else as the next one; and what is due afterwards.

A choice during work never fails and may change; the latest wins, whoever made it (PRODUCT 3.1.7, 3.1.8,
F8; R22, R28).  "Ready" does not wait for written work, which may lie for days: it acts at once beside it, and
what fits beside it is offered (G6).  It waits for a call, and for every wrap-up: "wrap-up, then ready" is
what people know from other desks (3.1.2).  After outbound work the agent is back in the state it had before,
a break stays a break (3.1.9, F9; R23), unless something else was chosen meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from agent_desktop.domain.agent import (
    LOGGED_OUT,
    NOT_READY,
    READY,
    SYSTEM_REASONS,
    Agent,
    AgentEvent,
    NextStateChosen,
    ShiftEnded,
    WentNotReady,
    WentReady,
)
from agent_desktop.domain.interaction import WRAP_UP, Interaction
from agent_desktop.domain.medium import MEDIA, Medium
from agent_desktop.domain.types import AgentId, Instant, MediumId
from agent_desktop.errors import RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody wants an agent's state to be."""

    state: str
    reason: str = ""
    media: tuple[MediumId, ...] = ()
    transfers: bool = False


def choose(
    agent: Agent,
    choice: Choice,
    *,
    work: Collection[Interaction],
    now: Instant,
    cause: str = "agent",
    media: Mapping[MediumId, Medium] = MEDIA,
) -> AgentEvent | None:
    """The event for a choice: at once when idle, else as next state; None when it is so already.

    `work` is what the agent has in hand: beside what is only written "ready" acts at once.
    Raises `RefusedError` for a system reason or a logged-out agent.
    """
    if agent.state == LOGGED_OUT:
        mine = cause == "agent"
        said = "You are signed out. Sign in first." if mine else f"{agent.name} is signed out."
        raise RefusedError(said, code="logged_out")
    if cause == "agent" and choice.state == NOT_READY and choice.reason in SYSTEM_REASONS:
        raise RefusedError("This reason is set by the system only. Choose another.", code="system_reason")
    same = (choice.state, choice.reason) == (agent.state, agent.reason)
    if work and not (agent.state == NOT_READY and ready_beside(choice.state, work, media)):
        if same:
            if agent.state == READY and agent.paused:  # "ready" ends the pauses, whatever is in hand
                return WentReady(agent=agent.id, at=now, cause=cause)
            none = NextStateChosen(agent=agent.id, at=now, cause=cause, state="")
            return none if agent.next_state else None
        return NextStateChosen(
            agent=agent.id,
            at=now,
            cause=cause,
            state=choice.state,
            reason=choice.reason,
            media=choice.media,
            transfers=choice.transfers,
        )
    if same and choice.state == NOT_READY and not agent.next_state:
        return None
    return _taken(agent.id, choice, now, cause)


def ready_beside(state: str, work: Collection[Interaction], media: Mapping[MediumId, Medium] = MEDIA) -> bool:
    """Whether this choice is "ready" and the work in hand lets it act now: written, none of it in wrap-up."""
    return state == READY and not any(i.state == WRAP_UP or media[i.medium].talk for i in work)


def next_event(
    agent: Agent, now: Instant, work: Collection[Interaction], media: Mapping[MediumId, Medium] = MEDIA
) -> AgentEvent | None:
    """The event that is due beside the work in hand: the next state, or back to the one before (F9).

    Due with empty hands; "ready" as soon as what is left in them is only written.
    """
    if work and not ready_beside(agent.next_state, work, media):
        return None
    if agent.next_state:
        chosen = Choice(
            state=agent.next_state,
            reason=agent.next_reason,
            media=tuple(sorted(agent.next_media)),
            transfers=agent.next_transfers,
        )
        return _taken(agent.id, chosen, now, "next_state")
    if agent.return_state and not agent.filled_at and agent.state != LOGGED_OUT:
        before = Choice(
            state=agent.return_state,
            reason=agent.return_reason,
            media=tuple(sorted(agent.return_media)),
            transfers=agent.return_transfers,
        )
        return _taken(agent.id, before, now, "returned")
    return None


def _taken(agent: AgentId, choice: Choice, now: Instant, cause: str) -> AgentEvent:
    if choice.state == READY:
        return WentReady(agent=agent, at=now, cause=cause)
    if choice.state == LOGGED_OUT:
        return ShiftEnded(agent=agent, at=now, cause=cause, reason=choice.reason)
    media, transfers = choice.media, choice.transfers
    return WentNotReady(
        agent=agent, at=now, cause=cause, reason=choice.reason, media=media, transfers=transfers
    )
