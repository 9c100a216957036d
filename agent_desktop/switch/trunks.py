"""The ways to the telephone network: which trunks are up, and by which of them a number goes.

A trunk is a provider's server or another exchange.  Where it wants that, the switch registers there and
stays registered; calls from its host are the trunk's, calls to the outside go by the outbound route whose
prefix fits best, over the first of its trunks that is up and has a free line, then over the next.

Rules: a challenge is answered to the trunk's own realm alone (the SIP stack sees to that); a trunk that did
not answer rests a while and is tried last; who calls is asserted (RFC 3325) to trunks only, never to a
telephone; a call for help goes out by any trunk, full or not, registered or not.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, cast

from agent_desktop.domain.dialling import dialable, longest_fit, normal
from agent_desktop.errors import ConfigError, RefusedError
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, RegistrationId, Transport
from agent_desktop.sip.identity import asserting
from agent_desktop.sip.parser import seconds
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.switch.outside import Way
from agent_desktop.wire.switch import AnySwitchEvent, OutboundRoute, SetDirectory, Trunk, TrunkChanged

log = logging.getLogger(__name__)

REST_S: Final = 30.0
_LONGEST_REST_S: Final = 300
_ANONYMOUS: Final = frozenset({"anonymous", "restricted", "private"})
_NUMERIC: Final = re.compile(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_NEXT_PLEASE: Final = frozenset({401, 407, 408})


class Registering(Protocol):
    """The part of `UserAgent` that keeps trunks registered."""

    def register(self, account: Account, now: float) -> RegistrationId: ...

    def unregister(self, registration: RegistrationId, now: float) -> None: ...


@dataclass(slots=True)
class _Line:
    """One trunk: its state, the calls on it, and until when it rests."""

    trunk: Trunk
    state: str
    detail: str = ""
    registration: RegistrationId | None = None
    rests_until: float = 0.0
    legs: set[str] = field(default_factory=set)
    hosts: frozenset[str] = frozenset()
    trouble: str = ""
    """Why its server could not be reached last, in words."""
    realm: str = ""
    """That its registrar named, where the settings name none."""

    @property
    def is_up(self) -> bool:
        return self.state == "up" or (self.state == "down" and not self.trunk.register)


class Trunks:
    """Every trunk of the directory.  All methods belong to the signalling thread."""

    def __init__(
        self,
        *,
        signalling: Callable[[], Registering],
        emit: Callable[[AnySwitchEvent], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._signalling = signalling
        self._emit = emit
        self._monotonic = monotonic
        self._lines: dict[str, _Line] = {}
        self._routes: tuple[OutboundRoute, ...] = ()
        self.believe: Callable[[Trunk], None] = lambda _trunk: None
        """Says whom to believe at the other end of a trunk; ConfigError when that cannot be done."""

    # -- what the router says -------------------------------------------------------------------------

    def use(self, directory: SetDirectory) -> None:
        """These trunks and routes from now on; a trunk that did not change is left alone."""
        wanted = {trunk.id: trunk for trunk in directory.trunk_accounts}
        for name, line in tuple(self._lines.items()):
            if wanted.get(name) != line.trunk:
                del self._lines[name]
                self._leave(line, is_back=name in wanted)
        for name, trunk in wanted.items():
            if name not in self._lines:
                self._lines[name] = self._join(trunk)
        self._lines = {name: self._lines[name] for name in wanted}
        self._routes = directory.routes

    def _join(self, trunk: Trunk) -> _Line:
        hosts = frozenset({trunk.host}) if _NUMERIC.fullmatch(trunk.host) else frozenset()
        line = _Line(trunk, "registering" if trunk.register else "up", hosts=hosts)
        try:
            self.believe(trunk)
        except ConfigError as error:
            line.state, line.detail = "failed", str(error)
        if trunk.register and line.state != "failed":
            line.registration = self._signalling().register(account_of(trunk), self._monotonic())
        self._tell(line)
        return line

    def _leave(self, line: _Line, *, is_back: bool) -> None:
        if line.registration is not None:
            self._signalling().unregister(line.registration, self._monotonic())
        if not is_back:
            self._emit(TrunkChanged(trunk=line.trunk.id, state="down", detail="The trunk was removed."))

    @property
    def states(self) -> tuple[tuple[str, str], ...]:
        """Every trunk and its state, for the snapshot."""
        return tuple((name, line.state) for name, line in self._lines.items())

    # -- what the network says ------------------------------------------------------------------------

    def happened(self, event: sip.Event) -> None:
        """A registration began, failed or ended; anything else is passed over."""
        match event:
            case sip.Registered():
                for line in self._lines.values():
                    if line.registration == event.registration:
                        line.realm, line.trouble = event.realm, ""
                self._set(event.registration, "up", "")
            case sip.RegistrationFailed(status=408 | 503):
                known = self._by(event.registration)
                words = known.trouble if known is not None else ""
                self._set(event.registration, "down", words or "The provider's server does not answer.")
            case sip.RegistrationFailed():
                again = "" if event.retry_at is not None else " It is not tried again with these settings."
                words = f"The provider refused: {event.status} {event.reason}.{again}"
                self._set(event.registration, "failed", words)
            case _:
                pass

    def trouble(self, server: Address, words: str) -> None:
        """A connection to a server could not be made."""
        for line in self._lines.values():
            if server_of(line.trunk) == server:
                line.trouble = words

    def _by(self, registration: RegistrationId) -> _Line | None:
        return next((line for line in self._lines.values() if line.registration == registration), None)

    def _set(self, registration: RegistrationId, state: str, detail: str) -> None:
        line = self._by(registration)
        if line is not None and (line.state, line.detail) != (state, detail):
            line.state, line.detail = state, detail
            self._tell(line)

    def _tell(self, line: _Line) -> None:
        log.info("a trunk changed", extra={"trunk": line.trunk.id, "state": line.state, "why": line.detail})
        self._emit(TrunkChanged(trunk=line.trunk.id, state=line.state, detail=line.detail))

    def named(self) -> tuple[str, ...]:
        """Host names whose addresses have to be looked up (`found`)."""
        return tuple({line.trunk.host for line in self._lines.values() if not _is_numeric(line.trunk.host)})

    def found(self, name: str, hosts: Iterable[str]) -> None:
        """The addresses of a name: calls from there are the trunk's."""
        for line in self._lines.values():
            if line.trunk.host == name:
                line.hosts = frozenset(hosts)

    @property
    def hosts(self) -> frozenset[str]:
        """Every address that calls for the centre may come from."""
        return frozenset(host for line in self._lines.values() for host in line.hosts)

    def owner(self, source: Address, called: str = "") -> str:
        """The trunk that a call from this address came by; "" for none."""
        there = [line.trunk for line in self._lines.values() if source.host in line.hosts]
        mine = [trunk for trunk in there if trunk.user == called] or [
            trunk for trunk in there if trunk.port == source.port
        ]
        return (mine or there)[0].id if there else ""

    # -- calls to the outside -------------------------------------------------------------------------

    def __bool__(self) -> bool:
        """There is a trunk at all."""
        return bool(self._lines)

    def leaves_as(self, number: str) -> str:
        """What the outbound route makes of a number; the number itself without one."""
        route = self._route(number)
        return _rewritten(number, route) if route is not None else dialable(number)

    def ways(self, number: str, caller_id: str = "", *, emergency: bool = False) -> tuple[Way, ...]:
        """By which trunks the number goes, in this order.  RefusedError when there is no way now."""
        route = self._route(number)
        names = tuple(self._lines) if route is None else route.trunks
        lines = [self._lines[name] for name in names if name in self._lines]
        if (route is None and self._routes and not emergency) or not lines:
            if not emergency or not self._lines:
                raise RefusedError("The number cannot be reached from here.", code="unknown_number")
            lines = list(self._lines.values())
        if not emergency:
            lines = self._free(lines)
        now = self._monotonic()
        lines.sort(key=lambda line: (not line.is_up, line.rests_until > now))
        leaves_as = dialable(number) if route is None else _rewritten(number, route)
        return tuple(_way(line, leaves_as, caller_id) for line in lines)

    def _free(self, lines: list[_Line]) -> list[_Line]:
        up = [line for line in lines if line.is_up]
        if not up:
            raise RefusedError("No line to the telephone network is up.", code="no_trunk")
        free = [line for line in up if not line.trunk.most_calls or len(line.legs) < line.trunk.most_calls]
        if not free:
            raise RefusedError("All lines to the telephone network are busy.", code="lines_busy")
        return free

    def _route(self, number: str) -> OutboundRoute | None:
        """The longest prefix that fits; a 0 for an outside line may stand before an international 00."""
        by_prefix = {route.prefix: route for route in reversed(self._routes)}
        found = longest_fit(normal(number), by_prefix)
        if not found:
            found = longest_fit(dialable(number), by_prefix)
        return None if found is None else by_prefix[found]

    def took(self, leg: str, trunk: str) -> None:
        """A leg goes by this trunk now, or came by it."""
        self.left(leg)
        if trunk in self._lines:
            self._lines[trunk].legs.add(leg)

    def left(self, leg: str) -> None:
        """The leg is over."""
        for line in self._lines.values():
            line.legs.discard(leg)

    def failed(self, trunk: str, event: sip.Ended) -> None:
        """A call found nobody behind the trunk: it rests."""
        line = self._lines.get(trunk)
        if line is None:
            return
        asked = seconds(event.message.header("Retry-After"), _LONGEST_REST_S) if event.message else None
        line.rests_until = self._monotonic() + (asked or REST_S)
        if not line.trunk.register and line.state != "down":
            line.state, line.detail = "down", f"A call failed: {event.status} {event.reason}."
            self._tell(line)

    def worked(self, trunk: str) -> None:
        """A call got through."""
        line = self._lines.get(trunk)
        if line is None:
            return
        line.rests_until = 0.0
        if not line.trunk.register and line.state != "up":
            line.state, line.detail = "up", ""
            self._tell(line)


