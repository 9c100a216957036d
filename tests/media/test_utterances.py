"""Where somebody speaks: utterances are cut at pauses, and no sound of one is lost or read twice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from agent_desktop.media.utterances import AGAIN_S, LONGEST_S, Utterances
from tests.contract.speech import babble, pause


def sound(*parts: float):
    """Speech of so many seconds; a pause where it is negative."""
    return np.concatenate([babble(part) if part > 0 else pause(-part) for part in parts])


def over(*parts: float):
    speaker = Utterances()
    found = (*speaker.hear(sound(*parts)), *speaker.finish())
    return [spoken for spoken in found if spoken.is_over]


def seconds(spoken) -> float:
    return len(spoken.sound) / SAMPLE_RATE_HZ


def test_an_utterance_ends_with_a_pause_and_keeps_its_beginning():
    first, second = over(-1.0, 2.0, -1.5, 1.0, -1.0)
    assert (first.number, second.number) == (1, 2)
    assert 0.7 <= first.began_s <= 1.0
    assert 2.0 <= seconds(first) <= 3.1
    assert 4.2 <= second.began_s <= 4.5


def test_a_short_pause_within_a_sentence_ends_nothing():
    assert len(over(-0.5, 1.0, -0.4, 1.0, -1.0)) == 1


def test_a_click_is_no_utterance_and_neither_is_noise_that_stays():
    assert over(-1.0, 0.06, -1.0) == []
    assert over(-10.0) == []


def test_who_goes_on_is_read_again_now_and_then():
    speaker = Utterances()
    found = speaker.hear(sound(-0.5, 8.0))
    assert all(not spoken.is_over for spoken in found)
    lengths = [seconds(spoken) for spoken in found]
    assert len(found) == int(8.0 / AGAIN_S)
    assert all(later - earlier == AGAIN_S for earlier, later in pairwise(lengths))


def test_who_never_pauses_is_cut_and_nothing_is_lost():
    found = over(-0.5, 45.0, -1.0)
    assert len(found) == 3
    assert all(seconds(spoken) <= LONGEST_S for spoken in found)
    ends = [spoken.began_s + seconds(spoken) for spoken in found]
    assert all(abs(a - b.began_s) < 0.021 for a, b in zip(ends, found[1:], strict=False))


def test_a_quiet_voice_is_heard_on_a_quiet_line():
    speaker = Utterances()
    found = (*speaker.hear(pause(2.0)), *speaker.hear(babble(2.0, -42.0)), *speaker.finish())
    assert [spoken.is_over for spoken in found][-1:] == [True]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 4000), min_size=1, max_size=40))
def test_how_the_sound_is_cut_on_its_way_changes_nothing(cuts: list[int]):
    whole = sound(-0.4, 1.2, -0.8, 0.7, -0.9)
    speaker, at, pieces = Utterances(), 0, []
    for cut in cuts:
        pieces += speaker.hear(whole[at : at + cut])
        at += cut
    pieces += (*speaker.hear(whole[at:]), *speaker.finish())
    again = Utterances()
    once = (*again.hear(whole), *again.finish())
    assert [(s.number, s.began_s, len(s.sound), s.is_over) for s in pieces] == [
        (s.number, s.began_s, len(s.sound), s.is_over) for s in once
    ]
