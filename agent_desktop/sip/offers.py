"""Offers that we make inside a call: hold, resume, other media, a new address, a session refresh.

RFC 3261 section 14 (re-INVITE), RFC 3311 (UPDATE).  Rules of the file: one offer at a time, the last wish
wins; two at once (491) are tried again after the waits of section 14.1; an offer that failed leaves the
call as it was, unless the peer says that the call is not there (481) or says nothing (408).
"""

from __future__ import annotations

from agent_desktop.errors import IllegalStepError, SipError
from agent_desktop.sip.address import Headers
from agent_desktop.sip.challenges import MAX_ATTEMPTS, answered
from agent_desktop.sip.core import Core
from agent_desktop.sip.dialog import Dialog
from agent_desktop.sip.events import EndedBy, MediaChanged, ReinviteRefused
from agent_desktop.sip.incall import InCall
from agent_desktop.sip.leg import SDP_HEADERS, Leg, LegState, LegTable, Offer
from agent_desktop.sip.lifetime import Lifetimes
from agent_desktop.sip.media import Direction, LocalMedia
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.negotiation import accept_answer, offer_again
from agent_desktop.sip.parser import cseq_of, seconds
from agent_desktop.sip.reason import NO_MEDIA
from agent_desktop.sip.sdp import parse_sdp

MAX_ACKS = 8
MAX_GLARES = 10


