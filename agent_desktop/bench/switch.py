"""How many legs one core of the switch mixes: jitter buffer, codec, SRTP and recording, each added in turn.

Sixty legs, joined two by two, send sound over real UDP; what is measured is the CPU time of the
switch's own tick (receive, decode, mix, encode, send) and, where calls are recorded, of encoding and
sealing what was recorded.  The telephones' side of the work is not counted.  A core is full when a tick
takes 20 ms.  Beside it, in the same run and by turns, a bare relay hands the packets of the same telephones
on from socket to socket: what this computer's network costs without any exchange.

Then a real switch under a real router joins calls for a while (`_bridged`): the CPU time that its process
takes for one call.

Goal (issue 3): at least 200 legs of G.711 a core with jitter buffer, SRTP and recording on.
"""

from __future__ import annotations

import contextlib
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_desktop.bench._bridged import cpu_ms_per_call
from agent_desktop.bench.result import Result
from agent_desktop.media import tones
from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.media.pcm import FRAME_S, Pcm, frames_of
from agent_desktop.media.recording import Recorder, record_to
from agent_desktop.media.session import MediaSession
from agent_desktop.media.udp import bind_pair
from agent_desktop.sip.media import (
    OPUS,
    PCMU,
    TELEPHONE_EVENT,
    AgreedStream,
    Agreement,
    Codec,
    Direction,
)
from agent_desktop.sip.sdes import KEY_BYTES, SUITES, Crypto
from agent_desktop.switch.mixing import MixingDesk, Ports
from agent_desktop.voice.plan import plan_of

_LEGS: Final = 60
_TICKS: Final = 80
_FIRST_TICKS: Final = 30  # buffers fill, caches warm
_WRITTEN_EVERY: Final = 10  # ticks: the scribe wakes five times a second
_ROUNDS: Final = 3  # in turn, the median counts: a neighbour of the computer disturbs one round, not all
_GOAL: Final = 200
_HOST: Final = "127.0.0.1"
_PORTS: Final = (26000, 26400)
_FULL_MS_PER_S: Final = 2 * 1000 / _GOAL  # of one call, when 200 legs fill a core


@dataclass(frozen=True, slots=True)
class Case:
    """What a leg does."""

    codec: Codec
    secure: bool = False
    recorded: bool = False

    def __str__(self) -> str:
        extra = (" + SRTP" if self.secure else "") + (" + recording" if self.recorded else "")
        return f"{self.codec.name}{extra}"


BARE: Final = Case(PCMU)
CASES: Final = (
    BARE,
    Case(PCMU, secure=True, recorded=True),
    Case(PCMU, secure=True),
    Case(OPUS, secure=True, recorded=True),
    Case(OPUS),
)


def run(legs: int = _LEGS, ticks: int = _TICKS, rounds: int = _ROUNDS, calls: int = 20) -> list[Result]:
    """Measure each case and the relay by turns, then a real switch."""
    table: dict[Case | None, list[float]] = {case: [] for case in (None, *CASES)}
    for _ in range(rounds):
        for case, found in table.items():
            found.append(_leg_s(case, legs, ticks))
    costs = {case: statistics.median(found) for case, found in table.items()}
    bare = costs[None]
    bridged_ms = cpu_ms_per_call(calls)
    return [
        *(_result(case, FRAME_S / costs[case], FRAME_S / bare) for case in CASES),
        _real(bridged_ms, bare),
    ]


def _result(case: Case, value: float, bare: float) -> Result:
    return Result(
        metric=f"legs per core, {case}",
        value=value,
        unit="legs",
        against="bare relay of the same packets",
        against_value=bare,
        goal=f">= {_GOAL}",
        met=value >= _GOAL,
    )


def _real(value: float, bare_leg_s: float) -> Result:
    return Result(
        metric="CPU of the switch's process for one bridged call, PCMU",
        value=value,
        unit="ms/s",
        against="bare relay of the same packets",
        against_value=2 * 1000 * bare_leg_s / FRAME_S,
        goal=f"<= {_FULL_MS_PER_S:g} ms/s",
        met=value <= _FULL_MS_PER_S,
    )


