"""Which acts a call allows now: consult, swap, complete, conference, park, supervise (PRODUCT 3.5, 3.7).

One table, asked by the router before it does something and by the screens before they offer it.  The
answer is a code, empty when the act is possible; each front end has its own words for a code (`REASONS`
are the router's).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HOLD, RESUME, CONSULT, SWAP, COMPLETE = "hold", "resume", "consult", "swap", "complete"
CONFERENCE, DROP, PARK, BLIND, RECORD, SECURE = "conference", "drop", "park", "blind", "record", "secure"
ACTS = (HOLD, RESUME, CONSULT, SWAP, COMPLETE, CONFERENCE, DROP, PARK, BLIND, RECORD, SECURE)

REASONS: Final[Mapping[str, str]] = {
    "no_call": "There is no call.",
    "over": "The call is over.",
    "not_connected": "The call is not connected yet.",
    "held": "The call is on hold already.",
    "not_held": "The call is not on hold.",
    "no_guest": "There is nobody else in the call. Consult somebody first.",
    "guest_rings": "Wait until the other one has answered.",
    "consult_open": "You consult somebody already. Complete it, or let them go first.",
    "conference": "This is a conference; leave it, or let the others go first.",
    "in_conference": "You talk with all of them already.",
    "secure": "Card data is being given. End that first.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the table looks at: the call's state, whom the agent talks with, who else is there."""

    state: str  # the switch's: ringing, treatment, connecting, bridged, held, ended; empty: no call
    held: bool = False
    talk: str = "customer"
    guests: int = 0  # that are up
    ringing: int = 0  # guests that still ring
    secure: bool = False


def refusal(act: str, s: Situation) -> str:
    """Why the act is impossible now, as a code of `REASONS`; empty when it is possible."""
    if why := _whole(s):
        return why
    anyone = s.guests + s.ringing
    consulting = bool(anyone) and s.talk != "all"
    match act:
        case "hold":
            if consulting:
                return "consult_open"
            return "held" if s.held else ""
        case "resume":
            return "" if s.held else "not_held"
        case "consult":
            if s.secure:
                return "secure"
            return "consult_open" if consulting else ""
        case "swap":
            if not anyone:
                return "no_guest"
            if s.talk == "all":
                return "conference"
            return "guest_rings" if not s.guests else ""
        case "complete" | "conference":
            if not anyone:
                return "no_guest"
            if not s.guests:
                return "guest_rings"
            return "in_conference" if act == "conference" and s.talk == "all" and not s.ringing else ""
        case "drop":
            return "" if anyone else "no_guest"
        case "park" | "blind":
            if s.secure:
                return "secure"
            if consulting:
                return "consult_open"
            return "conference" if anyone else ""
        case _:  # record, secure
            return ""


def _whole(s: Situation) -> str:
    if not s.state:
        return "no_call"
    if s.state == "ended":
        return "over"
    return "" if s.state in {"bridged", "held"} else "not_connected"
