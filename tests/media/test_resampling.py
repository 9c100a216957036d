from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import tones
from agent_desktop.media.pcm import NARROW_FRAME_SAMPLES, NARROW_RATE_HZ, Pcm, frames_of
from agent_desktop.media.resampling import Downsampler, Upsampler, lowered, narrowed, raised, widened

LEVEL_DBFS = -6.0
SETTLED = 400


def high(narrow: Pcm) -> Pcm:
    up = Upsampler()
    return np.concatenate([up(frame) for frame in frames_of(narrow, NARROW_FRAME_SAMPLES)])[2 * SETTLED :]


def low(wide: Pcm) -> Pcm:
    down = Downsampler()
    return np.concatenate([down(frame) for frame in frames_of(wide)])[SETTLED:]


@pytest.mark.parametrize("hz", [50, 300, 1000, 2000, 3000, 3400])
def test_the_telephone_band_passes_both_ways_as_loud_as_it_was(hz: int) -> None:
    up = high(tones.sine(hz, 1.0, LEVEL_DBFS, NARROW_RATE_HZ))
    down = low(tones.sine(hz, 1.0, LEVEL_DBFS))
    assert tones.tone_dbfs(up, hz) == pytest.approx(LEVEL_DBFS, abs=0.1)
    assert tones.tone_dbfs(down, hz, NARROW_RATE_HZ) == pytest.approx(LEVEL_DBFS, abs=0.1)


@pytest.mark.parametrize("hz", [300, 1000, 3000, 3400])
def test_no_image_appears_above_and_nothing_folds_down(hz: int) -> None:
    up = high(tones.sine(hz, 1.0, LEVEL_DBFS, NARROW_RATE_HZ))
    assert tones.tone_dbfs(up, NARROW_RATE_HZ - hz) < LEVEL_DBFS - 50
    down = low(tones.sine(NARROW_RATE_HZ - hz, 1.0, LEVEL_DBFS))
    assert tones.level_dbfs(down) < LEVEL_DBFS - 50


@given(st.lists(st.integers(1, 400), min_size=1, max_size=20), st.integers(0, 99))
def test_pieces_of_any_length_join_as_if_they_were_one(lengths: list[int], seed: int) -> None:
    sound = np.random.default_rng(seed).integers(-9000, 9000, 2 * sum(lengths)).astype(np.int16)
    up, down = Upsampler(), Downsampler()
    narrow, high, low, at = sound[: sum(lengths)], [], [], 0
    for length in lengths:
        high.append(up(narrow[at : at + length]))
        low.append(down(sound[2 * at : 2 * (at + length)]))
        at += length
    for pieces, whole in ((high, Upsampler()(narrow)), (low, Downsampler()(sound))):
        joined = np.concatenate(pieces)
        assert len(joined) == len(whole)
        assert np.abs(joined.astype(np.int32) - whole).max() <= 1


def test_up_and_down_again_is_the_same_sound(speech: Pcm) -> None:
    narrow = narrowed(speech)
    again = narrowed(widened(narrow))
    noise = again.astype(float) - narrow
    assert 10 * np.log10(np.mean(narrow.astype(float) ** 2) / np.mean(noise**2)) > 20
    calm = tones.sine(800, 0.5, rate_hz=NARROW_RATE_HZ)
    off = narrowed(widened(calm)).astype(np.int32) - calm
    assert np.abs(off[100:-100]).max() <= 12


def test_what_overshoots_is_clipped_not_wrapped() -> None:
    square = np.where(np.arange(NARROW_FRAME_SAMPLES) // 20 % 2, 32767, -32768).astype(np.int16)
    wide = widened(square).astype(np.int32)
    assert (wide[4:36] < -20_000).all()
    assert (wide[44:76] > 20_000).all()


def test_many_streams_converted_together_sound_as_if_each_were_alone() -> None:
    draw = np.random.default_rng(7)
    alone = [(Upsampler(), Downsampler()) for _ in range(5)]
    together = [(Upsampler(), Downsampler()) for _ in range(5)]
    for _ in range(4):
        narrow = [draw.integers(-30000, 30000, NARROW_FRAME_SAMPLES).astype(np.int16) for _ in range(5)]
        wide = raised([(up, frame) for (up, _), frame in zip(together, narrow, strict=True)])
        low = lowered([(down, frame) for (_, down), frame in zip(together, wide, strict=True)])
        for (up, down), frame, one, other in zip(alone, narrow, wide, low, strict=True):
            mine = up(frame)
            assert np.abs(mine.astype(np.int32) - one).max() <= 1
            assert np.abs(down(mine).astype(np.int32) - other).max() <= 2
    assert raised([]) == lowered([]) == []
