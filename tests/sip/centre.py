"""A small server of our own on real sockets, and the programs that we did not write around it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from agent_desktop.sip.accounts import Registrar, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.events import CallArrived, Event
from agent_desktop.sip.media import LocalMedia, audio
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness

KIT = Path(__file__).parent.parent / "peers" / "kit"
HOST = "127.0.0.1"
MEDIA: LocalMedia = audio(HOST, 21190)
Run = Callable[..., Awaitable[str]]
USERS = dict.fromkeys(("alice", "bob", "sipp", "dave", "erin"), "secret")


class Centre:
    """A small server of our own: it registers, rings, answers and remembers what happened."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.waiting: list[tuple[Callable[[Event], bool], asyncio.Future[Event]]] = []
        self.on_call: Callable[[CallArrived], None] = self.answer
        self.transport = SipTransport(self._on_event)
        self.heard: list[bytes] = []
        take_in = self.transport.received

        def received(data: bytes, source: Address) -> None:
            self.heard.append(data)
            take_in(data, source)

        self.transport.received = received

    async def open(self, port: int, *, realm: str = HOST, **settings: object) -> UserAgent:
        udp = await self.transport.listen_udp(HOST, port)
        tcp = await self.transport.listen_tcp(HOST, port)
        registrar = Registrar(realm, USERS.get)
        said = Settings(local=(udp, tcp), registrar=registrar, **settings)  # type: ignore[arg-type]  # test shorthand
        self.transport.start(UserAgent(said, SystemRandomness()))
        return self.agent

    @property
    def agent(self) -> UserAgent:
        return self.transport.agent

    @property
    def now(self) -> float:
        return self.transport.now()

    def _on_event(self, event: Event) -> None:
        self.events.append(event)
        for wanted, future in tuple(self.waiting):
            if not future.done() and wanted(event):
                future.set_result(event)
        if isinstance(event, CallArrived):
            self.on_call(event)

    def answer(self, event: CallArrived) -> None:
        self.agent.ring(event.leg, self.now)
        self.agent.answer(event.leg, MEDIA, self.now)

    async def hear(self, *parts: bytes) -> None:
        """Wait for a message on the wire that holds all the parts."""
        until = self.now + 25
        while not any(all(part in data for part in parts) for data in self.heard):
            assert self.now < until, self.heard
            await asyncio.sleep(0.02)

    async def see(
        self, kind: type, test: Callable[[Event], bool] = lambda _event: True, within: float = 25.0
    ):
        """The first event of a kind, also one that is past."""
        for event in self.events:
            if isinstance(event, kind) and test(event):
                return event
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self.waiting.append((lambda event: isinstance(event, kind) and test(event), future))
        self.transport.flush()
        try:
            return await asyncio.wait_for(future, within)
        except TimeoutError:
            raise AssertionError(f"{kind.__name__} never came: {self.events}") from None


async def run_kit(run_folder: Path) -> AsyncIterator[Run]:
    """Run a script of the kit; stop what it left behind."""
    stops: list[tuple[str, dict[str, str]]] = []

    async def run(script: str, *arguments: str, stop: str = "", **variables: str) -> str:
        environment = {**os.environ, "PEERS_RUN": str(run_folder), **variables}
        process = await asyncio.create_subprocess_exec(
            str(KIT / script),
            *arguments,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        if stop:
            stops.append((stop, environment))
        try:
            out, _ = await asyncio.wait_for(process.communicate(), 60)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, out.decode("utf-8", "replace")
        return out.decode("utf-8", "replace")

    yield run
    for stop, environment in reversed(stops):
        process = await asyncio.create_subprocess_exec(
            str(KIT / stop),
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await process.wait()
