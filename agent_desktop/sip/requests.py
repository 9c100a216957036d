"""Everything that is neither a call nor a registration: OPTIONS, INFO, REFER, NOTIFY, SUBSCRIBE, MESSAGE.

Methods in `Settings.handled` wait for the application's `respond`; it is given 30 s, then 500 is sent, so
that nobody hangs.  The others are answered here: OPTIONS and in-call INFO and NOTIFY with 200, the rest is
refused.  All of them are reported, except OPTIONS; a key in an INFO is also reported as itself.
"""

from __future__ import annotations

from agent_desktop.errors import RefusedError
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, LegId, RequestId
from agent_desktop.sip.bodies import DTMF, DTMF_RELAY, read_dtmf
from agent_desktop.sip.challenges import Asked
from agent_desktop.sip.core import Core, destination_of, local_name
from agent_desktop.sip.digest import DigestServer, Proved
from agent_desktop.sip.events import DigitRelayed, EndedBy, RequestArrived, ResponseArrived
from agent_desktop.sip.incall import InCall
from agent_desktop.sip.layer import ServerTransaction
from agent_desktop.sip.leg import Leg, LegTable
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.parser import media_type
from agent_desktop.sip.sdp import MIME
from agent_desktop.sip.uri import NameAddr, Uri, parse_uri

PATIENCE_S = 30.0
SURFACED = frozenset({"REFER", "NOTIFY", "SUBSCRIBE", "INFO", "MESSAGE"})


class Requests:
    """Single requests, both ways."""

    def __init__(self, core: Core, legs: LegTable, incall: InCall, digest: DigestServer | None) -> None:
        self._core = core
        self._legs = legs
        self._incall = incall
        self._digest = digest
        self._waiting: dict[RequestId, ServerTransaction] = {}

    # ------------------------------------------------------------ theirs

    def on_options(self, transaction: ServerTransaction, now: float) -> None:
        """What an INVITE would get, with our abilities (section 11, T13)."""
        core = self._core
        status = 503 if len(self._legs) >= core.settings.max_legs else 200
        contact = core.contact(transaction.source, parse_uri(transaction.request.uri).user)
        headers = (("Contact", contact), *core.abilities, ("Accept", f"{MIME}, {DTMF_RELAY}, {DTMF}"))
        core.answer(transaction, status, now, headers=headers)

    def on_request(self, transaction: ServerTransaction, leg: Leg | None, now: float) -> None:
        """Report it; answer it here unless the application does."""
        core, request = self._core, transaction.request
        waits = request.method in core.settings.handled
        name = RequestId(core.name("req"))
        core.emit(
            RequestArrived(
                request=name,
                method=request.method,
                leg=leg.id if leg else None,
                source=transaction.source,
                message=request,
                needs_response=waits,
                user=self._proved(transaction, now),
            )
        )
        if not waits:
            status = self._own_answer(request, leg)
            headers: Headers = (("Allow", ", ".join(core.allow)),) if status == 405 else ()
            if status == 469:
                headers = (("Recv-Info", ""),)  # RFC 6086 section 4.2.2: there is no package here
            core.answer(transaction, status, now, headers=headers)
            self._relay(request, leg)
            return
        self._waiting[name] = transaction
        core.deadlines.set(("respond", name), now + PATIENCE_S, lambda then: self._overdue(name, then))

    def _proved(self, transaction: ServerTransaction, now: float) -> str | None:
        request = transaction.request
        given = (*request.all("Authorization"), *request.all("Proxy-Authorization"))
        if self._digest is None or not given:
            return None
        result = self._digest.check(given, request.method, transaction.source.host, now)
        return result.user if isinstance(result, Proved) else None

    def _own_answer(self, request: Request, leg: Leg | None) -> int:
        if request.method == "INFO" and leg and request.header("Info-Package"):
            return 469
        if request.method in {"INFO", "NOTIFY"}:
            return 200 if leg else 481
        if request.method == "MESSAGE" and self._core.settings.takes_messages:
            return 200
        return 405

    def _relay(self, request: Request, leg: Leg | None) -> None:
        """A key that the peer's gateway sends beside the sound."""
        kind = media_type(request)
        if request.method != "INFO" or leg is None or kind not in {DTMF_RELAY, DTMF}:
            return
        key = read_dtmf(kind, request.body)
        if key is not None:
            self._core.emit(DigitRelayed(leg.id, key.digit, key.duration_ms))

    def _overdue(self, name: RequestId, now: float) -> None:
        transaction = self._waiting.pop(name, None)
        if transaction is not None:
            self._core.answer(transaction, 500, now)

    def respond(
        self, name: RequestId, status: int, now: float, *, reason: str, headers: Headers, body: bytes
    ) -> None:
        """The application's answer; a provisional one leaves the request waiting."""
        transaction = self._waiting.get(name)
        if transaction is None:
            raise RefusedError("That request was already answered.", code="no_such_request")
        if status >= 200:
            del self._waiting[name]
            self._core.deadlines.clear(("respond", name))
        self._core.answer(transaction, status, now, reason=reason, headers=headers, body=body)

    # ------------------------------------------------------------ ours

    def send_in_call(self, leg: Leg, method: str, now: float, headers: Headers, body: bytes) -> RequestId:
        """A request inside a call; 481 tells that the peer has no such call any more."""
        name = RequestId(self._core.name("req"))
        dialog = leg.dialog
        contact: Headers = ()
        if dialog is not None:
            contact = (("Contact", self._core.contact(dialog.destination, leg.contact_user)),)

        def answered(response: Response, then: float) -> None:
            self._report(name, leg.id, response)
            if response.status == 481:
                self._legs.end(leg, EndedBy.TIMED_OUT, then, status=481)

        self._incall.send(leg, method, now, answered, headers=(*contact, *headers), body=body)
        return name

    def send_to(
        self,
        target: Uri,
        method: str,
        now: float,
        *,
        account: Account | None,
        destination: Address | None,
        headers: Headers,
        body: bytes,
    ) -> RequestId:
        """A request outside any call."""
        core = self._core
        name = RequestId(core.name("req"))
        towards = destination_of(target, account, destination)
        fields: Headers = (
            ("Max-Forwards", "70"),
            ("From", str(local_name(core, account, None, towards))),
            ("To", str(NameAddr(target.without_parameters()))),
            ("Call-ID", core.randomness.token()),
            ("CSeq", f"1 {method}"),
            ("Contact", core.contact(towards, account.user if account else "")),
            *headers,
        )
        asked = Request(fields, body, method, str(target))
        Asked(core, asked, account, towards, lambda answer, _then: self._report(name, None, answer)).send(now)
        return name

    def _report(self, name: RequestId, leg: LegId | None, response: Response) -> None:
        if response.is_final:
            message = response if response.headers else None
            self._core.emit(ResponseArrived(name, leg, response.status, response.reason, message))
