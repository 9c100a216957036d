"""How the tests speak with a peer program: one JSON object a line over TCP, both ways.

A request is `{"n": 1, "do": "dial", ...}`, its answer `{"n": 1, "ok": true, ...}`; everything without `n`
is news.  Used by the peers of this folder, which run as programs of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Asked = dict[str, Any]


class Door:
    """Serves one test run; everything that was said before it came is told first."""

    def __init__(self, do: Callable[[Asked], Awaitable[Asked]]) -> None:
        self._do = do
        self._told: list[bytes] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.done = asyncio.Event()

    def tell(self, **news: Any) -> None:
        line = json.dumps(news).encode() + b"\n"
        self._told.append(line)
        for writer in self._writers:
            writer.write(line)

    async def serve(self, port: int) -> None:
        """Until `quit` or SIGTERM."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.done.set)
        server = await asyncio.start_server(self._client, "127.0.0.1", port)
        print("ready", flush=True)
        await self.done.wait()
        server.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        writer.writelines(self._told)
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                task = asyncio.ensure_future(self._answer(json.loads(line), writer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._writers.discard(writer)

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        try:
            if asked["do"] == "quit":
                self.done.set()
                reply: Asked = {}
            else:
                reply = await self._do(asked)
            reply = {"n": asked["n"], "ok": True, **reply}
        except Exception as error:  # noqa: BLE001 - the test is told, whatever it was
            reply = {"n": asked["n"], "ok": False, "error": f"{type(error).__name__}: {error}"}
        writer.write(json.dumps(reply).encode() + b"\n")


class Tape:
    """A WAV file that grows, mono, 16 bits; its header says nothing of its length."""

    def __init__(self, path: Path, rate: int) -> None:
        self.rate = rate
        self._file = path.open("wb")
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
        self._file.write(b"RIFF\xff\xff\xff\xffWAVE" + form + b"data\xff\xff\xff\xff")

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()

    def close(self) -> None:
        self._file.close()
