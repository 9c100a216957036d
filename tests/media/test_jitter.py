from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.media.comfort_noise import Noise
from agent_desktop.media.jitter import CAPACITY_FRAMES, JitterBuffer, Missing, Packet
from agent_desktop.media.pcm import Pcm
from tests.media.jittery import FRAME, START, Line, frame, number, push


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
    line = Line(JitterBuffer(start_frames=2))
    assert line.play(delays)[1:] == [*range(10), None, *range(11, 29)]
    assert (line.buffer.playout.lost, line.buffer.playout.bursts) == (1, 1)


def test_what_is_missing_is_told_with_the_payload_that_follows_it() -> None:
    buffer = JitterBuffer(start_frames=1, clock_rate_hz=48_000)
    buffer.push(0, b"zero", 960)
    buffer.push(4 * 960, b"four", 960)
    assert [buffer.pull() for _ in range(5)] == [
        Packet(b"zero", 960),
        Missing(960),
        Missing(960),
        Missing(960, b"four"),
        Packet(b"four", 960),
    ]


def test_a_repeated_packet_is_heard_once_and_never_counts_as_late() -> None:
    buffer = JitterBuffer(start_frames=1)
    for n in range(500):
        push(buffer, n)
        push(buffer, n, newest=False)
        assert number(buffer.pull()) == n
        push(buffer, n, newest=False)
    assert isinstance(buffer.pull(), Missing)
    assert (buffer.playout.late, buffer.playout.grown) == (0, 0)


def test_a_spike_of_delay_loses_nothing_and_raises_the_delay() -> None:
    delays: list[float | None] = [0.0] * 60
    for n in range(20, 24):
        delays[n] = 20.0 * (24 - n)  # four packets arrive together with the fifth
    line = Line(JitterBuffer(start_frames=1))
    heard = [n for n in line.play(delays, pulls=70) if n is not None]
    assert heard == list(range(60))
    assert line.buffer.playout.grown >= 1


@pytest.mark.parametrize("stamped", [True, False])
def test_steady_jitter_of_forty_milliseconds_is_absorbed(stamped: bool) -> None:
    random = np.random.default_rng(4)
    line = Line(JitterBuffer(), stamped=stamped)
    heard = line.play([float(delay) for delay in random.uniform(0, 40, 3000)])
    settled = heard[500:]
    assert sum(n is None for n in settled) / len(settled) < 0.01
    assert line.buffer.depth_frames <= 4


def test_without_jitter_the_delay_stays_at_a_frame_or_two() -> None:
    for phase in (0.2, 5.0, 9.9):
        line = Line(JitterBuffer(), stamped=True)
        heard = line.play([phase] * 3000)
        assert heard.count(None) <= 1
        assert line.buffer.depth_frames <= 2


def test_the_delay_shrinks_again_when_packets_come_early() -> None:
    delays: list[float | None] = [0.0] * 3000
    for n in range(100, 110):
        delays[n] = 20.0 * (110 - n)
    line = Line(JitterBuffer())
    line.play(delays)
    assert line.buffer.playout.shrunk >= 5
    assert line.buffer.depth_frames <= 2


@pytest.mark.parametrize("ppm", [-200, 200])
def test_clocks_that_drift_apart_for_half_an_hour_make_no_gap_and_no_delay(ppm: int) -> None:
    random = np.random.default_rng(7)
    packets = 90_000
    line = Line(JitterBuffer(), stamped=True, drift=-ppm / 1e6)
    heard = line.play([float(delay) for delay in random.uniform(0, 4, packets)], pulls=packets - 50)
    assert heard[100:].count(None) <= 2
    assert line.buffer.depth_frames <= 3
    assert line.buffer.playout.resets == 0
    changes = line.buffer.playout.grown if ppm < 0 else line.buffer.playout.shrunk
    assert 15 <= changes <= 25  # 360 ms in steps of 20


@pytest.mark.parametrize("ppm", [-200, 200])
def test_where_arrivals_are_not_stamped_drift_costs_at_most_a_frame_every_hundred_seconds(ppm: int) -> None:
    packets = 90_000
    line = Line(JitterBuffer(), drift=-ppm / 1e6)
    heard = line.play([1.0] * packets, pulls=packets - 50)
    assert heard[10:].count(None) <= 20
    gaps = "".join("x" if n is None else "." for n in heard[10:])
    assert "xx" not in gaps
    assert line.buffer.depth_frames <= 4


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_fixed_buffer_survives_drift_with_few_gaps(ppm: int) -> None:
    line = Line(JitterBuffer(fixed_frames=3), drift=-ppm / 1e6)
    heard = line.play([1.0] * 90_000, pulls=89_900)
    assert heard.count(None) < 150
    assert line.buffer.depth_frames <= CAPACITY_FRAMES


