from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import tones
from agent_desktop.media.mixer import Mixer, level_dbfs
from agent_desktop.media.pcm import FRAME_SAMPLES, SILENCE, Pcm


def level(value: int) -> Pcm:
    return np.full(FRAME_SAMPLES, value, dtype=np.int16)


FRAMES = {"customer": level(100), "agent": level(2000), "supervisor": level(7), "music": level(40)}


def settled(mixer: Mixer[str], frames: dict[str, Pcm] = FRAMES) -> dict[str, int]:
    """What each hears once the ramps are over."""
    mixer.mix(frames)
    heard = mixer.mix(frames)
    assert all((frame == frame[0]).all() for frame in heard.values())
    return {listener: int(frame[0]) for listener, frame in heard.items()}


def test_two_legs_hear_each_other_and_not_themselves() -> None:
    mixer: Mixer[str] = Mixer()
    mixer.confer(["customer", "agent"])
    assert settled(mixer) == {"customer": 2000, "agent": 100}


def test_mute_is_a_gain_of_zero() -> None:
    mixer: Mixer[str] = Mixer()
    mixer.confer(["customer", "agent"])
    mixer.set_gain("customer", "agent", 0.0)
    assert settled(mixer) == {"customer": 0, "agent": 100}


def test_hold_gives_the_customer_music_and_the_agent_silence() -> None:
    mixer: Mixer[str] = Mixer()
    mixer.set_row("customer", {"music": 1.0})
    mixer.set_row("agent", {})
    assert settled(mixer) == {"customer": 40, "agent": 0}


def test_listen_whisper_and_barge_change_gains_only() -> None:
    mixer: Mixer[str] = Mixer()
    mixer.confer(["customer", "agent"])
    mixer.set_row("supervisor", {"customer": 1.0, "agent": 1.0})
    assert settled(mixer) == {"customer": 2000, "agent": 100, "supervisor": 2100}
    mixer.set_gain("agent", "supervisor", 1.0)
    assert settled(mixer) == {"customer": 2000, "agent": 107, "supervisor": 2100}
    mixer.set_gain("customer", "supervisor", 1.0)
    assert settled(mixer) == {"customer": 2007, "agent": 107, "supervisor": 2100}


def test_a_changed_gain_is_ramped_over_one_frame() -> None:
    mixer: Mixer[str] = Mixer()
    mixer.set_row("customer", {"agent": 1.0})
    assert settled(mixer)["customer"] == 2000
    mixer.set_row("customer", {"music": 1.0})
    ramp = mixer.mix(FRAMES)["customer"].astype(np.int32)
    assert (np.abs(np.diff(ramp)) < 20).all()
    assert (ramp[0] > 1900, ramp[-1]) == (True, 40)


def test_what_is_too_loud_is_clipped_not_wrapped() -> None:
    mixer: Mixer[str] = Mixer()
    mixer.set_row("a", {"b": 1.0, "c": 1.0})
    assert settled(mixer, {"b": level(30_000), "c": level(30_000)}) == {"a": 32767}
    assert settled(mixer, {"b": level(-30_000), "c": level(-30_000)}) == {"a": -32768}


def test_who_has_gone_is_not_heard_and_hears_nothing() -> None:
    mixer: Mixer[str] = Mixer()
    mixer.confer(["customer", "agent", "supervisor"])
    mixer.mix(FRAMES)
    mixer.remove("agent")
    assert settled(mixer) == {"customer": 7, "supervisor": 100}


def test_a_source_without_a_frame_is_silent() -> None:
    mixer: Mixer[str] = Mixer()
    mixer.confer(["customer", "agent"])
    assert settled(mixer, {"agent": SILENCE}) == {"customer": 0, "agent": 0}


@pytest.mark.parametrize("value", [-20_000, 20_000])
def test_a_mute_fades_within_a_frame_for_those_who_are_named(value: int) -> None:
    mixer: Mixer[str] = Mixer()
    mixer.confer(["customer", "agent", "supervisor"])
    frames = {**FRAMES, "agent": level(value)}
    mixer.mix(frames)
    mixer.mute("agent", ["customer"])
    faded = mixer.mix(frames)
    assert np.abs(np.diff(faded["customer"].astype(np.int32))).max() <= abs(value) / FRAME_SAMPLES + 2
    assert settled(mixer, frames) == {"customer": 7, "agent": 107, "supervisor": 100 + value}
    mixer.mute("agent")
    assert settled(mixer, frames) == {"customer": 7, "agent": 107, "supervisor": 100}


def test_the_meter_says_how_loud_a_frame_is() -> None:
    assert level_dbfs(tones.sine(1000, 0.02, -20)) == pytest.approx(-20, abs=0.1)
    assert level_dbfs(SILENCE) == level_dbfs(SILENCE[:0]) == -96.0


@given(
    st.dictionaries(
        st.sampled_from("abcd"),
        st.dictionaries(st.sampled_from("abcd"), st.floats(-2, 2), max_size=4),
        max_size=4,
    ),
    st.integers(0, 1000),
)
def test_the_mix_is_the_matrix_times_the_frames(rows: dict[str, dict[str, float]], seed: int) -> None:
    random = np.random.default_rng(seed)
    frames = {leg: random.integers(-32768, 32767, FRAME_SAMPLES).astype(np.int16) for leg in "abcd"}
    mixer: Mixer[str] = Mixer()
    for listener, row in rows.items():
        mixer.set_row(listener, row)
    mixer.mix(frames)
    heard = mixer.mix(frames)
    for listener, row in rows.items():
        total = sum(
            (gain * frames[source].astype(float) for source, gain in row.items()), np.zeros(FRAME_SAMPLES)
        )
        assert np.abs(heard[listener] - np.clip(total, -32768, 32767)).max() <= 1
