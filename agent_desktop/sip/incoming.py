"""Calls that arrive: INVITE from the peer until it is up or gone (RFC 3261 sections 8.2, 9.2, 13.3)."""

from __future__ import annotations

from collections.abc import Callable

from agent_desktop.errors import RefusedError, SipError
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, LegId
from agent_desktop.sip.core import Core
from agent_desktop.sip.dialog import callee_dialog
from agent_desktop.sip.digest import DigestServer, Proved, Refused
from agent_desktop.sip.events import CallArrived, Confirmed, EndedBy, MediaChanged
from agent_desktop.sip.identity import asserted_in
from agent_desktop.sip.incall import InCall
from agent_desktop.sip.layer import ServerTransaction
from agent_desktop.sip.leg import SDP_HEADERS, Leg, LegState, LegTable, Unacked
from agent_desktop.sip.lifetime import Lifetimes
from agent_desktop.sip.media import Agreement, LocalMedia, MediaOffer
from agent_desktop.sip.message import REASONS, Request
from agent_desktop.sip.negotiation import accept_answer, answer_offer
from agent_desktop.sip.parser import cseq_of, media_type
from agent_desktop.sip.reason import EXPIRED, NO_MEDIA
from agent_desktop.sip.reliable import OPTION, ReliableAnswers, is_demanded, is_possible
from agent_desktop.sip.replaces import parse_replaces
from agent_desktop.sip.sdp import MIME, parse_sdp
from agent_desktop.sip.uri import parse_name_addr, parse_uri

AccountFor = Callable[[Address, str], Account | None]


