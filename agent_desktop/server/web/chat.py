"""The chat's door: the websocket of the widget, the widget itself, and a shop page that carries it.

`/ws/chat?site=ID` is the websocket (protocol: `server/channels/webchat/protocol.py`); a page may open it
when its origin is ours or one of the site's `origins`.  `/chat/widget.js` may be loaded by any page.
Frames are at most 64 KB, compression is off (OWASP WebSocket Security), a dead peer is found by pings.
"""

from __future__ import annotations

import asyncio
import html
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from agent_desktop import assets
from agent_desktop.domain.types import ChannelId
from agent_desktop.server.channels.webchat.channel import WebChatChannel
from agent_desktop.server.channels.webchat.connection import AGAINST_THE_RULES, BYE, OUR_FAULT, Connection
from agent_desktop.server.channels.webchat.pace import Bucket
from agent_desktop.server.channels.webchat.protocol import FRAME_BYTES
from agent_desktop.server.web.chat_files import file_routes

HEARTBEAT_S = 20.0
HELLO_S = 10.0
CLOSE_S = 5.0
CONNECTS_AT_ONCE, CONNECTS_PER_MINUTE = 60, 120.0
FILES_AT_ONCE, FILES_PER_MINUTE = 400, 600.0  # asked for, of one address: a long history has many pictures
ADDRESSES_KEPT = 10_000
FRESH_A_WHILE = "public, max-age=300"

log = logging.getLogger(__name__)


def chat_routes(
    channels: Sequence[WebChatChannel], *, clock: Callable[[], float] = time.monotonic
) -> list[web.RouteDef]:
    """The routes of the chat; the demo page carries the first site's widget."""
    known = {channel.id: channel for channel in channels}
    door = _Door(known, clock, lambda: Bucket(burst=CONNECTS_AT_ONCE, per_minute=CONNECTS_PER_MINUTE))
    files = _Door(known, clock, lambda: Bucket(burst=FILES_AT_ONCE, per_minute=FILES_PER_MINUTE))
    demo = channels[0].id if channels else None

    async def shop(_: web.Request) -> web.StreamResponse:
        if demo is None:
            raise web.HTTPNotFound(text="There is no chat site in centre.toml.")
        text = assets.resource("web", "demo.html").read_text(encoding="utf-8")
        return web.Response(text=text.replace("@SITE@", html.escape(demo)), content_type="text/html")

    return [
        web.get("/ws/chat", door.websocket),
        web.get("/chat/widget.js", widget),
        web.get("/chat/demo", shop),
        web.get("/chat/demo.css", shop_style),
        *file_routes(known, files.admit),
    ]


async def widget(_: web.Request) -> web.StreamResponse:
    """The one script that a page embeds; other origins may load it."""
    headers = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": FRESH_A_WHILE}
    return _file("widget.js", "text/javascript", headers)


async def shop_style(_: web.Request) -> web.StreamResponse:
    """The shop's style."""
    return _file("demo.css", "text/css", {"Cache-Control": FRESH_A_WHILE})


def _file(name: str, media_type: str, headers: Mapping[str, str]) -> web.FileResponse:
    # The media type is said here: on Windows the registry decides otherwise.
    typed = {"Content-Type": f"{media_type}; charset=utf-8", **headers}
    return web.FileResponse(assets.resource("web", name), headers=typed)


class _Door:
    """Lets widgets in."""

    def __init__(
        self,
        channels: Mapping[ChannelId, WebChatChannel],
        clock: Callable[[], float],
        fresh: Callable[[], Bucket],
    ) -> None:
        self._channels = channels
        self._fresh = fresh
        self._now = clock
        self._paces: dict[str, Bucket] = {}

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        channel = self._channels.get(ChannelId(request.query.get("site", "")))
        if channel is None:
            raise web.HTTPNotFound(text="There is no chat of this name. Look at data-site in your page.")
        self.admit(request, channel)
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, max_msg_size=FRAME_BYTES, compress=False, timeout=CLOSE_S
        )
        await socket.prepare(request)
        connection = channel.connect()
        writer = asyncio.create_task(_write(connection, socket, request))
        try:
            await _read(connection, socket)
        finally:
            channel.disconnected(connection)
            await connection.gone()
            await writer
        return socket

    def admit(self, request: web.Request, channel: WebChatChannel) -> None:
        """Keep out pages that may not carry the chat, and who asks too often."""
        origin = request.headers.get("Origin", "")
        if not (same_origin(origin, request.host) or channel.origin_allowed(origin)):
            raise web.HTTPForbidden(text="This page may not carry the chat. Add its origin to centre.toml.")
        if self._pace(request.remote or "").take(self._now()) > 0.0:
            raise web.HTTPTooManyRequests(text="Too many connections. Wait a minute.")

    def _pace(self, address: str) -> Bucket:
        if len(self._paces) >= ADDRESSES_KEPT:
            now = self._now()
            self._paces = {key: pace for key, pace in self._paces.items() if not pace.full(now)}
        return self._paces.setdefault(address, self._fresh())


def same_origin(origin: str, host: str) -> bool:
    """Whether an Origin header names the host that was asked; a proxy may have ended the TLS."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and parts.netloc.lower() == host.lower()


async def _read(connection: Connection, socket: web.WebSocketResponse) -> None:
    """Hand frames in until the socket closes."""
    while True:
        try:
            async with asyncio.timeout(None if connection.greeted else HELLO_S):
                frame = await socket.receive()
        except TimeoutError:
            connection.close(AGAINST_THE_RULES, "Say hello first.")
            return
        if frame.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
            return
        try:
            await connection.received(frame.data)
        except Exception:
            # One visitor's frame must not take the door down; the trace is for us.
            log.exception("A chat frame failed")
            connection.close(OUR_FAULT, "Something failed here. Connect again.")
        if connection.outbox.closing is not None:
            return


async def _write(connection: Connection, socket: web.WebSocketResponse, request: web.Request) -> None:
    """Write frames until it is time to close; then close, by force if the reader is stuck."""
    outbox, transport = connection.outbox, request.transport
    full = asyncio.ensure_future(outbox.overflowed.wait())
    sending: asyncio.Future[None] | None = None
    try:
        while (frame := await outbox.next()) is not None:
            # A reader that is stuck holds `send_str` for ever: the overflow ends the wait.  It is not
            # cancelled, because that would cancel the drain that the close waits for as well.
            sending = asyncio.ensure_future(socket.send_str(frame))
            await asyncio.wait({sending, full}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                break
            sending.result()
    except (ConnectionError, RuntimeError):
        connection.close(BYE, "")  # the socket went away under us
    finally:
        full.cancel()
    code, reason = outbox.closing or (OUR_FAULT, "")
    closed = False
    try:
        async with asyncio.timeout(CLOSE_S):
            await socket.close(code=code, message=reason.encode())
        closed = sending is None or sending.done()
    except (TimeoutError, ConnectionError, RuntimeError):
        log.info("A chat window did not take its close.")
    if not closed and transport is not None:
        # What a stuck reader has not taken would keep the closed transport for ever.
        transport.abort()
    if sending is not None:
        await asyncio.wait({sending})
        if not sending.cancelled():
            sending.exception()  # seen: the socket is gone either way
