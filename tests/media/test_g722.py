from __future__ import annotations

import numpy as np
import pytest

from agent_desktop.media import codecs, tones
from agent_desktop.media.g722 import G722Codec
from agent_desktop.media.pcm import Pcm, frames_of


def through(sound: Pcm) -> Pcm:
    codec = G722Codec()
    return np.concatenate([codec.decode(codec.encode(frame)) for frame in frames_of(sound)])


@pytest.mark.parametrize("hz", [100, 1000, 3000, 5000, 6500])
def test_tones_far_above_the_telephone_band_pass(hz: int) -> None:
    heard = through(tones.sine(hz, 1.0, -12))[1600:]
    assert tones.tone_dbfs(heard, hz) == pytest.approx(-12, abs=1.5)
    assert tones.level_dbfs(heard) == pytest.approx(tones.tone_dbfs(heard, hz), abs=0.6)


def test_twenty_milliseconds_are_a_hundred_and_sixty_bytes_on_a_clock_of_8000() -> None:
    codec = codecs.make("g722", 9)
    assert len(codec.encode(tones.sine(1000, 0.02))) == 160
    assert (codec.clock_rate_hz, codec.sample_rate_hz, codec.payload_type) == (8000, 16_000, 9)


def test_every_stream_has_its_own_state() -> None:
    one, other = codecs.make("G722", 9), codecs.make("G722", 9)
    loud, calm = tones.sine(900, 0.02, -3), tones.sine(300, 0.02, -40)
    one.encode(loud)
    assert one.encode(calm) != other.encode(calm)


def test_any_bytes_are_some_sound_of_the_right_length() -> None:
    random = np.random.default_rng(5)
    codec = G722Codec()
    for size in (1, 3, 80, 160, 480):
        assert len(codec.decode(random.bytes(size))) == 2 * size


def test_a_spoken_voice_comes_back_as_itself(speech: Pcm) -> None:
    heard = through(speech)
    best = max(
        float(np.dot(speech[:-delay].astype(float), heard[delay : len(speech)].astype(float)))
        for delay in range(1, 40)
    )
    energy = float(np.linalg.norm(speech.astype(float)) * np.linalg.norm(heard.astype(float)))
    assert best / energy > 0.97
