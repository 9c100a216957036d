"""Watching: we SUBSCRIBE and NOTIFY comes (RFC 6665), for example a voice mailbox (RFC 3842).

Rules of the file: a NOTIFY may come before the answer to our SUBSCRIBE; a subscription is renewed well
before its end and tried again with growing, jittered waits when it is lost; news that nobody asked for is
taken from our own servers alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, SubscriptionId
from agent_desktop.sip.challenges import Asked
from agent_desktop.sip.core import Core, local_name
from agent_desktop.sip.dialog import Dialog, callee_dialog, caller_dialog
from agent_desktop.sip.events import Notified, SubscriptionEnded
from agent_desktop.sip.incoming import AccountFor
from agent_desktop.sip.layer import ServerTransaction
from agent_desktop.sip.message import REASONS, Request, Response
from agent_desktop.sip.notifier import package_of
from agent_desktop.sip.parser import cseq_of, seconds
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr, parse_parameters

LONGEST_S = 86_400
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 300.0
_HOPELESS = frozenset({400, 401, 403, 404, 405, 407, 416, 420, 489, 501, 603, 604})
_GONE = frozenset({"rejected", "noresource", "invariant"})
_ACCEPT = {"message-summary": "application/simple-message-summary", "dialog": "application/dialog-info+xml"}


@dataclass(slots=True, eq=False)
class _Watch:
    """One subscription of ours."""

    id: SubscriptionId
    target: Uri
    package: str
    account: Account | None
    towards: Address
    expires_s: int
    call_id: str = ""
    local: NameAddr | None = None
    dialog: Dialog | None = None
    cseq: int = 0
    failures: int = 0
    is_leaving: bool = False


class Subscriber:
    """Everything that we watch."""

    def __init__(self, core: Core, account_for: AccountFor) -> None:
        self._core = core
        self._account_for = account_for
        self._all: dict[SubscriptionId, _Watch] = {}
        self._dialogs: dict[tuple[str, str], _Watch] = {}

    def subscribe(
        self,
        target: Uri,
        package: str,
        now: float,
        *,
        account: Account | None,
        towards: Address,
        expires_s: int,
    ) -> SubscriptionId:
        name = SubscriptionId(self._core.name("sub"))
        watch = _Watch(name, target, package, account, towards, expires_s)
        self._all[name] = watch
        self._begin(watch, now)
        return name

    def unsubscribe(self, name: SubscriptionId, now: float) -> None:
        watch = self._all.get(name)
        if watch is None or watch.is_leaving:
            return
        watch.is_leaving = True
        self._core.deadlines.clear(("renew", watch))
        if watch.dialog is None:
            self._end(watch, 200, REASONS[200], None)
        else:
            self._send(watch, now)

    # ------------------------------------------------------------ SUBSCRIBE

    def _begin(self, watch: _Watch, now: float) -> None:
        """A dialog of its own; the one before it, if any, is dead."""
        self._drop_dialog(watch)
        watch.call_id, watch.cseq, watch.dialog = self._core.randomness.token(), 0, None
        watch.local = local_name(self._core, watch.account, None, watch.towards)
        self._dialogs[watch.call_id, watch.local.tag] = watch
        self._send(watch, now)

    def _send(self, watch: _Watch, now: float) -> None:
        user = watch.account.user if watch.account else ""
        fields: Headers = (
            ("Contact", self._core.contact(watch.towards, user)),
            ("Event", watch.package),
            ("Expires", str(0 if watch.is_leaving else watch.expires_s)),
            ("Allow", ", ".join(self._core.allow)),
        )
        if watch.package in _ACCEPT:
            fields = (*fields, ("Accept", _ACCEPT[watch.package]))
        dialog = watch.dialog
        if dialog is not None:
            request, towards = dialog.next_request("SUBSCRIBE", fields), dialog.destination
        else:
            watch.cseq += 1
            top: Headers = (
                ("Max-Forwards", "70"),
                ("From", str(watch.local)),
                ("To", str(NameAddr(watch.target.without_parameters()))),
                ("Call-ID", watch.call_id),
                ("CSeq", f"{watch.cseq} SUBSCRIBE"),
            )
            request = Request((*top, *fields), b"", "SUBSCRIBE", str(watch.target))
            towards = watch.towards

        def next_cseq(_request: Request) -> int:
            if watch.dialog is not None:
                watch.dialog.local_cseq = max(watch.dialog.local_cseq, watch.cseq) + 1
                return watch.dialog.local_cseq
            watch.cseq += 1
            return watch.cseq

        call_id = watch.call_id

        def answered(response: Response, then: float) -> None:
            if response.is_final and watch.call_id == call_id and watch.id in self._all:
                self._on_response(watch, asked.request, response, then)

        asked = Asked(self._core, request, watch.account, towards, answered, next_cseq)
        asked.send(now)

    def _on_response(self, watch: _Watch, request: Request, response: Response, now: float) -> None:
        if watch.is_leaving:
            if not response.is_success:
                self._end(watch, 200, REASONS[200], None)
            else:  # the last NOTIFY follows; it is not waited for longer than a transaction
                patience = 64 * self._core.settings.timers.t1
                self._core.deadlines.set(
                    ("renew", watch), now + patience, lambda _now: self._end(watch, 200, REASONS[200], None)
                )
        elif response.is_success:
            if watch.dialog is None:
                watch.dialog = caller_dialog(request, response, watch.towards)
            else:
                watch.dialog.moved(response)
            watch.failures = 0
            self._renew_in(watch, seconds(response.header("Expires"), LONGEST_S) or watch.expires_s, now)
        elif response.status == 423 and self._lengthen(watch, response):
            self._send(watch, now)
        elif response.status == 481 and watch.dialog is not None:
            self._begin(watch, now)
        elif response.status in _HOPELESS:
            self._end(watch, response.status, response.reason, None)
        else:
            self._later(watch, response.status, response.reason, now)

    def _lengthen(self, watch: _Watch, response: Response) -> bool:
        least = seconds(response.header("Min-Expires"), LONGEST_S)
        if least is None or least <= watch.expires_s or watch.failures > 3:
            return False
        watch.failures += 1
        watch.expires_s = least
        return True

    def _renew_in(self, watch: _Watch, granted: int, now: float) -> None:
        wait = max(1.0, granted * (0.7 + 0.2 * self._core.randomness.fraction()))
        self._core.deadlines.set(("renew", watch), now + wait, lambda then: self._send(watch, then))

    def _later(self, watch: _Watch, status: int, reason: str, now: float, least: float = 0.0) -> None:
        watch.failures += 1
        doubled = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(watch.failures - 1, 10))
        when = now + max(least, doubled * (0.5 + 0.5 * self._core.randomness.fraction()))
        self._core.deadlines.set(("renew", watch), when, lambda then: self._begin(watch, then))
        self._core.emit(SubscriptionEnded(watch.id, status, reason, when))

    def _end(self, watch: _Watch, status: int, reason: str, retry_at: float | None) -> None:
        if self._all.pop(watch.id, None) is None:
            return
        self._core.deadlines.clear(("renew", watch))
        self._drop_dialog(watch)
        self._core.emit(SubscriptionEnded(watch.id, status, reason, retry_at))

    def _drop_dialog(self, watch: _Watch) -> None:
        if watch.local is not None:
            self._dialogs.pop((watch.call_id, watch.local.tag), None)

    # ------------------------------------------------------------ NOTIFY

    def on_in_dialog(self, transaction: ServerTransaction, tag: str, now: float) -> bool:
        """A NOTIFY for one of our subscriptions; False when it is for none."""
        request = transaction.request
        watch = self._dialogs.get((request.call_id, tag))
        if watch is None or request.method != "NOTIFY":
            return False
        sender = parse_name_addr(request.header("From")).tag
        if watch.dialog is None:
            watch.dialog = _from_notify(watch, request, tag, transaction.source)
        dialog, number = watch.dialog, cseq_of(request).number
        if not dialog.belongs(sender) or package_of(request) != watch.package:
            self._core.answer(transaction, 481, now)
            return True
        if dialog.remote_cseq is not None and number <= dialog.remote_cseq:
            self._core.answer(transaction, 500, now)
            return True
        dialog.remote_cseq = number
        dialog.moved(request, transaction.source)
        self._core.answer(transaction, 200, now)
        self._tell(watch.id, request)
        self._obey(watch, request, now)
        return True

    def _tell(self, name: SubscriptionId | None, request: Request) -> None:
        if request.body or name is not None:
            kind = request.header("Content-Type").partition(";")[0].strip().lower()
            self._core.emit(Notified(name, package_of(request), request.body, kind, request))

    def _obey(self, watch: _Watch, request: Request, now: float) -> None:
        """What Subscription-State says of the time that is left (section 4.1.3)."""
        word, _, rest = request.header("Subscription-State").partition(";")
        try:
            more = dict(parse_parameters(f";{rest}" if rest else ""))
        except SipError:
            more = {}
        if word.strip().lower() != "terminated":
            left = seconds(more.get("expires") or "", LONGEST_S)
            if left and not watch.is_leaving:
                self._renew_in(watch, left, now)
            return
        reason = (more.get("reason") or "").lower()
        if watch.is_leaving or reason in _GONE:
            self._end(watch, 200, reason, None)
        elif reason in {"deactivated", "timeout", ""} and watch.failures == 0:
            watch.failures += 1  # at once, but only once in a row
            self._begin(watch, now)
        else:
            wait = float(seconds(more.get("retry-after") or "", LONGEST_S) or 0)
            self._later(watch, 200, reason, now, wait)

    def on_unasked(self, transaction: ServerTransaction, now: float) -> bool:
        """News outside any subscription, as some servers send for mailboxes; False when it is not taken."""
        request, source = transaction.request, transaction.source
        account = self._account_for(source, "")
        is_ours = account is not None or source.host in self._core.settings.trusted
        if not is_ours or package_of(request) != "message-summary":
            return False
        self._core.answer(transaction, 200, now)
        self._tell(None, request)
        return True


def _from_notify(watch: _Watch, request: Request, tag: str, source: Address) -> Dialog:
    """The dialog that a NOTIFY makes when it overtakes the answer to our SUBSCRIBE (section 4.1.4)."""
    dialog = callee_dialog(request, tag, source)
    dialog.local_cseq = watch.cseq
    dialog.remote_cseq = None
    return dialog
