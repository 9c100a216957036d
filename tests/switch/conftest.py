"""A real switch in a process of its own, a router that is only a link, and real telephones."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from agent_desktop.domain.types import Instant
from agent_desktop.media import tones, wav
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm
from agent_desktop.wire.codec import SWITCH_LINK
from agent_desktop.wire.session import ClientSide
from agent_desktop.wire.switch import (
    AnySwitchCommand,
    AnySwitchEvent,
    Extension,
    HangUpCall,
    SetDirectory,
    SwitchReply,
    SwitchSnapshot,
)
from tests.interop.party import Party
from tests.peers.recordings import last_heard

from . import slot
from .slot import HOST, RTP_PORTS, SIP_PORT, port

ROOT = Path(__file__).resolve().parents[2]
KIT = ROOT / "tests" / "peers" / "kit"
REALM = "centre.test"
PASSWORD = "secret"

E = TypeVar("E")


def extension(number: str, password: str = PASSWORD) -> Extension:
    secret = f"{number}:{REALM}:{password}".encode()
    return Extension(
        extension=number,
        agent=f"agent-{number}",
        ha1=hashlib.md5(secret).hexdigest(),  # noqa: S324  digest authentication is MD5
        ha1_sha256=hashlib.sha256(secret).hexdigest(),
    )


async def until(what: Callable[[], Any], seconds: float = 25.0, *, why: str = "") -> Any:
    """Wait for a condition with a deadline; returns what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        await asyncio.sleep(0.02)
    pytest.fail(f"not within {seconds:g} s: {why or what}")


class SwitchProcess:
    """`agent-desktop switch` as its owner would start it."""

    def __init__(self, data: Path, *words: str, port: int = SIP_PORT) -> None:
        self.data = data
        self.port = port
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "agent_desktop", "switch", "--data", data, "--sip-port", str(port)),
                *("--first-rtp-port", str(RTP_PORTS[0]), "--last-rtp-port", str(RTP_PORTS[1]), *words),
            ],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def run_file(self) -> Path:
        return self.data / "run" / "switch.json"

    def where(self) -> tuple[int, str]:
        found = json.loads(self.run_file.read_text())
        return found["port"], found["token"]

    def wait_until_up(self) -> None:
        end = time.monotonic() + 40
        while not self.run_file.exists():
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < end, "the switch did not come up"
            time.sleep(0.02)

    def stop(self) -> str:
        """End it and give what it said on standard error."""
        self.process.terminate()
        try:
            return self.process.communicate(timeout=30)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise

    def log(self) -> list[dict[str, Any]]:
        path = self.data / "logs" / "switch.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class LinkRouter:
    """The router's end of the real link, and nothing else."""

    def __init__(self, where: tuple[int, str]) -> None:
        self._port, self._token = where
        self.side: ClientSide[AnySwitchCommand, AnySwitchEvent] = ClientSide(SWITCH_LINK, client="test")
        self.events: list[AnySwitchEvent] = []
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def attach(self) -> SwitchSnapshot | None:
        """Connect; gives the snapshot, None when the gap was replayed."""
        seen = len(self.events)
        self._socket = await connect(f"ws://{HOST}:{self._port}", compression=None)
        self.side.connected(self._token, Instant(time.monotonic()))
        self._reader = asyncio.create_task(self._read(self._socket))
        await self._flush()
        await until(lambda: self.side.live or self.side.refused, why="a welcome")
        assert self.side.refused is None, self.side.refused
        await asyncio.sleep(0.05)
        return next((e for e in self.events[seen:] if isinstance(e, SwitchSnapshot)), None)

    async def cut(self) -> None:
        """The link breaks without a goodbye."""
        assert self._socket is not None
        self._socket.transport.abort()
        await self.detach()

    async def detach(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        self.side.lost()
        self._socket = self._reader = None

    async def ask(self, command: AnySwitchCommand, *, request: str = "") -> SwitchReply:
        request = request or uuid.uuid4().hex
        seen = len(self.events)
        self.side.request(request, command)
        await self._flush()
        return await until(
            lambda: next(
                (e for e in self.events[seen:] if isinstance(e, SwitchReply) and e.request == request), None
            ),
            why=f"a reply to {command}",
        )

    async def do(self, command: AnySwitchCommand) -> None:
        """Ask, and be told yes."""
        reply = await self.ask(command)
        assert reply.ok, reply

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def event(
        self, kind: type[E], which: Callable[[E], bool] = lambda _: True, seconds: float = 25.0
    ) -> E:
        """The first event of this kind that fits, come already or to come."""
        found: E = await until(
            lambda: next((e for e in self.all(kind) if which(e)), None), seconds, why=f"{kind.__name__}"
        )
        return found

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for frame in socket:
                event = self.side.receive(frame, Instant(time.monotonic()))
                if event is not None:
                    self.events.append(event)
                for out in self.side.outgoing():
                    await socket.send(out, text=True)
        except ConnectionClosed:
            pass

    async def _flush(self) -> None:
        if self._socket is not None:
            for frame in self.side.outgoing():
                await self._socket.send(frame, text=True)


class Baresip:
    """A telephone that we did not write."""

    def __init__(self, folder: Path, name: str, ports: tuple[int, int], **settings: str) -> None:
        self.name = name
        self._folder = folder
        self._environment = os.environ | {
            "PEERS_RUN": str(folder),
            "PEERS_PASSWORD": PASSWORD,
            "BS_NAME": name,
            "BS_SIP_PORT": str(ports[0]),
            "BS_CTRL_PORT": str(ports[1]),
            "BS_RTP_PORT": str(port(0)),
            "BS_DOMAIN": f"{HOST}:{SIP_PORT}",
            **settings,
        }

    def start(self) -> None:
        started = subprocess.run(
            [KIT / "baresip" / "start.sh"],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert started.returncode == 0, started.stdout + started.stderr

    def ctl(self, *words: str) -> str:
        told = subprocess.run(
            [KIT / "baresip" / "ctl.py", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return told.stdout + told.stderr

    async def do(self, *words: str) -> str:
        return await asyncio.to_thread(self.ctl, *words)

    def stop(self) -> None:
        subprocess.run(
            [KIT / "baresip" / "stop.sh", self.name],
            env=self._environment,
            capture_output=True,
            timeout=20,
            check=True,
        )

    def log(self) -> str:
        return (self._folder / "baresip" / self.name / "log").read_text(errors="replace")

    async def heard(self) -> Pcm:
        """What it heard in its last call (after the call); the recording is forgotten then."""
        sound = await asyncio.to_thread(last_heard, self._folder, self.name)
        folder = self._folder / "baresip" / self.name / "rec"
        for old in folder.glob("*.wav"):
            old.unlink()
        return sound


def configured(process: SwitchProcess, directory: SetDirectory) -> SwitchProcess:
    """Wait until it is up and send it its directory."""
    process.wait_until_up()

    async def configure() -> None:
        link = LinkRouter(process.where())
        await link.attach()
        await link.do(directory)
        await link.detach()

    asyncio.run(configure())
    return process


def pieces(sound: Pcm, milliseconds: int = 100) -> list[Pcm]:
    size = SAMPLE_RATE_HZ * milliseconds // 1000
    return [sound[start : start + size] for start in range(0, len(sound) - size + 1, size)]


def loudest_at(sound: Pcm, hz: float) -> float:
    """The highest level of one tone in any 100 ms."""
    return max((tones.tone_dbfs(piece, hz) for piece in pieces(sound)), default=-120.0)


def seconds_of(sound: Pcm, hz: float, level_dbfs: float = -30.0) -> float:
    """For how long a tone is heard."""
    return 0.1 * sum(tones.tone_dbfs(piece, hz) > level_dbfs for piece in pieces(sound))


def longest_gap_ms(sound: Pcm, hz: float, level_dbfs: float = -30.0) -> int:
    """The longest pause in a tone between its first and its last sounding."""
    there = [tones.tone_dbfs(piece, hz) > level_dbfs for piece in pieces(sound, 10)]
    sounding = np.flatnonzero(there)
    assert len(sounding), f"{hz} Hz was never heard"
    return 10 * int(np.diff(sounding).max(initial=1) - 1)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A greeting of 1000 Hz and a music of 600 Hz."""
    folder = tmp_path_factory.mktemp("sounds")
    wav.write(folder / "greeting.wav", tones.sine(1000, 1.0, -14))
    wav.write(folder / "music.wav", tones.sine(600, 2.0, -14))
    return folder


@pytest.fixture(scope="module")
def directory(sounds: Path) -> SetDirectory:
    return SetDirectory(
        realm=REALM,
        extensions=tuple(extension(number) for number in ("201", "202", "203", "204")),
        numbers=("4000",),
        music=str(sounds / "music.wav"),
    )


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory, directory: SetDirectory) -> Iterator[SwitchProcess]:
    """A switch that has its directory; it serves all the tests of one file."""
    process = configured(SwitchProcess(tmp_path_factory.mktemp("switch")), directory)
    yield process
    assert "Traceback" not in process.stop()
    assert not [line for line in process.log() if line["level"] == "error"]


@pytest.fixture
async def router(switch: SwitchProcess) -> AsyncIterator[LinkRouter]:
    """A router that attaches to the switch, with no call up before and after."""
    link = LinkRouter(switch.where())
    snapshot = await link.attach()
    assert snapshot is not None
    assert not snapshot.calls
    yield link
    await link.detach()
    after = LinkRouter(switch.where())
    snapshot = await after.attach()
    assert snapshot is not None
    for call in snapshot.calls:
        await after.ask(HangUpCall(call=call.id))
    await after.detach()


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baresip]:
    folder = tmp_path_factory.mktemp("customer")
    phone = Baresip(folder, "customer", slot.CUSTOMER, BS_USER="5551234", BS_REGINT="0", BS_TONE_HZ="440")
    phone.start()
    yield phone
    phone.stop()


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory, switch: SwitchProcess) -> Iterator[Baresip]:
    """Extension 201, registered, answers by itself and says 700 Hz."""
    folder = tmp_path_factory.mktemp("agent")
    phone = Baresip(folder, "agent", slot.AGENT, BS_USER="201", BS_TONE_HZ="700")
    phone.start()
    yield phone
    phone.stop()


@pytest.fixture
async def parties() -> AsyncIterator[list[Party]]:
    """Whoever is here is sent home."""
    made: list[Party] = []
    yield made
    for party in made:
        await party.close()
