"""Makes the pictures of the chat on a web site: `.venv/bin/python installer/screenshots_chat.py`.

It starts the demo, an agent in text mode and a real browser, and plays one conversation: a visitor of the
lamp shop asks and sends a picture, the agent answers.  At the size of a desktop and of a telephone, light
and dark.  Needs: Chromium, ImageMagick.  Everything started here is stopped here.
"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from screenshots import COLOURS, PATIENCE_S, ROOT, Missing, Stage, Story, main
from websockets.asyncio.client import ClientConnection, connect

CHAT = "document.querySelector('agent-desktop-chat').shadowRoot"
SIZES = {"desktop": (1280, 800, 1.0), "phone": (390, 844, 2.0)}
# What the visitor photographed: drawn, because the program brings no photographs.
SEND_PICTURE = f"""(async () => {{
  const canvas = new OffscreenCanvas(440, 300), pen = canvas.getContext('2d');
  pen.fillStyle = '#E8DCC8'; pen.fillRect(0, 0, 440, 300);
  pen.fillStyle = '#9A6A3C'; pen.fillRect(0, 240, 440, 60); pen.fillRect(212, 170, 16, 76);
  pen.fillStyle = '#3F6FBA'; pen.beginPath(); pen.arc(220, 110, 74, 0, 7); pen.fill();
  pen.strokeStyle = '#1A1F27'; pen.lineWidth = 4; pen.beginPath(); pen.moveTo(180, 60); pen.lineTo(214, 118);
  pen.lineTo(202, 140); pen.lineTo(236, 176); pen.stroke();
  const file = new File([await canvas.convertToBlob()], 'crack.png', {{ type: 'image/png' }});
  const carried = new DataTransfer(), field = {CHAT}.querySelector('input[type=file]');
  carried.items.add(file); field.files = carried.files; field.dispatchEvent(new Event('change'));
}})()"""


class Page:
    """A page of the browser by the DevTools protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = 0

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._numbers += 1
        await self._socket.send(json.dumps({"id": self._numbers, "method": method, "params": params}))
        while (answer := json.loads(await self._socket.recv())).get("id") != self._numbers:
            pass
        result: dict[str, Any] = answer["result"]
        return result

    async def value(self, expression: str) -> Any:
        answer = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return answer["result"].get("value")

    async def until(self, expression: str) -> None:
        last = time.monotonic() + PATIENCE_S
        while not await self.value(expression):
            if time.monotonic() > last:
                raise Missing(f"This never came true on the page: {expression}")
            await asyncio.sleep(0.1)

    async def say(self, text: str) -> None:
        await self.value(f"{CHAT}.querySelector('textarea').focus()")
        await self.call("Input.insertText", text=text)
        await self.value(f"{CHAT}.querySelector('form').requestSubmit()")
        await self.until(
            f"/sent|read/.test([...{CHAT}.querySelectorAll('.visitor .meta')].at(-1)?.textContent)"
        )

    async def look(self, size: str, theme: str) -> None:
        width, height, scale = SIZES[size]
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )
        wish = {"name": "prefers-color-scheme", "value": theme}
        await self.call("Emulation.setEmulatedMedia", features=[wish])
        await self.value(f"{CHAT}.querySelector('.log').scrollTop = 1e6")
        await asyncio.sleep(0.3)


class Chat(Story):
    """A visitor and an agent."""

    def __init__(self, stage: Stage, folder: Path, base_port: int, theme: str, images: Path) -> None:
        super().__init__(stage, folder, base_port, theme, images)
        self._agent: subprocess.Popen[str] | None = None

    def play(self) -> None:
        """Play it."""
        self._open_demo()
        self._open_agent()
        asyncio.run(self._talk())

    def _open_agent(self) -> None:
        password = next(user["password"] for user in self._ready["users"] if user["user"] == "chen")
        secret = self._folder / "password"
        secret.write_text(password)
        words = [
            f"--server={self._ready['http']}",
            "--user=chen",
            "--json-lines",
            f"--password-file={secret}",
        ]
        self._agent = self._stage.run(
            [sys.executable, "-m", "agent_desktop", "text", *words, f"--data={self._folder / 'desk'}"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._hears("welcome")
        self._does("ready")

    def _pipe(self, choose: Callable[[subprocess.Popen[str]], IO[str] | None]) -> IO[str]:
        pipe = choose(self._agent) if self._agent is not None else None
        if pipe is None:
            raise Missing("The agent is not there.")
        return pipe

    def _does(self, line: str) -> None:
        pipe = self._pipe(lambda agent: agent.stdin)
        pipe.write(f"{line}\n")
        pipe.flush()

    def _hears(self, kind: str, **fields: str) -> None:
        for line in self._pipe(lambda agent: agent.stdout):
            said = json.loads(line)
            if said["type"] == kind and all(said.get(key) == value for key, value in fields.items()):
                return
        raise Missing(f"The agent ended before {kind}.")

    async def _talk(self) -> None:
        async with connect(self._open_browser(), max_size=None) as socket:
            page = Page(socket)
            await page.call("Page.navigate", url=f"{self._ready['http']}/chat/demo")
            await page.until("!!document.querySelector('agent-desktop-chat')")
            await page.look("desktop", self._theme)
            await page.value(f"{CHAT}.querySelector('.launch').click()")
            await page.until(f"{CHAT}.querySelector('#status').textContent !== ''")
            await page.value(f"{CHAT}.querySelector('#name').value = 'Mira Olsen'")
            await page.say("The shade of my Fjord came with a crack. Can I have a new one?")
            self._hears("offer", media="chat")
            self._does("accept")
            await page.value(SEND_PICTURE)
            await page.until(f"{CHAT}.querySelectorAll('canvas').length === 1")
            self._does("say Oh no! I am sending a new shade today, at no cost. Is this still your address?")
            await page.until(f"/new shade today/.test({CHAT}.querySelector('.log').textContent)")
            await page.say("Yes, Fjordgate 1. Thank you!")
            for size in SIZES:
                await page.look(size, self._theme)
                await self._shot(page, f"chat-{size}")

    def _open_browser(self) -> str:
        program = (
            shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        )
        if program is None:
            raise Missing("Install Chromium first.")
        profile = self._folder / "profile"
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")
        self._stage.run([program, *flags, "--remote-debugging-port=0", f"--user-data-dir={profile}"])
        port = profile / "DevToolsActivePort"
        self._until("the browser", lambda: port.exists() and bool(port.read_text().strip()))
        at = f"http://127.0.0.1:{port.read_text().splitlines()[0]}/json"
        with urllib.request.urlopen(at, timeout=10) as answer:
            pages = json.load(answer)
        return next(str(one["webSocketDebuggerUrl"]) for one in pages if one["type"] == "page")

    async def _shot(self, page: Page, name: str) -> None:
        raw, file = self._folder / f"{name}.png", self._images / f"{name}-{self._theme}.png"
        raw.write_bytes(base64.b64decode((await page.call("Page.captureScreenshot", format="png"))["data"]))
        self._tool("convert", str(raw), "-dither", "None", "-colors", str(COLOURS), "-strip", f"png8:{file}")
        print(file)


if __name__ == "__main__":
    sys.exit(main(story=Chat))
