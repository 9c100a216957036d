"""Which part of a `UserAgent` a message belongs to (RFC 3261 section 8.2), and the parts themselves.

Rules of the file: a request is judged in the RFC's order (method, address, extensions, dialog, content),
so that the first thing wrong decides the answer; one that cannot even be read is refused as far as it can
be answered.
"""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Settings
from agent_desktop.sip.address import Address, Headers, Outgoing, Randomness
from agent_desktop.sip.core import ALWAYS_ALLOWED, Core
from agent_desktop.sip.digest import DigestServer
from agent_desktop.sip.incall import InCall
from agent_desktop.sip.incoming import IncomingCalls
from agent_desktop.sip.layer import ServerTransaction, response_to
from agent_desktop.sip.leg import Leg, LegState, LegTable
from agent_desktop.sip.lifetime import Lifetimes
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.midcall import MidCall
from agent_desktop.sip.notifier import Notifier
from agent_desktop.sip.offers import Offers
from agent_desktop.sip.outgoing import OutgoingCalls
from agent_desktop.sip.parser import cseq_of, parse, salvage, tokens, values
from agent_desktop.sip.registrar import RegistrarTable
from agent_desktop.sip.registration import Registrations
from agent_desktop.sip.reliable import ReliableAnswers
from agent_desktop.sip.requests import SURFACED, Requests
from agent_desktop.sip.subscriber import Subscriber
from agent_desktop.sip.transfers import Transfers
from agent_desktop.sip.uri import parse_name_addr, parse_uri
from agent_desktop.sip.via import parse_via, return_address

_KNOWN = frozenset(ALWAYS_ALLOWED) | SURFACED


