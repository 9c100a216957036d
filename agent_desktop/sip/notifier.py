"""Being watched: SUBSCRIBE comes, NOTIFY goes (RFC 6665), for message-summary and dialog (RFC 3842, 4235).

Rules of the file: where accounts are set up, only they may watch; a watcher is told something within half
a second, at every refresh and at the end; one NOTIFY at a time, the newest state wins; a watcher that does
not listen is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.errors import RefusedError
from agent_desktop.sip.address import Headers, SubscriptionId
from agent_desktop.sip.challenges import Asked
from agent_desktop.sip.core import Core
from agent_desktop.sip.dialog import Dialog, callee_dialog
from agent_desktop.sip.digest import DigestServer, Proved
from agent_desktop.sip.events import Subscribed, Unsubscribed
from agent_desktop.sip.layer import ServerTransaction
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.parser import cseq_of, seconds
from agent_desktop.sip.uri import parse_name_addr, parse_uri

USUAL_S = 3600
LONGEST_S = 3600
LEAST_S = 30
MAX_WATCHERS = 2000


def package_of(request: Request) -> str:
    """The event package that a SUBSCRIBE or NOTIFY is about."""
    return request.header("Event").partition(";")[0].strip().lower()


@dataclass(slots=True, eq=False)
class _Watcher:
    """One subscription at our end."""

    id: SubscriptionId
    package: str
    event: str
    dialog: Dialog
    expires_at: float
    contact_user: str
    body: bytes = b""
    content_type: str = ""
    is_busy: bool = False
    waits: bool = False
    end: str = ""
    why: str = ""


class Notifier:
    """Everybody who watches something here."""

    def __init__(self, core: Core, digest: DigestServer | None) -> None:
        self._core = core
        self._digest = digest
        self._all: dict[SubscriptionId, _Watcher] = {}
        self._dialogs: dict[tuple[str, str], _Watcher] = {}

    def __len__(self) -> int:
        return len(self._all)

    # ------------------------------------------------------------ SUBSCRIBE

    def on_subscribe(self, transaction: ServerTransaction, now: float) -> None:
        """A new watcher."""
        core, request = self._core, transaction.request
        package = package_of(request)
        if package not in core.settings.packages:
            allowed = (("Allow-Events", ", ".join(sorted(core.settings.packages))),)
            core.answer(transaction, 489, now, headers=allowed)
            return
        user, may = self._proved(transaction, now)
        if not may:
            return
        expires = self._expiry(transaction, now)
        if expires is None:
            return
        if len(self._all) >= MAX_WATCHERS:
            core.answer(transaction, 503, now, headers=(("Retry-After", "60"),))
            return
        transaction.to_tag = core.randomness.token()
        dialog = callee_dialog(request, transaction.to_tag, transaction.source)
        name = SubscriptionId(core.name("sub"))
        target = parse_uri(request.uri)
        watcher = _Watcher(name, package, request.header("Event"), dialog, now + expires, target.user)
        self._all[name] = watcher
        self._dialogs[request.call_id, transaction.to_tag] = watcher
        self._accept(watcher, transaction, expires, now)
        core.emit(
            Subscribed(
                subscription=name,
                package=package,
                target=target,
                subscriber=parse_name_addr(request.header("From")),
                user=user,
                source=transaction.source,
                expires_s=expires,
                message=request,
            )
        )
        # Section 4.2.1.1: the first NOTIFY follows at once, even when nothing is known yet.
        core.deadlines.set(
            ("first", watcher), now + core.settings.timers.t1, lambda then: self._send(watcher, then)
        )

    def _proved(self, transaction: ServerTransaction, now: float) -> tuple[str | None, bool]:
        """The account that subscribes; (None, False) when it was challenged or refused here."""
        if self._digest is None:
            return None, True
        request = transaction.request
        given = (*request.all("Authorization"), *request.all("Proxy-Authorization"))
        result = self._digest.check(given, request.method, transaction.source.host, now)
        if isinstance(result, Proved):
            return result.user, True
        if result.wait_s > 0:
            wait = (("Retry-After", str(int(result.wait_s) + 1)),)
            self._core.answer(transaction, 403, now, headers=wait)
        else:
            asks = tuple(("WWW-Authenticate", ask) for ask in result.challenges)
            self._core.answer(transaction, 401, now, headers=asks)
        return None, False

    def _expiry(self, transaction: ServerTransaction, now: float) -> int | None:
        asked = seconds(transaction.request.header("Expires"), LONGEST_S)
        if asked is not None and 0 < asked < LEAST_S:
            self._core.answer(transaction, 423, now, headers=(("Min-Expires", str(LEAST_S)),))
            return None
        return USUAL_S if asked is None else asked

    def _accept(self, watcher: _Watcher, transaction: ServerTransaction, expires: int, now: float) -> None:
        contact = ("Contact", self._core.contact(transaction.source, watcher.contact_user))
        self._core.answer(transaction, 200, now, headers=(contact, ("Expires", str(expires))))
        watcher.expires_at = now + expires
        if expires == 0:
            watcher.end, watcher.why = "timeout", "left"
            return
        self._core.deadlines.set(
            ("watch", watcher), watcher.expires_at, lambda then: self._finish(watcher, "timeout", then)
        )

    def on_in_dialog(self, transaction: ServerTransaction, tag: str, now: float) -> bool:
        """A request in a subscription's dialog; False when there is none."""
        request = transaction.request
        watcher = self._dialogs.get((request.call_id, tag))
        if watcher is None or not watcher.dialog.belongs(parse_name_addr(request.header("From")).tag):
            return False
        transaction.to_tag = tag
        number = cseq_of(request).number
        if watcher.dialog.remote_cseq is not None and number <= watcher.dialog.remote_cseq:
            self._core.answer(transaction, 500, now)
            return True
        watcher.dialog.remote_cseq = number
        if request.method != "SUBSCRIBE":
            self._core.answer(transaction, 405, now, headers=(("Allow", "SUBSCRIBE"),))
            return True
        _, may = self._proved(transaction, now)
        expires = self._expiry(transaction, now) if may else None
        if expires is not None:
            watcher.dialog.moved(request, transaction.source)
            self._accept(watcher, transaction, expires, now)
            if expires == 0:
                self._finish(watcher, "timeout", now, reason="left")
            else:
                self._send(watcher, now)
        return True

    # ------------------------------------------------------------ NOTIFY

    def notify(self, name: SubscriptionId, body: bytes, content_type: str, now: float) -> None:
        watcher = self._all.get(name)
        if watcher is None:
            raise RefusedError("Nobody watches there any more.", code="no_such_subscription")
        watcher.body, watcher.content_type = body, content_type
        self._send(watcher, now)

    def end(self, name: SubscriptionId, reason: str, now: float) -> None:
        watcher = self._all.get(name)
        if watcher is not None:
            self._finish(watcher, reason, now)

    def _finish(self, watcher: _Watcher, state: str, now: float, *, reason: str = "") -> None:
        watcher.end, watcher.why = state, reason or state
        self._send(watcher, now)

    def _send(self, watcher: _Watcher, now: float) -> None:
        self._core.deadlines.clear(("first", watcher))
        if watcher.is_busy and not watcher.end:
            watcher.waits = True
            return
        watcher.is_busy = True
        left = max(0, round(watcher.expires_at - now))
        state = f"terminated;reason={watcher.end}" if watcher.end else f"active;expires={left}"
        headers: Headers = (
            ("Event", watcher.event),
            ("Subscription-State", state),
            ("Contact", self._core.contact(watcher.dialog.destination, watcher.contact_user)),
        )
        if watcher.body:
            headers = (*headers, ("Content-Type", watcher.content_type))
        request = watcher.dialog.next_request("NOTIFY", headers, watcher.body)

        def told(response: Response, then: float) -> None:
            self._on_response(watcher, response, then)

        Asked(self._core, request, None, watcher.dialog.destination, told).send(now)
        if watcher.end:
            self._forget(watcher, watcher.why)

    def _on_response(self, watcher: _Watcher, response: Response, now: float) -> None:
        if not response.is_final:
            return
        watcher.is_busy = False
        if not response.is_success and response.status != 491:
            self._forget(watcher, "lost")
        elif watcher.waits and watcher.id in self._all:
            watcher.waits = False
            self._send(watcher, now)

    def _forget(self, watcher: _Watcher, reason: str) -> None:
        if self._all.pop(watcher.id, None) is None:
            return
        self._dialogs.pop((watcher.dialog.call_id, watcher.dialog.local.tag), None)
        self._core.deadlines.clear(("watch", watcher))
        self._core.deadlines.clear(("first", watcher))
        self._core.emit(Unsubscribed(watcher.id, reason))
