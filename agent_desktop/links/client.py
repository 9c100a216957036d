"""The calling end of a link: connects, resumes, asks, and comes back after every loss."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from agent_desktop.domain.types import Instant
from agent_desktop.errors import AgentDesktopError
from agent_desktop.wire.codec import LinkCodec, Refused
from agent_desktop.wire.models import Model
from agent_desktop.wire.session import ClientSide

log = logging.getLogger(__name__)
MAX_EVENT_BYTES = 64 << 20

C = TypeVar("C", bound=Model)
E = TypeVar("E", bound=Model)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect and what to say first."""

    url: str
    token: str


class LinkClient(Generic[C, E]):
    """Keeps one link up.  `target()` is asked before each try (a process may have a new port).

    `on_live` says
    that `live` changed.  The three callbacks are called on the loop and must not wait.
    """

    def __init__(
        self,
        codec: LinkCodec[C, E],
        *,
        name: str,
        target: Callable[[], Awaitable[Target]],
        on_event: Callable[[E], None],
        on_live: Callable[[], None] = lambda: None,
        on_refused: Callable[[Refused], bool] = lambda _refused: True,
    ) -> None:
        self._side: ClientSide[C, E] = ClientSide(codec, client=name)
        self._name = name
        self._target = target
        self._on_event = on_event
        self._on_live = on_live
        self._on_refused = on_refused
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def live(self) -> bool:
        """Whether the other side is there now."""
        return self._side.live

    @property
    def pending(self) -> tuple[str, ...]:
        """Requests without an answer yet."""
        return self._side.pending

    def start(self) -> None:
        """Begin; to be called on the loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Let go of the link."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def request(self, command: C, request_id: str = "") -> str:
        """Ask for something; sent now or after the next reconnect, once; returns the request's id."""
        request_id = request_id or str(uuid.uuid4())
        self._side.request(request_id, command)
        self._wake.set()
        return request_id

    async def drain(self, seconds: float = 2.0) -> None:
        """Wait until every request was answered, or the other side is gone, or time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.pending and self.live:
                    self._moved.clear()
                    await self._moved.wait()

    async def _run(self) -> None:
        while True:
            try:
                target = await self._target()
                async with connect(
                    target.url, compression=None, max_size=MAX_EVENT_BYTES, ping_interval=None, open_timeout=5
                ) as connection:
                    await self._talk(connection, target.token)
            except (OSError, WebSocketException, TimeoutError) as error:
                log.info("%s: no connection: %s", self._name, error)
            except AgentDesktopError as error:
                log.warning("%s: %s", self._name, error)
            was_live, refused = self._side.live, self._side.refused
            self._side.lost()
            self._moved.set()
            if was_live or refused:
                self._on_live()
            if refused is not None and not self._on_refused(refused):
                return
            await asyncio.sleep(self._side.retry_after(random.random()))  # noqa: S311 - jitter, no secret

    async def _talk(self, connection: ClientConnection, token: str) -> None:
        self._side.connected(token, _now())
        self._wake.set()
        writer = asyncio.get_running_loop().create_task(self._write(connection))
        try:
            async for data in connection:
                was_live = self._side.live
                event = self._side.receive(data, _now())
                self._moved.set()
                if self._side.live and not was_live:
                    self._on_live()
                if event is not None:
                    self._on_event(event)
                if self._side.refused is not None:
                    return
                self._wake.set()
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketException, OSError):
                await writer

    async def _write(self, connection: ClientConnection) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.05, self._side.deadline() - _now())):
                    await self._wake.wait()
            self._wake.clear()
            if not self._side.tick(_now()):
                log.warning("%s: the other side is silent", self._name)
                await connection.close(1001, "silent")
                return
            for frame in self._side.outgoing():
                await connection.send(frame, text=True)


def _now() -> Instant:
    return Instant(time.monotonic())
