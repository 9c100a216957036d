"""A user agent on real ports, for tests of connections."""

from __future__ import annotations

import asyncio

from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.media import audio
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.sip.uri import Uri

HOST = "127.0.0.1"


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


async def until(is_so) -> None:
    end = asyncio.get_running_loop().time() + 25
    while not is_so():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.01)
