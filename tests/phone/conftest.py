"""A phone in a process of its own, a front end that is only a link, and telephones of others."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent_desktop.errors import ProtocolError
from agent_desktop.links import runfile
from agent_desktop.links.client import LinkClient, Target
from agent_desktop.media import rtp, tones, wav
from agent_desktop.media.codecs import PCMA, PCMU
from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from agent_desktop.media.resampling import widened
from agent_desktop.media.rtp import RtpPacket
from agent_desktop.sip.accounts import Registrar, Settings
from agent_desktop.sip.address import LegId
from agent_desktop.sip.media import LocalMedia, audio
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.wire import phone as wire
from agent_desktop.wire.codec import PHONE_LINK
from agent_desktop.wire.models import PhoneAccount
from tests.sip.centre import run_kit

ROOT = Path(__file__).resolve().parents[2]
KIT = ROOT / "tests" / "peers" / "kit"
HOST = "127.0.0.1"


async def until(what: Callable[[], Any], seconds: float = 25.0, *, why: object = "") -> Any:
    """Wait for a condition with a deadline; returns what it gave."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < end, f"it never came: {why() if callable(why) else why}"
        await asyncio.sleep(0.02)


class FrontEnd:
    """What a window or the text mode does with the phone."""

    def __init__(self, run: runfile.RunFile) -> None:
        self.events: list[Any] = []

        async def target() -> Target:
            return Target(f"ws://127.0.0.1:{run.port}/", run.token)

        self.link = LinkClient(PHONE_LINK, name="test", target=target, on_event=self.events.append)

    async def attach(self) -> wire.PhoneSnapshot:
        self.link.start()
        return await self.see(wire.PhoneSnapshot)

    async def see(
        self, kind: type, test: Callable[[Any], bool] = lambda _event: True, seconds: float = 25.0
    ) -> Any:
        def find() -> Any:
            return next((e for e in self.events if isinstance(e, kind) and test(e)), None)

        return await until(
            find, seconds, why=lambda: [e for e in self.events if not isinstance(e, wire.LevelsMeasured)]
        )

    async def ask(self, command: Any) -> wire.PhoneReply:
        request = self.link.request(command)
        return await self.see(wire.PhoneReply, lambda reply: reply.request == request)

    async def call(self, state: str, seconds: float = 25.0) -> wire.PhoneCall:
        found = await self.see(wire.PhoneCallChanged, lambda e: e.call.state == state, seconds)
        return found.call

    async def register(self, server: str, extension: str = "201", **more: str) -> None:
        account = PhoneAccount(extension=extension, server=server, password="secret", **more)
        assert (await self.ask(wire.SetAccount(account=account))).ok
        await self.see(wire.RegistrationChanged, lambda e: e.registration.state == "registered")


