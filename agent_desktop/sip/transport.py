"""The sockets of SIP: UDP, TCP and TLS on asyncio, driving one `UserAgent` with one timer.

The only file of this package with I/O.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable

from agent_desktop.sip.address import Address
from agent_desktop.sip.events import Event
from agent_desktop.sip.session import UserAgent


class SipTransport:
    """Runs a `UserAgent` on the running event loop.

    transport = SipTransport(on_event)
    local = await transport.listen_udp("127.0.0.1", 0)      # before Settings: the port is known then
    transport.start(UserAgent(Settings(local=(local,)), SystemRandomness()))
    ...
    leg = transport.agent.invite(..., now=transport.now())
    transport.flush()                                        # after every call of an agent's method
    await transport.close()
    """

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        raise NotImplementedError

    async def listen_udp(self, host: str, port: int) -> Address:
        raise NotImplementedError

    async def listen_tcp(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> Address:
        raise NotImplementedError

    def use_tls_client(self, context: ssl.SSLContext) -> None:
        """Connections that we open to a `tls` address use this; the default verifies (T14)."""
        raise NotImplementedError

    def start(self, agent: UserAgent) -> None:
        raise NotImplementedError

    @property
    def agent(self) -> UserAgent:
        raise NotImplementedError

    def now(self) -> float:
        """The clock of this transport (the loop's, monotonic)."""
        raise NotImplementedError

    def flush(self) -> None:
        """Send what waits, report events and arm the timer."""
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError
