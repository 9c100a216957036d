"""Makes the pictures of the guides from the running program: `.venv/bin/python installer/screenshots.py`.

It starts the demo, a virtual screen and the real window, and plays one small story from outside: a mail
over SMTP, a chat over the websocket, a telephone call from baresip.  The window is worked as a person
would, by keys (xdotool); what the record says tells when the next step may come.  Once in light and once
in dark; the files go to resources/docs/images/.

Needs: xvfb, openbox, xdotool, ImageMagick (import, convert), baresip, espeak-ng.  Everything started
here is stopped here.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import smtplib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "resources" / "docs" / "images"
NEEDED = ("Xvfb", "openbox", "xdotool", "import", "convert", "baresip", "espeak-ng")
WIDTH, HEIGHT, COLOURS, MOST_BYTES = 1440, 900, 255, 250_000
PATIENCE_S = 30.0

TWICE = """Good morning,

invoice 2231 was charged twice on Monday, once on my card and once on my account.
Could you please refund one of them?

Thank you,
Priya Kulkarni"""
BULB = """Guten Tag,

welche Fassung hat die Lampe „Nour“? Ich brauche eine Ersatzbirne.

Lena Brandt"""
MOVE = """Hi,

I move on the 1st. Can you send order 48117 to the new address?

Tom Meyer"""
MAILS = (
    ("Priya Kulkarni", "priya.k@example.org", "Invoice 2231 charged twice", TWICE),
    ("Lena Brandt", "lena.brandt@example.com", "Glühbirne für die Lampe „Nour“", BULB),
    ("Tom Meyer", "tom.meyer@example.net", "Change of address", MOVE),
)
REPLY = (
    "Good morning Priya,\n\nI see both bookings of Monday, and I have refunded the second one. "
    "It takes up to five working days until it shows on your account.\n\nKind regards,\nMateo Ruiz"
)
SPOKEN = "Hello, this is Amina Yusuf. My parcel shows delivered, but nothing arrived. The order is 4 8 2 1 3."
CALLER = "+212522000147"

# No frame around the window: the picture shows the window itself.
OPENBOX = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <theme><keepBorder>no</keepBorder></theme>
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <applications><application class="*"><decor>no</decor></application></applications>
</openbox_config>
"""
BARESIP = """sip_listen 127.0.0.1:{sip}
net_interface 127.0.0.1
call_local_timeout 120
audio_source aufile,{folder}/voice.wav
audio_player aubridge,outside
audio_alert aubridge,alert
ausrc_format s16
auplay_format s16
rtp_ports {rtp}-{last}
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module uuid.so
module_app account.so
module_app menu.so
module_app contact.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


class Missing(Exception):  # noqa: N818 - it ends the program; its text says what to do
    """The story cannot be played."""


def main(words: list[str] | None = None, story: type[Story] | None = None) -> int:
    """Play a story in each theme."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base-port", type=int, default=22400, help="first of 700 free ports")
    parser.add_argument("--theme", choices=("light", "dark"), action="append", help="only this one")
    parser.add_argument("--images", type=Path, default=IMAGES, help="the folder for the pictures")
    options = parser.parse_args(words)
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if lacking:
        print(f"screenshots: install first: {', '.join(lacking)}", file=sys.stderr)
        return 1
    options.images.mkdir(parents=True, exist_ok=True)
    for theme in options.theme or ("light", "dark"):
        with tempfile.TemporaryDirectory(prefix="agent-desktop-pictures-") as folder, _stage() as stage:
            try:
                (story or Story)(stage, Path(folder), options.base_port, theme, options.images).play()
            except Missing as error:
                print(f"screenshots: {error}", file=sys.stderr)
                return 1
    return 0


@dataclass(slots=True)
class Stage:
    """What the story runs on: processes that end with it."""

    processes: list[subprocess.Popen[Any]] = field(default_factory=list)

    def run(self, command: list[str], **options: Any) -> subprocess.Popen[Any]:
        """Start a program."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        process = subprocess.Popen(command, **options)
        self.processes.append(process)
        return process

    def end(self) -> None:
        """Stop everything, the newest first."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.contextmanager
def _stage() -> Iterator[Stage]:
    stage = Stage()
    try:
        yield stage
    finally:
        stage.end()


