"""Whether a textphone's tones may be in a sound: asked of every frame, so that the modem may sleep meanwhile.

A modem costs a quarter of a percent of a core for each call, and almost no call has a textphone.  Here two
products for each frame tell how much of the last 60 ms lies in the two tones; a speaker's voice lets it wake
now and then, for a while.  What came just before is kept, so that the modem hears the whole burst.

Rules: 8 kHz; nothing is decided of a frame that did not come; belongs to the media thread.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from agent_desktop.media.hearing import Halves
from agent_desktop.media.pcm import NARROW_FRAME_SAMPLES, NARROW_RATE_HZ
from agent_desktop.media.tty_send import MARK_HZ, SPACE_HZ

_TURNS: Final = np.exp(
    -2j * np.pi * np.outer(np.arange(NARROW_FRAME_SAMPLES), [MARK_HZ, SPACE_HZ]) / NARROW_RATE_HZ
).astype(np.complex64)
_QUIETEST: Final = NARROW_FRAME_SAMPLES * 20.0**2 / 2  # a tone of -64 dBFS
_SHARE: Final = 0.12  # of the power; white noise has 0.025, a bit that is cut in two 0.5
_LOOKED_AT: Final = 3  # frames
_KEPT: Final = 20  # frames, 400 ms: the tones begin with 150 ms of mark
_AWAKE: Final = 500  # frames, 10 s after the last tones


class ToneGate:
    """Sound in; while it is shut, None."""

    def __init__(self) -> None:
        self._kept: deque[Halves] = deque(maxlen=_KEPT)
        self._shares: deque[tuple[float, float]] = deque(maxlen=_LOOKED_AT)
        self._awake = 0

    @property
    def is_open(self) -> bool:
        return self._awake > 0

    def hear(self, halves: Halves) -> list[Halves] | None:
        """The next 20 ms: what the modem is to hear now, all that was kept when the gate opens; else None."""
        was_open = self.is_open
        if self._has_tones(halves):
            self._awake = _AWAKE
        elif was_open:
            self._awake -= 1
        self._kept.append(halves)
        if not self.is_open:
            return None
        heard = [halves] if was_open else list(self._kept)
        self._kept.clear()
        return heard

    def _has_tones(self, halves: Halves) -> bool:
        first, second = halves
        if first is None or second is None:
            return False
        sound = np.concatenate((first, second)).astype(np.float32)
        power = float(sound @ sound)
        if power < _QUIETEST:
            self._shares.append((0.0, 0.0))
            return False
        tones = sound @ _TURNS
        strength = 2 * float((tones.real**2 + tones.imag**2).sum()) / NARROW_FRAME_SAMPLES
        self._shares.append((strength, power))
        return sum(share for share, _ in self._shares) > _SHARE * sum(whole for _, whole in self._shares)
