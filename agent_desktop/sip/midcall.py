"""Inside a call that is up: BYE, re-INVITE both ways, UPDATE, hold (RFC 3261 sections 14 and 15; RFC 3311).

Rules of the file: every re-INVITE is answered (T5), from the leg's present media; two at once give 491 and
the retry waits as section 14.1 says; a failed re-INVITE leaves the call as it was, unless the peer says
that the call is not there (481) or says nothing (408).
"""

from __future__ import annotations

from collections.abc import Callable

from agent_desktop.errors import SipError
from agent_desktop.sip.address import Headers
from agent_desktop.sip.core import Core, authorised
from agent_desktop.sip.events import EndedBy, MediaChanged, ReinviteRefused
from agent_desktop.sip.incoming import IncomingCalls, read_offer
from agent_desktop.sip.layer import ServerTransaction
from agent_desktop.sip.leg import SDP_HEADERS, Leg, LegState, LegTable
from agent_desktop.sip.media import Agreement, Direction, LocalMedia
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.negotiation import accept_answer, answer_offer
from agent_desktop.sip.parser import cseq_of
from agent_desktop.sip.sdp import parse_sdp

MAX_ACKS = 8


class MidCall:
    """What happens between the answer and the end."""

    def __init__(self, core: Core, legs: LegTable, incoming: IncomingCalls) -> None:
        self._core = core
        self._legs = legs
        self._incoming = incoming

    # ------------------------------------------------------------ ending

    def hang_up(self, leg: Leg, now: float, headers: Headers) -> None:
        """BYE; a callee waits with it for the ACK (section 15)."""
        leg.end_headers = headers
        if leg.is_confirmed or leg.is_outgoing:
            self.send_bye(leg, now)
        else:
            leg.wants_bye = True
        self._legs.end(leg, EndedBy.LOCAL, now)

    def send_bye(self, leg: Leg, now: float) -> None:
        self.send(leg, "BYE", now, lambda _response, _now: None, headers=leg.end_headers)

    def on_bye(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        """The peer hung up, perhaps before we answered."""
        self._core.answer(transaction, 200, now)
        if leg.state is LegState.RINGING and leg.server is not None:
            self._core.answer(leg.server, 487, now)
        for number in tuple(leg.unacked):
            del leg.unacked[number]
            self._core.deadlines.clear(("2xx", leg, number))
        self._legs.end(leg, EndedBy.REMOTE, now, message=transaction.request)

    # ------------------------------------------------------------ the peer's re-INVITE and UPDATE

    def on_reinvite(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        """Answer it, whatever it is."""
        core, request = self._core, transaction.request
        transaction.to_tag = leg.local_tag
        if leg.state is LegState.RINGING:
            core.answer(transaction, 500, now, headers=(("Retry-After", "2"),))
            return
        if self._is_busy(leg):
            core.answer(transaction, 491, now)
            return
        described = self._describe(leg, transaction, now)
        if described is None:
            return
        body, agreement = described
        if leg.dialog is not None:
            leg.dialog.moved(request)
        self._incoming.accept(leg, transaction, body, (), now)
        self._report(leg, agreement, by_peer=True)

    def on_update(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        """RFC 3311: the same without an ACK; before the answer only the target may be refreshed."""
        core, request = self._core, transaction.request
        transaction.to_tag = leg.local_tag
        if request.body and leg.state is not LegState.UP:
            core.answer(transaction, 500, now, headers=(("Retry-After", "2"),))
            return
        if request.body and self._is_busy(leg):
            core.answer(transaction, 491, now)
            return
        headers: Headers = (("Contact", core.contact(transaction.source)), *core.abilities)
        body, agreement = b"", None
        if request.body:
            described = self._describe(leg, transaction, now)
            if described is None:
                return
            body, agreement = described
            headers += SDP_HEADERS
        if leg.dialog is not None:
            leg.dialog.moved(request)
        core.answer(transaction, 200, now, headers=headers, body=body)
        self._report(leg, agreement, by_peer=True)

    def _is_busy(self, leg: Leg) -> bool:
        """An offer is on its way already (sections 14.1 and 14.2)."""
        return leg.reinvite is not None or leg.offered is not None

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
                leg.offered = media
                return leg.describe(media), None
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

    # ------------------------------------------------------------ our re-INVITE

    def hold(self, leg: Leg, now: float) -> None:
        self._turn(leg, Direction.SENDONLY, now)

    def resume(self, leg: Leg, now: float) -> None:
        self._turn(leg, Direction.SENDRECV, now)

    def _turn(self, leg: Leg, direction: Direction, now: float) -> None:
        media = leg.next_media or leg.media
        if media is not None:
            self.reinvite(leg, media.with_direction(direction), now)

    def reinvite(self, leg: Leg, media: LocalMedia, now: float) -> None:
        """Offer `media`, now or as soon as what is under way has finished."""
        if self._is_busy(leg) or leg.unacked or self._core.deadlines.is_set(("reinvite", leg)):
            leg.next_media = media
            return
        leg.wished = media
        leg.offered = _on_the_wire(leg, media)
        leg.attempts = 0
        contact = self._core.contact(leg.dialog.destination) if leg.dialog else ""
        headers: Headers = (("Contact", contact), *self._core.abilities, *SDP_HEADERS)
        self._send_reinvite(leg, headers, leg.describe(leg.offered), now)

    def _send_reinvite(self, leg: Leg, headers: Headers, body: bytes, now: float) -> None:
        dialog = leg.dialog
        if dialog is None:
            return
        request = dialog.next_request("INVITE", headers, body)
        leg.reinvite = self._core.send(
            request, dialog.destination, now, lambda response, then: self._on_response(leg, response, then)
        )

    def _on_response(self, leg: Leg, response: Response, now: float) -> None:
        if response.status < 200 or leg.dialog is None:
            return
        if response.is_success:
            self._on_success(leg, response, now)
            return
        if leg.state is LegState.GONE:
            return
        if response.status in {401, 407} and self._answer_challenge(leg, response, now):
            return
        media, leg.wished = leg.wished, None
        leg.offered = leg.reinvite = None
        if response.status == 491 and media is not None:
            leg.next_media = leg.next_media or media
            delay = self._glare_delay(leg)
            self._core.deadlines.set(("reinvite", leg), now + delay, lambda then: self.proceed(leg, then))
            return
        if response.status in {408, 481}:
            if response.status == 408:
                self.send_bye(leg, now)
            self._legs.end(leg, EndedBy.TIMED_OUT, now, status=response.status, reason=response.reason)
            return
        self._core.emit(ReinviteRefused(leg.id, response.status, response.reason))
        self.proceed(leg, now)

    def _glare_delay(self, leg: Leg) -> float:
        """Section 14.1: the side that made the Call-ID waits longer."""
        chance = self._core.randomness.fraction()
        return 2.1 + 1.9 * chance if leg.is_outgoing else 2.0 * chance

    def _on_success(self, leg: Leg, response: Response, now: float) -> None:
        assert leg.dialog is not None  # noqa: S101 - checked by the caller
        number, tag = cseq_of(response).number, leg.dialog.remote.tag
        if (tag, number) in leg.acks:
            self._core.layer.repeat(*leg.acks[tag, number])
            return
        leg.dialog.moved(response)
        destination = leg.dialog.destination
        ack = self._core.layer.send_plain(leg.dialog.ack(number), self._core.via(destination), destination)
        leg.acks[tag, number] = (ack, destination)
        if len(leg.acks) > MAX_ACKS:
            del leg.acks[next(iter(leg.acks))]
        offered, leg.offered, leg.reinvite = leg.offered, None, None
        if leg.state is LegState.GONE or offered is None:
            return
        try:
            agreement = accept_answer(offered, parse_sdp(response.body))
        except SipError:
            self.send_bye(leg, now)
            self._legs.end(leg, EndedBy.FAILED, now, status=488, message=response)
            return
        leg.media, leg.wished = leg.wished or leg.media, None
        leg.agreement = agreement
        self._core.emit(MediaChanged(leg.id, agreement, by_peer=False))
        self.proceed(leg, now)

    def _answer_challenge(self, leg: Leg, response: Response, now: float) -> bool:
        client = leg.reinvite
        if client is None or leg.dialog is None or leg.attempts >= 2:
            return False
        field = self._core.credentials(client.request, response, leg.account, client.destination)
        if field is None:
            return False
        leg.attempts += 1
        leg.dialog.local_cseq += 1
        again = authorised(client.request, field, leg.dialog.local_cseq)
        leg.reinvite = self._core.send(
            again, client.destination, now, lambda answer, then: self._on_response(leg, answer, then)
        )
        return True

    def proceed(self, leg: Leg, now: float) -> None:
        """Send the re-INVITE that had to wait, if there is one."""
        media, leg.next_media = leg.next_media, None
        if media is not None and leg.state is LegState.UP:
            self.reinvite(leg, media, now)

    # ------------------------------------------------------------ any request inside a call

    def send(
        self,
        leg: Leg,
        method: str,
        now: float,
        on_response: Callable[[Response, float], None],
        *,
        headers: Headers = (),
        body: bytes = b"",
    ) -> None:
        """Send a request in the dialog; one challenge of our own server is answered."""
        dialog = leg.dialog
        if dialog is None:
            return
        destination = dialog.destination
        request = dialog.next_request(method, headers, body)
        sent: list[Request] = []

        def answered(response: Response, then: float) -> None:
            if response.status in {401, 407} and len(sent) == 1:
                field = self._core.credentials(sent[0], response, leg.account, destination)
                if field is not None:
                    dialog.local_cseq += 1
                    again = authorised(sent[0], field, dialog.local_cseq)
                    sent.append(again)
                    self._core.send(again, destination, then, answered)
                    return
            on_response(response, then)

        sent.append(request)
        self._core.send(request, destination, now, answered)


def _on_the_wire(leg: Leg, media: LocalMedia) -> LocalMedia:
    """A hold while the peer holds us is `inactive` on the wire (RFC 3264 section 8.4); the wish stays."""
    held_too = leg.agreement is not None and leg.agreement.is_held_by_peer
    if held_too and media.audio.direction is Direction.SENDONLY:
        return media.with_direction(Direction.INACTIVE)
    return media
