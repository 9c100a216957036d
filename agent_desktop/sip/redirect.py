"""Where a 3xx answer sends a call (RFC 3261 section 8.1.3.4): the best Contact that was not tried yet."""

from __future__ import annotations

from agent_desktop.errors import SipError
from agent_desktop.sip.message import Response
from agent_desktop.sip.parser import values
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr

MAX_CONTACTS = 16


def next_target(response: Response, tried: list[str]) -> Uri | None:
    """The Contact with the largest q among those that were not tried; None when there is none."""
    try:
        found = [parse_name_addr(text) for text in values(response, "Contact")[:MAX_CONTACTS]]
    except SipError:
        return None
    fresh = [one for one in found if one.uri.is_sip and _same(one.uri) not in tried]
    best = max(fresh, key=_q, default=None)
    return best.uri if best else None


def _q(contact: NameAddr) -> float:
    try:
        q = float(contact.parameter("q") or 1.0)
    except ValueError:
        return 0.0
    return q if 0 <= q <= 1 else 0.0


def _same(uri: Uri) -> str:
    """One name for one place: case, default port and parameters beside transport do not make another."""
    return f"{uri.scheme}:{uri.user}@{uri.host.lower()}:{uri.port_or_default};{uri.transport}"


def remember(uri: Uri, tried: list[str]) -> None:
    """This place was tried; it is not tried again for this call."""
    tried.append(_same(uri))
