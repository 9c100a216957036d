"""One call of the switch: a customer, an agent, and whoever else was brought in.

In a call that arrived the customer's leg came to us; in one that an agent dialled it goes out.  The leg
of a colleague who is called by extension stands in the customer's place.  Guests were asked in by the
agent (a consult, a conference); supervisors listen, whisper or barge.  A guest from outside may be left
alone with the customer: then there is no agent, and the guest is the centre's side of the call.

Rules: a leg's `label` is its name on the router's link and never changes, whatever place it takes; who
hears whom follows from these records alone (`hearing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from agent_desktop.sip.address import LegId
from agent_desktop.sip.media import Agreement, LocalMedia
from agent_desktop.sip.uri import NameAddr
from agent_desktop.switch.outside import Way
from agent_desktop.wire.switch import LegQuality, SwitchCall, SwitchLeg


class Side(Enum):
    """Whose leg it is."""

    CUSTOMER = "customer"
    AGENT = "agent"
    GUEST = "guest"
    SUPERVISOR = "supervisor"


class Talk(Enum):
    """Whom the agent talks with; whoever is left out hears music."""

    CUSTOMER = "customer"
    GUEST = "guest"
    ALL = "all"


class Mode(Enum):
    """What a supervisor does: is heard by nobody, by the agent alone, by everybody."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


class Hears(Enum):
    """Whom a supervisor hears while the customer is kept waiting."""

    AGENT = "agent"
    CUSTOMER = "customer"
    BOTH = "both"


@dataclass(slots=True, eq=False)
class Leg:
    """One SIP dialog of a call; `name` is its row in the mixer."""

    name: str
    side: Side
    label: str = ""
    id: LegId | None = None
    up: bool = False
    ours: bool = False
    """We made this leg; otherwise it came to us."""
    has_ports: bool = False
    agreement: Agreement | None = None
    media: LocalMedia | None = None
    """Our side, made once with the leg's ports."""
    extension: str = ""
    number: str = ""
    person: str = ""
    way: Way | None = None
    """How it is reached, when we call it."""
    caller: NameAddr | None = None
    """Who it is shown to be called by, when we call it."""
    offered_again: bool = False
    """It has had the offer with other encryption already (`voice.offer.other_way`)."""
    favours_tones: bool = False
    """A textphone's sound was asked for: G.711 in short packets."""
    asks_text: bool = False
    """Real-time text stood in the offer that came with it."""
    text_asked: bool = False
    """We have offered it real-time text."""
    muted: bool = False
    up_at: float = 0.0
    joined: bool = False
    """A guest who is in the conference; one who is not is being consulted."""
    alone: bool = False
    """A guest for whom the agent went away before the answer (a blind transfer)."""
    mode: Mode = Mode.LISTEN
    hears: Hears = Hears.BOTH
    quality: LegQuality | None = None

    @property
    def sounds(self) -> bool:
        """There is agreed sound: the leg is up, or its early media plays."""
        return self.agreement is not None

    @property
    def held_by_peer(self) -> bool:
        return self.agreement is not None and self.agreement.is_held_by_peer

    @property
    def from_outside(self) -> bool:
        """No phone of the centre."""
        return not self.extension

    def wire(self) -> SwitchLeg:
        return SwitchLeg(
            id=self.label,
            kind=self.side.value,
            state="up" if self.up else "ringing",
            extension=self.extension,
            number=self.number,
            name=self.person,
            mode=self.mode.value if self.side is Side.SUPERVISOR else "",
            muted=self.muted,
            up_at=self.up_at,
            quality=self.quality,
        )


@dataclass(slots=True)
class Collection:
    """Digits being gathered for one `Play`."""

    play: str
    wanted: int
    wait_s: float
    digits: str = ""
    end_key: str = ""
    barge_in: bool = True


@dataclass(slots=True)
class Secret:
    """Keys of the customer that nobody in the call may hear or see."""

    wanted: int
    wait_s: float
    end_key: str
    digits: str = field(default="", repr=False)


