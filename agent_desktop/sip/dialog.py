"""Dialogs: where in-call requests go and how they are numbered (RFC 3261 section 12, trap T1).

The remote target and the route set come from the 2xx (caller, routes reversed) or from the INVITE (callee,
routes as given).  A re-INVITE or UPDATE may move the remote target; nothing ever changes the route set.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.sip.address import Address, Headers, Transport
from agent_desktop.sip.message import Message, Request, Response
from agent_desktop.sip.parser import cseq_of, values
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr, parse_uri


@dataclass(slots=True)
class Dialog:
    """One dialog at our end."""

    call_id: str
    local: NameAddr
    remote: NameAddr
    remote_target: Uri
    routes: tuple[NameAddr, ...]
    local_cseq: int
    remote_cseq: int | None
    flow: Address

    def next_request(self, method: str, headers: Headers = (), body: bytes = b"") -> Request:
        """A request in this dialog with the next CSeq; for an ACK use `ack`."""
        self.local_cseq += 1
        return self._request(method, self.local_cseq, headers, body)

    def ack(self, cseq: int, headers: Headers = (), body: bytes = b"") -> Request:
        """The ACK of a 2xx (section 13.2.2.4): the INVITE's number, a way of its own."""
        return self._request("ACK", cseq, headers, body)

    def _request(self, method: str, cseq: int, headers: Headers, body: bytes) -> Request:
        uri, routes = self.remote_target, list(self.routes)
        if routes and routes[0].uri.parameter("lr") is None:
            # A strict router of RFC 2543 (section 12.2.1.1): it wants to be the Request-URI.
            uri, routes = routes[0].uri, [*routes[1:], NameAddr(self.remote_target)]
        fields = (
            *(("Route", str(route)) for route in routes),
            ("Max-Forwards", "70"),
            ("From", str(self.local)),
            ("To", str(self.remote)),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
            *headers,
        )
        return Request(fields, body, method, str(uri))

    @property
    def destination(self) -> Address:
        """Where in-call requests go: the first route, else the remote target.

        A connection is used again when it leads to the remote target's host, because phones behind
        NAT and phones on TLS cannot be connected to.
        """
        if self.routes:
            return address_of(self.routes[0].uri)
        target = address_of(self.remote_target)
        if self.flow.is_reliable and self.flow.host.lower() == target.host.lower():
            return self.flow
        return target

    def moved(self, message: Message, source: Address | None = None) -> None:
        """Take the Contact of a target refresh (section 12.2.2), and the connection that it came on."""
        target = contact_of(message)
        if target is not None:
            self.remote_target = target
        if source is not None:
            self.flow = source

    def confirmed(self, response: Response) -> None:
        """An early dialog was answered: its route set is that of the 2xx (section 13.2.2.4)."""
        self.moved(response)
        self.routes = tuple(reversed(routes_of(response)))

    def belongs(self, remote_tag: str) -> bool:
        return self.remote.tag == remote_tag


def address_of(uri: Uri) -> Address:
    """Where an address points (section 18.1 and RFC 3263 without DNS)."""
    wanted = uri.transport
    transport: Transport = "tls" if wanted == "tls" else "tcp" if wanted == "tcp" else "udp"
    return Address(transport, uri.host, uri.port_or_default)


def contact_of(message: Message) -> Uri | None:
    """The address in Contact, None when there is none that can be called."""
    found = values(message, "Contact")
    if not found or found[0] == "*":
        return None
    uri = parse_name_addr(found[0]).uri
    return uri if uri.is_sip else None


def routes_of(message: Message) -> tuple[NameAddr, ...]:
    """Record-Route, top first."""
    return tuple(parse_name_addr(value) for value in values(message, "Record-Route"))


def callee_dialog(invite: Request, tag: str, source: Address) -> Dialog:
    """The dialog that our answer to an INVITE makes (section 12.1.1)."""
    remote = parse_name_addr(invite.header("From"))
    return Dialog(
        call_id=invite.call_id,
        local=parse_name_addr(invite.header("To")).with_tag(tag),
        remote=remote,
        remote_target=contact_of(invite) or remote.uri,
        routes=routes_of(invite),
        local_cseq=0,
        remote_cseq=cseq_of(invite).number,
        flow=source,
    )


def caller_dialog(invite: Request, response: Response, destination: Address) -> Dialog:
    """The dialog that the peer's 1xx or 2xx makes (section 12.1.2)."""
    return Dialog(
        call_id=invite.call_id,
        local=parse_name_addr(invite.header("From")),
        remote=parse_name_addr(response.header("To")),
        remote_target=contact_of(response) or parse_uri(invite.uri),
        routes=tuple(reversed(routes_of(response))),
        local_cseq=cseq_of(invite).number,
        remote_cseq=None,
        flow=destination,
    )
