"""The two ends of a link over real sockets, and a wire between them that can be cut and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from agent_desktop.links.client import LinkClient
from agent_desktop.links.connection import Connection, Target
from agent_desktop.links.server import LinkServer
from agent_desktop.wire import phone as p
from agent_desktop.wire.codec import PHONE_LINK


def unused_port() -> int:
    """A port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def until(condition: Callable[[], Any], within_s: float = 25.0) -> Any:
    """Wait for a condition with a deadline; gives what it gave."""
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.01)
    return found


class Phone:
    """The listening end: knows calls, tells of each change, acts on commands."""

    def __init__(self) -> None:
        self.calls: dict[str, p.PhoneCall] = {}
        self.acted: list[Any] = []
        self.attached: list[int] = []
        self.link = self._new()

    def _new(self) -> LinkServer[Any, Any]:
        return LinkServer(
            PHONE_LINK,
            snapshot=lambda: p.PhoneSnapshot(calls=tuple(self.calls.values())),
            handle=self._handle,
            clients_changed=self.attached.append,
        )

    def _handle(self, request: str, command: Any) -> Any:
        self.acted.append(command)
        return p.PhoneReply(request=request)

    def say(self, call: str, state: str) -> None:
        self.calls[call] = p.PhoneCall(id=call, direction="in", state=state)
        self.link.publish(p.PhoneCallChanged(call=self.calls[call]))

    async def restart(self) -> None:
        """Another process: another port, another token, another epoch."""
        await self.link.stop()
        self.link = self._new()
        await self.link.start()


class Wire:
    """Carries bytes between the ends; `cut_after` bytes towards the client it is cut, once."""

    def __init__(self, to_port: Callable[[], int]) -> None:
        self.port = 0
        self.connections = 0
        self.cut_after: int | None = None
        self.still = False  # connected, and nothing comes through
        self._to_port = to_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to_port())
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, back}
        self._writers |= pair
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer, counts=True))
        finally:
            self._writers -= pair
            for one in pair:
                one.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counts: bool = False
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(512):
                if self.still:
                    continue
                if counts and self.cut_after is not None:
                    data, self.cut_after = data[: self.cut_after], self.cut_after - len(data)
                    if self.cut_after <= 0:
                        self.cut_after = None
                        writer.write(data)
                        await writer.drain()
                        break
                writer.write(data)
                await writer.drain()
        self.cut()


class Front:
    """The calling end: applies what it hears, as any listener does."""

    def __init__(self, target: Callable[[], Target], **words: Any) -> None:
        self.calls: dict[str, p.PhoneCall] = {}
        self.replies: list[str] = []
        self.snapshots = 0
        self.states: list[Connection] = []

        async def where() -> Target:
            return target()

        self.link: LinkClient[Any, Any] = LinkClient(
            PHONE_LINK,
            name="test",
            target=where,
            on_event=self._hear,
            on_state=self.states.append,
            **{"jitter": lambda: 0.0, **words},
        )

    def _hear(self, event: Any) -> None:
        match event:
            case p.PhoneSnapshot():
                self.snapshots += 1
                self.calls = {call.id: call for call in event.calls}
            case p.PhoneCallChanged():
                self.calls[event.call.id] = event.call
            case p.PhoneReply():
                self.replies.append(event.request)

    def said(self) -> list[str]:
        return [state.state for state in self.states]


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    made = Phone()
    await made.link.start()
    yield made
    await made.link.stop()


@pytest.fixture
async def wire(phone: Phone) -> AsyncIterator[Wire]:
    made = Wire(lambda: phone.link.port)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def front(phone: Phone, wire: Wire) -> AsyncIterator[Front]:
    made = Front(lambda: Target(f"ws://127.0.0.1:{wire.port}/", phone.link.token))
    yield made
    await made.link.stop()