@dataclass(slots=True)
class Call:
    """The record of one call; only the call table writes it."""

    id: str
    direction: str
    from_number: str = ""
    from_name: str = ""
    to_number: str = ""
    interaction: str = ""
    extension: str = ""
    customer: Leg | None = None
    agent: Leg | None = None
    others: list[Leg] = field(default_factory=list)
    """Guests and supervisors, in the order in which they were asked in."""
    talk: Talk = Talk.CUSTOMER
    play: str = ""
    """The id of the `Play` whose prompts are being made or heard."""
    collection: Collection | None = None
    secret: Secret | None = None
    announcement: str = ""
    """A source of the mixer that everybody but supervisors hears instead of anything else, while set."""
    ducked: bool = False
    """The music that was heard before the prompts goes on softly beneath them."""
    music: bool = False
    """The caller hears music whenever nothing else is to be heard."""
    held: bool = False
    """The router put the customer on hold."""
    secure: bool = False
    text: str = ""
    """How the customer types, once it is known: tty or rtt."""
    prints: bool = False
    """A textphone of the customer's prints what it hears: it typed, or was known of before the answer."""
    expects: str = ""
    """How typing is expected, before any was found: tty, rtt or ask; of ask, once it was done, asked."""
    recording: str = "off"
    trunk: str = ""
    customer_first: bool = False
    """The customer was there before any agent: one who is lost leaves the customer waiting, not alone."""
    ring_s: float = 0.0
    """How long the far end may ring; 0 is for ever."""
    arrived_at: float = 0.0
    answered_at: float = 0.0
    bridged_at: float = 0.0
    ended_at: float = 0.0
    ended_by: str = ""
    ended_why: str = ""
    legs_made: int = field(default=0)

    def new_leg(self, side: Side, *, ours: bool, label: str = "", extension: str = "") -> Leg:
        """A leg with a name that no other leg of any call has."""
        self.legs_made += 1
        leg = Leg(
            name=f"{self.id}/{side.value}{self.legs_made}",
            side=side,
            label=label or side.value,
            ours=ours,
            extension=extension,
        )
        match side:
            case Side.CUSTOMER:
                self.customer = leg
            case Side.AGENT:
                self.agent = leg
            case Side.GUEST | Side.SUPERVISOR:
                self.others.append(leg)
        return leg

    def forget(self, leg: Leg) -> None:
        """The leg has no part in the call any more."""
        if leg is self.agent:
            self.agent = None
        elif leg in self.others:
            self.others.remove(leg)

    @property
    def legs(self) -> tuple[Leg, ...]:
        return (*(leg for leg in (self.customer, self.agent) if leg is not None), *self.others)

    def find(self, label: str) -> Leg | None:
        """A leg by the router's name for it; `customer` and `agent` name whoever has that place."""
        named = next((leg for leg in self.legs if leg.label == label), None)
        return named or {"customer": self.customer, "agent": self.agent}.get(label)

    def of(self, side: Side) -> Iterator[Leg]:
        return (leg for leg in self.others if leg.side is side)

    @property
    def guests(self) -> tuple[Leg, ...]:
        return tuple(self.of(Side.GUEST))

    @property
    def supervisors(self) -> tuple[Leg, ...]:
        return tuple(self.of(Side.SUPERVISOR))

    @property
    def consulted(self) -> tuple[Leg, ...]:
        """The guests who are not in the conference (or not yet)."""
        return tuple(leg for leg in self.guests if not leg.joined)

    @property
    def bridged(self) -> bool:
        """The customer is up, and so is the agent, or a guest who is there in the agent's place."""
        if self.customer is None or not self.customer.up:
            return False
        return self.agent.up if self.agent is not None else any(leg.up for leg in self.guests)

    @property
    def on_hold(self) -> bool:
        """By the router's word, or by the hold key of the agent's phone."""
        return self.held or bool(self.agent and self.agent.up and self.agent.held_by_peer)

    @property
    def state(self) -> str:
        if self.ended_at:
            return "ended"
        if self.bridged:
            return "held" if self.on_hold else "bridged"
        if self.agent is not None or any(leg.alone for leg in self.guests):
            return "connecting"
        return "answered" if self.customer is not None and self.customer.up else "ringing"

    def wire(self) -> SwitchCall:
        """What the router is told."""
        return SwitchCall(
            id=self.id,
            state=self.state,
            direction=self.direction,
            from_number=self.from_number,
            from_name=self.from_name,
            to_number=self.to_number,
            interaction=self.interaction,
            extension=self.extension,
            arrived_at=self.arrived_at,
            answered_at=self.answered_at,
            bridged_at=self.bridged_at,
            ended_at=self.ended_at,
            ended_by=self.ended_by,
            ended_why=self.ended_why,
            legs=tuple(leg.wire() for leg in self.legs),
            talk=self.talk.value,
            recording=self.recording,
            secure=self.secure,
            trunk=self.trunk,
            text=self.text,
        )
