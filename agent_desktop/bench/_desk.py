"""A desktop with a made-up router: signed in and in step with as much as is asked for; no network."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, cast

from agent_desktop.client.drafts import Drafts
from agent_desktop.client.runtime import FromRouter, LinkReported, Outside, Runtime, SignInEnded
from agent_desktop.client.session import Session
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.wire import events, models

NOW: Final = 1_795_255_200.0
ME: Final = models.AgentModel(id="a7", name="Mateo Ruiz", state="ready", since_at=1.0)
_MEDIA: Final = ("email", "chat", "voice", "sms", "social")
_STATES: Final = ("queued", "active", "parked", "wrap_up", "closed")
_LINES: Final = (
    "Where is my parcel? It was promised for Monday.",
    "Thank you, that has solved it.",
    "The lamp arrived broken, and the box was wet.",
    "Can I change the address of my order?",
)


class Quiet:
    """Everything outside the desktop: nothing is asked of anybody, what is put comes in."""

    def __init__(self) -> None:
        self.inbox: list[object] = []

    def drain(self) -> list[object]:
        """What came in."""
        items, self.inbox = self.inbox, []
        return items

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return _nothing


def _nothing(*_arguments: object, **_named: object) -> None:
    """Do what a network does that nobody listens to."""


class Desk:
    """The desktop, and a way for events to come in."""

    def __init__(self, folder: Path) -> None:
        self._outside = Quiet()
        ids = itertools.count(1)
        runtime = Runtime(cast("Outside", self._outside), clock=lambda: NOW, ids=lambda: f"id{next(ids)}")
        self.desktop = Desktop(runtime, Drafts(folder / "drafts.db"))

    def sign_in(self, snapshot: events.Snapshot) -> None:
        """Be signed in with this snapshot."""
        session = Session("http://127.0.0.1:1", "mateo", "token", ME.id, 0.0)
        self._outside.inbox += [SignInEnded(session), LinkReported("router", Connection("online"))]
        self.desktop.pump()
        self.come(snapshot)

    def come(self, event: events.AnyEvent) -> None:
        """Take an event of the router."""
        self._outside.inbox.append(FromRouter(event))
        self.desktop.pump()


def centre() -> models.CentreInfo:
    """A centre with five media and eight queues."""
    return models.CentreInfo(
        name="Nordlight",
        media=tuple(
            models.MediumInfo(id=m, name=m.capitalize(), icon=m, text=m != "voice", talk=m == "voice")
            for m in _MEDIA
        ),
        queues=tuple(models.QueueInfo(id=f"q{n}", name=f"Queue {n}", media=_MEDIA) for n in range(8)),
    )


def work(number: int) -> models.InteractionModel:
    """One conversation's piece of work; the same for the same number."""
    state = _STATES[number * 7 % len(_STATES)]
    return models.InteractionModel(
        id=f"i{number}",
        medium=_MEDIA[number % len(_MEDIA)],
        state=state,
        queue=f"q{number % 8}",
        agent="" if state == "queued" else f"a{10 + number % 200}",
        customer_name=f"Customer {number * 7919 % 100_003}",
        conversation=f"c{number}",
        last_line=_LINES[number % len(_LINES)],
        tags=("vip",) if number % 9 == 0 else (),
        unread=number % 4,
        arrived_at=NOW - 3_000_000.0 + number,
        queued_at=NOW - 3_000_000.0 + number,
        updated_at=NOW - 3_000_000.0 + (number * 7919 % 2_000_003),
    )


def newest(number: int) -> models.InteractionModel:
    """One that comes in now, for the top of the list."""
    return models.InteractionModel(
        id=f"new{number}",
        medium="email",
        state="queued",
        queue="q1",
        customer_name=f"New {number}",
        conversation=f"cn{number}",
        last_line=_LINES[number % len(_LINES)],
        arrived_at=NOW + number,
        queued_at=NOW + number,
        updated_at=NOW + number,
    )


def messages(conversation: str, count: int) -> Iterator[models.MessageModel]:
    """A long thread, oldest first."""
    for number in range(count):
        yield models.MessageModel(
            id=f"{conversation}-m{number}",
            conversation=conversation,
            medium="email",
            direction=("in", "out", "in", "note")[number % 4],
            at=NOW - 600.0 * (count - number),
            text=" ".join(_LINES[(number + n) % len(_LINES)] for n in range(1 + number % 5)),
            author="a7" if number % 2 else "",
            from_address="customer@example.com",
        )
