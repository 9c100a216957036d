"""Who hears whom, and how loud: a matrix of legs with one row of gains for each listener.

Everything that a call can do to sound is a source, a sink or a gain of this matrix: mute (gain 0), hold
(the music instead of the other leg), a prompt (a source that nobody hears back), a conference (everybody
but oneself), listen (the supervisor hears both, is heard by none), whisper (heard by the agent alone),
barge (heard by both).

Rules: nobody hears itself unless told to; a changed gain is ramped over one frame, so that it does not
click; the sum is clipped, never wrapped.  Rows are sparse: a listener with one source at gain 1 costs no
arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Final, Generic, TypeVar

import numpy as np

from agent_desktop.media.pcm import FRAME_SAMPLES, FULL_SCALE, SILENCE, Pcm, to_pcm

Key = TypeVar("Key", bound=Hashable)

_FLOOR_DBFS: Final = -96.0
_RISING: Final = (np.arange(1, FRAME_SAMPLES + 1, dtype=np.float32) / FRAME_SAMPLES).reshape(1, -1)


class Mixer(Generic[Key]):
    """The gains that are wanted and those that the last frame ended with."""

    __slots__ = ("_ended", "_wanted")

    def __init__(self) -> None:
        self._wanted: dict[Key, dict[Key, float]] = {}
        self._ended: dict[Key, dict[Key, float]] = {}

    @property
    def listeners(self) -> tuple[Key, ...]:
        return tuple(self._wanted)

    def gains(self, listener: Key) -> Mapping[Key, float]:
        return dict(self._wanted.get(listener, {}))

    def set_gain(self, listener: Key, source: Key, gain: float) -> None:
        """How loud `listener` hears `source`: 1.0 as it is, 0.0 not at all."""
        row = dict(self._wanted.get(listener, {}))
        if gain == 0.0:
            row.pop(source, None)
        else:
            row[source] = gain
        self._wanted[listener] = row

    def mute(self, source: Key, listeners: Iterable[Key] | None = None) -> None:
        """Nobody (or none of these) hears `source` any more; it fades within a frame, so without a click."""
        for listener in tuple(self._wanted) if listeners is None else listeners:
            self.set_gain(listener, source, 0.0)

    def set_row(self, listener: Key, gains: Mapping[Key, float]) -> None:
        """Everything that `listener` hears, at once."""
        self._wanted[listener] = {source: gain for source, gain in gains.items() if gain != 0.0}

    def confer(self, members: Iterable[Key]) -> None:
        """Everybody hears everybody but oneself."""
        everyone = tuple(members)
        for listener in everyone:
            self.set_row(listener, dict.fromkeys((source for source in everyone if source != listener), 1.0))

    def remove(self, leg: Key) -> None:
        """The leg is gone, as a listener and as a source."""
        self._wanted.pop(leg, None)
        self._ended.pop(leg, None)
        for rows in (self._wanted, self._ended):
            for listener, row in rows.items():
                if leg in row:
                    rows[listener] = {source: gain for source, gain in row.items() if source != leg}

    def mix(self, frames: Mapping[Key, Pcm]) -> dict[Key, Pcm]:
        """What each listener hears in this frame; a source without a frame is silent."""
        heard: dict[Key, Pcm] = {}
        for listener, wanted in tuple(self._wanted.items()):
            ended = self._ended.get(listener, {})
            heard[listener] = _row(wanted, ended, frames)
            self._ended[listener] = wanted
        return heard


def level_dbfs(frame: Pcm) -> float:
    """How loud a frame is, for a meter: a full-scale sine is 0, the floor is -96.  It costs 2 us."""
    signal = frame.astype(np.float32)
    power = float(signal @ signal) * 2 / (len(frame) * FULL_SCALE**2) if len(frame) else 0.0
    return max(_FLOOR_DBFS, 10 * math.log10(power)) if power > 0 else _FLOOR_DBFS


def _row(wanted: Mapping[Key, float], ended: Mapping[Key, float], frames: Mapping[Key, Pcm]) -> Pcm:
    if wanted == ended:
        present = [source for source in wanted if source in frames]
        if not present:
            return SILENCE
        if len(present) == 1 and wanted[present[0]] == 1.0:
            return frames[present[0]]
        gains = np.array([wanted[source] for source in present], dtype=np.float32)
        return to_pcm(gains @ np.stack([frames[source] for source in present]).astype(np.float32))
    present = [source for source in {**ended, **wanted} if source in frames]
    if not present:
        return SILENCE
    sound = np.stack([frames[source] for source in present]).astype(np.float32)
    before = np.array([[ended.get(source, 0.0)] for source in present], dtype=np.float32)
    after = np.array([[wanted.get(source, 0.0)] for source in present], dtype=np.float32)
    return to_pcm(((before + (after - before) * _RISING) * sound).sum(axis=0))