class PhoneUnderTest:
    """The real process with a tone for a voice and a file for an ear."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.ear = data / "ear.wav"
        voice = data / "voice.wav"
        data.mkdir(parents=True, exist_ok=True)
        wav.write(voice, tones.sine(600, 2.0))
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "agent_desktop", "phone", "--data", str(data)),
                *("--audio-in", str(voice), "--audio-out", str(self.ear)),
            ],
            env=environment,
            cwd=data,
        )
        self.front_ends: list[FrontEnd] = []

    async def up(self) -> runfile.RunFile:
        def running() -> runfile.RunFile | None:
            run = runfile.read(self.data, "phone")
            return run if run and run.pid == self.process.pid else None

        return await until(running, 30)

    async def front_end(self) -> FrontEnd:
        """Attach one more."""
        front = FrontEnd(await self.up())
        self.front_ends.append(front)
        await front.attach()
        return front

    async def stop(self) -> None:
        for front in self.front_ends:
            await front.link.stop()
        if self.process.poll() is None:
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self.process.wait, 5)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def heard(self, last_s: float = 1.0) -> np.ndarray:
        """The last part of what the agent heard."""
        return wav.read(self.ear)[-int(last_s * SAMPLE_RATE_HZ) :]


def free_port() -> int:
    """A port that nobody has, neither for UDP nor for TCP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(type=socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind((HOST, 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return int(tcp.getsockname()[1])


class Exchange:
    """A telephone server of our own stack: it registers phones, calls them and hears what they send."""

    def __init__(self, host: str = HOST) -> None:
        self.host = host
        self.events: list[Any] = []
        self.transport = SipTransport(self.events.append)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.ears: socket.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.ears.bind((host, 0))
        self.ears.setblocking(False)
        self.packets: list[tuple[float, RtpPacket]] = []
        self._speaker = ("", 0)
        self._tone: asyncio.Task[None] | None = None
        asyncio.get_running_loop().add_reader(self.ears, self._hear)

    async def open(self, port: int = 0, **settings: Any) -> str:
        udp = await self.transport.listen_udp(self.host, port or free_port())
        tcp = await self.transport.listen_tcp(self.host, udp.port)
        registrar = Registrar("centre.test", {"201": "secret"}.get)
        self.transport.start(
            UserAgent(Settings(local=(udp, tcp), registrar=registrar, **settings), SystemRandomness())
        )
        return f"[{self.host}]:{udp.port}" if ":" in self.host else f"{self.host}:{udp.port}"

    @property
    def agent(self) -> UserAgent:
        return self.transport.agent

    @property
    def media(self) -> LocalMedia:
        return audio(self.host, self.ears.getsockname()[1])

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError, ProtocolError):
            while True:
                data = self.ears.recv(2048)
                self.packets.append((time.monotonic(), rtp.parse(data)))

    async def call(self, interaction: str = "", media: LocalMedia | None = None) -> LegId:
        """Call the phone that is registered."""
        binding = await until(lambda: self.agent.bindings("201", self.transport.now()))
        headers = (("X-Interaction", interaction),) if interaction else ()
        leg = self.agent.invite(
            binding[0].contact,
            media or self.media,
            self.transport.now(),
            caller=NameAddr(Uri("sip", "+4930123", "centre.test"), "Grace Hopper"),
            headers=headers,
            destination=binding[0].source,
        )
        self.transport.flush()
        return leg

    async def see(self, kind: type, test: Callable[[Any], bool] = lambda _event: True) -> Any:
        def find() -> Any:
            return next((e for e in self.events if isinstance(e, kind) and test(e)), None)

        return await until(find, why=lambda: self.events)

    def voice(self, last_s: float = 1.0) -> np.ndarray:
        """What the phone sent in the last while, as sound."""
        since = time.monotonic() - last_s
        said = [p for at, p in self.packets if at >= since and p.payload_type in {0, 8} and p.payload]
        pieces = [(PCMA if p.payload_type else PCMU).decode(p.payload) for p in said]
        return widened(np.concatenate(pieces)) if pieces else np.zeros(1, dtype=np.int16)

    def speak(self, host: str, port: int, hz: float) -> None:
        """Send a tone there from now on, 20 ms at a time."""
        self._speaker = (host, port)
        if self._tone is None:
            self._tone = asyncio.get_running_loop().create_task(self._say(hz))

    async def _say(self, hz: float) -> None:
        sound, loop = tones.sine(hz, 1.0, rate_hz=8000), asyncio.get_running_loop()
        start = loop.time()
        for number in itertools.count():
            data = PCMU.encode(sound[number % 50 * 160 :][:160])
            packet = RtpPacket(
                payload_type=0, sequence=number & 0xFFFF, timestamp=number * 160, ssrc=77, payload=data
            )
            self.ears.sendto(packet.encode(), self._speaker)
            await asyncio.sleep(max(0.0, start + (number + 1) * 0.02 - loop.time()))

    async def close(self) -> None:
        if self._tone is not None:
            self._tone.cancel()
            await asyncio.gather(self._tone, return_exceptions=True)
        asyncio.get_running_loop().remove_reader(self.ears)
        self.ears.close()
        await self.transport.close()


@pytest.fixture
async def exchange():
    made = Exchange()
    yield made
    await made.close()


@pytest.fixture
async def new_exchange():
    """Another exchange at a port: the one before it has died."""
    made: list[Exchange] = []

    async def make(port: int) -> Exchange:
        made.append(Exchange())
        await made[-1].open(port)
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest.fixture
async def phone(tmp_path):
    made = PhoneUnderTest(tmp_path / "agent")
    yield made
    await made.stop()


@pytest.fixture
def new_front_end() -> type[FrontEnd]:
    return FrontEnd


@pytest.fixture
def eventually() -> Callable[..., Any]:
    return until


@pytest.fixture
async def kit(tmp_path):
    """Run a script of the kit; stop what it left behind."""
    async for run in run_kit(tmp_path):
        yield run
