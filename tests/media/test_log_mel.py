"""The bands that a recogniser sees: where a tone stands in them, how loud, and what silence looks like."""

from __future__ import annotations

import numpy as np
import pytest

from agent_desktop.media import tones
from agent_desktop.media.log_mel import _filters, log_mel


@pytest.mark.parametrize("hz", [200.0, 1000.0, 3000.0, 7000.0])
def test_a_tone_stands_in_the_band_of_its_pitch(hz: float):
    seen = log_mel(tones.sine(hz, 1.0), 100)
    lines = np.fft.rfftfreq(400, 1 / 16000)
    centres = lines[np.argmax(_filters(80), axis=0)]
    loudest = int(np.argmax(seen[:, 50]))
    assert abs(centres[loudest] - hz) <= max(40.0, 0.05 * hz)


def test_ten_times_the_sound_is_half_a_unit_more():
    loud, quiet = (log_mel(tones.sine(1000.0, 0.5, level), 50) for level in (-10.0, -30.0))
    assert loud[:, 25].max() - quiet[:, 25].max() == pytest.approx(0.5, abs=0.01)


def test_what_is_missing_is_silence_and_what_is_too_much_is_left_out():
    short, long = log_mel(tones.sine(1000.0, 0.5), 200), log_mel(tones.sine(1000.0, 5.0), 200)
    assert short.shape == long.shape == (80, 200)
    assert short[:, 150].max() == short.min() == pytest.approx(short.max() - 2.0)
    assert long[:, 150].max() > long.min()
    assert log_mel(np.zeros(0, dtype=np.int16), 10, bands=128).shape == (128, 10)


def test_every_band_weighs_the_same_and_covers_some_of_the_spectrum():
    sums = _filters(80).sum(axis=0)
    assert sums.min() > 0
    assert _filters(80)[0].max() == 0  # no band hears what does not move
