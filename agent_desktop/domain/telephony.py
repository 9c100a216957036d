"""How the exchange reaches the telephone network and speaks: trunks, routes, codecs, keys, voices."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.domain.types import Seconds

SRTP = ("off", "optional", "mandatory")
TRANSPORTS = ("udp", "tcp", "tls")
CODECS = ("opus", "G722", "PCMU", "PCMA")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A way to the telephone network; the password lies in a file of its own."""

    id: str
    host: str
    port: int = 5060
    transport: str = "udp"
    user: str = ""
    password_file: str = ""
    realm: str = ""
    register: bool = False
    expires_s: int = 300
    codecs: tuple[str, ...] = ()
    srtp: str = "off"
    ca_file: str = ""
    fingerprint: str = ""
    caller_id: str = ""
    most_calls: int = 30
    text: bool = True
    """Real-time text is offered in calls that go out over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Numbers that begin with `prefix` go by these trunks, in order; the longest prefix wins."""

    prefix: str
    trunks: tuple[str, ...]
    strip: int = 0
    prepend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """How the exchange speaks to phones and trunks.

    `phones` is the transport that agents' phones use; with tls they are told the fingerprint of the
    exchange's certificate, so that a centre without a public name is safe too.
    """

    codecs: tuple[str, ...] = CODECS
    srtp: str = "optional"
    session_timer_s: Seconds = Seconds(1800.0)
    voices: tuple[tuple[str, str], ...] = ()  # language, voice
    echo_number: str = ""
    phones: str = "udp"