def _leg_s(case: Case | None, legs: int, ticks: int) -> float:
    """The CPU time of one leg in one tick; without a case, of the relay."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as closing:
        hall = _Relay(legs) if case is None else _Hall(case, legs, Path(folder))
        closing.callback(hall.close)
        costs = [hall.tick() for _ in range(ticks)][min(_FIRST_TICKS, ticks // 2) :]
        written = statistics.median(hall.written) / _WRITTEN_EVERY if hall.written else 0.0
    return (statistics.median(costs) + written) / legs


def _ports() -> tuple[range, range]:
    """Those of the switch and those of the telephones."""
    middle = (_PORTS[0] + _PORTS[1]) // 2 // 2 * 2
    return range(_PORTS[0], middle), range(middle, _PORTS[1])


class _Relay:
    """Sockets that hand on, two by two, what telephones send."""

    def __init__(self, legs: int) -> None:
        ours, theirs = _ports()
        self._pairs = [bind_pair(_HOST, ours) for _ in range(legs)]
        self._phones = [MediaSession(bind_pair(_HOST, theirs)) for _ in range(legs)]
        for (port, _), phone in zip(self._pairs, self._phones, strict=True):
            phone.configure(plan_of(_stream(BARE, port.address, None, None)).plan)
        self._sound = _endless()
        self.written: list[float] = []

    def tick(self) -> float:
        frame = next(self._sound)
        for phone in self._phones:
            phone.receive_due()
            phone.read_frame()
            phone.write_frame(frame)
        before = time.thread_time()
        for number, (port, _) in enumerate(self._pairs):
            other = number ^ 1
            for datagram in port.receive(64):
                self._pairs[other][0].send(datagram.data, self._phones[other].local)
        return time.thread_time() - before

    def close(self) -> None:
        for phone in self._phones:
            phone.close()
        for pair in self._pairs:
            for port in pair:
                port.close()


class _Hall:
    """A desk, its telephones, and what records them."""

    def __init__(self, case: Case, legs: int, folder: Path) -> None:
        ours, theirs = _ports()
        self._desk = MixingDesk(Ports(_HOST, ours.start, ours.stop), tell=lambda act: act())
        self._names = [f"leg{n}" for n in range(legs)]
        self._phones = [self._phone(name, case, theirs) for name in self._names]
        self._recorders: list[Recorder] = []
        self._sound = _endless()
        self._ticks = 0
        self.written: list[float] = []
        """What each turn of the scribe took, in seconds of CPU."""
        for one, other in zip(self._names[::2], self._names[1::2], strict=True):
            self._desk.hear(one, {other: 1.0})
            self._desk.hear(other, {one: 1.0})
            if case.recorded:
                recorder = record_to(folder / f"{one}.sealed", MasterKeys.at(folder / "keys"))
                self._recorders.append(recorder)
                self._desk.add_tape(one, recorder.write)
                self._desk.tape_hears(one, {one: 1.0}, {other: 1.0})

    def _phone(self, name: str, case: Case, ports: range) -> MediaSession:
        session = MediaSession(bind_pair(_HOST, ports))
        address = self._desk.open_leg(name, lambda _digit: None)
        ours, theirs = (Crypto(1, SUITES[0], secrets.token_bytes(KEY_BYTES[SUITES[0]])) for _ in range(2))
        self._desk.configure(name, Agreement((_stream(case, session.local, ours, theirs),)))
        session.configure(plan_of(_stream(case, address, theirs, ours)).plan)
        return session

    def tick(self) -> float:
        """20 ms of everything; gives the seconds of CPU that the switch's part took."""
        frame = next(self._sound)
        for phone in self._phones:
            phone.receive_due()
            phone.read_frame()
            phone.write_frame(frame)
        before = time.thread_time()
        self._desk.tick()
        took = time.thread_time() - before
        self._ticks += 1
        if self._recorders and self._ticks % _WRITTEN_EVERY == 0:
            before = time.thread_time()
            for recorder in self._recorders:
                recorder.work()
            self.written.append(time.thread_time() - before)
        return took

    def close(self) -> None:
        for name in self._names:
            self._desk.close_leg(name)
        self._desk.tick()
        for phone in self._phones:
            phone.close()
        for recorder in self._recorders:
            recorder.stop()
            while recorder.work():
                pass


def _stream(case: Case, address: tuple[str, int], seal: Crypto | None, open_: Crypto | None) -> AgreedStream:
    return AgreedStream(
        "audio",
        *address,
        case.codec,
        TELEPHONE_EVENT,
        Direction.SENDRECV,
        accepts=(case.codec,),
        seal=seal if case.secure else None,
        open=open_ if case.secure else None,
    )


def _endless() -> Iterator[Pcm]:
    frames = frames_of(tones.sine(440, 1.0))
    while True:
        yield from frames
