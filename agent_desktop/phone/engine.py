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
SRTP, OPUS, G722 = "srtp", "opus", "g722"
TRANSFER, REPLACES = "transfer", "replaces"  # blind, attended
MAILBOX, IPV6 = "mailbox", "ipv6"
TEXT = "text"
"""Writing in calls; the text of each is in `Sound.texts`."""

SUPERVISOR = "supervisor"
"""The kind of a leg by which a supervisor listens."""


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
    kind: str = ""
    """What our own exchange says the leg is for: agent, supervisor, guest; "" from others."""


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
class SoundAgreed:
    """What the sound of a call is now; told again when either side changes it."""

    call: str
    codec: str
    encrypted: bool = False
    held_by_remote: bool = False


@dataclass(frozen=True, slots=True)
class TransferMoved:
    """How a transfer goes, in words.  Not `over`: under way.  A good end is followed by Gone.

    After a failed one the call is ours again, on hold as long as HoldChanged does not say otherwise.
    """

    call: str
    words: str
    over: bool = False
    good: bool = False


@dataclass(frozen=True, slots=True)
class MailboxChanged:
    """How many voice messages wait; only from an engine that declares `mailbox`."""

    new: int
    old: int = 0


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


News = (
    RegistrationNews
    | Arrived
    | RingsThere
    | CameUp
    | HoldChanged
    | SoundAgreed
    | TransferMoved
    | MailboxChanged
    | DigitHeard
    | Gone
)


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

    def transfer(self, call: str, target: str, other: str) -> None:
        """Ask the other side to call `target`, or the one at the end of our call `other`.

        The call is held meanwhile.  RefusedError "not_supported" from an engine that does not declare it.
        """
        ...

    def add_text(self, call: str) -> None:
        """Ask the other side for a stream of text, where there is none.  It returns at once.

        RefusedError "not_supported" from an engine that does not declare `text`.
        """
        ...

    def favour_tones(self, call: str) -> None:
        """A textphone was found in the sound of a call: make it as good for tones as can be."""
        ...

    async def close(self) -> None:
        """Hang up everything, sign off and free every port."""
        ...
