"""One call of the switch: the customer's leg, the agent's leg, and what the router is told of them.

In a call that arrived the customer's leg came to us; in one that an agent dialled it goes out.  The leg
of a colleague who is called by extension stands in the customer's place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from agent_desktop.sip.address import LegId
from agent_desktop.sip.media import Agreement
from agent_desktop.wire.switch import SwitchCall


class Side(Enum):
    """Whose leg it is."""

    CUSTOMER = "customer"
    AGENT = "agent"


@dataclass(slots=True)
class Leg:
    """One SIP dialog of a call; `name` is its row in the mixer."""

    name: str
    side: Side
    id: LegId | None = None
    up: bool = False
    ours: bool = False
    """We made this leg; otherwise it came to us."""
    has_ports: bool = False
    agreement: Agreement | None = None

    @property
    def sounds(self) -> bool:
        """There is agreed sound: the leg is up, or its early media plays."""
        return self.agreement is not None

    @property
    def held_by_peer(self) -> bool:
        return self.agreement is not None and self.agreement.is_held_by_peer


@dataclass(slots=True)
class Collection:
    """Digits being gathered for one `Play`."""

    play: str
    wanted: int
    wait_s: float
    digits: str = ""


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
    play: str = ""
    """The id of the `Play` whose prompts are being made or heard."""
    collection: Collection | None = None
    music: bool = False
    """The caller hears music whenever nothing else is to be heard."""
    held: bool = False
    """The router put the customer on hold."""
    arrived_at: float = 0.0
    answered_at: float = 0.0
    bridged_at: float = 0.0
    ended_at: float = 0.0
    ended_by: str = ""
    legs_made: int = field(default=0)

    def new_leg(self, side: Side, *, ours: bool) -> Leg:
        """A leg with a name that no other leg of any call has."""
        self.legs_made += 1
        leg = Leg(name=f"{self.id}/{side.value}{self.legs_made}", side=side, ours=ours)
        if side is Side.CUSTOMER:
            self.customer = leg
        else:
            self.agent = leg
        return leg

    @property
    def legs(self) -> tuple[Leg, ...]:
        return tuple(leg for leg in (self.customer, self.agent) if leg is not None)

    @property
    def bridged(self) -> bool:
        return bool(self.customer and self.customer.up and self.agent and self.agent.up)

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
        if self.agent is not None:
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
        )
