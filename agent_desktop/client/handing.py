"""A `tel:` or `sip:` link from another program, handed to the desktop that runs already.

The running desktop listens on this computer alone and says where in `run/desktop.json`, readable by its
user alone; who hands a link over says the token of that file first.  One line in, one line out:
`{"token": "…", "link": "tel:+49…"}` and `ok`.  A link never dials by itself: the keypad opens with the
number in it, because any web page can make a link.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent_desktop.links import runfile

NAME = "desktop"
MOST_BYTES = 4096
WAIT_S = 2.0


class Handed:
    """A link that somebody clicked."""

    __slots__ = ("link",)

    def __init__(self, link: str) -> None:
        self.link = link


class _Line(msgspec.Struct, frozen=True):
    token: str
    link: str


def hand_over(data: Path, link: str) -> bool:
    """Give the link to the desktop of this data folder; False when none runs."""
    run = runfile.read(data, NAME)
    if run is None or not run.alive():
        return False
    line = json.dumps({"token": run.token, "link": link}).encode() + b"\n"
    try:
        with socket.create_connection(("127.0.0.1", run.port), WAIT_S) as connection:
            connection.settimeout(WAIT_S)
            connection.sendall(line)
            return connection.recv(16).strip() == b"ok"
    except OSError:
        return False


class Doorbell:
    """The listening end; used on the network's thread."""

    def __init__(self, data: Path, post: Callable[[object], None]) -> None:
        self._data = data
        self._post = post
        self._token = runfile.new_token()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        """Begin; a port that cannot be had is no reason not to work."""
        try:
            self._server = await asyncio.start_server(self._rung, "127.0.0.1", 0, limit=MOST_BYTES)
            port = self._server.sockets[0].getsockname()[1]
            runfile.write(self._data, NAME, runfile.RunFile(os.getpid(), port, self._token, time.time()))
        except OSError:
            self.close()

    def close(self) -> None:
        """End; the file goes if it is still ours."""
        if self._server is not None:
            self._server.close()
            self._server = None
            runfile.remove(self._data, NAME, os.getpid())

    async def _rung(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(WAIT_S):
                said = msgspec.json.decode(await reader.readline(), type=_Line)
            if hmac.compare_digest(said.token.encode(), self._token.encode()):
                self._post(Handed(said.link[:512]))
                writer.write(b"ok\n")
                await writer.drain()
        except (TimeoutError, ValueError, OSError):
            pass  # not one of ours, or gone: there is nobody to tell
        finally:
            writer.close()
