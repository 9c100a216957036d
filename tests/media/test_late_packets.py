"""minimodem's tones over a bad network and busy computers: what only comes late costs no character.

The sender and the receiver stand still for up to 0.4 s each, now and then, as threads do on a computer that
has no time, and the network lets packets wait and change places.  The clock is the test.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media.codecs import PCMA, PCMU, TableCodec
from agent_desktop.media.hearing import Hearing
from agent_desktop.media.jitter import JitterBuffer
from agent_desktop.media.pcm import Pcm
from agent_desktop.media.text_leg import TextLeg, TextRoute
from tests.media.baudot_line import quiet, wrong
from tests.media.test_text_leg_minimodem import QUESTIONS, typed_by_minimodem
from tests.media.textcall import Reader

TEXT = " ".join(QUESTIONS[:8])
LONGEST_STALL_S = 0.4


class Computer:
    """Wakes every 20 ms, less often while it has no time; then everything that was due is done at once."""

    def __init__(self, seed: int, *, stalls_every_s: float) -> None:
        self._chance, self._every_s = random.Random(seed), stalls_every_s
        self._blocked_until = 0.0

    def wakes(self, due_s: float) -> float:
        """When it does what was due then."""
        if self._chance.random() < 0.02 / self._every_s and due_s > self._blocked_until:
            self._blocked_until = due_s + self._chance.uniform(0.06, LONGEST_STALL_S)
        return max(due_s, self._blocked_until)


class Ear:
    """What one leg reads of a stream."""

    def __init__(self, codec: TableCodec) -> None:
        self.now_s, self.reader, self.newest = 0.0, Reader(), -1
        self.codec, self.hearing = codec, Hearing(JitterBuffer())
        self.hearing.tune(codec)
        self.leg = TextLeg(self.reader.take, fix_delay=self.fix, clock=self.clock, wall_clock=self.clock)
        self.leg.configure(TextRoute(has_tty=True))
        self.leg.listen_to(self.hearing)

    def clock(self) -> float:
        return self.now_s

    def fix(self, *, now: bool) -> None:
        self.hearing.jitter.fix(3, now=now)

    def tick(self, packets: list[tuple[int, Pcm]]) -> None:
        self.leg.receive_due()
        for n, frame in packets:
            sound = self.codec.decode(self.codec.encode(frame))
            timestamp = (160 * n - 3000) & 0xFFFFFFFF
            self.hearing.take(timestamp, sound, newest=n > self.newest, follows=n == self.newest + 1)
            self.newest = max(n, self.newest)
        self.hearing.tell_due(self.now_s)
        self.hearing.read()
        assert self.leg.send_due() is None


def read(
    sound: Pcm,
    codec: TableCodec,
    *,
    sender: Computer,
    receiver: Computer,
    delay_s: Callable[[], float | None],
) -> Ear:
    """`delay_s`: what the network does to a packet; None loses it."""
    frames = np.concatenate((quiet(0.4), sound, quiet(2.0)))
    arrivals: list[tuple[float, int]] = []
    count = len(frames) // 160
    for n in range(count):
        delay = delay_s()
        if delay is not None:
            arrivals.append((sender.wakes(0.02 * n) + delay, n))
    arrivals.sort(reverse=True)
    ear = Ear(codec)
    for tick in range(count + 50):
        ear.now_s = receiver.wakes(0.02 * tick + 0.01)
        came = [arrivals.pop()[1] for _ in range(len(arrivals)) if arrivals[-1][0] <= ear.now_s]
        ear.tick([(n, frames[160 * n : 160 * n + 160]) for n in came])
    return ear


@pytest.mark.parametrize("codec", [PCMU, PCMA], ids=["PCMU", "PCMA"])
@pytest.mark.parametrize("seed", range(4))
def test_stalls_at_both_ends_and_jitter_cost_no_character(
    seed: int, codec: TableCodec, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    ear = read(
        typed_by_minimodem(TEXT, tmp_path),
        codec,
        sender=Computer(10 + seed, stalls_every_s=1.5),
        receiver=Computer(20 + seed, stalls_every_s=1.5),
        delay_s=lambda: chance.uniform(0.0, 0.08),
    )
    assert " ".join(ear.reader.said("customer")) == TEXT
    assert ear.leg.state.damaged == 0
    assert ear.leg.state.turn == "near"


@pytest.mark.parametrize("seed", range(3))
def test_one_packet_in_a_hundred_lost_beside_it_costs_at_most_one_character_in_a_hundred(
    seed: int, tmp_path: Path
) -> None:
    chance, text = random.Random(seed), " ".join(QUESTIONS)
    ear = read(
        typed_by_minimodem(text, tmp_path),
        PCMU,
        sender=Computer(10 + seed, stalls_every_s=3.0),
        receiver=Computer(20 + seed, stalls_every_s=3.0),
        delay_s=lambda: None if chance.random() < 0.01 else chance.uniform(0.0, 0.06),
    )
    assert wrong(text, " ".join(ear.reader.said("customer"))) <= 1.0


def test_the_turn_passes_although_the_other_side_sends_nothing_more(tmp_path: Path) -> None:
    sound = typed_by_minimodem("HELLO GA", tmp_path)
    ear = Ear(PCMU)
    for n in range(len(sound) // 160 + 60):
        ear.now_s += 0.02
        ear.tick([(n, sound[160 * n : 160 * n + 160])] if n < len(sound) // 160 else [])
    assert ear.reader.said("customer") == ["HELLO GA"]
    assert ear.leg.state.turn == "near"


def test_the_ear_is_spared_the_tones_that_are_played_and_nothing_else(tmp_path: Path) -> None:
    """The modem is ahead of the ear by what the jitter buffer holds."""
    sound = np.concatenate((quiet(1.0), typed_by_minimodem("HELLO THERE GA", tmp_path), quiet(1.0)))
    call = Ear(PCMU)
    call.leg.announce()
    call.hearing.jitter.fix(6, now=True)
    loud: list[bool] = []
    spared: list[bool] = []
    for n in range(len(sound) // 160):
        call.leg.receive_due()
        frame = PCMU.decode(PCMU.encode(sound[160 * n : 160 * n + 160]))
        call.hearing.take(160 * n, frame, newest=True, follows=True)
        call.hearing.tell_due(0.02 * n)
        loud.append(bool(np.abs(call.hearing.read()).max() > 500))
        spared.append(call.leg.is_far_carrier)
        call.leg.send_due()
    first, last = loud.index(True), len(loud) - 1 - loud[::-1].index(True)
    assert first + 4 <= spared.index(True) <= first + 7  # 100 ms are a carrier
    ends = len(spared) - 1 - spared[::-1].index(True)
    assert last <= ends <= last + 5
