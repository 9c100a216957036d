"""Real sockets on loopback: connections that are idle, too many, broken, encrypted or gone."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import subprocess
from functools import partial

import pytest

from agent_desktop.sip import connection
from agent_desktop.sip import events as sip
from agent_desktop.sip import transport as module
from agent_desktop.sip.accounts import Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.flood import Flood
from agent_desktop.sip.framing import PING
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness

from .station import HOST, Station, until

OPTIONS = (
    b"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK%d\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: %d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


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
    assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"SIP/2.0 200")
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(idle.readexactly(1), 20)
    writer.write(OPTIONS % (2, 2))
    rest = await asyncio.wait_for(reader.readuntil(b"z9hG4bK2"), 20)
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
            answer = await asyncio.wait_for(reader.readline(), 20)
        except ConnectionResetError:
            answer = b""
        assert answer.startswith(b"SIP/2.0 200") == (number <= 3)
    for writer in writers:
        writer.close()


async def test_a_stream_that_makes_no_sense_is_closed(stations):
    where = (await stations().open())["tcp"]
    reader, writer = await asyncio.open_connection(HOST, where.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()


async def test_a_ping_gets_a_pong(stations):
    where = (await stations().open())["tcp"]
    reader, writer = await asyncio.open_connection(HOST, where.port)
    writer.write(b"\r\n\r\n")
    assert await asyncio.wait_for(reader.readexactly(2), 20) == b"\r\n"
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
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)).startswith(b"SIP/2.0 200")

    async def trickle() -> None:
        for byte in OPTIONS * 9:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 20) == b""
    trickling.cancel()
    writer.close()


async def test_a_connection_that_is_left_alone_is_closed(stations, monkeypatch):
    monkeypatch.setattr(connection, "IDLE_S", 0.2)
    where = (await stations().open())["tcp"]
    reader, writer = await asyncio.open_connection(HOST, where.port)
    writer.write(OPTIONS % (1, 1))
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()


async def test_a_peer_is_called_back_on_the_connection_that_it_named(stations):
    """RFC 5923: `alias` and the peer's listening port; not for another host's."""
    ours = stations()
    where = (await ours.open())["tcp"]
    for name, is_reached in ((HOST, True), ("127.0.0.9", False)):
        reader, writer = await asyncio.open_connection(HOST, where.port)
        hello = (OPTIONS % (1, 1)).replace(b"TCP 127.0.0.1;", b"TCP " + name.encode() + b":5099;alias;")
        writer.write(hello)
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        ours.call(Address("tcp", name, 5099))
        if is_reached:
            assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"INVITE sip:x@")
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


@pytest.mark.parametrize(("refuses", "last"), [(False, b"CANCEL"), (True, b"ACK")])
async def test_what_belongs_to_a_long_call_takes_its_way(stations, monkeypatch, refuses, last):
    """Kamailio looks at the transport in the Via: a CANCEL by UDP cancels no INVITE that came by TCP."""
    ours, theirs = stations(), stations()
    await ours.open()
    udp = await theirs.transport.listen_udp(HOST, 0)
    tcp = await theirs.transport.listen_tcp(HOST, udp.port)
    theirs.transport.start(UserAgent(Settings(local=(udp, tcp)), SystemRandomness()))
    came: dict[bytes, tuple[str, bytes]] = {}
    take_in = theirs.transport.received

    def received(data, source):
        came[data.partition(b" ")[0]] = (source.transport, re.search(rb"Via: (\S+) ", data)[1])
        take_in(data, source)

    def happened(self, event):
        self.events.append(event)
        if isinstance(event, sip.CallArrived):
            agent, at = self.transport.agent, self.transport.now()
            agent.reject(event.leg, at, 486) if refuses else agent.ring(event.leg, at)
            self.transport.flush()

    monkeypatch.setattr(theirs.transport, "received", received)
    monkeypatch.setattr(theirs.transport, "_on_event", partial(happened, theirs))
    leg = ours.call(udp, headers=LONG)
    if not refuses:
        await ours.see(sip.Progressed)
        ours.transport.agent.hang_up(leg, ours.transport.now())
        ours.transport.flush()
    assert (await ours.see(sip.Ended)).status == (486 if refuses else 487)
    await until(lambda: last in came)
    assert came[last] == came[b"INVITE"] == ("tcp", b"SIP/2.0/TCP")


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
    assert len(ours.transport._long._no_tcp) == 1


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
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        assert answer.startswith(b"SIP/2.0 200")
    writer.write(PING)
    assert await asyncio.wait_for(reader.readexactly(2), 20) == b"\r\n"  # and nothing before it
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
