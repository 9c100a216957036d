"""The SIP client of the pyVoIP engine: pyVoIP's, which never waits any more.

One thread owns everything: it sleeps until a datagram, an order or a deadline comes.  pyVoIP reads its
socket wherever it happens to wait, holds a lock while it does, and knows three answers to an INVITE.  Here
requests are transactions and whoever sent one is called back.

Rules: every request is answered (OPTIONS 200, known methods that we do not speak 405, unknown ones 501, an
unreadable one 400); nothing that comes from outside ends the thread; a call out of a dialog is taken from
our server alone.
"""

from __future__ import annotations

import heapq
import ipaddress
import itertools
import math
import queue
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from agent_desktop.errors import SipError
from agent_desktop.phone.pyvoip_message import (
    ALLOWED,
    Heard,
    Place,
    response_to,
    rewritten,
    token,
    with_via,
)
from agent_desktop.phone.pyvoip_parts import SIPClient, SIPMessageType, SIPParseError, TransmitType
from agent_desktop.phone.pyvoip_register import EXPIRES_S, Identity, Registration
from agent_desktop.phone.pyvoip_transactions import LIFE_S, Transactions
from agent_desktop.sip import parser
from agent_desktop.sip.message import REASONS, Request, Response

if TYPE_CHECKING:
    from agent_desktop.phone.pyvoip_phone import Phone

_MOST_PER_TURN: Final = 64
_LARGEST_BYTES: Final = 65_535
_NOT_SPOKEN: Final = frozenset(
    {"REGISTER", "INFO", "REFER", "NOTIFY", "SUBSCRIBE", "MESSAGE", "UPDATE", "PRACK", "PUBLISH"}
)


