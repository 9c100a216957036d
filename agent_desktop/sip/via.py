"""The Via header field: the way back of a response (RFC 3261 sections 18.2 and 20.42, RFC 3581 rport)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from agent_desktop.errors import SipError
from agent_desktop.sip.address import Address
from agent_desktop.sip.uri import Parameters, format_parameters, parse_host_port, parse_parameters

COOKIE = "z9hG4bK"
_VIA = re.compile(
    r"SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+([^;]+)(;.*)?",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Via:
    """One hop."""

    transport: str
    host: str
    port: int | None = None
    parameters: Parameters = ()

    def parameter(self, name: str) -> str | None:
        return next((value or "" for key, value in self.parameters if key == name), None)

    @property
    def branch(self) -> str:
        return self.parameter("branch") or ""

    @property
    def has_unique_branch(self) -> bool:
        """False for the senders of RFC 2543, and for a bare cookie (RFC 4475 section 3.2.1)."""
        return self.branch.startswith(COOKIE) and len(self.branch) > len(COOKIE)

    @property
    def sent_by(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def seen_from(self, source: Address) -> Via:
        """With `received`, and `rport` if it was asked for, filled in from where the request came."""
        kept = tuple(pair for pair in self.parameters if pair[0] not in {"received", "rport"})
        wants_rport = self.parameter("rport") is not None
        added: list[tuple[str, str | None]] = []
        if wants_rport or self.host.lower() != source.host.lower():
            added.append(("received", source.host))
        if wants_rport:
            added.append(("rport", str(source.port)))
        return replace(self, parameters=(*kept, *added))

    def __str__(self) -> str:
        return f"SIP/2.0/{self.transport} {self.sent_by}{format_parameters(self.parameters)}"


def parse_via(text: str) -> Via:
    """Read one Via value; SipError when it is not one."""
    match = _VIA.fullmatch(text.strip(" \t"))
    if not match:
        raise SipError("The Via header is not readable.")
    # ABNF allows white space around the colon and the brackets of an IPv6 host.
    host, port = parse_host_port(":".join(part.strip(" \t") for part in match.group(2).split(":")))
    return Via(match.group(1).upper(), host, port, parse_parameters(match.group(3) or ""))


def return_address(via: Via, source: Address) -> Address:
    """Where a response goes: back on the connection, to rport, or to the sent-by port (section 18.2.2)."""
    if source.is_reliable or via.parameter("rport") is not None:
        return source
    return Address("udp", source.host, via.port or 5060)


def alias_of(data: bytes, source: Address) -> Address | None:
    """Where the sender of a request on a connection listens, if its top Via says `alias` (RFC 5923)."""
    head = data[:2000].partition(b"\r\n\r\n")[0]
    if b"alias" not in head or head.startswith(b"SIP/"):
        return None
    found = re.search(rb"\r\n(?:Via|v)[ \t]*:[ \t]*([^\r,]{1,300})", head, re.IGNORECASE)
    try:
        via = parse_via(found.group(1).decode()) if found else None
    except (SipError, UnicodeDecodeError):
        return None
    if via is None or via.parameter("alias") is None or via.host.lower() != source.host.lower():
        return None
    return Address(source.transport, source.host, via.port or (5061 if source.transport == "tls" else 5060))