class Story:
    """One theme, from the sign-in to the sent mail."""

    SILENT = ("--audio-in=silent", "--audio-out=silent")

    def __init__(self, stage: Stage, folder: Path, base_port: int, theme: str, images: Path) -> None:
        self._stage, self._folder, self._base, self._theme, self._images = (
            stage, folder, base_port, theme, images,
        )  # fmt: skip
        self._display = ""
        self._ready: dict[str, Any] = {}

    def play(self) -> None:
        """Play it."""
        self._open_screen()
        self._open_demo()
        self._sign_in()
        self._key("ctrl+shift+r")
        self._mail(*MAILS[0])
        self._answer("email")
        self._write(REPLY)
        self._picture("email")
        self._mail(*MAILS[1])
        self._answer("email")
        self._call()
        self._until("the offer of the call", lambda: self._states("voice") == {"offered"})
        time.sleep(0.8)
        self._picture("ringing")
        self._answer("voice")
        self._mail(*MAILS[2])
        self._stage.run([sys.executable, __file__, "--visitor", self._ready["http"]])
        time.sleep(8)
        self._picture("script")
        self._key("ctrl+2")
        self._picture("inbox")
        self._key("ctrl+shift+End")
        self._until("the end of the call", lambda: self._states("voice") == {"wrap_up"})
        time.sleep(1)
        self._key("ctrl+5")
        self._key("1")
        self._picture("wrapup")

    def _open_screen(self) -> None:
        reader, writer = os.pipe()
        screen = [f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp", "-displayfd", str(writer)]
        self._stage.run(["Xvfb", "-screen", "0", *screen], pass_fds=(writer,))
        os.close(writer)
        with os.fdopen(reader) as answer:
            self._display = f":{answer.readline().strip()}"
        if self._display == ":":
            raise Missing("Xvfb did not start.")
        settings = self._folder / "openbox.xml"
        settings.write_text(OPENBOX, "utf-8")
        self._stage.run(["openbox", "--config-file", str(settings)], env=self._environment())
        self._tool("xdotool", "mousemove", str(WIDTH - 1), str(HEIGHT - 1))

    def _environment(self) -> dict[str, str]:
        settings = {
            "DISPLAY": self._display,
            "AGENT_DESKTOP_LOOK_THEME": self._theme,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        return {**os.environ, **settings}

    def _open_demo(self) -> None:
        words = ["demo", "--headless", "--no-customers", f"--data={self._folder / 'demo'}"]
        demo = self._stage.run(
            [sys.executable, "-m", "agent_desktop", *words, f"--base-port={self._base}"],
            stdout=subprocess.PIPE,
            stderr=None,
            cwd=ROOT,
            text=True,
        )
        line = demo.stdout.readline() if demo.stdout is not None else ""
        if not line:
            raise Missing("The demo did not start; what it said stands above.")
        self._ready = json.loads(line)

    def _sign_in(self) -> None:
        words = [f"--server={self._ready['http']}", "--user=mateo", f"--data={self._folder / 'desk'}"]
        log = (self._folder / "window.log").open("w")
        self._stage.run(
            [sys.executable, "-m", "agent_desktop", *words, *self.SILENT],
            env=self._environment(), cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._until("the window", lambda: bool(self._windows()))
        time.sleep(3)
        self._picture("signin")
        password = next(user["password"] for user in self._ready["users"] if user["user"] == "mateo")
        self._tool("xdotool", "type", "--delay", "20", password)
        self._key("Return")
        time.sleep(5)  # the telephone registers

    def _windows(self) -> list[str]:
        return self._tool("xdotool", "search", "--onlyvisible", "--class", "agent-desktop").split()

    def _answer(self, medium: str) -> None:
        self._until(f"an offer ({medium})", lambda: "offered" in self._states(medium))
        time.sleep(0.4)
        self._key("F2")
        self._until(f"the {medium}", lambda: "offered" not in self._states(medium))
        time.sleep(1.2)

    def _mail(self, name: str, address: str, subject: str, text: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"] = f"{name} <{address}>", self._ready["mailbox"]
        mail["Subject"] = subject
        mail.set_content(text)
        host, _, port = self._ready["smtp"].partition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as server:
            server.send_message(mail)

    def _write(self, text: str) -> None:
        """Write into the composer, at the foot of the conversation."""
        self._click(WIDTH // 2, HEIGHT - 100)
        for line in text.split("\n"):
            self._tool("xdotool", "type", "--delay", "8", line)
            self._key("shift+Return")
        time.sleep(1.5)

    def _call(self) -> None:
        """Let baresip call the menu and press 2 (orders) and 1 (delivery)."""
        folder = self._folder / "baresip"
        folder.mkdir()
        speak = ["espeak-ng", "-s", "150", "-w", str(folder / "said.wav"), SPOKEN]
        subprocess.run(speak, check=True)
        wide, narrow = str(folder / "said.wav"), str(folder / "voice.wav")
        shutil.copy(wide, narrow) if shutil.which("sox") is None else subprocess.run(
            ["sox", wide, "-r", "8000", "-c", "1", narrow, "pad", "0", "170"], check=True
        )
        modules = next(Path("/usr/lib").glob("**/baresip/modules"))
        ports = {"sip": self._base + 602, "control": self._base + 604, "rtp": self._base + 610}
        config = BARESIP.format(folder=folder, modules=modules, last=ports["rtp"] + 40, **ports)
        (folder / "config").write_text(config, "utf-8")
        account = f"Amina Yusuf <sip:{CALLER}@127.0.0.1>;regint=0;audio_codecs=PCMA/8000/1\n"
        (folder / "accounts").write_text(account, "utf-8")
        (folder / "contacts").write_text("", "utf-8")
        log = (folder / "log").open("w")
        self._stage.run(["baresip", "-f", str(folder)], stdout=log, stderr=subprocess.STDOUT)
        control = ports["control"]
        self._until("baresip", lambda: _told(control, "reginfo"))
        _told(control, "dial", f"sip:{self._ready['numbers']['ivr']}@{self._ready['sip']}")
        self._until("the call", lambda: bool(self._states("voice")))
        time.sleep(3)
        for key in "21":
            _told(control, "sndcode", key)
            time.sleep(2)

    def _states(self, medium: str) -> set[str]:
        """States of the live interactions of a medium, as the record has them."""
        record = f"file:{self._folder / 'demo' / 'record.db'}?mode=ro"
        with contextlib.closing(sqlite3.connect(record, uri=True)) as reader:
            rows = reader.execute("select state, body from interactions where live = 1").fetchall()
        return {state for state, body in rows if json.loads(body).get("medium") == medium}

    def _until(self, what: str, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > deadline:
                self._picture("failed")
                raise Missing(f"{what} did not come within {PATIENCE_S:.0f} s; see failed-{self._theme}.png")
            time.sleep(0.1)

    def _key(self, key: str) -> None:
        self._tool("xdotool", "key", key)
        time.sleep(0.7)

    def _click(self, x: int, y: int) -> None:
        self._tool("xdotool", "mousemove", str(x), str(y), "click", "1")
        self._tool("xdotool", "mousemove", str(WIDTH - 1), str(HEIGHT - 1))
        time.sleep(0.5)

    def _tool(self, *command: str) -> str:
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        return done.stdout

    def _picture(self, name: str) -> None:
        """Photograph the screen; as few colours as keep the file small."""
        raw, file = self._folder / f"{name}.png", self._images / f"{name}-{self._theme}.png"
        self._tool("import", "-window", "root", str(raw))
        self._tool("convert", str(raw), "-dither", "None", "-colors", str(COLOURS), "-strip", f"png8:{file}")
        if file.stat().st_size > MOST_BYTES:
            print(f"screenshots: {file.name} is large: {file.stat().st_size} bytes", file=sys.stderr)
        print(file)


def _told(port: int, command: str, words: str = "") -> bool:
    """Give baresip an order (ctrl_tcp: JSON in netstrings) and wait for its answer."""
    body = json.dumps({"command": command, "params": words, "token": "1"}).encode()
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as line:
            line.sendall(b"%d:%s," % (len(body), body))
            return bool(line.recv(65536))
    except OSError:
        return False


async def _visit(http: str) -> None:
    """Be a visitor of the shop who asks one thing and waits."""
    address = http.replace("http", "ws", 1) + "/ws/chat?site=demo"
    async with connect(address, origin=http) as socket:  # type: ignore[arg-type]  # a plain string is an origin
        await socket.send(json.dumps({"type": "hello", "v": 1, "name": "Jordan Diaz", "open": True}))
        said = {"type": "say", "client": "pictures-0001-0001", "text": "Hi! Is the blue lamp back in stock?"}
        await socket.send(json.dumps(said))
        async for _frame in socket:
            pass


if __name__ == "__main__":
    if sys.argv[1:2] == ["--visitor"]:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_visit(sys.argv[2]))
        sys.exit(0)
    sys.exit(main())
