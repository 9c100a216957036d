"""The router's door: one aiohttp application with the agents' websocket, sign-in, health and metrics.

The token travels in the first frame or in an Authorization header, never in a URL.  Frames of agents
are at most 64 KiB; a receiver that does not read is cut off with 1013 and resumes (G8).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import msgspec
from aiohttp import WSMsgType, web

from agent_desktop.domain.types import AgentId, Instant, Seconds
from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.server.audience import Receiver
from agent_desktop.server.auth import Auth
from agent_desktop.server.board import Board
from agent_desktop.server.desk import Desk
from agent_desktop.server.hub import Hub
from agent_desktop.server.presence import Presence
from agent_desktop.wire.codec import AGENT_LINK, MAX_REQUEST_BYTES, PROTOCOL, encode_body
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.events import AnyEvent, Reply, Unknown
from agent_desktop.wire.session import HelloReceived, RequestReceived, ServerSide, Stream

log = logging.getLogger(__name__)
REQUESTS_PER_S = 200
WRITE_S = 15.0
CLOSE_S = 3.0
AT_ONCE = 64  # frames in one write
FAILED = "The server could not do this; the reason is in its log. Nothing was changed."


class _SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    user: str
    password: str
    client: str = ""


@dataclass(slots=True, eq=False)
class _Connection:
    """One websocket of one agent."""

    side: ServerSide[AnyCommand, AnyEvent]
    socket: web.WebSocketResponse
    transport: asyncio.WriteTransport
    drain: Callable[[], Awaitable[None]]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    agent: AgentId = AgentId("")
    receiver: Receiver | None = None  # once it was welcomed
    token: str = ""
    sent_seq: int = 0
    patience: asyncio.Timeout | None = None  # while something is being written
    soon: asyncio.Handle | None = None  # what came in this turn of the loop leaves in one write
    alarm: asyncio.TimerHandle | None = None  # when the session is looked at next
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class Gateway:
    """Agents' programs come in here."""

    def __init__(self, hub: Hub, *, board: Board, desk: Desk, presence: Presence, auth: Auth) -> None:
        self._hub = hub
        self._board = board
        self._desk = desk
        self._presence = presence
        self._auth = auth
        self._connections: dict[AgentId, _Connection] = {}
        self._endings: set[asyncio.Task[None]] = set()
        desk.sign_out = self.sign_out

    def routes(self) -> list[web.RouteDef]:
        """The agents' part of the application."""
        return [
            web.post("/api/v1/sessions", self._sign_in),
            web.delete("/api/v1/sessions/current", self._sign_off),
            web.get("/ws/agent", self._agent_socket),
        ]

    @property
    def online(self) -> int:
        """How many agents are connected."""
        return len(self._connections)

    async def close(self) -> None:
        """Let every connection go; clients come back by themselves."""
        for connection in list(self._connections.values()):
            await connection.socket.close(code=1001, message=b"restart")

    # --- sign-in ----------------------------------------------------------------------------------

    async def _sign_in(self, request: web.Request) -> web.Response:
        try:
            asked = msgspec.json.decode(await request.read(), type=_SignIn)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return _error(400, "bad_request", "Send user, password and client as JSON.")
        address = request.remote or ""
        try:
            signed = await self._auth.sign_in(
                asked.user, asked.password, address=address, client=asked.client, now=self._hub.clock.now()
            )
        except RefusedError as error:
            return _error(429 if error.code == "too_many" else 401, error.code, str(error))
        agent = signed.session.agent
        if agent not in self._hub.tables.agents:
            return _error(403, "unknown_agent", "This user is not an agent of this centre.")
        await self._end_connection(agent, "signed_in_elsewhere")
        self._board.end(agent)
        await self._presence.moved_elsewhere(agent)
        body = {"token": signed.token, "agent": agent, "expires_at": signed.session.expires_at}
        return web.json_response(body, status=201)

    async def _sign_off(self, request: web.Request) -> web.Response:
        session = self.bearer(request)
        if session is None:
            return _error(401, "bad_token", "Sign in first.")
        await self._presence.left(session)
        await self.sign_out(session, "signed_out")
        return web.Response(status=204)

    async def sign_out(self, agent: AgentId, reason: str) -> None:
        """End a session everywhere; a reply on its way still reaches its program."""
        await self._auth.sign_out(agent)
        ending = asyncio.get_running_loop().create_task(self._end_session(agent, reason))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _end_session(self, agent: AgentId, reason: str) -> None:
        await self._end_connection(agent, reason)
        self._board.end(agent)

    def _now(self) -> Instant:
        return Instant(self._hub.clock.monotonic())

    def bearer(self, request: web.Request) -> AgentId | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        session = self._auth.session_of(token, self._hub.clock.now())
        return session.agent if session else None

    # --- websocket --------------------------------------------------------------------------------

    async def _agent_socket(self, request: web.Request) -> web.StreamResponse:
        if "Origin" in request.headers and request.headers["Origin"] != f"http://{request.host}":
            return _error(403, "bad_origin", "Programs connect here, not web pages.")
        socket = web.WebSocketResponse(compress=False, max_msg_size=MAX_REQUEST_BYTES, autoping=True)
        drain = (await socket.prepare(request)).drain
        transport = request.transport
        if not isinstance(transport, asyncio.WriteTransport):  # gone already
            return socket
        side = ServerSide(AGENT_LINK, self._now())
        connection = _Connection(side=side, socket=socket, transport=transport, drain=drain)
        writer = asyncio.get_running_loop().create_task(self._write(connection))
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT and message.type is not WSMsgType.BINARY:
                    break
                await self._receive(connection, message.data)
                self._soon(connection)
                if connection.side.closing is not None:
                    break
            await asyncio.wait({writer}, timeout=0.5)
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            self._gone(connection)
            # One that does not read would hold what it was to be sent for ever.
            asyncio.get_running_loop().call_later(CLOSE_S, transport.abort)
        return socket

    async def _receive(self, connection: _Connection, data: str | bytes) -> None:
        received = connection.side.receive(data, self._now())
        if connection.receiver is not None:
            connection.receiver.heard = connection.side.acked
        match received:
            case HelloReceived(hello=hello):
                await self._hello(connection, hello.token, received)
            case RequestReceived(id=request, command=command):
                task = asyncio.get_running_loop().create_task(self._request(connection, request, command))
                connection.tasks.add(task)
                task.add_done_callback(connection.tasks.discard)
                if len(connection.tasks) > REQUESTS_PER_S:
                    connection.side.refuse("too_many", "Too many requests at once.")
            case None:
                pass

    async def _hello(self, connection: _Connection, token: str, received: HelloReceived) -> None:
        side, hello = connection.side, received.hello
        session = self._auth.session_of(token, self._hub.clock.now())
        if session is None or session.agent not in self._hub.tables.agents:
            side.refuse("bad_token", "Your session is over. Sign in again.")
            return
        agent = session.agent
        if hello.protocol != PROTOCOL:  # refused before it takes the place of a program that works
            side.welcome(hello, Stream(epoch=""), bytes, self._now())
            return
        old, self._connections[agent] = self._connections.get(agent), connection
        if old is not None:
            old.side.refuse("superseded", "The program connected anew.")
            old.wake.set()
        connection.agent, connection.token = agent, token
        try:
            await self._presence.came(agent)
        except AgentDesktopError as error:
            side.refuse("not_kept", str(error))
        if side.closing is not None or self._connections.get(agent) is not connection:
            return
        receiver = self._board.receiver(agent)
        server_at = self._hub.clock.now()
        side.welcome(
            hello, receiver.stream, lambda: encode_body(self._board.snapshot(agent)), self._now(), server_at
        )
        connection.sent_seq = receiver.stream.seq
        receiver.wake = partial(self._woken, connection)
        connection.receiver = receiver

    async def _request(self, connection: _Connection, request: str, command: AnyCommand | Unknown) -> None:
        try:
            reply = await self._desk.handle(connection.agent, request, command)
        except Exception:
            log.exception("a request of %s failed", connection.agent)
            reply = Reply(request=request, ok=False, code="failed", message=FAILED)
        if self._connections.get(connection.agent) is connection:
            self._pump(connection)
            connection.side.tell(encode_body(reply))
            self._soon(connection)

    def _pump(self, connection: _Connection) -> None:
        """Move what the stream has and the connection has not."""
        stream = self._board.receiver(connection.agent).stream
        for seq, body in stream.since(connection.sent_seq) or ():
            connection.side.push(seq, body)
            connection.sent_seq = seq

    def _woken(self, connection: _Connection) -> None:
        """The stream has something new.  While the socket takes nothing, what waits for it is counted."""
        self._soon(connection)
        patience = connection.patience
        if patience is None or not connection.side.live:
            return
        self._pump(connection)
        if connection.side.closing is not None and not patience.expired():
            patience.reschedule(asyncio.get_running_loop().time())

    def _soon(self, connection: _Connection) -> None:
        """Write in the next turn of the loop: what came until then leaves together."""
        if connection.soon is None:
            connection.soon = asyncio.get_running_loop().call_soon(self._write_now, connection)

    def _write_now(self, connection: _Connection) -> None:
        """Write what there is where nothing is in the way; all else is the writer's: it can wait."""
        connection.soon = None
        side, transport = connection.side, connection.transport
        free = not (connection.wake.is_set() or transport.is_closing() or transport.get_write_buffer_size())
        if free and side.live and self._now() < side.deadline():
            self._pump(connection)
            if side.live:
                frames = side.outgoing(AT_ONCE)
                if frames:
                    transport.write(b"".join(map(_framed, frames)))
                if len(frames) < AT_ONCE and not transport.get_write_buffer_size():
                    return
        connection.wake.set()

    async def _write(self, connection: _Connection) -> None:
        try:
            while not connection.socket.closed:
                self._arm(connection)
                await connection.wake.wait()
                connection.wake.clear()
                if not await self._written(connection):
                    return
        finally:
            if connection.alarm is not None:
                connection.alarm.cancel()

    def _arm(self, connection: _Connection) -> None:
        """Have the session looked at when it must be: deadlines only move on, so that one timer is enough."""

        def ring() -> None:
            connection.alarm = None
            connection.wake.set()

        if connection.alarm is None:
            wait_s = max(0.05, connection.side.deadline() - self._now())
            connection.alarm = asyncio.get_running_loop().call_later(wait_s, ring)

    async def _written(self, connection: _Connection) -> bool:
        """Look at the session and write what there is; False when the connection is over."""
        side = connection.side
        if not side.tick(self._now(), self._hub.clock.now()):
            self._gone(connection)
            await _close(connection.socket, 1001, b"silent")
            return False
        if connection.agent and side.live:
            self._pump(connection)
        if not await self._sent(connection):
            self._gone(connection)
            await _close(connection.socket, 1013, b"too_slow")
            return False
        if side.closing is not None:
            code = 1013 if side.closing.code == "too_slow" else 1008
            await _close(connection.socket, code, side.closing.code.encode())
            return False
        return True

    async def _sent(self, connection: _Connection) -> bool:
        """Write what is queued; False when the other end does not read."""
        transport, until = connection.transport, asyncio.get_running_loop().time() + WRITE_S
        try:
            while frames := connection.side.outgoing():
                transport.write(b"".join(map(_framed, frames)))
                if transport.get_write_buffer_size():  # the system did not take all of it at once
                    async with asyncio.timeout_at(until) as connection.patience:
                        await connection.drain()
        except (TimeoutError, ConnectionError):
            return False
        finally:
            connection.patience = None
        return not transport.is_closing()

    def _gone(self, connection: _Connection) -> None:
        if self._connections.get(connection.agent) is connection:
            del self._connections[connection.agent]
            silent_s = max(0.0, self._now() - connection.side.heard_at)
            self._presence.lost(connection.agent, Seconds(silent_s))

    async def _end_connection(self, agent: AgentId, reason: str) -> None:
        connection = self._connections.pop(agent, None)
        if connection is None:
            return
        connection.side.tell(encode_body(self._presence.farewell(reason)))
        connection.side.finish()
        connection.wake.set()
        self._board.set_online(agent, online=False)


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status)


def _framed(payload: bytes) -> bytes:
    """One whole text frame of a server (RFC 6455, section 5.2): many leave in one write."""
    size = len(payload)
    if size < 126:
        return b"\x81%c%b" % (size, payload)
    if size < 1 << 16:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), payload)
    return b"\x81\x7f%b%b" % (size.to_bytes(8, "big"), payload)


async def _close(socket: web.WebSocketResponse, code: int, why: bytes) -> None:
    """Say why, as far as the other end listens."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(CLOSE_S):
            await socket.close(code=code, message=why)
