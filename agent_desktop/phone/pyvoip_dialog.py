"""The dialog that pyVoIP does not have (RFC 3261 section 12): who speaks with whom, and which way.

Rules (trap T1): route set and remote target come from the 2xx (the caller, the routes reversed) or from
the INVITE (the callee, the routes as they stand); a re-INVITE moves the target, nothing moves the routes.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from agent_desktop.phone.pyvoip_message import AGENT, Heard, Place
from agent_desktop.sip import parser
from agent_desktop.sip.message import Request
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr


@dataclass(slots=True)
class Dialog:
    """One end of a call."""

    call_id: str
    local: NameAddr
    remote: NameAddr
    target: Uri
    routes: tuple[NameAddr, ...] = ()
    cseq: int = 0
    heard_cseq: int = 0

    def aim(self, message: Heard) -> None:
        """Follow the peer to the address that it gives (target refresh)."""
        contacts = parser.values(message.parsed, "Contact")
        if contacts and contacts[0] != "*":
            self.target = parse_name_addr(contacts[0]).uri

    def request(self, method: str, *, cseq: int = 0) -> Request:
        """A request inside the dialog, without its Via; an ACK repeats the INVITE's `cseq`."""
        if not cseq:
            self.cseq += 1
            cseq = self.cseq
        uri, routes = str(self.target), [str(route) for route in self.routes]
        if self.routes and self.routes[0].uri.parameter("lr") is None:
            # A strict router wants to be the Request-URI itself (section 12.2.1.1).
            uri, routes = str(self.routes[0].uri), [*routes[1:], f"<{self.target}>"]
        headers = [("Max-Forwards", "70"), *(("Route", route) for route in routes)]
        headers += [
            ("From", str(self.local)),
            ("To", str(self.remote)),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
            ("User-Agent", AGENT),
        ]
        return Request(tuple(headers), method=method, uri=uri)

    def next_hop(self, server: Place) -> Place:
        """Where its requests go; to the server when the address is a name, because nothing here may wait."""
        uri = self.routes[0].uri if self.routes else self.target
        try:
            ipaddress.ip_address(uri.host)
        except ValueError:
            return server
        return uri.host, uri.port or 5060


def of_caller(invite: Request, answer: Heard) -> Dialog:
    """The dialog that a 2xx (or a provisional answer with a tag) makes for whoever called."""
    routes = [parse_name_addr(value) for value in parser.values(answer.parsed, "Record-Route")]
    made = Dialog(
        invite.call_id,
        parse_name_addr(invite.header("From")),
        parse_name_addr(answer.parsed.header("To")),
        parse_name_addr(f"<{invite.uri}>").uri,
        tuple(reversed(routes)),
        cseq=parser.cseq_of(invite).number,
    )
    made.aim(answer)
    return made


def of_callee(invite: Heard, tag: str) -> Dialog:
    """The dialog of whoever is called."""
    remote = parse_name_addr(invite.parsed.header("From"))
    made = Dialog(
        invite.call_id,
        parse_name_addr(invite.parsed.header("To")).with_tag(tag),
        remote,
        remote.uri,
        tuple(parse_name_addr(value) for value in parser.values(invite.parsed, "Record-Route")),
        heard_cseq=invite.cseq.number,
    )
    made.aim(invite)
    return made
