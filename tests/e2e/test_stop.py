"""The demo starts, stops with all its children, and starts again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from . import places
from .programs import Demo, children, exists, until

pytestmark = pytest.mark.peer

STOP_S = 5.0
READY_S = 10.0  # the goal is 5 s; this computer is shared


def slowness() -> float:
    """How many times as long as alone a program takes now: what others take is not held against the demo."""
    wall, own = time.monotonic(), time.process_time()
    while time.process_time() - own < 0.1:
        pass
    return max(1.0, (time.monotonic() - wall) / 0.1)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[int], Demo]]:
    """Starts the demo of one folder at a port; ends what a test left running."""
    with ExitStack() as ends:

        def begin(base: int) -> Demo:
            made = Demo(tmp_path / "demo", base)
            ends.callback(lambda: made.process.poll() is None and made.stop())
            return made

        yield begin


def test_sigterm_ends_the_demo_and_all_its_children_and_the_second_start_is_quick(
    start: Callable[[int], Demo],
) -> None:
    first = start(places.block())
    pids = [pid for pid, _words in children(first.process.pid)]
    pids += [pid for one in pids for pid, _words in children(one)]
    assert first.router_pid in pids
    assert first.switch_pid in pids
    allowed_s = STOP_S * slowness()
    ended_s = first.stop()
    until(lambda: not any(exists(pid) for pid in pids), allowed_s - ended_s, "a child is left")
    assert first.process.returncode == 0
    assert first.errors() == []
    assert first.said.read_text() == ""

    second = start(first.base)
    slow = slowness()
    print(f"ready after {first.ready_after_s:.1f} s and {second.ready_after_s:.1f} s; end: {ended_s:.1f} s")
    again = second.stop()
    assert second.ready_after_s < READY_S * slow
    assert again < STOP_S * slow
    assert second.passwords == first.passwords


def test_a_killed_router_of_the_demo_is_started_again_and_the_switch_lives_on(
    start: Callable[[int], Demo],
) -> None:
    demo = start(places.block())
    router, switch = demo.router_pid, demo.switch_pid
    os.kill(router, signal.SIGKILL)
    until(lambda: demo.router_pid not in (0, router) and demo.ready(), 30, demo.said.read_text)
    assert demo.switch_pid == switch
