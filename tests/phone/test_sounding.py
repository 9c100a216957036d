"""One call in the sound thread, and what becomes of the others when it fails."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from agent_desktop.media import tones
from agent_desktop.media.pcm import SILENCE, Pcm
from agent_desktop.media.tones import Loop
from agent_desktop.phone.devices import SilentMicrophone
from agent_desktop.phone.sound import Listeners, Sound


class Wire:
    """The sound of a call: a tone comes; what is said is kept; each of the three can fail."""

    pressing = False

    def __init__(self, hz: float) -> None:
        self.comes = Loop(tones.sine(hz, 1.0))
        self.said: list[Pcm] = []
        self.fails = ""

    def receive_due(self) -> None:
        self._at("receive_due")

    def read_frame(self) -> Pcm:
        self._at("read_frame")
        return self.comes.frame()

    def write_frame(self, pcm: Pcm) -> None:
        self._at("write_frame")
        self.said.append(pcm)

    def press(self, digits: str) -> bool:
        return False

    def quality(self) -> None:
        self._at("quality")

    def close(self) -> None:
        pass

    def _at(self, what: str) -> None:
        if self.fails == what:
            raise ValueError("nobody thought of this")


class Voice(SilentMicrophone):
    """Not silent."""

    def __init__(self) -> None:
        self.loop = Loop(tones.sine(500, 1.0))

    def read(self) -> Pcm:
        return self.loop.frame()


class Ear:
    """A speaker that keeps what it was given."""

    def __init__(self) -> None:
        self.frames: list[Pcm] = []

    def start(self) -> None: ...

    def write(self, frame: Pcm) -> None:
        self.frames.append(frame)

    def stop(self) -> None: ...

    def close(self) -> None: ...

    def level(self, hz: float) -> float:
        return tones.tone_dbfs(np.concatenate(self.frames[-25:]), hz)


class Two:
    """Two calls at one phone, and the test is the clock."""

    def __init__(self) -> None:
        self.ear = Ear()
        nothing = Listeners(lambda *_: None, lambda *_: None, lambda *_: None)
        self.sound = Sound(lambda work: work(), nothing)
        self.sound._wake = lambda: None  # type: ignore[method-assign]  # no thread
        self.sound.use(microphone=Voice(), speaker=self.ear)
        self.bad, self.good = Wire(700), Wire(1100)
        self.sound.join("bad", self.bad)
        self.sound.join("good", self.good)

    def run(self, ticks: int) -> None:
        for _ in range(ticks):
            self.sound.tick()


@pytest.fixture
def two() -> Iterator[Two]:
    made = Two()
    yield made
    made.sound.stop()


@pytest.mark.parametrize("what", ["receive_due", "read_frame"])
def test_a_call_that_cannot_be_heard_is_still_spoken_to_and_silences_no_other(
    two: Two, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    two.bad.fails = what
    two.run(50)
    assert two.ear.level(1100) > -30
    assert two.ear.level(700) < -80
    for wire in (two.bad, two.good):
        assert len(wire.said) == 50
        assert tones.tone_dbfs(np.concatenate(wire.said[-25:]), 500) > -30
    assert [record.message for record in caplog.records] == ["the sound of a call failed"]
    two.bad.fails = ""
    two.run(50)
    assert two.ear.level(700) > -30


def test_a_call_that_cannot_be_spoken_to_is_still_heard_and_silences_no_other(
    two: Two, caplog: pytest.LogCaptureFixture
) -> None:
    two.bad.fails = "write_frame"
    two.run(50)
    assert two.ear.level(700) > -30
    assert two.ear.level(1100) > -30
    assert len(two.good.said) == 50
    assert [record.message for record in caplog.records] == ["the sound of a call failed"]


def test_a_probe_or_a_figure_that_fails_silences_no_other_call(two: Two) -> None:
    class Probe:
        def read_frame(self) -> Pcm:
            return SILENCE

        def write_frame(self, pcm: Pcm) -> None:
            raise ValueError("nobody thought of this")

    two.sound.tap("bad", Probe())  # type: ignore[arg-type]  # one that fails
    two.run(50)
    assert two.ear.level(1100) > -30
    two.sound.tap("bad", None)
    two.bad.fails = "quality"
    two.run(251)
    assert two.ear.level(1100) > -30
    assert len(two.good.said) == 301
