"""Tones that a telephone makes, and a meter that finds one: ringback, busy, zip tone, sine, Goertzel.

Levels are in dBFS: 0 dBFS is a sine that just reaches full scale.  Cadences follow ITU-T E.180 as most
of Europe has them: 425 Hz, ringback 1 s on and 4 s off, busy 0.5 s on and off.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import FRAME_SAMPLES, FULL_SCALE, SAMPLE_RATE_HZ, Pcm, to_pcm

_EDGE_SAMPLES: Final = SAMPLE_RATE_HZ // 200  # 5 ms; a tone that starts at once clicks
_FLOOR_DBFS: Final = -120.0


def sine(hz: float, seconds: float, level_dbfs: float = -12.0, rate_hz: int = SAMPLE_RATE_HZ) -> Pcm:
    """A sine; whole periods join without a click when it is looped."""
    n = np.arange(round(seconds * rate_hz))
    return to_pcm(FULL_SCALE * 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * hz * n / rate_hz))


def _soft(tone: Pcm) -> Pcm:
    """The same tone with edges of 5 ms."""
    shape: npt.NDArray[np.float64] = np.ones(len(tone))
    rising = np.arange(_EDGE_SAMPLES) / _EDGE_SAMPLES
    shape[:_EDGE_SAMPLES] = rising
    shape[-_EDGE_SAMPLES:] = rising[::-1]
    return to_pcm(tone * shape)


def _quiet(seconds: float) -> Pcm:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.int16)


def ringback() -> Pcm:
    """One turn of the ringing that a caller hears; to be looped."""
    return np.concatenate([_soft(sine(425, 1.0, -18)), _quiet(4.0)])


def busy() -> Pcm:
    """One turn of the busy tone; to be looped."""
    return np.concatenate([_soft(sine(425, 0.5, -18)), _quiet(0.5)])


def zip_tone() -> Pcm:
    """Two short pips in the agent's ear before a call is joined by itself."""
    pip = _soft(sine(1400, 0.08, -18))
    return np.concatenate([pip, _quiet(0.08), pip, _quiet(0.04)])


def warning_tone() -> Pcm:
    """One beep for those who are being listened to or recorded."""
    return np.concatenate([_soft(sine(1400, 0.2, -24)), _quiet(0.1)])


class Loop:
    """Sound without end, a frame at a time: music, ringback."""

    __slots__ = ("_at", "_sound")

    def __init__(self, sound: Pcm, at: int = 0) -> None:
        self._sound = sound if len(sound) >= FRAME_SAMPLES else np.resize(sound, FRAME_SAMPLES)
        self._at = at % len(self._sound)

    def frame(self) -> Pcm:
        end = self._at + FRAME_SAMPLES
        piece = self._sound[self._at : end]
        if len(piece) < FRAME_SAMPLES:
            piece = np.concatenate([piece, self._sound[: FRAME_SAMPLES - len(piece)]])
        self._at = end % len(self._sound)
        return piece


def level_dbfs(pcm: Pcm) -> float:
    """The level of everything that is heard; a full-scale sine is 0 dBFS."""
    if len(pcm) == 0:
        return _FLOOR_DBFS
    power = float(np.mean(pcm.astype(np.float64) ** 2)) * 2 / FULL_SCALE**2
    return max(_FLOOR_DBFS, 10 * math.log10(power)) if power > 0 else _FLOOR_DBFS


def tone_dbfs(pcm: Pcm, hz: float, rate_hz: int = SAMPLE_RATE_HZ) -> float:
    """The level of one frequency alone (Goertzel, as one projection)."""
    if len(pcm) == 0:
        return _FLOOR_DBFS
    turn = np.exp(-2j * np.pi * hz * np.arange(len(pcm)) / rate_hz)
    amplitude = 2 * abs(complex(np.dot(turn, pcm.astype(np.float64)))) / len(pcm) / FULL_SCALE
    return max(_FLOOR_DBFS, 20 * math.log10(amplitude)) if amplitude > 0 else _FLOOR_DBFS
