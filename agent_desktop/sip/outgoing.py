"""Calls that we make: INVITE, its answers, forks, challenges, redirections and CANCEL.

RFC 3261 sections 8.1.3.4, 9 and 13; RFC 3262.  Rules of the file: the first 2xx wins, every later one is
acknowledged and ended; an answer counts within its own dialog, and one that came reliably is never
replaced by a later one; a redirection is followed only as often as the settings allow and never to a place
that was tried.
"""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, LegId
from agent_desktop.sip.challenges import MAX_ATTEMPTS, answered
from agent_desktop.sip.core import Core, destination_of, local_name
from agent_desktop.sip.dialog import Dialog, address_of, caller_dialog
from agent_desktop.sip.events import Answered, EndedBy, IdentityChanged, Progressed, Redirected
from agent_desktop.sip.identity import asserted_in, asserting
from agent_desktop.sip.incall import InCall
from agent_desktop.sip.layer import cancel_of
from agent_desktop.sip.leg import SDP_HEADERS, Early, Leg, LegState, LegTable
from agent_desktop.sip.lifetime import Lifetimes
from agent_desktop.sip.media import Agreement, LocalMedia
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.negotiation import accept_answer
from agent_desktop.sip.parser import cseq_of, media_type, tokens
from agent_desktop.sip.reason import CLEARED, NO_ANSWER, NO_MEDIA, Reason
from agent_desktop.sip.redirect import next_target, remember
from agent_desktop.sip.reliable import OPTION, ReliableAnswers
from agent_desktop.sip.replaces import Replaces
from agent_desktop.sip.sdp import MIME, parse_sdp
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr

MAX_EARLY = 32
_OWN = {"via", "from", "to", "call-id", "cseq", "contact", "content-length", "content-type", "max-forwards"}


