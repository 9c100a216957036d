"""What this desktop knows: the router's replica, the phone, what was asked, and what queries found.

Plain values; `agent_desktop.client.runtime` alone changes them.  Nothing in here is hoped for: a
command that has no answer yet is `sending`, beside the state that is confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from msgspec import structs

from agent_desktop.client.acts import Act
from agent_desktop.links.connection import Connection
from agent_desktop.wire.calls import CallText
from agent_desktop.wire.commands import AddNote, AnyCommand, SendMessage
from agent_desktop.wire.events import Result
from agent_desktop.wire.models import DispositionInfo, InteractionModel, MediumInfo, OfferModel, QueueInfo
from agent_desktop.wire.phone import AnyPhoneCommand, FilePlayed, PhoneCall, PhoneSnapshot, Registration
from agent_desktop.wire.replica import Replica

AskState = Literal["sending", "waiting", "confirmed", "refused"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A command or query and what became of it; `waiting` for a router that is away."""

    id: str
    command: AnyCommand | AnyPhoneCommand
    state: AskState = "sending"
    asked_at: float = 0.0
    code: str = ""
    message: str = ""
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class CallQuality:
    """Level meters in dBFS and the measured quality of a call; a MOS of 0 is not measured yet."""

    sent_db: float = -96.0
    received_db: float = -96.0
    loss_percent: float = 0.0
    jitter_ms: float = 0.0
    delay_ms: float = 0.0
    mos: float = 0.0
    r_factor: float = 0.0
    sent_loss_percent: float = 0.0
    sent_mos: float = 0.0
    codec: str = ""
    text_lost: int = 0
    text_flooded: int = 0
    text_dropped: int = 0


@dataclass(slots=True)
class PhoneState:
    """The own phone as it said it is."""

    connection: Connection = field(default_factory=Connection)
    registration: Registration = field(default_factory=Registration)
    calls: dict[str, PhoneCall] = field(default_factory=dict)
    told: PhoneSnapshot = field(default_factory=PhoneSnapshot)  # devices, sound, headset, checks: the newest
    quality: dict[str, CallQuality] = field(default_factory=dict)
    texts: dict[str, CallText] = field(default_factory=dict)  # by call, with the lines that are kept
    played: FilePlayed | None = None
    testing: bool = False  # the self-test runs


@dataclass(frozen=True, slots=True)
class Playing:
    """A recording that is fetched (`path` is empty) or that the phone plays."""

    interaction: str
    recording: str
    path: str = ""
    at_s: float = 0.0
    length_s: float = 0.0


@dataclass(slots=True)
class Store:
    """Everything that a view-model is made of."""

    replica: Replica = field(default_factory=Replica)
    connection: Connection = field(default_factory=Connection)
    phone: PhoneState = field(default_factory=PhoneState)
    # Ids of what this agent has in hand: kept with each change, so that no view looks at everybody's work.
    mine: set[str] = field(default_factory=set)
    asked: dict[str, Asked] = field(default_factory=dict)  # those without an answer
    results: dict[str, Result] = field(default_factory=dict)  # newest answer per question
    taken: dict[str, float] = field(default_factory=dict)  # by interaction: when it was last taken from me
    playing: Playing | None = None
    synced: bool = False
    clock_ahead_s: float = 0.0  # the router's clock minus ours
    unsent: dict[str, Act] = field(default_factory=dict)  # by request, in the order in which they were done
    offline_since: float = 0.0  # when the router was lost; 0: it is there

    def medium(self, medium: str) -> MediumInfo:
        """The medium as data; an unknown one can do nothing but is not an error."""
        return next(
            (m for m in self.replica.centre.media if m.id == medium), MediumInfo(id=medium, name=medium)
        )

    def offers(self) -> list[OfferModel]:
        """What is offered, what cannot wait first: a call, then who is there now, then the oldest."""

        def rank(offer: OfferModel) -> tuple[bool, bool, float, str]:
            medium = self.medium(offer.medium)
            return not medium.talk, not medium.live, offer.offered_at, offer.id

        return sorted(self.replica.offers.values(), key=rank)

    def queue(self, queue: str) -> QueueInfo:
        """What is configured for a queue."""
        found = (q for q in self.replica.centre.queues if q.id == queue)
        return next(found, None) or QueueInfo(id=queue, name=queue, dispositions=self._every_disposition())

    def _every_disposition(self) -> tuple[DispositionInfo, ...]:
        """The codes of work that never was in a queue: all; a digit key stands for the first that has it."""
        made: dict[str, DispositionInfo] = {}
        keys: set[str] = set()
        for info in (d for q in self.replica.centre.queues for d in q.dispositions):
            if info.code not in made:
                made[info.code] = structs.replace(info, key="" if info.key in keys else info.key)
                keys.add(info.key)
        return tuple(made.values())

    def is_mine(self, interaction: InteractionModel) -> bool:
        """Whether this agent has it in hand."""
        return interaction.agent == self.replica.me.id and interaction.state in IN_HAND

    def call_of(self, interaction: str) -> PhoneCall | None:
        """The phone's call that belongs to an interaction."""
        if not interaction:
            return None
        return next((c for c in self.phone.calls.values() if c.interaction == interaction), None)

    def sending(self, conversation: str) -> tuple[SendMessage | AddNote, ...]:
        """Messages written here that the router has not confirmed, oldest first."""
        return tuple(
            a.command
            for a in self.asked.values()
            if isinstance(a.command, SendMessage | AddNote) and a.command.conversation == conversation
        )


IN_HAND = ("active", "held", "parked", "wrap_up")