def test_a_buffer_that_is_fixed_in_the_call_gathers_its_delay_once_and_shifts_nothing_after_it() -> None:
    # A late packet is an erasure in its place; nothing is put back for it.
    fixed = JitterBuffer()
    heard: list[int | None] = []
    for tick in range(120):
        if tick == 20:
            fixed.fix(3, now=False)
        if tick == 40:
            fixed.fix(3, now=True)
        if tick != 70:
            push(fixed, tick)
        if tick == 75:
            push(fixed, 70, newest=False, follows=False)
        heard.append(number(fixed.pull()))
    told = [one for one in heard[45:] if one is not None]
    assert told == [n for n in range(told[0], told[-1] + 1) if n != 70]
    assert heard[45:].count(None) == 1
    assert heard[:40] == list(range(40))
    assert 2 <= 119 - (heard[-1] or 0) <= 3


def test_a_fixed_buffer_keeps_its_delay() -> None:
    delays: list[float | None] = [0.0] * 3000
    delays[100] = 90.0
    line = Line(JitterBuffer(fixed_frames=3))
    heard = line.play(delays)
    assert heard.index(50) == 52
    assert heard.index(2900) == 2902
    assert heard[102] is None


def test_a_leap_of_the_timestamp_starts_again_and_reserves_nothing() -> None:
    buffer = JitterBuffer(start_frames=1)
    for n in range(10):
        push(buffer, n)
        buffer.pull()
    for n in range(10, 20):
        buffer.push((300_000_000 + FRAME * n) & 0xFFFFFFFF, frame(n), FRAME)
        assert number(buffer.pull()) == n
    assert buffer.playout.resets == 1


def test_an_old_stray_packet_does_not_start_it_again() -> None:
    buffer = JitterBuffer(start_frames=1)
    for n in range(200):
        push(buffer, n)
        assert number(buffer.pull()) == n
    push(buffer, 0, newest=False)
    push(buffer, 200)
    assert number(buffer.pull()) == 200
    assert buffer.playout.resets == 0


def test_after_a_pause_it_gathers_again() -> None:
    buffer = JitterBuffer(start_frames=2)
    for n in range(5):
        push(buffer, n)
    pulled = [buffer.pull() for _ in range(60)]
    assert pulled[-1] is None
    push(buffer, 60)
    assert buffer.pull() is None
    push(buffer, 61)
    assert [number(buffer.pull()), number(buffer.pull())] == [60, 61]


def test_a_pause_that_was_not_announced_is_no_loss() -> None:
    buffer = JitterBuffer(start_frames=1)
    for n in range(10):
        push(buffer, n)
        buffer.pull()
    for _ in range(10):
        buffer.pull()
    assert buffer.playout.lost == 10
    push(buffer, 20, follows=True)  # the next number, later in time
    assert buffer.playout.lost == 0


def test_after_noise_a_pause_is_no_loss_and_talk_begins_at_once() -> None:
    buffer = JitterBuffer(start_frames=1)
    for n in range(5):
        push(buffer, n)
        buffer.pull()
    buffer.push(START + FRAME * 5, Noise(50), FRAME)
    pulled = [buffer.pull() for _ in range(500)]
    assert pulled[0] == Packet(Noise(50), FRAME)
    assert all(isinstance(piece, Missing) and piece.is_pause for piece in pulled[1:])
    push(buffer, 507, follows=True)  # two frames later than we had counted on
    assert [number(buffer.pull()) for _ in range(2)] == [None, 507]
    assert buffer.playout.lost == 0
    push(buffer, 508)
    push(buffer, 509)
    assert number(buffer.pull()) in {508, 509}


def test_talk_after_a_pause_that_was_counted_too_long_is_not_late() -> None:
    buffer = JitterBuffer(start_frames=1)
    push(buffer, 0)
    buffer.push(START + FRAME, Noise(50), FRAME)
    for _ in range(103):
        buffer.pull()
    for n in range(100, 104):
        push(buffer, n)
        assert number(buffer.pull()) == n
    assert buffer.playout.late == 0


