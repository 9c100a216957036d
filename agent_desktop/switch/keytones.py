"""The two tones of a key (ITU-T Q.23), for a peer that knows no telephone events."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from agent_desktop.media.pcm import FRAME_SAMPLES, SILENCE, Pcm, frames_of, to_pcm
from agent_desktop.media.tones import sine

_ROWS_HZ: Final = (697.0, 770.0, 852.0, 941.0)
_COLUMNS_HZ: Final = (1209.0, 1336.0, 1477.0, 1633.0)
_PAD: Final = ("123A", "456B", "789C", "*0#D")
_LEVELS_DBFS: Final = (-13.0, -11.0)  # the higher tone a little louder, as lines weaken it
_TONE_FRAMES: Final = 5
_GAP_FRAMES: Final = 4
_EDGE: Final = FRAME_SAMPLES // 8


@lru_cache(maxsize=16)
def frames(digit: str) -> tuple[Pcm, ...]:
    """100 ms of the key and 80 ms of silence; nothing for what is no key."""
    found = [(row, keys.index(digit)) for row, keys in enumerate(_PAD) if digit and digit in keys]
    if len(digit) != 1 or not found:
        return ()
    row, column = found[0]
    seconds = _TONE_FRAMES * 0.02
    low, high = (
        sine(hz, seconds, level)
        for hz, level in zip((_ROWS_HZ[row], _COLUMNS_HZ[column]), _LEVELS_DBFS, strict=True)
    )
    both = low.astype(np.float64) + high
    ramp = np.linspace(0.0, 1.0, _EDGE)
    both[:_EDGE] *= ramp
    both[-_EDGE:] *= ramp[::-1]
    return (*frames_of(to_pcm(both)), *([SILENCE] * _GAP_FRAMES))
