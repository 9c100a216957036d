"""A simulated visitor of the shop: speaks the chat widget's protocol over the real websocket.

Says the first line at once, each further one after an agent answered, and leaves when done or when
nobody answered for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect

from agent_desktop.demo.setup import Demo

PATIENCE_S = 240.0
READING_S = 4.0


class Visitor:
    """One visit."""

    def __init__(self, demo: Demo, name: str) -> None:
        site = demo.centre.chats[0].id
        self._url = f"ws://127.0.0.1:{demo.ports.http}/ws/chat?site={site}"
        self._origin = demo.http
        self._name = name
        self._socket: ClientConnection | None = None
        self._answered = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        """Open the chat."""
        self._socket = await connect(self._url, origin=self._origin, compression=None)  # type: ignore[arg-type]  # a plain string is an origin
        await self._send(type="hello", v=1, name=self._name, open=True)
        self._reader = asyncio.get_running_loop().create_task(self._read(self._socket))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._socket is not None:
            await self._socket.close()

    async def talk(self, lines: tuple[str, ...]) -> None:
        """Say the lines, one after each answer."""
        for line in lines:
            self._answered.clear()
            await self._send(type="typing", on=True)
            await asyncio.sleep(1.5)
            await self._send(type="say", client=f"{secrets.token_hex(8)}-{next(self._numbers)}", text=line)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._answered.wait()
            except TimeoutError:
                break
            await asyncio.sleep(READING_S)
        await self._send(type="leave")

    async def _send(self, **frame: Any) -> None:
        if self._socket is not None:
            await self._socket.send(json.dumps(frame))

    async def _read(self, socket: ClientConnection) -> None:
        async for data in socket:
            frame = json.loads(data)
            if frame.get("type") == "message" and frame.get("from") == "agent":
                self._answered.set()
