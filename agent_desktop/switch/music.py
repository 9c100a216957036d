"""The queue music that ships with the program: a quiet melody, made by the project, free of anybody's rights.

Sixteen bars of plucked notes over four chords, written down as numbers and played by a few lines of
numpy: every note is a sine with two soft overtones that dies away.  It loops without a seam (notes that
ring over the end ring on at the beginning) and keeps inside the telephone band.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import FULL_SCALE, SAMPLE_RATE_HZ, Pcm, to_pcm

_BEAT_S: Final = 0.42
_BEATS_PER_BAR: Final = 4
_LEVEL_DBFS: Final = -14.0
_ATTACK, _RELEASE = SAMPLE_RATE_HZ // 100, SAMPLE_RATE_HZ // 20  # samples
# Semitones from A4 (440 Hz): C, A minor, F, G, twice with another melody.
_CHORDS: Final = ((-9, -5, -2), (-12, -9, -5), (-16, -12, -9), (-14, -10, -7)) * 4
_MELODY: Final = (
    (7, None, 3, 5), (3, None, 0, None), (0, 3, 5, None), (2, None, None, None),
    (7, None, 10, 8), (7, None, 3, None), (5, 3, 0, None), (2, None, -2, None),
    (3, 5, 7, None), (8, 7, 3, None), (5, None, 0, 3), (2, None, None, None),
    (7, None, 5, 3), (0, None, 3, None), (5, 7, 5, None), (3, None, None, None),
)  # fmt: skip


@lru_cache(maxsize=1)
def shipped() -> Pcm:
    """One turn of the music, about 27 s, at a level that leaves room for a voice above it."""
    beat = round(_BEAT_S * SAMPLE_RATE_HZ)
    length = beat * _BEATS_PER_BAR * len(_MELODY)
    signal = np.zeros(length)
    for bar, (chord, melody) in enumerate(zip(_CHORDS, _MELODY, strict=True)):
        start = bar * _BEATS_PER_BAR * beat
        for step in range(2 * _BEATS_PER_BAR):
            _add(signal, start + step * beat // 2, chord[(0, 1, 2, 1)[step % 4]], 0.35, 0.9)
        for place, note in enumerate(melody):
            if note is not None:
                _add(signal, start + place * beat, note, 1.0, 1.6)
    power = float(np.sqrt(np.mean(signal**2) * 2))
    return to_pcm(signal * FULL_SCALE * 10 ** (_LEVEL_DBFS / 20) / power * 0.7)


def _add(signal: npt.NDArray[np.float64], start: int, note: int, loudness: float, seconds: float) -> None:
    """Pluck one note; what rings over the end goes on at the beginning."""
    hz = 440.0 * 2 ** (note / 12)
    n = np.arange(round(seconds * SAMPLE_RATE_HZ))
    turn = 2 * np.pi * hz * n / SAMPLE_RATE_HZ
    tone = np.sin(turn) + 0.3 * np.sin(2 * turn) + 0.1 * np.sin(3 * turn)
    edges = np.minimum(n / _ATTACK, 1.0) * np.minimum((len(n) - n) / _RELEASE, 1.0)
    shape = edges * np.exp(-3.5 * n / len(n))
    places = (start + n) % len(signal)
    np.add.at(signal, places, loudness * tone * shape)
