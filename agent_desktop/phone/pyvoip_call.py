"""One call of the pyVoIP engine: pyVoIP's call, for every answer that a peer may give.

pyVoIP expects 100, 180 and 401 and hangs or raises on all else, sends no CANCEL and does not hear one, and
starts its RTP again at each re-INVITE.  Here any first response moves the call, and its end is told once.

Rules: the end is told before the peer confirmed it (whoever hangs up is free at once), what SIP still has
to say goes on behind it; a 200 that crosses our CANCEL is acknowledged and ended (trap T4); a re-INVITE is
answered with a raised version and changes the plan of the one session (T5).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from agent_desktop.errors import SipError
from agent_desktop.phone import pyvoip_dialog
from agent_desktop.phone.pyvoip_message import ALLOWED, Heard, cancel_of, response_to, token, with_via
from agent_desktop.phone.pyvoip_parts import CallState, PayloadType, VoIPCall
from agent_desktop.phone.pyvoip_register import MOST_PROOFS, is_stale, proved
from agent_desktop.phone.pyvoip_rtp import RtpClient
from agent_desktop.sip.media import AgreedStream, LocalMedia, audio
from agent_desktop.sip.message import Request
from agent_desktop.sip.negotiation import accept_answer, answer_offer
from agent_desktop.sip.sdp import Origin, build_sdp, parse_sdp
from agent_desktop.sip.via import parse_via

if TYPE_CHECKING:
    from agent_desktop.phone.pyvoip_phone import Phone
    from agent_desktop.phone.pyvoip_sip import Client

_TIMED_OUT: Final = 408
_NO_SHARED_CODEC: Final = 488


class Call(VoIPCall):
    """Lives in the SIP thread; its sound is called from another."""

    def __init__(self, phone: Phone, state: CallState, request: Heard) -> None:
        self.media = RtpClient(phone.myIP, phone.port_range(), self.dtmf_callback)
        number = secrets.randbits(31)
        # Told that it dials, pyVoIP leaves the sound to us whatever the direction is.
        super().__init__(
            phone, CallState.DIALING, request, number, phone.myIP, {self.media.inPort: PayloadType.PCMU}
        )
        self.state = state
        self.RTPClients = [self.media]
        self.tag_here = request.from_tag if state is CallState.DIALING else token()
        self.heard: Heard = request
        self.dialog: pyvoip_dialog.Dialog | None = None
        self._phone: Phone = phone
        self._client: Client = phone.client
        self._origin = Origin(str(number), 1, phone.myIP)
        self._ours: LocalMedia = audio(phone.myIP, self.media.inPort)
        self._written = b""
        self._invite: Request | None = None
        self._ack: tuple[bytes, tuple[str, int]] | None = None
        self._we_offered = False
        self._has_progress = False
        self._wants_cancel = False
        self._proofs = 0

    def __del__(self) -> None:
        """PyVoIP counts ports here; ours are closed when the call ends."""

    def dtmf_callback(self, code: str) -> None:
        super().dtmf_callback(code)
        self._phone.listener.digit(self, code)

    # ------------------------------------------------------------ we call

    @property
    def offer(self) -> bytes:
        """What we can do, as SDP."""
        return self._describe(self._ours)

    def invite(self, request: Request) -> None:
        self._invite = self._client.ask(request, self._response, self._silent)

    def _response(self, message: Heard) -> None:
        code = message.code
        if code < 200:
            self._progressed(message)
        elif code < 300:
            self.answered(message)
        elif not self._prove(message):
            self._over("remote", code)

    def _progressed(self, message: Heard) -> None:
        self._has_progress = True
        if self._wants_cancel:
            self._cancel()
        if message.code == 100 or self.state is not CallState.DIALING:
            return
        has_sound = False
        if message.sdp:
            has_sound = self._accept(message)
        self._phone.listener.rings(self, has_sound=has_sound)

    def _prove(self, message: Heard) -> bool:
        """Answer a 401 or 407, with a new branch and the next number; False when that is not to be done."""
        invite = self._invite
        if message.code not in {401, 407} or invite is None or self.state is not CallState.DIALING:
            return False
        if self._proofs and not (is_stale(message) and self._proofs < MOST_PROOFS):
            return False
        proof = self._client.identity.proof(message, "INVITE", invite.uri)
        if proof is None:
            return False
        self._proofs += 1
        self._has_progress = False
        self.invite(proved(invite, proof))
        return True

    def answered(self, message: Heard) -> None:  # type: ignore[override]  # every message here is one
        """A 2xx: acknowledge it, whatever we think of it."""
        if self._invite is None:
            return
        self.dialog = pyvoip_dialog.of_caller(self._invite, message)
        self._acknowledge(self.dialog)
        if self.state is not CallState.DIALING:
            self._send_bye(self.dialog)  # it crossed our CANCEL
            return
        if not (self._accept(message) if message.sdp else self.media.outPort):
            self._send_bye(self.dialog)
            self._over("network", _NO_SHARED_CODEC)
            return
        self._come_up()

    def _acknowledge(self, dialog: pyvoip_dialog.Dialog) -> None:
        ack = dialog.request("ACK", cseq=dialog.cseq)
        made, _ = with_via(ack, self._client.myIP, self._client.myPort)
        self._ack = bytes(made), dialog.next_hop((self._client.server, self._client.port))
        self._client.send(*self._ack)

    def answered_again(self, message: Heard) -> None:
        """A 2xx once more: our ACK was lost, or a second phone picked up, which is let go."""
        if self.dialog is None or self._invite is None:
            return
        if self._ack is not None and message.to_tag == self.dialog.remote.tag:
            self._client.send(*self._ack)
            return
        other, kept = pyvoip_dialog.of_caller(self._invite, message), self._ack
        self._acknowledge(other)
        self._ack = kept
        self._send_bye(other)

    def _silent(self) -> None:
        if self._has_progress:
            self._cancel()
        self._over("network", _TIMED_OUT)

    # ------------------------------------------------------------ we are called

    def ring(self) -> None:
        """Say that it rings; SipError when nothing could be heard."""
        if self.heard.sdp:
            answer_offer(parse_sdp(self.heard.sdp), self._ours)
        self._client.reply(self.heard, 180, tag=self.tag_here, headers=(self._client.contact,))

    def answer(self) -> None:
        if self.state is not CallState.RINGING:
            raise SipError("Only a call that rings can be answered.")
        self.dialog = pyvoip_dialog.of_callee(self.heard, self.tag_here)
        self._agree_with(self.heard)
        self._come_up()

    def deny(self, status: int = 486) -> None:
        """Decline."""
        self._refuse(status)
        self._over("agent", status)

    def cancelled(self, message: Heard) -> None:
        """The caller gives up: 200 for the CANCEL, 487 for the INVITE (trap T4)."""
        self._client.reply(message, 200, tag=self.tag_here)
        if self.state is CallState.RINGING:
            self._refuse(487)
            self._over("remote", 487)

    def _refuse(self, status: int) -> None:
        if self.state is CallState.RINGING:
            data = response_to(self.heard, status, tag=self.tag_here)
            self._client.transactions.until_ack(self.heard, data, lambda: None)

    # ------------------------------------------------------------ during the call

    def renegotiate(self, message: Heard) -> None:  # type: ignore[override]  # every message here is one
        """A re-INVITE of the peer: hold, resume, another address.  One session before and after."""
        dialog = self.dialog
        if dialog is None or self.state is not CallState.ANSWERED:
            self._final(message, 491)
            return
        if message.cseq.number <= dialog.heard_cseq:
            self._final(message, 500)
            return
        dialog.heard_cseq = message.cseq.number
        dialog.aim(message)
        try:
            self._agree_with(message)
        except SipError as error:
            self._final(message, error.status)

    def _final(self, message: Heard, status: int) -> None:
        self._client.transactions.until_ack(message, response_to(message, status), lambda: None)

    def _agree_with(self, invite: Heard) -> None:
        """Answer an offer with 200, or make ours there when the INVITE has none."""
        self._we_offered = not invite.sdp
        if invite.sdp:
            answer = answer_offer(parse_sdp(invite.sdp), self._ours)
            written, agreed = answer.media, answer.agreement.audio
            self._configure(agreed)
        else:
            written = self._ours
        data = response_to(
            invite,
            200,
            tag=self.tag_here,
            headers=(self._client.contact, ("Allow", ALLOWED)),
            body=self._describe(written),
        )
        self._client.transactions.until_ack(invite, data, self._never_acknowledged)

    def acknowledged(self, message: Heard) -> None:
        """The ACK; it holds the answer when the offer was ours."""
        if self._we_offered and message.sdp:
            self._we_offered = False
            self._accept(message)

    def _never_acknowledged(self) -> None:
        if self.state is CallState.ANSWERED and self.dialog is not None:
            self._send_bye(self.dialog)
            self._over("network", _TIMED_OUT)

    def hangup(self) -> None:
        """End the call, in whatever state it is."""
        match self.state:
            case CallState.DIALING:
                self._cancel()
            case CallState.RINGING:
                self._refuse(480)
            case CallState.ANSWERED if self.dialog is not None:
                self._send_bye(self.dialog)
            case _:
                pass
        self._over("agent", 0)

    def bye(self) -> None:
        """The peer hung up."""
        self._refuse(487)  # it may say so even while it rings here
        self._over("remote", 0)

    # ------------------------------------------------------------ inside

    def _come_up(self) -> None:
        self.state = CallState.ANSWERED
        self.media.start()
        self._phone.listener.up(self)

    def _cancel(self) -> None:
        """Give up; only after a provisional response, else with the first that comes (section 9.1)."""
        self._wants_cancel = not self._has_progress
        if self._has_progress and self._invite is not None:
            cancel = cancel_of(self._invite)
            self._client.transactions.request(
                cancel,
                parse_via(cancel.header("Via")).branch,
                (self._client.server, self._client.port),
                lambda _message: None,
                lambda: None,
            )

    def _send_bye(self, dialog: pyvoip_dialog.Dialog) -> None:
        place = dialog.next_hop((self._client.server, self._client.port))
        bye = dialog.request("BYE")

        def heard(message: Heard) -> None:
            proof = (
                self._client.identity.proof(message, "BYE", bye.uri) if message.code in {401, 407} else None
            )
            if proof is not None:
                self._client.ask(proved(bye, proof), lambda _message: None, lambda: None, target=place)

        self._client.ask(bye, heard, lambda: None, target=place)

    def _over(self, by: str, status: int) -> None:
        if self.state is CallState.ENDED:
            return
        self.state = CallState.ENDED
        self.media.stop()
        self._phone.forget(self)
        self._phone.listener.gone(self, by, status)

    def _accept(self, message: Heard) -> bool:
        """Follow the peer's answer to our offer; False when the two share nothing."""
        try:
            self._configure(accept_answer(self._ours, parse_sdp(message.sdp)).audio)
        except SipError:
            return False
        return True

    def _configure(self, stream: AgreedStream | None) -> None:
        if stream is not None:
            self.media.agree(stream)

    def _describe(self, media: LocalMedia) -> bytes:
        """SDP, with a version that rises when it says something new (RFC 3264 section 8)."""
        written = build_sdp(self._origin, media)
        if self._written and written != self._written:
            self._origin = self._origin.raised()
            written = build_sdp(self._origin, media)
        self._written = written
        return written
