"""The calling end of a link: connects, greets, resumes, asks, and comes back after every loss.

Drives `wire.session.ClientSide`, which knows the protocol; this file knows sockets and waiting.  The
desktop uses it towards router and phone, the router towards the switch.

Rules: no compression, heartbeat by the protocol's own frames; a lost link is tried again after the
session's back-off with jitter for as long as it takes, and only a refusal named in `final` ends it; a
listener that fails is logged and ends nothing; every wait can be cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI, WebSocketException

from agent_desktop.domain.types import Instant
from agent_desktop.errors import AgentDesktopError, StoppedError, WireError
from agent_desktop.i18n import _
from agent_desktop.links.connection import Connection, Target, is_loopback
from agent_desktop.wire.codec import LinkCodec
from agent_desktop.wire.model import Model
from agent_desktop.wire.session import ClientSide

__all__ = ["LinkClient", "Target"]

C = TypeVar("C", bound=Model)
E = TypeVar("E", bound=Model)
T = TypeVar("T")

OPEN_S = 5.0
CLOSE_S = 1.0
# A snapshot of a large centre is some MiB; what is larger is not ours.
MAX_EVENT_BYTES = 64 << 20

_log = logging.getLogger(__name__)


class LinkClient(Generic[C, E]):
    """One link over as many connections as it takes.

    `target()` is asked before every try (a process that was started again has a new port); `on_event`
    gets events, `on_state` every change of the connection, `on_clock` how far the other side's clock is
    ahead of this computer's, with each of its heartbeats.  They are called on the loop and must not wait.
    All methods belong to the loop's thread.
    """

    def __init__(
        self,
        codec: LinkCodec[C, E],
        *,
        name: str,
        target: Callable[[], Awaitable[Target]],
        on_event: Callable[[E], None],
        on_state: Callable[[Connection], None] = lambda _connection: None,
        on_clock: Callable[[float], None] = lambda _ahead_s: None,
        final: frozenset[str] = frozenset(),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._side: ClientSide[C, E] = ClientSide(codec, client=name)
        self._name = name
        self._target = target
        self._on_event = on_event
        self._on_state = on_state
        self._on_clock = on_clock
        self._final = final
        self._jitter = jitter
        self._flush = asyncio.Event()
        self._moved = asyncio.Event()
        self._retry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def live(self) -> bool:
        """Whether the other side is there now."""
        return self._side.live

    @property
    def running(self) -> bool:
        """Started, and neither stopped nor refused for good."""
        return self._task is not None and not self._task.done()

    @property
    def pending(self) -> tuple[str, ...]:
        """Requests without an answer yet."""
        return self._side.pending

    def start(self) -> None:
        """Begin; to be called on the loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(self._ended)

    def leave(self) -> None:
        """Let go of the link, without waiting until it has been closed."""
        if self._task is not None:
            self._task.cancel()

    async def stop(self) -> None:
        """Let go of the link and wait until it has been closed."""
        self.leave()
        if self._task is not None:
            await asyncio.wait({self._task})

    def request(self, command: C, request_id: str = "") -> str:
        """Ask for something; kept and sent again until the answer comes; returns the request's id."""
        request_id = request_id or str(uuid.uuid4())
        self._side.request(request_id, command)
        self._flush.set()
        return request_id

    def forget(self, request_id: str) -> None:
        """Stop asking."""
        self._side.forget(request_id)
        self._moved.set()

    def retry_now(self) -> None:
        """Do not wait any longer (the computer woke up, the user pressed Try again)."""
        self._retry.set()

    async def drain(self, seconds: float = 2.0) -> None:
        """Wait until every request was answered, or the other side is gone, or time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.pending and self.live:
                    self._moved.clear()
                    await self._moved.wait()

    async def _run(self) -> None:
        while True:
            self._tell(self._on_state, Connection("connecting", since_at=time.time()))
            detail = await self._once()
            self._side.lost()
            self._moved.set()
            refused = self._side.refused
            code = "" if refused is None else refused.code
            if refused is not None and code in self._final:
                self._tell(self._on_state, Connection("ended", refused.message, code, time.time()))
                return
            wait_s = self._side.retry_after(self._jitter())
            self._retry.clear()
            self._tell(self._on_state, Connection("lost", detail, code, time.time(), wait_s))
            await _set_within(self._retry, wait_s)

    async def _once(self) -> str:
        """One connection from hello to its end; gives why it ended, in words."""
        self._side.refused = None
        try:
            target = await self._target()
            async with connect(
                target.url,
                compression=None,
                open_timeout=OPEN_S,
                close_timeout=CLOSE_S,
                ping_interval=None,
                max_size=MAX_EVENT_BYTES,
                proxy=None if is_loopback(target.url) else True,
            ) as socket:
                return await self._talk(socket, target.token)
        except StoppedError as error:
            return str(error)
        except AgentDesktopError as error:
            _log.warning("%s: %s", self._name, error)
            return str(error)
        except InvalidURI:
            return _("The address is not one that can be connected to.")
        except InvalidHandshake as error:
            _log.info("%s: the handshake failed", self._name, extra={"detail": str(error)})
            return _("The other side answered, but it is not the one that was looked for.")
        except TimeoutError:
            return _("No answer within {seconds} seconds.", seconds=int(OPEN_S))
        except (OSError, WebSocketException) as error:
            _log.info("%s: no connection", self._name, extra={"detail": str(error)})
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
                    _log.warning("%s: the other side is silent", self._name)
                    return _("The connection fell silent.")
        except ConnectionClosed:
            return await reading
        finally:
            reading.cancel()
            await asyncio.wait({reading})

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
                _log.warning("%s: the stream cannot be followed", self._name, extra={"detail": str(error)})
                return _("The connection stumbled.")
            self._moved.set()
            if self._side.server_at:
                self._tell(self._on_clock, self._side.server_at - time.time())
                self._side.server_at = 0.0
            if self._side.live and not was_live:
                self._tell(self._on_state, Connection("online", since_at=time.time()))
            if event is not None:
                self._tell(self._on_event, event)
            if self._side.refused is not None:
                return self._side.refused.message
            self._flush.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s: the link ended by a fault of this program", self._name, exc_info=error)

    def _tell(self, listener: Callable[[T], None], value: T) -> None:
        try:
            listener(value)
        except Exception:  # noqa: BLE001 - whatever it is, the link goes on
            _log.exception("%s: a listener failed", self._name)


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not longer.

    `asyncio.wait_for` of Python 3.11 may swallow a cancellation that comes with the event; this does not.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _now() -> Instant:
    return Instant(time.monotonic())
