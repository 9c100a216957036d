"""The websocket under a link: connect, greet, keep alive, come back.

Drives `wire.session.ClientSide`, which knows the protocol; this file knows sockets and waiting.  It runs
on the network thread.  Rules: no compression, heartbeat by the protocol's own frames, a lost link is
tried again after the session's back-off with jitter for as long as it takes, and only a refusal that
trying again cannot mend (wrong token, another version, signed in elsewhere) ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI, WebSocketException

from agent_desktop.client.store import Connection
from agent_desktop.domain.types import Instant
from agent_desktop.errors import AgentDesktopError, WireError
from agent_desktop.i18n import _
from agent_desktop.wire.codec import LinkCodec
from agent_desktop.wire.models import Model
from agent_desktop.wire.session import ClientSide

C = TypeVar("C", bound=Model)
E = TypeVar("E", bound=Model)

OPEN_S = 5.0
CLOSE_S = 1.0
# A snapshot of a large centre is some MiB; what is larger is not ours.
MAX_FRAME_BYTES = 64 << 20
FINAL = frozenset({"bad_token", "bad_protocol", "superseded"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect and what to say who I am with."""

    url: str
    token: str


class Link(Generic[C, E]):
    """One link over as many connections as it takes.

    `address` is asked before every try (the phone's port changes when it is started again); `deliver`
    gets events, `report` every change of the connection.  All methods belong to the network thread.
    """

    def __init__(
        self,
        codec: LinkCodec[C, E],
        *,
        client: str,
        address: Callable[[], Awaitable[Address]],
        deliver: Callable[[E], None],
        report: Callable[[Connection], None],
        final: frozenset[str] = FINAL,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._side: ClientSide[C, E] = ClientSide(codec, client=client)
        self._address = address
        self._deliver = deliver
        self._report = report
        self._final = final
        self._jitter = jitter
        self._flush = asyncio.Event()
        self._retry = asyncio.Event()
        self._socket: ClientConnection | None = None

    @property
    def pending(self) -> tuple[str, ...]:
        """Requests without a reply yet."""
        return self._side.pending

    def request(self, request_id: str, command: C) -> None:
        """Ask; kept and sent again until the reply comes."""
        self._side.request(request_id, command)
        self._flush.set()

    def forget(self, request_id: str) -> None:
        """Stop asking."""
        self._side.forget(request_id)

    def retry_now(self) -> None:
        """Do not wait any longer (the computer woke up, the user pressed Try again)."""
        self._retry.set()

    async def run(self) -> None:
        """Connect and stay connected, until cancelled or refused for good."""
        while True:
            self._report(Connection("connecting", since_at=time.time()))
            detail = await self._once()
            self._side.lost()
            refused = self._side.refused
            if refused is not None and refused.code in self._final:
                self._report(Connection("ended", refused.message, refused.code, time.time()))
                return
            wait_s = self._side.retry_after(self._jitter())
            code = "" if refused is None else refused.code
            self._report(Connection("lost", detail, code, time.time(), wait_s))
            self._retry.clear()
            await _set_within(self._retry, wait_s)

    async def _once(self) -> str:
        """One connection from hello to its end; gives why it ended, in words."""
        try:
            address = await self._address()
            async with connect(
                address.url,
                compression=None,
                open_timeout=OPEN_S,
                close_timeout=CLOSE_S,
                ping_interval=None,
                max_size=MAX_FRAME_BYTES,
                proxy=None if is_loopback(address.url) else True,
            ) as socket:
                return await self._talk(socket, address.token)
        except AgentDesktopError as error:
            return str(error)
        except InvalidURI:
            return _("The address is not one that can be connected to.")
        except InvalidHandshake as error:
            _log.info("The handshake failed.", extra={"detail": str(error)})
            return _("The other side answered, but it is not the one that was looked for.")
        except TimeoutError:
            return _("No answer within {seconds} seconds.", seconds=int(OPEN_S))
        except (OSError, WebSocketException) as error:
            _log.info("The connection failed.", extra={"detail": str(error)})
            return _("Nobody answers at that address.")

    async def _talk(self, socket: ClientConnection, token: str) -> str:
        self._side.connected(token, _now())
        reading = asyncio.create_task(self._read(socket))
        reading.add_done_callback(lambda _task: self._flush.set())
        try:
            while True:
                self._flush.clear()
                for frame in self._side.outgoing():
                    await socket.send(frame, text=True)
                if reading.done():
                    return await reading
                await _set_within(self._flush, max(0.0, self._side.deadline() - _now()))
                if not self._side.tick(_now()):
                    return _("The connection fell silent.")
        except ConnectionClosed:
            return await reading
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketException, AgentDesktopError):
                await reading

    async def _read(self, socket: ClientConnection) -> str:
        while True:
            try:
                data = await socket.recv(decode=False)
            except ConnectionClosed:
                return _("The connection was closed.")
            was_live = self._side.live
            try:
                event = self._side.receive(data, _now())
            except WireError as error:
                _log.warning("The stream cannot be followed.", extra={"detail": str(error)})
                return _("The connection stumbled.")
            if self._side.live and not was_live:
                self._report(Connection("online", since_at=time.time()))
            if event is not None:
                self._deliver(event)
            if self._side.refused is not None:
                return self._side.refused.message
            self._flush.set()


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not longer.

    `asyncio.wait_for` of Python 3.11 may swallow a cancellation that comes with the event; this does not.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _now() -> Instant:
    return Instant(time.monotonic())


def is_loopback(url: str) -> bool:
    """Whether a URL names this computer: it is never asked for through a proxy."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


AnyLink = Link[Any, Any]
