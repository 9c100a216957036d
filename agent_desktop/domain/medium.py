"""A medium is data: what it can do, what it costs, what it keeps an agent from taking.

No code asks `if medium == "voice"`: it asks the row.  The blocking table (OpenACD's idea) says which
work in hand keeps which further work away.  Beside it an agent may have a capacity in units: what is in hand
costs units, except work that an offer may interrupt: a call may interrupt an email, an email never a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent_desktop.domain.types import MediumId


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """One row.  `blocked_by` names the media whose work in hand keeps an offer of this one away."""

    id: MediumId
    name: str
    icon: str = ""
    live: bool = False  # the customer is present now
    talk: bool = False  # handled with the phone
    text: bool = False  # handled by writing messages
    subject: bool = False
    typing: bool = False
    units: int = 1
    limit: int = 1  # how many at once, unless the agent has an own limit
    blocked_by: frozenset[MediumId] = frozenset()
    interrupts: frozenset[MediumId] = frozenset()  # their units in hand do not count against an offer of it
    address_kind: str = ""  # the kind of customer address it speaks to


VOICE, EMAIL, CHAT, SMS, SOCIAL = (MediumId(m) for m in ("voice", "email", "chat", "sms", "social"))
VOICEMAIL = MediumId("voicemail")
PATIENT = frozenset({EMAIL, SMS, SOCIAL, VOICEMAIL})  # nobody waits on the other side at this moment

MEDIA: Mapping[MediumId, Medium] = {
    m.id: m
    for m in (
        Medium(
            id=VOICE,
            name="Voice",
            icon="voice",
            live=True,
            talk=True,
            units=2,
            limit=1,
            blocked_by=frozenset({VOICE, CHAT}),
            interrupts=PATIENT,
            address_kind="phone",
        ),
        Medium(
            id=EMAIL,
            name="Email",
            icon="email",
            text=True,
            subject=True,
            limit=2,
            blocked_by=frozenset({VOICE, CHAT}),
            address_kind="email",
        ),
        Medium(
            id=CHAT,
            name="Chat",
            icon="chat",
            live=True,
            text=True,
            typing=True,
            limit=3,
            blocked_by=frozenset({VOICE}),
            interrupts=PATIENT,
            address_kind="chat",
        ),
        Medium(
            id=SMS,
            name="SMS",
            icon="sms",
            text=True,
            limit=3,
            blocked_by=frozenset({VOICE}),
            address_kind="phone",
        ),
        Medium(
            id=SOCIAL,
            name="Social",
            icon="social",
            text=True,
            limit=3,
            blocked_by=frozenset({VOICE}),
            address_kind="social",
        ),
        Medium(
            id=VOICEMAIL,
            name="Voicemail",
            icon="voicemail",
            limit=1,
            blocked_by=frozenset({VOICE, CHAT}),
            address_kind="phone",
        ),
    )
}


def room_for(
    medium: Medium,
    load: Mapping[MediumId, int],
    limits: Mapping[MediumId, int] | None = None,
    capacity: int = 0,
    media: Mapping[MediumId, Medium] = MEDIA,
) -> bool:
    """Whether an agent with `load` (interactions in hand per medium) may be offered one more of `medium`.

    `capacity` is the agent's units in all; 0: only the limits of the media count.
    """
    for other in medium.blocked_by:
        if other != medium.id and load.get(other):
            return False
    return within(medium, load, limits, capacity, media)


def within(
    medium: Medium,
    load: Mapping[MediumId, int],
    limits: Mapping[MediumId, int] | None = None,
    capacity: int = 0,
    media: Mapping[MediumId, Medium] = MEDIA,
) -> bool:
    """Whether one more keeps to the agent's limits: what a person takes by hand may lie beside any medium."""
    limit = limits[medium.id] if limits and medium.id in limits else medium.limit
    if load.get(medium.id, 0) >= limit:
        return False
    return not capacity or medium.units + units(load, medium.interrupts, media) <= capacity


def units(
    load: Mapping[MediumId, int],
    but: frozenset[MediumId] = frozenset(),
    media: Mapping[MediumId, Medium] = MEDIA,
) -> int:
    """What the work in hand costs, but for some media."""
    return sum(media[key].units * count for key, count in load.items() if key not in but)
