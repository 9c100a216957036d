"""Comfort noise (RFC 3389): what is heard while the other side has nothing to say and sends nothing.

A payload is a level (first byte, in -dBov) and the shape of the spectrum as reflection coefficients (a byte
each).  Receiving: white noise through the filter that the coefficients describe, at that level.  Sending:
while nobody speaks, one payload when the noise begins, another when it changed or a second has passed,
and nothing else.

Rules: at most ten coefficients are believed; a filter of a payload from outside is always stable, because
every coefficient is smaller than one; the noise of one stream never repeats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm, to_pcm

PAYLOAD_TYPE: Final = 13
_ORDER: Final = 6
_MOST_COEFFICIENTS: Final = 10
_RESPONSE: Final = 96  # samples after which the filter has died away
_OVERLOAD: Final = 32768.0
_QUIETEST_DBOV: Final = 127
_LOUDEST_RECEIVED_DBOV: Final = 30  # louder is no background

_Signal = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Noise:
    """A background: its level below overload in dB, and its reflection coefficients."""

    level_dbov: int
    reflections: tuple[float, ...] = ()

    def encode(self) -> bytes:
        shape = (round(127 + 128 * k) for k in self.reflections)
        return bytes([min(self.level_dbov, _QUIETEST_DBOV), *(max(0, min(254, n)) for n in shape)])


def parse(payload: bytes) -> Noise | None:
    """Read a payload; None for an empty one."""
    if not payload:
        return None
    level = max(payload[0] & 0x7F, _LOUDEST_RECEIVED_DBOV)
    shape = payload[1 : 1 + _MOST_COEFFICIENTS]
    return Noise(level, tuple(max(-0.98, min(0.98, (n - 127) / 128)) for n in shape))


def level_dbov(pcm: Pcm) -> int:
    """The level of a piece of sound, as a payload says it."""
    power = float(np.mean(pcm.astype(np.float32) ** 2)) if len(pcm) else 0.0
    if power < 1e-3:
        return _QUIETEST_DBOV
    return max(0, min(_QUIETEST_DBOV, round(-10 * math.log10(power / _OVERLOAD**2))))


def measured(pcm: Pcm) -> Noise:
    """The level and the shape of a background (Levinson and Durbin)."""
    signal = pcm.astype(np.float64) * np.hanning(len(pcm))
    likeness = [float(np.dot(signal[: len(signal) - lag], signal[lag:])) for lag in range(_ORDER + 1)]
    error, predictor, reflections = likeness[0] * 1.0001 + 1.0, [1.0], list[float]()
    for order in range(1, _ORDER + 1):
        gap = sum(predictor[n] * likeness[order - n] for n in range(order))
        k = -gap / error
        reflections.append(max(-0.98, min(0.98, k)))
        grown = [*predictor, 0.0]
        predictor = [a + k * b for a, b in zip(grown, reversed(grown), strict=True)]
        error *= 1 - k * k
    return Noise(level_dbov(pcm), tuple(reflections))


def _response(reflections: tuple[float, ...]) -> _Signal:
    """What the synthesis filter makes of one impulse, at unit power."""
    predictor = [1.0]
    for k in reflections:
        grown = [*predictor, 0.0]
        predictor = [a + k * b for a, b in zip(grown, reversed(grown), strict=True)]
    response = [1.0]
    for n in range(1, _RESPONSE):
        reach = min(n, len(predictor) - 1)
        response.append(-sum(predictor[m] * response[n - m] for m in range(1, reach + 1)))
    made = np.array(response)
    unit: _Signal = (made / math.sqrt(float(np.sum(made**2)))).astype(np.float32)
    return unit


class NoiseMaker:
    """Makes the noise of one stream; a change of level or shape is faded in."""

    __slots__ = ("_gain", "_noise", "_random", "_response", "_tail")

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._noise = Noise(_QUIETEST_DBOV)
        self._response = _response(())
        self._tail = np.zeros(_RESPONSE - 1, dtype=np.float32)
        self._gain = 0.0

    def follow(self, noise: Noise) -> None:
        """From now on this background."""
        if noise.reflections != self._noise.reflections:
            self._response = _response(noise.reflections)
        self._noise = noise

    @property
    def level_dbov(self) -> int:
        return self._noise.level_dbov

    def make(self, samples: int) -> Pcm:
        """The next piece, of any length."""
        fresh = self._random.standard_normal(samples, dtype=np.float32)
        excitation = np.concatenate((self._tail, fresh))
        self._tail = excitation[-(_RESPONSE - 1) :]
        wanted = _OVERLOAD * 10 ** (-self._noise.level_dbov / 20)
        gains = np.linspace(self._gain, wanted, samples, dtype=np.float32)
        self._gain = wanted
        return to_pcm(np.convolve(excitation, self._response, "valid") * gains)


_SPEECH_ABOVE_DB: Final = 9
_HANG_OVER_FRAMES: Final = 12  # 240 ms: the ends of words are quiet
_REFRESH_FRAMES: Final = 50
_CHANGED_DB: Final = 3
_LOUDEST_NOISE_DBOV: Final = 40
_RISE_FRAMES: Final = 25


class SilenceDetector:
    """Says of every frame whether it must be sent, and which noise stands for it when it need not."""

    __slots__ = ("_floor", "_hang_over", "_rising", "_since", "_told")

    def __init__(self) -> None:
        self._floor = _LOUDEST_NOISE_DBOV  # -dBov: a greater number is quieter
        self._hang_over = _HANG_OVER_FRAMES
        self._rising = 0
        self._since = 0
        self._told: Noise | None = None

    def hear(self, pcm: Pcm) -> Noise | bool:
        """True: send the frame.  False: send nothing.  A `Noise`: send this instead."""
        level = level_dbov(pcm)
        self._learn(level)
        if level < self._floor - _SPEECH_ABOVE_DB or level < _LOUDEST_NOISE_DBOV:
            self._hang_over = _HANG_OVER_FRAMES
        if self._hang_over > 0:
            self._hang_over -= 1
            self._told = None
            return True
        self._since += 1
        told = self._told
        if told is not None and self._since < _REFRESH_FRAMES and abs(told.level_dbov - level) < _CHANGED_DB:
            return False
        if told is not None and self._since < _REFRESH_FRAMES // 5:
            return False
        self._since = 0
        self._told = measured(pcm)
        return self._told

    def _learn(self, level: int) -> None:
        """The background is what is quiet now; it grows louder only slowly."""
        if level >= self._floor:
            self._floor, self._rising = level, 0
            return
        self._rising += 1
        if self._rising >= _RISE_FRAMES:
            self._rising = 0
            self._floor = max(self._floor - 1, _LOUDEST_NOISE_DBOV)


RATE_HZ: Final = NARROW_RATE_HZ
