"""Simulated agents on real websockets, thousands in one process: RFC 6455 framing by hand, nothing else.

A library's client would take more of the computer than the router that is measured.  Frames that are not
offers, replies or heartbeats are counted and dropped.  The mask of a client's frames is zero (RFC 6455,
section 5.3 asks for a random one against proxies; between two processes of one computer there is none).
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from agent_desktop.errors import AgentDesktopError
from agent_desktop.wire import commands
from agent_desktop.wire.codec import Hello, Pong, Request, encode_body, envelop

AT_ONCE: Final = 64
PATIENCE_S: Final = 120.0
_OFFER: Final = b'"body":{"type":"OfferMade"'
_REPLY: Final = b'"body":{"type":"Reply"'
_PING: Final = b'"body":{"type":"Ping"'
_REFUSED: Final = b'"body":{"type":"Refused"'
_TEXT: Final = 0x1
_CLOSE: Final = 0x8
_PONG: Final = envelop(encode_body(Pong()))


class Offer(msgspec.Struct, frozen=True):
    """What an agent needs of an offer; its subject is the instant of arrival (monotonic, seconds)."""

    id: str
    interaction: str
    subject: str


class _Body(msgspec.Struct, frozen=True):
    offer: Offer


class _Frame(msgspec.Struct, frozen=True):
    body: _Body


class _ReplyBody(msgspec.Struct, frozen=True):
    ok: bool = True
    message: str = ""


class _ReplyFrame(msgspec.Struct, frozen=True):
    body: _ReplyBody


_offers = msgspec.json.Decoder(_Frame)
_replies = msgspec.json.Decoder(_ReplyFrame)
_ids = itertools.count(1)


class Link(asyncio.Protocol):
    """One agent's program; `play` is told of every offer."""

    def __init__(self, token: str, last: bytes, play: Callable[[Link, Offer], None]) -> None:
        self._token = token
        self._last = last  # the frame after which the link is up holds this
        self._play = play
        self._held = b""
        self._transport: asyncio.Transport | None = None
        self._upgraded = False
        self.up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.replied: asyncio.Future[None] | None = None
        self.refusals: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a websocket."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP connection always is one
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            "GET /ws/agent HTTP/1.1",
            "Host: 127.0.0.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "\r\n",
        )
        transport.write("\r\n".join(lines).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end is gone."""
        if not self.up.done():
            self.up.set_exception(exc or ConnectionError("The measured process closed the link."))

    def data_received(self, data: bytes) -> None:
        """Take the answer to the handshake, then frames."""
        held = self._held + data if self._held else data
        if not self._upgraded:
            end = held.find(b"\r\n\r\n")
            if end < 0:
                self._held = held
                return
            if not held.startswith(b"HTTP/1.1 101"):
                self.up.set_exception(ConnectionError(held[:200].decode("latin-1")))
                return
            self._upgraded, held = True, held[end + 4 :]
            self.send(envelop(encode_body(Hello(protocol=1, token=self._token))))
        at, size = 0, len(held)
        while size - at >= 2:
            length, start = held[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(held[at + 2 : at + 4]), at + 4
            elif length == 127:
                length, start = int.from_bytes(held[at + 2 : at + 10]), at + 10
            if size < start + length:
                break
            if held[at] & 0xF == _TEXT:
                self._take(held[start : start + length])
            at = start + length
        self._held = held[at:]

    def _take(self, frame: bytes) -> None:
        head = frame[:48]
        if _OFFER in head:
            self._play(self, _offers.decode(frame).body.offer)
        elif _PING in head:
            self.send(_PONG)
        elif _REPLY in head:
            reply = _replies.decode(frame).body
            if not reply.ok:
                self.refusals.append(reply.message)
            if self.replied is not None and not self.replied.done():
                self.replied.set_result(None)
        elif not self.up.done() and self._last in head:
            self.up.set_result(None)
        elif _REFUSED in head and not self.up.done():
            self.up.set_exception(ConnectionError(frame.decode()))

    def send(self, payload: bytes) -> None:
        """Send one text frame."""
        if self._transport is None or self._transport.is_closing():
            return
        size = len(payload)
        length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2)
        self._transport.write(b"\x81" + length + b"\0\0\0\0" + payload)

    def ask(self, command: commands.AnyCommand) -> None:
        """Send a command."""
        request = Request(id=f"bench-{next(_ids)}", command=msgspec.Raw(encode_body(command)))
        self.send(envelop(encode_body(request)))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()


async def come(
    port: int, tokens: Sequence[str], play: Callable[[Link, Offer], None], *, ready: bool
) -> list[Link]:
    """Connect everybody; with `ready` each says so and waits for the reply."""
    gate, loop = asyncio.Semaphore(AT_ONCE), asyncio.get_running_loop()
    last = b'"type":"Snapshot"' if ready else b'"type":"Welcome"'

    async def one(token: str) -> Link:
        async with gate:
            _, link = await loop.create_connection(lambda: Link(token, last, play), "127.0.0.1", port)
            await link.up
            if ready:
                link.replied = loop.create_future()
                link.ask(commands.SetReady())
                await link.replied
            return link

    try:
        async with asyncio.timeout(PATIENCE_S):
            return list(await asyncio.gather(*(one(token) for token in tokens)))
    except TimeoutError as error:
        raise AgentDesktopError("The simulated agents did not come in time.") from error
