"""Transfers by REFER, both ways (RFC 3515, RFC 3891, RFC 5589, RFC 4488).

We ask the peer of a call to call somebody else and hear from its NOTIFYs how that goes; or the peer asks
us, and the application decides and tells.  Both outlive the call, because its end may overtake the news.

Rules of the file: a REFER is taken inside a call only, and one at a time; every wait ends; the end of a
transfer is reported once.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.errors import RefusedError, SipError
from agent_desktop.sip.address import Headers, LegId, RequestId
from agent_desktop.sip.bodies import SIPFRAG, read_sipfrag, sipfrag
from agent_desktop.sip.challenges import Asked
from agent_desktop.sip.core import Core
from agent_desktop.sip.events import ReferEnded, ReferProgressed, TransferAsked
from agent_desktop.sip.incall import InCall
from agent_desktop.sip.layer import ServerTransaction
from agent_desktop.sip.leg import Leg
from agent_desktop.sip.message import REASONS, Request, Response
from agent_desktop.sip.parser import cseq_of
from agent_desktop.sip.replaces import Replaces, read_refer_to, refer_to
from agent_desktop.sip.requests import PATIENCE_S
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr, parse_parameters

NEWS_S = 180.0


@dataclass(slots=True, eq=False)
class _Sent:
    """A REFER of ours, until its end was told."""

    name: RequestId
    leg: Leg
    asked: Asked | None = None
    status: int = 0


@dataclass(slots=True, eq=False)
class _Taken:
    """A REFER of the peer; `transaction` until it is answered, then news go out until the end."""

    name: RequestId
    leg: Leg
    cseq: int
    wants_news: bool
    transaction: ServerTransaction | None


class Transfers:
    """Every transfer that is under way."""

    def __init__(self, core: Core, incall: InCall) -> None:
        self._core = core
        self._incall = incall
        self._sent: dict[RequestId, _Sent] = {}
        self._taken: dict[RequestId, _Taken] = {}

    # ------------------------------------------------------------ we ask the peer

    def refer(
        self,
        leg: Leg,
        target: Uri,
        now: float,
        *,
        replaces: Replaces | None,
        by: NameAddr,
        headers: Headers,
    ) -> RequestId:
        """Ask the peer of `leg` to call `target`."""
        entry = _Sent(RequestId(self._core.name("refer")), leg)
        self._sent[entry.name] = entry
        leg.awaited += 1
        fields: Headers = (
            ("Contact", self._contact(leg)),
            ("Refer-To", refer_to(target, replaces)),
            ("Referred-By", str(NameAddr(by.uri))),
            *self._core.abilities,
            *headers,
        )
        self._core.deadlines.set(("refer", entry), now + NEWS_S, lambda _now: self._end(entry, 408))
        entry.asked = self._incall.send(
            leg, "REFER", now, lambda response, _then: self._on_response(entry, response), headers=fields
        )
        return entry.name

    def _on_response(self, entry: _Sent, response: Response) -> None:
        if not response.is_final:
            return
        if not response.is_success:
            self._end(entry, response.status, response.reason)
        elif response.header("Refer-Sub").strip().lower() == "false":
            self._end(entry, response.status, response.reason, is_told=False)

    def _end(self, entry: _Sent, status: int, reason: str = "", *, is_told: bool = True) -> None:
        if self._sent.pop(entry.name, None) is None:
            return
        entry.leg.awaited -= 1
        self._core.deadlines.clear(("refer", entry))
        words = reason or REASONS.get(status, "")
        self._core.emit(ReferEnded(entry.leg.id, entry.name, status, words, is_told))

    def on_notify(self, leg: Leg, transaction: ServerTransaction, now: float) -> bool:
        """News of a transfer that we asked for; False when the NOTIFY is not about one."""
        request = transaction.request
        package, _, rest = request.header("Event").partition(";")
        if package.strip().lower() != "refer":
            return False
        self._core.answer(transaction, 200, now)
        entry = self._find(leg, rest)
        if entry is None:
            return True
        told = read_sipfrag(request.body)
        if told is not None:
            entry.status = told[0]
            if told[0] >= 200:
                self._end(entry, *told)
                return True
            self._core.emit(ReferProgressed(leg.id, entry.name, *told))
        if request.header("Subscription-State").lower().startswith("terminated"):
            self._end(entry, 0, "The other side tells no more about the transfer.")
        return True

    def _find(self, leg: Leg, parameters: str) -> _Sent | None:
        try:
            number = dict(parse_parameters(f";{parameters}" if parameters else "")).get("id") or ""
        except SipError:
            number = ""
        ours = [entry for entry in self._sent.values() if entry.leg is leg]
        named = [e for e in ours if e.asked and number.isdigit() and int(number[:10]) in e.asked.numbers]
        return next(iter(named or ours), None)

    # ------------------------------------------------------------ the peer asks us

    def on_refer(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        """Report it to the application, which has half a minute to decide."""
        core, request = self._core, transaction.request
        if any(entry.leg is leg and entry.transaction is not None for entry in self._taken.values()):
            core.answer(transaction, 491, now)
            return
        try:
            target, replaces, by = _read(request)
        except SipError as error:
            core.answer(transaction, error.status, now)
            return
        wants_news = request.header("Refer-Sub").strip().lower() != "false"
        name = RequestId(core.name("refer"))
        entry = _Taken(name, leg, cseq_of(request).number, wants_news, transaction)
        self._taken[name] = entry
        core.deadlines.set(("taken", entry), now + PATIENCE_S, lambda then: self._overdue(entry, then))
        core.emit(TransferAsked(name, leg.id, target, replaces, by, request))

    def _overdue(self, entry: _Taken, now: float) -> None:
        if entry.transaction is not None:
            self._core.answer(entry.transaction, 500, now)
        elif entry.wants_news:
            self._notify(entry, 408, REASONS[408], now, "terminated;reason=timeout")
        self._taken.pop(entry.name, None)

    def _undecided(self, name: RequestId) -> tuple[_Taken, ServerTransaction]:
        entry = self._taken.get(name)
        if entry is None or entry.transaction is None:
            raise RefusedError("That request was already answered.", code="no_such_request")
        transaction, entry.transaction = entry.transaction, None
        return entry, transaction

    def accept(self, name: RequestId, now: float) -> None:
        """202; from now on `progress` tells the peer how it goes."""
        entry, transaction = self._undecided(name)
        quiet: Headers = () if entry.wants_news else (("Refer-Sub", "false"),)
        contact = ("Contact", self._core.contact(transaction.source, entry.leg.contact_user))
        self._core.answer(transaction, 202, now, headers=(contact, *quiet))
        self._core.deadlines.set(("taken", entry), now + NEWS_S, lambda then: self._overdue(entry, then))
        if entry.wants_news:
            self._notify(entry, 100, REASONS[100], now)

    def refuse(self, name: RequestId, status: int, now: float) -> None:
        entry, transaction = self._undecided(name)
        self._core.answer(transaction, status, now)
        self._forget(entry)

    def progress(self, name: RequestId, status: int, reason: str, now: float) -> LegId | None:
        """Tell the peer; from 200 on it is the end.  None when that transfer is over already."""
        entry = self._taken.get(name)
        if entry is None or entry.transaction is not None:
            return None
        is_final = status >= 200
        if entry.wants_news:
            state = "terminated;reason=noresource" if is_final else ""
            self._notify(entry, status, reason or REASONS.get(status, ""), now, state)
        if is_final:
            self._forget(entry)
        return entry.leg.id

    def _forget(self, entry: _Taken) -> None:
        self._taken.pop(entry.name, None)
        self._core.deadlines.clear(("taken", entry))

    def _contact(self, leg: Leg) -> str:
        return self._core.contact(leg.dialog.destination, leg.contact_user) if leg.dialog else ""

    def _notify(self, entry: _Taken, status: int, reason: str, now: float, state: str = "") -> None:
        fields: Headers = (
            ("Event", f"refer;id={entry.cseq}"),
            ("Subscription-State", state or f"active;expires={int(NEWS_S)}"),
            ("Contact", self._contact(entry.leg)),
            ("Content-Type", f"{SIPFRAG};version=2.0"),
        )

        def told(response: Response, _now: float) -> None:
            if response.status in {408, 481, 489}:
                self._forget(entry)  # nobody listens there any more

        self._incall.send(entry.leg, "NOTIFY", now, told, headers=fields, body=sipfrag(status, reason))


def _read(request: Request) -> tuple[Uri, Replaces | None, NameAddr | None]:
    targets = request.all("Refer-To")
    if len(targets) != 1:
        raise SipError("A transfer needs one target.")
    target, replaces = read_refer_to(targets[0])
    if not target.is_sip and target.scheme != "tel":
        raise SipError("Only telephone addresses can be called.", status=416)
    by = request.header("Referred-By")
    return target, replaces, parse_name_addr(by) if by else None
