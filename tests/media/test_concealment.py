from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import pcm, tones
from agent_desktop.media.concealment import DELAY_SAMPLES, HALF_SAMPLES, Concealer
from agent_desktop.media.pcm import NARROW_FRAME_SAMPLES as FRAME_SAMPLES
from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm


def spectral_distance_db(clean: Pcm, heard: Pcm, frames: list[Pcm | None]) -> float:
    """How far the spectrum is off where something was lost, phase left out.

    The log-spectral distance (root of the mean squared difference in dB, bins more than 50 dB below the
    speech's level left out) of the 32 ms pieces that touch a lost frame in speech.
    """
    size, step = 256, 64
    count = (min(len(clean), len(heard)) - size) // step
    starts = np.arange(count) * step
    places = starts[:, None] + np.arange(size)
    window = np.hanning(size)
    wanted = np.abs(np.fft.rfft(clean.astype(np.float64)[places] * window, axis=1))
    got = np.abs(np.fft.rfft(heard.astype(np.float64)[places] * window, axis=1))
    power = (wanted**2).sum(axis=1)
    floor = np.sqrt(np.percentile(power, 90) / size) * 10 ** (-50 / 20)
    lost = np.repeat([frame is None for frame in frames], FRAME_SAMPLES)
    touched = np.array([lost[start : start + size].any() for start in starts])
    spoken = power > np.percentile(power, 40)
    off_db = 20 * np.log10((wanted + floor) / (got + floor))
    return float(np.mean(np.sqrt(np.mean(off_db**2, axis=1))[touched & spoken]))


def lossy(sound: Pcm, share: float, seed: int) -> list[Pcm | None]:
    random = np.random.default_rng(seed)
    return [None if random.random() < share else frame for frame in pcm.frames_of(sound, FRAME_SAMPLES)]


def concealed(frames: list[Pcm | None]) -> Pcm:
    concealer = Concealer()
    heard = np.concatenate([concealer.hear(frame, FRAME_SAMPLES) for frame in frames])
    return heard[DELAY_SAMPLES:]


def silenced(frames: list[Pcm | None]) -> Pcm:
    quiet = np.zeros(FRAME_SAMPLES, dtype=np.int16)
    return np.concatenate([quiet if frame is None else frame for frame in frames])


def repeated(frames: list[Pcm | None]) -> Pcm:
    heard, last = [], np.zeros(FRAME_SAMPLES, dtype=np.int16)
    for frame in frames:
        last = last if frame is None else frame
        heard.append(last)
    return np.concatenate(heard)


@pytest.mark.parametrize("share", [0.03, 0.05, 0.10])
def test_it_beats_silence_and_repetition_on_speech(narrow_speech: Pcm, share: float) -> None:
    ours, silence, repetition = [], [], []
    for seed in range(5):
        frames = lossy(narrow_speech, share, seed)
        ours.append(spectral_distance_db(narrow_speech, concealed(frames), frames))
        silence.append(spectral_distance_db(narrow_speech, silenced(frames), frames))
        repetition.append(spectral_distance_db(narrow_speech, repeated(frames), frames))
    assert np.mean(ours) < 0.93 * np.mean(repetition)
    assert np.mean(ours) < 0.8 * np.mean(silence)


def test_without_loss_only_the_delay_is_added(narrow_speech: Pcm) -> None:
    frames: list[Pcm | None] = list(pcm.frames_of(narrow_speech, FRAME_SAMPLES))
    assert np.array_equal(
        concealed(frames), np.concatenate(pcm.frames_of(narrow_speech, FRAME_SAMPLES))[:-DELAY_SAMPLES]
    )


def test_a_lost_piece_of_a_tone_goes_on_as_the_tone() -> None:
    tone = tones.sine(200, 1.0, -12, NARROW_RATE_HZ)
    frames: list[Pcm | None] = list(pcm.frames_of(tone, FRAME_SAMPLES))
    frames[20] = None
    heard = concealed(frames)
    gap = heard[20 * FRAME_SAMPLES : 21 * FRAME_SAMPLES]
    assert tones.tone_dbfs(gap, 200, NARROW_RATE_HZ) == pytest.approx(-12, abs=1.5)
    assert np.abs(np.diff(heard.astype(np.int32))).max() < 1.6 * np.abs(np.diff(tone.astype(np.int32))).max()


def test_a_long_gap_fades_to_silence_after_sixty_milliseconds(narrow_speech: Pcm) -> None:
    concealer = Concealer()
    for frame in pcm.frames_of(narrow_speech, FRAME_SAMPLES)[:40]:
        concealer.hear(frame)
    gap = [concealer.hear(None, HALF_SAMPLES) for _ in range(12)]
    levels = [tones.level_dbfs(half) for half in gap]
    assert levels[8:] == [-120.0] * 4
    assert levels[0] > -60


def test_a_gap_at_the_very_beginning_is_silence() -> None:
    assert not Concealer().hear(None, FRAME_SAMPLES).any()


@given(st.lists(st.sampled_from([0, 80, 160, 240, -80, -160]), min_size=1, max_size=40), st.integers(0, 99))
def test_every_frame_in_is_a_frame_of_the_same_length_out(lengths: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    concealer = Concealer()
    for length in lengths:
        if length <= 0:
            samples = max(-length, HALF_SAMPLES)
            assert len(concealer.hear(None, samples)) == samples
        else:
            noise = random.integers(-32768, 32767, length).astype(np.int16)
            heard = concealer.hear(noise)
            assert (heard.dtype, len(heard)) == (np.int16, length)


def test_it_costs_little(narrow_speech: Pcm) -> None:
    frames = lossy(narrow_speech, 0.10, 1)
    started = time.process_time()
    concealed(frames)
    assert (time.process_time() - started) / (len(narrow_speech) / NARROW_RATE_HZ) < 0.02
