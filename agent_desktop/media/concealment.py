"""What the listener hears where a packet is missing (ITU-T G.711 Appendix I).

The last pitch period is repeated: one period for the first lost 10 ms, two for the next, three for the
third, so that a long gap does not buzz; from the second 10 ms on it fades by a fifth each 10 ms and is
silent after 60 ms.  Both edges are cross-faded.  To fade the first edge the output runs 3.75 ms behind.

Rules: `hear` takes a frame, or None for a lost one, and always returns a frame of the same length; a
gap is never filled with zero bytes and never simply repeated.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import NARROW_FRAME_SAMPLES, Pcm, to_pcm

_Signal = npt.NDArray[np.float32]

HALF_SAMPLES: Final = NARROW_FRAME_SAMPLES // 2  # at 8 kHz, where the codec works
_PITCH_MIN: Final = 40  # 200 Hz
_PITCH_MAX: Final = 120  # 66 Hz
_DELAY: Final = _PITCH_MAX // 4  # 3.75 ms
_HISTORY: Final = 3 * _PITCH_MAX + _DELAY
_COMPARED: Final = 160  # 20 ms are compared with their past
_MIN_POWER: Final = 250.0
_FADE_PER_HALF: Final = 0.2
_OVERLAP_GROWTH: Final = 32  # the closing cross-fade grows by 4 ms for each lost 10 ms
_LONGEST: Final = 6  # halves after which silence is right

DELAY_SAMPLES: Final = _DELAY


class Concealer:
    """The concealment of one stream; it costs nothing but a copy while no packet is lost."""

    __slots__ = ("_blend", "_history", "_lost", "_offset", "_period", "_span", "_tail", "_unit")

    def __init__(self) -> None:
        self._history: Pcm = np.zeros(_HISTORY, dtype=np.int16)
        self._unit: _Signal = np.zeros(_HISTORY, dtype=np.float32)
        self._tail: _Signal = np.zeros(0, dtype=np.float32)
        self._lost = 0
        self._period = _PITCH_MAX
        self._span = _PITCH_MAX
        self._blend = _DELAY
        self._offset = 0

    def hear(self, frame: Pcm | None, samples: int = HALF_SAMPLES) -> Pcm:
        """The next sound for the listener; `samples` (whole 10 ms) is the length of a lost frame."""
        if frame is not None:
            return self._good(frame)
        halves = [self._erased() for _ in range(samples // HALF_SAMPLES)]
        return np.concatenate(halves) if len(halves) > 1 else halves[0]

    def _good(self, frame: Pcm) -> Pcm:
        if not self._lost:
            return self._emit(frame)
        signal = frame.astype(np.float32)
        length = min(self._blend + (self._lost - 1) * _OVERLAP_GROWTH, HALF_SAMPLES, len(signal))
        gain = max(0.0, 1.0 - (self._lost - 1) * _FADE_PER_HALF)
        rising = _ramp(length)
        signal[:length] = self._synthetic(length) * (1.0 - rising) * gain + signal[:length] * rising
        self._lost = 0
        return self._emit(to_pcm(signal))

    def _erased(self) -> Pcm:
        if self._lost == 0:
            self._begin()
            signal = self._synthetic(HALF_SAMPLES)
        elif self._lost in {1, 2}:
            signal = self._widen()
        elif self._lost < _LONGEST:
            signal = self._synthetic(HALF_SAMPLES)
        else:
            signal = np.zeros(HALF_SAMPLES, dtype=np.float32)
        if 0 < self._lost < _LONGEST:
            start = 1.0 - (self._lost - 1) * _FADE_PER_HALF
            fade = np.linspace(start, start - _FADE_PER_HALF, HALF_SAMPLES, endpoint=False, dtype=np.float32)
            signal *= np.maximum(fade, 0.0)
        self._lost += 1
        return self._emit(to_pcm(signal))

    def _begin(self) -> None:
        """Find the pitch and make the last period join smoothly to its own beginning."""
        self._unit = self._history.astype(np.float32)
        self._period = _pitch(self._unit)
        self._blend = self._period // 4
        self._tail = self._unit[-self._blend :].copy()
        self._span, self._offset = self._period, 0
        self._join()
        # The last samples have not been heard yet (the delay): they lead into the repetition.
        self._history[-self._blend :] = to_pcm(self._unit[-self._blend :])

    def _widen(self) -> _Signal:
        """Repeat one period more than before, cross-faded from the old repetition to the new one."""
        offset = self._offset
        old = self._synthetic(self._blend)
        self._offset = offset % self._period
        self._span += self._period
        self._join()
        signal = self._synthetic(HALF_SAMPLES)
        rising = _ramp(self._blend)
        signal[: self._blend] = old * (1.0 - rising) + signal[: self._blend] * rising
        return signal

    def _join(self) -> None:
        rising = _ramp(self._blend)
        before = self._unit[-self._span - self._blend : -self._span]
        self._unit[-self._blend :] = self._tail * (1.0 - rising) + before * rising

    def _synthetic(self, count: int) -> _Signal:
        places = (self._offset + np.arange(count)) % self._span
        self._offset = (self._offset + count) % self._span
        return self._unit[len(self._unit) - self._span + places]

    def _emit(self, sound: Pcm) -> Pcm:
        joined = np.concatenate((self._history, sound))
        self._history = joined[-_HISTORY:]
        return joined[-len(sound) - _DELAY : -_DELAY]


def _ramp(count: int) -> _Signal:
    return np.arange(1, count + 1, dtype=np.float32) / np.float32(count)


def _pitch(history: _Signal) -> int:
    """The lag, 5 to 15 ms, at which the last 20 ms look most like their past."""
    past = history[-_COMPARED - _PITCH_MAX :]
    recent = past[-_COMPARED:]
    likeness = np.correlate(past, recent, mode="valid")[: _PITCH_MAX - _PITCH_MIN + 1]
    energy = np.concatenate([[0.0], np.cumsum(past.astype(np.float64) ** 2)])
    power = (energy[_COMPARED:] - energy[:-_COMPARED])[: len(likeness)]
    return _PITCH_MAX - int(np.argmax(likeness / np.sqrt(np.maximum(power, _MIN_POWER))))
