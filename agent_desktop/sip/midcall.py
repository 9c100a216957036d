"""What the peer does inside a call: BYE, re-INVITE, UPDATE (RFC 3261 sections 14 and 15; RFC 3311).

Rules of the file: every re-INVITE is answered (T5), from the leg's present media; an offer that meets ours
gets 491; an offer before the first one is settled gets 491 or 500 (RFC 3311 section 5.2); the peer may move
its address at any time.
"""

from __future__ import annotations

from agent_desktop.errors import SipError
from agent_desktop.sip.address import Headers
from agent_desktop.sip.core import Core
from agent_desktop.sip.events import EndedBy, IdentityChanged, MediaChanged
from agent_desktop.sip.identity import asserted_in
from agent_desktop.sip.incall import InCall
from agent_desktop.sip.incoming import IncomingCalls, read_offer
from agent_desktop.sip.layer import ServerTransaction
from agent_desktop.sip.leg import SDP_HEADERS, Leg, LegState, LegTable
from agent_desktop.sip.lifetime import Lifetimes
from agent_desktop.sip.media import Agreement
from agent_desktop.sip.negotiation import answer_offer, offer_again
from agent_desktop.sip.offers import Offers
from agent_desktop.sip.uri import parse_name_addr

MAX_UNACKED = 4


class MidCall:
    """What happens between the answer and the end."""

    def __init__(
        self,
        core: Core,
        legs: LegTable,
        incall: InCall,
        *,
        incoming: IncomingCalls,
        offers: Offers,
        lifetimes: Lifetimes,
    ) -> None:
        self._core = core
        self._legs = legs
        self._incall = incall
        self._incoming = incoming
        self._offers = offers
        self._lifetimes = lifetimes

    # ------------------------------------------------------------ ending

    def hang_up(self, leg: Leg, now: float, headers: Headers) -> None:
        """BYE; a callee waits with it for the ACK (section 15)."""
        leg.end_headers = headers
        if leg.is_confirmed or leg.is_outgoing:
            self._incall.bye(leg, now)
        else:
            leg.wants_bye = True
        self._legs.end(leg, EndedBy.LOCAL, now)

    def on_bye(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        """The peer hung up, perhaps before the answer."""
        core = self._core
        core.answer(transaction, 200, now)
        tag = parse_name_addr(transaction.request.header("From")).tag
        if leg.state is LegState.CALLING:
            leg.early.pop(tag, None)  # one fork's end; the INVITE's own answer tells the call's
            return
        if leg.state is LegState.RINGING and leg.server is not None:
            core.answer(leg.server, 487, now)
        for number in tuple(leg.unacked):
            del leg.unacked[number]
            core.deadlines.clear(("2xx", leg, number))
        self._legs.end(leg, EndedBy.REMOTE, now, message=transaction.request)

    # ------------------------------------------------------------ the peer's re-INVITE and UPDATE

    def on_reinvite(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        """Answer it, whatever it is."""
        core, request = self._core, transaction.request
        transaction.to_tag = leg.local_tag
        if leg.state is not LegState.UP or len(leg.unacked) >= MAX_UNACKED:
            self._not_yet(transaction, now)
            return
        if self._offers.is_busy(leg):
            core.answer(transaction, 491, now)
            return
        if self._is_too_short(transaction, now):
            return
        described = self._describe(leg, transaction, now)
        if described is None:
            return
        body, agreement = described
        self._take(leg, transaction)
        session = self._lifetimes.answering(leg, request, now)
        self._incoming.accept(leg, transaction, body, session, now)
        self._report(leg, agreement, by_peer=True)

    def on_update(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        """RFC 3311: the same without an ACK, also before the answer."""
        core, request = self._core, transaction.request
        transaction.to_tag = leg.local_tag
        if request.body and self._collides(leg, transaction, now):
            return
        if self._is_too_short(transaction, now):
            return
        headers: Headers = (
            ("Contact", core.contact(transaction.source, leg.contact_user)),
            *core.abilities,
        )
        body, agreement = b"", None
        if request.body:
            described = self._describe(leg, transaction, now)
            if described is None:
                return
            body, agreement = described
            headers += SDP_HEADERS
        self._take(leg, transaction)
        if leg.state is LegState.UP:
            headers += self._lifetimes.answering(leg, request, now)
        core.answer(transaction, 200, now, headers=headers, body=body)
        early = leg.early.get(parse_name_addr(request.header("From")).tag)
        if early is not None and agreement is not None:
            early.agreement = agreement
        self._report(leg, agreement, by_peer=True)

    def _collides(self, leg: Leg, transaction: ServerTransaction, now: float) -> bool:
        """RFC 3311 section 5.2: an offer while ours waits (491), or while theirs still does (500)."""
        early = leg.early.get(parse_name_addr(transaction.request.header("From")).tag)
        is_ours = (
            not (early and early.is_settled) if leg.state is LegState.CALLING else leg.offered is not None
        )
        if is_ours or leg.offer is not None:
            self._core.answer(transaction, 491, now)
            return True
        if leg.state is LegState.RINGING and not leg.is_settled:
            self._not_yet(transaction, now)
            return True
        return False

    def _not_yet(self, transaction: ServerTransaction, now: float) -> None:
        """500 with a random wait (section 14.2)."""
        wait = int(self._core.randomness.fraction() * 11)
        self._core.answer(transaction, 500, now, headers=(("Retry-After", str(wait)),))

    def _is_too_short(self, transaction: ServerTransaction, now: float) -> bool:
        refusal = self._lifetimes.refusal(transaction.request)
        if refusal is not None:
            self._core.answer(transaction, 422, now, headers=refusal)
        return refusal is not None

    def _take(self, leg: Leg, transaction: ServerTransaction) -> None:
        """The target, abilities and identity that the request brings."""
        request, source = transaction.request, transaction.source
        dialog = leg.dialog_with(parse_name_addr(request.header("From")).tag)
        if dialog is not None:
            dialog.moved(request, source)
        leg.learn(request)
        asserted = asserted_in(request, source, self._core.settings.trusted)
        if asserted is not None and asserted != leg.asserted:
            leg.asserted = asserted
            self._core.emit(IdentityChanged(leg.id, asserted))

    def _describe(
        self, leg: Leg, transaction: ServerTransaction, now: float
    ) -> tuple[bytes, Agreement | None] | None:
        """Our answer, or our offer when the peer made none; None when it was refused here."""
        media = leg.media
        if media is None:
            self._core.answer(transaction, 488, now)
            return None
        try:
            offer = read_offer(transaction.request)
            if offer is None:
                leg.offered = offer_again(media, leg.agreement)
                return leg.describe(leg.offered), None
            answer = answer_offer(offer, media)
        except SipError as error:
            self._core.answer(transaction, error.status, now)
            return None
        return leg.describe(answer.media), answer.agreement

    def _report(self, leg: Leg, agreement: Agreement | None, *, by_peer: bool) -> None:
        if agreement is None or agreement == leg.agreement:
            return
        leg.agreement = agreement
        self._core.emit(MediaChanged(leg.id, agreement, by_peer=by_peer))
