"""The demo's data folder: configuration, record, users, passwords.  Made once, found again later."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_desktop import assets
from agent_desktop.demo import sample
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.types import Instant
from agent_desktop.errors import AgentDesktopError
from agent_desktop.server.auth import Auth
from agent_desktop.server.config import load_centre
from agent_desktop.server.storage.store import open_store

BASE_PORT = 17200
RTP_PORTS = 400
ROLES = {"admin": "admin", "supervisor": "supervisor"}


@dataclass(frozen=True, slots=True)
class Ports:
    """The demo's ports, all derived from the base port."""

    base: int

    @property
    def http(self) -> int:
        """Web pages and websockets."""
        return self.base

    @property
    def sip(self) -> int:
        """The switch, UDP and TCP."""
        return self.base + 1

    @property
    def smtp(self) -> int:
        """Mail to the centre."""
        return self.base + 2

    @property
    def outside_smtp(self) -> int:
        """The outside world's mail server: takes the replies."""
        return self.base + 3

    @property
    def rtp(self) -> tuple[int, int]:
        """First and last port for sound at the switch."""
        first = self.base + 100 + self.base % 2  # RTP takes even ports (RFC 3550, section 11)
        return first, first + RTP_PORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A prepared demo."""

    data: Path
    ports: Ports
    config: Path
    centre: Centre
    passwords: dict[str, str]

    @property
    def http(self) -> str:
        """The router's address."""
        return f"http://127.0.0.1:{self.ports.http}"

    def password_file(self, user: str) -> Path:
        """A file with a user's password, readable by this user alone."""
        path = self.data / "passwords" / user
        if not path.exists():
            _write_private(path, self.passwords[user] + "\n")
        return path

    def ready_line(self) -> dict[str, Any]:
        """The line that says everything is up (ARCHITECTURE.md, section 10)."""
        ivr, support, billing, messages = (n.number for n in self.centre.numbers)
        echo = self.centre.exchange.echo_number
        return {
            "ready": True,
            "http": self.http,
            "sip": f"127.0.0.1:{self.ports.sip}",
            "smtp": f"127.0.0.1:{self.ports.smtp}",
            "mailbox": self.centre.mailboxes[0].address,
            "chat": f"{self.http}/chat/demo",
            "users": [
                {
                    "user": entry.id,
                    "password": self.passwords[entry.id],
                    "role": ROLES.get(entry.role, "agent"),
                    "extension": entry.extension,
                }
                for entry in self.centre.agents.values()
            ],
            "numbers": {
                "ivr": ivr,
                "support": support,
                "billing": billing,
                "voicemail": messages,
                "echo": echo,
            },
            "data": str(self.data),
        }


async def prepare(data: Path, base_port: int) -> Demo:
    """Make the folder if it is new, and check that the ports are free."""
    demo = _folder(data, base_port)
    await _fill(demo)
    return demo


def _folder(data: Path, base_port: int) -> Demo:
    ports = Ports(base_port)
    _check_free(ports)
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AgentDesktopError(f"The data folder {data} cannot be made: {error.strerror}.") from error
    config = data / "centre.toml"
    config.write_text(_configuration(ports), encoding="utf-8")
    centre = load_centre(config)
    passwords = _passwords(data, centre)
    return Demo(data=data, ports=ports, config=config, centre=centre, passwords=passwords)


def _configuration(ports: Ports) -> str:
    """The sample firm's configuration, listening on the demo's ports and mailing to its outside world."""
    text = assets.resource("centre", "centre.toml").read_text(encoding="utf-8")
    first, last = ports.rtp
    server = {
        "http_port": ports.http,
        "smtp_port": ports.smtp,
        "sip_port": ports.sip,
        "rtp_first": first,
        "rtp_last": last,
    }
    for name, value in server.items():
        text, found = re.subn(rf"(?m)^{name} = \d+$", f"{name} = {value}", text, count=1)
        if not found:
            raise AgentDesktopError(f"The sample configuration has no {name}; install the program again.")
    outside = f'smtp_host = "127.0.0.1"\nsmtp_port = {ports.outside_smtp}\n'
    return re.sub(r"(?m)^(\[mailboxes\.\w+\]\n)", rf"\g<1>{outside}", text)


def _passwords(data: Path, centre: Centre) -> dict[str, str]:
    path = data / "passwords.json"
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = [entry for entry in centre.agents if entry not in kept]
    if missing:
        kept |= {entry: f"{entry}-{secrets.token_hex(4)}" for entry in missing}
        _write_private(path, json.dumps(kept, indent=1))
    return kept


async def _fill(demo: Demo) -> None:
    """Write users and the sample firm into an empty record."""
    store = open_store(demo.data / "record.db")
    try:
        auth = Auth(store)
        for entry in demo.centre.agents.values():
            if store.user(entry.id) is None:
                await auth.create_user(entry.id, demo.passwords[entry.id])
        await sample.write_sample(store, demo.centre, Instant(time.time()))
    finally:
        await store.close()


def _check_free(ports: Ports) -> None:
    for port, kind in (
        (ports.http, socket.SOCK_STREAM),
        (ports.sip, socket.SOCK_STREAM),
        (ports.sip, socket.SOCK_DGRAM),
        (ports.smtp, socket.SOCK_STREAM),
        (ports.outside_smtp, socket.SOCK_STREAM),
    ):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM and os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise AgentDesktopError(
                    f"Port {port} is in use by another program. "
                    "Start the demo with --base-port and another number."
                ) from error


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
