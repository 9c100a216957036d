"""Whom an engine of the phone speaks with in the contract: real telephones, or a script.

A real world is Kamailio (registrar and record-routing proxy), baresip 1.0 (bob, a tone of 440 Hz, which
records what it hears) and SIPp with the kit's scenarios.  The simulated world is the engine's own script.
"""

from __future__ import annotations

import asyncio
import collections
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from agent_desktop.media import tones
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, SILENCE
from agent_desktop.phone import engine as border
from agent_desktop.phone.engine_simulated import UNREACHABLE, WRONG_PASSWORD, SimulatedEngine
from agent_desktop.phone.native import NativeEngine
from agent_desktop.phone.pyvoip_engine import PyVoipEngine
from agent_desktop.phone.sound import Listeners, Sound
from agent_desktop.wire.models import PhoneAccount
from tests.peers.recordings import last_heard

ROOT = Path(__file__).resolve().parents[2]
KIT = ROOT / "tests" / "peers" / "kit"
HOST = "127.0.0.1"
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0) % 4
PORT = 22_440 + 14 * WORKER
RTP_PORT = 61_500 + 100 * WORKER
SERVER = f"{HOST}:{PORT}"
VOICE_HZ, FAR_HZ = 600, 440
ENGINES: dict[str, Any] = {engine.name: engine for engine in (NativeEngine, PyVoipEngine, SimulatedEngine)}
REAL = ("native", "pyvoip")


async def until(what: Callable[[], Any], seconds: float = 25.0, *, why: Callable[[], object]) -> Any:
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"it never came: {why()}"
        await asyncio.sleep(0.02)
    return found


class Voice:
    """A microphone with a tone before it."""

    def __init__(self) -> None:
        self._tone = tones.Loop(tones.sine(VOICE_HZ, 1.0))

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...

    def read(self) -> np.ndarray:
        return self._tone.frame()


class Ear:
    """A speaker that keeps its last half second."""

    def __init__(self) -> None:
        self.frames: collections.deque[np.ndarray] = collections.deque([SILENCE] * 25, maxlen=25)

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...

    def write(self, frame: np.ndarray) -> None:
        self.frames.append(frame)

    def level(self, hz: float) -> float:
        """Of one frequency, in dB of full scale."""
        return tone_db(np.concatenate(list(self.frames)), hz, SAMPLE_RATE_HZ)


def tone_db(sound: np.ndarray, hz: float, rate_hz: int) -> float:
    turn = np.exp(-2j * np.pi * hz * np.arange(len(sound)) / rate_hz)
    amplitude = 2 * abs(np.mean(sound.astype(np.float64) * turn)) / 32767 if len(sound) else 0.0
    return float(20 * np.log10(max(amplitude, 1e-5)))


