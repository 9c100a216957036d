"""A desktop and a router joined by a line in memory, which can be cut, stutter, and be lost at any frame.

Both ends are real: `wire.session` speaks over the line, the router's rooms answer (`tests.server.floor`), the
client's runtime and unsent acts act.  Only the sockets, the disk of the unsent acts and time are a test's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from agent_desktop.client.actions_unsent import shown
from agent_desktop.client.incoming import FromRouter, LinkReported, SignInEnded
from agent_desktop.client.news import News, RequestEnded
from agent_desktop.client.offline import Offline
from agent_desktop.client.runtime import Runtime
from agent_desktop.client.session import Session
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.links.connection import Connection
from agent_desktop.wire.codec import AGENT_LINK, encode_body
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.session import ClientSide, HelloReceived, RequestReceived, ServerSide
from tests.client.keepers import Disk
from tests.client.outside import FakeOutside
from tests.server.floor import Floor


class Line(FakeOutside):
    """The network of one desktop: its end of the link and the router's."""

    def __init__(self, floor: Callable[[], Floor], agent: AgentId) -> None:
        super().__init__()
        self._floor = floor
        self.agent = agent
        self._client: ClientSide[Any, Any] = ClientSide(AGENT_LINK, client="desktop")
        self._server: ServerSide[Any, Any] | None = None
        self._sent = 0
        self.up: list[bytes] = []
        self.down: list[bytes] = []

    @property
    def connected(self) -> bool:
        return self._server is not None

    @property
    def quiet(self) -> bool:
        """Nothing is on the line and nothing waits for an answer."""
        return not self.up and not self.down and not self._client.pending

    def ask_router(self, request_id: str, command: Any) -> None:
        self._client.request(request_id, command)
        self._flush()

    def begin(self, session: Any) -> None:
        self._client = ClientSide(AGENT_LINK, client="desktop")

    def connect(self) -> None:
        """Open a connection and say hello."""
        if self.connected:
            return
        self._server = ServerSide(AGENT_LINK, self._now())
        self._client.connected("token", self._now())
        self.inbox.append(LinkReported("router", Connection("connecting")))
        self._flush()

    def cut(self) -> None:
        """What is on the line is lost."""
        if not self.connected:
            return
        greeted = self._server is not None and self._server.live
        self._server = None
        self.up.clear()
        self.down.clear()
        self._client.lost()
        self.inbox.append(LinkReported("router", Connection("lost", "Nobody answers.")))
        if greeted:
            self._floor().presence.lost(self.agent)

    async def deliver_up(self, frames: int = 1000, *, twice: bool = False) -> None:
        """Let frames arrive at the router; `twice`: each stutters, but for the greeting."""
        for _frame in range(min(frames, len(self.up))):
            frame = self.up.pop(0)
            greeted = self._server is not None and self._server.live
            for _time in range(2 if twice and greeted else 1):
                await self._arrived(frame)

    async def _arrived(self, frame: bytes) -> None:
        server = self._server
        if server is None:
            return
        match server.receive(frame, self._now()):
            case HelloReceived(hello=hello):
                await self._floor().presence.came(self.agent)
                board = self._floor().board
                stream = board.receiver(self.agent).stream
                server.welcome(hello, stream, lambda: encode_body(board.snapshot(self.agent)), self._now())
                self._sent = stream.seq
            case RequestReceived(id=request, command=command):
                reply = await self._floor().desk.handle(self.agent, request, command)
                self._pump()
                server.tell(encode_body(reply))
            case _:
                pass
        self._pump()

    def _pump(self) -> None:
        if self._server is None or not self._server.live:
            return
        stream = self._floor().board.receiver(self.agent).stream
        for seq, body in stream.since(self._sent) or ():
            self._server.push(seq, body)
            self._sent = seq

    def deliver_down(self, frames: int = 1000, *, twice: bool = False) -> None:
        """Let frames arrive at the desktop."""
        self._pump()
        if self._server is not None:
            self.down += self._server.outgoing(10_000)
        for _frame in range(min(frames, len(self.down))):
            frame = self.down.pop(0)
            for _time in range(2 if twice else 1):
                was_live = self._client.live
                event = self._client.receive(frame, self._now())
                if self._client.live and not was_live:
                    self.inbox.append(LinkReported("router", Connection("online")))
                if event is not None:
                    self.inbox.append(FromRouter(event))
        self._flush()

    def _flush(self) -> None:
        if self.connected:
            self.up += self._client.outgoing()

    def _now(self) -> Instant:
        return Instant(self._floor().clock.at)


class Computer:
    """One agent's computer: the disk stays, the program comes and goes."""

    def __init__(self, floor: Callable[[], Floor], agent: AgentId, ids: Iterator[str]) -> None:
        self._floor = floor
        self._ids = ids
        self.agent = agent
        self.disk = Disk()
        self.ended: dict[str, str] = {}  # request: how it ended, as the agent was told
        self.shown: set[str] = set()  # requests that were shown as waiting
        self.start()

    def start(self) -> None:
        """Start the program, signed in."""
        self.line = Line(self._floor, self.agent)
        self.offline = Offline(None, self.disk, clock=lambda: self._floor().clock.at)
        self.runtime = Runtime(
            self.line,
            clock=lambda: self._floor().clock.at,
            ids=lambda: next(self._ids),
            offline=self.offline,
        )
        self.runtime.subscribe(self._heard)
        session = Session("http://127.0.0.1:1", self.agent, "token", self.agent, 0.0)
        self.line.inbox.append(SignInEnded(session))
        self.pump()

    def kill(self, writes: int) -> None:
        """Kill the program after so many of the writes that wait."""
        self.line.inbox += self.disk.flush(writes)
        self.pump()
        self.disk.lose()
        self.line.cut()
        self.start()

    def ask(self, command: AnyCommand) -> str:
        request = self.runtime.ask(command)
        self.look()
        return request

    def flush(self, writes: int | None = None) -> None:
        """Let the disk write."""
        self.line.inbox += self.disk.flush(writes)
        self.pump()

    def pump(self) -> None:
        self.runtime.pump()
        self.look()

    def look(self) -> None:
        """See what the list shows."""
        acts = shown(self.runtime.store)
        self.shown |= {act.request for act in acts if act.state in {"waiting", "refused"}}

    def refused(self) -> set[str]:
        """What the list asks the agent to decide."""
        return {act.request for act in self.runtime.store.unsent.values() if act.state == "refused"}

    def _heard(self, news: tuple[News, ...]) -> None:
        for one in news:
            if isinstance(one, RequestEnded):
                self.ended[one.asked.id] = one.asked.state

    async def heal(self) -> None:
        """The network is whole again: let everything be said until nothing is left to say."""
        self.flush()
        self.line.connect()
        for _round in range(60):
            await self.line.deliver_up()
            await asyncio.sleep(0)
            self.line.deliver_down()
            self.flush()
            waiting = any(act.state != "refused" for act in self.runtime.store.unsent.values())
            if self.line.quiet and not waiting and not self.disk.pending:
                return
            self.pump()
