from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.media.jitter import CAPACITY_FRAMES, FRAME_SAMPLES, HALF_SAMPLES, Halves, JitterBuffer
from agent_desktop.media.pcm import Pcm

START = 0xFFFFFFFF - 500  # wraps soon


def frame(n: int, samples: int = FRAME_SAMPLES) -> Pcm:
    return np.full(samples, n + 1, dtype=np.int16)


def number(halves: Halves | None) -> int | None:
    """Which frame was heard; None for an erasure or no talk."""
    if halves is None or halves[0] is None:
        return None
    return int(halves[0][0]) - 1


@dataclass
class Line:
    """A sender of 20 ms frames whose packets take their time, and a listener that pulls every 20 ms."""

    buffer: JitterBuffer

    def play(self, delays_ms: list[float | None], pulls: int | None = None) -> list[int | None]:
        arrivals = sorted((20 * n + delay, n) for n, delay in enumerate(delays_ms) if delay is not None)
        heard: list[int | None] = []
        newest = -1
        for tick in range(pulls or len(delays_ms)):
            while arrivals and arrivals[0][0] <= 20 * tick + 10:
                _, n = arrivals.pop(0)
                self.buffer.push((START + 160 * n) & 0xFFFFFFFF, frame(n), newest=n > newest)
                newest = max(newest, n)
            heard.append(number(self.buffer.pull()))
        return heard


def test_even_packets_are_heard_in_order_after_the_wanted_wait() -> None:
    heard = Line(JitterBuffer(start_frames=2)).play([0.0] * 50)
    assert heard == [None, *range(49)]


def test_packets_out_of_order_are_heard_in_order() -> None:
    delays: list[float | None] = [0.0] * 30
    delays[10] = 25.0  # after 11
    line = Line(JitterBuffer(start_frames=3))
    assert line.play(delays) == [None, None, *range(28)]


def test_a_lost_packet_is_an_erasure_in_its_place() -> None:
    delays: list[float | None] = [0.0] * 30
    delays[10] = None
    heard = Line(JitterBuffer()).play(delays)
    assert heard[1:] == [*range(10), None, *range(11, 29)]


def test_a_repeated_packet_is_heard_once() -> None:
    buffer = JitterBuffer(start_frames=1)
    for n in range(5):
        buffer.push(160 * n, frame(n))
        buffer.push(160 * n, frame(n), newest=False)
        assert number(buffer.pull()) == n
    assert buffer.pull() == (None, None)


def test_a_spike_of_delay_loses_nothing_and_raises_the_delay() -> None:
    delays: list[float | None] = [0.0] * 60
    for n in range(20, 24):
        delays[n] = 20.0 * (24 - n)  # four packets arrive together with the fifth
    line = Line(JitterBuffer(start_frames=1))
    heard = [n for n in line.play(delays, pulls=70) if n is not None]
    assert heard == list(range(60))
    assert line.buffer.playout.grown >= 1


def test_steady_jitter_of_forty_milliseconds_is_absorbed() -> None:
    random = np.random.default_rng(4)
    line = Line(JitterBuffer(start_frames=1))
    heard = line.play([float(delay) for delay in random.uniform(0, 40, 2000)])
    settled = heard[500:]
    assert sum(n is None for n in settled) / len(settled) < 0.01
    assert line.buffer.depth_frames <= 4


def test_the_delay_shrinks_again_when_packets_come_early() -> None:
    delays: list[float | None] = [0.0] * 3000
    for n in range(100, 110):
        delays[n] = 20.0 * (110 - n)
    line = Line(JitterBuffer(start_frames=1))
    line.play(delays)
    assert line.buffer.playout.shrunk >= 5
    assert line.buffer.depth_frames <= 3


def test_a_fixed_buffer_keeps_its_delay() -> None:
    delays: list[float | None] = [0.0] * 3000
    delays[100] = 90.0
    line = Line(JitterBuffer(start_frames=3, fixed=True))
    heard = line.play(delays)
    assert heard.index(50) == 52
    assert heard.index(2900) == 2902
    assert heard[102] is None


def test_a_leap_of_the_timestamp_starts_again_and_reserves_nothing() -> None:
    buffer = JitterBuffer(start_frames=1)
    for n in range(10):
        buffer.push(160 * n, frame(n))
        buffer.pull()
    for n in range(10, 20):
        buffer.push((300_000_000 + 160 * n) & 0xFFFFFFFF, frame(n))
        assert number(buffer.pull()) == n
    assert buffer.playout.resets == 1


