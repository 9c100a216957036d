"""One TCP or TLS connection of SIP, ours or the peer's (RFC 3261 section 18, RFC 5626 section 4.4.1).

A peer must say something whole: within five seconds after it connected (AST-2016-005: idle connections must
not stop the service), and within ten once it has begun a message.  A connection that the peer opened and
left alone for more than an hour is closed.  A ping of ours that is not answered by any byte within ten
seconds ends the connection, if this peer ever answered one: not every peer does.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Protocol, cast

from agent_desktop.errors import SipError
from agent_desktop.sip.address import Address, Transport
from agent_desktop.sip.framing import PING, PONG, StreamSplitter
from agent_desktop.sip.tls import PinMismatchError, check_pin

log = logging.getLogger(__name__)

FIRST_MESSAGE_S = 5.0
WHOLE_MESSAGE_S = 10.0
IDLE_S = 3700.0  # longer than a registration lasts, so that a phone is heard of before
PONG_S = 10.0
MAX_UNSENT_BYTES = 1_000_000


class Owner(Protocol):
    """The transport that a connection belongs to."""

    def admit(self, connection: Connection, *, is_ours: bool) -> bool: ...
    def received(self, data: bytes, source: Address) -> None: ...
    def lost(self, connection: Connection) -> None: ...


class Connection(asyncio.Protocol):
    """Bytes to messages and back; `peer` names it."""

    def __init__(self, owner: Owner, kind: Transport, *, is_ours: bool, pins: tuple[str, ...] = ()) -> None:
        self._owner = owner
        self._kind = kind
        self._is_ours = is_ours
        self._pins = pins
        self._splitter = StreamSplitter()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._heard_at = self._loop.time()
        self._has_spoken = False
        self._begun_at: float | None = None
        self._pinged_at: float | None = None
        self._answers_pings = False
        self.peer = Address(kind, "", 0)
        self.transport: asyncio.Transport | None = None
        self.trouble: ssl.SSLError | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        tls = transport.get_extra_info("ssl_object")
        try:
            check_pin(self._pins, tls.getpeercert(binary_form=True) if tls else None)
        except PinMismatchError as error:
            self.trouble = error
            peer = None
        if not peer:
            self.transport.abort()
            return
        self.peer = Address(self._kind, peer[0], peer[1])
        if not self._owner.admit(self, is_ours=self._is_ours):
            self.transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        if self._pinged_at is not None:
            self._answers_pings = self._answers_pings or data.startswith(PONG)
            self._pinged_at = None
        try:
            messages = self._splitter.feed(data)
        except SipError as error:
            log.info("closing %s: %s", self.peer, error)
            self.close()
            return
        if self._splitter.pings and self.transport:
            self.transport.write(PONG * self._splitter.pings)
            self._splitter.pings = 0
        if messages or self._has_spoken:
            self._heard_at = self._loop.time()
            self._has_spoken = True
        if self._splitter.is_between_messages:
            self._begun_at = None
        elif messages or self._begun_at is None:
            self._begun_at = self._loop.time()
        self._watch()
        for message in messages:
            self._owner.received(message, self.peer)

    def connection_lost(self, exc: Exception | None) -> None:
        if isinstance(exc, ssl.SSLError):
            self.trouble = exc  # a server that wants a certificate of ours says so after the handshake
        if self._timer:
            self._timer.cancel()
        self._owner.lost(self)

    def write(self, data: bytes) -> bool:
        """Hand over bytes; False when the peer does not read and the connection was given up."""
        if self.transport is None or self.transport.is_closing():
            return False
        if self.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.transport.abort()
            return False
        self.transport.write(data)
        if data == PING and self._pinged_at is None:
            self._pinged_at = self._loop.time()
            self._watch()
        return True

    def close(self) -> None:
        if self.transport:
            self.transport.close()

    # ------------------------------------------------------------ waiting

    @property
    def _due(self) -> float:
        """When this connection is given up unless something comes."""
        found = [float("inf")]
        if not self._is_ours:
            found.append(self._heard_at + (IDLE_S if self._has_spoken else FIRST_MESSAGE_S))
        if self._begun_at is not None:
            found.append(self._begun_at + WHOLE_MESSAGE_S)
        if self._pinged_at is not None and self._answers_pings:
            found.append(self._pinged_at + PONG_S)
        return min(found)

    def _watch(self) -> None:
        """Be woken in time; a timer that comes too early is set again, not at each message."""
        due = self._due
        if due == float("inf") or (self._timer and self._timer.when() <= due):
            return
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._expired)

    def _expired(self) -> None:
        self._timer = None
        if self._due > self._loop.time():
            self._watch()
        elif self.transport:
            log.info("%s has been silent too long", self.peer)
            self.transport.abort()
