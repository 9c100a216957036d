"""Who we are to a server, and what a `UserAgent` says of itself: values, no behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent_desktop.domain.types import Seconds
from agent_desktop.sip.address import Address
from agent_desktop.sip.uri import Uri, parse_host_port


@dataclass(frozen=True, slots=True)
class Ha1:
    """What a digest needs in place of the password: the hash of user:realm:password ("" where not known)."""

    md5: str = ""
    sha256: str = ""

    def of(self, algorithm: str) -> str:
        return self.sha256 if algorithm == "SHA-256" else self.md5


PasswordOf = Callable[[str], str | Ha1 | None]
"""The password of a user or its hashes, None for a user that we do not know."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a SIP server: ours as a phone, or the switch's at a trunk.

    `domain` is a host, or host:port.  A digest challenge is answered only for `realm` and `realms` (the
    domain's host when both are empty) and only towards `server` and the addresses of `also_at` (a second
    proxy of the same provider), so that nobody else ever gets a hash of the password (EnableSecurity
    ES2021-05).
    """

    user: str
    domain: str
    server: Address
    password: str = ""
    auth_user: str = ""
    realm: str = ""
    display_name: str = ""
    expires_s: int = 300
    realms: tuple[str, ...] = ()
    also_at: tuple[Address, ...] = ()
    learns_realm: bool = False
    """With no realm named: the first one that the server's answer to our own REGISTER names is ours."""

    @property
    def uri(self) -> Uri:
        return Uri("sip", self.user, *parse_host_port(self.domain))

    @property
    def trusted_realms(self) -> tuple[str, ...]:
        """The only realms whose challenges are answered."""
        named = (self.realm, *self.realms) if self.realm else self.realms
        return named or (self.uri.host,)

    def may_ask(self, destination: Address) -> bool:
        """Whether a challenge from there is our own server's."""
        return destination == self.server or destination in self.also_at


_T1, _T2, _T4, _RING = Seconds(0.5), Seconds(4.0), Seconds(5.0), Seconds(180.0)


@dataclass(frozen=True, slots=True)
class Timers:
    """RFC 3261 table 4; tests may shorten them."""

    t1: Seconds = _T1
    t2: Seconds = _T2
    t4: Seconds = _T4


@dataclass(frozen=True, slots=True)
class Registrar:
    """The registrar's side: accounts of one domain, proved by digest.

    One challenge is sent for each of `algorithms`.  MD5 alone is the default because it is all that SIPp
    3.6.1 and baresip 1.0 know, and baresip gives up when a second challenge names SHA-256 (measured).
    Where every phone is ours, ("SHA-256",) is the better setting.
    """

    realm: str
    password_of: PasswordOf
    min_expires_s: int = 30
    max_expires_s: int = 600
    max_bindings: int = 4
    algorithms: tuple[str, ...] = ("MD5",)


SUPPORTED = ("100rel", "norefersub", "replaces", "timer")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a `UserAgent` says of itself and for what it takes responsibility.

    `local` holds one address for each transport that is open, the preferred one first: Via and Contact
    are written from it.  `user` is the Contact's user where neither account nor number is in play.
    `handled` names the methods (REFER, NOTIFY, SUBSCRIBE, INFO, MESSAGE) that the application answers itself
    with `respond`.

    `session_expires_s` (0: never) and `min_session_s` are the session timer of RFC 4028.  `max_redirects`
    is how many 3xx answers one call follows.  `trusted` are the hosts whose P-Asserted-Identity counts.
    `takes_transfers`: a REFER in a call becomes `TransferAsked`.  `takes_messages`: MESSAGE gets 200.
    `packages` are the events that may be subscribed to here (message-summary, dialog); where there is a
    registrar, only its accounts may.  `keep_alive_s` above 0 sends CRLF, or OPTIONS with
    `keep_alive_by_options`, to every server that we are registered at.
    """

    local: tuple[Address, ...]
    user: str = "agent-desktop"
    product: str = "agent-desktop"
    handled: frozenset[str] = frozenset()
    supported: tuple[str, ...] = SUPPORTED
    timers: Timers = Timers()
    ring_timeout_s: Seconds = _RING
    registrar: Registrar | None = None
    max_legs: int = 2000
    session_expires_s: int = 1800
    min_session_s: int = 90
    max_redirects: int = 0
    trusted: frozenset[str] = frozenset()
    takes_transfers: bool = False
    takes_messages: bool = False
    packages: frozenset[str] = frozenset()
    keep_alive_s: float = 0.0
    keep_alive_by_options: bool = False
