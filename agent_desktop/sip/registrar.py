"""The registrar's table: which phone can be reached where, and until when (RFC 3261 section 10.3)."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.sip.address import Address
from agent_desktop.sip.uri import Uri


@dataclass(frozen=True, slots=True)
class Binding:
    """One phone of a user: the Contact it gave and the address its REGISTER came from."""

    user: str
    contact: Uri
    source: Address
    expires_at: float
    call_id: str
    cseq: int
    q: float = 1.0