class OutgoingCalls:
    """The caller's side of INVITE."""

    def __init__(
        self, core: Core, legs: LegTable, incall: InCall, lifetimes: Lifetimes, reliable: ReliableAnswers
    ) -> None:
        self._core = core
        self._legs = legs
        self._incall = incall
        self._lifetimes = lifetimes
        self._reliable = reliable

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
        replaces: Replaces | None,
        asserted: NameAddr | None,
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
            contact_user=account.user if account else local.uri.user,
            destination=towards,
            offered=media,
        )
        fields: Headers = (
            ("Max-Forwards", hops),
            ("From", str(local)),
            ("To", str(NameAddr(target.without_parameters()))),
            ("Call-ID", call_id),
            ("CSeq", "1 INVITE"),
            ("Contact", core.contact(towards, leg.contact_user)),
            *core.abilities,
            *self._lifetimes.asking(leg),
            *((("Require", "replaces"), ("Replaces", str(replaces))) if replaces else ()),
            *asserting(asserted),
            *SDP_HEADERS,
            *((key, value) for key, value in headers if key.lower() not in _OWN),
        )
        remember(target, leg.tried)
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
            self._give_up(leg, now, NO_ANSWER)
            self._legs.end(leg, EndedBy.TIMED_OUT, now, status=408, cause=NO_ANSWER)

    def cancel(self, leg: Leg, now: float, headers: Headers) -> None:
        """Report the end now; the CANCEL goes out when the peer has shown itself (T4)."""
        leg.end_headers = headers
        self._give_up(leg, now, CLEARED)
        self._legs.end(leg, EndedBy.LOCAL, now, status=487)

    def _give_up(self, leg: Leg, now: float, reason: Reason) -> None:
        leg.wants_cancel = True
        if not any(name.lower() == "reason" for name, _ in leg.end_headers):
            leg.end_headers = (*leg.end_headers, ("Reason", str(reason)))
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
        leg.learn(response)
        early = self._early(leg, response)
        if early is not None and not self._reliable.acknowledge(leg, early, response, now):
            return
        agreement = self._take_answer(leg, early, response)
        self._core.emit(Progressed(leg.id, response.status, agreement, response))
        self._identify(leg, response)

    def _identify(self, leg: Leg, response: Response) -> None:
        """Who it is that rings or answers there, in the word of a network that we trust."""
        way = leg.client.destination if leg.client else None
        asserted = asserted_in(response, way, self._core.settings.trusted) if way else None
        if asserted is not None and asserted != leg.asserted:
            leg.asserted = asserted
            self._core.emit(IdentityChanged(leg.id, asserted))

    def _early(self, leg: Leg, response: Response) -> Early | None:
        """The dialog of a provisional answer; None without a tag, or when there are too many."""
        tag = parse_name_addr(response.header("To")).tag
        known = leg.early.get(tag)
        if known is not None or not tag or len(leg.early) >= MAX_EARLY:
            return known
        leg.early[tag] = Early(self._dialog(leg, response))
        return leg.early[tag]

    def _take_answer(self, leg: Leg, early: Early | None, response: Response) -> Agreement | None:
        """The early media of one fork; a settled one is not settled again (RFC 3261 section 13.2.1)."""
        if early is not None and early.is_settled:
            return None
        agreement = self._read_answer(leg, response)
        if agreement is not None:
            leg.agreement = agreement
            if early is not None:
                early.agreement = agreement
                early.is_settled = OPTION in tokens(response, "Require") and early.rseq > 0
        return agreement

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
        early = leg.early.get(tag)
        dialog = early.dialog if early else self._dialog(leg, response)
        dialog.confirmed(response)
        self._acknowledge(leg, dialog, number, tag)
        if leg.state is not LegState.CALLING:
            # A second fork answered, or the answer crossed our CANCEL: nobody here wants it (T4).
            self._incall.bye(leg, now, dialog=dialog)
            return
        agreement = self._final_answer(leg, early, response)
        leg.dialog, leg.offered = dialog, None
        leg.early.clear()
        if agreement is None:
            self._incall.bye(leg, now, NO_MEDIA)
            self._legs.end(leg, EndedBy.FAILED, now, status=488, message=response, cause=NO_MEDIA)
            return
        leg.state = LegState.UP
        leg.is_confirmed = True
        leg.agreement = agreement
        if leg.offer is not None and leg.offer.dialog is not dialog:
            leg.offer = None  # it was for a fork that lost
        leg.learn(response)
        self._lifetimes.agreed(leg, response, now)
        self._core.deadlines.clear(("ring", leg))
        self._core.emit(Answered(leg.id, agreement, response))
        self._identify(leg, response)

    def _final_answer(self, leg: Leg, early: Early | None, response: Response) -> Agreement | None:
        """What the fork that answered does: the 200's description, else what it said before."""
        if early is not None and early.is_settled:
            return early.agreement
        if response.body:
            return self._read_answer(leg, response)
        return early.agreement if early else leg.agreement

    def _acknowledge(self, leg: Leg, dialog: Dialog, number: int, tag: str) -> None:
        destination = dialog.destination
        data = self._core.layer.send_plain(dialog.ack(number), self._core.via(destination), destination)
        leg.acks[tag, number] = (data, destination)

    # ------------------------------------------------------------ refusals, and what may be tried again

    def _on_failure(self, leg: Leg, response: Response, now: float) -> None:
        if response.status in {401, 407} and self._answer_challenge(leg, response, now):
            return
        if leg.attempts < MAX_ATTEMPTS and self._lifetimes.lengthened(leg, response):
            leg.attempts += 1
            self._again(leg, self._renewed(leg), now)
            return
        if 300 <= response.status < 400 and self._follow(leg, response, now):
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
        number = cseq_of(client.request).number + 1
        again = answered(
            self._core, client.request, response, leg.account, destination=client.destination, cseq=number
        )
        if again is None:
            return False
        leg.attempts += 1
        self._again(leg, again, now)
        return True

    def _renewed(self, leg: Leg) -> Request:
        """The INVITE with the session timer that the peer asked for."""
        number = cseq_of(leg.invite).number + 1
        kept = tuple(
            (name, f"{number} INVITE") if name == "CSeq" else (name, value)
            for name, value in leg.invite.headers
            if name not in {"Session-Expires", "Min-SE"}
        )
        return replace(leg.invite, headers=(*kept, *self._lifetimes.asking(leg)))

    def _follow(self, leg: Leg, response: Response, now: float) -> bool:
        """Go where a 3xx points; our passwords do not go along (`Account.may_ask`)."""
        if len(leg.tried) > self._core.settings.max_redirects:
            return False
        target = next_target(response, leg.tried)
        if target is None:
            return False
        remember(target, leg.tried)
        target = replace(target, headers="")
        account = leg.account
        at_home = account is not None and target.host.lower() == account.uri.host.lower()
        leg.destination = account.server if account and at_home else address_of(target)
        number = cseq_of(leg.invite).number + 1
        headers = tuple(
            (name, f"{number} INVITE") if name == "CSeq" else (name, value)
            for name, value in leg.invite.headers
            if name not in {"Authorization", "Proxy-Authorization"}
        )
        self._core.emit(Redirected(leg.id, response.status, target))
        self._again(leg, replace(leg.invite, headers=headers, uri=str(target)), now)
        return True

    def _again(self, leg: Leg, invite: Request, now: float) -> None:
        leg.invite = invite
        leg.early.clear()
        leg.has_progressed = False
        self._send(leg, now)
