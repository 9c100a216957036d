"""The pair of UDP ports that a stream uses: an even one for RTP, the next for RTCP (RFC 3550 section 11).

Reading never blocks and is bounded, so that a flood costs a tick no more than its share.  Where the
kernel tells when a packet came (Linux), that time is used: packets are fetched once in 20 ms, and jitter
measured at the fetching would be that of our own clock.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterable
from typing import Final, NamedTuple

from agent_desktop.errors import AgentDesktopError
from agent_desktop.media.source import Address

_SO_TIMESTAMPNS: Final = 35  # Linux; the socket module has no name for it
_TIMESPEC: Final = struct.Struct("@ll")
_ANCILLARY_BYTES: Final = 64
_LARGEST_BYTES: Final = 2048
_BUFFER_BYTES: Final = 1 << 18
_VOICE_TOS: Final = 0xB8  # DSCP EF (RFC 4594)


class NoPortError(AgentDesktopError):
    """Every port of the configured range is taken."""


class Datagram(NamedTuple):
    """What came, from where and when (seconds; only differences mean anything)."""

    data: bytes
    source: Address
    arrival_s: float


class UdpPort:
    """One bound UDP socket that never blocks."""

    __slots__ = ("_socket", "_stamped", "refused_sends")

    def __init__(self, bound: socket.socket) -> None:
        bound.settimeout(0.0)
        for level, option, value in (
            (socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES),
            (socket.IPPROTO_IP, socket.IP_TOS, _VOICE_TOS),
        ):
            with contextlib.suppress(OSError):  # a wish; the sound goes without it
                bound.setsockopt(level, option, value)
        self._stamped = False
        if hasattr(bound, "recvmsg"):
            with contextlib.suppress(OSError):
                bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
                self._stamped = True
        self._socket = bound
        self.refused_sends = 0

    @property
    def address(self) -> Address:
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    def receive(self, limit: int) -> list[Datagram]:
        """What has come since the last time, at most `limit` datagrams."""
        got: list[Datagram] = []
        take = self._take_stamped if self._stamped else self._take
        for _ in range(limit):
            try:
                got.append(take())
            except BlockingIOError:
                break
            except OSError:  # Windows tells the peer's "port unreachable" here; a closed socket ends
                if self._socket.fileno() < 0:
                    break
        return got

    def _take_stamped(self) -> Datagram:
        data, ancillary, _flags, source = self._socket.recvmsg(_LARGEST_BYTES, _ANCILLARY_BYTES)
        return Datagram(data, source[:2], _kernel_time_s(ancillary))

    def _take(self) -> Datagram:
        data, source = self._socket.recvfrom(_LARGEST_BYTES)
        return Datagram(data, source[:2], time.time())

    def send(self, data: bytes, target: Address) -> None:
        """Send; what the network refuses is lost like any packet, and counted."""
        try:
            self._socket.sendto(data, target)
        except OSError:
            self.refused_sends += 1

    def close(self) -> None:
        self._socket.close()


def _kernel_time_s(ancillary: Iterable[tuple[int, int, bytes]]) -> float:
    for _level, kind, data in ancillary:
        if kind == _SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return float(seconds + nanoseconds * 1e-9)
    return time.time()


def bind_pair(host: str, ports: Iterable[int]) -> tuple[UdpPort, UdpPort]:
    """RTP on the first free even port and RTCP on the next.  Raises `NoPortError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports:
        if port % 2:
            continue
        first, second = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
        try:
            first.bind((host, port))
            second.bind((host, port + 1))
        except OSError:
            first.close()
            second.close()
            continue
        return UdpPort(first), UdpPort(second)
    raise NoPortError(
        "No free port is left for the sound of another call; end a call or widen the port range."
    )
