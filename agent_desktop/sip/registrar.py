"""The registrar: which phone can be reached where, and until when (RFC 3261 section 10.3).

Rules of the file: only a right digest answer of the same user changes a binding; known and unknown users
are refused alike; every binding has a deadline of its own and a user has at most `max_bindings`.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Registrar
from agent_desktop.sip.address import Address
from agent_desktop.sip.core import Core
from agent_desktop.sip.digest import DigestServer, Refused
from agent_desktop.sip.events import Bound, Unbound
from agent_desktop.sip.layer import ServerTransaction
from agent_desktop.sip.message import Request
from agent_desktop.sip.parser import cseq_of, seconds, values
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr


@dataclass(frozen=True, slots=True)
class Binding:
    """One phone of a user: the Contact it gave and the address its REGISTER came from."""

    user: str
    contact: Uri
    source: Address
    expires_at: float
    call_id: str
    cseq: int
    q: float = 1.0


@dataclass(frozen=True, slots=True)
class _Wish:
    """One Contact of a REGISTER, and for how long; 0 removes it."""

    contact: Uri
    expires_s: int
    q: float


class RegistrarTable:
    """Every binding of one domain."""

    def __init__(self, core: Core, registrar: Registrar, digest: DigestServer) -> None:
        self._core = core
        self._registrar = registrar
        self._digest = digest
        self._bindings: dict[str, dict[str, Binding]] = {}

    def bindings(self, user: str, now: float) -> tuple[Binding, ...]:
        """Where a user can be reached, the newest first."""
        found = [b for b in self._bindings.get(user, {}).values() if b.expires_at > now]
        return tuple(sorted(found, key=lambda binding: (-binding.q, -binding.expires_at)))

    @property
    def all(self) -> tuple[Binding, ...]:
        """Every binding of every user."""
        return tuple(binding for table in self._bindings.values() for binding in table.values())

    def restore(self, binding: Binding) -> None:
        """Put back a binding that a registrar before us has judged."""
        self._keep(binding, self._core.name("bind"))

    def forget(self, user: str, contact: Uri) -> None:
        """The phone is not there, as the application has found out."""
        table = self._bindings.get(user, {})
        name = next((name for name, b in table.items() if b.contact.same_as(contact)), None)
        if name is not None:
            self._remove(user, name, expired=True)

    def on_register(self, transaction: ServerTransaction, now: float) -> None:
        """Judge and carry out one REGISTER."""
        core, request = self._core, transaction.request
        given = request.all("Authorization")
        proof = self._digest.check(given, "REGISTER", transaction.source.host, now)
        if isinstance(proof, Refused):
            self._refuse(transaction, proof, now)
            return
        if parse_name_addr(request.header("To")).uri.user != proof.user:
            core.answer(transaction, 403, now)
            return
        try:
            wishes = self._read(request, proof.user)
        except SipError as error:
            headers = (("Min-Expires", str(self._registrar.min_expires_s)),) if error.status == 423 else ()
            core.answer(transaction, error.status, now, headers=headers)
            return
        if not self._is_in_order(proof.user, request):
            core.answer(transaction, 500, now, headers=(("Retry-After", "1"),))
            return
        for wish in wishes:
            self._carry_out(proof.user, wish, request, transaction.source, now)
        contacts = tuple(
            ("Contact", f"<{binding.contact}>;expires={max(1, round(binding.expires_at - now))}")
            for binding in self.bindings(proof.user, now)
        )
        core.answer(transaction, 200, now, headers=contacts)

    def _refuse(self, transaction: ServerTransaction, refused: Refused, now: float) -> None:
        if refused.wait_s > 0:
            headers = (("Retry-After", str(int(refused.wait_s) + 1)),)
            self._core.answer(transaction, 403, now, headers=headers)
            return
        asks = tuple(("WWW-Authenticate", ask) for ask in refused.challenges)
        self._core.answer(transaction, 401, now, headers=asks)

    def _read(self, request: Request, user: str) -> list[_Wish]:
        """What the Contacts ask for; SipError 400 or 423."""
        common = seconds(request.header("Expires"), self._registrar.max_expires_s)
        found = values(request, "Contact")
        if "*" in found:
            if len(found) > 1 or common != 0:
                raise SipError("A * in Contact only removes everything.")
            return [_Wish(binding.contact, 0, 0.0) for binding in self._bindings.get(user, {}).values()]
        return [self._wish(parse_name_addr(value), common) for value in found]

    def _wish(self, contact: NameAddr, common: int | None) -> _Wish:
        if not contact.uri.is_sip or not contact.uri.host:
            raise SipError("Only SIP addresses can be registered.")
        asked = seconds(contact.parameter("expires") or "", self._registrar.max_expires_s)
        expires = asked if asked is not None else common
        if expires is None:
            expires = self._registrar.max_expires_s
        if 0 < expires < self._registrar.min_expires_s:
            raise SipError("The registration is too short.", status=423)
        try:
            q = min(1.0, max(0.0, float(contact.parameter("q") or 1.0)))
        except ValueError:
            q = 1.0
        return _Wish(contact.uri, expires, q if q == q else 1.0)  # noqa: PLR0124 - NaN is not equal to itself

    def _is_in_order(self, user: str, request: Request) -> bool:
        """A REGISTER that was overtaken by a later one changes nothing (section 10.3, step 7)."""
        number = cseq_of(request).number
        known = self._bindings.get(user, {}).values()
        return all(binding.call_id != request.call_id or binding.cseq < number for binding in known)

    def _carry_out(self, user: str, wish: _Wish, request: Request, source: Address, now: float) -> None:
        table = self._bindings.setdefault(user, {})
        known = next((name for name, b in table.items() if b.contact.same_as(wish.contact)), None)
        if wish.expires_s == 0:
            if known is not None:
                self._remove(user, known, expired=False)
            return
        name = known or self._core.name("bind")
        number = cseq_of(request).number
        expires_at = now + wish.expires_s
        self._keep(
            Binding(user, wish.contact, source, expires_at, request.call_id, number, wish.q),
            name,
            is_new=known is None,
        )

    def _keep(self, binding: Binding, name: str, *, is_new: bool = True) -> None:
        user = binding.user
        table = self._bindings.setdefault(user, {})
        table.pop(name, None)
        table[name] = binding
        self._core.deadlines.set(
            ("binding", name), binding.expires_at, lambda _now: self._remove(user, name, expired=True)
        )
        if len(table) > self._registrar.max_bindings:
            self._remove(user, next(iter(table)), expired=False)
        self._core.emit(Bound(user, binding.contact, binding.source, binding.expires_at, is_new=is_new))

    def _remove(self, user: str, name: str, *, expired: bool) -> None:
        table = self._bindings.get(user, {})
        binding = table.pop(name, None)
        self._core.deadlines.clear(("binding", name))
        if not table:
            self._bindings.pop(user, None)
        if binding is not None:
            self._core.emit(Unbound(user, binding.contact, expired=expired))
