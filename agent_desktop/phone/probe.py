"""Measuring with sound: play something, listen, and find what came back.

A probe stands in the place of the agent's ear and mouth for a moment.  A chirp (a tone that climbs from
300 Hz to 3.4 kHz) is found again under noise and through any telephone codec; where it is found tells how
long it was under way, how large it is tells how much of it came back.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import FULL_SCALE, SAMPLE_RATE_HZ, SILENCE, Pcm, frames_of, to_pcm
from agent_desktop.media.quality import Quality

CHIRP_S: Final = 0.4
_LOW_HZ, _HIGH_HZ = 300.0, 3400.0
_EDGE_S: Final = 0.01
_CERTAIN: Final = 12.0
"""How far above the rest of the correlation (its root mean square) a find must stand."""
_LONGEST_S: Final = 30


def chirp(level_dbfs: float = -14.0) -> Pcm:
    """The sound that is looked for."""
    count = round(CHIRP_S * SAMPLE_RATE_HZ)
    t = np.arange(count) / SAMPLE_RATE_HZ
    turns = _LOW_HZ * t + (_HIGH_HZ - _LOW_HZ) * t**2 / (2 * CHIRP_S)
    shape = np.minimum(1.0, np.minimum(t, t[::-1]) / _EDGE_S)
    return to_pcm(FULL_SCALE * 10 ** (level_dbfs / 20) * shape * np.sin(2 * np.pi * turns))


@dataclass(frozen=True, slots=True)
class Return:
    """What came back of a sound: how late, and how loud against what was sent."""

    delay_ms: float
    level_db: float


def find(sent: Pcm, heard: Pcm) -> Return | None:
    """Look for a sound in what was heard since it began to be sent; None when it is not there."""
    if len(heard) < len(sent) or not heard.any():
        return None
    template = sent.astype(np.float64)
    signal = heard.astype(np.float64)
    size = 1 << (len(signal) + len(template)).bit_length()
    spectrum = np.fft.rfft(signal, size) * np.conj(np.fft.rfft(template, size))
    places: npt.NDArray[np.float64] = np.abs(np.fft.irfft(spectrum, size)[: len(signal) - len(template) + 1])
    at = int(np.argmax(places))
    rest = float(np.sqrt(np.mean(places**2)))
    energy = float(np.dot(template, template))
    if rest == 0 or energy == 0 or (places[at] < _CERTAIN * rest and len(places) > SAMPLE_RATE_HZ // 4):
        return None
    share = places[at] / energy
    return None if share <= 1e-4 else Return(at / SAMPLE_RATE_HZ * 1000, 20 * float(np.log10(share)))


class Probe:
    """Plays what it is given and keeps what it hears.

    It is used by the sound thread and asked by another one.  As a call of its own (`Sound.join`) it plays
    into the agent's ear and hears the agent's microphone; put into a call (`Sound.tap`) it speaks to the
    other side and hears it.
    """

    pressing = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._to_say: deque[Pcm] = deque()
        self._heard: deque[Pcm] = deque(maxlen=_LONGEST_S * 50)

    def play(self, sound: Pcm) -> None:
        """Say this from the next frame on, and forget what was heard before."""
        with self._lock:
            self._heard.clear()
            self._to_say = deque(frames_of(sound))

    def heard(self) -> Pcm:
        """Everything that was heard since."""
        with self._lock:
            return np.concatenate([np.zeros(0, dtype=np.int16), *self._heard])

    # what Sound asks for

    def read_frame(self) -> Pcm:
        with self._lock:
            return self._to_say.popleft() if self._to_say else SILENCE

    def write_frame(self, pcm: Pcm) -> None:
        with self._lock:
            self._heard.append(pcm)

    def receive_due(self) -> None:
        """Nothing comes from a network."""

    def press(self, digits: str) -> bool:
        _ = digits
        return False

    def quality(self) -> Quality | None:
        return None

    def close(self) -> None:
        """Nothing is open."""
