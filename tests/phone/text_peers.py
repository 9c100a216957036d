"""Telephones of others with text: liblinphone with real-time text, and what is read of them."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

from agent_desktop.media import t140
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Account, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.wire import phone as wire
from agent_desktop.wire.calls import CallText

from .conftest import HOST, KIT, until

PEER = KIT / "rtt-liblinphone" / "rtt_peer.py"


class Linphone:
    """One call of liblinphone, in a process of its own; it prints what it hears, letter by letter."""

    def __init__(self, sip_port: int, voice: Path) -> None:
        self.port, self._voice = sip_port, voice
        self.events: list[dict[str, Any]] = []
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self, *words: str, text_port: int, audio_port: int) -> None:
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"}
        self._process = await asyncio.create_subprocess_exec(
            *("/usr/bin/python3", str(PEER), "--sip-port", f"{self.port}"),
            *(
                "--text-port",
                f"{text_port}",
                "--audio-port",
                f"{audio_port}",
                "--play",
                str(self._voice),
                *words,
            ),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._reader = asyncio.create_task(self._read())
        await self.see("ready")

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.events.append({**json.loads(line), "at": time.time()})

    async def see(self, event: str, seconds: float = 15.0) -> dict[str, Any]:
        def find() -> dict[str, Any] | None:
            return next((e for e in self.events if e["event"] == event), None)

        found: dict[str, Any] = await until(find, seconds, why=lambda: self.events)
        return found

    @property
    def heard(self) -> str:
        """What it read, with the erasing done."""
        raw = "".join(event["char"] for event in self.events if event["event"] == "char")
        return t140.applied(raw.replace(t140.BYTE_ORDER_MARK, "").replace(t140.LINE_SEPARATOR, "\n"))

    def times(self, event: str) -> list[tuple[str, float]]:
        """When each sign was sent or came."""
        return [(e["char"], e["t"]) for e in self.events if e["event"] == event and e["char"] != "\ufeff"]

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        if self._reader is not None:
            await self._reader


class Reader:
    """The text of the call as a window puts it together."""

    def __init__(self, events: list[Any]) -> None:
        self._events = events

    @property
    def all(self) -> list[CallText]:
        return [event.text for event in self._events if isinstance(event, wire.CallTextChanged)]

    @property
    def last(self) -> CallText:
        return self.all[-1]

    def said(self, speaker: str) -> list[str]:
        lines = {line.number: line for text in self.all for line in text.lines}
        return [line.text for line in lines.values() if line.speaker == speaker and line.text]


async def register_for(user: str, port: int, server: str) -> SipTransport:
    """Tell a registrar where a telephone is that cannot do so itself; close what is returned at the end."""
    events: list[Any] = []
    transport = SipTransport(events.append)
    await transport.listen_udp(HOST, 0)
    there = Address("udp", HOST, int(server.rpartition(":")[2]))
    # Its Contact is the other telephone's address; the answer comes back to where it was asked from (rport).
    transport.start(UserAgent(Settings(local=(Address("udp", HOST, port),), user=user), SystemRandomness()))
    account = Account(user, server, there, "secret")
    transport.agent.register(account, transport.now())
    transport.flush()
    await until(lambda: any(isinstance(event, sip.Registered) for event in events), why=lambda: events)
    return transport
