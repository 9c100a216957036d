"""A provider of SMS or social messages on loopback: its door to us, and the interface that we call.

What the interface answers is scripted (`answers`), what it was asked is kept (`asked`).
"""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from agent_desktop.ports.channels import Channel
from agent_desktop.server.web.hooks import hook_routes


@dataclass
class Asked:
    """One request that the provider got."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Scripted:
    """What the provider answers once."""

    status: int
    document: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    slow_s: float = 0.0


class ProviderBench:
    """What all of them have: a door to us, and an interface of theirs."""

    path = ""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.asked: list[Asked] = []
        self.answers: list[Scripted] = []
        self.files: dict[str, tuple[str, bytes] | str] = {}
        self.kept: dict[str, bytes] = {}  # the bytes of files that we send
        self._runner: web.AppRunner | None = None
        self.channel: Channel = self.made()

    def made(self) -> Channel:
        raise NotImplementedError

    def usual(self, asked: Asked) -> Scripted:
        """What the provider answers when nothing is scripted."""
        raise NotImplementedError

    def signed(self, text: str, name: str) -> tuple[str, dict[str, str], bytes]:
        """A customer's message as the provider posts it: path, headers, body."""
        raise NotImplementedError

    def file(self, name: str, content: str) -> str:
        path = Path(self.folder.name) / name
        path.write_text(f"{content}\n", "utf-8")
        return str(path)

    async def read(self, key: str) -> bytes:
        """What the record gives for a file of ours."""
        return self.kept.get(key, b"")

    async def open(self) -> None:
        if self._runner is not None:
            return
        app = web.Application(client_max_size=1 << 20)
        app.add_routes(hook_routes([self.channel]))
        app.router.add_route("*", "/api/{rest:.*}", self._api)
        app.router.add_get("/files/{name}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def _api(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(str(request.rel_url).removeprefix("/api"), headers, await request.read())
        self.asked.append(asked)
        said = self.answers.pop(0) if self.answers else self.usual(asked)
        await asyncio.sleep(said.slow_s)
        return web.json_response(said.document, status=said.status, headers=said.headers)

    async def _file(self, request: web.Request) -> web.Response:
        found = self.files[request.match_info["name"]]
        self.asked.append(Asked(request.path, {k.lower(): v for k, v in request.headers.items()}, b""))
        if isinstance(found, str):
            raise web.HTTPTemporaryRedirect(found)
        return web.Response(body=found[1], content_type=found[0])

    async def post(self, path: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        await self.open()
        async with httpx.AsyncClient(trust_env=False) as http:
            return await http.post(f"{self.url}{path}", headers=headers, content=body)

    async def get(self, path: str) -> httpx.Response:
        await self.open()
        async with httpx.AsyncClient(trust_env=False) as http:
            return await http.get(f"{self.url}{path}")

    async def customer_writes(self, text: str, name: str) -> bool:
        return (await self.post(*self.signed(text, name))).status_code == 200

    async def customer_leaves(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self._socket.close()
        self.folder.cleanup()
