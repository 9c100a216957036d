"""The frames that wait for a slow reader: bounded, because one visitor must not fill the router's memory."""

from __future__ import annotations

import asyncio
from collections import deque

FRAMES = 1_000
BYTES = 4 * 1024 * 1024
TRY_AGAIN_LATER = 1013  # IANA WebSocket close code registry


class Outbox:
    """Queued frames and, after them, the close; over the bound the queue is dropped for close 1013."""

    def __init__(self, *, frames: int = FRAMES, size: int = BYTES) -> None:
        self._frames, self._size = frames, size
        self._queue: deque[str] = deque()
        self._bytes = 0
        self._moved = asyncio.Event()
        self.overflowed = asyncio.Event()
        self.closing: tuple[int, str] | None = None

    def put(self, frame: str) -> None:
        if self.closing is not None:
            return
        self._queue.append(frame)
        self._bytes += len(frame)  # characters: near enough for a bound
        if len(self._queue) > self._frames or self._bytes > self._size:
            self._queue.clear()
            self._bytes = 0
            self.overflowed.set()
            self.close(TRY_AGAIN_LATER, "Too slow: connect again.")
        self._moved.set()

    def close(self, code: int, reason: str) -> None:
        """End after what is queued; the first reason stands."""
        if self.closing is None:
            self.closing = (code, reason)
        self._moved.set()

    def take(self) -> str | None:
        """The next frame, if there is one."""
        if not self._queue:
            return None
        frame = self._queue.popleft()
        self._bytes -= len(frame)
        return frame

    async def next(self) -> str | None:
        """The next frame, waiting for it; None when it is time to close."""
        while (frame := self.take()) is None:
            if self.closing is not None:
                return None
            self._moved.clear()
            await self._moved.wait()
        return frame
