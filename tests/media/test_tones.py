from __future__ import annotations

import numpy as np
import pytest

from agent_desktop.media import tones
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ


@pytest.mark.parametrize("level", [-6.0, -20.0, -40.0])
def test_a_sine_has_the_level_that_was_asked_for(level: float) -> None:
    tone = tones.sine(440, 1.0, level)
    assert tones.level_dbfs(tone) == pytest.approx(level, abs=0.1)
    assert tones.tone_dbfs(tone, 440) == pytest.approx(level, abs=0.1)


def test_the_meter_finds_one_tone_among_others() -> None:
    both = tones.sine(440, 1.0, -20) + tones.sine(700, 1.0, -10)
    assert tones.tone_dbfs(both, 440) == pytest.approx(-20, abs=0.3)
    assert tones.tone_dbfs(both, 1000) < -60


def test_silence_is_at_the_floor() -> None:
    assert tones.level_dbfs(np.zeros(160, dtype=np.int16)) == -120
    assert tones.tone_dbfs(np.zeros(0, dtype=np.int16), 440) == -120


def test_cadences_have_their_pauses() -> None:
    ringback, busy = tones.ringback(), tones.busy()
    assert (len(ringback), len(busy)) == (5 * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
    assert tones.tone_dbfs(ringback[:SAMPLE_RATE_HZ], 425) == pytest.approx(-18, abs=0.3)
    assert not ringback[SAMPLE_RATE_HZ:].any()
    assert not busy[SAMPLE_RATE_HZ // 2 :].any()


def test_a_loop_goes_on_without_a_seam() -> None:
    sound = np.arange(1000, dtype=np.int16)
    loop = tones.Loop(sound, at=50)
    heard = np.concatenate([loop.frame() for _ in range(25)])
    assert len(heard) == 25 * FRAME_SAMPLES
    assert np.array_equal(heard, (np.arange(25 * FRAME_SAMPLES) + 50) % 1000)


def test_tones_do_not_click() -> None:
    for tone in (tones.zip_tone(), tones.warning_tone(), tones.busy()):
        assert np.abs(np.diff(tone.astype(np.int32))).max() < 4500
        assert abs(int(tone[0])) < 10
