from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from pesq import pesq

from agent_desktop.media import wav
from agent_desktop.media.echo import BLOCK, DELAY_BLOCKS, EchoCanceller
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm, frames_of, to_pcm

Signal = npt.NDArray[np.float64]
SETTLED = 3 * SAMPLE_RATE_HZ
SECONDS = 9
TEXT = (
    "The invoice of last month shows two amounts that I do not understand. One is for a service that I "
    "cancelled in spring, and the other one was paid already. Can you have a look at both, please?"
)


def level_db(sound: Pcm | Signal) -> float:
    return float(10 * np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-9))


def room(seed: int = 1, delay_s: float = 0.02) -> Signal:
    """The way from loudspeaker to microphone: a delay, then a reverberation of 125 ms that dies away."""
    random, after, first = np.random.default_rng(seed), np.arange(2000), round(delay_s * SAMPLE_RATE_HZ)
    way = np.zeros(first + len(after))
    way[first:] = random.normal(0, 0.03, len(after)) * np.exp(-after / 400)
    way[first] = 0.12
    return way


def at(way: Signal, sound: Pcm) -> Signal:
    return np.convolve(sound, way)[: len(sound)]


def cancelled(microphone: Signal | Pcm, played: Pcm, delay_ms: int = 20) -> Pcm:
    canceller = EchoCanceller()
    pairs = zip(frames_of(to_pcm(microphone), BLOCK), frames_of(played, BLOCK), strict=True)
    return np.concatenate([canceller.cancel(mine, theirs, delay_ms) for mine, theirs in pairs])


def taken_db(microphone: Signal, heard: Pcm, start: int = SETTLED, end: int | None = None) -> float:
    return level_db(microphone[start:end]) - level_db(heard[start:end])


@pytest.fixture(scope="module")
def far(speech: Pcm) -> Pcm:
    return to_pcm(speech[: SECONDS * SAMPLE_RATE_HZ] * 0.6)


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory, far: Pcm) -> Pcm:
    """The agent, who begins to speak after three seconds."""
    path: Path = tmp_path_factory.mktemp("near") / "near.wav"
    subprocess.run(["espeak-ng", "-v", "en+f3", "-s", "150", "-w", str(path), TEXT], check=True)
    spoken = to_pcm(wav.read(path) * 0.6)
    late = np.concatenate([np.zeros(SETTLED, dtype=np.int16), spoken, np.zeros(len(far), dtype=np.int16)])
    return late[: len(far)]


@pytest.fixture(scope="module")
def hiss(far: Pcm) -> Signal:
    return np.random.default_rng(2).normal(0, 10, len(far))


def understood(near: Pcm, heard: Pcm | Signal) -> float:
    return float(pesq(SAMPLE_RATE_HZ, near[SETTLED:], to_pcm(heard)[SETTLED:], "nb"))


def test_the_echo_of_a_room_is_gone_after_three_seconds(far: Pcm, hiss: Signal) -> None:
    microphone = at(room(), far) + hiss
    assert taken_db(microphone, cancelled(microphone, far)) >= 20


@pytest.mark.peer
def test_when_both_speak_the_agent_is_hardly_hurt(far: Pcm, near: Pcm, hiss: Signal) -> None:
    microphone = at(room(), far) + near + hiss
    heard = cancelled(microphone, far)
    assert understood(near, heard) > understood(near, near + hiss) - 1.0
    assert understood(near, heard) > understood(near, microphone) + 1.0


@pytest.mark.peer
def test_with_a_headset_that_gives_no_echo_the_agent_is_hardly_hurt(
    far: Pcm, near: Pcm, hiss: Signal
) -> None:
    assert understood(near, cancelled(near + hiss, far)) > understood(near, near + hiss) - 0.7


def test_while_nothing_is_played_the_microphone_passes_ten_milliseconds_later(near: Pcm) -> None:
    heard = cancelled(near, np.zeros(len(near), dtype=np.int16))
    delay = DELAY_BLOCKS * BLOCK
    assert np.array_equal(heard[delay:], near[:-delay])


@pytest.mark.parametrize("told_ms", [220, 180, 211])
def test_a_slow_sound_card_is_followed_even_if_its_delay_is_told_wrongly(
    far: Pcm, hiss: Signal, told_ms: int
) -> None:
    microphone = at(room(delay_s=0.22), far) + hiss
    assert taken_db(microphone, cancelled(microphone, far, told_ms)) >= 20


def test_a_moved_laptop_is_learnt_anew(far: Pcm, hiss: Signal) -> None:
    half = np.arange(len(far)) < SETTLED
    microphone = np.where(half, at(room(), far), at(room(seed=7), far)) + hiss
    heard = cancelled(microphone, far)
    assert taken_db(microphone, heard, 8 * SAMPLE_RATE_HZ) >= 15


def test_hostile_sound_keeps_it_finite() -> None:
    canceller = EchoCanceller()
    random = np.random.default_rng(4)
    for number in range(300):
        loud = (random.integers(0, 2, BLOCK) * 65535 - 32768).astype(np.int16)
        canceller.cancel(
            loud if number % 3 else np.zeros(BLOCK, dtype=np.int16), loud[::-1].copy(), number * 7
        )
    assert np.isfinite(canceller._way).all()
    assert np.isfinite(canceller._uncertain).all()
    assert (canceller._uncertain >= 0).all()
