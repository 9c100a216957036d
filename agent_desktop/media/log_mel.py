"""What a recogniser of speech sees of sound: how loud each of its bands is, 100 times a second.

A log-mel spectrogram as Whisper was trained on it (Radford et al., 2022, section 2.2): windows of 25 ms every
10 ms, bands on Slaney's mel scale from 0 to 8 kHz, powers as logarithms, at most 80 dB below the loudest.

Rules: sound is `Pcm` at 16 kHz; the answer has as many columns as are asked for, what is missing of the
sound is silence; no clock, no state.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import FULL_SCALE, SAMPLE_RATE_HZ, Pcm

Mel: TypeAlias = npt.NDArray[np.float32]

COLUMNS_PER_S: Final = 100
_STEP: Final = SAMPLE_RATE_HZ // COLUMNS_PER_S
_WINDOW: Final = 400
_LINEAR_HZ: Final = 200 / 3  # a mel, below 1 kHz
_KNEE_HZ: Final = 1000.0
_KNEE_MEL: Final = _KNEE_HZ / _LINEAR_HZ
_OCTAVES: Final = np.log(6.4) / 27  # a mel, above it
_LEAST: Final = 1e-10
_RANGE: Final = 8.0  # of powers of ten


def log_mel(sound: Pcm, columns: int, bands: int = 80) -> Mel:
    """`bands` rows and `columns` columns of 10 ms."""
    signal = np.zeros(columns * _STEP, dtype=np.float32)
    taken = sound[: len(signal)]
    signal[: len(taken)] = taken.astype(np.float32) / (FULL_SCALE + 1)
    padded = np.pad(signal, _WINDOW // 2, mode="reflect")
    starts = _STEP * np.arange(columns)[:, None]
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    powers = np.abs(np.fft.rfft(padded[starts + np.arange(_WINDOW)] * window, axis=1)) ** 2
    loud = np.log10(np.maximum(powers.astype(np.float32) @ _filters(bands), _LEAST))
    loud = np.maximum(loud, loud.max() - _RANGE)
    return np.ascontiguousarray(((loud + 4) / 4).T, dtype=np.float32)


@lru_cache
def _filters(bands: int) -> Mel:
    """Triangles over the lines of the spectrum, each of the same area; one column for a band."""
    lines = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE_HZ)
    corners = _hz(np.linspace(0.0, float(_mel(SAMPLE_RATE_HZ / 2)), bands + 2))
    widths = np.diff(corners)
    slopes = corners[:, None] - lines[None]
    rising, falling = -slopes[:-2] / widths[:-1, None], slopes[2:] / widths[1:, None]
    shapes = np.maximum(0, np.minimum(rising, falling)) * (2 / (corners[2:] - corners[:-2]))[:, None]
    filters: Mel = np.ascontiguousarray(shapes.T, dtype=np.float32)
    return filters


def _mel(hz: float) -> float:
    return float(_KNEE_MEL + np.log(hz / _KNEE_HZ) / _OCTAVES) if hz >= _KNEE_HZ else hz / _LINEAR_HZ


def _hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = _KNEE_HZ * np.exp(_OCTAVES * (mel - _KNEE_MEL))
    return np.where(mel >= _KNEE_MEL, above, mel * _LINEAR_HZ)
