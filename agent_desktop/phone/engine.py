"""What an engine of the phone does and reports: the border between calls as the agent sees them and SIP.

An engine declares its capabilities, and only what is declared is offered on the screen.  Calls are named
by the call table; news come on the signalling thread, in order.  An engine never changes within a call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from agent_desktop.wire.models import PhoneAccount

# What an engine may declare.
HOLD, DTMF, TLS, TCP, SECOND_CALL = "hold", "dtmf", "tls", "tcp", "second_call"
DTMF_RECEIVE = "dtmf_receive"


@dataclass(frozen=True, slots=True)
class RegistrationNews:
    """`state` is registering, registered, failed or none."""

    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody calls; it rings until it is answered, rejected or gone."""

    call: str
    number: str
    name: str
    interaction: str


@dataclass(frozen=True, slots=True)
class RingsThere:
    """The called side rings; `has_sound` when the network sends its own tone."""

    call: str
    has_sound: bool


@dataclass(frozen=True, slots=True)
class CameUp:
    """The call is answered, by us or by them."""

    call: str


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """Our hold was put on or taken off; `refused` says in words why it was not."""

    call: str
    on: bool
    refused: str = ""


@dataclass(frozen=True, slots=True)
class DigitHeard:
    """The other side pressed a key; only from an engine that declares `dtmf_receive`."""

    call: str
    digit: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The call is over.  `by` is agent, remote or network."""

    call: str
    by: str
    status: int
    detail: str


News = RegistrationNews | Arrived | RingsThere | CameUp | HoldChanged | DigitHeard | Gone


class Engine(Protocol):
    """Signalling and media of the phone.  Commands return at once; what comes of them is news.

    A command for a call in the wrong state raises RefusedError or IllegalStepError.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What may be offered on the screen."""
        ...

    async def use(self, account: PhoneAccount | None) -> None:
        """Register with an account, or sign off."""
        ...

    def dial(self, call: str, target: str, interaction: str) -> None: ...
    def answer(self, call: str) -> None: ...
    def reject(self, call: str, status: int) -> None: ...
    def hang_up(self, call: str) -> None: ...
    def hold(self, call: str, *, on: bool) -> None: ...

    def press(self, call: str, digits: str) -> bool:
        """Send DTMF; False when the peer takes none."""
        ...

    async def close(self) -> None:
        """Hang up everything, sign off and free every port."""
        ...
