"""Staying registered, as a client (RFC 3261 section 10.2).

Rules of the file: one REGISTER at a time; a refresh well before the end; after a failure the next try comes
within five seconds for the first tries, then the wait doubles up to two minutes (RFC 5626 section 4.5),
always with jitter, so that 500 phones do not come back in one second; a wrong password is not tried again
before the network changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, Outgoing, RegistrationId
from agent_desktop.sip.challenges import MAX_ATTEMPTS, Asked, answered, first_realm
from agent_desktop.sip.core import Core
from agent_desktop.sip.events import Registered, RegistrationFailed, Unregistered
from agent_desktop.sip.layer import ClientTransaction
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.parser import cseq_of, seconds, values
from agent_desktop.sip.uri import NameAddr, parse_name_addr

FIRST_WAIT_S = 1.0
SHORT_WAIT_S = 5.0
SHORT_TRIES = 6
LONGEST_WAIT_S = 120.0
PING = b"\r\n\r\n"
LONGEST_EXPIRY_S = 86_400
_HOPELESS = frozenset({400, 401, 402, 403, 405, 407, 416, 420, 501, 505, 603, 604})


@dataclass(slots=True, eq=False)
class Registration:
    """One account that we keep registered."""

    id: RegistrationId
    account: Account
    call_id: str
    local: NameAddr
    expires_s: int
    cseq: int = 0
    attempts: int = 0
    failures: int = 0
    is_registered: bool = False
    is_leaving: bool = False
    pending: ClientTransaction | None = None


class Registrations:
    """Every account of this user agent."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._all: dict[RegistrationId, Registration] = {}

    def register(self, account: Account, now: float) -> RegistrationId:
        core = self._core
        name = RegistrationId(core.name("reg"))
        local = NameAddr(account.uri, account.display_name).with_tag(core.randomness.token())
        entry = Registration(name, account, core.randomness.token(), local, account.expires_s)
        self._all[name] = entry
        self._send(entry, now)
        return name

    def unregister(self, name: RegistrationId, now: float) -> None:
        entry = self._all.get(name)
        if entry is None or entry.is_leaving:
            return
        entry.is_leaving = True
        self._core.deadlines.clear(("register", entry))
        if entry.pending is not None:
            return  # its answer brings us on
        if entry.is_registered:
            self._send(entry, now)
        else:
            self._leave(entry)

    def account_for(self, source: Address, user: str) -> Account | None:
        """The account whose server a request came from, of several the one that it was sent to."""
        place = self._core.place(source)
        found = [entry.account for entry in self._all.values() if entry.account.may_ask(place)]
        return next((account for account in found if account.user == user), found[0] if found else None)

    def network_changed(self, now: float) -> None:
        """Register every account again at once: what was under way went the old way."""
        for entry in tuple(self._all.values()):
            self._forget_pending(entry)
            entry.failures = 0
            if entry.is_leaving:
                self._leave(entry)
            else:
                entry.is_registered = False  # so that the way that works again is told
                self._send(entry, now)

    def _forget_pending(self, entry: Registration) -> None:
        if entry.pending is not None:
            self._core.layer.drop(entry.pending)
            entry.pending = None
        self._core.deadlines.clear(("register", entry))

    def connection_failed(self, address: Address, now: float) -> None:
        """The registrar cannot reach us over a broken connection: register again, not all at once."""
        for entry in self._all.values():
            if entry.account.server == address and entry.is_registered and entry.pending is None:
                self._arm(entry, now + 0.1 + self._core.randomness.fraction())

    def _leave(self, entry: Registration) -> None:
        self._all.pop(entry.id, None)
        self._core.deadlines.clear(("alive", entry))
        self._core.emit(Unregistered(entry.id))

    # ------------------------------------------------------------ one REGISTER

    def _send(self, entry: Registration, now: float) -> None:
        entry.attempts = 0
        account = entry.account
        entry.cseq += 1
        fields: Headers = (
            ("Max-Forwards", "70"),
            ("From", str(entry.local)),
            ("To", str(NameAddr(account.uri, account.display_name))),
            ("Call-ID", entry.call_id),
            ("CSeq", f"{entry.cseq} REGISTER"),
            ("Contact", self._core.contact(account.server, account.user)),
            ("Expires", str(0 if entry.is_leaving else entry.expires_s)),
            ("Allow", ", ".join(self._core.allow)),
        )
        request = Request(fields, b"", "REGISTER", str(replace(account.uri, user="")))
        self._transmit(entry, request, now)

    def _transmit(self, entry: Registration, request: Request, now: float) -> None:
        entry.pending = self._core.send(
            request,
            entry.account.server,
            now,
            lambda response, then: self._on_response(entry, request, response, then),
        )

    def _on_response(self, entry: Registration, request: Request, response: Response, now: float) -> None:
        if not response.is_final:
            return
        if response.is_success and entry.pending is not None:
            self._core.found(entry.account.server, entry.pending.answered_from)
        entry.pending = None
        was_leaving = request.header("Expires") == "0"
        if response.status in {401, 407} and self._answer_challenge(entry, request, response, now):
            return
        if was_leaving:
            self._leave(entry)
        elif response.is_success:
            self._succeeded(entry, request, response, now)
        elif entry.is_leaving:
            self._leave(entry)
        elif response.status == 423 and self._lengthen(entry, response):
            self._send(entry, now)
        else:
            self._failed(entry, response, now)

    def _answer_challenge(
        self, entry: Registration, request: Request, response: Response, now: float
    ) -> bool:
        if entry.account.learns_realm and not entry.account.realm:
            entry.account = replace(entry.account, realm=first_realm(response))
        number = cseq_of(request).number + 1
        again = answered(
            self._core, request, response, entry.account, destination=entry.account.server, cseq=number
        )
        if again is None or entry.attempts >= MAX_ATTEMPTS:
            return False
        entry.attempts += 1
        entry.cseq = number
        self._transmit(entry, again, now)
        return True

    def _lengthen(self, entry: Registration, response: Response) -> bool:
        least = seconds(response.header("Min-Expires"), LONGEST_EXPIRY_S)
        if least is None or least <= entry.expires_s:
            return False
        entry.expires_s = least
        return True

    def _succeeded(self, entry: Registration, request: Request, response: Response, now: float) -> None:
        granted = self._granted(request, response, entry.expires_s)
        is_news = not entry.is_registered
        entry.is_registered, entry.failures = True, 0
        if entry.is_leaving:
            self._send(entry, now)
            return
        # Between 70 % and 90 %: early enough for a retry, spread over the phones.
        wait = max(1.0, granted * (0.7 + 0.2 * self._core.randomness.fraction()))
        self._arm(entry, now + wait)
        self._keep_alive(entry, now)
        if is_news:
            self._core.emit(Registered(entry.id, granted, entry.account.realm))

    def _granted(self, request: Request, response: Response, asked: int) -> int:
        """How long the registrar keeps our own Contact (section 10.2.4)."""
        ours = parse_name_addr(request.header("Contact")).uri
        for value in values(response, "Contact"):
            contact = parse_name_addr(value)
            if contact.uri.same_as(ours):
                found = seconds(contact.parameter("expires") or "", LONGEST_EXPIRY_S)
                if found:
                    return found
        return seconds(response.header("Expires"), LONGEST_EXPIRY_S) or asked

    def _failed(self, entry: Registration, response: Response, now: float) -> None:
        entry.is_registered = False
        entry.failures += 1
        patience = seconds(response.header("Retry-After"), int(LONGEST_WAIT_S) * 5)
        if response.status in _HOPELESS and patience is None:
            self._core.emit(RegistrationFailed(entry.id, response.status, response.reason, None))
            return
        wait = max(
            _base_wait(entry.failures) * (0.5 + 0.5 * self._core.randomness.fraction()), float(patience or 0)
        )
        self._arm(entry, now + wait)
        self._core.emit(RegistrationFailed(entry.id, response.status, response.reason, now + wait))

    # ------------------------------------------------------------ the way to the server stays open

    def _keep_alive(self, entry: Registration, now: float) -> None:
        """RFC 5626 section 4.4: between 80 % and 100 % of the period."""
        period = self._core.settings.keep_alive_s
        if period > 0:
            wait = period * (0.8 + 0.2 * self._core.randomness.fraction())
            self._core.deadlines.set(("alive", entry), now + wait, lambda then: self._ping(entry, then))

    def _ping(self, entry: Registration, now: float) -> None:
        if not entry.is_registered or entry.is_leaving:
            return
        self._keep_alive(entry, now)
        if self._core.settings.keep_alive_by_options:
            self._probe(entry, now)
        else:
            self._core.layer.outgoing.append(Outgoing(PING, entry.account.server))

    def _probe(self, entry: Registration, now: float) -> None:
        """OPTIONS; when nobody answers it, the registration is made anew."""
        account = entry.account
        fields: Headers = (
            ("Max-Forwards", "70"),
            ("From", str(entry.local)),
            ("To", str(NameAddr(replace(account.uri, user="")))),
            ("Call-ID", self._core.randomness.token()),
            ("CSeq", "1 OPTIONS"),
            ("Contact", self._core.contact(account.server, account.user)),
        )
        request = Request(fields, b"", "OPTIONS", str(replace(account.uri, user="")))

        def told(response: Response, then: float) -> None:
            is_silence = response.is_final and not response.headers
            if is_silence and entry.is_registered and entry.pending is None and not entry.is_leaving:
                self._send(entry, then)

        Asked(self._core, request, account, account.server, told).send(now)

    def _arm(self, entry: Registration, when: float) -> None:
        self._core.deadlines.set(("register", entry), when, lambda then: self._send(entry, then))


def _base_wait(failures: int) -> float:
    """1, 2, 4, 5, 5, 5 seconds, then 10, 20, 40, 80 and 120, before the jitter."""
    if failures <= SHORT_TRIES:
        return min(SHORT_WAIT_S, FIRST_WAIT_S * 2.0 ** (failures - 1))
    return min(LONGEST_WAIT_S, SHORT_WAIT_S * 2.0 ** min(failures - SHORT_TRIES, 10))
