"""Agents without a screen: a link to the router that accepts each offer, and a phone that answers at once.

All of them live in the bench's process, on one socket for SIP; when an INVITE comes is noted before
anything else is done with it.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Self

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from agent_desktop.bench._centre import HOST, BenchCentre
from agent_desktop.bench._talkers import Talkers
from agent_desktop.sip import events as sip
from agent_desktop.sip import media
from agent_desktop.sip.accounts import Account, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.wire import commands
from agent_desktop.wire.codec import AGENT_LINK, Hello, Ping, Pong, Request, encode_body, envelop
from agent_desktop.wire.events import OfferMade

_REGISTERED_S: Final = 20.0
_PONG: Final = envelop(encode_body(Pong())).decode()
_SOUND_PORT: Final = 9  # nobody listens: what is measured is signalling


class BenchAgents:
    """Every agent of the centre, ready and registered while the block lasts."""

    def __init__(self, centre: BenchCentre, sound: Talkers | None = None) -> None:
        """With `sound` the phones talk; without, only the signalling is theirs."""
        self._centre = centre
        self._sound = sound
        self.rang: dict[str, float] = {}
        """When the INVITE of a caller's number came to a phone, seconds since 1970."""
        self._unregistered = len(centre.agents)
        self._all_registered = asyncio.Event()
        self._transport = SipTransport(self._happened)
        self._sockets: list[ClientConnection] = []
        self._readers: list[asyncio.Task[None]] = []
        self._ids: Iterator[int] = itertools.count(1)

    async def __aenter__(self) -> Self:
        await self._register()
        for agent in self._centre.agents:
            await self._sign_in(agent)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in self._sockets), return_exceptions=True)
        await self._transport.close()

    async def _register(self) -> None:
        local = await self._transport.listen_udp(HOST, 0)
        self._transport.start(UserAgent(Settings(local=(local,)), SystemRandomness()))
        server = Address("udp", HOST, self._centre.sip_port)
        for agent in self._centre.agents:
            account = Account(
                user=self._centre.extension(agent),
                domain=f"{HOST}:{server.port}",
                server=server,
                password=self._centre.password(agent),
                learns_realm=True,
            )
            self._transport.agent.register(account, self._transport.now())
            self._transport.flush()
            await asyncio.sleep(0.005)
        async with asyncio.timeout(_REGISTERED_S):
            await self._all_registered.wait()

    def _happened(self, event: sip.Event) -> None:
        match event:
            case sip.CallArrived():
                self.rang.setdefault(event.caller.uri.user, time.time())
                agent, now = self._transport.agent, self._transport.now()
                agent.ring(event.leg, now)
                if self._sound is None:
                    agent.answer(event.leg, media.audio(HOST, _SOUND_PORT, (media.PCMU,)), now)
                else:
                    voice, mine = self._sound.open(), ("agent", event.leg)
                    self._sound.belongs(mine, voice)
                    self._sound.agreed(mine, agent.answer(event.leg, voice.media, now))
                self._transport.flush()
            case sip.Registered():
                self._unregistered -= 1
                if not self._unregistered:
                    self._all_registered.set()
            case _:
                pass

    async def _sign_in(self, agent: str) -> None:
        socket = await connect(
            f"ws://{HOST}:{self._centre.base}/ws/agent", compression=None, ping_interval=None
        )
        hello = Hello(protocol=1, token=self._centre.token(agent))
        await socket.send(envelop(encode_body(hello)), text=True)
        await socket.recv()
        await socket.recv()
        await self._ask(socket, commands.SetReady())
        self._sockets.append(socket)
        self._readers.append(asyncio.create_task(self._serve(socket)))

    async def _serve(self, socket: ClientConnection) -> None:
        async for data in socket:
            _, body = AGENT_LINK.decode(data)
            match body:
                case Ping():
                    await socket.send(_PONG, text=True)
                case OfferMade():
                    await self._ask(socket, commands.AcceptOffer(offer=body.offer.id))
                case _:
                    pass

    async def _ask(self, socket: ClientConnection, command: commands.AnyCommand) -> None:
        request = Request(id=f"bench-{next(self._ids)}", command=msgspec.Raw(encode_body(command)))
        await socket.send(envelop(encode_body(request)), text=True)
