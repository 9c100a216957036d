"""Bytes to messages (RFC 3261 sections 7, 25; RFC 4475 for what to bear and what to refuse).

Rules of the file: `parse` raises SipError and nothing else; what it returns can be routed and answered,
because every header field that decides about that was read once here.  `salvage` takes from an unreadable
request what a 400 needs, so that nobody who can be answered is met with silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent_desktop.errors import SipError
from agent_desktop.sip.message import Message, Request, Response, canonical
from agent_desktop.sip.uri import parse_name_addr, parse_parameters, parse_uri, split_quoted
from agent_desktop.sip.via import parse_via

MAX_BYTES = 65_535
MAX_HEADERS = 200
MAX_SEQUENCE = 2**31 - 1
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_CSEQ = re.compile(r"([0-9]{1,10})[ \t]+(" + _TOKEN.pattern + ")")
_STATUS_LINE = re.compile(r"SIP/2\.0 ([0-9]{3})(?: (.*))?", re.IGNORECASE | re.DOTALL)
_DIGITS = re.compile(r"[0-9]+")
_SINGLE = ("From", "To", "Call-ID", "CSeq", "Content-Length", "Max-Forwards", "Content-Type", "Expires")
_REQUIRED = ("Via", "From", "To", "Call-ID", "CSeq")
_ANGLED_LISTS = ("Contact", "Route", "Record-Route")


@dataclass(frozen=True, slots=True)
class CSeq:
    """The sequence number of a request in its dialog, and its method."""

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


def parse(data: bytes) -> Request | Response:
    """Read one datagram or one message of a stream; surplus bytes after Content-Length are ignored."""
    head, body = split_head(data)
    start, headers = _read_head(head)
    message = _start_line(start, headers)
    _check(message)
    return _with_body(message, body)


def split_head(data: bytes) -> tuple[bytes, bytes]:
    """Header section and what follows it."""
    if len(data) > MAX_BYTES:
        raise SipError("The message is too large.", status=513)
    data = data.lstrip(b"\r\n")
    for end in (b"\r\n\r\n", b"\n\n"):
        head, found, body = data.partition(end)
        if found:
            return head, body
    return data.rstrip(b"\r\n"), b""


def _read_head(head: bytes) -> tuple[str, tuple[tuple[str, str], ...]]:
    text = head.decode("utf-8", "surrogateescape")
    lines = text.split("\r\n") if "\r\n" in text else text.split("\n")
    start, fields = lines[0], _unfold(lines[1:])
    if len(fields) > MAX_HEADERS:
        raise SipError("The message has too many header fields.", status=513)
    headers: list[tuple[str, str]] = []
    for line in fields:
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t")
        if not colon or not _TOKEN.fullmatch(name):
            raise SipError("A header field is not readable.")
        headers.append((canonical(name), value.strip(" \t")))
    return start, tuple(headers)


def _unfold(lines: list[str]) -> list[str]:
    fields: list[list[str]] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and fields:
            fields[-1].append(line.strip(" \t\r\n"))
        else:
            fields.append([line.replace("\r", " ").replace("\n", " ")])
    return [" ".join(parts) for parts in fields]


def _start_line(line: str, headers: tuple[tuple[str, str], ...]) -> Request | Response:
    if line[:4].upper() == "SIP/" and " " in line:
        match = _STATUS_LINE.fullmatch(line)
        if not match or not 100 <= int(match.group(1)) <= 699:
            raise SipError("The status line is not readable.")
        return Response(headers, status=int(match.group(1)), reason=match.group(2) or "")
    parts = line.split(" ")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]) or not parts[1]:
        raise SipError("The request line is not readable.")
    method, uri, version = parts
    if version.upper() != "SIP/2.0":
        known = re.fullmatch(r"SIP/[0-9]+\.[0-9]+", version, re.IGNORECASE)
        raise SipError("Only SIP 2.0 is spoken here.", status=505 if known else 400)
    return Request(headers, method=method, uri=uri)


def _check(message: Request | Response) -> None:
    for name in _REQUIRED:
        if not message.header(name):
            raise SipError(f"The {name} header is missing.")
    for name in _SINGLE:
        if len(message.all(name)) > 1:
            raise SipError(f"There is more than one {name} header.")
    cseq = cseq_of(message)
    for value in values(message, "Via"):
        parse_via(value)
    parse_name_addr(message.header("From"))
    parse_name_addr(message.header("To"))
    for name in _ANGLED_LISTS:
        for value in values(message, name):
            if not (name == "Contact" and value == "*"):
                parse_name_addr(value)
    if isinstance(message, Request):
        _check_request(message, cseq)


def _check_request(request: Request, cseq: CSeq) -> None:
    if cseq.method != request.method:
        raise SipError("The CSeq header names another method.")
    if parse_uri(request.uri).headers:
        raise SipError("The requested address carries headers.")
    hops = request.header("Max-Forwards")
    if hops and (not _DIGITS.fullmatch(hops) or len(hops) > 6 or int(hops) > 255):
        raise SipError("The Max-Forwards header is not readable.")
    date = request.header("Date")
    if date and not date.endswith(" GMT"):
        raise SipError("The Date header is not in GMT.")


def _with_body(message: Request | Response, body: bytes) -> Request | Response:
    length = content_length(message)
    if length is not None:
        if length > len(body):
            raise SipError("The message is shorter than its Content-Length says.")
        body = body[:length]
    if isinstance(message, Request):
        return Request(message.headers, body, message.method, message.uri)
    return Response(message.headers, body, message.status, message.reason)


def content_length(message: Message) -> int | None:
    """What Content-Length says, None when it is not there."""
    text = message.header("Content-Length")
    if not message.has("Content-Length"):
        return None
    if not _DIGITS.fullmatch(text) or len(text) > 9:
        raise SipError("The Content-Length header is not readable.")
    return int(text)


def cseq_of(message: Message) -> CSeq:
    """The CSeq of a message; SipError when it cannot be read."""
    match = _CSEQ.fullmatch(message.header("CSeq"))
    if not match or int(match.group(1)) > MAX_SEQUENCE:
        raise SipError("The CSeq header is not readable.")
    return CSeq(int(match.group(1)), match.group(2))


def values(message: Message, name: str) -> list[str]:
    """The values of a header field that may be a list, over all its lines, in order."""
    found: list[str] = []
    for line in message.all(name):
        if "," not in line:
            found.append(line)
        else:
            found += [value.strip(" \t") for value in split_quoted(line, ",")]
    return found


def tokens(message: Message, name: str) -> list[str]:
    """The option tags or methods of a list, without empty ones."""
    return [value for value in values(message, name) if value]


def media_type(message: Message) -> str:
    """The body's type in lower case without parameters."""
    return message.header("Content-Type").partition(";")[0].strip(" \t").lower()


