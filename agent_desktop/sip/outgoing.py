"""Calls that we make: INVITE, its answers, forks, challenges and CANCEL (RFC 3261 sections 9 and 13)."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, LegId
from agent_desktop.sip.core import Core, authorised, destination_of, local_name
from agent_desktop.sip.dialog import Dialog, caller_dialog
from agent_desktop.sip.events import Answered, EndedBy, Progressed
from agent_desktop.sip.layer import cancel_of
from agent_desktop.sip.leg import SDP_HEADERS, Leg, LegState, LegTable
from agent_desktop.sip.media import Agreement, LocalMedia
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.negotiation import accept_answer
from agent_desktop.sip.parser import cseq_of, media_type
from agent_desktop.sip.sdp import MIME, parse_sdp
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr

MAX_ATTEMPTS = 3
_OWN = {"via", "from", "to", "call-id", "cseq", "contact", "content-length", "content-type", "max-forwards"}


class OutgoingCalls:
    """The caller's side of INVITE."""

    def __init__(self, core: Core, legs: LegTable) -> None:
        self._core = core
        self._legs = legs

    def invite(
        self,
        target: Uri,
        media: LocalMedia,
        now: float,
        *,
        caller: NameAddr | None,
        account: Account | None,
        headers: Headers,
        destination: Address | None,
    ) -> LegId:
        """Send the INVITE; the leg is known from here on (T8)."""
        core = self._core
        towards = destination_of(target, account, destination)
        local = local_name(core, account, caller, towards)
        call_id = core.randomness.token()
        name = self._legs.new_name()
        hops = next((value for key, value in headers if key.lower() == "max-forwards"), "70")
        leg = Leg(
            id=name,
            is_outgoing=True,
            state=LegState.CALLING,
            invite=Request(),
            call_id=call_id,
            local_tag=local.tag,
            origin=self._legs.new_origin(media.address),
            media=media,
            account=account,
            destination=towards,
            offered=media,
        )
        fields: Headers = (
            ("Max-Forwards", hops),
            ("From", str(local)),
            ("To", str(NameAddr(target.without_parameters()))),
            ("Call-ID", call_id),
            ("CSeq", "1 INVITE"),
            ("Contact", core.contact(towards, account.user if account else "")),
            *core.abilities,
            *SDP_HEADERS,
            *((key, value) for key, value in headers if key.lower() not in _OWN),
        )
        leg.invite = Request(fields, leg.describe(media), "INVITE", str(target))
        self._legs.add(leg)
        core.deadlines.set(
            ("ring", leg), now + core.settings.ring_timeout_s, lambda then: self._nobody(leg, then)
        )
        self._send(leg, now)
        return name

    def _send(self, leg: Leg, now: float) -> None:
        assert leg.destination is not None  # noqa: S101 - set by invite, the only way here
        leg.client = self._core.send(
            leg.invite, leg.destination, now, lambda response, then: self._on_response(leg, response, then)
        )

    def _nobody(self, leg: Leg, now: float) -> None:
        if leg.state is LegState.CALLING:
            self._give_up(leg, now)
            self._legs.end(leg, EndedBy.TIMED_OUT, now, status=408)

    def cancel(self, leg: Leg, now: float, headers: Headers) -> None:
        """Report the end now; the CANCEL goes out when the peer has shown itself (T4)."""
        leg.end_headers = headers
        self._give_up(leg, now)
        self._legs.end(leg, EndedBy.LOCAL, now, status=487)

    def _give_up(self, leg: Leg, now: float) -> None:
        leg.wants_cancel = True
        if leg.has_progressed:
            self._send_cancel(leg, now)

    def _send_cancel(self, leg: Leg, now: float) -> None:
        client = leg.client
        if client is None or client.is_over:
            return
        request, via = cancel_of(client.request)
        request = replace(request, headers=(*request.headers, *leg.end_headers))
        self._core.layer.send(request, via, client.destination, now, lambda _response, _then: None)
        leg.wants_cancel = False

    # ------------------------------------------------------------ answers

    def _on_response(self, leg: Leg, response: Response, now: float) -> None:
        if response.status < 200:
            self._on_provisional(leg, response, now)
        elif response.is_success:
            self._on_success(leg, response, now)
        elif leg.state is LegState.CALLING:
            self._on_failure(leg, response, now)

    def _on_provisional(self, leg: Leg, response: Response, now: float) -> None:
        leg.has_progressed = True
        if leg.state is LegState.GONE:
            if leg.wants_cancel:
                self._send_cancel(leg, now)
            return
        if response.status == 100 or leg.state is not LegState.CALLING:
            return
        tag = parse_name_addr(response.header("To")).tag
        if tag and tag not in leg.early and len(leg.early) < 32:
            leg.early[tag] = self._dialog(leg, response)
        agreement = self._read_answer(leg, response)
        leg.agreement = agreement or leg.agreement
        self._core.emit(Progressed(leg.id, response.status, agreement, response))

    def _read_answer(self, leg: Leg, response: Response) -> Agreement | None:
        if not response.body or media_type(response) != MIME or leg.offered is None:
            return None
        try:
            return accept_answer(leg.offered, parse_sdp(response.body))
        except SipError:
            return None

    def _dialog(self, leg: Leg, response: Response) -> Dialog:
        assert leg.client is not None  # noqa: S101 - a response came to it
        return caller_dialog(leg.client.request, response, leg.client.destination)

    def _on_success(self, leg: Leg, response: Response, now: float) -> None:
        tag = parse_name_addr(response.header("To")).tag
        number = cseq_of(response).number
        if (tag, number) in leg.acks:
            self._core.layer.repeat(*leg.acks[tag, number])
            return
        if leg.dialog is not None and leg.dialog.belongs(tag):
            return  # a late repetition of the answer that brought the call up: never a second fork
        dialog = self._dialog(leg, response)
        self._acknowledge(leg, dialog, number, tag)
        if leg.state is not LegState.CALLING:
            # A second fork answered, or the answer crossed our CANCEL: nobody here wants it (T4).
            self._core.send(dialog.next_request("BYE"), dialog.destination, now, lambda _r, _t: None)
            return
        agreement = self._read_answer(leg, response) or (None if response.body else leg.agreement)
        leg.dialog = dialog
        leg.offered = None
        if agreement is None:
            self._core.send(dialog.next_request("BYE"), dialog.destination, now, lambda _r, _t: None)
            self._legs.end(leg, EndedBy.FAILED, now, status=488, message=response)
            return
        leg.state = LegState.UP
        leg.is_confirmed = True
        leg.agreement = agreement
        self._core.deadlines.clear(("ring", leg))
        self._core.emit(Answered(leg.id, agreement, response))

    def _acknowledge(self, leg: Leg, dialog: Dialog, number: int, tag: str) -> None:
        destination = dialog.destination
        data = self._core.layer.send_plain(dialog.ack(number), self._core.via(destination), destination)
        leg.acks[tag, number] = (data, destination)

    def _on_failure(self, leg: Leg, response: Response, now: float) -> None:
        if response.status in {401, 407} and self._answer_challenge(leg, response, now):
            return
        by = EndedBy.REFUSED
        if not response.headers:  # made here, not received
            by = EndedBy.TIMED_OUT if response.status == 408 else EndedBy.FAILED
        self._legs.end(
            leg,
            by,
            now,
            status=response.status,
            reason=response.reason,
            message=response if response.headers else None,
        )

    def _answer_challenge(self, leg: Leg, response: Response, now: float) -> bool:
        client = leg.client
        if client is None or leg.attempts >= MAX_ATTEMPTS:
            return False
        field = self._core.credentials(client.request, response, leg.account, client.destination)
        if field is None:
            return False
        leg.attempts += 1
        leg.invite = authorised(client.request, field, cseq_of(client.request).number + 1)
        leg.early.clear()
        leg.has_progressed = False
        self._send(leg, now)
        return True
