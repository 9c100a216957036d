"""Who the other side is, in the word of a network that we trust (P-Asserted-Identity, RFC 3325).

From is whatever a caller writes.  An asserted identity counts only when the message came from a host of
`Settings.trusted`; from anybody else it is as if it were not there.
"""

from __future__ import annotations

from agent_desktop.errors import SipError
from agent_desktop.sip.address import Address, Headers
from agent_desktop.sip.message import Message
from agent_desktop.sip.parser import values
from agent_desktop.sip.uri import NameAddr, parse_name_addr

NAME = "P-Asserted-Identity"


def asserted_in(message: Message, source: Address, trusted: frozenset[str]) -> NameAddr | None:
    """The first SIP or telephone identity that a trusted host asserts."""
    if source.host not in trusted:
        return None
    try:
        found = [parse_name_addr(value) for value in values(message, NAME)[:2]]
    except SipError:
        return None
    return next((one for one in found if one.uri.is_sip or one.uri.scheme == "tel"), None)


def asserting(identity: NameAddr | None) -> Headers:
    """The header field that asserts an identity to a network that trusts us."""
    return ((NAME, str(NameAddr(identity.uri, identity.name))),) if identity is not None else ()