@pytest.mark.parametrize("milliseconds", [10, 20, 30, 40, 60])
def test_packets_of_any_length_are_heard_whole_and_in_order(milliseconds: int) -> None:
    sound = np.arange(1, 8 * 1200 + 1, dtype=np.int16)
    size = 8 * milliseconds
    buffer = JitterBuffer(start_frames=4)
    heard: list[Pcm] = []
    for start in range(0, len(sound), size):
        buffer.push(start, sound[start : start + size], size)
        while buffer.depth_frames >= 4 or (heard and buffer.depth_frames >= 1):
            packet = buffer.pull()
            assert isinstance(packet, Packet)
            assert isinstance(packet.item, np.ndarray)
            heard.append(packet.item)
    together = np.concatenate(heard)
    assert np.array_equal(together, sound[: len(together)])
    assert len(together) > 1000


def test_half_a_frame_that_is_missing_is_half_an_erasure() -> None:
    buffer = JitterBuffer(start_frames=1)
    buffer.push(0, frame(0), FRAME)
    buffer.push(160, frame(1, 80), 80)
    buffer.push(320, frame(2), FRAME)
    assert [number(buffer.pull()), number(buffer.pull())] == [0, 1]
    missing = buffer.pull()
    assert isinstance(missing, Missing)
    assert missing.units == 80
    assert number(buffer.pull()) == 2


def test_a_clock_that_is_written_carelessly_makes_no_gap() -> None:
    buffer = JitterBuffer(start_frames=1)
    for n in range(300):
        buffer.push(FRAME * n + n % 7 - 3 + 1000, frame(n), FRAME)
        assert number(buffer.pull()) == n


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.tuples(st.integers(0, 0xFFFFFFFF), st.integers(0, 4000), st.booleans(), st.booleans()),
            st.tuples(st.integers(0, 5000), st.sampled_from([80, 160, 240]), st.booleans(), st.booleans()),
        ),
        max_size=80,
    ),
    st.booleans(),
)
def test_whatever_comes_it_stays_bounded_and_time_goes_on(
    acts: list[tuple[int, int, bool, bool] | None], fixed: bool
) -> None:
    buffer = JitterBuffer(fixed_frames=2 if fixed else None)
    for act in acts:
        if act is None:
            pulled = buffer.pull()
            assert pulled is None or 0 < pulled.units <= CAPACITY_FRAMES * FRAME // 2
        else:
            timestamp, units, newest, is_noise = act
            item = Noise(40) if is_noise else np.ones(units, dtype=np.int16)
            buffer.push(timestamp, item, units, newest=newest, follows=newest)
        assert buffer.depth_frames <= 2 * CAPACITY_FRAMES
        assert len(buffer._store) <= 2 * CAPACITY_FRAMES


def test_it_recovers_from_a_flood_of_random_timestamps() -> None:
    random = np.random.default_rng(1)
    buffer = JitterBuffer(start_frames=1)
    for timestamp in random.integers(0, 2**32, 2000):
        buffer.push(int(timestamp), frame(1), FRAME)
        buffer.pull()
    heard = []
    for n in range(30):
        buffer.push(160 * n, frame(n), FRAME)
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
    assert heard[-50:].count(None) <= 2


def test_ten_per_cent_loss_in_bursts_is_counted_as_it_was() -> None:
    random = np.random.default_rng(2)
    delays: list[float | None] = [0.0] * 5000
    lost, n = 0, 100
    while n < 4900:
        length = int(random.integers(1, 6))
        delays[n : n + length] = [None] * length
        lost += length
        n += 30
    line = Line(JitterBuffer())
    line.play(delays)
    playout = line.buffer.playout
    assert playout.lost == pytest.approx(lost, rel=0.05)
    assert playout.lost / playout.bursts == pytest.approx(3, abs=0.3)
    assert line.buffer.depth_frames <= 3


def test_more_sound_than_there_is_room_for_is_dropped_and_counted() -> None:
    buffer = JitterBuffer()
    buffer.push(0, np.zeros(FRAME * CAPACITY_FRAMES, dtype=np.int16), FRAME * CAPACITY_FRAMES)
    assert buffer.playout.dropped == 1
    assert buffer.pull() is None
    for n in range(200):
        buffer.push(20 * n, np.zeros(20, dtype=np.int16), 20)
    assert buffer.playout.dropped > 1
