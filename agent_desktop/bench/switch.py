"""How many legs one core of the switch mixes: jitter buffer, codec, SRTP and recording, each added in turn.

One hundred legs, joined two by two, send sound over real UDP; what is measured is the CPU time of the
switch's own tick (receive, decode, mix, encode, send) and, where calls are recorded, of encoding and
sealing what was recorded.  The telephones' side of the work is not counted.  A core is full when a tick
takes 20 ms; the figure is a ratio of CPU times and does not move with what else the computer does.

Goal (issue 3): at least 200 legs a core with jitter buffer, SRTP and recording on.
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

_LEGS: Final = 100
_TICKS: Final = 150
_FIRST_TICKS: Final = 50  # buffers fill, caches warm
_GOAL: Final = 200
_HOST: Final = "127.0.0.1"
_PORTS: Final = (22500, 22998)


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
    Case(PCMU, secure=True, recorded=True),
    Case(PCMU, secure=True),
    Case(OPUS, secure=True, recorded=True),
    Case(OPUS),
)


def run(legs: int = _LEGS, ticks: int = _TICKS) -> list[Result]:
    """Measure each case, and the barest one beside it."""
    bare = legs_per_core(BARE, legs, ticks)
    return [_result(case, legs_per_core(case, legs, ticks), bare) for case in CASES]


def _result(case: Case, value: float, bare: float) -> Result:
    return Result(
        metric=f"legs per core, {case}",
        value=value,
        unit="legs",
        against=str(BARE),
        against_value=bare,
        goal=f">= {_GOAL}",
        met=value >= _GOAL,
    )


def legs_per_core(case: Case, legs: int, ticks: int) -> float:
    """Run a desk with so many legs and judge it by the CPU time of a tick."""
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(_Hall(case, legs, Path(folder))) as hall:
        costs = [hall.tick() for _ in range(ticks)][min(_FIRST_TICKS, ticks // 2) :]
    return legs * FRAME_S / statistics.mean(costs)


class _Hall:
    """A desk, its telephones, and what records them."""

    def __init__(self, case: Case, legs: int, folder: Path) -> None:
        middle = (_PORTS[0] + _PORTS[1]) // 2 // 2 * 2
        self._desk = MixingDesk(Ports(_HOST, _PORTS[0], middle), tell=lambda act: act())
        self._names = [f"leg{n}" for n in range(legs)]
        self._phones = [self._phone(name, case, range(middle, _PORTS[1])) for name in self._names]
        self._recorders: list[Recorder] = []
        self._sound = _endless()
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
        for recorder in self._recorders:
            recorder.work()
        return time.thread_time() - before

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


def _stream(case: Case, address: tuple[str, int], seal: Crypto, open_: Crypto) -> AgreedStream:
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
