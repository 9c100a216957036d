"""The listening end of a local link: for the phone and the switch.

One `Stream` for the whole process: every event is numbered once and goes to every attached client; a
client that comes back gets the gap, a new one a snapshot.  Requests are answered with the link's reply
event, and a request id that was answered before gets the same answer and acts once.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from agent_desktop.domain.types import Instant
from agent_desktop.links.runfile import new_token
from agent_desktop.wire.codec import MAX_REQUEST_BYTES, LinkCodec, encode_body
from agent_desktop.wire.events import Unknown
from agent_desktop.wire.model import Model
from agent_desktop.wire.session import HelloReceived, RequestReceived, ServerSide, Stream

log = logging.getLogger(__name__)
REMEMBERED = 1_000

C = TypeVar("C", bound=Model)
E = TypeVar("E", bound=Model)


class LinkServer(Generic[C, E]):
    """A websocket server on loopback for one kind of link.

    `snapshot()` gives the event that a new client gets first.  `handle(request_id, command)` carries out
    a command and returns its reply event; it runs on the loop and must not wait.
    """

    def __init__(
        self,
        codec: LinkCodec[C, E],
        *,
        snapshot: Callable[[], E],
        handle: Callable[[str, C | Unknown], E],
        clients_changed: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self._codec = codec
        self._snapshot = snapshot
        self._handle = handle
        self._clients_changed = clients_changed
        self._stream = Stream(epoch=new_token())
        self._sides: dict[ServerSide[C, E], asyncio.Event] = {}
        self._answered: OrderedDict[str, bytes] = OrderedDict()
        self._server: Server | None = None
        self.token = new_token()

    @property
    def port(self) -> int:
        """The port it listens on; 0 when it does not."""
        sockets = () if self._server is None else self._server.sockets
        return next((int(one.getsockname()[1]) for one in sockets), 0)

    @property
    def clients(self) -> int:
        """How many are attached now."""
        return sum(side.live for side in self._sides)

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1."""
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            port,
            origins=[None],  # no web page has business here
            compression=None,
            max_size=MAX_REQUEST_BYTES,
            ping_interval=None,
        )

    async def stop(self) -> None:
        """Let everyone go."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def publish(self, event: E) -> None:
        """Tell every attached client; to be called on the loop."""
        body = encode_body(event)
        seq = self._stream.append(body, _now())
        for side, wake in self._sides.items():
            if side.live:
                side.push(seq, body)
                wake.set()

    async def _serve(self, connection: ServerConnection) -> None:
        side: ServerSide[C, E] = ServerSide(self._codec, _now())
        wake = asyncio.Event()
        self._sides[side] = wake
        writer = asyncio.get_running_loop().create_task(_write(connection, side, wake))
        try:
            async for data in connection:
                self._receive(side, data)
                wake.set()
                if side.closing is not None:
                    break
            await asyncio.wait({writer}, timeout=1.0)
        except ConnectionClosed:
            pass
        finally:
            writer.cancel()
            del self._sides[side]
            self._clients_changed(self.clients)

    def _receive(self, side: ServerSide[C, E], data: bytes | str) -> None:
        received = side.receive(data, _now())
        match received:
            case HelloReceived(hello=hello):
                if not hmac.compare_digest(hello.token.encode(), self.token.encode()):
                    side.refuse("bad_token", "The token is not this process's.")
                    return
                side.welcome(hello, self._stream, lambda: encode_body(self._snapshot()), _now())
                self._clients_changed(self.clients)
            case RequestReceived(id=request, command=command):
                self._answer(side, request, command)
            case None:
                pass

    def _answer(self, side: ServerSide[C, E], request: str, command: C | Unknown) -> None:
        body = self._answered.get(request)
        if body is None:
            body = encode_body(self._handle(request, command))
            self._answered[request] = body
            while len(self._answered) > REMEMBERED:
                self._answered.popitem(last=False)
        side.tell(body)


async def _write(connection: ServerConnection, side: ServerSide[C, E], wake: asyncio.Event) -> None:
    """Write what is due, heartbeats too; a client that is silent or too slow is let go."""
    while True:
        timeout = max(0.05, side.deadline() - _now())
        try:
            async with asyncio.timeout(timeout):
                await wake.wait()
        except TimeoutError:
            if not side.tick(_now()):
                await connection.close(1001, "silent")
                return
        wake.clear()
        while frames := side.outgoing():
            for frame in frames:
                await connection.send(frame, text=True)
        if side.closing is not None:
            await connection.close(1013 if side.closing.code == "too_slow" else 1008, side.closing.code)
            return


def _now() -> Instant:
    return Instant(time.monotonic())
