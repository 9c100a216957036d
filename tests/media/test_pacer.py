from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from agent_desktop.media.pacer import Pacer


class Clock:
    """Time moves when the pacer sleeps, or when a tick takes its time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sleeps = 0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        self.now += seconds


def ticks_at(clock: Clock, count: int, work: Callable[[int], None]) -> tuple[list[float], Pacer]:
    """When each of `count` ticks ran; `work(n)` happens in the n-th."""
    at: list[float] = []

    def tick() -> None:
        at.append(round(clock.now - 100.0, 6))
        work(len(at))
        if len(at) == count:
            pacer.stop()

    pacer = Pacer(tick, clock=clock.read, sleep=clock.sleep)
    pacer.run()
    return at, pacer


def test_ticks_lie_at_absolute_deadlines_whatever_the_work_costs() -> None:
    clock = Clock()

    def work(n: int) -> None:
        clock.now += 0.003 + 0.001 * (n % 5)

    at, pacer = ticks_at(clock, 50, work)
    assert at == [round(0.02 * n, 6) for n in range(1, 51)]
    assert pacer.lateness.skipped == 0
    assert clock.sleeps == 50


def test_after_a_stall_every_due_tick_runs_at_once_and_the_grid_is_kept() -> None:
    clock = Clock()

    def work(n: int) -> None:
        if n == 5:
            clock.now += 0.07

    at, pacer = ticks_at(clock, 12, work)
    assert at[:9] == [0.02, 0.04, 0.06, 0.08, 0.1, 0.17, 0.17, 0.17, 0.18]
    assert at[9:] == [0.2, 0.22, 0.24]
    assert pacer.lateness.worst_ms == pytest.approx(50)


def test_a_stopped_computer_does_not_bring_a_flood() -> None:
    clock = Clock()

    def work(n: int) -> None:
        if n == 5:
            clock.now += 3.01

    at, pacer = ticks_at(clock, 8, work)
    assert at[5:] == [3.11, 3.12, 3.14]
    assert pacer.lateness.skipped == 149


def test_a_tick_that_fails_is_told_and_the_next_one_runs() -> None:
    clock = Clock()
    errors: list[Exception] = []
    ran: list[int] = []

    def tick() -> None:
        ran.append(1)
        if len(ran) == 3:
            pacer.stop()
        raise ValueError("broken leg")

    pacer = Pacer(tick, clock=clock.read, sleep=clock.sleep, on_error=errors.append)
    pacer.run()
    assert [str(error) for error in errors] == ["broken leg"] * 3


def test_a_real_thread_ticks_fifty_times_a_second_and_stops() -> None:
    enough = threading.Event()
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        if count == 25:
            enough.set()

    pacer = Pacer(tick)
    started = time.monotonic()
    pacer.start()
    assert enough.wait(5)
    took_s = time.monotonic() - started
    pacer.stop()
    assert 0.49 <= took_s < 2.0
    assert not pacer.running
    assert pacer.lateness.ticks >= 25
