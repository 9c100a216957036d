"""`agent-desktop doctor`: looks at this computer and says, a line each, what works and what to mend.

A line starts with `good`, `note` (works, with something missing) or `bad` (will not work); a note and a
bad one end with the remedy.  The status is 1 when anything is bad.  Nothing is changed and nothing is
sent anywhere.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import keyring

from agent_desktop import settings
from agent_desktop.errors import ConfigError

GOOD: Literal["good"] = "good"
NOTE: Literal["note"] = "note"
BAD: Literal["bad"] = "bad"

PYTHON_FLOOR = (3, 11)
SQLITE_FLOOR = (3, 35, 0)  # RETURNING
ROOM_WANTED, ROOM_NEEDED = 2_000_000_000, 200_000_000  # bytes
DEMO_PORTS = 4  # HTTP, SIP, SMTP, and the mail server outside (demo/setup.py)

# What each extra brings, by import name; without the second half of the table its programs do not start.
PACKAGES = {
    "desktop": ("PySide6", "qasync"),
    "spelling": ("hunspell",),
    "phone": ("numpy", "sounddevice", "pyVoIP"),
    "server": ("aiohttp", "sqlalchemy", "alembic", "argon2", "imapclient", "aiosmtplib", "aiosmtpd", "nh3"),
}
# A sound system can hang; it must not take the doctor with it.  So it is asked in a process of its own.
_ASK_SOUND = """
import json, sounddevice
devices = sounddevice.query_devices()
count = lambda key: sum(1 for device in devices if device[key] > 0)
print(json.dumps([count("max_input_channels"), count("max_output_channels")]))
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: how it is, what was looked at, what was found, and what to do about it."""

    verdict: Literal["good", "note", "bad"]
    subject: str
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.verdict:<5} {self.subject}: {self.text}{f' -- {self.remedy}' if self.remedy else ''}"


def main(arguments: argparse.Namespace) -> int:
    """Do `agent-desktop doctor`."""
    findings = list(examine(arguments))
    for finding in findings:
        print(finding)
    return 1 if any(finding.verdict == BAD for finding in findings) else 0


def examine(arguments: argparse.Namespace) -> Iterator[Finding]:
    """Look at everything, one finding after the other."""
    data = settings.data_folder(arguments.data)
    yield python()
    for extra, names in PACKAGES.items():
        yield packages(extra, names)
    yield sqlite()
    yield disk(data)
    yield own_settings(arguments)
    yield from demo_ports(arguments.base_port) if arguments.base_port is not None else usual_ports()
    yield sound()
    yield passwords()
    yield screen()


def python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> Finding:
    """Check the version of Python."""
    text = ".".join(map(str, version))
    if version < PYTHON_FLOOR:
        return Finding(BAD, "Python", text, "install Python 3.11 or newer")
    return Finding(GOOD, "Python", text)


def packages(extra: str, names: tuple[str, ...]) -> Finding:
    """Check the packages of one extra."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        remedy = f"python -m pip install 'agent-desktop[{extra}]'"
        return Finding(NOTE, f"packages of {extra}", f"without {', '.join(missing)}", remedy)
    return Finding(GOOD, f"packages of {extra}", "all there")


