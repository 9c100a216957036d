"""The whole router on a port, with a fake exchange, and a program that talks to it over a real websocket."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from agent_desktop.domain.types import AgentId, ChannelId, Instant, MediumId
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.ports.storage import Changes, Session, User
from agent_desktop.server.router import Doors, Router
from agent_desktop.server.storage.store import SqliteStore, open_store
from agent_desktop.wire import commands, events
from agent_desktop.wire.codec import AGENT_LINK, Hello, Welcome, encode_body
from agent_desktop.wire.replica import Replica, apply, from_snapshot
from agent_desktop.wire.session import ClientSide
from tests.server.floor import ANA, BEN, SUE, CountingIds, FakeChannel, FakeExchange, ManualClock, centre

PATIENCE_S = 30.0
_requests = itertools.count(1)


class Door:
    """A running router; agents have tokens without passwords."""

    def __init__(self, path: Path, port: int = 0) -> None:
        self.clock = ManualClock()
        self.store: SqliteStore = open_store(path)
        self.exchange = FakeExchange()
        self.mail = FakeChannel(ChannelId("help"), MediumId("email"))
        self.router = Router(
            store=self.store,
            centre=centre(),
            doors=Doors(http_port=port),
            exchange=self.exchange,
            channels=(self.mail,),
            clock=self.clock,
            ids=CountingIds(),
            recordings=path.parent / "recordings",
        )
        self.programs: list[Program] = []
        self.http: aiohttp.ClientSession | None = None

    async def open(self) -> Door:
        for agent in (ANA, BEN, SUE):
            await self.store.commit(
                Changes(
                    users={agent: User(id=agent, password_hash="none", sip_secret="")},
                    sessions={_hash(token_of(agent)): self._session(agent)},
                )
            )
        await self.router.start()
        self.http = aiohttp.ClientSession(f"http://127.0.0.1:{self.router.port}")
        return self

    def _session(self, agent: AgentId) -> Session:
        now = self.clock.now()
        return Session(
            token_hash=_hash(token_of(agent)),
            agent=agent,
            client="test",
            created_at=now,
            expires_at=Instant(now + 86_400),
        )

    async def close(self) -> None:
        for program in self.programs:
            await program.drop()
        if self.http is not None:
            await self.http.close()
        await self.router.stop()

    async def socket(self, **headers: str) -> aiohttp.ClientWebSocketResponse:
        assert self.http is not None
        return await self.http.ws_connect("/ws/agent", headers=headers, max_msg_size=0, autoping=False)

    async def program(self, agent: AgentId, token: str = "") -> Program:
        made = Program(self, agent, token or token_of(agent))
        self.programs.append(made)
        await made.connect()
        return made

    async def mail_in(self, number: int, text: str = "Where is my lamp?") -> None:
        await self.router.intake.message_arrived(
            IncomingMessage(
                channel=ChannelId("help"),
                medium=MediumId("email"),
                external_id=f"<{number}@out>",
                address_kind="email",
                from_address="amina@example.com",
                subject="A lamp",
                text=text,
            )
        )

    def online(self, agent: AgentId) -> bool:
        return self.router.board.receiver(agent).online


@dataclass
class Program:
    """An agent's program: the wire's own client side, a replica, and a socket that can be lost."""

    door: Door
    agent: AgentId
    token: str
    side: ClientSide[commands.AnyCommand, events.AnyEvent] = field(
        default_factory=lambda: ClientSide(AGENT_LINK, client="test")
    )
    replica: Replica = field(default_factory=Replica)
    replies: dict[str, list[events.Reply]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # who took work from this agent, as often as it was told
    welcome: Welcome | None = None
    code: int | None = None
    socket: aiohttp.ClientWebSocketResponse | None = None

    async def connect(self, frames: int | None = None) -> None:
        """Connect and say hello; read until live and caught up, or only so many frames."""
        self.socket = await self.door.socket()
        self.code, self.welcome = None, None
        self.side.connected(self.token, Instant(0.0))
        await self.flush()
        if frames is not None:
            for _ in range(frames):
                await self.read()
            return
        await self.until(lambda: self.side.live or self.side.refused is not None or self.code is not None)
        await self.catch_up()

    async def flush(self) -> None:
        assert self.socket is not None
        for frame in self.side.outgoing():
            if not self.socket.closed:
                await self.socket.send_str(frame.decode())

    async def read(self) -> bool:
        """Take one frame; False when the connection is over."""
        assert self.socket is not None
        message = await asyncio.wait_for(self.socket.receive(), PATIENCE_S)
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            closed = message.type is aiohttp.WSMsgType.CLOSE
            self.code = int(message.data) if closed else self.socket.close_code
            self.side.lost()
            return False
        _, body = AGENT_LINK.decode(message.data)
        if isinstance(body, Welcome):
            self.welcome = body
        event = self.side.receive(message.data, Instant(0.0))
        if event is not None:
            self.replica = apply(self.replica, event)
            if isinstance(event, events.Reply):
                self.replies.setdefault(event.request, []).append(event)
            if isinstance(event, events.TakenOver):
                self.taken.append(event.name)
            if isinstance(event, events.Snapshot):
                self.taken += [word.name for word in event.taken]
            if isinstance(event, events.CentreChanged):
                self.names.append(event.centre.name.strip())
        await self.flush()
        return True

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            if not await self.read():
                return

    async def catch_up(self) -> None:
        """Read what the stream has."""
        stream = self.door.router.board.receiver(self.agent).stream
        await self.until(lambda: not self.side.live or self.side.last_seq >= stream.seq)

    async def send(self, command: commands.AnyCommand, request: str = "") -> str:
        request = request or f"request-{next(_requests)}"
        self.side.request(request, command)
        await self.flush()
        return request

    async def ask(self, command: commands.AnyCommand, request: str = "") -> events.Reply:
        request = await self.send(command, request)
        await self.until(lambda: request in self.replies)
        return self.replies[request][-1]

    async def drop(self) -> None:
        """The connection is lost without a word."""
        if self.socket is not None:
            transport = self.socket._response.connection and self.socket._response.connection.transport
            if transport:
                transport.abort()
            await self.socket.close()
        self.socket = None
        self.side.lost()

    async def differences(self) -> list[str]:
        """Which tables differ from a fresh snapshot."""
        board = self.door.router.board
        await self.door.router.hub.run(lambda _step: None)
        board.tell_queues()
        await self.catch_up()
        fresh = from_snapshot(board.snapshot(self.agent))
        return [
            f"{name}: {getattr(self.replica, name)} != {getattr(fresh, name)}"
            for name in Replica.__slots__
            if getattr(self.replica, name) != getattr(fresh, name)
        ]


def token_of(agent: AgentId) -> str:
    return f"token-of-{agent}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.005)


def framed(body: bytes) -> str:
    """One frame round a body that may be anything."""
    return f'{{"seq":0,"ack":0,"body":{body.decode()}}}'


def hello(token: str, protocol: int = 1) -> str:
    return framed(encode_body(Hello(protocol=protocol, token=token)))
