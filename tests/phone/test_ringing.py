"""The phone's own sounds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from agent_desktop.domain.centre import ANSWER_TONES
from agent_desktop.errors import RefusedError
from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from agent_desktop.media.tones import level_dbfs
from agent_desktop.phone import ringing


def peak_db(pcm) -> float:
    return 20 * np.log10(np.max(np.abs(pcm.astype(np.int32))) / 32767)


@pytest.mark.parametrize("kind", [*ringing.KINDS, "fax"])
def test_a_ring_is_as_loud_as_it_was_told_and_starts_and_ends_softly(kind):
    sound = ringing.ring(kind, -12.0)
    assert -14 < peak_db(sound) < -11.9
    assert abs(peak_db(ringing.ring(kind, -32.0)) - peak_db(sound) + 20) < 0.5
    assert sound[0] == sound[-1] == 0
    assert np.max(np.abs(np.diff(sound.astype(np.int32)))) < 8000


def test_each_kind_of_work_has_its_own_ring():
    for one, other in itertools.combinations([*ringing.KINDS, "fax"], 2):
        assert not np.array_equal(ringing.ring(one), ringing.ring(other))


def test_the_call_waiting_tone_is_rare_and_quiet():
    sound = ringing.call_waiting()
    assert len(sound) == 10 * SAMPLE_RATE_HZ
    assert np.count_nonzero(sound) < 0.25 * SAMPLE_RATE_HZ
    assert peak_db(sound) < -29
    assert peak_db(ringing.call_waiting(-50)) < -49


def test_no_setting_makes_a_sound_louder_than_full_scale():
    assert peak_db(ringing.ring("voice", 40.0)) <= 0


@pytest.mark.parametrize("sound", ringing.SOUNDS)
def test_sounds_are_short(sound):
    assert 0 < len(ringing.once(sound)) < SAMPLE_RATE_HZ
    assert level_dbfs(ringing.once(sound)) > -40


def test_a_sound_that_does_not_exist_is_refused_in_words():
    with pytest.raises(RefusedError):
        ringing.once("fanfare")


def test_a_queue_may_have_its_own_answer_tone_or_none():
    tones = [ringing.answer_tone(name).tobytes() for name in ringing.ANSWER_TONES]
    assert len(set(tones)) == len(tones)
    assert len(ringing.answer_tone("none")) == 0
    assert np.array_equal(ringing.answer_tone("unheard of"), ringing.answer_tone("zip"))


def test_a_centre_may_choose_every_tone_that_a_phone_can_sound() -> None:
    assert set(ANSWER_TONES) == set(ringing.ANSWER_TONES)
