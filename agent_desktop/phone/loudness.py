"""How loud the agent hears the calls, and in which ear: up to 20 dB more, without clipping.

Section 508 asks for 20 dB of gain with a step of 12 dB and a way back to the usual.  A loud voice is not
made louder than the card can play: the gain gives way at once and comes back slowly, and what is left above
the knee is bent, never cut.  What rings has a level of its own and is left alone.

`set` may be called from any thread; the rest is the sound thread's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import FULL_SCALE, Pcm, to_pcm

MOST_DB: Final = 20.0
LIMIT: Final = 0.9 * FULL_SCALE  # the loudest sample that the gain aims at
KNEE: Final = 0.7 * FULL_SCALE
_ROOM: Final = FULL_SCALE - KNEE
_BACK: Final = 10 ** (1 / 20)  # the gain comes back by 1 dB in 20 ms


class Loudness:
    """The gain of both ears together and the balance between them: -1 left only, 0 both, 1 right only."""

    def __init__(self) -> None:
        self._wanted = (1.0, 0.0)
        self._gain = 1.0

    def set(self, volume_db: float, balance: float = 0.0) -> None:
        """From now on; more than 20 dB is 20 dB."""
        decibels = min(max(volume_db, 0.0), MOST_DB)
        self._wanted = (10 ** (decibels / 20), min(max(balance, -1.0), 1.0))

    @property
    def sides(self) -> tuple[float, float]:
        """The factors of the left and the right ear."""
        balance = self._wanted[1]
        return min(1.0, 1.0 - balance), min(1.0, 1.0 + balance)

    def louder(self, frame: Pcm) -> Pcm:
        """20 ms as loud as wanted."""
        wanted = self._wanted[0]
        if wanted == 1.0 and self._gain == 1.0:
            return frame
        signal = frame.astype(np.float64)
        peak = float(np.max(np.abs(signal), initial=0.0))
        before, fitting = self._gain, wanted if peak * wanted <= LIMIT else max(1.0, LIMIT / peak)
        self._gain = min(fitting, before * _BACK) if fitting > before else fitting
        return to_pcm(_bent(signal * np.linspace(before, self._gain, len(signal))))


def _bent(signal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The same below the knee; above it nearer and nearer to full scale, which it never reaches."""
    size = np.abs(signal)
    over = np.maximum(size - KNEE, 0.0)
    bent = np.where(size > KNEE, KNEE + _ROOM * np.tanh(over / _ROOM), size)
    made: npt.NDArray[np.float64] = np.sign(signal) * bent
    return made
