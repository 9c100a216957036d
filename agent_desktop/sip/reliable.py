"""Reliable provisional answers (100rel, RFC 3262): ringing and early media that cannot get lost.

As callee: a provisional answer is repeated until its PRACK comes, one at a time, the next ones wait; a 200
waits too while a description is not acknowledged.  As caller: each one in order gets its PRACK; a gap or a
repetition is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agent_desktop.errors import SipError
from agent_desktop.sip.address import Headers
from agent_desktop.sip.core import Core
from agent_desktop.sip.events import EndedBy, MediaChanged
from agent_desktop.sip.incall import InCall
from agent_desktop.sip.layer import ServerTransaction
from agent_desktop.sip.leg import SDP_HEADERS, Early, Leg, LegState, LegTable, Reliable
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.negotiation import accept_answer, answer_offer
from agent_desktop.sip.parser import cseq_of, tokens
from agent_desktop.sip.reason import EXPIRED
from agent_desktop.sip.sdp import parse_sdp

OPTION = "100rel"
MAX_UNSENT = 8
MAX_RSEQ = 2**31 - 1
_RACK = re.compile(r"([0-9]{1,10})[ \t]+([0-9]{1,10})[ \t]+INVITE")


def is_demanded(invite: Request) -> bool:
    """The caller takes no provisional answer but a reliable one."""
    return OPTION in tokens(invite, "Require")


def is_possible(invite: Request) -> bool:
    """The caller can acknowledge a provisional answer."""
    return is_demanded(invite) or OPTION in tokens(invite, "Supported")


class ReliableAnswers:
    """Both ends of 100rel."""

    def __init__(self, core: Core, legs: LegTable, incall: InCall) -> None:
        self._core = core
        self._legs = legs
        self._incall = incall

    # ------------------------------------------------------------ the callee's side

    def send(self, leg: Leg, status: int, headers: Headers, body: bytes, now: float) -> None:
        """Send it now, or when the one before it was acknowledged."""
        if leg.reliable is not None:
            if len(leg.unsent) < MAX_UNSENT:
                leg.unsent.append((status, headers, body))
            return
        assert leg.server is not None  # noqa: S101 - every arriving leg has one
        # Section 3: a random start well below the largest, then one more each time.
        leg.rseq = leg.rseq + 1 if leg.rseq else 1 + int(self._core.randomness.fraction() * 2**30)
        marks = (("Require", OPTION), ("RSeq", str(leg.rseq)))
        self._core.answer(leg.server, status, now, headers=(*headers, *marks), body=body)
        t1 = self._core.settings.timers.t1
        leg.reliable = Reliable(leg.rseq, leg.server.last, leg.server.back, t1, now + 64 * t1, bool(body))
        self._arm(leg, now)

    def _arm(self, leg: Leg, now: float) -> None:
        waiting = leg.reliable
        if waiting is not None:
            when = min(now + waiting.interval, waiting.until)
            self._core.deadlines.set(("reliable", leg), when, lambda then: self._repeat(leg, then))

    def _repeat(self, leg: Leg, now: float) -> None:
        waiting = leg.reliable
        if waiting is None or leg.server is None or leg.state is not LegState.RINGING:
            return
        if now >= waiting.until:
            self._core.answer(leg.server, 504, now, headers=(("Reason", str(EXPIRED)),))
            self._legs.end(leg, EndedBy.TIMED_OUT, now, status=504, cause=EXPIRED)
            return
        self._core.layer.repeat(waiting.data, waiting.back)
        waiting.interval *= 2
        self._arm(leg, now)

    def on_prack(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        """The caller has it; its PRACK may answer our offer or make one."""
        match = _RACK.fullmatch(transaction.request.header("RAck"))
        waiting = leg.reliable
        names_it = (
            match is not None
            and waiting is not None
            and int(match.group(1)) == waiting.rseq
            and int(match.group(2)) == cseq_of(leg.invite).number
        )
        if waiting is None or not names_it:
            self._core.answer(transaction, 481, now)
            return
        try:
            body = self._described(leg, transaction.request, now)
        except SipError as error:
            self._core.answer(transaction, error.status, now)
            return
        leg.reliable = None
        self._core.deadlines.clear(("reliable", leg))
        leg.is_settled = leg.is_settled or waiting.has_sdp
        self._core.answer(transaction, 200, now, headers=SDP_HEADERS if body else (), body=body)
        if leg.on_settled is not None:
            go, leg.on_settled = leg.on_settled, None
            leg.unsent.clear()
            go(now)
        elif leg.unsent and leg.state is LegState.RINGING:
            status, headers, waiting_body = leg.unsent.pop(0)
            self.send(leg, status, headers, waiting_body, now)

    def _described(self, leg: Leg, prack: Request, now: float) -> bytes:
        """Our answer to the offer in a PRACK; the answer to our own is taken from it."""
        _ = now
        if not prack.body:
            if leg.offered is not None:
                raise SipError("The PRACK holds no answer to the offer.")
            return b""
        theirs = parse_sdp(prack.body)
        if leg.offered is not None:
            agreement, body = accept_answer(leg.offered, theirs), b""
            leg.offered = None
        elif leg.media is not None:
            answer = answer_offer(theirs, leg.media)
            agreement, body = answer.agreement, leg.describe(answer.media)
        else:
            raise SipError("There is no media here yet.", status=488)
        if agreement != leg.agreement:
            leg.agreement = agreement
            self._core.emit(MediaChanged(leg.id, agreement, by_peer=True))
        return body

    # ------------------------------------------------------------ the caller's side

    def acknowledge(self, leg: Leg, early: Early, response: Response, now: float) -> bool:
        """PRACK a reliable answer; False when it is a repetition or comes after a gap."""
        if OPTION not in tokens(response, "Require") or OPTION not in self._core.settings.supported:
            return True
        text = response.header("RSeq")
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0
        if not 0 < number <= MAX_RSEQ or (early.rseq and number != early.rseq + 1):
            return False
        early.rseq = number
        rack = f"{number} {cseq_of(response)}"
        contact = ("Contact", self._core.contact(early.dialog.destination, leg.contact_user))
        ignore: Callable[[Response, float], None] = lambda _response, _now: None  # noqa: E731 - typed
        self._incall.send(leg, "PRACK", now, ignore, headers=(("RAck", rack), contact), dialog=early.dialog)
        return True
