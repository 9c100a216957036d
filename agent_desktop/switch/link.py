"""The switch's end of the link: a websocket on this computer, for one router at a time.

The router proves itself with the token of `run/switch.json`.  It gets a snapshot, or the gap when it was
only cut off, and then every event.  A router that attaches while another is attached takes its place.
Nothing that a router sends, or its leaving, touches a call that is up.

Rules: a command acts once for each request id and is answered by a `SwitchReply` on the stream; browsers
(anything that shows an Origin) are refused; a reader that is too slow is cut off, never waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import uuid
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from agent_desktop.domain.types import Instant
from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.wire.codec import MAX_REQUEST_BYTES, SWITCH_LINK, encode_body
from agent_desktop.wire.events import Unknown
from agent_desktop.wire.session import HelloReceived, RequestReceived, ServerSide, Stream
from agent_desktop.wire.switch import AnySwitchCommand, AnySwitchEvent, SwitchReply, SwitchSnapshot

log = logging.getLogger(__name__)

_KEPT_REPLIES: Final = 2000
_Side = ServerSide[AnySwitchCommand, AnySwitchEvent]


class _Attachment:
    """One connection of a router and the flag that something waits to be written."""

    def __init__(self, side: _Side, socket: ServerConnection) -> None:
        self.side = side
        self.socket = socket
        self.work = asyncio.Event()


class LinkServer:
    """Serves the link on the running event loop."""

    def __init__(
        self,
        *,
        token: str,
        do: Callable[[AnySwitchCommand], None],
        snapshot: Callable[[], SwitchSnapshot],
        monotonic: Callable[[], float],
    ) -> None:
        """`do` carries out a command or raises RefusedError."""
        self._token = token
        self._do = do
        self._snapshot = snapshot
        self._monotonic = monotonic
        self._stream = Stream(epoch=uuid.uuid4().hex)
        self._replies: OrderedDict[str, SwitchReply] = OrderedDict()
        self._attachment: _Attachment | None = None
        self._server: Server | None = None
        self.alone_since: float | None = monotonic()
        """Since when no router is attached; None while one is."""

    @property
    def attached(self) -> bool:
        return self.alone_since is None

    async def listen(self, host: str, port: int = 0) -> int:
        """Open the port and return it."""
        self._server = await serve(
            self._serve,
            host,
            port,
            origins=[None],
            compression=None,
            max_size=MAX_REQUEST_BYTES,
            ping_interval=None,
        )
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def emit(self, event: AnySwitchEvent) -> None:
        """Number an event for the router, whether or not one is attached."""
        body = encode_body(event)
        seq = self._stream.append(body, self._now())
        if self._attachment is not None:
            self._attachment.side.push(seq, body)
            self._attachment.work.set()

    def _now(self) -> Instant:
        return Instant(self._monotonic())

    # -- one connection ---------------------------------------------------------------------------------

    async def _serve(self, socket: ServerConnection) -> None:
        here = _Attachment(ServerSide(SWITCH_LINK, self._now()), socket)
        writer = asyncio.create_task(self._write(here))
        try:
            async for frame in socket:
                self._received(here, frame)
                here.work.set()
                if here.side.closing is not None:
                    break
        except ConnectionClosed:
            pass
        except Exception:
            log.exception("the link failed")
        finally:
            if self._attachment is here:
                self._attachment = None
                self.alone_since = self._monotonic()
                log.info("the router is gone")
            here.work.set()
            with contextlib.suppress(asyncio.TimeoutError, ConnectionClosed):
                await asyncio.wait_for(self._drain(here), 1.0)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer

    def _received(self, here: _Attachment, frame: bytes | str) -> None:
        match here.side.receive(frame, self._now()):
            case HelloReceived() as greeting:
                self._greet(here, greeting)
            case RequestReceived() as request:
                self._request(request.id, request.command)
            case None:
                pass

    def _greet(self, here: _Attachment, greeting: HelloReceived) -> None:
        if not hmac.compare_digest(greeting.hello.token.encode(), self._token.encode()):
            log.warning("a program with a wrong token was refused")
            here.side.refuse("bad_token", "The token is wrong; read it from the run folder.")
            return
        resumed = here.side.welcome(
            greeting.hello, self._stream, lambda: encode_body(self._snapshot()), self._now()
        )
        if not here.side.live:
            return
        before, self._attachment = self._attachment, here
        self.alone_since = None
        if before is not None:
            before.side.refuse("superseded", "Another router attached.")
            before.work.set()
        log.info("a router attached", extra={"resumed": resumed})

    def _request(self, request: str, command: AnySwitchCommand | Unknown) -> None:
        known = self._replies.get(request)
        if known is None:
            known = self._answer(request, command)
            self._replies[request] = known
            if len(self._replies) > _KEPT_REPLIES:
                self._replies.popitem(last=False)
        self.emit(known)

    def _answer(self, request: str, command: AnySwitchCommand | Unknown) -> SwitchReply:
        if isinstance(command, Unknown):
            message = "This switch does not know the command; update it."
            return SwitchReply(request=request, ok=False, code="unknown_command", message=message)
        try:
            self._do(command)
        except RefusedError as error:
            return SwitchReply(request=request, ok=False, code=error.code, message=str(error))
        except AgentDesktopError as error:
            return SwitchReply(request=request, ok=False, code="failed", message=str(error))
        except Exception:
            log.exception("a command failed", extra={"command": type(command).__name__})
            message = "The switch failed to do this; its log says why."
            return SwitchReply(request=request, ok=False, code="internal", message=message)
        return SwitchReply(request=request)

    async def _write(self, here: _Attachment) -> None:
        while True:
            wait_s = max(0.0, here.side.deadline() - self._monotonic())
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(here.work.wait(), wait_s)
            here.work.clear()
            try:
                await self._drain(here)
            except ConnectionClosed:
                return
            if here.side.closing is not None or not here.side.tick(self._now()):
                await here.socket.close()
                return

    async def _drain(self, here: _Attachment) -> None:
        while frames := here.side.outgoing():
            for frame in frames:
                await here.socket.send(frame, text=True)
