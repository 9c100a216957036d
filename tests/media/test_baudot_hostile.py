"""Whatever comes in: nothing is raised, nothing grows, and a text that follows is read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from agent_desktop.media.baudot import BaudotLeg, State
from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm
from agent_desktop.media.tty_receive import TtyReceiver
from tests.media.baudot_line import quiet, read, spoken

SECOND = NARROW_RATE_HZ
GREETING = "HELLO GA"


def kept(receiver: TtyReceiver) -> int:
    """Samples' worth of cells."""
    return receiver._kept.shape[1] * 4 + len(receiver._samples)


def reads_on(receiver: TtyReceiver) -> bool:
    sound = spoken(GREETING)
    return (
        read(
            code for start in range(0, len(sound), 160) for code in receiver.hear(sound[start : start + 160])
        )
        == GREETING
    )


@pytest.mark.parametrize(
    "odd",
    [
        np.full(SECOND, np.nan),
        np.full(SECOND, np.inf),
        np.where(np.arange(SECOND) % 7 == 0, np.nan, 1e30),
        np.full(SECOND, 32767, dtype=np.int16),
        np.full(SECOND, -32768, dtype=np.int16),
        np.where(np.arange(SECOND) % 4 < 2, 32767, -32768).astype(np.int16),
        np.zeros(0, dtype=np.int16),
        np.ones(1, dtype=np.int16),
    ],
    ids=["nan", "inf", "mixed", "high", "low", "clipped", "empty", "one"],
)
def test_sound_that_is_none_does_no_harm(odd: Pcm) -> None:
    receiver = TtyReceiver()
    assert receiver.hear(odd) == []
    receiver.hear(quiet(0.3))
    assert reads_on(receiver)


def test_a_constant_voltage_on_the_line_does_not_spoil_the_text() -> None:
    sound = np.clip(spoken(GREETING).astype(np.int32) + 6000, -32768, 32767).astype(np.int16)
    receiver = TtyReceiver()
    codes = [
        code for start in range(0, len(sound), 160) for code in receiver.hear(sound[start : start + 160])
    ]
    assert read(codes) == GREETING


def test_a_caller_who_is_clipped_is_read() -> None:
    loud = np.clip(spoken(GREETING, level_dbfs=-1).astype(np.int32) * 8, -32768, 32767).astype(np.int16)
    assert read(TtyReceiver().hear(loud)) == GREETING


@pytest.mark.parametrize("gap", [300_000_000, 2**40, 20_000, 16_001])
def test_a_gap_of_hours_costs_nothing_and_time_goes_on(gap: int) -> None:
    receiver = TtyReceiver()
    receiver.hear(spoken(GREETING)[:7777])
    assert receiver.hear(None, gap) == []
    assert receiver.heard_samples == 7777 + gap
    assert not receiver.has_carrier
    assert kept(receiver) < 3 * SECOND
    assert reads_on(receiver)


def test_a_line_on_which_nothing_comes_is_not_searched() -> None:
    receiver = TtyReceiver()
    receiver.hear(spoken(GREETING)[:9000])
    for _ in range(100):
        receiver.hear(None, 160)
    assert not receiver._has_tones()
    assert kept(receiver) < 3 * SECOND
    assert reads_on(receiver)


def test_a_leg_takes_gaps_of_hours_as_well() -> None:
    leg = BaudotLeg(is_found=True)
    leg.say("ga")
    while leg.frame(160) is not None:
        leg.hear(None, 300_000_000)
    assert leg.state is State.IDLE


def test_an_hour_of_silence_or_of_one_great_frame_keeps_no_more_than_seconds() -> None:
    receiver = TtyReceiver()
    piece = quiet(2.0)
    for _ in range(1800):
        receiver.hear(piece)
    assert receiver.heard_samples == 3600 * SECOND
    assert kept(receiver) < 3 * SECOND
    receiver.hear(np.random.default_rng(1).integers(-9000, 9000, 60 * SECOND).astype(np.int16))
    assert kept(receiver) < 3 * SECOND
    assert reads_on(receiver)


PIECES = st.one_of(
    st.tuples(st.just("lost"), st.integers(0, 3000)),
    st.tuples(st.just("noise"), st.integers(0, 2**32 - 1)),
    st.tuples(st.just("tone"), st.integers(1300, 1900)),
    st.tuples(st.just("text"), st.integers(0, 9000)),
)


def sound_of(kind: str, number: int) -> tuple[Pcm | None, int]:
    if kind == "lost":
        return None, number
    if kind == "noise":
        chance = np.random.default_rng(number)
        return chance.integers(-30000, 30000, number % 2000).astype(np.int16), 0
    if kind == "tone":
        wave = 9000 * np.sin(2 * np.pi * number * np.arange(number) / SECOND)
        return wave.astype(np.int16), 0
    return spoken("AB 12")[number : number + 1500], 0


@settings(max_examples=25)
@given(st.lists(PIECES, max_size=20))
def test_any_row_of_noise_tones_text_and_gaps_is_taken(pieces: list[tuple[str, int]]) -> None:
    leg, lasted = BaudotLeg(is_found=True), 0
    for kind, number in pieces:
        frame, samples = sound_of(kind, number)
        leg.hear(frame, samples)
        lasted += samples if frame is None else len(frame)
        assert kept(leg.receiver) < 3 * SECOND
    assert leg.receiver.heard_samples == lasted


@settings(max_examples=20)
@given(arrays.arrays(np.int16, st.integers(0, 4000)), st.integers(1, 500))
def test_any_samples_in_any_cuts_are_taken(sound: Pcm, size: int) -> None:
    leg = BaudotLeg(is_found=True)
    for start in range(0, len(sound), size):
        leg.hear(sound[start : start + size])
        leg.frame(size)
    assert leg.receiver.heard_samples == len(sound)
