"""Real sockets on loopback: connections that are idle, too many, broken, encrypted or gone."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess

import pytest

from agent_desktop.sip import connection
from agent_desktop.sip import events as sip
from agent_desktop.sip import transport as module
from agent_desktop.sip.accounts import Account, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.flood import Flood
from agent_desktop.sip.framing import PING, StreamSplitter
from agent_desktop.sip.layer import response_to
from agent_desktop.sip.media import audio
from agent_desktop.sip.parser import parse
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.sip.uri import Uri

HOST = "127.0.0.1"
OPTIONS = (
    b"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK%d\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: %d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


class Station:
    """A user agent on real ports that answers every call."""

    def __init__(self) -> None:
        self.events = []
        self.transport = SipTransport(self._on_event)

    async def open(self, *, tls=None):
        udp = await self.transport.listen_udp(HOST, 0)
        tcp = await self.transport.listen_tcp(HOST, 0)
        local = [udp, tcp]
        if tls:
            local.append(await self.transport.listen_tcp(HOST, 0, tls=tls))
        self.transport.start(UserAgent(Settings(local=tuple(local)), SystemRandomness()))
        return {address.transport: address for address in local}

    def _on_event(self, event) -> None:
        self.events.append(event)
        if isinstance(event, sip.CallArrived):
            self.transport.agent.answer(event.leg, audio(HOST, 21198), self.transport.now())

    async def see(self, kind, within=5.0):
        end = self.transport.now() + within
        while True:
            found = next((e for e in self.events if isinstance(e, kind)), None)
            if found:
                return found
            assert self.transport.now() < end, self.events
            await asyncio.sleep(0.01)

    def call(self, where: Address, headers=()):
        agent = self.transport.agent
        leg = agent.invite(
            Uri("sip", "x", where.host, where.port, (("transport", where.transport),)),
            audio(HOST, 21196),
            self.transport.now(),
            destination=where,
            headers=headers,
        )
        self.transport.flush()
        return leg


@pytest.fixture
async def stations():
    made = []

    def new() -> Station:
        made.append(Station())
        return made[-1]

    yield new
    for station in made:
        await station.transport.close()


@pytest.mark.parametrize("kind", ["udp", "tcp"])
async def test_a_call_over_real_sockets(stations, kind):
    ours, theirs = stations(), stations()
    await ours.open()
    where = (await theirs.open())[kind]
    leg = ours.call(where)
    assert (await ours.see(sip.Answered)).leg == leg
    await theirs.see(sip.Confirmed)
    arrived = await theirs.see(sip.CallArrived)
    assert arrived.source.transport == kind
    theirs.transport.agent.hang_up(arrived.leg, theirs.transport.now())
    theirs.transport.flush()
    assert (await ours.see(sip.Ended)).by is sip.EndedBy.REMOTE


async def test_an_idle_connection_is_closed_and_one_that_speaks_is_kept(stations, monkeypatch):
    """AST-2016-005: sixty idle connections stopped a telephone exchange."""
    monkeypatch.setattr(connection, "FIRST_MESSAGE_S", 0.2)
    where = (await stations().open())["tcp"]
    idle, _idle_writer = await asyncio.open_connection(HOST, where.port)
    reader, writer = await asyncio.open_connection(HOST, where.port)
    writer.write(OPTIONS % (1, 1))
    assert (await asyncio.wait_for(reader.readline(), 2)).startswith(b"SIP/2.0 200")
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(idle.readexactly(1), 2)
    writer.write(OPTIONS % (2, 2))
    rest = await asyncio.wait_for(reader.readuntil(b"z9hG4bK2"), 2)
    assert b"SIP/2.0 200" in rest
    writer.close()
    _idle_writer.close()


async def test_one_host_has_a_bounded_number_of_connections(stations, monkeypatch):
    monkeypatch.setattr(module, "MAX_PER_HOST", 3)
    where = (await stations().open())["tcp"]
    writers = []
    for number in range(1, 6):
        reader, writer = await asyncio.open_connection(HOST, where.port)
        writers.append(writer)
        writer.write(OPTIONS % (number, number))
        try:
            answer = await asyncio.wait_for(reader.readline(), 2)
        except ConnectionResetError:
            answer = b""
        assert answer.startswith(b"SIP/2.0 200") == (number <= 3)
    for writer in writers:
        writer.close()


async def test_a_stream_that_makes_no_sense_is_closed(stations):
    where = (await stations().open())["tcp"]
    reader, writer = await asyncio.open_connection(HOST, where.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await asyncio.wait_for(reader.read(), 2) == b""
    writer.close()


async def test_a_ping_gets_a_pong(stations):
    where = (await stations().open())["tcp"]
    reader, writer = await asyncio.open_connection(HOST, where.port)
    writer.write(b"\r\n\r\n")
    assert await asyncio.wait_for(reader.readexactly(2), 2) == b"\r\n"
    writer.close()


async def test_a_call_to_a_closed_port_fails_at_once(stations):
    ours = stations()
    await ours.open()
    ours.call(Address("tcp", HOST, 1))
    ended = await ours.see(sip.Ended)
    assert (ended.by, ended.status) == (sip.EndedBy.FAILED, 503)


async def test_a_name_that_nobody_knows_fails(stations):
    ours = stations()
    await ours.open()
    ours.call(Address("udp", "nobody.invalid", 5060))
    assert (await ours.see(sip.Ended)).status == 503


async def test_a_name_is_looked_up(stations):
    ours, theirs = stations(), stations()
    await ours.open()
    where = (await theirs.open())["udp"]
    ours.call(Address("udp", "localhost", where.port))
    await ours.see(sip.Answered)


async def test_a_strange_exception_takes_nothing_down(stations, caplog):
    ours, theirs = stations(), stations()
    await ours.open()
    where = (await theirs.open())["udp"]
    receive = theirs.transport.agent.receive

    def broken(data, source, now):
        if data.startswith(b"OPTIONS"):
            raise RuntimeError("a bug")
        receive(data, source, now)

    theirs.transport.agent.receive = broken
    loop = asyncio.get_running_loop()
    sender, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(HOST, where.port))
    sender.sendto(OPTIONS % (1, 1))
    ours.call(where)
    await ours.see(sip.Answered)
    assert "could not be handled" in caplog.text
    sender.close()


async def test_tls_is_encrypted_and_verified(stations, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)),
        stderr=subprocess.DEVNULL,
    )
    assert await made.wait() == 0
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    theirs = stations()
    where = (await theirs.open(tls=server))["tls"]
    stranger = stations()
    await stranger.open()
    stranger.call(where)
    assert (await stranger.see(sip.Ended)).by is sip.EndedBy.FAILED
    ours = stations()
    await ours.open()
    ours.transport.use_tls_client(ssl.create_default_context(cafile=str(certificate)))
    ours.call(where)
    await ours.see(sip.Answered)
    arrived = await theirs.see(sip.CallArrived)
    assert arrived.source.transport == "tls"
    theirs.transport.agent.hang_up(arrived.leg, theirs.transport.now())
    theirs.transport.flush()
    assert (await ours.see(sip.Ended)).by is sip.EndedBy.REMOTE


async def test_a_message_that_never_ends_loses_its_connection(stations, monkeypatch):
    """A byte now and then keeps nothing open."""
    monkeypatch.setattr(connection, "WHOLE_MESSAGE_S", 0.3)
    where = (await stations().open())["tcp"]
    reader, writer = await asyncio.open_connection(HOST, where.port)
    writer.write(OPTIONS % (1, 1))
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)).startswith(b"SIP/2.0 200")

    async def trickle() -> None:
        for byte in OPTIONS * 9:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    trickling.cancel()
    writer.close()


async def test_a_connection_that_is_left_alone_is_closed(stations, monkeypatch):
    monkeypatch.setattr(connection, "IDLE_S", 0.2)
    where = (await stations().open())["tcp"]
    reader, writer = await asyncio.open_connection(HOST, where.port)
    writer.write(OPTIONS % (1, 1))
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def until(is_so) -> None:
    end = asyncio.get_running_loop().time() + 8
    while not is_so():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.01)


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


async def test_a_peer_is_called_back_on_the_connection_that_it_named(stations):
    """RFC 5923: `alias` and the peer's listening port; not for another host's."""
    ours = stations()
    where = (await ours.open())["tcp"]
    for name, is_reached in ((HOST, True), ("127.0.0.9", False)):
        reader, writer = await asyncio.open_connection(HOST, where.port)
        hello = (OPTIONS % (1, 1)).replace(b"TCP 127.0.0.1;", b"TCP " + name.encode() + b":5099;alias;")
        writer.write(hello)
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)
        ours.call(Address("tcp", name, 5099))
        if is_reached:
            assert (await asyncio.wait_for(reader.readline(), 2)).startswith(b"INVITE sip:x@")
        else:
            assert (await ours.see(sip.Ended)).status == 503
        writer.close()


LONG = (("X-Long", "x" * 1400),)


async def test_a_request_too_long_for_a_datagram_goes_by_tcp(stations):
    ours, theirs = stations(), stations()
    await ours.open()
    udp = await theirs.transport.listen_udp(HOST, 0)
    tcp = await theirs.transport.listen_tcp(HOST, udp.port)
    theirs.transport.start(UserAgent(Settings(local=(udp, tcp)), SystemRandomness()))
    ours.call(udp, headers=LONG)
    await ours.see(sip.Answered)
    arrived = await theirs.see(sip.CallArrived)
    assert arrived.source.transport == "tcp"
    assert arrived.message.header("Via").startswith("SIP/2.0/TCP ")


async def test_a_peer_without_tcp_gets_the_long_request_as_a_datagram(stations):
    ours, theirs = stations(), stations()
    await ours.open()
    udp = await theirs.transport.listen_udp(HOST, 0)
    theirs.transport.start(UserAgent(Settings(local=(udp,)), SystemRandomness()))
    for _ in range(2):
        ours.call(udp, headers=LONG)
        await ours.see(sip.Answered)
        ours.events.clear()
    arrived = await theirs.see(sip.CallArrived)
    assert arrived.source.transport == "udp"
    assert len(ours.transport._no_tcp) == 1


@pytest.mark.parametrize("kind", ["udp", "tcp"])
async def test_a_call_over_ipv6(stations, kind):
    ours, theirs = stations(), stations()
    made = []
    for station in (ours, theirs):
        udp = await station.transport.listen_udp("::1", 0)
        tcp = await station.transport.listen_tcp("::1", 0)
        station.transport.start(UserAgent(Settings(local=(udp, tcp)), SystemRandomness()))
        made.append({"udp": udp, "tcp": tcp})
    ours.call(made[1][kind])
    await ours.see(sip.Answered)
    arrived = await theirs.see(sip.CallArrived)
    assert arrived.source.host == "::1"
    theirs.transport.agent.hang_up(arrived.leg, theirs.transport.now())
    theirs.transport.flush()
    assert (await ours.see(sip.Ended)).by is sip.EndedBy.REMOTE


async def test_a_flood_is_dropped_and_answered_by_silence(stations):
    ours = Station()
    ours.transport = SipTransport(ours._on_event, flood=Flood(rate_per_s=0.001, burst=3))
    where = (await ours.open())["tcp"]
    reader, writer = await asyncio.open_connection(HOST, where.port)
    for number in range(1, 6):
        writer.write(OPTIONS % (number, number))
    for _ in range(3):
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert answer.startswith(b"SIP/2.0 200")
    writer.write(PING)
    assert await asyncio.wait_for(reader.readexactly(2), 5) == b"\r\n"  # and nothing before it
    writer.close()
    await ours.transport.close()


async def test_a_peer_that_reads_nothing_is_given_up(stations, monkeypatch):
    monkeypatch.setattr(connection, "MAX_UNSENT_BYTES", 1000)
    ours = stations()
    where = (await ours.open())["tcp"]
    _reader, writer = await asyncio.open_connection(HOST, where.port)
    writer.write(OPTIONS % (1, 1))
    await until(lambda: ours.transport._connections)
    (flow,) = ours.transport._connections.values()
    assert not all(flow.write(b"x" * 1_000_000) for _ in range(50))
    assert not flow.write(b"x")
    await until(lambda: not ours.transport._connections)
    writer.close()