def is_trunks_fault(event: sip.Ended) -> bool:
    """The call failed on its way, so that another trunk may do better; a busy callee is nobody's fault."""
    if event.by in {sip.EndedBy.FAILED, sip.EndedBy.TIMED_OUT}:
        return event.status != 488
    return event.by is sip.EndedBy.REFUSED and (event.status in _NEXT_PLEASE or 500 <= event.status <= 599)


def account_of(trunk: Trunk) -> Account:
    """The account that the SIP stack keeps registered and answers challenges for."""
    host = f"[{trunk.host}]" if ":" in trunk.host else trunk.host
    return Account(
        user=trunk.user or "agent-desktop",
        domain=host if trunk.port in {5060, 5061} else f"{host}:{trunk.port}",
        server=server_of(trunk),
        password=trunk.password,
        realm=trunk.realm,
        learns_realm=trunk.register,
        expires_s=trunk.expires_s,
    )


def server_of(trunk: Trunk) -> Address:
    """Where the trunk is."""
    transport = trunk.transport if trunk.transport in {"udp", "tcp", "tls"} else "udp"
    return Address(cast("Transport", transport), trunk.host, trunk.port)


def _rewritten(number: str, route: OutboundRoute) -> str:
    """The number in the route's own spelling of international (00 or +), without and with what it says."""
    sent = dialable(number)
    if route.prefix.lstrip().startswith("+"):
        sent = normal(number)
    elif dialable(route.prefix).startswith("00") and sent.startswith("+"):
        sent = "00" + sent[1:]
    if not (route.strip or route.prepend):
        return sent
    return dialable(route.prepend) + sent.removeprefix("+")[max(0, route.strip) :]


def _way(line: _Line, number: str, caller_id: str) -> Way:
    trunk = line.trunk
    target = Uri("sip", number, trunk.host, None if trunk.port == 5060 else trunk.port)
    ours = trunk.caller_id or trunk.user
    shown = caller_id or ours
    headers: Headers = asserting(NameAddr(Uri("sip", ours, trunk.host))) if ours else ()
    if shown.lower() in _ANONYMOUS:
        caller = NameAddr(Uri("sip", "anonymous", "anonymous.invalid"), "Anonymous")
        headers = (*headers, ("Privacy", "id"))
    else:
        caller = NameAddr(Uri("sip", shown or "anonymous", trunk.host))
        headers = asserting(caller) if shown else ()
    account = account_of(trunk) if trunk.password else None
    if account is not None and not account.realm:
        account = replace(account, realm=line.realm)
    return Way(target, server_of(trunk), account, headers, trunk.id, caller)


def _is_numeric(host: str) -> bool:
    return _NUMERIC.fullmatch(host) is not None
