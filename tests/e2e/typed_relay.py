"""A road between a caller of ours and the exchange, on which sound is lost.

Of every so many packets one is lost in each direction, which of them is chance with a seed.
"""

from __future__ import annotations

import random
import secrets
import select
import socket
import threading
from dataclasses import replace

from agent_desktop.media.session import MediaSession
from agent_desktop.sip.media import LocalMedia
from agent_desktop.voice.offer import local_media
from tests.interop.party import Line
from tests.interop.places import HOST
from tests.interop.typing_party import Minimodem

Address = tuple[str, int]


class Way:
    """One direction: from what comes in at one socket to what goes out of the other."""

    def __init__(self, one_in: int, seed: int) -> None:
        self._one_in, self._chance = one_in, random.Random(seed)
        self._lost = 0
        self.passed = self.lost = 0
        self.target: Address | None = None

    def carry(self, taken: socket.socket, given: socket.socket) -> None:
        data = taken.recv(2048)
        place = (self.passed + self.lost) % self._one_in
        if place == 0:
            self._lost = self._chance.randrange(self._one_in)
        if place == self._lost:
            self.lost += 1
            return
        self.passed += 1
        if self.target is not None:
            given.sendto(data, self.target)


class Relay(threading.Thread):
    """`outside` is what the exchange is told, `inside` where the caller sends."""

    def __init__(self, caller: Address, *, one_in: int, seed: int) -> None:
        super().__init__(daemon=True)
        self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
        for one in self._sockets:
            one.bind((HOST, 0))
        self.inside, self.outside, self._end = [one.getsockname() for one in self._sockets]
        self.to_exchange, self.to_caller = Way(one_in, seed), Way(one_in, seed + 1)
        self.to_caller.target = caller
        self.start()

    def run(self) -> None:
        inside, outside, end = self._sockets
        while True:
            ready, _, _ = select.select(self._sockets, [], [])
            if end in ready:
                return
            if inside in ready:
                self.to_exchange.carry(inside, outside)
            if outside in ready:
                self.to_caller.carry(outside, inside)

    def stop(self) -> None:
        self._sockets[0].sendto(b"", self._end)
        self.join(10)
        for one in self._sockets:
            one.close()


class FarMinimodem(Minimodem):
    """A textphone of others at the end of such a road."""

    def __init__(self, *, one_in: int, seed: int) -> None:
        super().__init__()
        self._one_in, self._seed = one_in, seed
        self.relay: Relay | None = None

    def _media(self, session: MediaSession) -> LocalMedia:
        self.relay = Relay(session.local, one_in=self._one_in, seed=self._seed)
        return local_media(self.policy, HOST, self.relay.outside[1], secrets.token_bytes)

    def _agreed(self, line: Line, agreement: object) -> None:
        super()._agreed(line, agreement)
        plan = line.planned.plan
        if self.relay is not None and plan.remote is not None:
            self.relay.to_exchange.target = plan.remote
            line.session.configure(replace(plan, remote=self.relay.inside))

    async def close(self) -> None:
        await super().close()
        if self.relay is not None:
            self.relay.stop()
