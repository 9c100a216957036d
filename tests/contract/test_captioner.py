"""What every engine of captions does (`ports.captioner`): one that only counts, and the real model."""

from __future__ import annotations

import threading

import pytest

from agent_desktop.media.pcm import FRAME_SAMPLES, Pcm
from agent_desktop.phone.captions_engine import engine_for
from agent_desktop.ports.captioner import Utterance
from tests.contract import speech
from tests.phone.fake_captions import FakeCaptions

PATIENCE_S = 60.0


class Reading:
    """What one speaker's engine tells."""

    def __init__(self, engine) -> None:
        self.told: list[Utterance] = []
        self.failures: list[str] = []
        self._moved = threading.Condition()
        self.stream = engine.open(self._heard, self._failed)

    def _heard(self, utterance: Utterance) -> None:
        with self._moved:
            self.told.append(utterance)
            self._moved.notify_all()

    def _failed(self, why: str) -> None:
        with self._moved:
            self.failures.append(why)
            self._moved.notify_all()

    def says(self, sound: Pcm) -> None:
        for start in range(0, len(sound), FRAME_SAMPLES):
            self.stream.hear(sound[start : start + FRAME_SAMPLES].tobytes())

    def until(self, right) -> None:
        with self._moved:
            assert self._moved.wait_for(right, PATIENCE_S), (self.told, self.failures)

    @property
    def finals(self) -> list[Utterance]:
        return [one for one in self.told if one.is_final]

    def read(self, utterances: int) -> str:
        """Everything that stands, once there is so much of it."""
        self.until(lambda: len(self.finals) >= utterances)
        return " ".join(one.text for one in self.finals)


@pytest.fixture(params=["fake", pytest.param("whisper", marks=pytest.mark.peer)])
def engine(request):
    if request.param == "fake":
        made = FakeCaptions()
    else:
        made, why = engine_for("whisper")
        assert made is not None, why
    yield made
    made.close()


def said(engine) -> Pcm:
    """Some seconds in which the engine finds one utterance."""
    if isinstance(engine, FakeCaptions):
        return speech.np.concatenate((speech.pause(0.5), speech.babble(4.0), speech.pause(1.0)))
    return speech.person("cannot-complete-as-dialed")


def test_an_utterance_grows_and_then_stands(engine):
    reading = Reading(engine)
    sound = said(engine)
    cut = len(sound) * 3 // 5
    reading.says(sound[:cut])
    reading.until(lambda: any(not one.is_final for one in reading.told))
    reading.says(sound[cut:])
    reading.read(1)
    final = reading.finals[0]
    assert final.text
    assert (final.number, 0 < final.confidence <= 1) == (1, True)
    assert 0 <= final.began_s < 1.0
    assert reading.told.index(final) > 0
    assert not reading.failures


def test_silence_says_nothing(engine):
    reading = Reading(engine)
    reading.says(speech.pause(5.0))
    reading.stream.finish()
    other = Reading(engine)
    other.says(said(engine))
    other.read(1)  # by now the silence would have been read too
    assert [one.text for one in reading.told if one.text] == []


def test_finish_ends_what_is_open_and_the_next_has_the_next_number(engine):
    reading = Reading(engine)
    sound = said(engine)
    reading.says(sound[: len(sound) // 2])
    reading.stream.finish()
    reading.read(1)
    reading.says(sound)
    reading.read(2)
    assert [one.number for one in reading.finals] == [1, 2]
    assert reading.finals[1].began_s > reading.finals[0].began_s


def test_two_speakers_are_read_apart(engine):
    readings = [Reading(engine), Reading(engine)]
    for reading in readings:
        reading.says(said(engine))
    texts = [reading.read(1) for reading in readings]
    assert texts[0] == texts[1] != ""
    assert [len(reading.finals) for reading in readings] == [1, 1]


def test_after_close_nothing_is_told(engine):
    reading, other = Reading(engine), Reading(engine)
    reading.says(said(engine))
    reading.stream.close()
    known = list(reading.told)
    other.says(said(engine))
    other.read(1)
    assert reading.told == known


@pytest.mark.peer
def test_a_person_on_the_telephone_is_understood():
    """Three sentences of a person at 8 kHz; measured: no word of 42 wrong."""
    engine, why = engine_for("whisper")
    assert engine is not None, why
    try:
        reading = Reading(engine)
        for name in speech.SAID:
            reading.says(speech.person(name))
        reading.stream.finish()
        got = reading.read(len(speech.SAID))
    finally:
        engine.close()
    assert speech.errors(" ".join(speech.SAID.values()), got) <= 0.1, got
    assert all(one.confidence > 0.6 for one in reading.finals)