def sqlite(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Finding:
    """Check the version of SQLite and its full-text search."""
    text = ".".join(map(str, version))
    if version < SQLITE_FLOOR:
        return Finding(BAD, "SQLite", text, "use a Python that brings SQLite 3.35 or newer")
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        except sqlite3.OperationalError:
            return Finding(
                BAD, "SQLite", f"{text} without full-text search", "use a Python whose SQLite has FTS5"
            )
    return Finding(GOOD, "SQLite", f"{text} with full-text search")


def disk(data: Path) -> Finding:
    """Check that the data folder can be written and has room."""
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return Finding(BAD, "disk", f"{there} cannot be written", "choose another folder with --data")
    free = shutil.disk_usage(there).free
    text = f"{free / 1e9:.1f} GB free for {data}"
    if free < ROOM_NEEDED:
        return Finding(BAD, "disk", text, "free some space, or choose another folder with --data")
    if free < ROOM_WANTED:
        return Finding(NOTE, "disk", text, "recordings and mail will fill it soon: free some space")
    return Finding(GOOD, "disk", text)


def own_settings(arguments: argparse.Namespace) -> Finding:
    """Check settings.toml and the environment."""
    try:
        path = settings.load(arguments).path
    except ConfigError as error:
        return Finding(BAD, "settings", str(error), "mend that line, or remove it")
    return Finding(GOOD, "settings", f"{path}" if path.exists() else "none of your own; the defaults hold")


def demo_ports(base: int) -> Iterator[Finding]:
    """Check that the ports of a demo are free."""
    subject = f"ports {base} to {base + DEMO_PORTS - 1}"
    taken = [port for port in range(base, base + DEMO_PORTS) if _taken(port)]
    if taken:
        text = f"in use: {', '.join(map(str, taken))}"
        yield Finding(BAD, subject, text, "choose another --base-port")
    else:
        yield Finding(GOOD, subject, "free")


def usual_ports() -> Iterator[Finding]:
    """Check the ports that a router and an exchange use unless they are told otherwise."""
    http = urlsplit(settings.SERVER_URL.default).port or 80
    for port, whose in ((http, "the router"), (settings.SWITCH_SIP_PORT.default, "the exchange")):
        if _taken(port):
            remedy = f"right if {whose} runs here already; else stop that program or configure another port"
            yield Finding(NOTE, f"port {port}", "in use", remedy)
        else:
            yield Finding(GOOD, f"port {port}", f"free for {whose}")


def sound(program: str = _ASK_SOUND, *, timeout_s: float = 15.0) -> Finding:
    """Check for a microphone and an earpiece, in a process of its own."""
    silent = "calls run with a silent device; plug in a headset, or give --audio-in and --audio-out"
    try:
        answer = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return Finding(BAD, "sound", "the sound system does not answer", "restart it, or the computer")
    if answer.returncode != 0:
        reason = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        if "PortAudio" in reason:
            return Finding(
                NOTE, "sound", "the library PortAudio is missing", "Debian: apt-get install libportaudio2"
            )
        return Finding(NOTE, "sound", f"cannot be asked ({reason})", silent)
    microphones, earpieces = json.loads(answer.stdout.splitlines()[-1])
    text = f"{microphones} to speak into, {earpieces} to hear with"
    if not (microphones and earpieces):
        return Finding(NOTE, "sound", text, silent)
    return Finding(GOOD, "sound", text)


def passwords(backend: Callable[[], object] = keyring.get_keyring) -> Finding:
    """Check that the system can keep a password."""
    name = f"{type(backend()).__module__}".removeprefix("keyring.backends.")
    if name in {"fail", "null"}:
        remedy = "the password is asked for at each sign-in; start a wallet (Secret Service) to keep it"
        return Finding(NOTE, "keyring", "none on this system", remedy)
    return Finding(GOOD, "keyring", name)


def screen(platform: str = sys.platform, environment: dict[str, str] | None = None) -> Finding:
    """Check that a window could open."""
    environment = dict(os.environ) if environment is None else environment
    if not platform.startswith("linux"):
        return Finding(GOOD, "screen", platform)
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return Finding(NOTE, "screen", "none", "use agent-desktop text, or sign in at a screen")
    try:
        ctypes.CDLL("libxcb-cursor.so.0")
    except OSError:
        return Finding(BAD, "screen", "Qt cannot open a window", "Debian: apt-get install libxcb-cursor0")
    return Finding(GOOD, "screen", environment.get("WAYLAND_DISPLAY") or environment.get("DISPLAY", ""))


def _taken(port: int) -> bool:
    """Say whether another program listens on the port of this computer, by TCP or UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM and os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return True
    return False
