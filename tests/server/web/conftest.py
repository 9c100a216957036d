"""The web side on a real port, and a real browser before it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib.util
import json
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import websockets
from aiohttp import web

from agent_desktop.domain.conversation import Attachment
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.types import ChannelId, Instant
from agent_desktop.server.channels.webchat.channel import WebChatChannel
from agent_desktop.server.web.chat import chat_routes
from agent_desktop.server.web.help import Way, help_routes
from agent_desktop.server.web.security import protect

_FAKES = Path(__file__).parents[1] / "channels" / "webchat" / "conftest.py"
_spec = importlib.util.spec_from_file_location("webchat_fakes", _FAKES)
assert _spec is not None
assert _spec.loader is not None
fakes = importlib.util.module_from_spec(_spec)
sys.modules["webchat_fakes"] = fakes
_spec.loader.exec_module(fakes)

ARTICLES = (
    Article(
        id="parcel-missing",
        title="Parcel marked delivered, not received",
        summary="Ask your neighbours, then tell us. We search with the courier and replace after 24 hours.",
        body="# First\n\nLook where couriers leave things:\n\n- with neighbours\n- in the shed\n\n"
        "# Then\n\n1. Write to us.\n2. Keep the number at hand.\n\nNordlight\nFjordgate 1",
        updated_at=Instant(1_762_900_000.0),
    ),
    Article(id="track", title="Track my order", summary="Your order number and postcode show where it is."),
    Article(id="date", title="Change a delivery date", summary="Until 18:00 on the day before."),
    Article(
        id="zurueck",
        title="Einen Artikel zurückgeben",
        summary="Bitte legen Sie die Rechnung in das Paket, und wir erstatten den Betrag.",
        body="Das ist innerhalb von 30 Tagen für Sie kostenlos.",
    ),
    Article(id="secret", title="How we calm people", summary="Breathe.", public=False),
    Article(
        id="a/b?c",
        title="<img src=x onerror=alert(1)>",
        summary="</p><script>alert(2)</script>",
        body="# <b>\n\n- <i>\n\n\" onclick='alert(3)'",
    ),
)


class Articles:
    """The store's part that the help centre reads."""

    def article(self, key: str) -> Article | None:
        return next((one for one in ARTICLES if one.id == key), None)

    def articles(self) -> list[Article]:
        return list(ARTICLES)

    async def search_articles(self, text: str, limit: int) -> list[Article]:
        words = text.casefold().split()
        return [one for one in ARTICLES if any(word in one.title.casefold() for word in words)][:limit]


@dataclass
class Server:
    """The router's web side with a centre that a test plays."""

    port: int = 0
    centre: Any = field(default_factory=fakes.FakeCentre)
    channel: WebChatChannel = field(init=False)
    transports: list[asyncio.Transport] = field(default_factory=list)
    refuse: bool = False

    def __post_init__(self) -> None:
        self.channel = WebChatChannel(fakes.SITE, read_file=self.centre.read_file)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/chat?site=demo"

    @property
    def record(self) -> list[str]:
        threads = list(self.centre.record.values())
        return [one.text for one in threads[0]] if threads else []

    def cut(self) -> None:
        """Every websocket breaks without a word."""
        for transport in self.transports:
            transport.abort()
        self.transports.clear()

    async def agent_says(self, text: str, *files: Attachment) -> None:
        thread = next(iter(self.centre.record))
        await self.channel.send(self.centre.agent_writes(thread, text, files=files))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """The web side on a free port."""
    made = Server()

    @web.middleware
    async def watch(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path == "/ws/chat":
            if made.refuse:
                raise web.HTTPServiceUnavailable
            made.transports.append(request.transport)
        answer: web.StreamResponse = await handler(request)
        return answer

    application = web.Application(middlewares=[watch])
    application.add_routes(chat_routes([made.channel]))
    ways = (
        Way(label="Call 040 123 456", href="tel:+4940123456"),
        Way(label="Write", href="mailto:help@x.example"),
    )
    application.add_routes(help_routes(Articles, firm="Nordlight", ways=ways, chat=ChannelId("demo")))
    protect(application)
    await made.channel.start(made.centre)
    runner = web.AppRunner(application, shutdown_timeout=2.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await made.channel.stop()
        await runner.cleanup()


FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)


@dataclass
class Browser:
    """Headless Chromium by its DevTools protocol: one page."""

    socket: Any
    numbers: int = 0
    chooser: int = 0  # the file field that a person was asked to fill
    errors: list[str] = field(default_factory=list)

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        self.numbers += 1
        await self.socket.send(json.dumps({"id": self.numbers, "method": method, "params": params}))
        while True:
            answer = json.loads(await self.socket.recv())
            self._note(answer)
            if answer.get("id") == self.numbers:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _note(self, event: dict[str, Any]) -> None:
        match event.get("method"):
            case "Runtime.exceptionThrown":
                self.errors.append(event["params"]["exceptionDetails"]["exception"].get("description", "?"))
            case "Log.entryAdded" if event["params"]["entry"]["source"] == "security":
                self.errors.append(event["params"]["entry"]["text"])
            case "Page.fileChooserOpened":
                self.chooser = event["params"]["backendNodeId"]
            case "Page.javascriptDialogOpening":
                self.errors.append("a dialog opened")

    async def evaluate(self, expression: str) -> Any:
        answer = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def wait_for(self, expression: str, *, seconds: float = 25.0) -> Any:
        """Ask until it is true; the page has a deadline."""
        try:
            async with asyncio.timeout(seconds):
                while not (value := await self.evaluate(expression)):  # noqa: ASYNC110 - the page has no event
                    await asyncio.sleep(0.05)
                return value
        except TimeoutError:
            page = await self.evaluate("document.documentElement.outerHTML.slice(0, 300)")
            raise AssertionError(f"never true: {expression}\n{page}") from None

    async def open(self, url: str) -> None:
        await self.call("Page.navigate", url=url)
        await self.wait_for(f"document.readyState === 'complete' && location.href.startsWith({url!r})")

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def key(self, key: str, code: int, *, text: str = "", shift: bool = False) -> None:
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        down = {"text": text} if text else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **common, **down)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    async def enter(self) -> None:
        await self.key("Enter", 13, text="\r")

    async def look(self, *, width: int, height: int, dark: bool = False, scale: float = 1.0) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def picture(self, path: Path) -> None:
        answer = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(answer["data"]))


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """A fresh Chromium with a profile of its own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "Chromium is missing: apt-get install chromium"
    profile = tmp_path / "profile"
    process = await asyncio.create_subprocess_exec(
        program,
        *FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(60):
            address = await _page_address(profile)
        async with websockets.connect(address, max_size=None) as socket:
            made = Browser(socket)
            for domain in ("Page", "Runtime", "Log"):
                await made.call(f"{domain}.enable")
            await made.look(width=1280, height=800)
            yield made
            with contextlib.suppress(websockets.ConnectionClosed):
                await made.call("Browser.close")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _page_address(profile: Path) -> str:
    """The websocket of the first page, as soon as the browser has written its port."""
    import httpx

    port_file = profile / "DevToolsActivePort"
    while True:
        with contextlib.suppress(OSError, IndexError, httpx.HTTPError):
            port = (await asyncio.to_thread(port_file.read_text)).splitlines()[0]
            async with httpx.AsyncClient(trust_env=False) as client:
                targets = (await client.get(f"http://127.0.0.1:{port}/json")).json()
            pages = [one["webSocketDebuggerUrl"] for one in targets if one["type"] == "page"]
            if pages:
                return str(pages[0])
        await asyncio.sleep(0.05)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go; kept with `--basetemp`."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder
