"""Small records for the contract of the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agent_desktop.domain import agent as a
from agent_desktop.domain import conversation as c
from agent_desktop.domain import customer as k
from agent_desktop.domain import interaction as i
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.types import (
    ChannelId,
    ConversationId,
    CustomerId,
    Instant,
    InteractionId,
    MediumId,
    MessageId,
)
from agent_desktop.ports.storage import (
    Changes,
    Store,
)
from agent_desktop.server.storage.store import open_store

CORPORA = Path(__file__).parents[1] / "corpora"
STORES: dict[str, Callable[[Path], Store]] = {"sqlite": open_store}
MAIL, CHAT = ChannelId("help"), ChannelId("site")
AMINA = CustomerId("amina")


def thread(key: str, **fields: object) -> c.Conversation:
    plain = c.Conversation(id=ConversationId(key), medium=MediumId("email"), channel=MAIL)
    return replace(plain, **fields)  # type: ignore[arg-type]  # a test names real fields


def said(key: str, conversation: str, at: float, text: str = "Hello", **fields: object) -> c.Message:
    plain = c.Message(
        id=MessageId(key),
        conversation=ConversationId(conversation),
        medium=MediumId("email"),
        direction=c.IN,
        at=Instant(at),
        text=text,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # the same


def work(key: str, at: float, **fields: object) -> i.Interaction:
    plain = i.Interaction(id=InteractionId(key), medium=MediumId("voice"), arrived_at=Instant(at))
    return replace(plain, **fields)  # type: ignore[arg-type]  # the same


def card(key: str, name: str, *addresses: tuple[str, str]) -> k.Customer:
    known = tuple(k.Address(kind=kind, value=value) for kind, value in addresses)
    return k.Customer(id=CustomerId(key), name=name, addresses=known)


def of(*things: object) -> Changes:
    """The commit of these entities."""
    changes = Changes()
    for thing in things:
        match thing:
            case a.Agent():
                changes.agents[thing.id] = thing
            case c.Conversation():
                changes.conversations[thing.id] = thing
            case c.Message():
                changes.messages[thing.id] = thing
            case i.Interaction():
                changes.interactions[thing.id] = thing
            case k.Customer():
                changes.customers[thing.id] = thing
            case Article():
                changes.articles[thing.id] = thing
            case _:
                raise TypeError(thing)
    return changes