def seconds(text: str, largest: int) -> int | None:
    """A delta-seconds value, at most `largest`; None when it is not one (RFC 4475 section 3.1.2.4)."""
    value = text.split("(", 1)[0].split(";", 1)[0].strip(" \t")
    if not _DIGITS.fullmatch(value):
        return None
    return largest if len(value) > 9 else min(int(value), largest)


def salvage(data: bytes) -> Request | None:
    """From a request that cannot be read, what its refusal must repeat; None when there is no way back."""
    try:
        head, _ = split_head(data[:MAX_BYTES])
    except SipError:  # pragma: no cover - the slice is never too large
        return None
    text = head.decode("utf-8", "surrogateescape")
    lines = text.split("\r\n") if "\r\n" in text else text.split("\n")
    start = lines[0].split(" ")
    if not _TOKEN.fullmatch(start[0]) or len(start) < 2 or start[0] == "ACK":
        return None
    headers: list[tuple[str, str]] = []
    for line in _unfold(lines[1:])[:MAX_HEADERS]:
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t")
        if colon and _TOKEN.fullmatch(name):
            headers.append((canonical(name), value.strip(" \t")))
    found = Request(tuple(headers), method=start[0], uri=start[1])
    return found if found.has("Via") else None


__all__ = [
    "CSeq",
    "content_length",
    "cseq_of",
    "media_type",
    "parse",
    "parse_parameters",
    "salvage",
    "seconds",
    "split_head",
    "tokens",
    "values",
]
