"""The short wait that turns packets of uneven arrival into even sound: an adaptive playout buffer.

The buffer counts in samples of the sender's clock from an anchor of its own, and adapts in steps of one
frame.  It measures, at each arrival, by how much the packet came before it was needed (its margin).
A packet that comes after its time while nothing else was there puts the playout back to it: nothing is
lost, the delay grows.  Repeated lateness adds a frame.  When every packet of a while came earlier
than the wanted delay, two frames are blended into one: the delay shrinks.

Rules: it is bounded in frames, never by a difference of timestamps (a jump starts it again; a 32-bit
leap must not reserve memory).  It reads no clock: one `pull` is one frame of time.  What is missing is
given as None in each half, so that a tap before concealment sees the erasure.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import NARROW_FRAME_SAMPLES as FRAME_SAMPLES
from agent_desktop.media.pcm import Pcm
from agent_desktop.media.rtp import signed_difference

HALF_SAMPLES: Final = FRAME_SAMPLES // 2
Halves: TypeAlias = tuple[Pcm | None, Pcm | None]
"""The two 10 ms of a frame; None is an erasure."""

CAPACITY_FRAMES: Final = 32
_CAPACITY: Final = CAPACITY_FRAMES * FRAME_SAMPLES
_STARVED_FRAMES: Final = 25  # 0.5 s without a packet: the talk is over, gather again
_WATCHED: Final = 200  # packets, 4 s of 20 ms
_LATE_SHARE: Final = 0.02
_LONGEST_PATIENCE: Final = 3000  # packets, 1 min


@dataclass(slots=True)
class Playout:
    """What the buffer did, for the quality that the agent is shown."""

    played: int = 0
    lost: int = 0
    """Frames played with an erasure in them."""
    late: int = 0
    """Packets that came after their time and could not be used."""
    dropped: int = 0
    """Packets dropped because they came too far ahead."""
    resets: int = 0
    grown: int = 0
    shrunk: int = 0


class JitterBuffer:
    """Push packets as they come, pull one frame every 20 ms."""

    __slots__ = (
        "_anchor",
        "_begun",
        "_end",
        "_filled",
        "_fixed",
        "_gathering",
        "_hold",
        "_late",
        "_longest",
        "_margins",
        "_patience",
        "_read",
        "_ring",
        "_since_shrink",
        "_starved",
        "_starved_at",
        "_wanted",
        "playout",
    )

    def __init__(self, *, start_frames: int = 2, longest_frames: int = 12, fixed: bool = False) -> None:
        """`start_frames` are gathered first; with `fixed` that stays the delay."""
        self._wanted = max(1, min(start_frames, CAPACITY_FRAMES // 2))
        self._longest = min(longest_frames, CAPACITY_FRAMES // 2)
        self._fixed = fixed
        self._ring: Pcm = np.zeros(_CAPACITY, dtype=np.int16)
        self._filled: npt.NDArray[np.bool_] = np.zeros(_CAPACITY, dtype=np.bool_)
        self._margins: deque[int] = deque(maxlen=_WATCHED)
        self._patience = _WATCHED
        self.playout = Playout()
        self._begun = False
        self._clear(0)

    def _clear(self, timestamp: int) -> None:
        self._anchor = timestamp
        self._read = self._end = 0
        self._filled[:] = False
        self._gathering = True
        self._starved = self._starved_at = self._hold = self._late = self._since_shrink = 0
        self._margins.clear()

    @property
    def depth_frames(self) -> float:
        """How much sound waits, in frames: the delay that the buffer adds."""
        return max(0, self._end - self._read) / FRAME_SAMPLES

    def restart(self, timestamp: int) -> None:
        """The stream begins anew at `timestamp` (new SSRC, transfer)."""
        self.playout.resets += 1
        self._clear(timestamp)

    def push(self, timestamp: int, pcm: Pcm, *, newest: bool = True) -> None:
        """One packet's sound.  `newest` tells that its sequence number moved the stream on."""
        if not self._begun:
            self._begun = True
            self._clear(timestamp)
        position = self._end + signed_difference(timestamp, (self._anchor + self._end) & 0xFFFFFFFF, 32)
        if len(pcm) > _CAPACITY // 2:
            self.playout.dropped += 1
            return
        if position - self._read >= _CAPACITY // 2 or position < self._read - _CAPACITY:
            if not newest:
                self.playout.late += 1
                return
            self.restart(timestamp)
            position = 0
        if self._gathering and self._end == self._read:
            self._read = self._end = position
        elif self._gathering and position < self._read:
            if self._end - position > _CAPACITY // 2:
                self.playout.late += 1
                return
            self._read = position
        margin = position - self._read
        if margin < 0:
            margin = self._after_its_time(position, margin)
        else:
            self._watch(margin)
        if margin < 0:
            return
        start = position % _CAPACITY
        first = min(len(pcm), _CAPACITY - start)
        self._ring[start : start + first] = pcm[:first]
        self._filled[start : start + first] = True
        if first < len(pcm):
            self._ring[: len(pcm) - first] = pcm[first:]
            self._filled[: len(pcm) - first] = True
        self._end = max(self._end, position + len(pcm))
        self._starved = 0

    def _after_its_time(self, position: int, margin: int) -> int:
        """Put the playout back to a late packet if nothing was played since; otherwise it is lost."""
        back = self._starved and position >= self._starved_at and not self._fixed
        if back and self._end - position <= self._longest * FRAME_SAMPLES:
            self._read = position
            self.playout.grown += 1
            self._be_patient()
            return 0
        self.playout.late += 1
        self._late += 1
        if not self._fixed and self._late > _LATE_SHARE * _WATCHED and self._hold == 0:
            self._late = 0
            self._hold = min(-(margin // FRAME_SAMPLES), self._longest - int(self.depth_frames))
            self._be_patient()
        return margin

    def _be_patient(self) -> None:
        """Having been too eager, wait longer before the delay shrinks again."""
        self._patience = min(2 * self._patience, _LONGEST_PATIENCE)
        self._since_shrink = 0
        self._margins.clear()

    def _watch(self, margin: int) -> None:
        self._margins.append(margin)
        self._since_shrink += 1
        if self._since_shrink % _WATCHED == 0:
            self._late = 0

    def _too_early(self) -> bool:
        """Every packet of a while came earlier than the wanted delay asks for."""
        if self._fixed or self._since_shrink < self._patience or len(self._margins) < _WATCHED:
            return False
        return min(self._margins) >= self._wanted * FRAME_SAMPLES

    def pull(self) -> Halves | None:
        """The next frame's halves, or None while there is no talk (at first, and after a pause)."""
        if self._gathering:
            if self._end - self._read < self._wanted * FRAME_SAMPLES:
                return None
            self._gathering = False
        if self._hold > 0:
            self._hold -= 1
            self.playout.grown += 1
            return (None, None)
        if self._end <= self._read:
            return self._starve()
        halves = self._take()
        if self._too_early() and self._end - self._read >= FRAME_SAMPLES:
            halves = _blend(halves, self._take())
            self.playout.shrunk += 1
            self._patience = max(self._patience // 2, _WATCHED)
            self._since_shrink = 0
            self._margins.clear()
        self.playout.played += 1
        if halves[0] is None or halves[1] is None:
            self.playout.lost += 1
        return halves

    def _starve(self) -> Halves | None:
        if self._starved == 0:
            self._starved_at = self._read
        self._starved += 1
        if self._starved > _STARVED_FRAMES:
            self._gathering = True
            self._filled[:] = False
            self._read = self._end
            self._starved = 0
            return None
        self._read += FRAME_SAMPLES
        self.playout.played += 1
        self.playout.lost += 1
        return (None, None)

    def _take(self) -> Halves:
        start = self._read % _CAPACITY
        self._read += FRAME_SAMPLES
        places: slice | npt.NDArray[np.intp] = slice(start, start + FRAME_SAMPLES)
        if start + FRAME_SAMPLES > _CAPACITY:
            places = np.arange(start, start + FRAME_SAMPLES) % _CAPACITY
        sound, there = self._ring[places].copy(), self._filled[places].copy()
        self._filled[places] = False
        first = sound[:HALF_SAMPLES] if there[:HALF_SAMPLES].all() else None
        second = sound[HALF_SAMPLES:] if there[HALF_SAMPLES:].all() else None
        return first, second


def _blend(earlier: Halves, later: Halves) -> Halves:
    """Two frames in the time of one: the earlier fades into the later."""
    (first, second), (third, fourth) = earlier, later
    if first is None or second is None or third is None or fourth is None:
        return later
    rising = np.arange(1, FRAME_SAMPLES + 1, dtype=np.float32) / FRAME_SAMPLES
    old, new = np.concatenate([first, second]), np.concatenate([third, fourth])
    mixed = np.rint(old * (1 - rising) + new * rising).astype(np.int16)
    return mixed[:HALF_SAMPLES], mixed[HALF_SAMPLES:]
