"""Judging sound: how loud a tone is, and the longest time for which it was not heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from agent_desktop.media import tones, wav
from agent_desktop.media.pcm import HALF_SAMPLES, SAMPLE_RATE_HZ

Sound = npt.NDArray[np.int16]
RATE = SAMPLE_RATE_HZ
STEP = HALF_SAMPLES  # 10 ms: whole periods of every tone of these tests
FLOOR_DBFS = -35.0
AGENT_HZ, CUSTOMER_HZ = 700, 400


def voice(path: Path, hz: int) -> Path:
    """A file with a tone for a voice."""
    wav.write(path, tones.sine(hz, 2.0))
    return path


def level(sound: Sound, hz: int) -> float:
    """dBFS of one tone."""
    return tones.tone_dbfs(sound, hz)


def heard_now(path: Path, hz: int, last_s: float = 0.4) -> bool:
    """Whether the end of a growing file holds the tone."""
    if not path.exists() or path.stat().st_size < 100:
        return False
    return level(wav.read(path)[-int(last_s * RATE) :], hz) > FLOOR_DBFS


def steps_with(sound: Sound, hz: int) -> npt.NDArray[np.bool_]:
    """For every 10 ms whether the tone was there."""
    whole = sound[: len(sound) // STEP * STEP].reshape(-1, STEP).astype(np.float64)
    turn = np.exp(-2j * np.pi * hz * np.arange(STEP) / RATE)
    amplitude = 2 * np.abs(whole @ turn) / STEP / 32768
    return np.asarray(amplitude > 10 ** (FLOOR_DBFS / 20), dtype=np.bool_)


def longest_gap_ms(sound: Sound, hz: int) -> int:
    """The longest time without the tone."""
    longest = run = 0
    for there in steps_with(sound, hz):
        run = 0 if there else run + 1
        longest = max(longest, run)
    return longest * 10


def talking(sound: Sound, hz: int, seconds: float) -> Sound:
    """The last so many seconds up to the last moment at which the tone was heard."""
    there = np.flatnonzero(steps_with(sound, hz))
    assert len(there), f"{hz} Hz was never heard"
    end = (int(there[-1]) + 1) * STEP
    return sound[max(0, end - int(seconds * RATE)) : end]
