"""The log: domain events as rows, and back.

A row is (seq, at, kind, subject, body): the event's class name, the id of what it happened to, and the
event as JSON.  A kind that this program does not know (a newer one wrote it) stays in the log and is
passed over in reading.  Rule of the file: class names of events are a file format; they are never
changed or used twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from agent_desktop.domain import timers
from agent_desktop.domain.agent import AgentEvent
from agent_desktop.domain.conversation import ConversationEvent
from agent_desktop.domain.customer import CustomerEvent
from agent_desktop.domain.interaction import InteractionEvent
from agent_desktop.ports.storage import Change, DomainEvent
from agent_desktop.server.storage.documents import read, written

_BASES: tuple[type[DomainEvent], ...] = (AgentEvent, InteractionEvent, ConversationEvent, CustomerEvent)


def _descendants(base: type[DomainEvent]) -> Iterator[type[DomainEvent]]:
    for child in base.__subclasses__():
        # `@dataclass(slots=True)` makes the class anew; the first one stays in this list until collected.
        if "__slots__" in vars(child):
            yield child
        yield from _descendants(child)


def _kinds() -> dict[str, type[DomainEvent]]:
    """Every kind there is; a module of events that is not imported here would be known by chance alone."""
    found: dict[str, type[DomainEvent]] = {timers.OfferExtended.__name__: timers.OfferExtended}
    for base in _BASES:
        for kind in _descendants(base):
            if found.setdefault(kind.__name__, kind) is not kind:
                raise TypeError(f"Two kinds of event are called {kind.__name__}.")
    return found


KINDS = _kinds()
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(kind) for name, kind in KINDS.items()
}

_ABOUT: dict[str, str] = {
    name: next(
        about
        for about, base in zip(("agent", "interaction", "conversation", "customer"), _BASES, strict=True)
        if issubclass(kind, base)
    )
    for name, kind in KINDS.items()
}


def subject(event: DomainEvent) -> str:
    """Give the id of the agent, interaction, conversation or customer that it happened to."""
    match event:
        case AgentEvent():
            return event.agent
        case InteractionEvent():
            return event.interaction
        case ConversationEvent():
            return event.conversation
        case CustomerEvent():
            return event.customer


def row(event: DomainEvent) -> dict[str, object]:
    """Give the row of an event; the log numbers it."""
    return {
        "at": event.at,
        "kind": type(event).__name__,
        "subject": subject(event),
        "body": written(event),
    }


def change(row: Sequence[Any]) -> Change:
    """Give an entry without its contents."""
    seq, at, kind, about, message = row
    return Change(
        seq=seq,
        at=at,
        kind=kind,
        about=_ABOUT.get(kind, ""),
        subject=about,
        message=str(message) if message and _ABOUT.get(kind) == "conversation" else "",
    )


def event_of(kind: str, body: str) -> DomainEvent | None:
    """Give the event of a row, or None for a kind that this program does not know."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return None
    event: DomainEvent = read(decoder, body)
    return event
