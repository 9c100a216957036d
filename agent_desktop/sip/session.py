"""One end of SIP: the agent's phone, or the switch.  The only door to this package.

Sans-I/O: the shell (`transport`) feeds bytes and times and carries out what comes back:

    agent.receive(data, source, now)      bytes of one datagram, or one message cut from a stream
    agent.tick(now)                       when `agent.deadline` has come
    for packet in agent.take_outgoing():  send packet.data to packet.destination
    for event in agent.take_events():     tell the application

Every method takes `now`, in seconds of any clock that only grows.  Every call has a `LegId` that is known
before its first packet leaves (trap T8).  A method that a leg's state does not allow raises
IllegalStepError; an unknown leg raises RefusedError with code "no_such_call".

Rules kept here without the application's help: retransmission and its absorption (T2), ACK for every
final answer (T3), CANCEL only after a provisional answer and BYE after a crossing 200 (T4), every
re-INVITE and UPDATE answered from the leg's present media (T5), 491 on glare, 401 and 407 answered for
the account's realm only (T10), OPTIONS answered (T13), unknown methods 405, unknown extensions 420.
"""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Account, Settings
from agent_desktop.sip.address import Address, Headers, LegId, Outgoing, Randomness, RegistrationId, RequestId
from agent_desktop.sip.core import ALWAYS_ALLOWED, Core
from agent_desktop.sip.digest import DigestServer
from agent_desktop.sip.events import Event
from agent_desktop.sip.incoming import IncomingCalls
from agent_desktop.sip.layer import ServerTransaction, response_to
from agent_desktop.sip.leg import Leg, LegState, LegTable
from agent_desktop.sip.media import Agreement, LocalMedia
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.midcall import MidCall
from agent_desktop.sip.outgoing import OutgoingCalls
from agent_desktop.sip.parser import cseq_of, parse, salvage, tokens
from agent_desktop.sip.parser import values as header_values
from agent_desktop.sip.registrar import Binding, RegistrarTable
from agent_desktop.sip.registration import Registrations
from agent_desktop.sip.requests import SURFACED, Requests
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr, parse_uri
from agent_desktop.sip.via import parse_via, return_address

_KNOWN = frozenset(ALWAYS_ALLOWED) | SURFACED