class IncomingCalls:
    """The callee's side of INVITE, and the repetition of every 2xx of ours until its ACK (T2)."""

    def __init__(
        self,
        core: Core,
        legs: LegTable,
        incall: InCall,
        lifetimes: Lifetimes,
        *,
        reliable: ReliableAnswers,
        digest: DigestServer | None,
        account_for: AccountFor,
    ) -> None:
        self._core = core
        self._legs = legs
        self._incall = incall
        self._lifetimes = lifetimes
        self._reliable = reliable
        self._digest = digest
        self._account_for = account_for

    # ------------------------------------------------------------ arrival

    def on_invite(self, transaction: ServerTransaction, now: float) -> None:
        """A new call; its body and its Replaces header are judged here, the rest by the application."""
        core, request = self._core, transaction.request
        try:
            offer = read_offer(request)
        except SipError as error:
            headers = (("Accept", MIME),) if error.status == 415 else ()
            core.answer(transaction, error.status, now, headers=headers)
            return
        too_short = self._lifetimes.refusal(request)
        if too_short is not None:
            core.answer(transaction, 422, now, headers=too_short)
            return
        replaces, refusal = self._replaced(request)
        if refusal:
            core.answer(transaction, refusal, now)
            return
        if len(self._legs) >= core.settings.max_legs:
            core.answer(transaction, 503, now, headers=(("Retry-After", "10"),))
            return
        tag = core.randomness.token()
        transaction.to_tag = tag
        called = parse_uri(request.uri)
        account = self._account_for(transaction.source, called.user)
        leg = Leg(
            id=self._legs.new_name(),
            is_outgoing=False,
            state=LegState.RINGING,
            invite=request,
            call_id=request.call_id,
            local_tag=tag,
            origin=self._legs.new_origin(core.local(transaction.source.transport).host),
            server=transaction,
            dialog=callee_dialog(request, tag, transaction.source),
            peer_offer=offer,
            account=account,
            contact_user=called.user or (account.user if account else ""),
            asserted=asserted_in(request, transaction.source, core.settings.trusted),
        )
        leg.learn(request)
        transaction.on_broken = lambda then: self._broken(leg, then)
        self._legs.add(leg)
        core.deadlines.set(
            ("ring", leg), now + core.settings.ring_timeout_s, lambda then: self._nobody(leg, then)
        )
        core.emit(
            CallArrived(
                leg=leg.id,
                caller=parse_name_addr(request.header("From")),
                called=called,
                source=transaction.source,
                offer=offer,
                user=self._proved(leg, transaction, now),
                message=request,
                replaces=replaces,
                asserted=leg.asserted,
            )
        )

    def _proved(self, leg: Leg, transaction: ServerTransaction, now: float) -> str | None:
        request = transaction.request
        given = (*request.all("Authorization"), *request.all("Proxy-Authorization"))
        if self._digest is None or not given:
            return None
        result = self._digest.check(given, request.method, transaction.source.host, now)
        if isinstance(result, Proved):
            return result.user
        leg.refusal = result
        return None

    def _replaced(self, request: Request) -> tuple[LegId | None, int]:
        """The leg that a Replaces header names, or the status that refuses it (RFC 3891 section 3)."""
        texts = request.all("Replaces")
        if not texts:
            return None, 0
        try:
            wanted = parse_replaces(texts[0])
        except SipError:
            return None, 481
        if len(texts) > 1:
            return None, 400
        leg = self._legs.by_dialog(wanted.call_id, wanted.to_tag)
        if leg is None or leg.dialog_with(wanted.from_tag) is None:
            return None, 481
        if leg.state is LegState.GONE:
            return None, 603
        if wanted.early_only and leg.state is LegState.UP:
            return None, 486
        return leg.id, 0

    def _nobody(self, leg: Leg, now: float) -> None:
        if leg.state is LegState.RINGING:
            self._refuse(leg, 480, now)
            self._legs.end(leg, EndedBy.TIMED_OUT, now, status=480)

    def _broken(self, leg: Leg, now: float) -> None:
        if leg.state is LegState.RINGING:
            self._legs.end(leg, EndedBy.FAILED, now, status=503)

    # ------------------------------------------------------------ what the application says

    def ring(
        self,
        leg: Leg,
        now: float,
        status: int,
        media: LocalMedia | None,
        headers: Headers,
        *,
        reliable: bool,
    ) -> Agreement | None:
        """A provisional answer, with early media when `media` is given.

        It is reliable (RFC 3262) when the caller demands that, or when we wish it and the caller can.
        """
        assert leg.server is not None  # noqa: S101 - every arriving leg has one
        is_reliable = OPTION in self._core.settings.supported and (
            is_demanded(leg.invite) or (reliable and is_possible(leg.invite))
        )
        if is_reliable and media is None and leg.peer_offer is None and not leg.is_settled:
            return None  # it would have to carry our offer (RFC 3262 section 5), and there is none yet
        body, agreement = self._early_media(leg, media, is_reliable=is_reliable)
        contact = ("Contact", self._core.contact(leg.server.source, leg.contact_user))
        headers = (contact, *self._core.abilities, *headers, *(SDP_HEADERS if body else ()))
        if is_reliable:
            self._reliable.send(leg, status, headers, body, now)
        else:
            self._core.answer(leg.server, status, now, headers=headers, body=body)
        return agreement

    def _early_media(
        self, leg: Leg, media: LocalMedia | None, *, is_reliable: bool
    ) -> tuple[bytes, Agreement | None]:
        if media is None or leg.is_settled or leg.offered is not None:
            return b"", leg.agreement
        if leg.peer_offer is not None:
            return self._describe_answer(leg, leg.peer_offer, media)
        if is_reliable:
            leg.media = leg.offered = media
            return leg.describe(media), None
        return b"", None

    def answer(self, leg: Leg, media: LocalMedia, now: float, headers: Headers) -> Agreement | None:
        """200 with our answer, or with our offer when the caller made none.

        What was agreed reliably before is not said again; other media than then is offered after the ACK.
        """
        waits = leg.reliable is not None and leg.reliable.has_sdp
        if waits or leg.is_settled:
            if media != leg.media:
                leg.next_media = media
            if waits:  # RFC 3262 section 3: not before the PRACK
                leg.on_settled = lambda then: self._accept_call(leg, b"", headers, then)
            else:
                self._accept_call(leg, b"", headers, now)
            return leg.agreement
        agreement: Agreement | None = None
        if leg.peer_offer is not None:
            try:
                body, agreement = self._describe_answer(leg, leg.peer_offer, media)
            except SipError as error:
                self._refuse(leg, 488, now)
                self._legs.end(leg, EndedBy.FAILED, now, status=488, cause=NO_MEDIA)
                raise RefusedError("The two sides share no codec.", code="no_codec") from error
        else:
            leg.media = leg.offered = media
            body = leg.describe(media)
        self._accept_call(leg, body, headers, now)
        return agreement

    def _accept_call(self, leg: Leg, body: bytes, headers: Headers, now: float) -> None:
        assert leg.server is not None  # noqa: S101 - every arriving leg has one
        self._core.deadlines.clear(("ring", leg))
        self._core.deadlines.clear(("reliable", leg))  # its PRACK may still be on the way
        leg.unsent.clear()
        leg.state = LegState.UP
        session = self._lifetimes.answering(leg, leg.invite, now)
        self.accept(leg, leg.server, body, (*headers, *session), now)

    def _describe_answer(self, leg: Leg, offer: MediaOffer, media: LocalMedia) -> tuple[bytes, Agreement]:
        answer = answer_offer(offer, media)
        leg.media = media
        leg.agreement = answer.agreement
        return leg.describe(answer.media), answer.agreement

    def accept(
        self, leg: Leg, transaction: ServerTransaction, body: bytes, headers: Headers, now: float
    ) -> None:
        """200 to an INVITE or re-INVITE, repeated until the ACK (section 13.3.1.4)."""
        core = self._core
        contact = core.contact(transaction.source, leg.contact_user)
        described = SDP_HEADERS if body else ()
        core.answer(
            transaction,
            200,
            now,
            headers=(("Contact", contact), *core.abilities, *described, *headers),
            body=body,
        )
        t1 = core.settings.timers.t1
        number = cseq_of(transaction.request).number
        leg.unacked[number] = Unacked(transaction.last, transaction.back, t1, now + 64 * t1)
        self._arm_repeat(leg, number, now)

    def _arm_repeat(self, leg: Leg, number: int, now: float) -> None:
        unacked = leg.unacked[number]
        when = min(now + unacked.interval, unacked.until)
        self._core.deadlines.set(("2xx", leg, number), when, lambda then: self._repeat(leg, number, then))

    def _repeat(self, leg: Leg, number: int, now: float) -> None:
        unacked = leg.unacked[number]
        if now >= unacked.until:
            del leg.unacked[number]
            self._incall.bye(leg, now, EXPIRED)
            self._legs.end(leg, EndedBy.TIMED_OUT, now, status=408, cause=EXPIRED)
            return
        self._core.layer.repeat(unacked.data, unacked.back)
        unacked.interval = min(unacked.interval * 2, self._core.settings.timers.t2)
        self._arm_repeat(leg, number, now)

    def reject(self, leg: Leg, now: float, status: int, reason: str, headers: Headers) -> None:
        """Refuse a call that nobody answered."""
        self._refuse(leg, status, now, reason, headers)
        self._legs.end(leg, EndedBy.LOCAL, now, status=status, reason=reason)

    def challenge(self, leg: Leg, now: float) -> None:
        """401; the caller comes again as a new leg, so this one ends without a report."""
        if self._digest is None:
            raise RefusedError(
                "No accounts are set up, so nobody can be asked for a password.", code="no_accounts"
            )
        refusal = leg.refusal or Refused(self._digest.challenges(now))
        if refusal.wait_s > 0:
            self._refuse(leg, 403, now, headers=(("Retry-After", str(int(refusal.wait_s) + 1)),))
        else:
            asks = tuple(("WWW-Authenticate", ask) for ask in refusal.challenges)
            self._refuse(leg, 401, now, headers=asks)
        mark = len(self._core.events)
        self._legs.end(leg, EndedBy.LOCAL, now, status=401)
        del self._core.events[mark:]

    def _refuse(self, leg: Leg, status: int, now: float, reason: str = "", headers: Headers = ()) -> None:
        assert leg.server is not None  # noqa: S101 - every arriving leg has one
        self._core.answer(leg.server, status, now, reason=reason, headers=headers)

    # ------------------------------------------------------------ what the caller says meanwhile

    def on_cancel(self, cancel: ServerTransaction, invite: ServerTransaction | None, now: float) -> None:
        """200 to the CANCEL, 487 to the INVITE (T4)."""
        if invite is None:
            self._core.answer(cancel, 481, now)
            return
        cancel.to_tag = invite.to_tag
        self._core.answer(cancel, 200, now)
        leg = self._legs.by_dialog(invite.request.call_id, invite.to_tag)
        if leg is not None and leg.server is invite and leg.state is LegState.RINGING:
            self._core.answer(invite, 487, now)
            self._legs.end(
                leg, EndedBy.CANCELLED, now, status=487, reason=REASONS[487], message=cancel.request
            )

    def on_ack(self, leg: Leg, ack: Request, now: float) -> bool:
        """The ACK of a 2xx: stop repeating it, and take the answer that it may carry."""
        number = cseq_of(ack).number
        if leg.unacked.pop(number, None) is None:
            return False
        self._core.deadlines.clear(("2xx", leg, number))
        if leg.wants_bye:
            leg.wants_bye = False
            self._incall.bye(leg, now)
            return False
        if leg.state is LegState.GONE:
            return False
        if not leg.is_confirmed:
            leg.is_confirmed = True
            self._core.emit(Confirmed(leg.id))
        if leg.offered is not None:
            self._take_late_answer(leg, leg.offered, ack, now)
        return True

    def _take_late_answer(self, leg: Leg, offered: LocalMedia, ack: Request, now: float) -> None:
        leg.offered = None
        try:
            agreement = accept_answer(offered, parse_sdp(ack.body))
        except SipError:
            self._incall.bye(leg, now, NO_MEDIA)
            self._legs.end(leg, EndedBy.FAILED, now, status=488, message=ack, cause=NO_MEDIA)
            return
        leg.agreement = agreement
        self._core.emit(MediaChanged(leg.id, agreement, by_peer=True))


def read_offer(request: Request) -> MediaOffer | None:
    """The offer in a request; SipError 400, 406, 415 or 488 when its body is of no use."""
    accept = request.header("Accept")
    if accept and not any(word in accept.lower() for word in (MIME, "application/*", "*/*")):
        raise SipError("The caller does not take a session description.", status=406)
    if not request.body:
        return None
    encoding = request.header("Content-Encoding").lower()
    if media_type(request) != MIME or encoding not in {"", "identity"}:
        raise SipError("The call's description is in a format that is not understood.", status=415)
    return parse_sdp(request.body)