def test_an_old_stray_packet_does_not_start_it_again() -> None:
    buffer = JitterBuffer(start_frames=1)
    for n in range(200):
        buffer.push(160 * n, frame(n))
        assert number(buffer.pull()) == n
    buffer.push(0, frame(0), newest=False)
    buffer.push(160 * 200, frame(200))
    assert number(buffer.pull()) == 200
    assert buffer.playout.resets == 0


def test_after_a_pause_it_gathers_again() -> None:
    buffer = JitterBuffer(start_frames=2)
    for n in range(5):
        buffer.push(160 * n, frame(n))
    pulled = [buffer.pull() for _ in range(60)]
    assert pulled[-1] is None
    buffer.push(160 * 60, frame(60))
    assert buffer.pull() is None
    buffer.push(160 * 61, frame(61))
    assert [number(buffer.pull()), number(buffer.pull())] == [60, 61]


@pytest.mark.parametrize("milliseconds", [10, 20, 30, 40, 60])
def test_packets_of_any_length_make_the_same_sound(milliseconds: int) -> None:
    sound = np.arange(1, 8 * 1200 + 1, dtype=np.int16)
    size = 8 * milliseconds
    buffer = JitterBuffer(start_frames=4)
    heard: list[Pcm] = []
    for start in range(0, len(sound), size):
        buffer.push(start, sound[start : start + size])
        while buffer.depth_frames >= 4 or (heard and buffer.depth_frames >= 1):
            halves = buffer.pull()
            assert halves is not None
            assert halves[0] is not None
            assert halves[1] is not None
            heard += [halves[0], halves[1]]
    together = np.concatenate(heard)
    assert np.array_equal(together, sound[: len(together)])
    assert len(together) > 1000


def test_half_a_frame_that_is_missing_is_half_an_erasure() -> None:
    buffer = JitterBuffer(start_frames=1)
    buffer.push(0, frame(0))
    buffer.push(160, frame(1, HALF_SAMPLES))
    buffer.push(320, frame(2))
    assert number(buffer.pull()) == 0
    second = buffer.pull()
    assert second is not None
    assert second[0] is not None
    assert second[1] is None
    assert number(buffer.pull()) == 2


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.tuples(st.integers(0, 0xFFFFFFFF), st.integers(0, 4000), st.booleans()),
            st.tuples(st.integers(0, 5000), st.sampled_from([80, 160, 240]), st.booleans()),
        ),
        max_size=80,
    )
)
def test_whatever_comes_it_stays_bounded_and_always_gives_a_frame(
    acts: list[tuple[int, int, bool] | None],
) -> None:
    buffer = JitterBuffer()
    for act in acts:
        if act is None:
            halves = buffer.pull()
            assert halves is None or all(half is None or len(half) == HALF_SAMPLES for half in halves)
        else:
            timestamp, samples, newest = act
            buffer.push(timestamp, np.ones(samples, dtype=np.int16), newest=newest)
        assert buffer.depth_frames <= CAPACITY_FRAMES


def test_it_recovers_from_a_flood_of_random_timestamps() -> None:
    random = np.random.default_rng(1)
    buffer = JitterBuffer(start_frames=1)
    for timestamp in random.integers(0, 2**32, 2000):
        buffer.push(int(timestamp), frame(1))
        buffer.pull()
    heard = []
    for n in range(30):
        buffer.push(160 * n, frame(n))
        heard.append(number(buffer.pull()))
    assert heard[-10:] == list(range(20, 30))


def test_packets_that_keep_coming_too_late_add_a_frame() -> None:
    delays: list[float | None] = [0.0] * 400
    for n in range(50, 400, 5):
        delays[n] = 45.0  # after those that follow it: too late while the others are in time
    line = Line(JitterBuffer(start_frames=2))
    heard = line.play(delays)
    assert line.buffer.playout.late >= 5
    assert line.buffer.playout.grown >= 1
    assert heard[-50:].count(None) == 0


def test_more_sound_than_there_is_room_for_is_dropped_and_counted() -> None:
    buffer = JitterBuffer()
    buffer.push(0, np.zeros(FRAME_SAMPLES * CAPACITY_FRAMES, dtype=np.int16))
    assert buffer.playout.dropped == 1
    assert buffer.pull() is None
