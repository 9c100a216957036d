"""SIP messages as values: a request or a response, its header fields in order, and its body.

Header names are looked up without regard to case and in their long form; the text of a value is kept as
it came.  `parser` reads them from bytes; `bytes(message)` writes them with the right Content-Length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from agent_desktop.sip.address import Headers

COMPACT = {
    "a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition",
    "e": "Content-Encoding", "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported",
    "l": "Content-Length", "m": "Contact", "n": "Identity-Info", "o": "Event", "r": "Refer-To",
    "s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires", "y": "Identity",
}  # fmt: skip
_ODD_CASE = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate",
             "mime-version": "MIME-Version", "rack": "RAck", "rseq": "RSeq"}  # fmt: skip


@lru_cache(maxsize=1024)
def canonical(name: str) -> str:
    """The long, usual spelling: `v` is `Via`, `CALL-ID` is `Call-ID`."""
    lower = name.lower()
    if lower in COMPACT:
        return COMPACT[lower]
    return _ODD_CASE.get(lower) or "-".join(part.capitalize() for part in lower.split("-"))


@dataclass(frozen=True, slots=True)
class Message:
    """What requests and responses share."""

    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value of a header field, "" when there is none."""
        wanted = canonical(name)
        return next((value for key, value in self.headers if key == wanted), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every field of that name, top first, each as it stood on its line."""
        wanted = canonical(name)
        return tuple(value for key, value in self.headers if key == wanted)

    def has(self, name: str) -> bool:
        wanted = canonical(name)
        return any(key == wanted for key, _ in self.headers)

    @property
    def call_id(self) -> str:
        return self.header("Call-ID")

    def start_line(self) -> str:
        raise NotImplementedError

    def __bytes__(self) -> bytes:
        lines = [self.start_line()]
        lines += [f"{name}: {value}" for name, value in self.headers if name != "Content-Length"]
        if any("\r" in line or "\n" in line for line in lines):
            # A text from outside in a header must not become a header of its own.
            lines = [line.replace("\r", " ").replace("\n", " ") for line in lines]
        lines.append(f"Content-Length: {len(self.body)}")
        head = "\r\n".join(lines) + "\r\n\r\n"
        return head.encode("utf-8", "surrogateescape") + self.body


@dataclass(frozen=True, slots=True)
class Request(Message):
    """A request; `uri` is the text of the Request-URI."""

    method: str = ""
    uri: str = ""

    def start_line(self) -> str:
        return f"{self.method} {self.uri} SIP/2.0"


@dataclass(frozen=True, slots=True)
class Response(Message):
    """A response; a reason phrase may be empty."""

    status: int = 0
    reason: str = ""

    def start_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"

    @property
    def is_final(self) -> bool:
        return self.status >= 200

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def with_header(message: Request, name: str, value: str) -> Request:
    """The request with one header field added at the end."""
    return replace(message, headers=(*message.headers, (canonical(name), value)))


REASONS = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
    200: "OK", 202: "Accepted", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone",
    413: "Request Entity Too Large", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme",
    420: "Bad Extension", 421: "Extension Required", 423: "Interval Too Brief", 469: "Bad Info Package",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
    483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated",
    488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending", 493: "Undecipherable",
    500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large", 600: "Busy Everywhere",
    603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}  # fmt: skip