class Dispatcher:
    """Builds the parts and gives each message to the one that it is for."""

    def __init__(self, settings: Settings, randomness: Randomness) -> None:
        self.core = Core(settings, randomness, self)
        self.legs = LegTable(self.core)
        registrar = settings.registrar
        digest: DigestServer | None = None
        if registrar:
            secret = randomness.token()
            digest = DigestServer(registrar.realm, registrar.password_of, secret, registrar.algorithms)
        core, legs = self.core, self.legs
        self.registrations = Registrations(core)
        account_for = self.registrations.account_for
        self.incall = InCall(core)
        self.lifetimes = Lifetimes(core, legs, self.incall)
        self.reliable = ReliableAnswers(core, legs, self.incall)
        self.offers = Offers(core, legs, self.incall, self.lifetimes)
        self.incoming = IncomingCalls(
            core,
            legs,
            self.incall,
            self.lifetimes,
            reliable=self.reliable,
            digest=digest,
            account_for=account_for,
        )
        self.outgoing = OutgoingCalls(core, legs, self.incall, self.lifetimes, self.reliable)
        self.midcall = MidCall(
            core, legs, self.incall, incoming=self.incoming, offers=self.offers, lifetimes=self.lifetimes
        )
        self.requests = Requests(core, legs, self.incall, digest)
        self.transfers = Transfers(core, self.incall)
        self.notifier = Notifier(core, digest)
        self.subscriber = Subscriber(core, account_for)
        self.registrar = RegistrarTable(self.core, registrar, digest) if registrar and digest else None
        self.digest = digest

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """One datagram, or one message of a stream."""
        if not data.strip(b"\r\n\0 "):
            return  # a keep-alive
        try:
            self.core.layer.receive(parse(data), source, now)
        except SipError as error:
            self._refuse_unreadable(data, source, error.status)

    # ------------------------------------------------------------ what the transaction layer reports

    def on_request(self, transaction: ServerTransaction, now: float) -> None:
        """A new request, judged in the order of RFC 3261 section 8.2."""
        request = transaction.request
        refusal = self._judge(request)
        if refusal is not None:
            status, headers = refusal
            self.core.answer(transaction, status, now, headers=headers)
            return
        tag = parse_name_addr(request.header("To")).tag
        if not tag:
            self._on_new(transaction, now)
            return
        leg = self._in_call(request, tag)
        if leg is None:
            if not self._in_subscription(transaction, tag, now):
                self.core.answer(transaction, 481, now)
            return
        dialog = leg.dialog_with(parse_name_addr(request.header("From")).tag)
        number = cseq_of(request).number
        if dialog is not None:
            if dialog.remote_cseq is not None and number <= dialog.remote_cseq:
                self.core.answer(transaction, 500, now)
                return
            dialog.remote_cseq = number
        self._on_in_call(leg, transaction, now)

    def _judge(self, request: Request) -> tuple[int, Headers] | None:
        allowed = request.method in _KNOWN or (request.method == "REGISTER" and self.registrar is not None)
        if not allowed:
            return 405, (("Allow", ", ".join(self.core.allow)),)
        if parse_uri(request.uri).scheme not in {"sip", "sips", "tel"}:
            return 416, ()
        foreign = [tag for tag in tokens(request, "Require") if tag not in self.core.settings.supported]
        if foreign:
            return 420, (("Unsupported", ", ".join(foreign)),)
        return None

    def _in_call(self, request: Request, tag: str) -> Leg | None:
        leg = self.legs.by_dialog(request.call_id, tag)
        if leg is None:
            return None
        return leg if leg.dialog_with(parse_name_addr(request.header("From")).tag) else None

    def _in_subscription(self, transaction: ServerTransaction, tag: str, now: float) -> bool:
        return self.notifier.on_in_dialog(transaction, tag, now) or self.subscriber.on_in_dialog(
            transaction, tag, now
        )

    @property
    def _takes_transfers(self) -> bool:
        settings = self.core.settings
        return settings.takes_transfers and "REFER" not in settings.handled

    def _on_new(self, transaction: ServerTransaction, now: float) -> None:
        match transaction.request.method:
            case "INVITE":
                self.incoming.on_invite(transaction, now)
            case "OPTIONS":
                self.requests.on_options(transaction, now)
            case "REGISTER" if self.registrar is not None:
                self.registrar.on_register(transaction, now)
            case "BYE" | "UPDATE" | "PRACK":
                self.core.answer(transaction, 481, now)
            case "REFER" if self._takes_transfers:
                self.core.answer(transaction, 403, now)  # a stranger may not make us call
            case "SUBSCRIBE" if self.core.settings.packages:
                self.notifier.on_subscribe(transaction, now)
            case "NOTIFY" if self.subscriber.on_unasked(transaction, now):
                pass
            case _:
                self.requests.on_request(transaction, None, now)

    def _on_in_call(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        method = transaction.request.method
        if method == "NOTIFY" and self.transfers.on_notify(leg, transaction, now):
            return
        if leg.state is LegState.GONE:
            # Its BYE crossed ours (section 15.1.2); anything else came too late.
            self.core.answer(transaction, 200 if method == "BYE" else 481, now)
            return
        match method:
            case "INVITE":
                self.midcall.on_reinvite(leg, transaction, now)
            case "UPDATE":
                self.midcall.on_update(leg, transaction, now)
            case "PRACK":
                self.reliable.on_prack(leg, transaction, now)
            case "REFER" if self._takes_transfers:
                self.transfers.on_refer(leg, transaction, now)
            case "BYE":
                self.midcall.on_bye(leg, transaction, now)
            case "OPTIONS":
                self.requests.on_options(transaction, now)
            case _:
                self.requests.on_request(transaction, leg, now)

    def on_cancel(self, cancel: ServerTransaction, invite: ServerTransaction | None, now: float) -> None:
        """The caller gave up."""
        self.incoming.on_cancel(cancel, invite, now)

    def on_ack(self, ack: Request, invite: ServerTransaction | None, now: float) -> None:
        """The ACK of a 2xx, which has no transaction.

        pyVoIP 1.6.8 acknowledges with the INVITE's branch and a To tag of its own making; the branch
        then tells which call is meant (measured; without this its calls end after 32 s).
        """
        leg = self._in_call(ack, parse_name_addr(ack.header("To")).tag)
        if leg is None and invite is not None:
            leg = self.legs.by_dialog(ack.call_id, invite.to_tag)
        if leg is not None and self.incoming.on_ack(leg, ack, now):
            self.offers.proceed(leg, now)

    def on_stray(self, response: Response, now: float) -> None:
        """A 2xx that came again after its transaction: its ACK was lost."""
        _ = now
        if not response.is_success or cseq_of(response).method != "INVITE":
            return
        leg = self.legs.by_dialog(response.call_id, parse_name_addr(response.header("From")).tag)
        key = (parse_name_addr(response.header("To")).tag, cseq_of(response).number)
        if leg is not None and key in leg.acks:
            self.core.layer.repeat(*leg.acks[key])

    def _refuse_unreadable(self, data: bytes, source: Address, status: int) -> None:
        """No silence towards a request that can be answered (RFC 4475)."""
        request = salvage(data)
        if request is None:
            return
        try:
            via = parse_via(values(request, "Via")[0])
            back, seen = return_address(via, source), str(via.seen_from(source))
            rest = (("Via", value) for value in values(request, "Via")[1:])
            others = tuple(pair for pair in request.headers if pair[0] != "Via")
            request = replace(request, headers=(("Via", seen), *rest, *others))
        except SipError:
            back = source
        response = response_to(request, status, to_tag=self.core.randomness.token())
        self.core.layer.outgoing.append(Outgoing(bytes(response), back))
