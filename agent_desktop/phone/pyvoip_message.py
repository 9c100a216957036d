"""Messages of the pyVoIP engine: read by our own parser, handed to pyVoIP in the shape that it knows.

pyVoIP's reader raises on headers in their short form, on statuses it has no name for, on lists, on bodies
with an empty line and on every method but four; its writer repeats branches and makes up To tags.  Here a
message keeps its `parsed` value beside pyVoIP's dictionary, and whatever goes out is written from values.

Rules: an ACK for 300 to 699 and a CANCEL repeat the INVITE's branch (RFC 3261 sections 17.1.1.3, 9.1); a
response repeats every Via, From, Call-ID, CSeq and Record-Route of its request (8.2.6.2, 12.1.1).
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Final

from agent_desktop.errors import SipError
from agent_desktop.phone.pyvoip_parts import SIPMessage, SIPMessageType, SIPParseError, SIPStatus
from agent_desktop.sip import parser
from agent_desktop.sip.address import Address, Headers
from agent_desktop.sip.message import REASONS, Request, Response
from agent_desktop.sip.uri import parse_name_addr
from agent_desktop.sip.via import parse_via, return_address

ALLOWED: Final = "INVITE, ACK, BYE, CANCEL, OPTIONS"
AGENT: Final = "agent-desktop (pyVoIP 1.6.8)"
SDP: Final = "application/sdp"

Place = tuple[str, int]
"""Host and port."""


def token() -> str:
    """For tags, branches and Call-IDs: never the same twice (trap T9)."""
    return secrets.token_hex(12)


class Heard(SIPMessage):
    """A message from the network.  Raises SIPParseError when it is none."""

    def __init__(self, data: bytes, source: Place) -> None:
        self.source = source
        self.parsed: Request | Response
        self.code = 0
        super().__init__(data)

    def parse(self, data: bytes) -> None:
        """Instead of pyVoIP's reader."""
        try:
            self.parsed = parser.parse(data)
        except SipError as error:
            raise SIPParseError(str(error)) from error
        found = self.parsed
        self.version = "SIP/2.0"
        self.heading = found.start_line().encode("utf-8", "surrogateescape")
        if isinstance(found, Response):
            self.type = SIPMessageType.RESPONSE
            self.code = found.status
            self.status = _status(found.status)
        else:
            self.type = SIPMessageType.MESSAGE
            self.method = found.method
        self.headers = dict(reversed(found.headers))
        self.headers["Via"] = [_old_via(value) for value in parser.values(found, "Via")]
        for name in ("From", "To"):
            self.headers[name] = _old_name(found.header(name))
        number, _, method = found.header("CSeq").partition(" ")
        self.headers["CSeq"] = {"check": number, "method": method.strip()}

    @property
    def call_id(self) -> str:
        return self.parsed.call_id

    @property
    def cseq(self) -> parser.CSeq:
        return parser.cseq_of(self.parsed)

    @property
    def branch(self) -> str:
        return parse_via(parser.values(self.parsed, "Via")[0]).branch

    @property
    def from_tag(self) -> str:
        return parse_name_addr(self.parsed.header("From")).tag

    @property
    def to_tag(self) -> str:
        return parse_name_addr(self.parsed.header("To")).tag

    @property
    def return_place(self) -> Place:
        """Where its response goes (RFC 3261 section 18.2.2, RFC 3581)."""
        back = return_address(parse_via(parser.values(self.parsed, "Via")[0]), Address("udp", *self.source))
        return back.host, back.port

    @property
    def sdp(self) -> bytes:
        """Its session description, b"" when there is none."""
        return self.parsed.body if parser.media_type(self.parsed) == SDP else b""


