"""Why a call ended, as the other side says it: the Reason header field (RFC 3326, RFC 6432, Q.850).

Rules of the file: an unreadable Reason is skipped, never refused; the words come from the peer when it
gives some, else from the tables of Q.850 and SIP.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.errors import SipError
from agent_desktop.sip.message import REASONS, Message
from agent_desktop.sip.parser import values
from agent_desktop.sip.uri import clean, parse_parameters

_Q850 = {
    1: "Unallocated number", 2: "No route to transit network", 3: "No route to destination",
    6: "Channel unacceptable", 16: "Normal call clearing", 17: "User busy", 18: "No user responding",
    19: "No answer from user", 20: "Subscriber absent", 21: "Call rejected", 22: "Number changed",
    26: "Non-selected user clearing", 27: "Destination out of order", 28: "Invalid number format",
    29: "Facility rejected", 31: "Normal, unspecified", 34: "No circuit available",
    38: "Network out of order", 41: "Temporary failure", 42: "Switching equipment congestion",
    44: "Requested circuit not available", 47: "Resource unavailable", 50: "Facility not subscribed",
    57: "Bearer capability not authorised", 58: "Bearer capability not available",
    63: "Service not available", 65: "Bearer capability not implemented", 79: "Service not implemented",
    88: "Incompatible destination", 102: "Recovery on timer expiry", 111: "Protocol error",
    127: "Interworking, unspecified",
}  # fmt: skip
MAX_REASONS = 8


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a protocol (`Q.850`, `SIP`), its number, and words."""

    protocol: str
    cause: int
    text: str = ""

    @property
    def words(self) -> str:
        """What it says to a person."""
        table = _Q850 if self.protocol.upper() == "Q.850" else REASONS
        return self.text or table.get(self.cause, f"{self.protocol} {self.cause}")

    def __str__(self) -> str:
        escaped = self.text.replace("\\", "\\\\").replace('"', '\\"')
        return f"{self.protocol};cause={self.cause}" + (f';text="{escaped}"' if escaped else "")


CLEARED = Reason("Q.850", 16, "Normal call clearing")
NO_ANSWER = Reason("Q.850", 19, "No answer from user")
EXPIRED = Reason("Q.850", 102, "Recovery on timer expiry")
NO_MEDIA = Reason("Q.850", 88, "Incompatible destination")
ELSEWHERE = Reason("SIP", 200, "Call completed elsewhere")
"""For the CANCEL of a phone whose call another phone answered: it is not a missed call."""


def reasons_of(message: Message) -> tuple[Reason, ...]:
    """Every readable Reason of a message, in order."""
    try:
        found = values(message, "Reason")[:MAX_REASONS]
    except SipError:
        return ()
    return tuple(reason for text in found if (reason := _read(text)))


def _read(text: str) -> Reason | None:
    protocol, semicolon, rest = text.partition(";")
    try:
        pairs = dict(parse_parameters(semicolon + rest))
    except SipError:
        return None
    cause = pairs.get("cause") or ""
    words = (pairs.get("text") or "").strip()
    if words.startswith('"'):
        words = words[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if not protocol.strip() or not (cause.isascii() and cause.isdigit() and len(cause) < 5):
        return None
    return Reason(protocol.strip(), int(cause), clean(words))


def cause_of(message: Message | None) -> str:
    """The first reason of a message in words, "" when it gives none."""
    found = reasons_of(message) if message is not None else ()
    return found[0].words if found else ""
