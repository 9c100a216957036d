from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import tones
from agent_desktop.media.pcm import Pcm
from agent_desktop.media.stretching import longer, shorter

RATES = [8000, 16_000]


def steepest(sound: Pcm) -> int:
    return int(np.abs(np.diff(sound.astype(np.int32))).max())


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hz", [110, 180, 333, 425, 1000])
def test_a_tone_becomes_longer_and_shorter_without_a_click_or_a_wrong_note(hz: int, rate: int) -> None:
    sound = tones.sine(hz, 0.1, -12, rate)
    for changed, grown in ((longer(sound, rate), True), (shorter(sound, rate), False)):
        assert changed is not None
        assert (len(changed) > len(sound)) == grown
        assert rate / 400 <= abs(len(changed) - len(sound)) <= rate / 100
        assert steepest(changed) <= 1.25 * steepest(sound)
        assert tones.level_dbfs(changed) == pytest.approx(tones.level_dbfs(sound), abs=0.6)
        assert (changed[0], changed[-1]) == (sound[0], sound[-1])


@pytest.mark.parametrize("rate", RATES)
def test_silence_may_be_cut_anywhere(rate: int) -> None:
    quiet = np.random.default_rng(1).integers(-20, 20, rate // 50).astype(np.int16)
    grown, cut = longer(quiet, rate), shorter(quiet, rate)
    assert grown is not None
    assert cut is not None
    assert (len(grown), len(cut)) == (len(quiet) + rate // 100, len(quiet) - rate // 100)


@pytest.mark.parametrize("rate", RATES)
def test_the_beginning_of_a_word_is_left_alone_unless_it_must_be(rate: int) -> None:
    burst = np.zeros(rate // 50, dtype=np.int16)
    random = np.random.default_rng(3)
    burst[len(burst) // 2 :] = random.integers(-9000, 9000, len(burst) - len(burst) // 2)
    noise = random.integers(-9000, 9000, rate // 50).astype(np.int16)
    assert longer(noise, rate) is None
    assert shorter(noise, rate) is None
    assert longer(noise, rate, force=True) is not None
    assert shorter(burst, rate, force=True) is not None


@given(st.integers(0, 500), st.integers(0, 50), st.booleans())
def test_any_sound_is_changed_by_a_period_or_not_at_all(samples: int, seed: int, force: bool) -> None:
    sound = np.random.default_rng(seed).integers(-32768, 32767, samples).astype(np.int16)
    for change in (longer, shorter):
        changed = change(sound, 8000, force=force)
        if changed is not None:
            assert 20 <= abs(len(changed) - samples) <= 80
        else:
            assert not force or samples < 160


def test_speech_that_is_stretched_again_and_again_stays_as_loud(narrow_speech: Pcm) -> None:
    pieces, at = [], 0
    while at + 400 < len(narrow_speech):
        piece = narrow_speech[at : at + 400]
        pieces.append(shorter(piece, 8000))
        at += 400
    done = [piece for piece in pieces if piece is not None]
    assert len(done) > 0.5 * len(pieces)
    assert all(steepest(piece) < 32_000 for piece in done)
