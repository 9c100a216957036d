"""A stream's sound in the order in which it was made, for a modem: it reads, and need not hear at once.

The ear cannot wait: what is not there when its time has come is made up, and is too late afterwards.  A
modem can.  Here a packet that comes late costs no character: sound is told in the order of the RTP
timestamps (RFC 3550 section 5.1), at once where it comes in order, and only what never came is told as lost.

- One is missing and a later one is there: it is waited for for 0.2 s, and is lost then.  Where no number is
  missing between them, the other side had paused: nothing is waited for.
- Nothing comes at all: after half a second (after comfort noise at once) time passes, a frame at a time.
- The clock jumps or stands still, or another stream begins: what came goes on behind what was told.

Rules: 8 kHz, one sample for each unit of the RTP clock (G.711).  No sample is told twice or out of order,
none is made up; no more time passes than the stream's own clock says, or ours while nothing comes.  What is
told in one call is bounded, so that a burst after a stall is caught up with and stalls nobody else.  It reads
no clock: `now_s` is an argument.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np

from agent_desktop.media.pcm import NARROW_FRAME_SAMPLES, NARROW_RATE_HZ, Pcm
from agent_desktop.media.rtp import signed_difference

PATIENCE_S: Final = 0.5
"""Senders and networks stall for up to 400 ms on a busy computer, and jitter comes on top."""
_PAUSE_PATIENCE_S: Final = 0.06  # the other side has said that it is silent
_OVERTAKEN_S: Final = 0.2  # networks change the order of packets by less than they hold all of them back
_MOST_AT_ONCE: Final = 5 * NARROW_FRAME_SAMPLES  # five times as fast as they are spoken
_TOLERANCE: Final = NARROW_FRAME_SAMPLES // 8  # a clock that is written carelessly is no gap
_LONGEST_GAP: Final = 2 * NARROW_RATE_HZ  # more than that has jumped
_MOST_WAITING: Final = 128  # packets
_HALF: Final = NARROW_FRAME_SAMPLES // 2
_MASK: Final = 0xFFFFFFFF


_Halves: TypeAlias = tuple[Pcm | None, Pcm | None]  # `hearing.Halves`


class _Piece(NamedTuple):
    """Sound, or so many samples that were lost."""

    sound: Pcm | None
    samples: int


class _Waiting(NamedTuple):
    """A packet that is not told yet; `follows`: no number is missing before it."""

    sound: Pcm
    follows: bool


class ReadingOrder:
    """Packets in as they come, pieces of twice 10 ms out as they were made."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew with the next packet: nobody is to read what came (on hold)."""
        self._has_begun = False
        self._next = self._end = 0
        """What is told next, and where the newest sound ends."""
        self._end_timestamp = 0
        self._store: dict[int, _Waiting] = {}
        self._is_fresh = self._is_pause = False
        self._fresh_at = 0.0
        self._stuck_at: float | None = None
        self._sound: Pcm = np.zeros(0, dtype=np.int16)
        self._came = np.zeros(0, dtype=np.bool_)
        """What is less than twice 10 ms."""

    @property
    def timestamp(self) -> int:
        """Up to where it was told."""
        return (self._end_timestamp + self._next - self._end) & _MASK

    # -- packets come -----------------------------------------------------------------------------------

    def take(self, timestamp: int, sound: Pcm, *, newest: bool, follows: bool) -> None:
        """One packet; for `newest` and `follows` see `JitterBuffer.push`."""
        if len(self._store) >= _MOST_WAITING:
            return
        position = self._position(timestamp, newest=newest, follows=follows)
        if position + len(sound) <= self._next or position in self._store:
            return  # the network brought it twice, or much too late
        self._store[position] = _Waiting(sound, follows)
        if newest:
            self._move(position + len(sound), timestamp + len(sound))
            self._is_pause = False

    def pause(self, timestamp: int, *, newest: bool, follows: bool) -> None:
        """The other side says that it is silent from here on (RFC 3389)."""
        if newest:
            self._move(self._position(timestamp, newest=True, follows=follows), timestamp)
            self._is_pause = True

    def restart(self, timestamp: int) -> None:
        """Another stream begins behind what came of this one."""
        self._end = max(self._end, self._next)
        self._end_timestamp = timestamp & _MASK

    def _move(self, end: int, timestamp: int) -> None:
        self._end, self._end_timestamp = end, timestamp & _MASK
        self._is_fresh = True

    def _position(self, timestamp: int, *, newest: bool, follows: bool) -> int:
        if not self._has_begun:
            self._has_begun = True
            self._end_timestamp = timestamp & _MASK
        position = self._end + signed_difference(timestamp & _MASK, self._end_timestamp, 32)
        if not newest:
            return position
        behind = max(self._end, self._next)
        is_exact = follows and abs(position - self._end) <= _TOLERANCE
        return behind if is_exact or not 0 <= position - behind <= _LONGEST_GAP else position

    # -- they are told ----------------------------------------------------------------------------------

    def read(self, now_s: float) -> list[_Halves]:
        """Once in 20 ms, after what came was taken: what is to be told now."""
        if self._is_fresh:
            self._is_fresh, self._fresh_at = False, now_s
        told: list[_Halves] = []
        samples = 0
        while samples < _MOST_AT_ONCE and (piece := self._piece(now_s, is_first=samples == 0)) is not None:
            samples += piece.samples
            self._cut(piece, told)
        return told

    def _piece(self, now_s: float, *, is_first: bool) -> _Piece | None:
        if not self._store:
            return self._let_pass(now_s) if is_first else None
        at = self._next if self._next in self._store else min(self._store)
        waiting = self._store[at]
        if at <= self._next:
            del self._store[at]
            self._stuck_at = None
            sound = waiting.sound[self._next - at :]
            self._next += len(sound)
            return _Piece(sound, len(sound))
        if self._stuck_at is None:
            self._stuck_at = now_s
        if not waiting.follows and now_s - self._stuck_at < _OVERTAKEN_S:
            return None
        return self._lose(min(at - self._next, _MOST_AT_ONCE))

    def _let_pass(self, now_s: float) -> _Piece | None:
        """Nothing is there: the time that has passed since the newest sound, less the patience."""
        patience_s = _PAUSE_PATIENCE_S if self._is_pause else PATIENCE_S
        due = self._end + (now_s - self._fresh_at - patience_s) * NARROW_RATE_HZ
        if not self._has_begun or self._next + NARROW_FRAME_SAMPLES > due:
            return None
        return self._lose(NARROW_FRAME_SAMPLES)

    def _lose(self, samples: int) -> _Piece:
        self._next += samples
        return _Piece(None, samples)

    def _cut(self, piece: _Piece, told: list[_Halves]) -> None:
        sound, samples = piece
        if sound is not None and samples == NARROW_FRAME_SAMPLES and not len(self._sound):
            told.append((sound[:_HALF], sound[_HALF:]))
            return
        made = np.zeros(samples, dtype=np.int16) if sound is None else sound
        self._sound = np.concatenate((self._sound, made))
        self._came = np.concatenate((self._came, np.full(samples, sound is not None)))
        whole = len(self._sound) // NARROW_FRAME_SAMPLES * NARROW_FRAME_SAMPLES
        starts = range(0, whole, NARROW_FRAME_SAMPLES)
        told += [(self._half(start), self._half(start + _HALF)) for start in starts]
        self._sound, self._came = self._sound[whole:], self._came[whole:]

    def _half(self, start: int) -> Pcm | None:
        came = bool(self._came[start : start + _HALF].all())
        return self._sound[start : start + _HALF] if came else None
