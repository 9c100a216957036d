"""Where the phone stands in the network: its ports, its own address, and how a number becomes an address."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, cast

from agent_desktop.errors import RefusedError, SipError
from agent_desktop.phone import network
from agent_desktop.sip.accounts import Account, Settings
from agent_desktop.sip.address import (
    Address,
    LegId,
    RegistrationId,
    RequestId,
    SubscriptionId,
    Transport,
)
from agent_desktop.sip.events import Event
from agent_desktop.sip.media import LocalMedia
from agent_desktop.sip.sdp import Origin, build_sdp
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.tls import TlsTrust
from agent_desktop.sip.transport import LONGEST_DATAGRAM, SipTransport, SystemRandomness
from agent_desktop.sip.uri import Uri, parse_host_port, parse_uri
from agent_desktop.voice import offer
from agent_desktop.voice.offer import MediaPolicy
from agent_desktop.wire.models import PhoneAccount

_HEAD_BYTES: Final = 520
"""Of an INVITE's header, without domain, users and host: measured, with an interaction."""


@dataclass(slots=True, eq=False)
class Station:
    """Open ports, and who we are there.  It is emptied when it is retired and its last call is over."""

    transport: SipTransport
    host: str
    kind: Transport
    server_host: str
    account: Account
    registration: RegistrationId | None = None
    calls: set[str] = field(default_factory=set)
    is_retired: bool = False
    emptied: asyncio.Event = field(default_factory=asyncio.Event)
    server_port: int = 0
    policy: MediaPolicy = field(default_factory=MediaPolicy)
    trust: TlsTrust = field(default_factory=TlsTrust)
    trouble: str = ""
    """Why the server was not reached the last time, in words."""
    is_registered: bool = False
    probe: RequestId | None = None
    mailbox: SubscriptionId | None = None

    def media(self, port: int, *, is_offer: bool) -> LocalMedia:
        """Our side of a new call's sound, with keys of its own.

        An offer that goes in a datagram has one way of encrypting, the one that everybody knows: with more
        of them it would not fit (RFC 3261 section 18.1.1).
        """
        policy = self.policy
        if is_offer and self.kind == "udp":
            policy = replace(policy, suites=policy.suites[:1])
        return offer.local_media(policy, self.host, port, secrets.token_bytes)

    def fits(self, media: LocalMedia, target: Uri) -> bool:
        """Whether an INVITE with it goes in a datagram (RFC 3261 section 18.1.1).

        Credentials are not counted: with them an offer of every codec is too long anyway, and is tried by TCP
        first.  Measured, with an interaction: 990 bytes without text, 1,095 with, 1,263 encrypted.
        """
        if self.kind != "udp":
            return True
        user, domain = self.account.user, self.account.domain
        head = _HEAD_BYTES + 3 * len(domain) + 2 * len(user) + 2 * len(target.user) + 2 * len(self.host)
        return head + len(build_sdp(Origin("0" * 17, 1, self.host), media)) <= LONGEST_DATAGRAM

    async def move(self, host: str, media: Callable[[], dict[LegId, LocalMedia]]) -> None:
        """Go on at another address of this computer, with all calls; OSError when no port opens there.

        `media` is asked once the move is certain: where the sound of each call is now.
        """
        udp = await self.transport.move(host)
        self.host, self.transport.send_from = host, (udp.host, udp.port)
        local = (udp,) if self.kind == "udp" else (Address(self.kind, host, udp.port), udp)
        self.transport.agent.refresh_targets(local, self.transport.now(), media())
        self.transport.flush()

    def is_server(self, source: Address) -> bool:
        """Whether a call comes from our telephone server; on one computer every program has its host."""
        if source.host != self.server_host:
            return False
        shared = source.transport == "udp" and ipaddress.ip_address(source.host).is_loopback
        return not shared or source.port == self.server_port


async def plan_for(account: PhoneAccount) -> tuple[Address, str]:
    """The server's address, and ours towards it; OSError or SipError when there is none."""
    host, port = parse_host_port(account.server)
    kind = cast("Transport", account.transport if account.transport in {"udp", "tcp", "tls"} else "udp")
    number = port or (5061 if kind == "tls" else 5060)
    there = await resolved(host)
    # With TLS the name is kept: the certificate is checked against it.
    return Address(kind, host if kind == "tls" else there, number), network.own_address(there, number)


def policy_of(account: PhoneAccount) -> MediaPolicy:
    """What the centre wants of the sound of our calls.  ConfigError for a word that is none."""
    return MediaPolicy(codecs=account.codecs or offer.CODECS, srtp=account.srtp)


def trust_of(account: PhoneAccount, ca_file: str = "") -> TlsTrust:
    """Whom a TLS connection believes.  ConfigError for a fingerprint that is none."""
    return TlsTrust(ca_file=ca_file, pins=(account.fingerprint,) if account.fingerprint else ())


async def open_station(here: str, kind: Transport, on_event: Callable[[Station, Event], None]) -> Station:
    """Open ports on one of our addresses; OSError when that is not possible."""
    holder: list[Station] = []

    def in_trouble(_where: Address, words: str) -> None:
        holder[0].trouble = words

    transport = SipTransport(lambda event: on_event(holder[0], event), on_trouble=in_trouble)
    udp = await transport.listen_udp(here, 0)
    # A server finds the connection that a Contact with its address and port means, and needs no other.
    transport.send_from = (udp.host, udp.port)
    local = (udp,) if kind == "udp" else (Address(kind, here, udp.port), udp)
    station = Station(transport, here, kind, "", Account("", here, udp))
    holder.append(station)
    transport.start(UserAgent(Settings(local=local), SystemRandomness()))
    return station


def target_of(text: str, account: Account) -> Uri:
    """A number or extension at the registrar, or a SIP address as it stands."""
    text = text.strip()
    try:
        if text.lower().startswith(("sip:", "sips:")):
            return parse_uri(text)
        host, port = parse_host_port(account.domain)
    except SipError as error:
        raise RefusedError(
            f"{text} is not a number or address that can be called.", code="bad_target"
        ) from error
    number = text if "@" in text else "".join(c for c in text if c not in " -()/.\t")
    if not number or not number.isprintable():
        raise RefusedError("There is no number to call.", code="bad_target")
    if "@" in number:
        return target_of(f"sip:{number}", account)
    return Uri("sip", number, host, port)


def referred_to(text: str, account: Account) -> Uri:
    """What the other side of a call is asked to call: a number is reached as we reach our server.

    Without the transport it would ask at that port by UDP (RFC 3263 section 4.1).
    """
    uri, transport = target_of(text, account), account.server.transport
    is_number = "@" not in text and not text.strip().lower().startswith(("sip:", "sips:"))
    return replace(uri, parameters=(("transport", transport),)) if is_number and transport != "udp" else uri


async def resolved(host: str) -> str:
    """The first address of a name; OSError when it has none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    return str(found[0][4][0])
