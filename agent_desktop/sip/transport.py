"""The sockets of SIP: UDP, TCP and TLS on asyncio, driving one `UserAgent` with one timer.

With `connection` and `tls` the only files of this package with I/O.

Rules of the file: a listener takes a bounded number of connections, and a bounded number of requests a
second from one source; a connection is used again in both directions, also under the name that its peer
gave with `alias` (RFC 5923); a request too long for a datagram goes by TCP where the peer has it (RFC 3261
section 18.1.1); TLS that we open verifies the server (trap T14); why there is no connection is told in words.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import secrets
import socket
import ssl
from collections.abc import Callable, Coroutine
from functools import partial

from agent_desktop.sip.address import Address, Outgoing, Transport, is_numeric
from agent_desktop.sip.connection import Connection
from agent_desktop.sip.events import Event
from agent_desktop.sip.flood import Flood
from agent_desktop.sip.long_requests import LongRequests
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.tls import TlsTrust, client_context, explained
from agent_desktop.sip.via import alias_of

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 4000
MAX_PER_HOST = 1000  # an office of agents behind one address
MAX_OPENING = 64
CONNECT_S = 10.0
HANDSHAKE_S = 5.0
NAME_S = 60.0
LONGEST_DATAGRAM = 1300
TCP_TRY_S = 1.0


class SystemRandomness:
    """Identifiers and jitter from the operating system (T9)."""

    def token(self) -> str:
        return secrets.token_hex(10)

    def fraction(self) -> float:
        return secrets.randbelow(1_000_000) / 1_000_000


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, owner: SipTransport) -> None:
        self._owner = owner

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._owner.received(data, Address("udp", addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        log.debug("a datagram was not delivered: %s", exc)


class SipTransport:
    """Runs a `UserAgent` on the running event loop.

    transport = SipTransport(on_event)
    local = await transport.listen_udp("127.0.0.1", 0)      # before Settings: the port is known then
    transport.start(UserAgent(Settings(local=(local,)), SystemRandomness()))
    leg = transport.agent.invite(..., now=transport.now())
    transport.flush()                                        # after every call of an agent's method
    """

    def __init__(
        self,
        on_event: Callable[[Event], None],
        *,
        on_trouble: Callable[[Address, str], None] | None = None,
        flood: Flood | None = None,
    ) -> None:
        """`on_trouble` hears why an address cannot be reached, in words for a person."""
        self._on_event = on_event
        self._on_trouble = on_trouble
        self._flood = flood or Flood()
        self._loop = asyncio.get_running_loop()
        self._agent: UserAgent | None = None
        self._udp: list[tuple[Address, asyncio.DatagramTransport]] = []
        self._servers: list[asyncio.Server] = []
        self._connections: dict[Address, Connection] = {}
        self._opening: dict[Address, list[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._names: dict[str, tuple[str, float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._aliases: dict[Address, Connection] = {}
        self._long = LongRequests()
        self._tls: ssl.SSLContext | None = None
        self._trust = TlsTrust()
        self._trusts: dict[tuple[str, int], tuple[ssl.SSLContext, TlsTrust]] = {}
        self._is_flushing = False
        self._is_closed = False
        self.send_from: tuple[str, int] | None = None  # where connections of ours begin: what Contact says

    # ------------------------------------------------------------ opening

    async def listen_udp(self, host: str, port: int) -> Address:
        """Open a UDP port (0: a free one); OSError when it is taken."""
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=(host, port)
        )
        here = _bound("udp", transport.get_extra_info("socket"))
        self._udp.append((here, transport))
        return here

    async def move(self, host: str) -> Address:
        """We have another address: open UDP there, close the rest; `agent.refresh_targets` comes next."""
        here = await self.listen_udp(host, 0)
        *old, newest = self._udp
        self._udp = [newest]
        for _, udp in old:
            udp.close()
        connections, self._connections = tuple(self._connections.values()), {}
        self._aliases.clear()
        for connection in connections:
            connection.close()
        return here

    async def listen_tcp(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> Address:
        """Open a TCP port, or a TLS port with the server's context."""
        kind: Transport = "tls" if tls else "tcp"
        server = await self._loop.create_server(
            lambda: Connection(self, kind, is_ours=False),
            host,
            port,
            ssl=tls,
            ssl_handshake_timeout=HANDSHAKE_S if tls else None,
        )
        self._servers.append(server)
        return _bound(kind, server.sockets[0])

    def trust(self, trust: TlsTrust) -> None:
        """Whom connections that we open to a `tls` address believe.  ConfigError for an unusable file."""
        self._tls = client_context(trust)
        self._trust = trust

    def trust_at(self, host: str, port: int, trust: TlsTrust) -> None:
        """The same for one server alone, whatever the others are believed by."""
        self._trusts[host, port] = client_context(trust), trust

    def use_tls_client(self, context: ssl.SSLContext) -> None:
        """The same with a context of the caller's making."""
        self._tls, self._trust = context, TlsTrust()

    def start(self, agent: UserAgent) -> None:
        """Drive `agent` from now on."""
        self._agent = agent
        self.flush()

    @property
    def agent(self) -> UserAgent:
        if self._agent is None:
            raise RuntimeError("start() comes first")
        return self._agent

    def now(self) -> float:
        """The clock of this transport (the loop's, monotonic)."""
        return self._loop.time()

    async def close(self) -> None:
        """Close every socket; what was not sent is lost."""
        self._is_closed = True
        if self._timer:
            self._timer.cancel()
        for _, udp in self._udp:
            udp.close()
        for server in self._servers:
            server.close()
        for connection in tuple(self._connections.values()):
            connection.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    # ------------------------------------------------------------ the way in

    def received(self, data: bytes, source: Address) -> None:
        """Bytes of one datagram, or one message of a stream."""
        if self._agent is None or self._is_closed or not self._flood.admits(source.host, data, self.now()):
            return
        if source.is_reliable:
            self._learn_alias(data, source)
        try:
            self._agent.receive(data, source, self.now())
        except Exception:
            # One strange message must not take the telephone down; the log keeps it for a test.
            log.exception("a message from %s could not be handled: %r", source, data[:2000])
        self.flush()

    def admit(self, connection: Connection, *, is_ours: bool) -> bool:
        """Keep a new connection, unless there are too many."""
        if not is_ours:
            from_host = sum(1 for peer in self._connections if peer.host == connection.peer.host)
            if len(self._connections) >= MAX_CONNECTIONS or from_host >= MAX_PER_HOST:
                log.warning("too many connections: %s is refused", connection.peer)
                return False
        self._connections[connection.peer] = connection
        return True

    def _learn_alias(self, data: bytes, source: Address) -> None:
        """The peer listens where its Via says, and this connection leads there (RFC 5923).

        Only for the host that it came from: a name for somebody else would draw his calls here.
        """
        connection = self._connections.get(source)
        alias = alias_of(data, source)
        if connection is not None and alias is not None and alias not in self._connections:
            self._aliases[alias] = connection

    def lost(self, connection: Connection) -> None:
        """A connection is gone: what waits for it fails, and registrations come back at once."""
        for alias in [name for name, there in self._aliases.items() if there is connection]:
            del self._aliases[alias]
        if connection.trouble and connection.peer.host and self._on_trouble is not None:
            self._on_trouble(connection.peer, explained(connection.trouble, str(connection.peer.host)))
        if self._connections.get(connection.peer) is connection:
            del self._connections[connection.peer]
            peer = connection.peer
            self._failed(peer)
            for name, (host, _) in tuple(self._names.items()):
                if host == peer.host:
                    self._failed(Address(peer.transport, name, peer.port))

    def _failed(self, destination: Address) -> None:
        if self._agent is not None and not self._is_closed:
            self._agent.connection_failed(destination, self.now())
            self.flush()

    # ------------------------------------------------------------ the way out

    def flush(self) -> None:
        """Send what waits, report events and arm the timer."""
        if self._is_flushing or self._agent is None or self._is_closed:
            return
        self._is_flushing = True
        try:
            while True:
                packets, events = self._agent.take_outgoing(), self._agent.take_events()
                if not packets and not events:
                    break
                for packet in packets:
                    self._send(packet)
                for event in events:
                    self._tell(event)
        finally:
            self._is_flushing = False
        self._arm()

    def _tell(self, event: Event) -> None:
        try:
            self._on_event(event)
        except Exception:
            log.exception("an event was not handled: %s", type(event).__name__)

    def _arm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if (deadline := self.agent.deadline) is not None:
            self._timer = self._loop.call_at(max(deadline, self.now()), self._tick)

    def _tick(self) -> None:
        self._timer = None
        # The loop may wake a clock step early; the deadline that woke us is due all the same.
        self.agent.tick(max(self.now(), self.agent.deadline or 0.0))
        self.flush()

    def _send(self, packet: Outgoing) -> None:
        destination = packet.destination
        known, until = self._names.get(destination.host, ("", 0.0))
        if is_numeric(destination.host):
            self._send_to(packet.data, destination, destination.host)
        elif until > self.now():
            self._send_to(packet.data, destination, known)
        else:
            self._spawn(self._resolve(packet))

    async def _resolve(self, packet: Outgoing) -> None:
        """Look a name up and keep it for a minute; RFC 3263's SRV and NAPTR are not asked."""
        name = packet.destination.host
        try:
            found = await self._loop.getaddrinfo(name, packet.destination.port, type=socket.SOCK_DGRAM)
        except OSError:
            self._in_trouble(packet.destination, f"The name {name} is not known. Check the address.")
            return
        if len(self._names) > 1000:
            self._names.clear()
        host = str(found[0][4][0])
        self._names[name] = (host, self.now() + NAME_S)
        self._send_to(packet.data, packet.destination, host)

    def _in_trouble(self, destination: Address, words: str) -> None:
        log.warning("no connection to %s: %s", destination, words)
        if self._on_trouble is not None:
            self._on_trouble(destination, words)
        self._failed(destination)

    def _send_to(self, data: bytes, destination: Address, host: str) -> None:
        if destination.transport == "udp":
            is_long = len(data) > LONGEST_DATAGRAM or self._long.follows(data)
            if is_long and self._long.may_go(data, host, destination.port, self.now()):
                self._spawn(self._try_tcp(data, destination, host))
            else:
                self._send_udp(data, destination, host)
            return
        real = Address(destination.transport, host, destination.port)
        connection = self._connections.get(real) or self._aliases.get(real)
        if connection is not None and connection.write(data):
            return
        if destination in self._opening:
            if len(self._opening[destination]) < MAX_OPENING:
                self._opening[destination].append(data)
            return
        self._opening[destination] = [data]
        self._spawn(self._connect(destination, host))

    def _send_udp(self, data: bytes, destination: Address, host: str) -> None:
        is_v6 = ":" in host
        for here, transport in self._udp:
            if (":" in here.host) == is_v6:
                try:
                    transport.sendto(data, (host, destination.port))
                except OSError as error:
                    log.debug("a datagram to %s was not sent: %s", destination, error)
                return
        log.warning("no UDP port is open to send to %s", destination)

    async def _try_tcp(self, data: bytes, destination: Address, host: str) -> None:
        """RFC 3261 section 18.1.1: the top Via says TCP; a peer without TCP gets the datagram after all."""
        real = Address("tcp", host, destination.port)
        connection = self._connections.get(real)
        if connection is None:
            try:
                async with asyncio.timeout(TCP_TRY_S):
                    connection = await self._open(real, host, None)
            except OSError:
                self._long.refused(host, destination.port, self.now())
        if connection is not None and connection.write(data.replace(b"/UDP ", b"/TCP ", 1)):
            self._long.went(data)
        else:
            self._send_udp(data, destination, host)

    async def _open(
        self, destination: Address, host: str, context: ssl.SSLContext | None, pins: tuple[str, ...] = ()
    ) -> Connection:
        connection: Connection
        connect = partial(
            self._loop.create_connection,
            lambda: Connection(self, destination.transport, is_ours=True, pins=pins),
            host,
            destination.port,
            ssl=context,
            server_hostname=destination.host if context else None,
        )
        try:
            _, connection = await connect(local_addr=self.send_from)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EADDRNOTAVAIL}:
                raise
            _, connection = await connect()  # that port still belongs to the connection before
        if connection.trouble:
            raise connection.trouble
        return connection

    async def _connect(self, destination: Address, host: str) -> None:
        context: ssl.SSLContext | None = None
        trust = TlsTrust()
        if destination.transport == "tls":
            self._tls = self._tls or client_context(self._trust)
            context, trust = self._trusts.get((destination.host, destination.port), (self._tls, self._trust))
        try:
            async with asyncio.timeout(CONNECT_S):
                connection = await self._open(destination, host, context, trust.pins)
        except (OSError, ssl.SSLError) as error:
            self._opening.pop(destination, None)
            self._in_trouble(destination, explained(error, f"{destination.host}:{destination.port}"))
            return
        for data in self._opening.pop(destination, []):
            connection.write(data)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _bound(kind: Transport, sock: socket.socket) -> Address:
    return Address(kind, *sock.getsockname()[:2])
