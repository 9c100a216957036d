"""Entities as JSON and back.

A field that an older program does not know is skipped, a field that an older record does not have takes
its default: entities may grow without a migration.  What cannot be written as JSON in UTF-8 (half of a
surrogate pair) is refused before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, Final, Protocol, TypeVar

import msgspec

from agent_desktop.domain.agent import Agent
from agent_desktop.domain.conversation import Conversation, Message, MessageAdded, Started
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.interaction import Arrived, Interaction
from agent_desktop.domain.knowledge import Article
from agent_desktop.errors import StorageError
from agent_desktop.server.storage.compact import Compact, Teller, teller

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_encode = msgspec.json.Encoder().encode

AGENT = msgspec.json.Decoder(Agent)
INTERACTION = Compact(Interaction)
CONVERSATION = msgspec.json.Decoder(Conversation)
MESSAGE = msgspec.json.Decoder(Message)
CUSTOMER = msgspec.json.Decoder(Customer)
ARTICLE = msgspec.json.Decoder(Article)


def _holding(kind: type[Any], name: str, entity: Teller) -> Teller:
    """What is said of an event that holds an entity whole."""
    others = [field.name for field in fields(kind) if field.name != name]

    def told(event: object) -> dict[str, Any]:
        said = {other: getattr(event, other) for other in others}
        said[name] = entity(getattr(event, name))
        return said

    return told


_TOLD: Final[dict[type[Any], Teller]] = {
    Interaction: INTERACTION.told,
    Arrived: _holding(Arrived, "value", INTERACTION.told),
    Started: _holding(Started, "value", teller(Conversation)),
    MessageAdded: _holding(MessageAdded, "message", teller(Message)),
}


class Reader(Protocol[T_co]):
    """Gives the dataclass of a JSON text."""

    def decode(self, body: str, /) -> T_co: ...


def written(value: object) -> str:
    """Give the JSON of a dataclass.  Raises `StorageError` for what has no JSON."""
    told = _TOLD.get(type(value))
    try:
        return _encode(told(value) if told is not None else value).decode()
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError) as error:
        raise StorageError(f"A {type(value).__name__} holds text that cannot be kept.") from error


def read(decoder: Reader[T], body: str) -> T:
    """Give the dataclass of a JSON text.  Raises `StorageError` for a damaged one."""
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise StorageError(f"An entry of the record cannot be read: {error}.") from error


def read_each(decoder: Reader[T], rows: Iterable[tuple[Any, ...]]) -> Iterator[T]:
    """Give the dataclass of each row's first column.  Raises `StorageError` for a damaged one."""
    decode = decoder.decode
    try:
        for row in rows:
            yield decode(row[0])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise StorageError(f"An entry of the record cannot be read: {error}.") from error
