"""Two sessions on loopback whose clock is the test, and a road between them that loses and delays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from agent_desktop.media import codecs
from agent_desktop.media.pcm import SILENCE, Pcm, frames_of
from agent_desktop.media.session import MediaSession, Plan
from agent_desktop.media.source import Address
from agent_desktop.media.udp import UdpPort, bind_pair

PORTS = range(21200, 21900)
TYPES = {"PCMU": 0, "PCMA": 8, "G722": 9, "opus": 111}
FMTP = "useinbandfec=1"


class Wall:
    """A wall clock that goes on by 20 ms a tick."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def read(self) -> float:
        return self.now


def plan(remote: MediaSession, name: str = "PCMU", **more: object) -> Plan:
    """A plan for one codec, with codecs of its own."""
    codec = codecs.make(name, TYPES[name], FMTP)
    made = Plan(remote=remote.local, codec=codec, accepted={codec.payload_type: codec}, dtmf_payload_type=101)
    return replace(made, **more)  # type: ignore[arg-type]  # the test's own keywords


class Road:
    """A port whose packets may get lost on the way, and that remembers the last one."""

    def __init__(self, port: UdpPort) -> None:
        self._port = port
        self.is_open = True
        self.last = b""

    def send(self, data: bytes, target: Address) -> None:
        self.last = data
        if self.is_open:
            self._port.send(data, target)

    def __getattr__(self, name: str) -> object:
        return getattr(self._port, name)


class Call:
    """Two legs that talk to each other, a tick at a time."""

    def __init__(self) -> None:
        self.wall = Wall()
        self.digits: list[str] = []
        self.one = MediaSession(bind_pair("127.0.0.1", PORTS), wall_clock=self.wall.read)
        self.other = MediaSession(
            bind_pair("127.0.0.1", PORTS), wall_clock=self.wall.read, on_digit=self.digits.append
        )
        self.road = Road(self.one._rtp)
        self.one._rtp = self.road  # type: ignore[assignment]  # a port with a road before it
        self.lost: set[int] = set()
        """Ticks in which what `one` sends does not arrive."""
        self.tick_number = 0

    def agree(self, name: str = "PCMU", **more: object) -> None:
        self.one.configure(plan(self.other, name, **more))
        self.other.configure(plan(self.one, name, **more))

    def tick(self, says: Pcm = SILENCE, answers: Pcm = SILENCE) -> tuple[Pcm, Pcm]:
        """20 ms of both; what each hears."""
        self.wall.now += 0.02
        self.one.receive_due()
        self.other.receive_due()
        heard = self.one.read_frame(), self.other.read_frame()
        self.road.is_open = self.tick_number not in self.lost
        self.one.write_frame(says)
        self.road.is_open = True
        self.other.write_frame(answers)
        self.tick_number += 1
        return heard

    def say(self, sound: Pcm, answer: Iterable[Pcm] | None = None) -> Pcm:
        """`one` says it; what `other` heard in that time."""
        answers = iter(answer or ())
        return np.concatenate([self.tick(frame, next(answers, SILENCE))[1] for frame in frames_of(sound)])

    def close(self) -> None:
        self.one.close()
        self.other.close()
