"""Taking the loudspeaker's sound out of the microphone: an adaptive filter that survives double talk.

A Kalman filter in the frequency domain (Enzner and Vary, "Frequency-domain adaptive Kalman filter for
acoustic echo control in hands-free telephones", Signal Processing 86, 2006), in sixteen partitions of
10 ms.  It knows at each frequency how uncertain it is and how much else is heard, and learns only as fast
as that allows; so it needs no detector of double talk and does not run away when both speak.  What the
filter leaves is held down by a gain that follows the same uncertainty.

Rules: blocks of 10 ms at 16 kHz; what comes out runs 10 ms behind (the gain works on overlapping
windows); a reference that is silent teaches nothing and takes nothing away.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import HALF_SAMPLES, Pcm, to_pcm

_Real = npt.NDArray[np.float64]
_Complex = npt.NDArray[np.complex128]

BLOCK: Final = HALF_SAMPLES
DELAY_BLOCKS: Final = 1
REACH_MS: Final = 160
"""How long an echo may last, the error of the told delay included."""

_PARTITIONS: Final = REACH_MS // 10
_BINS: Final = BLOCK + 1
_KEPT: Final = 0.999  # how much of the room is the same 10 ms later
_UNSURE: Final = 0.1  # at first, as a power gain of each partition
_SMOOTH: Final = 0.9
_LEAST_POWER: Final = 100.0
_LEFT: Final = 0.003  # what of the echo stays for reasons that no linear filter knows: -25 dB
_LOWEST_GAIN: Final = 0.1
_EARLY_BLOCKS: Final = 2  # the reference is taken so much earlier than the told delay
_MOST_DELAY_BLOCKS: Final = 50


class EchoCanceller:
    """One microphone with one loudspeaker."""

    __slots__ = (
        "_errors",
        "_gain",
        "_left",
        "_noise",
        "_overlap",
        "_played",
        "_power",
        "_reference",
        "_spectra",
        "_told",
        "_uncertain",
        "_way",
        "_window",
    )

    def __init__(self) -> None:
        self._reference: _Real = np.zeros(2 * BLOCK)
        self._spectra: _Complex = np.zeros((_PARTITIONS, _BINS), dtype=np.complex128)
        self._way: _Complex = np.zeros((_PARTITIONS, _BINS), dtype=np.complex128)
        self._uncertain: _Real = np.full((_PARTITIONS, _BINS), _UNSURE)
        self._noise: _Real = np.zeros(_BINS)
        self._played: deque[Pcm] = deque(maxlen=_MOST_DELAY_BLOCKS + 1)
        self._told = 0
        self._window: _Real = np.sqrt(np.hanning(2 * BLOCK + 1)[:-1])
        self._errors: _Real = np.zeros((2, 2 * BLOCK))  # what is left; what was taken away
        self._power: _Real = np.zeros(_BINS)
        self._left: _Real = np.zeros(_BINS)
        self._gain: _Real = np.ones(_BINS)
        self._overlap: _Real = np.zeros(BLOCK)

    def cancel(self, microphone: Pcm, played: Pcm, delay_ms: int) -> Pcm:
        """10 ms of the microphone without the echo of what was played; see `Cleaner.clean`."""
        self._advance(played, delay_ms)
        echo = np.fft.irfft((self._spectra * self._way).sum(axis=0))[BLOCK:]
        error = microphone - echo
        unsure = self._learn(error)
        return to_pcm(self._held_down(error, echo, unsure))

    def _advance(self, played: Pcm, delay_ms: int) -> None:
        wanted = min(max(delay_ms // 10 - _EARLY_BLOCKS, 0), _MOST_DELAY_BLOCKS)
        if abs(wanted - self._told) > 1:  # a told delay trembles; the filter follows the rest
            self._told = wanted
        self._played.append(played)
        now = self._played[-1 - self._told] if len(self._played) > self._told else np.zeros(BLOCK)
        self._reference[:BLOCK] = self._reference[BLOCK:]
        self._reference[BLOCK:] = now
        self._spectra[1:] = self._spectra[:-1]
        self._spectra[0] = np.fft.rfft(self._reference)

    def _learn(self, error: _Real) -> _Real:
        """One step of the filter; gives the power of the echo that it cannot account for."""
        spectrum = np.fft.rfft(error, 2 * BLOCK)
        spectrum *= _SHIFT  # the error stands in the second half of its frame
        power = self._spectra.real**2 + self._spectra.imag**2
        unsure: _Real = 0.5 * np.einsum("pk,pk->k", self._uncertain, power)
        self._noise = _SMOOTH * self._noise + (1 - _SMOOTH) * (spectrum.real**2 + spectrum.imag**2)
        step = self._uncertain / (unsure + 2 * self._noise + _LEAST_POWER)
        change = np.fft.irfft(step * np.conj(self._spectra) * spectrum, axis=1)
        change[:, BLOCK:] = 0
        self._way += np.fft.rfft(change, axis=1)
        self._way *= _KEPT
        moved = self._way.real**2 + self._way.imag**2
        self._uncertain *= _KEPT**2 * (1 - 0.5 * step * power)
        self._uncertain += (1 - _KEPT**2) * moved + 1e-9
        return unsure

    def _held_down(self, error: _Real, echo: _Real, unsure: _Real) -> _Real:
        self._errors[:, :BLOCK] = self._errors[:, BLOCK:]
        self._errors[0, BLOCK:], self._errors[1, BLOCK:] = error, echo
        heard, taken = np.fft.rfft(self._errors * self._window, axis=1)
        self._power = 0.7 * self._power + 0.3 * (heard.real**2 + heard.imag**2)
        left = 0.5 * unsure + _LEFT * (taken.real**2 + taken.imag**2)
        self._left = np.maximum(left, 0.7 * self._left + 0.3 * left)
        gain = np.maximum(1 - self._left / (self._power + 1e-3), _LOWEST_GAIN)
        self._gain = 0.5 * self._gain + 0.5 * gain
        sound = np.fft.irfft(heard * self._gain) * self._window
        whole: _Real = self._overlap + sound[:BLOCK]
        self._overlap = sound[BLOCK:]
        return whole


_SHIFT: Final[_Complex] = np.exp(-1j * np.pi * np.arange(_BINS))
