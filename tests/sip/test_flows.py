"""A connection that drops or falls silent: registrations come back at once."""

from __future__ import annotations

import asyncio

import pytest

from agent_desktop.sip import connection
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address
from agent_desktop.sip.framing import PING, StreamSplitter
from agent_desktop.sip.layer import response_to
from agent_desktop.sip.parser import parse

from .station import HOST, Station, until


@pytest.fixture
async def stations():
    made = []

    def new() -> Station:
        made.append(Station())
        return made[-1]

    yield new
    for station in made:
        await station.transport.close()


class Registrar:
    """A registrar of the test's own: it counts connections, and answers pings as long as it is told to."""

    def __init__(self) -> None:
        self.registers = 0
        self.pongs = True
        self.writers: list[asyncio.StreamWriter] = []

    async def open(self) -> Address:
        self.server = await asyncio.start_server(self._serve, HOST, 0)
        return Address("tcp", HOST, self.server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        splitter = StreamSplitter()
        while data := await reader.read(4096):
            for message in splitter.feed(data):
                self.registers += 1
                request = parse(message)
                contact = (("Contact", f"{request.header('Contact')};expires=300"),)
                answer = response_to(request, 200, to_tag="r", headers=contact)
                writer.write(bytes(answer))
            if splitter.pings and self.pongs:
                writer.write(b"\r\n" * splitter.pings)
            splitter.pings = 0
        writer.close()

    async def wait(self, registers: int) -> None:
        await until(lambda: self.registers >= registers)

    async def close(self) -> None:
        self.server.close()
        for writer in self.writers:
            writer.close()


@pytest.fixture
async def registrar():
    made = Registrar()
    where = await made.open()
    yield made, where
    await made.close()


async def test_a_registration_comes_back_at_once_when_its_connection_drops(stations, registrar):
    server, where = registrar
    ours = stations()
    await ours.open()
    ours.transport.agent.register(Account("a", HOST, where), ours.transport.now())
    ours.transport.flush()
    await ours.see(sip.Registered)
    server.writers[0].transport.abort()
    await server.wait(registers=2)
    assert len(server.writers) == 2


async def test_a_ping_without_an_answer_ends_the_connection_of_a_peer_that_gave_one_before(
    stations, registrar, monkeypatch
):
    monkeypatch.setattr(connection, "PONG_S", 0.2)
    server, where = registrar
    ours = stations()
    await ours.open()
    ours.transport.agent.register(Account("a", HOST, where), ours.transport.now())
    ours.transport.flush()
    await ours.see(sip.Registered)
    flow = ours.transport._connections[where]
    flow.write(PING)
    await until(lambda: flow._answers_pings)
    server.pongs = False
    flow.write(PING)
    await server.wait(registers=2)
    # A peer that never answered one is left in peace.
    flow = ours.transport._connections[where]
    flow.write(PING)
    await asyncio.sleep(0.4)
    assert server.registers == 2