class Client(SIPClient):
    """pyVoIP's client with a thread that cannot be blocked by a peer."""

    def __init__(self, identity: Identity, server: Place, host: str, phone: Phone) -> None:
        super().__init__(
            server[0],
            server[1],
            identity.user,
            identity.password,
            phone=phone,
            myIP=host,
            myPort=0,
            callCallback=None,  # everything goes to `phone.callback` from here
            fatalCallback=phone.fatal,
        )
        self.identity = identity
        self.default_expires = EXPIRES_S
        self.transactions = Transactions(self.send, time.monotonic)
        self.registration = Registration(identity, self, self._register_request, phone.told_registration)
        self._phone: Phone = phone
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._turns = itertools.count()
        self._sleeper, self._waker = socket.socketpair()
        self._register_id = self.gen_call_id()
        self._thread: threading.Thread | None = None

    # ------------------------------------------------------------ names

    def gen_call_id(self) -> str:
        """Never the same twice; pyVoIP's is the hash of a counter."""
        return token()

    def gen_tag(self) -> str:
        return token()

    def gen_branch(self, length: int = 32) -> str:  # noqa: ARG002 - pyVoIP's
        return f"z9hG4bK{token()}"

    # ------------------------------------------------------------ the thread

    def start(self) -> None:
        """Open the port, ask to be registered and return; what comes of it is told."""
        self.NSD = True
        self.s = self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.bind((self.myIP, self.myPort))
        self.s.settimeout(0.0)
        self.myPort = int(self.s.getsockname()[1])
        self.post(self.registration.refresh)
        self._thread = threading.Thread(target=self.recv_loop, name="pyvoip sip", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close, without a word; `Phone.leave` says goodbye before."""
        self.NSD = False
        self._wake()

    def join(self, timeout_s: float) -> None:
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def post(self, work: Callable[[], None]) -> None:
        """Have something done in the thread; from any thread."""
        self._orders.put(work)
        self._wake()

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Have something done in a while; in the thread only."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._turns), work))

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except OSError:
            return  # it is closed: nobody sleeps any more

    def recv_loop(self) -> None:
        while self.NSD:
            self._sleep()
            self._guarded(self.recv)
            self._guarded(self.transactions.due)
            while self._timers and self._timers[0][0] <= time.monotonic():
                self._guarded(heapq.heappop(self._timers)[2])
            while not self._orders.empty():
                self._guarded(self._orders.get())
        for one in (self.s, self._sleeper, self._waker):
            one.close()

    def _sleep(self) -> None:
        wanted = min(self.transactions.next_at, self._timers[0][0] if self._timers else math.inf)
        wait = None if wanted == math.inf else max(0.0, wanted - time.monotonic())
        ready, _, _ = select.select([self.s, self._sleeper], [], [], wait)
        if self._sleeper in ready:
            self._sleeper.recv(4096)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - one bad message must not end the phone
            self._phone.trouble(f"{type(error).__name__}: {error}")

    # ------------------------------------------------------------ the wire

    def send(self, data: bytes, target: Place) -> None:
        """Send; what the network refuses is lost like any packet, and repeated."""
        try:
            self.s.sendto(data, target)
        except OSError as error:
            self._phone.trouble(f"{target}: {error}")

    def recv(self) -> None:
        """Take in what has come, a bounded part of it."""
        for _ in range(_MOST_PER_TURN):
            try:
                data, source = self.s.recvfrom(_LARGEST_BYTES)
            except BlockingIOError:
                return
            except OSError:
                continue  # Windows tells a peer's "port unreachable" here
            if data.strip(b"\r\n\0"):
                self._guarded(lambda data=data, source=source: self._take(data, source))  # type: ignore[misc]  # mypy does not follow defaults of a lambda

    def _take(self, data: bytes, source: Place) -> None:
        try:
            message = Heard(data, (source[0], source[1]))
        except SIPParseError as error:
            request = parser.salvage(data)
            if request is not None:
                kept = tuple(p for p in request.headers if p[0] in {"Via", "From", "To", "Call-ID", "CSeq"})
                status = error.__cause__.status if isinstance(error.__cause__, SipError) else 400
                self.send(bytes(Response(kept, status=status, reason=REASONS[status])), source)
            return
        self.parse_message(message)

    def parse_message(self, message: Heard) -> None:  # type: ignore[override]  # every message here is one
        """Give a message to whom it concerns."""
        if message.type == SIPMessageType.RESPONSE:
            if not self.transactions.response(message):
                self._phone.callback(message)  # a 2xx again: its ACK was lost
            return
        if message.method == "ACK":
            self.transactions.acknowledged(message)
            self._phone.callback(message)
            return
        if self.transactions.repeated(message):
            return
        match message.method:
            case "INVITE" | "BYE" | "CANCEL":
                self._phone.callback(message)
            case "OPTIONS":
                self.reply(message, 200, headers=(("Allow", ALLOWED), ("Accept", "application/sdp")))
            case method if method in _NOT_SPOKEN:
                self.reply(message, 405, headers=(("Allow", ALLOWED),))
            case _:
                self.reply(message, 501)

    def reply(
        self, message: Heard, status: int, *, tag: str = "", headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """Answer a request for good, or provisionally."""
        self.transactions.answered(message, response_to(message, status, tag=tag, headers=headers))

    def ask(
        self,
        request: Request,
        heard: Callable[[Heard], None],
        silent: Callable[[], None],
        life_s: float = LIFE_S,
        target: Place | None = None,
    ) -> Request:
        """Send a request in a transaction of its own; the request as it went out."""
        made, branch = with_via(request, self.myIP, self.myPort)
        self.transactions.request(
            made, branch, target or (self.server, self.port), heard, silent, life_s=life_s
        )
        return made

    def is_server(self, source: Place) -> bool:
        """Whether a call comes from our server; on one computer every program has its host."""
        if source[0] != self.server:
            return False
        return not ipaddress.ip_address(source[0]).is_loopback or source[1] == self.port

    @property
    def contact(self) -> tuple[str, str]:
        return "Contact", f"<sip:{self.username}@{self.myIP}:{self.myPort}>"

    # ------------------------------------------------------------ requests

    def register(self) -> bool:
        """Ask to be registered; true means asked."""
        self.registration.refresh()
        return True

    def _register_request(self, expires_s: int) -> Request:
        """PyVoIP's REGISTER, at our domain and always under one Call-ID."""
        me = str(self.identity.name)
        return rewritten(
            self.gen_first_response(deregister=expires_s == 0),
            str(self.identity.at_domain("")),
            From=f"{me};tag={self.tagLibrary['register']}",
            To=me,
            Call_ID=self._register_id,
            Expires=str(expires_s),
        )

    def invite_request(self, number: str, offer: bytes, extra: tuple[tuple[str, str], ...]) -> Request:
        """PyVoIP's INVITE, at our domain and with our own offer; SipError for what is no number."""
        to = self.identity.at_domain(number)
        if to.scheme != "sip":
            raise SipError("This telephone engine can only call sip: addresses.")
        text = self.gen_invite("x", "1", {}, TransmitType.SENDRECV, self.gen_branch(), self.gen_call_id())
        tag = self.gen_tag()
        made = rewritten(
            text.partition("\r\n\r\n")[0].replace("Content-Length", "X-Was") + "\r\n\r\n",
            str(to),
            To=f"<{to}>",
            From=f"{self.identity.name};tag={tag}",
        )
        kept = tuple(pair for pair in made.headers if pair[0] != "X-Was")
        return Request((*kept, *extra), offer, made.method, made.uri)