def _status(code: int) -> SIPStatus:
    """PyVoIP's name for a status; for one that it does not know, that of its class."""
    try:
        return SIPStatus(code)
    except ValueError:
        return SIPStatus({1: 183, 2: 200}.get(code // 100, code // 100 * 100))


def _old_via(value: str) -> dict[str, object]:
    via = parse_via(value)
    return {
        "type": f"SIP/2.0/{via.transport}",
        "address": (via.host, str(via.port or 5060)),
        **dict(via.parameters),
    }


def _old_name(value: str) -> dict[str, object]:
    name = parse_name_addr(value)
    where = f"{name.uri.host}:{name.uri.port}" if name.uri.port else name.uri.host
    return {
        "raw": str(replace(name, parameters=())),
        "tag": name.tag,
        "address": f"{name.uri.user}@{where}" if name.uri.user else where,
        "number": name.uri.user or None,
        "caller": name.name,
        "host": where,
    }


def response_to(
    message: Heard, status: int, *, tag: str = "", headers: Headers = (), body: bytes = b""
) -> bytes:
    """A response; `tag` is our end's of the dialog."""
    request = message.parsed
    via = parser.values(request, "Via")
    seen = str(parse_via(via[0]).seen_from(Address("udp", *message.source)))
    to = parse_name_addr(request.header("To"))
    if status > 100 and not to.tag:
        to = to.with_tag(tag or token())
    kept: list[tuple[str, str]] = [("Via", value) for value in (seen, *via[1:])]
    kept += [("Record-Route", value) for value in request.all("Record-Route")]
    kept += [
        ("From", request.header("From")),
        ("To", str(to)),
        ("Call-ID", request.call_id),
        ("CSeq", request.header("CSeq")),
        ("User-Agent", AGENT),
    ]
    if body:
        kept.append(("Content-Type", SDP))
    return bytes(Response((*kept, *headers), body, status, REASONS.get(status, "")))


def rewritten(text: str, uri: str, **changed: str) -> Request:
    """A request as pyVoIP wrote it, with another Request-URI and other values (`Call_ID="..."`)."""
    made = parser.parse(text.encode())
    assert isinstance(made, Request)  # noqa: S101 - pyVoIP wrote it
    new = {name.replace("_", "-"): value for name, value in changed.items()}
    fixed = {"Allow": ALLOWED, "User-Agent": AGENT, **new}
    kept = tuple((name, fixed.pop(name, value)) for name, value in made.headers)
    return replace(made, uri=uri, headers=(*kept, *((n, v) for n, v in fixed.items() if v)))


def with_via(request: Request, host: str, port: int) -> tuple[Request, str]:
    """The request with a fresh branch on top, and the branch."""
    branch = f"z9hG4bK{token()}"
    kept = tuple(pair for pair in request.headers if pair[0] != "Via")
    via = ("Via", f"SIP/2.0/UDP {host}:{port};branch={branch};rport")
    return replace(request, headers=(via, *kept)), branch


def numbered(request: Request, number: int) -> Request:
    """The request with another CSeq."""
    cseq = ("CSeq", f"{number} {request.method}")
    headers = tuple(cseq if pair[0] == "CSeq" else pair for pair in request.headers)
    return replace(request, headers=headers)


def ack_of(invite: Request, response: Response) -> Request:
    """The ACK for a final response that is no success."""
    to = ("To", response.header("To"))
    return _same_hop(invite, "ACK", to)


def cancel_of(invite: Request) -> Request:
    """The CANCEL of an INVITE."""
    return _same_hop(invite, "CANCEL", ("To", invite.header("To")))


def _same_hop(invite: Request, method: str, to: tuple[str, str]) -> Request:
    number = parser.cseq_of(invite).number
    headers: list[tuple[str, str]] = [("Via", invite.header("Via")), ("Max-Forwards", "70")]
    headers += [("Route", value) for value in invite.all("Route")]
    headers += [
        ("From", invite.header("From")),
        to,
        ("Call-ID", invite.call_id),
        ("CSeq", f"{number} {method}"),
        ("User-Agent", AGENT),
    ]
    return Request(tuple(headers), method=method, uri=invite.uri)
