"""The whole life of an interaction: which event may follow in which state, and what it changes."""

from __future__ import annotations

from typing import Any

from agent_desktop.domain.copying import replace
from agent_desktop.domain.interaction import (
    ABANDONED,
    ACTIVE,
    ARRIVED,
    CLOSED,
    HELD,
    NO_REPLY,
    OFFERED,
    PARKED,
    QUEUED,
    WRAP_UP,
    Abandoned,
    Accepted,
    ActNoted,
    Arrived,
    CallbackAsked,
    CallbackTried,
    CallMoved,
    Closed,
    DispositionChosen,
    Ended,
    HandedOver,
    Held,
    Interaction,
    InteractionEvent,
    Noted,
    Offered,
    OfferEnded,
    Parked,
    PathTaken,
    PromisesSet,
    Queued,
    RankChanged,
    RecordingKept,
    Replied,
    Resumed,
    Rethreaded,
    Returned,
    TurnedAway,
    Widened,
    WrapUpExtended,
)
from agent_desktop.domain.machine import Machine
from agent_desktop.domain.service_level import next_due
from agent_desktop.domain.timers import OfferExtended
from agent_desktop.domain.timers import after as extended
from agent_desktop.domain.types import AgentId, DispositionCode, Instant, Seconds
from agent_desktop.errors import RefusedError

_SAME = (
    PathTaken,
    CallMoved,
    Noted,
    Replied,
    Rethreaded,
    RecordingKept,
    ActNoted,
    CallbackAsked,
    CallbackTried,
    PromisesSet,
)
_FACE = ("last_line", "unread", "customer", "customer_name", "subject")

