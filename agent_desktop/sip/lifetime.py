"""Session timers (RFC 4028): a call whose other end has vanished does not live for ever.

One side refreshes at half the interval, by UPDATE when the peer takes it, else by re-INVITE; without a
refresh both sides end the call shortly before the interval is over.

Rules of the file: towards a peer that does not know session timers nothing is refreshed; an interval below
our least gets 422; after our own 422 the call is tried again with what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from agent_desktop.sip.address import Headers
from agent_desktop.sip.core import Core
from agent_desktop.sip.events import EndedBy
from agent_desktop.sip.incall import InCall
from agent_desktop.sip.leg import Leg, LegState, LegTable, Session
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.parser import seconds, tokens
from agent_desktop.sip.reason import EXPIRED
from agent_desktop.sip.uri import parse_parameters

LONGEST_S = 86_400
LEAST_S = 90  # RFC 4028 section 5


def _refresher(text: str) -> str:
    _, semicolon, rest = text.partition(";")
    return (dict(parse_parameters(semicolon + rest)).get("refresher") or "").lower()


class Lifetimes:
    """The session timers of every leg."""

    def __init__(self, core: Core, legs: LegTable, incall: InCall) -> None:
        self._core = core
        self._legs = legs
        self._incall = incall
        self.refresh: Callable[[Leg, float], None] = lambda _leg, _now: None

    @property
    def _is_on(self) -> bool:
        return self._core.settings.session_expires_s > 0 and "timer" in self._core.settings.supported

    # ------------------------------------------------------------ our requests

    def asking(self, leg: Leg) -> Headers:
        """What an INVITE, re-INVITE or UPDATE of ours says."""
        if not self._is_on or (leg.state is LegState.UP and leg.session is None):
            return ()
        settings = self._core.settings
        least = max(settings.min_session_s, leg.least_interval_s)
        interval = max(leg.asked_interval_s or settings.session_expires_s, least)
        role = ""
        if leg.session is not None:
            interval = max(leg.session.interval_s, leg.least_interval_s)
            role = ";refresher=uac" if leg.session.is_ours else ";refresher=uas"
        return (("Session-Expires", f"{interval}{role}"), ("Min-SE", str(least)))

    def lengthened(self, leg: Leg, response: Response) -> bool:
        """Whether a 422 asks for more than we asked for; then the next request asks for that."""
        least = seconds(response.header("Min-SE"), LONGEST_S)
        if response.status != 422 or least is None or not self._is_on or least <= leg.least_interval_s:
            return False
        leg.least_interval_s = least
        return True

    def agreed(self, leg: Leg, response: Response, now: float) -> None:
        """The peer's 2xx says who refreshes and how often; without a word nobody does."""
        text = response.header("Session-Expires")
        interval = seconds(text, LONGEST_S) if self._is_on else None
        if not interval:
            self._stop(leg)
            return
        least = min(LEAST_S, self._core.settings.min_session_s)
        leg.session = Session(max(interval, least), is_ours=_refresher(text) != "uas")
        self._arm(leg, now)

    # ------------------------------------------------------------ the peer's requests

    def refusal(self, request: Request) -> Headers | None:
        """The Min-SE of a 422 for a session that is too short; None when there is nothing to say."""
        asked = seconds(request.header("Session-Expires"), LONGEST_S)
        least = self._core.settings.min_session_s
        knows = "timer" in tokens(request, "Supported")
        if not self._is_on or asked is None or asked >= least or not knows:
            return None
        return (("Min-SE", str(least)),)

    def answering(self, leg: Leg, request: Request, now: float) -> Headers:
        """What our 2xx to it says; the timer runs from here on."""
        settings = self._core.settings
        knows = "timer" in tokens(request, "Supported")
        text = request.header("Session-Expires")
        asked = seconds(text, LONGEST_S)
        if not self._is_on or (asked is None and not knows):
            self._stop(leg)
            return ()
        least = max(settings.min_session_s, seconds(request.header("Min-SE"), LONGEST_S) or 0)
        interval = max(min(asked or settings.session_expires_s, settings.session_expires_s), least)
        chosen = _refresher(text) if asked is not None else "uas"
        if chosen not in {"uac", "uas"}:
            chosen = "uac" if knows else "uas"
        leg.session = Session(interval, is_ours=chosen == "uas")
        self._arm(leg, now)
        require: Headers = (("Require", "timer"),) if chosen == "uac" else ()
        return (*require, ("Session-Expires", f"{interval};refresher={chosen}"))

    # ------------------------------------------------------------ time

    def _stop(self, leg: Leg) -> None:
        leg.session = None
        self._core.deadlines.clear(("refresh", leg))
        self._core.deadlines.clear(("session", leg))

    def _arm(self, leg: Leg, now: float) -> None:
        session = leg.session
        if session is None:
            return
        deadlines, interval = self._core.deadlines, session.interval_s
        # Section 10: shortly before the end, so that the BYE is not the last to know.
        deadlines.set(
            ("session", leg), now + interval - min(32, interval / 3), lambda then: self._expired(leg, then)
        )
        deadlines.clear(("refresh", leg))
        if session.is_ours:
            self._refresh_at(leg, now + interval / 2)

    def _refresh_at(self, leg: Leg, when: float) -> None:
        self._core.deadlines.set(("refresh", leg), when, lambda then: self._refresh(leg, then))

    def _refresh(self, leg: Leg, now: float) -> None:
        if leg.state is not LegState.UP or leg.session is None:
            return
        # Once more before the end, should this one be refused or lost.
        self._refresh_at(leg, now + max(5.0, leg.session.interval_s / 10))
        self.refresh(leg, now)

    def _expired(self, leg: Leg, now: float) -> None:
        if leg.state is LegState.UP:
            self._incall.bye(leg, now, EXPIRED)
            self._legs.end(leg, EndedBy.TIMED_OUT, now, status=408, cause=EXPIRED)
