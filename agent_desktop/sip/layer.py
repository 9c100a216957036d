"""Transactions at work: which message belongs to which, what is repeated, what is reported once.

RFC 3261 sections 17 and 18.  A repeated request is answered from its transaction without running it again
(T2); every failure is acknowledged on its INVITE's branch (T3).  Sans-I/O like everything here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from agent_desktop.sip.accounts import Timers
from agent_desktop.sip.address import Address, Outgoing
from agent_desktop.sip.deadlines import Deadlines
from agent_desktop.sip.message import REASONS, Request, Response
from agent_desktop.sip.parser import cseq_of, values
from agent_desktop.sip.transaction import (
    FIRST_TIMERS,
    TIMER_ACTIONS,
    Do,
    Kind,
    Machine,
    Trigger,
    first_state,
    trigger_of,
)
from agent_desktop.sip.uri import parse_name_addr
from agent_desktop.sip.via import Via, parse_via, return_address

MAX_TRANSACTIONS = 20_000
OnResponse = Callable[[Response, float], None]


@dataclass(slots=True, eq=False)
class ClientTransaction:
    """A request of ours and its way to an answer."""

    key: tuple[str, ...]
    machine: Machine
    request: Request
    destination: Address
    on_response: OnResponse
    answered_from: Address | None = None

    @property
    def is_over(self) -> bool:
        return self.machine.is_over


@dataclass(slots=True, eq=False)
class ServerTransaction:
    """A request of the peer; `respond` of the layer answers it."""

    key: tuple[str, ...]
    machine: Machine
    request: Request
    source: Address
    back: Address
    last: bytes = b""
    on_broken: Callable[[float], None] | None = None
    to_tag: str = field(default="")


class RequestUser(Protocol):
    """Who handles what the layer finds new."""

    def on_request(self, transaction: ServerTransaction, now: float) -> None: ...
    def on_cancel(self, cancel: ServerTransaction, invite: ServerTransaction | None, now: float) -> None: ...
    def on_ack(self, ack: Request, invite: ServerTransaction | None, now: float) -> None: ...
    def on_stray(self, response: Response, now: float) -> None: ...


class TransactionLayer:
    """Every transaction of one user agent, found by dict look-up."""

    def __init__(self, timers: Timers, deadlines: Deadlines, user: RequestUser) -> None:
        self._timers = timers
        self._deadlines = deadlines
        self._user = user
        self._clients: dict[tuple[str, ...], ClientTransaction] = {}
        self._servers: dict[tuple[str, ...], ServerTransaction] = {}
        self._seen: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.outgoing: list[Outgoing] = []

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    # ------------------------------------------------------------ sending

    def send(
        self, request: Request, via: Via, destination: Address, now: float, on_response: OnResponse
    ) -> ClientTransaction:
        """Send a request in a transaction of its own; `on_response` also gets 408 and 503 made here."""
        kind = Kind.INVITE_CLIENT if request.method == "INVITE" else Kind.CLIENT
        machine = Machine(kind, destination.is_reliable, self._timers, first_state(kind))
        stamped = replace(request, headers=(("Via", str(via)), *request.headers))
        transaction = ClientTransaction(
            (via.branch, request.method), machine, stamped, destination, on_response
        )
        self._clients[transaction.key] = transaction
        self.outgoing.append(Outgoing(bytes(stamped), destination))
        self._carry_out(transaction, FIRST_TIMERS[kind], None, now)
        return transaction

    def send_plain(self, request: Request, via: Via, destination: Address) -> bytes:
        """Send without a transaction: the ACK of a 2xx."""
        data = bytes(replace(request, headers=(("Via", str(via)), *request.headers)))
        self.outgoing.append(Outgoing(data, destination))
        return data

    def repeat(self, data: bytes, destination: Address) -> None:
        self.outgoing.append(Outgoing(data, destination))

    def respond(self, transaction: ServerTransaction, response: Response, now: float) -> None:
        """Answer a request; an answer that the machine does not allow any more is dropped."""
        before = transaction.last
        transaction.last = bytes(response)
        actions = transaction.machine.advance(trigger_of(response.status))
        if not actions:
            transaction.last = before
        self._carry_out(transaction, actions, None, now)

    # ------------------------------------------------------------ receiving

    def receive(self, message: Request | Response, source: Address, now: float) -> None:
        """Sort a message into its transaction, or report it as new."""
        if isinstance(message, Response):
            self._receive_response(message, source, now)
        else:
            self._receive_request(message, source, now)

    def _receive_response(self, response: Response, source: Address, now: float) -> None:
        vias = values(response, "Via")
        if len(vias) != 1:
            return  # section 8.1.3.3: it was not meant for us
        transaction = self._clients.get((parse_via(vias[0]).branch, cseq_of(response).method))
        if transaction is None:
            self._user.on_stray(response, now)
            return
        transaction.answered_from = source
        actions = transaction.machine.advance(trigger_of(response.status))
        self._carry_out(transaction, actions, response, now)

    def _receive_request(self, request: Request, source: Address, now: float) -> None:
        vias = values(request, "Via")
        via = parse_via(vias[0])
        method = "INVITE" if request.method == "ACK" else request.method
        key = _server_key(request, via, method)
        known = self._servers.get(key)
        if request.method == "ACK":
            actions = known.machine.advance(Trigger.ACKED) if known else ()
            if known:
                self._carry_out(known, tuple(a for a in actions if a is not Do.REPORT), None, now)
            if known is None or Do.REPORT in actions:
                self._user.on_ack(request, known, now)
            return
        if known:
            self._carry_out(known, known.machine.advance(Trigger.REPEATED), None, now)
            return
        self._open(request, key, source, now)

    def _open(self, request: Request, key: tuple[str, ...], source: Address, now: float) -> None:
        vias = values(request, "Via")
        via = parse_via(vias[0])
        seen = ", ".join([str(via.seen_from(source)), *vias[1:]])
        headers = (("Via", seen), *(pair for pair in request.headers if pair[0] != "Via"))
        request = replace(request, headers=headers)
        kind = Kind.INVITE_SERVER if request.method == "INVITE" else Kind.SERVER
        machine = Machine(kind, source.is_reliable, self._timers, first_state(kind))
        back = return_address(via, source)
        transaction = ServerTransaction(key, machine, request, source, back)
        if len(self) >= MAX_TRANSACTIONS:
            self.outgoing.append(Outgoing(bytes(response_to(request, 503)), back))
            return
        self._servers[key] = transaction
        if request.method == "CANCEL":
            self._user.on_cancel(transaction, self._servers.get(_server_key(request, via, "INVITE")), now)
            return
        if self._is_merged(request, key):
            self.respond(transaction, response_to(request, 482, to_tag="merged"), now)
            return
        self._user.on_request(transaction, now)
        if kind is Kind.INVITE_SERVER and not transaction.last:
            self.respond(transaction, response_to(request, 100), now)

    def _is_merged(self, request: Request, key: tuple[str, ...]) -> bool:
        """The same request came on two ways (section 8.2.2.2)."""
        if parse_name_addr(request.header("To")).tag:
            return False
        same = (request.call_id, parse_name_addr(request.header("From")).tag, request.header("CSeq"))
        first = self._seen.get(same)
        if first is not None and first in self._servers:
            return True
        self._seen[same] = key
        if len(self._seen) > 64 and len(self._seen) > 2 * len(self._servers):
            self._seen = {name: k for name, k in self._seen.items() if k in self._servers}
        return False

    # ------------------------------------------------------------ what the table asks for

    def _carry_out(
        self,
        transaction: ClientTransaction | ServerTransaction,
        actions: tuple[Do, ...],
        response: Response | None,
        now: float,
    ) -> None:
        for action in actions:
            if action in TIMER_ACTIONS:
                self._arm(transaction, action, now)
            elif action is Do.STOP:
                self._disarm(transaction)
            elif isinstance(transaction, ClientTransaction):
                self._do_client(transaction, action, response, now)
            else:
                self._do_server(transaction, action, now)
        if transaction.machine.is_over:
            self._forget(transaction)

    def _do_client(
        self, transaction: ClientTransaction, action: Do, response: Response | None, now: float
    ) -> None:
        match action:
            case Do.RESEND:
                self.outgoing.append(Outgoing(bytes(transaction.request), transaction.destination))
            case Do.ACK if response:
                ack = _ack_of_failure(transaction.request, response)
                self.outgoing.append(Outgoing(bytes(ack), transaction.destination))
            case Do.REPORT if response:
                transaction.on_response(response, now)
            case Do.TIME_OUT:
                transaction.on_response(Response(status=408, reason=REASONS[408]), now)
            case Do.BREAK:
                transaction.on_response(Response(status=503, reason=REASONS[503]), now)
            case _:
                pass

    def _do_server(self, transaction: ServerTransaction, action: Do, now: float) -> None:
        if action in {Do.SEND, Do.RESEND} and transaction.last:
            self.outgoing.append(Outgoing(transaction.last, transaction.back))
        elif action is Do.BREAK and transaction.on_broken:
            transaction.on_broken(now)

    def _arm(self, transaction: ClientTransaction | ServerTransaction, action: Do, now: float) -> None:
        armed = transaction.machine.wait(action)
        if armed is None:
            return
        trigger, after = armed
        transaction.machine.armed.add(trigger)

        def due(then: float) -> None:
            transaction.machine.armed.discard(trigger)
            self._carry_out(transaction, transaction.machine.advance(trigger), None, then)

        self._deadlines.set((transaction, trigger), now + after, due)

    def _disarm(self, transaction: ClientTransaction | ServerTransaction) -> None:
        for trigger in transaction.machine.armed:
            self._deadlines.clear((transaction, trigger))
        transaction.machine.armed.clear()
        transaction.machine.interval = 0.0

    def _forget(self, transaction: ClientTransaction | ServerTransaction) -> None:
        self._disarm(transaction)
        if isinstance(transaction, ClientTransaction):
            self._clients.pop(transaction.key, None)
        else:
            self._servers.pop(transaction.key, None)

    def drop(self, transaction: ClientTransaction) -> None:
        """Stop waiting for a final answer: the peer got a CANCEL and says nothing (section 9.1)."""
        self._forget(transaction)

    def broken(self, address: Address, now: float) -> None:
        """Nothing reaches `address` now."""
        hit: list[ClientTransaction | ServerTransaction] = []
        hit += [client for client in self._clients.values() if client.destination == address]
        hit += [server for server in self._servers.values() if server.back == address]
        for transaction in hit:
            self._carry_out(transaction, transaction.machine.advance(Trigger.BROKEN), None, now)


def _server_key(request: Request, via: Via, method: str) -> tuple[str, ...]:
    """Section 17.2.3; without a unique branch the rules of RFC 2543."""
    if via.has_unique_branch:
        return (via.branch, via.sent_by.lower(), method)
    sender = parse_name_addr(request.header("From")).tag
    number = str(cseq_of(request).number)
    return ("2543", request.uri, sender, request.call_id, number, str(via), method)


def _ack_of_failure(invite: Request, response: Response) -> Request:
    """Section 17.1.1.3: the INVITE's own top Via and Route, the response's To."""
    number = cseq_of(invite).number
    headers: list[tuple[str, str]] = [("Via", invite.header("Via"))]
    headers += [("Route", route) for route in invite.all("Route")]
    headers += [
        ("Max-Forwards", "70"),
        ("From", invite.header("From")),
        ("To", response.header("To")),
        ("Call-ID", invite.call_id),
        ("CSeq", f"{number} ACK"),
    ]
    return Request(tuple(headers), method="ACK", uri=invite.uri)


def cancel_of(invite: Request) -> tuple[Request, Via]:
    """The CANCEL of a sent INVITE (section 9.1) and the Via that it shares with it."""
    number = cseq_of(invite).number
    headers = [("Route", route) for route in invite.all("Route")]
    headers += [
        ("Max-Forwards", "70"),
        ("From", invite.header("From")),
        ("To", invite.header("To")),
        ("Call-ID", invite.call_id),
        ("CSeq", f"{number} CANCEL"),
    ]
    return Request(tuple(headers), method="CANCEL", uri=invite.uri), parse_via(invite.header("Via"))


def response_to(
    request: Request,
    status: int,
    *,
    reason: str = "",
    to_tag: str = "",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
) -> Response:
    """A response with what section 8.2.6 wants copied; `to_tag` is added when To has none."""
    copied: list[tuple[str, str]] = []
    for name, value in request.headers:
        if name in {"Via", "From", "Call-ID", "CSeq"}:
            copied.append((name, value))
        elif name == "To":
            has_tag = ";tag" in value.partition(">")[2].replace(" ", "").lower() or (
                ">" not in value and ";tag" in value.replace(" ", "").lower()
            )
            copied.append((name, value if has_tag or not to_tag else f"{value};tag={to_tag}"))
        elif name == "Record-Route" and 100 < status < 300:
            copied.append((name, value))
    return Response((*copied, *headers), body, status, reason or REASONS.get(status, ""))
