"""Where somebody speaks: sound in, utterances out, cut at pauses.

A frame is speech when it is well above the background, which is learned as it goes: at once downwards, slowly
upwards.  An utterance begins after 100 ms of speech, with a little of what came before, and ends after 0.6 s
without any.  One that goes on for too long is cut where it was quietest of late.

Rules: `hear` takes sound of any length and gives what is to be read now: an utterance as far as it goes, now
and then, and once when it is over; numbers count from 1 and are never used again; no clock, time is how much
sound was heard.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from agent_desktop.media.pcm import FRAME_S, FRAME_SAMPLES, Pcm
from agent_desktop.media.tones import level_dbfs

LONGEST_S: Final = 18.0
AGAIN_S: Final = 1.5
"""So much more is heard before an utterance that goes on is given again."""
_ABOVE_DB: Final = 9.0
_LEAST_DBFS: Final = -50.0
_FLOOR_DBFS: Final = (-75.0, -35.0)
_DOWN: Final = 0.3  # of the way, in a frame
_UP_DB: Final = 0.012  # in a frame: 0.6 dB a second
_BEGINS: Final = 5  # frames of speech
_OF: Final = 8
_BEFORE: Final = 15  # frames that are kept from before the beginning
_ENDS: Final = 30  # frames without speech
_CUT_IN: Final = 100  # the last 2 s, when it is too long


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance as far as it goes."""

    number: int
    began_s: float
    sound: Pcm
    is_over: bool


class Utterances:
    """One speaker."""

    def __init__(self) -> None:
        self._rest: Pcm = np.zeros(0, dtype=np.int16)
        self._floor = -60.0
        self._heard = 0  # frames
        self._before: deque[tuple[Pcm, bool]] = deque(maxlen=_BEFORE)
        self._frames: list[Pcm] = []
        self._levels: list[float] = []
        self._began = 0
        self._number = 0
        self._quiet = 0
        self._given = 0

    def hear(self, pcm: Pcm) -> tuple[Spoken, ...]:
        """The next sound; what is to be read now."""
        sound = np.concatenate((self._rest, pcm)) if len(self._rest) else pcm
        whole = len(sound) // FRAME_SAMPLES * FRAME_SAMPLES
        self._rest = sound[whole:]
        found: list[Spoken] = []
        for start in range(0, whole, FRAME_SAMPLES):
            found += self._take(sound[start : start + FRAME_SAMPLES])
        return tuple(found)

    def finish(self) -> tuple[Spoken, ...]:
        """Nothing more comes: what is open is over."""
        return (self._end(),) if self._frames else ()

    def _take(self, frame: Pcm) -> tuple[Spoken, ...]:
        level = level_dbfs(frame)
        is_speech = level > max(_LEAST_DBFS, self._floor + _ABOVE_DB)
        self._learn(level)
        self._heard += 1
        if not self._frames:
            self._before.append((frame, is_speech))
            if sum(speech for _, speech in list(self._before)[-_OF:]) >= _BEGINS:
                self._begin()
            return ()
        self._frames.append(frame)
        self._levels.append(level)
        self._quiet = 0 if is_speech else self._quiet + 1
        if self._quiet >= _ENDS:
            return (self._end(),)
        if len(self._frames) * FRAME_S >= LONGEST_S:
            return (self._cut(),)
        if (len(self._frames) - self._given) * FRAME_S >= AGAIN_S:
            self._given = len(self._frames)
            return (self._spoken(self._frames, is_over=False),)
        return ()

    def _learn(self, level: float) -> None:
        down = self._floor + _DOWN * (level - self._floor)
        floor = down if level < self._floor else min(level, self._floor + _UP_DB)
        least, most = _FLOOR_DBFS
        self._floor = min(most, max(least, floor))

    def _begin(self) -> None:
        self._number += 1
        self._frames = [frame for frame, _ in self._before]
        self._levels = [level_dbfs(frame) for frame in self._frames]
        self._began = self._heard - len(self._frames)
        self._before.clear()
        self._quiet = self._given = 0

    def _end(self) -> Spoken:
        over = self._spoken(self._frames, is_over=True)
        self._frames, self._levels = [], []
        return over

    def _cut(self) -> Spoken:
        """End it where it was quietest of late; what came after that is the next one."""
        late = self._levels[-_CUT_IN:]
        at = len(self._levels) - len(late) + int(np.argmin(late)) + 1
        over = self._spoken(self._frames[:at], is_over=True)
        self._frames, self._levels = self._frames[at:], self._levels[at:]
        self._began += at
        self._number += 1
        self._given = 0
        if not self._frames:
            self._number -= 1  # it ended there
        return over

    def _spoken(self, frames: list[Pcm], *, is_over: bool) -> Spoken:
        return Spoken(self._number, round(self._began * FRAME_S, 2), np.concatenate(frames), is_over)
