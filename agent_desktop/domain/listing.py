"""Which conversations a list holds, in which order, and how one page follows another (keyset, never OFFSET).

Several values of one field are alternatives, fields add up, an empty field asks for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.domain.types import AgentId, CustomerId, Instant, QueueId
from agent_desktop.errors import RefusedError

NEWEST, OLDEST, PROMISE = "newest", "oldest", "promise"
ORDERS = (NEWEST, OLDEST, PROMISE)
STATES = ("open", "snoozed", "resolved")
COUNTED_MOST = 1000  # a view's count says "1000" for more


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is asked for; `asker` may see what is in `seen` queues, its own, or what it follows."""

    states: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()  # empty name: nobody's
    tags: tuple[str, ...] = ()  # with each of them
    customer: CustomerId = CustomerId("")
    followed: bool = False
    unread: bool = False
    late: bool = False
    text: str = ""
    since: Instant = Instant(0.0)
    until: Instant = Instant(0.0)
    order: str = NEWEST
    asker: AgentId = AgentId("")
    seen: tuple[QueueId, ...] | None = None  # none: every one


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A filter with a name, for everybody; `key` is its number key, `agents` may be "me" and "nobody"."""

    id: str
    label: str
    key: str = ""
    states: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    followed: bool = False
    unread: bool = False
    late: bool = False
    text: str = ""
    order: str = NEWEST


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the order's value and the id; `rest`: among those without a promise."""

    at: float
    id: str
    rest: bool = False


def cursor(place: Place) -> str:
    """A place as the client gives it back."""
    return f"{'r' if place.rest else 'p'}:{place.at!r}:{place.id}"


def place_of(text: str) -> Place | None:
    """The place of a cursor, None for an empty one.  Raises `RefusedError` for one that is none."""
    if not text:
        return None
    kind, _, rest = text.partition(":")
    at, _, key = rest.partition(":")
    try:
        return Place(float(at), key, rest=kind == "r")
    except ValueError:
        raise RefusedError("This page is not known. Begin at the first one.", code="bad_value") from None