class Offers:
    """Our re-INVITE and UPDATE."""

    def __init__(self, core: Core, legs: LegTable, incall: InCall, lifetimes: Lifetimes) -> None:
        self._core = core
        self._legs = legs
        self._incall = incall
        self._lifetimes = lifetimes
        lifetimes.refresh = self.refresh

    def is_busy(self, leg: Leg) -> bool:
        """An offer is on its way already (sections 14.1 and 14.2)."""
        return leg.offer is not None or leg.offered is not None

    # ------------------------------------------------------------ what is wished

    def hold(self, leg: Leg, now: float) -> None:
        self._turn(leg, Direction.SENDONLY, now)

    def resume(self, leg: Leg, now: float) -> None:
        self._turn(leg, Direction.SENDRECV, now)

    def _turn(self, leg: Leg, direction: Direction, now: float) -> None:
        media = leg.next_media or (leg.offer.wished if leg.offer else leg.media)
        if media is not None:
            self.reinvite(leg, media.with_direction(direction), now)

    def reinvite(self, leg: Leg, media: LocalMedia, now: float, *, is_refresh: bool = False) -> None:
        """Offer `media`, now or as soon as what is under way has finished."""
        if self.is_busy(leg) or leg.unacked or self._core.deadlines.is_set(("reinvite", leg)):
            if not is_refresh:
                leg.next_media = media
            return
        if leg.dialog is not None:
            self._propose(leg, "INVITE", media, now, dialog=leg.dialog, is_refresh=is_refresh)

    def update(self, leg: Leg, media: LocalMedia, now: float) -> None:
        """Offer by UPDATE, also before the call is answered; IllegalStepError when that is not possible."""
        if leg.allows and "UPDATE" not in leg.allows:
            raise IllegalStepError("The other side does not take this change (UPDATE).")
        dialog = leg.dialog if leg.state is LegState.UP or leg.is_settled else None
        if leg.state is LegState.CALLING:
            dialog = next((early.dialog for early in leg.early.values() if early.is_settled), None)
        if dialog is None:
            raise IllegalStepError("The media cannot change yet: the other side has not agreed to any.")
        is_busy = leg.offer is not None or (leg.state is LegState.UP and self.is_busy(leg))
        if is_busy or (leg.reliable is not None and leg.state is LegState.RINGING):
            leg.next_media = media
            return
        self._propose(leg, "UPDATE", media, now, dialog=dialog)

    def refresh(self, leg: Leg, now: float) -> None:
        """Keep the session alive: UPDATE without an offer, or a re-INVITE that changes nothing."""
        if "UPDATE" not in leg.allows:
            if leg.media is not None:
                self.reinvite(leg, leg.media, now, is_refresh=True)
            return
        if leg.dialog is None:
            return
        contact = ("Contact", self._core.contact(leg.dialog.destination, leg.contact_user))

        def answered_so(response: Response, then: float) -> None:
            if leg.state is not LegState.UP:
                return
            if response.is_success:
                if leg.dialog is not None:
                    leg.dialog.moved(response)
                self._lifetimes.agreed(leg, response, then)
            elif response.status in {408, 481}:
                self._lost(leg, response, then)
            elif response.status in {405, 501}:
                leg.allows -= {"UPDATE"}
                self.refresh(leg, then)
            elif self._lifetimes.lengthened(leg, response):
                self.refresh(leg, then)

        headers = (contact, *self._core.abilities, *self._lifetimes.asking(leg))
        self._incall.send(leg, "UPDATE", now, answered_so, headers=headers)

    # ------------------------------------------------------------ one offer

    def _propose(
        self,
        leg: Leg,
        method: str,
        media: LocalMedia,
        now: float,
        *,
        dialog: Dialog,
        is_refresh: bool = False,
    ) -> None:
        written = _on_the_wire(leg, media)
        leg.offer = Offer(method, media, written, dialog, is_refresh)
        self._transmit(leg, leg.offer, now)

    def _transmit(self, leg: Leg, offer: Offer, now: float) -> None:
        headers: Headers = (
            ("Contact", self._core.contact(offer.dialog.destination, leg.contact_user)),
            *self._core.abilities,
            *self._lifetimes.asking(leg),
            *SDP_HEADERS,
        )
        request = offer.dialog.next_request(offer.method, headers, leg.describe(offer.written))
        self._send(leg, offer, request, now)

    def _send(self, leg: Leg, offer: Offer, request: Request, now: float) -> None:
        offer.client = self._core.send(
            request,
            offer.dialog.destination,
            now,
            lambda response, then: self._on_response(leg, offer, response, then),
        )

    def _on_response(self, leg: Leg, offer: Offer, response: Response, now: float) -> None:
        if response.status < 200:
            return
        if response.is_success:
            self._on_success(leg, offer, response, now)
            return
        if leg.state is LegState.GONE or leg.offer is not offer:
            return
        if response.status in {401, 407} and self._answer_challenge(leg, offer, response, now):
            return
        if offer.attempts < MAX_ATTEMPTS and self._lifetimes.lengthened(leg, response):
            offer.attempts += 1
            self._transmit(leg, offer, now)
            return
        leg.offer = None
        if response.status == 491 and leg.glares < MAX_GLARES:
            leg.glares += 1
            self._later(leg, offer, self._glare_delay(leg), now)
        elif response.status == 500 and offer.method == "UPDATE" and leg.glares < MAX_GLARES:
            leg.glares += 1
            self._later(leg, offer, float(seconds(response.header("Retry-After"), 10) or 1), now)
        elif response.status in {408, 481} and leg.state is LegState.UP:
            self._lost(leg, response, now)
        elif not offer.is_refresh:
            leg.glares = 0
            self._core.emit(ReinviteRefused(leg.id, response.status, response.reason))
            self.proceed(leg, now)

    def _later(self, leg: Leg, offer: Offer, delay: float, now: float) -> None:
        """Section 14.1 and RFC 3311 section 5.3: the same again, unless something newer is wished."""
        if not offer.is_refresh:
            leg.next_media = leg.next_media or offer.wished
        self._core.deadlines.set(("reinvite", leg), now + delay, lambda then: self.proceed(leg, then))

    def _glare_delay(self, leg: Leg) -> float:
        """The side that made the Call-ID waits longer."""
        chance = self._core.randomness.fraction()
        return 2.1 + 1.9 * chance if leg.is_outgoing else 2.0 * chance

    def _lost(self, leg: Leg, response: Response, now: float) -> None:
        if response.status == 408:
            self._incall.bye(leg, now)
        self._legs.end(leg, EndedBy.TIMED_OUT, now, status=response.status, reason=response.reason)

    def _on_success(self, leg: Leg, offer: Offer, response: Response, now: float) -> None:
        if offer.method == "INVITE" and not self._acknowledge(leg, offer.dialog, response):
            return
        if leg.offer is not offer:
            return
        leg.offer, leg.glares = None, 0
        offer.dialog.moved(response)
        if leg.state is LegState.GONE:
            return
        leg.learn(response)
        try:
            agreement = accept_answer(offer.written, parse_sdp(response.body))
        except SipError:
            self._incall.bye(leg, now, NO_MEDIA)
            self._legs.end(leg, EndedBy.FAILED, now, status=488, message=response, cause=NO_MEDIA)
            return
        is_news = not offer.is_refresh or agreement != leg.agreement
        leg.media, leg.agreement = offer.wished, agreement
        self._remember(leg, offer.dialog)
        if leg.state is LegState.UP:
            self._lifetimes.agreed(leg, response, now)
        if is_news:
            self._core.emit(MediaChanged(leg.id, agreement, by_peer=False))
        self.proceed(leg, now)

    def _remember(self, leg: Leg, dialog: Dialog) -> None:
        early = leg.early.get(dialog.remote.tag)
        if early is not None:
            early.agreement = leg.agreement

    def _acknowledge(self, leg: Leg, dialog: Dialog, response: Response) -> bool:
        """ACK a 2xx; False when it is one that came again."""
        number, tag = cseq_of(response).number, dialog.remote.tag
        if (tag, number) in leg.acks:
            self._core.layer.repeat(*leg.acks[tag, number])
            return False
        dialog.moved(response)
        destination = dialog.destination
        ack = self._core.layer.send_plain(dialog.ack(number), self._core.via(destination), destination)
        leg.acks[tag, number] = (ack, destination)
        if len(leg.acks) > MAX_ACKS:
            del leg.acks[next(iter(leg.acks))]
        return True

    def _answer_challenge(self, leg: Leg, offer: Offer, response: Response, now: float) -> bool:
        client = offer.client
        if client is None or offer.attempts >= MAX_ATTEMPTS:
            return False
        number = offer.dialog.local_cseq + 1
        again = answered(
            self._core, client.request, response, leg.account, destination=client.destination, cseq=number
        )
        if again is None:
            return False
        offer.attempts += 1
        offer.dialog.local_cseq = number
        self._send(leg, offer, again, now)
        return True

    def proceed(self, leg: Leg, now: float) -> None:
        """Send the offer that had to wait, if there is one."""
        media, leg.next_media = leg.next_media, None
        if media is not None and leg.state is LegState.UP:
            self.reinvite(leg, media, now)
        elif media is not None and leg.state is not LegState.GONE:
            self.update(leg, media, now)


def _on_the_wire(leg: Leg, media: LocalMedia) -> LocalMedia:
    """The lines, numbers and keys of the call; a hold while the peer holds us is `inactive` (RFC 3264, 8.4).

    The wish stays as it was said.
    """
    media = offer_again(media, leg.agreement)
    held_too = leg.agreement is not None and leg.agreement.is_held_by_peer
    if held_too and any(stream.port and stream.direction is Direction.SENDONLY for stream in media.streams):
        return media.with_direction(Direction.INACTIVE)
    return media
