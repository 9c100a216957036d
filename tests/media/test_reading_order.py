from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media.pcm import Pcm
from agent_desktop.media.reading_order import PATIENCE_S, ReadingOrder

START = 0xFFFFFFFF - 700  # wraps soon
FRAME = 160


def sound(n: int, samples: int = FRAME) -> Pcm:
    """Each sample says where it stands, from 1 on."""
    return (np.arange(n * samples, (n + 1) * samples) % 30_000 + 1).astype(np.int16)


@dataclass
class Reader:
    """A modem, and a clock that goes on by 20 ms a tick."""

    order: ReadingOrder = field(default_factory=ReadingOrder)
    samples: int = FRAME
    now_s: float = 0.0
    newest: int = -1
    halves: list[Pcm | None] = field(default_factory=list)

    def push(self, n: int, *, at: int | None = None, follows: bool | None = None) -> None:
        timestamp = (START + (n * self.samples if at is None else at)) & 0xFFFFFFFF
        is_next = n == self.newest + 1 if follows is None else follows
        self.order.take(timestamp, sound(n, self.samples), newest=n > self.newest, follows=is_next)
        self.newest = max(self.newest, n)

    def tick(self, *numbers: int) -> list[Pcm | None]:
        for n in numbers:
            self.push(n)
        self.now_s += 0.02
        told = [half for halves in self.order.read(self.now_s) for half in halves]
        self.halves += told
        return told

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.02)):
            self.tick()

    @property
    def came(self) -> list[int]:
        """Every sample that was told as sound."""
        there = [half for half in self.halves if half is not None]
        return [int(sample) for sample in np.concatenate(there)] if there else []

    @property
    def lost(self) -> int:
        """How many halves were told as lost."""
        return sum(half is None for half in self.halves)


@pytest.fixture
def reader() -> Reader:
    return Reader()


def upto(n: int) -> list[int]:
    return [int(sample) for one in range(n) for sample in sound(one)]


def test_what_comes_in_order_is_told_at_once(reader: Reader) -> None:
    for n in range(20):
        told = reader.tick(n)
        assert [half is not None for half in told] == [True, True]
    assert reader.came == upto(20)


def test_packets_that_come_late_are_told_whole_and_nothing_is_lost(reader: Reader) -> None:
    for n in range(5):
        reader.tick(n)
    reader.wait(0.4)
    reader.tick(*range(5, 26))
    for n in range(26, 40):
        reader.tick(n)
    assert (reader.came, reader.lost) == (upto(40), 0)


def test_a_burst_is_caught_up_with_five_times_as_fast_as_it_is_spoken(reader: Reader) -> None:
    reader.tick(0)
    assert [len(reader.tick(*range(1, 21)))] + [len(reader.tick()) for _ in range(4)] == [10, 10, 10, 10, 0]


def test_packets_that_change_places_are_told_in_their_order(reader: Reader) -> None:
    reader.tick(0)
    reader.tick(2, 4, 3)
    assert reader.came == upto(1)
    reader.tick(1)
    assert (reader.came, reader.lost) == (upto(5), 0)


def test_one_that_never_comes_is_lost_when_a_later_one_has_waited_for_it(reader: Reader) -> None:
    reader.tick(0)
    for n in range(2, 12):
        assert reader.tick(n) == []
    reader.tick(12)
    reader.tick(13)
    assert reader.lost == 2
    reader.tick(1)  # much too late
    for n in range(14, 30):
        reader.tick(n)
    assert (reader.lost, reader.came) == (2, upto(1) + upto(30)[2 * FRAME :])


def test_a_packet_that_is_brought_twice_is_told_once(reader: Reader) -> None:
    reader.tick(0, 0)
    reader.tick(2, 2, 1, 1)
    reader.tick(0, 1, 2, 3)
    assert (reader.came, reader.lost) == (upto(4), 0)


def test_a_pause_of_the_sender_is_told_when_it_is_over_and_not_waited_for(reader: Reader) -> None:
    reader.tick(0)
    reader.wait(0.4)
    reader.push(1, at=21 * FRAME)  # the next number, 0.4 s later: between them nothing was sent
    assert len(reader.tick()) == 10
    reader.wait(0.1)
    assert (reader.lost, reader.came) == (40, upto(2))


def test_while_nothing_comes_time_passes_and_no_more_than_has_passed(reader: Reader) -> None:
    reader.tick(0)
    reader.wait(3.0)
    assert 2 * 50 * (3.0 - PATIENCE_S) - 4 <= reader.lost <= 2 * 50 * (3.0 - PATIENCE_S)
    reader.push(1, at=151 * FRAME)
    reader.wait(1.0)
    assert reader.came == upto(2)
    assert 300 <= reader.lost <= 300 + 2 * 50


def test_after_comfort_noise_time_passes_at_once(reader: Reader) -> None:
    reader.tick(0)
    reader.order.pause((START + FRAME) & 0xFFFFFFFF, newest=True, follows=True)
    reader.wait(0.5)
    assert reader.lost >= 2 * 50 * (0.5 - 0.1)
    reader.push(1, at=26 * FRAME)
    reader.wait(0.04)
    assert (reader.came, reader.lost) == (upto(2), 50)


