"""Why a leg is over, in words, and whether the network or a person ended it (PRODUCT M8).

A person hangs up, gives up, is busy or declines; everything else (nobody there, no answer to our requests,
a gateway's fault) is the network.  The Reason header (RFC 3326) goes before the SIP status: a gateway sends
BYE for a broken line too, and says so there.
"""

from __future__ import annotations

from typing import Final

from agent_desktop.sip import events as sip
from agent_desktop.sip.reason import Reason, reasons_of

_BY_A_PERSON: Final = frozenset({480, 486, 487, 600, 603, 607, 608})
_BROKEN: Final = frozenset({27, 34, 38, 41, 42, 44, 47, 102, 111})
"""Q.850 causes that no person can bring about."""


def why(event: sip.Ended) -> str:
    """What the router is told and a report shows."""
    reasons = _reasons(event)
    if event.cause or reasons:
        return event.cause or reasons[0].words
    match event.by:
        case sip.EndedBy.REMOTE:
            return "Hung up."
        case sip.EndedBy.CANCELLED:
            return "Gave up before the answer."
        case sip.EndedBy.TIMED_OUT:
            return "No answer came over the network."
        case sip.EndedBy.LOCAL | sip.EndedBy.REFUSED | sip.EndedBy.FAILED:
            return f"{event.status} {event.reason}".strip()


def is_networks(event: sip.Ended) -> bool:
    """Nobody wanted this end."""
    match event.by:
        case sip.EndedBy.TIMED_OUT | sip.EndedBy.FAILED:
            return True
        case sip.EndedBy.REFUSED:
            return event.status not in _BY_A_PERSON
        case sip.EndedBy.LOCAL | sip.EndedBy.REMOTE | sip.EndedBy.CANCELLED:
            return any(
                reason.protocol.upper() == "Q.850" and reason.cause in _BROKEN for reason in _reasons(event)
            )


def _reasons(event: sip.Ended) -> tuple[Reason, ...]:
    return reasons_of(event.message) if event.message is not None else ()