MACHINE: Machine[InteractionEvent] = Machine(
    "interaction",
    {
        (ARRIVED, Queued): QUEUED,
        (ARRIVED, Accepted): ACTIVE,  # outbound: the agent began it
        (ARRIVED, Abandoned): ABANDONED,
        (ARRIVED, Parked): PARKED,  # a callback for later
        (ARRIVED, Closed): CLOSED,  # closed by a flow (out of hours)
        (QUEUED, Queued): QUEUED,
        (QUEUED, Widened): QUEUED,
        (OFFERED, Widened): OFFERED,
        (QUEUED, RankChanged): QUEUED,
        (OFFERED, RankChanged): OFFERED,
        (QUEUED, Offered): OFFERED,
        (QUEUED, Accepted): ACTIVE,  # taken by hand
        (QUEUED, Abandoned): ABANDONED,
        (QUEUED, Closed): CLOSED,
        (QUEUED, TurnedAway): ARRIVED,
        (OFFERED, OfferEnded): QUEUED,
        (OFFERED, OfferExtended): OFFERED,
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
        (HELD, Parked): PARKED,
        (HELD, Closed): CLOSED,
        (ACTIVE, HandedOver): ACTIVE,
        (HELD, HandedOver): ACTIVE,
        (PARKED, Returned): QUEUED,
        (PARKED, Ended): WRAP_UP,  # the caller hung up while parked
        (PARKED, Queued): QUEUED,  # a callback whose time has come
        (PARKED, Accepted): ACTIVE,
        (PARKED, Closed): CLOSED,
        (WRAP_UP, WrapUpExtended): WRAP_UP,
        (WRAP_UP, DispositionChosen): WRAP_UP,
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
            path = (*i.path, event.step) if event.step else i.path
            language = event.place.language if event.place else ""
            place, language = event.place or i.place, language or i.language
            return replace(i, **to, path=path, place=place, language=language)
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
                reserved_until_at=event.reserved_until_at,
                sent_by=AgentId(""),
                queued_at=i.queued_at or at,
                place=None,
                refused_by=(),
                **({} if i.state == QUEUED and i.queue == event.queue else _entered(at)),
            )
        case Offered():
            return replace(i, **to, offer=event.offer)
        case OfferExtended():
            return replace(i, **to, **extended(i, event))
        case OfferEnded():
            refused_by = (*i.refused_by, event.agent)
            ended: dict[str, Any] = {"offer": None, "offer_ended": event.why, "refused_by": refused_by}
            return replace(i, **to, **ended, reserved=AgentId(""), reserved_until_at=Instant(0.0))
        case Accepted():
            return replace(
                i,
                **to,
                offer=None,
                agent=event.agent,
                reasons=event.reasons or (i.offer.reasons if i.offer else ()),
                decision=i.offer.decision if i.offer else None,
                accepted_at=i.accepted_at or at,
                assigned_at=at,
                sent_by=AgentId(""),
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
            more = i.wrapup_extensions + event.counted
            return replace(i, **to, wrapup_deadline_at=event.deadline_at, wrapup_extensions=more)
        case DispositionChosen():
            return replace(
                i,
                **to,
                disposition=event.code,
                disposition_note=event.note,
                disposition_values=event.values,
                survey=event.survey,
            )
        case Closed():
            return replace(
                _unheld(i, at),
                **to,
                closed_at=at,
                ended_at=i.ended_at or at,
                disposition=event.code,
                disposition_note=event.note,
                disposition_values=event.values,
                survey=event.survey,
            )
        case Abandoned():
            return replace(i, **to, offer=None, ended_at=at, closed_at=at, ended_by=event.by)
        case Returned():
            return replace(
                _unheld(i, at),
                **to,
                queue=event.queue,
                skills=i.skills if event.skills is None else event.skills,
                agent=AgentId(""),
                preferred=event.preferred,
                reserved=event.reserved,
                reserved_until_at=event.reserved_until_at,
                sent_by=event.sent_by,
                refused_by=(i.agent,) if event.why == NO_REPLY else (),
                **_entered(at),
                ended_at=Instant(0.0),
                wrapup_at=Instant(0.0),
                wrapup_deadline_at=Instant(0.0),
                wrapup_extensions=0,
                disposition=DispositionCode(""),
                disposition_note="",
                disposition_values={},
                survey=False,
            )
        case Widened():
            return replace(i, **to, stage=event.stage, delay_s=event.delay_s)
        case RankChanged():
            return replace(i, **to, priority=event.priority, older_s=event.older_s)
        case PromisesSet():
            return replace(i, **to, promises=event.promises, promise_at=next_due(event.promises))
        case Replied():
            return replace(i, **to, replied_at=at)
        case Rethreaded():
            return replace(i, **to, conversation=event.conversation)
        case CallMoved():
            return replace(i, **to, call=event.call)
        case HandedOver():
            # Why it was offered is a reason of who had it.
            reasons = (event.why[:1].upper() + event.why[1:],) if event.why else ()
            mine: dict[str, Any] = {"agent": event.agent, "reasons": reasons, "decision": None}
            return replace(_unheld(i, at), **to, **mine, accepted_at=at, assigned_at=at)
        case CallbackAsked():
            return replace(i, **to, callback_number=event.number, callback_at=event.not_before)
        case CallbackTried():
            number = "" if event.reached else i.callback_number
            tries = i.callback_tries + 1
            later = event.not_before
            return replace(i, **to, callback_number=number, callback_tries=tries, callback_at=later)
        case RecordingKept():
            others = tuple(r for r in i.recordings if r.id != event.recording.id)
            return replace(i, **to, recordings=(*others, event.recording))
        case Noted():
            given = {name: value for name in _FACE if (value := getattr(event, name)) is not None}
            return replace(i, **to, **given)
        case ActNoted():
            return i
        case _:  # Resumed; Parked changes nothing else
            return replace(_unheld(i, at), **to)


def _entered(at: Instant) -> dict[str, Any]:
    """It comes to wait in a queue: steps and delays begin anew there."""
    return {"entered_at": at, "stage": 0, "delay_s": Seconds(0.0)}


def _unheld(i: Interaction, at: Instant) -> Interaction:
    if not i.held_at:
        return i
    return replace(i, held_at=Instant(0.0), held_s=Seconds(i.held_s + at - i.held_at))
