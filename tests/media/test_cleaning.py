from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import cleaning, tones
from agent_desktop.media.cleaning import Cleaner
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, SILENCE, Pcm, frames_of, to_pcm

Signal = npt.NDArray[np.float64]
SETTLED = 3 * SAMPLE_RATE_HZ


def level_db(sound: Pcm | Signal) -> float:
    return float(10 * np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-9))


def dbfs(sound: Pcm) -> float:
    return tones.level_dbfs(np.ascontiguousarray(sound))


def room() -> Signal:
    """The way from loudspeaker to microphone: 20 ms, then a reverberation of 125 ms that dies away."""
    random = np.random.default_rng(1)
    after = np.arange(2000)
    way = np.zeros(320 + len(after))
    way[320:] = random.normal(0, 0.04, len(after)) * np.exp(-after / 400)
    way[320] = 0.25
    return way


def cleaned(cleaner: Cleaner, microphone: Signal | Pcm, played: Signal | Pcm, delay_ms: int = 20) -> Pcm:
    pairs = zip(frames_of(to_pcm(microphone)), frames_of(to_pcm(played)), strict=True)
    return np.concatenate([cleaner.clean(mine, theirs, delay_ms) for mine, theirs in pairs])


@pytest.fixture(scope="module")
def far(speech: Pcm) -> Pcm:
    return speech[: len(speech) // FRAME_SAMPLES * FRAME_SAMPLES]


@pytest.fixture(scope="module")
def hiss(far: Pcm) -> Signal:
    return np.random.default_rng(2).normal(0, 10, len(far))


def test_the_echo_of_a_room_is_gone_after_three_seconds(far: Pcm, hiss: Signal) -> None:
    microphone = np.convolve(far, room())[: len(far)] + hiss
    heard = cleaned(Cleaner(echo=True, noise=False, gain=False), microphone, far)
    assert level_db(microphone[SETTLED:]) - level_db(heard[SETTLED:]) >= 20


def test_who_speaks_alone_is_left_as_he_is(far: Pcm) -> None:
    heard = cleaned(Cleaner(echo=True, noise=False, gain=False), far, np.zeros(len(far)))
    assert abs(level_db(heard[SETTLED:]) - level_db(far[SETTLED:])) < 1


def test_noise_goes_and_speech_stays(far: Pcm) -> None:
    noise = np.random.default_rng(3).normal(0, 300, len(far))
    cleaner = Cleaner(echo=False, noise=True, gain=False)
    only_noise = cleaned(cleaner, noise, far)
    assert level_db(noise[SETTLED:]) - level_db(only_noise[SETTLED:]) >= 10
    heard = cleaned(Cleaner(echo=False, noise=True, gain=False), far + noise, far)
    assert abs(level_db(heard[SETTLED:]) - level_db(far[SETTLED:])) < 2


@pytest.mark.parametrize("gain", [0.1, 1.0])
def test_quiet_and_loud_speakers_come_to_the_same_level(far: Pcm, gain: float) -> None:
    heard = cleaned(Cleaner(echo=False, noise=False, gain=True), far * gain, far)
    for start in range(SETTLED, len(heard) - 3 * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ):
        assert dbfs(heard[start : start + 3 * SAMPLE_RATE_HZ]) == pytest.approx(-20, abs=4)
    assert np.mean(np.abs(heard[SETTLED:].astype(np.int32)) >= 32767) < 1e-4  # the limiter holds


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_with_everything_off_the_samples_are_the_same(seed: int, halves: int) -> None:
    random = np.random.default_rng(seed)
    sound = random.integers(-32768, 32767, halves * 160).astype(np.int16)
    cleaner = Cleaner(echo=False, noise=False, gain=False)
    assert np.array_equal(cleaner.clean(sound, sound, 20), sound)


def test_each_part_is_switched_while_the_call_goes_on(far: Pcm) -> None:
    cleaner = Cleaner(echo=False, noise=False, gain=False)
    frames = frames_of(to_pcm(far * 0.1))[:200]
    assert all(np.array_equal(cleaner.clean(frame, SILENCE, 0), frame) for frame in frames)
    cleaner.switch(gain=True)
    assert cleaner.wanted == (False, False, True)
    for _ in range(3):
        louder = [cleaner.clean(frame, SILENCE, 0) for frame in frames]
    assert level_db(np.concatenate(louder)) > level_db(np.concatenate(frames)) + 6
    cleaner.switch(echo=True, noise=True, gain=False)
    assert len(cleaner.clean(frames[0], SILENCE, -5)) == FRAME_SAMPLES
    cleaner.switch(echo=False, noise=False)
    assert all(np.array_equal(cleaner.clean(frame, SILENCE, 0), frame) for frame in frames)


def test_a_fault_of_the_library_lets_the_sound_pass() -> None:
    cleaner = Cleaner(echo=False)
    cleaner.prepare()
    frame = tones.sine(400, 0.02)

    class Broken:
        def process_stream(self, frame: object) -> None:
            raise RuntimeError("no")

    assert cleaner._polish is not None
    cleaner._polish._module = Broken()
    assert np.array_equal(cleaner.clean(frame, SILENCE, 20), frame)
    assert cleaner.faults == 1


def test_without_the_library_sound_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "available", lambda: False)
    frame = tones.sine(400, 0.02)
    assert np.array_equal(Cleaner(echo=False).clean(frame, SILENCE, 20), frame)


def test_it_costs_little(far: Pcm) -> None:
    cleaner = Cleaner()
    cleaner.prepare()
    started = time.process_time()
    cleaned(cleaner, far, far)
    assert (time.process_time() - started) / (len(far) / FRAME_SAMPLES) < 0.005  # 0.0006 where measured


def test_it_is_available_where_the_tests_run() -> None:
    assert cleaning.available()
