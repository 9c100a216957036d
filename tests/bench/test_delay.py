from __future__ import annotations

import numpy as np
import pytest

from agent_desktop.bench import delay
from agent_desktop.bench._delay_child import Ear, Mouth
from agent_desktop.media.pcm import FRAME_S, SILENCE


def test_a_burst_is_joined_with_when_it_was_heard_and_the_first_is_left_out() -> None:
    said, heard = [1.0, 1.5, 2.0, 2.5], [1.2, 1.56, 2.05]
    assert delay.joined(said, heard) == pytest.approx([60, 50])
    assert delay.joined([], [1.0]) == []


def test_the_mouth_says_a_burst_twice_a_second_and_the_ear_finds_where_it_begins() -> None:
    mouth, ear = Mouth(speaks=True), Ear()
    frames = [mouth.read() for _ in range(50)]
    assert len(mouth.said) == 2
    loud = next(frame for frame in frames if frame.any())
    ear.write(SILENCE)
    ear.write(np.concatenate([SILENCE[:160], loud[:160]]))
    ear.write(np.ascontiguousarray(loud[160:]))
    assert len(ear.heard) == 1
    assert ear.heard[0] - mouth.said[-1] >= FRAME_S + 0.01
    assert not any(frame.any() for frame in (Mouth(speaks=False).read() for _ in range(30)))


def test_both_ways_are_measured_with_real_phones() -> None:
    table = delay.run(calls=1, talk_s=2.5)
    assert [row.met for row in table] == [row.value <= 80 for row in table]
    assert len(table) == 4
    for row in table:
        assert 20 < row.value < 400  # a frame at least, and nothing that was only an echo of something else