def test_a_stall_longer_than_the_patience_loses_no_sound(reader: Reader) -> None:
    reader.tick(0)
    reader.wait(2.0)
    for n in range(1, 101, 10):
        reader.tick(*range(n, n + 10))
    reader.wait(0.5)
    assert reader.came == upto(101)


def test_a_clock_that_stands_still_in_a_pause_costs_nothing(reader: Reader) -> None:
    reader.tick(0)
    reader.wait(10.0)
    for n in range(1, 30):
        reader.tick(n)
    assert reader.came == upto(30)
    assert reader.tick(30) != []


@pytest.mark.parametrize("jump", [1_000_000, 2_000_000_000, -3_000, -1_000_000])
def test_a_clock_that_jumps_goes_on_without_a_gap(reader: Reader, jump: int) -> None:
    for n in range(5):
        reader.tick(n)
    for n in range(5, 10):
        reader.push(n, at=n * FRAME + jump)
        reader.tick()
    assert (reader.came, reader.lost) == (upto(10), 0)


def test_another_stream_goes_on_behind_the_first(reader: Reader) -> None:
    for n in range(5):
        reader.tick(n)
    reader.push(6)  # 5 is lost with the old stream
    reader.order.restart(77)
    for n in range(7, 30):
        reader.order.take(77 + (n - 7) * FRAME, sound(n), newest=True, follows=n > 7)
        reader.tick()
    reader.wait(0.1)
    assert (reader.lost, reader.came) == (2, upto(5) + upto(30)[6 * FRAME :])


@pytest.mark.parametrize("off", [-15, 3, 20])
def test_a_clock_that_is_written_carelessly_is_no_gap(reader: Reader, off: int) -> None:
    for n in range(40):
        reader.push(n, at=n * FRAME + (off if n % 3 else 0))
        assert len(reader.tick()) == 2
    assert (reader.came, reader.lost) == (upto(40), 0)


@pytest.mark.parametrize("milliseconds", [10, 15, 20, 30, 60])
def test_packets_of_any_length_are_told_in_pieces_of_ten_milliseconds(milliseconds: int) -> None:
    reader = Reader(samples=8 * milliseconds)
    for n in range(40):
        reader.tick(n)
        reader.tick()
    assert {len(half) for half in reader.halves if half is not None} == {80}
    whole = np.concatenate([sound(n, reader.samples) for n in range(40)]).tolist()
    assert reader.came == whole[: len(reader.came)]
    assert len(whole) - len(reader.came) < FRAME


def test_who_forgets_begins_anew(reader: Reader) -> None:
    reader.tick(0)
    reader.push(3)
    reader.order.forget()
    assert reader.tick(50) == [*reader.halves[-2:]]
    assert reader.came == upto(1) + upto(51)[50 * FRAME :]


def test_a_flood_is_bounded(reader: Reader) -> None:
    for n in range(5000):
        reader.push(2 * n)
    assert len(reader.order._store) <= 128
    assert len(reader.tick()) <= 20


@given(
    delays_ms=st.lists(st.one_of(st.none(), st.integers(0, 700)), min_size=1, max_size=60),
    twice=st.sets(st.integers(0, 59)),
    samples=st.sampled_from([80, 160, 240]),
)
def test_nothing_is_doubled_or_made_up_and_the_order_is_kept(
    delays_ms: list[int | None], twice: set[int], samples: int
) -> None:
    reader = Reader(samples=samples)
    length_ms = samples // 8
    due = [(n * length_ms + delay, n) for n, delay in enumerate(delays_ms) if delay is not None]
    due += [(at + 30, n) for at, n in due if n in twice]
    due.sort(reverse=True)
    began = due[-1][0] if due else 0
    for tick in range(200):
        reader.tick(*(due.pop()[1] for _ in range(len(due)) if due[-1][0] <= 20 * tick))
    came = reader.came
    assert all(a < b for a, b in pairwise(came))  # each sample says where it stands
    stream_ms = len(delays_ms) * length_ms
    assert 10 * len(reader.halves) <= stream_ms + max(0, 4000 - began)


@given(
    jitter_ms=st.lists(st.integers(0, 190), min_size=60, max_size=60),
    stalls=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 290)), max_size=3),
    blind=st.tuples(st.integers(0, 60), st.integers(0, 20)),
)
def test_whatever_is_only_late_is_read_whole(
    jitter_ms: list[int], stalls: list[tuple[int, int]], blind: tuple[int, int]
) -> None:
    """Reordered by up to 190 ms, held back by the sender, and not looked at by the receiver for a while."""
    reader = Reader()
    held = [max((length - 20 * (n - at) for at, length in stalls if at <= n), default=0) for n in range(60)]
    due = [(20 * n + max(held[n], 0) + (jitter_ms[n] if n else 0), n) for n in range(60)]
    due.sort(reverse=True)
    for tick in range(150):
        reader.now_s = 0.02 * tick
        if blind[0] <= tick < sum(blind):
            continue
        reader.tick(*(due.pop()[1] for _ in range(len(due)) if due[-1][0] <= 20 * tick))
    assert reader.came == upto(60)
    assert all(half is None for half in reader.halves[120:])
