"""Between the telephone's 8 kHz and the 16 kHz inside: one half-band filter, used from both sides.

A half-band filter of 51 taps has every second tap zero and the middle one a half: of two samples out,
one is a sample of the input and the other 26 products.  Pass band to 3.4 kHz flat within 0.02 dB; what
would fold or mirror (above 4.6 kHz) is down by 55 dB.  A frame of 20 ms is one vector times one matrix.

An exchange converts the frames of all its legs together (`raised`, `lowered`): one product of matrices
costs a third of so many of a vector with a matrix.

Rules: a converter belongs to one stream and keeps its past, so that pieces join without a click; each
direction delays by 1.5 ms and never changes how much sound there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import NARROW_FRAME_SAMPLES, Pcm

_Signal = npt.NDArray[np.float32]

_TAPS: Final = 51
_BETA: Final = 5.0
_SIDE: Final = (_TAPS + 1) // 2  # the taps beside the middle: 26, every second of all
_REACH: Final = _SIDE // 2  # narrow samples from the middle to the newest


def _side_taps() -> _Signal:
    """The taps that are not zero, without the middle one; together they weigh one half."""
    places = np.arange(_TAPS) - _TAPS // 2
    taps = np.sinc(places / 2) * np.kaiser(_TAPS, _BETA)
    side = taps[0::2]
    weighed: _Signal = (side / side.sum() / 2).astype(np.float32)
    return weighed


_SIDE_TAPS: Final = _side_taps()
_HIGHEST: Final = np.array(32767, dtype=np.float32)  # as arrays they cost half of what numbers do
_LOWEST: Final = np.array(-32768, dtype=np.float32)
_HALF: Final = np.array(0.5, dtype=np.float32)


@lru_cache(maxsize=8)
def _matrix(samples: int) -> _Signal:
    """The filter as a matrix: `samples + _SIDE - 1` of the past and the present in, `samples` out."""
    matrix = np.zeros((samples + _SIDE - 1, samples), dtype=np.float32)
    for column in range(samples):
        matrix[column : column + _SIDE, column] = _SIDE_TAPS
    matrix.flags.writeable = False
    return matrix


def _filtered(signal: _Signal, samples: int) -> _Signal:
    if samples in {NARROW_FRAME_SAMPLES, NARROW_FRAME_SAMPLES // 2}:
        return signal @ _matrix(samples)
    return np.correlate(signal, _SIDE_TAPS, "valid")


def _bounded(signal: _Signal) -> _Signal:
    """Rounded and clipped where it stands; storing it as 16 bits is then exact."""
    np.rint(signal, out=signal)
    np.minimum(signal, _HIGHEST, out=signal)
    np.maximum(signal, _LOWEST, out=signal)
    return signal


class Upsampler:
    """From 8 kHz to 16 kHz: twice as many samples come out as go in."""

    __slots__ = ("past",)

    def __init__(self) -> None:
        self.past: _Signal = np.zeros(_SIDE - 1, dtype=np.float32)

    def __call__(self, narrow: Pcm) -> Pcm:
        count = len(narrow)
        signal = np.concatenate((self.past, narrow), dtype=np.float32)
        self.past = signal[count:]
        between = _filtered(signal, count)
        between += between
        wide = np.empty(2 * count, dtype=np.int16)
        wide[0::2] = _bounded(between)
        wide[1::2] = signal[_REACH : _REACH + count]
        return wide


class Downsampler:
    """From 16 kHz to 8 kHz: half as many samples come out as go in (an even number)."""

    __slots__ = ("past", "past_middle")

    def __init__(self) -> None:
        self.past: _Signal = np.zeros(_SIDE - 1, dtype=np.float32)
        self.past_middle: _Signal = np.zeros(_REACH - 1, dtype=np.float32)

    def __call__(self, wide: Pcm) -> Pcm:
        count = len(wide) // 2
        side = np.concatenate((self.past, wide[1::2]), dtype=np.float32)
        middle = np.concatenate((self.past_middle, wide[0::2]), dtype=np.float32)
        self.past, self.past_middle = side[count:], middle[count:]
        narrow = _filtered(side, count)
        narrow += _HALF * middle[:count]
        return _bounded(narrow).astype(np.int16)


def raised(pairs: Sequence[tuple[Upsampler, Pcm]]) -> list[Pcm]:
    """The next 20 ms of many streams, each by its own converter."""
    if not pairs:
        return []
    parts = [part for up, frame in pairs for part in (up.past, frame)]
    signal = np.concatenate(parts, dtype=np.float32).reshape(len(pairs), -1)
    for (up, _), past in zip(pairs, signal[:, NARROW_FRAME_SAMPLES:].copy(), strict=True):
        up.past = past
    between = _filtered(signal, NARROW_FRAME_SAMPLES)
    between += between
    wide = np.empty((len(pairs), 2 * NARROW_FRAME_SAMPLES), dtype=np.int16)
    wide[:, 0::2] = _bounded(between)
    wide[:, 1::2] = signal[:, _REACH : _REACH + NARROW_FRAME_SAMPLES]
    return list(wide)


def lowered(pairs: Sequence[tuple[Downsampler, Pcm]]) -> list[Pcm]:
    """The same the other way."""
    if not pairs:
        return []
    wide = np.concatenate([frame for _, frame in pairs]).reshape(len(pairs), -1)
    pasts = np.concatenate([down.past for down, _ in pairs]).reshape(len(pairs), -1)
    middles = np.concatenate([down.past_middle for down, _ in pairs]).reshape(len(pairs), -1)
    side = np.concatenate((pasts, wide[:, 1::2]), axis=1, dtype=np.float32)
    middle = np.concatenate((middles, wide[:, 0::2]), axis=1, dtype=np.float32)
    pasts, middles = side[:, NARROW_FRAME_SAMPLES:].copy(), middle[:, NARROW_FRAME_SAMPLES:].copy()
    for (down, _), past, past_middle in zip(pairs, pasts, middles, strict=True):
        down.past, down.past_middle = past, past_middle
    narrow = _filtered(side, NARROW_FRAME_SAMPLES)
    narrow += _HALF * middle[:, :NARROW_FRAME_SAMPLES]
    return list(_bounded(narrow).astype(np.int16))


def widened(narrow: Pcm) -> Pcm:
    """A whole piece of narrow sound at 16 kHz, for prompts and tests; the filter's delay is taken off."""
    tail = np.zeros(_SIDE, dtype=np.int16)
    return Upsampler()(np.concatenate([narrow, tail]))[_DELAY : _DELAY + 2 * len(narrow)]


def narrowed(wide: Pcm) -> Pcm:
    """A whole piece of wide sound at 8 kHz, the filter's delay is taken off."""
    tail = np.zeros(2 * _SIDE, dtype=np.int16)
    return Downsampler()(np.concatenate([wide, tail]))[_REACH - 1 : _REACH - 1 + len(wide) // 2]


_DELAY: Final = _TAPS // 2
