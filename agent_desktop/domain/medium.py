"""A medium is data: what it can do, what it costs, what it keeps an agent from taking.

No code asks `if medium == "voice"`: it asks the row.  The blocking table (OpenACD's idea) says which
work in hand keeps which further work away.
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
    address_kind: str = ""  # the kind of customer address it speaks to


VOICE, EMAIL, CHAT, SMS, SOCIAL = (MediumId(m) for m in ("voice", "email", "chat", "sms", "social"))
VOICEMAIL = MediumId("voicemail")

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
    medium: Medium, load: Mapping[MediumId, int], limits: Mapping[MediumId, int] | None = None
) -> bool:
    """Whether an agent with `load` (interactions in hand per medium) may be offered one more of `medium`."""
    if any(load.get(other, 0) for other in medium.blocked_by if other != medium.id):
        return False
    limit = (limits or {}).get(medium.id, medium.limit)
    return load.get(medium.id, 0) < limit