class Agent:
    """An engine with its sound, and everything it told."""

    def __init__(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        self.name = name
        self.news: list[Any] = []
        self.ear = Ear()

        def nobody(*_told: object) -> None:
            return None

        self.sound = Sound(
            lambda work: None if loop.is_closed() else loop.call_soon_threadsafe(work),
            Listeners(nobody, nobody, nobody),
        )
        self.sound.use(microphone=Voice(), speaker=self.ear)
        self.engine = ENGINES[name](self.sound, self.news.append)

    def declares(self, capability: str) -> bool:
        return capability in self.engine.capabilities

    async def see(self, kind: type, test: Callable[[Any], bool] = lambda _news: True, s: float = 15.0) -> Any:
        """The first news of that kind which was not taken yet."""

        def find() -> Any:
            return next((news for news in self.news if isinstance(news, kind) and test(news)), None)

        found = await until(find, s, why=lambda: self.news)
        self.news.remove(found)
        return found

    async def hears(self, hz: float, above_db: float = -30.0) -> None:
        await until(lambda: self.ear.level(hz) > above_db, why=lambda: self.ear.level(hz))

    async def hears_nothing(self, hz: float) -> None:
        await until(lambda: self.ear.level(hz) < -60, why=lambda: self.ear.level(hz))

    async def registered(self, account: PhoneAccount) -> None:
        await self.engine.use(account)
        await self.see(border.RegistrationNews, lambda news: news.state == "registered", 30.0)

    async def close(self) -> None:
        await self.engine.close()
        await asyncio.to_thread(self.sound.stop)


class Peers:
    """The processes of the real world; started once for all tests of a worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = iter(range(1, 1000))

    def start(self) -> None:
        self.run("kamailio/start.sh")
        self.run("baresip/start.sh")

    def stop(self) -> None:
        for script in ("sipp/stop.sh", "baresip/stop.sh", "kamailio/stop.sh"):
            self.run(script)

    def run(self, script: str, *arguments: str, **variables: str) -> str:
        environment = {
            **os.environ,
            "PEERS_RUN": str(self._folder),
            "KAM_PORT": f"{PORT}",
            "KAM_TLS_PORT": f"{PORT + 1}",
            "BS_DOMAIN": SERVER,
            "BS_SIP_PORT": f"{PORT + 2}",
            "BS_CTRL_PORT": f"{PORT + 4}",
            "BS_RTP_PORT": f"{RTP_PORT}",
            "SIPP_TARGET": SERVER,
            "SIPP_PORT": f"{PORT + 6}",
            "SIPP_REGISTER_PORT": f"{PORT + 7}",
            "SIPP_MEDIA_PORT": f"{PORT + 8}",
            **variables,
        }
        done = subprocess.run(
            [str(KIT / script), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def new_user(self, start: str = "agent") -> str:
        return f"{start}{os.getpid()}x{next(self._numbers)}"

    def recorded(self) -> np.ndarray:
        """What bob heard in his last call; it is written when the call ends."""
        return last_heard(self._folder, rate_hz=8000)

    def verdict(self, scenario: str) -> tuple[int, int]:
        """Calls of a SIPp callee that succeeded and that failed."""
        text = (self._folder / "sipp" / f"{scenario}.out").read_text("utf-8", "replace")
        good = re.findall(r"Successful call\s*\|\s*\d+\s*\|\s*(\d+)", text)
        bad = re.findall(r"Failed call\s*\|\s*\d+\s*\|\s*(\d+)", text)
        return (int(good[-1]), int(bad[-1])) if good else (0, 0)


class RealFar:
    """bob, and SIPp where somebody must refuse."""

    number = "bob"
    becomes = {503: 500}  # noqa: RUF012 - what a proxy makes of it (RFC 3261 section 16.7 step 6)

    def __init__(self, agent: Agent, peers: Peers) -> None:
        self._agent, self.peers = agent, peers
        self.user = peers.new_user()

    def account(self, **more: Any) -> PhoneAccount:
        return PhoneAccount(**{"extension": self.user, "server": SERVER, "password": "secret", **more})

    @property
    def wrong(self) -> PhoneAccount:
        return self.account(password="mistaken")

    @property
    def unreachable(self) -> PhoneAccount:
        return self.account(server=f"{HOST}:{PORT + 13}")

    async def run(self, script: str, *arguments: str, **variables: str) -> str:
        return await asyncio.to_thread(self.peers.run, script, *arguments, **variables)

    async def _control(self, *words: str) -> None:
        await self.run("baresip/ctl.py", *words)

    async def call(self) -> None:
        await self._control("dial", f"sip:{self.user}@{SERVER}")

    async def give_up(self, _call: str) -> None:
        await self._control("hangup")

    async def hang_up(self, _call: str) -> None:
        await self._control("hangup")

    async def hold(self, _call: str, *, on: bool) -> None:
        await self._control("hold" if on else "resume")

    async def press(self, _call: str, digits: str) -> None:
        for digit in digits:
            await self._control("sndcode", digit)
            await asyncio.sleep(0.3)

    async def refuses(self, status: int) -> str:
        """A number that refuses with a status."""
        if status == 404:
            return "nobody"
        await self.run("sipp/stop.sh")
        reason = {486: "Busy Here", 503: "Service Unavailable", 603: "Decline"}[status]
        await self.run(
            "sipp/start.sh", "uas_reject", SIPP_REGISTER="1", SIPP_CODE=f"{status}", SIPP_REASON=reason
        )
        return "sipp"

    async def rings(self) -> str:
        """A number that rings and is never picked up."""
        await self.run("sipp/stop.sh")
        await self.run("sipp/start.sh", "uas_cancel", SIPP_REGISTER="1")
        return "sipp"

    async def heard(self, _call: str, hz: float) -> float:
        """How loud a tone was at the far end, after the call."""
        return tone_db(await asyncio.to_thread(self.peers.recorded), hz, 8000)


class SimulatedFar:
    """The engine's own script."""

    number = "100"
    becomes: dict[int, int] = {}  # noqa: RUF012 - no proxy stands between

    def __init__(self, agent: Agent) -> None:
        self._engine = agent.engine
        self._sounds: dict[str, Any] = {}
        self._level = -96.0

    def account(self, **more: Any) -> PhoneAccount:
        return PhoneAccount(**{"extension": "201", "server": "demo.test", "password": "secret", **more})

    @property
    def wrong(self) -> PhoneAccount:
        return self.account(password=WRONG_PASSWORD)

    @property
    def unreachable(self) -> PhoneAccount:
        return self.account(server=UNREACHABLE)

    async def call(self) -> None:
        assert self._engine.call_in("bob", "", "")

    async def give_up(self, call: str) -> None:
        self._engine.give_up(call)

    async def hang_up(self, call: str) -> None:
        self._engine.hang_up_there(call)

    async def hold(self, call: str, *, on: bool) -> None:
        self._engine.hold_there(call, on=on)

    async def press(self, call: str, digits: str) -> None:
        for digit in digits:
            self._engine.press_there(call, digit)

    async def refuses(self, status: int) -> str:
        return f"{status}"

    async def rings(self) -> str:
        return "ringing"

    def keep(self, call: str) -> None:
        self._sounds[call] = self._engine.sound_of(call)

    async def heard(self, call: str, hz: float) -> float:
        return tone_db(np.concatenate(self._sounds[call].sent), hz, SAMPLE_RATE_HZ)
