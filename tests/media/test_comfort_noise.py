from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import comfort_noise as cn
from agent_desktop.media import tones
from agent_desktop.media.comfort_noise import Noise, NoiseMaker, SilenceDetector
from agent_desktop.media.pcm import Pcm, frames_of, to_pcm


def hiss(level_dbov: float, seconds: float, seed: int = 1) -> Pcm:
    samples = round(seconds * 8000)
    return to_pcm(np.random.default_rng(seed).normal(0, 32768 * 10 ** (-level_dbov / 20), samples))


def test_the_noise_has_the_level_that_the_payload_says() -> None:
    maker = NoiseMaker()
    maker.follow(Noise(50))
    made = np.concatenate([maker.make(160) for _ in range(100)])
    assert cn.level_dbov(made[400:]) == pytest.approx(50, abs=1)


def test_a_background_is_measured_sent_and_made_again_with_its_colour() -> None:
    raw = hiss(45, 4.0).astype(float)
    dark = to_pcm(np.convolve(raw, np.ones(8) / 4, "same"))
    noise = cn.parse(cn.measured(dark[:4000]).encode())
    assert noise is not None
    maker = NoiseMaker()
    maker.follow(noise)
    made = np.concatenate([maker.make(160) for _ in range(200)])[1000:]

    def low_share(sound: Pcm) -> float:
        power = np.abs(np.fft.rfft(sound.astype(float))) ** 2
        return float(power[: len(power) // 4].sum() / power.sum())

    assert abs(cn.level_dbov(made) - cn.level_dbov(dark)) <= 1
    assert low_share(made) == pytest.approx(low_share(dark), abs=0.12)
    assert low_share(made) > 0.6


@given(st.binary(max_size=40))
def test_any_payload_makes_quiet_bounded_noise_or_nothing(payload: bytes) -> None:
    noise = cn.parse(payload)
    if noise is None:
        assert payload == b""
        return
    maker = NoiseMaker()
    maker.follow(noise)
    made = np.concatenate([maker.make(160) for _ in range(10)])
    assert tones.level_dbfs(made[320:]) < -15


@given(st.integers(0, 200), st.lists(st.floats(-1, 1), max_size=10))
def test_what_is_written_is_read_back(level: int, shape: list[float]) -> None:
    noise = Noise(level, tuple(shape))
    again = cn.parse(noise.encode())
    assert again is not None
    assert again.level_dbov == max(30, min(level, 127))
    assert again.reflections == pytest.approx([max(-0.98, min(0.98, k)) for k in shape], abs=0.02)


def test_a_change_of_level_is_faded_in() -> None:
    maker = NoiseMaker()
    maker.follow(Noise(30))
    assert abs(int(maker.make(160)[0])) < 100


def test_the_noise_never_repeats() -> None:
    maker = NoiseMaker()
    maker.follow(Noise(40))
    first, second = maker.make(1600), maker.make(1600)
    likeness = np.corrcoef(first.astype(float)[200:], second.astype(float)[200:])[0, 1]
    assert abs(likeness) < 0.1


def test_speech_is_sent_and_pauses_are_a_payload_a_second() -> None:
    detector = SilenceDetector()
    voice = tones.sine(300, 1.0, -15, 8000)
    talk = np.concatenate([hiss(60, 2.0), voice, hiss(60, 3.0, 2)])
    said = [detector.hear(frame) for frame in frames_of(talk, 160)]
    assert all(answer is True for answer in said[100:150])
    pause = said[175:]
    told = [answer for answer in pause if isinstance(answer, Noise)]
    assert all(answer is not True for answer in pause)
    assert 2 <= len(told) <= 8
    assert all(abs(noise.level_dbov - 60) <= 3 for noise in told)


def test_a_loud_background_is_sent_as_it_is() -> None:
    detector = SilenceDetector()
    assert all(detector.hear(frame) is True for frame in frames_of(hiss(25, 2.0), 160))


def test_silence_itself_is_the_quietest_noise() -> None:
    assert cn.measured(np.zeros(160, dtype=np.int16)).level_dbov == 127
    assert cn.level_dbov(np.zeros(0, dtype=np.int16)) == 127
