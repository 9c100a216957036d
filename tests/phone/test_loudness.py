"""Louder calls for who hears less: 20 dB, never clipped, in the better ear, and back to the usual."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media.pcm import FRAME_SAMPLES, FULL_SCALE, Pcm, to_pcm
from agent_desktop.media.tones import level_dbfs
from agent_desktop.phone import loudness
from agent_desktop.phone.loudness import Loudness


def tone(peak: float, hz: float = 440.0, turn: int = 0) -> Pcm:
    at = (np.arange(FRAME_SAMPLES) + turn * FRAME_SAMPLES) / 16_000
    return to_pcm(peak * np.sin(2 * np.pi * hz * at))


def settled(volume_db: float, peak: float) -> Pcm:
    ears = Loudness()
    ears.set(volume_db)
    for turn in range(60):
        heard = ears.louder(tone(peak, turn=turn))
    return heard


def test_without_a_wish_every_sample_is_the_same() -> None:
    frame = tone(20_000)
    assert Loudness().louder(frame) is frame


@pytest.mark.parametrize("volume_db", [6.0, 12.0, 20.0])
def test_a_quiet_voice_is_as_much_louder_as_was_wished(volume_db: float) -> None:
    gained = level_dbfs(settled(volume_db, 800)) - level_dbfs(tone(800))
    assert gained == pytest.approx(volume_db, abs=0.2)


def test_the_usual_loudness_comes_back() -> None:
    ears = Loudness()
    ears.set(20.0)
    for _turn in range(60):
        ears.louder(tone(500))
    ears.set(0.0)
    ears.louder(tone(500))
    frame = tone(500)
    assert ears.louder(frame) is frame


@given(
    volume_db=st.floats(0.0, 40.0),
    peaks=st.lists(st.floats(0.0, FULL_SCALE), min_size=1, max_size=6),
    hz=st.floats(50.0, 4000.0),
)
def test_nothing_is_clipped_whatever_comes_and_nothing_is_made_quieter_for_good(
    volume_db: float, peaks: list[float], hz: float
) -> None:
    ears = Loudness()
    ears.set(volume_db)
    for turn, peak in enumerate(peaks):
        heard = ears.louder(tone(peak, hz, turn))
        assert len(heard) == FRAME_SAMPLES
        assert np.max(np.abs(heard.astype(np.int32))) <= FULL_SCALE
        flat = np.sum(np.abs(np.diff(heard.astype(np.int32)[np.abs(heard) >= FULL_SCALE])) == 0)
        assert flat <= 1  # no run of samples at full scale: that is what clipping is
    assert ears._gain >= 1.0


def test_a_loud_voice_keeps_its_shape() -> None:
    heard = settled(20.0, 30_000).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)), 16_000))
    at = 440
    harmonics = sum(spectrum[at * n - 20 : at * n + 20].max() ** 2 for n in (3, 5, 7)) ** 0.5
    assert 20 * np.log10(harmonics / spectrum[at - 20 : at + 20].max()) < -25


def test_more_than_the_most_is_the_most() -> None:
    ears = Loudness()
    ears.set(60.0)
    assert ears._wanted[0] == pytest.approx(10 ** (loudness.MOST_DB / 20))


@pytest.mark.parametrize(
    ("balance", "sides"),
    [(0.0, (1.0, 1.0)), (-1.0, (1.0, 0.0)), (1.0, (0.0, 1.0)), (-0.5, (1.0, 0.5)), (9.0, (0.0, 1.0))],
)
def test_balance_takes_from_one_ear_and_never_adds_to_the_other(
    balance: float, sides: tuple[float, float]
) -> None:
    ears = Loudness()
    ears.set(0.0, balance)
    assert ears.sides == sides
