"""Where SIP bytes come from and go to, and the names of the things a `UserAgent` hands out."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal, NewType, Protocol

Transport = Literal["udp", "tcp", "tls"]

LegId = NewType("LegId", str)
"""One call at our end; known before its first packet leaves."""
RequestId = NewType("RequestId", str)
"""One request outside INVITE, BYE, CANCEL and REGISTER, sent or received."""
SubscriptionId = NewType("SubscriptionId", str)
"""Somebody who watches something of ours, or something that we watch."""
RegistrationId = NewType("RegistrationId", str)
"""One account that is kept registered."""

Headers = tuple[tuple[str, str], ...]
"""Extra header fields in order, as (name, value)."""


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a flow.  For TCP and TLS the remote address names the connection."""

    transport: Transport
    host: str
    port: int

    @property
    def is_reliable(self) -> bool:
        return self.transport != "udp"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}:{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Bytes to be sent; `destination.host` may be a name that the transport resolves."""

    data: bytes
    destination: Address


class Randomness(Protocol):
    """The source of everything that must not repeat (trap T9); tests pass a counter."""

    def token(self) -> str:
        """At least 64 unguessable bits, as letters and digits."""
        ...

    def fraction(self) -> float:
        """A number from 0 up to, not including, 1: the jitter of the next retry."""
        ...


def is_numeric(host: str) -> bool:
    """Whether a host is an address and no name."""
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False
