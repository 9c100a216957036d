"""Headsets torn out and plugged in during a call, on virtual sound cards through the real PortAudio."""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.phone.soundrig import VirtualCard, environment

ROOT = Path(__file__).resolve().parents[2]
SLOW_S = 20.0


class Swapper:
    """The process under test, and what it said."""

    def __init__(self, variables, *wanted: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("swapper.py")), *wanted],
            env={**variables, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = []
        self.lines = queue.SimpleQueue()
        self.errors = []
        self.readers = [
            threading.Thread(target=lambda: [*map(self.lines.put, self.process.stdout)]),
            threading.Thread(target=lambda: self.errors.extend(self.process.stderr)),
        ]
        for reader in self.readers:
            reader.start()

    def see(self, kind: str, **more):
        """Wait for something to be said."""
        end = time.monotonic() + SLOW_S
        while True:
            try:
                line = json.loads(self.lines.get(timeout=max(0.01, end - time.monotonic())))
            except queue.Empty:
                raise AssertionError((kind, more, self.said[-5:], self.errors[-20:])) from None
            self.said.append(line)
            if line["is"] == kind and all(line[key] == value for key, value in more.items()):
                return line

    def want(self, *names: str) -> None:
        self.process.stdin.write(" ".join(names) + "\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        line = self.see("end")
        assert self.process.wait(10) == 0, self.errors
        return line

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join(10)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


@pytest.fixture
def cards(tmp_path):
    made = [VirtualCard(tmp_path, name) for name in ("headset", "laptop")]
    for card in made:
        card.plug()
    yield made
    for card in made:
        card.unplug()


@pytest.fixture
def swapper(tmp_path, cards):
    made = Swapper(environment(tmp_path, cards), "headset", "laptop")
    yield made
    made.close()


@pytest.mark.peer
def test_a_headset_that_is_torn_out_in_a_call_is_replaced_and_taken_back(swapper, cards):
    headset, _ = cards
    swapper.see("used", microphone="headset", speaker="headset")
    swapper.see("sound")
    headset.unplug()
    torn_at = time.monotonic()
    swapper.see("used", microphone="laptop", speaker="laptop")
    heard = swapper.see("sound")
    print(f"torn out to sound: {heard['at'] - torn_at:.3f} s")

    headset.plug()
    plugged_at = time.monotonic()
    taken = swapper.see("used", microphone="headset", speaker="headset")
    print(f"plugged in to taken: {taken['at'] - plugged_at:.3f} s")
    end = swapper.end()
    assert end["frames"] > 50
    heard = [line for line in swapper.said if line["is"] in {"sound", "silence"}]
    gaps = [b["frames"] - a["frames"] for a, b in itertools.pairwise(heard) if a["is"] == "silence"]
    print(f"gaps in frames of 20 ms: {gaps}")
    assert gaps
    assert max(gaps) < 150  # the goal is 50; this machine may be busy


@pytest.mark.peer
def test_the_last_device_gone_is_silence_and_words_and_the_call_goes_on(swapper, cards):
    swapper.see("sound")
    for card in cards:
        card.unplug()
    gone = swapper.see("used", microphone="silent", speaker="silent")
    while not gone["detail"]:
        gone = swapper.see("used", microphone="silent", speaker="silent")
    cards[1].plug()
    swapper.see("used", microphone="laptop", speaker="laptop")
    swapper.see("sound")
    swapper.end()


@pytest.mark.peer
def test_another_device_is_chosen_during_a_call(swapper):
    swapper.see("sound")
    asked_at = time.monotonic()
    swapper.want("laptop")
    taken = swapper.see("used", microphone="laptop", speaker="laptop")
    print("asked to used", taken["at"] - asked_at)
    swapper.end()


@pytest.mark.peer
def test_the_self_test_hears_its_own_chirp_through_real_devices(swapper):
    swapper.see("sound")
    swapper.process.stdin.write("echo?\n")
    swapper.process.stdin.flush()
    echo = swapper.see("echo")
    print(f"echo after {echo['delay_ms']:.0f} ms at {echo['level_db']:.1f} dB")
    assert 10 < echo["delay_ms"] < 600
    assert -3 < echo["level_db"] < 3
    swapper.end()