class UserAgent:
    """UAC, UAS, registering client and registrar in one object without sockets, threads or clocks."""

    def __init__(self, settings: Settings, randomness: Randomness) -> None:
        self._core = Core(settings, randomness, self)
        self._legs = LegTable(self._core)
        registrar = settings.registrar
        digest: DigestServer | None = None
        if registrar:
            secret = randomness.token()
            digest = DigestServer(registrar.realm, registrar.password_of, secret, registrar.algorithms)
        self._incoming = IncomingCalls(self._core, self._legs, digest)
        self._outgoing = OutgoingCalls(self._core, self._legs)
        self._midcall = MidCall(self._core, self._legs, self._incoming)
        self._requests = Requests(self._core, self._legs, self._midcall, digest)
        self._registrations = Registrations(self._core)
        self._registrar = RegistrarTable(self._core, registrar, digest) if registrar and digest else None

    # ------------------------------------------------------------ the shell's side

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take in one datagram, or one message of a stream.  Never raises, whatever the bytes are."""
        if not data.strip(b"\r\n\0 "):
            return  # a keep-alive
        try:
            self._core.layer.receive(parse(data), source, now)
        except SipError as error:
            self._refuse_unreadable(data, source, error.status)

    def tick(self, now: float) -> None:
        """Carry out every deadline up to `now`."""
        self._core.deadlines.run(now)

    @property
    def deadline(self) -> float | None:
        """When `tick` is due next; None when nothing waits."""
        return self._core.deadlines.next

    def take_outgoing(self) -> list[Outgoing]:
        """Packets to be sent, in order; each is handed out once."""
        taken, self._core.layer.outgoing = self._core.layer.outgoing, []
        return taken

    def take_events(self) -> list[Event]:
        """What happened, in order; each is handed out once."""
        taken, self._core.events = self._core.events, []
        return taken

    def connection_failed(self, destination: Address, now: float) -> None:
        """The shell could not send there, or the connection broke: what waits for it fails with 503."""
        self._core.layer.broken(destination, now)

    # ------------------------------------------------------------ registration

    def register(self, account: Account, now: float) -> RegistrationId:
        """Register and stay registered: refresh, answer challenges, retry with jittered back-off."""
        return self._registrations.register(account, now)

    def unregister(self, registration: RegistrationId, now: float) -> None:
        """Remove our binding; ends with `Unregistered` whether or not the registrar answers."""
        self._registrations.unregister(registration, now)

    def bindings(self, user: str, now: float) -> tuple[Binding, ...]:
        """Registrar: where a user can be reached now, newest first.

        Call one with `invite(binding.contact, ..., destination=binding.source)`.
        """
        return self._registrar.bindings(user, now) if self._registrar else ()

    # ------------------------------------------------------------ calls that we make

    def invite(
        self,
        target: Uri,
        media: LocalMedia,
        now: float,
        *,
        caller: NameAddr | None = None,
        account: Account | None = None,
        headers: Headers = (),
        destination: Address | None = None,
    ) -> LegId:
        """Call `target`, through `destination`, else the account's server, else where the address points.

        `caller` is what From shows (the account's own address when None).  `headers` are added as they
        are, for example (("X-Interaction", "i7"),).  Reports Progressed, then Answered or Ended.
        """
        return self._outgoing.invite(
            replace(target, headers=""),
            media,
            now,
            caller=caller,
            account=account,
            headers=headers,
            destination=destination,
        )

    def cancel(self, leg: LegId, now: float, *, headers: Headers = ()) -> None:
        """Give up a call of ours that is not answered; Ended(LOCAL) is reported at once."""
        found = self._legs.find(leg)
        if found is not None:
            self._outgoing.cancel(self._legs.get(leg, LegState.CALLING), now, headers)

    # ------------------------------------------------------------ calls that arrive

    def ring(
        self,
        leg: LegId,
        now: float,
        *,
        status: int = 180,
        media: LocalMedia | None = None,
        headers: Headers = (),
    ) -> Agreement | None:
        """Send a provisional answer; with `media` (usually 183) it opens early media."""
        return self._incoming.ring(self._legs.get(leg, LegState.RINGING), now, status, media, headers)

    def answer(self, leg: LegId, media: LocalMedia, now: float, *, headers: Headers = ()) -> Agreement | None:
        """Answer with 200.  None when the caller left the offer to us: `MediaChanged` follows with its ACK.

        Without a shared codec the call is refused with 488 and RefusedError (code "no_codec") is raised.
        """
        return self._incoming.answer(self._legs.get(leg, LegState.RINGING), media, now, headers)

    def reject(
        self, leg: LegId, now: float, status: int = 486, reason: str = "", *, headers: Headers = ()
    ) -> None:
        """Refuse a call that is not answered yet; Ended(LOCAL) is reported."""
        self._incoming.reject(self._legs.get(leg, LegState.RINGING), now, status, reason, headers)

    def challenge(self, leg: LegId, now: float) -> None:
        """Ask for the account's digest (401).  The leg ends silently; the caller comes again as a new one."""
        self._incoming.challenge(self._legs.get(leg, LegState.RINGING), now)

    # ------------------------------------------------------------ every call

    def hang_up(self, leg: LegId, now: float, *, status: int = 603, headers: Headers = ()) -> None:
        """End a call in any state: BYE, CANCEL, or a refusal with `status`.  Twice does nothing."""
        found = self._legs.find(leg)
        if found is None:
            return
        match found.state:
            case LegState.CALLING:
                self._outgoing.cancel(found, now, headers)
            case LegState.RINGING:
                self._incoming.reject(found, now, status, "", headers)
            case LegState.UP:
                self._midcall.hang_up(found, now, headers)
            case LegState.GONE:
                pass

    def reinvite(self, leg: LegId, media: LocalMedia, now: float) -> None:
        """Offer new media in a call that is up; waits for what is under way and retries a glare by itself.

        Reports MediaChanged or ReinviteRefused.
        """
        self._midcall.reinvite(self._legs.get(leg, LegState.UP), media, now)

    def hold(self, leg: LegId, now: float) -> None:
        """Re-INVITE with `sendonly` (`inactive` while the peer holds us too).  Reports as `reinvite`."""
        self._midcall.hold(self._legs.get(leg, LegState.UP), now)

    def resume(self, leg: LegId, now: float) -> None:
        """Re-INVITE with `sendrecv`.  Reports as `reinvite`."""
        self._midcall.resume(self._legs.get(leg, LegState.UP), now)

    def set_media(self, leg: LegId, media: LocalMedia) -> None:
        """Change what the next offer of the peer is answered from, without asking the peer now."""
        self._legs.get(leg).media = media

    def agreement(self, leg: LegId) -> Agreement | None:
        """What the leg's media does now."""
        return self._legs.get(leg).agreement

    def is_up(self, leg: LegId) -> bool:
        """The leg is answered and not ended."""
        found = self._legs.find(leg)
        return found is not None and found.state is LegState.UP

    @property
    def legs(self) -> tuple[LegId, ...]:
        """Every leg that has not ended."""
        return self._legs.names

    def replaces_header(self, leg: LegId) -> str:
        """The value of a Replaces header (RFC 3891) that names this call as its peer knows it."""
        dialog = self._legs.get(leg, LegState.UP).dialog
        if dialog is None:  # pragma: no cover - a leg that is up has one
            return ""
        return f"{dialog.call_id};to-tag={dialog.remote.tag};from-tag={dialog.local.tag}"

    # ------------------------------------------------------------ other requests

    def request(
        self,
        method: str,
        now: float,
        *,
        leg: LegId | None = None,
        target: Uri | None = None,
        account: Account | None = None,
        destination: Address | None = None,
        headers: Headers = (),
        body: bytes = b"",
    ) -> RequestId:
        """Send OPTIONS, INFO, REFER, NOTIFY, SUBSCRIBE or MESSAGE, inside a call or to `target`.

        ResponseArrived follows, with 408 when nobody answers.
        """
        if leg is not None:
            found = self._legs.get(leg, LegState.UP)
            return self._requests.send_in_call(found, method, now, headers, body)
        if target is None:
            raise SipError("A request needs a call or an address to go to.")
        return self._requests.send_to(
            replace(target, headers=""),
            method,
            now,
            account=account,
            destination=destination,
            headers=headers,
            body=body,
        )

    def respond(
        self,
        request: RequestId,
        status: int,
        now: float,
        *,
        reason: str = "",
        headers: Headers = (),
        body: bytes = b"",
    ) -> None:
        """Answer a RequestArrived that has `needs_response`."""
        self._requests.respond(request, status, now, reason=reason, headers=headers, body=body)

    # ------------------------------------------------------------ what the transaction layer reports

    def on_request(self, transaction: ServerTransaction, now: float) -> None:
        """A new request, judged in the order of RFC 3261 section 8.2."""
        request = transaction.request
        refusal = self._judge(request)
        if refusal is not None:
            status, headers = refusal
            self._core.answer(transaction, status, now, headers=headers)
            return
        tag = parse_name_addr(request.header("To")).tag
        if not tag:
            self._on_new(transaction, now)
            return
        leg = self._in_call(request, tag)
        if leg is None:
            self._core.answer(transaction, 481, now)
            return
        dialog = leg.dialog
        number = cseq_of(request).number
        if dialog is not None:
            if dialog.remote_cseq is not None and number <= dialog.remote_cseq:
                self._core.answer(transaction, 500, now)
                return
            dialog.remote_cseq = number
        self._on_in_call(leg, transaction, now)

    def _judge(self, request: Request) -> tuple[int, Headers] | None:
        allowed = request.method in _KNOWN or (request.method == "REGISTER" and self._registrar is not None)
        if not allowed:
            return 405, (("Allow", ", ".join(self._core.allow)),)
        if parse_uri(request.uri).scheme not in {"sip", "sips", "tel"}:
            return 416, ()
        foreign = [tag for tag in tokens(request, "Require") if tag not in self._core.settings.supported]
        if foreign:
            return 420, (("Unsupported", ", ".join(foreign)),)
        return None

    def _in_call(self, request: Request, tag: str) -> Leg | None:
        leg = self._legs.by_dialog(request.call_id, tag)
        if leg is None:
            return None
        remote = parse_name_addr(request.header("From")).tag
        if leg.dialog is not None:
            return leg if leg.dialog.belongs(remote) else None
        return leg if remote in leg.early else None

    def _on_new(self, transaction: ServerTransaction, now: float) -> None:
        match transaction.request.method:
            case "INVITE":
                self._incoming.on_invite(transaction, now)
            case "OPTIONS":
                self._requests.on_options(transaction, now)
            case "REGISTER" if self._registrar is not None:
                self._registrar.on_register(transaction, now)
            case "BYE" | "UPDATE":
                self._core.answer(transaction, 481, now)
            case _:
                self._requests.on_request(transaction, None, now)

    def _on_in_call(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        method = transaction.request.method
        if leg.state is LegState.GONE:
            # Its BYE crossed ours (section 15.1.2); anything else came too late.
            self._core.answer(transaction, 200 if method == "BYE" else 481, now)
            return
        match method:
            case "INVITE":
                self._midcall.on_reinvite(leg, transaction, now)
            case "UPDATE":
                self._midcall.on_update(leg, transaction, now)
            case "BYE":
                self._midcall.on_bye(leg, transaction, now)
            case "OPTIONS":
                self._requests.on_options(transaction, now)
            case _:
                self._requests.on_request(transaction, leg, now)

    def on_cancel(self, cancel: ServerTransaction, invite: ServerTransaction | None, now: float) -> None:
        """The caller gave up."""
        self._incoming.on_cancel(cancel, invite, now)

    def on_ack(self, ack: Request, source: Address, now: float) -> None:
        """The ACK of a 2xx, which has no transaction."""
        _ = source
        leg = self._in_call(ack, parse_name_addr(ack.header("To")).tag)
        if leg is not None and self._incoming.on_ack(leg, ack, now):
            self._midcall.proceed(leg, now)

    def on_stray(self, response: Response, now: float) -> None:
        """A 2xx that came again after its transaction: its ACK was lost."""
        _ = now
        if not response.is_success or cseq_of(response).method != "INVITE":
            return
        leg = self._legs.by_dialog(response.call_id, parse_name_addr(response.header("From")).tag)
        key = (parse_name_addr(response.header("To")).tag, cseq_of(response).number)
        if leg is not None and key in leg.acks:
            self._core.layer.repeat(*leg.acks[key])

    def _refuse_unreadable(self, data: bytes, source: Address, status: int) -> None:
        """No silence towards a request that can be answered (RFC 4475)."""
        request = salvage(data)
        if request is None:
            return
        try:
            via = parse_via(header_values(request, "Via")[0])
            back, seen = return_address(via, source), str(via.seen_from(source))
            rest = (("Via", value) for value in header_values(request, "Via")[1:])
            others = tuple(pair for pair in request.headers if pair[0] != "Via")
            request = replace(request, headers=(("Via", seen), *rest, *others))
        except SipError:
            back = source
        response = response_to(request, status, to_tag=self._core.randomness.token())
        self._core.layer.outgoing.append(Outgoing(bytes(response), back))
