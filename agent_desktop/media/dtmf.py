"""Digits pressed during a call: as telephone events (RFC 4733) and, where a peer has none, as tones.

Sending: every 20 ms of a digit is one event packet with the timestamp of its beginning and a growing
duration; the last is sent three times with the end bit (section 2.5.1.4).  Receiving: a digit is known
by its timestamp and taken from any packet of the event, so that losing the first, or all but one, loses
no digit.

In-band detection compares the power at the eight frequencies with the whole (ITU-T Q.24): only a clean
pair is a digit; speech is not.
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import NARROW_RATE_HZ, SAMPLE_RATE_HZ, Pcm
from agent_desktop.media.resampling import Downsampler

DIGITS: Final = "0123456789*#ABCD"
_EVENT: Final = struct.Struct("!BBH")
_END: Final = 0x80
_END_PACKETS: Final = 3
_DIGIT_FRAMES: Final = 5  # 100 ms
_GAP_FRAMES: Final = 4  # 80 ms
_LONGEST_DURATION: Final = 0xFFFF
_VOLUME: Final = 10  # -10 dBm0


@dataclass(frozen=True, slots=True)
class EventPayload:
    """One telephone-event payload; `duration` in samples since `timestamp`, which is the packet's."""

    event: int
    end: bool
    volume: int
    duration: int

    def encode(self) -> bytes:
        return _EVENT.pack(self.event, (_END if self.end else 0) | (self.volume & 0x3F), self.duration)


def parse(payload: bytes) -> EventPayload | None:
    """Read a telephone-event payload; None for one that is too short."""
    if len(payload) < _EVENT.size:
        return None
    event, flags, duration = _EVENT.unpack_from(payload)
    return EventPayload(event, bool(flags & _END), flags & 0x3F, duration)


@dataclass(frozen=True, slots=True)
class EventPacket:
    """What the sender asks to be sent in this tick."""

    payload: bytes
    timestamp: int
    marker: bool


class DtmfSender:
    """Turns digits into event packets, a tick at a time.

    While `busy`, sound of the stream must not be sent (RFC 4733 section 2.5.1.2); finish before a hold
    or a transfer, or the last digit is cut.
    """

    __slots__ = ("_digits", "_duration", "_frame", "_start", "step")

    def __init__(self) -> None:
        self.step = 160
        """20 ms of the events' clock."""
        self._digits: deque[str] = deque()
        self._frame = 0
        self._start = 0
        self._duration = 0

    @property
    def busy(self) -> bool:
        return bool(self._digits)

    def press(self, digits: str) -> None:
        """Queue digits.  Raises ValueError for a sign that no telephone has."""
        wanted = digits.upper()
        if not set(wanted) <= set(DIGITS):
            raise ValueError(f"Only {DIGITS} can be sent as tones.")
        self._digits.extend(wanted)

    def tick(self, timestamp: int) -> tuple[EventPacket, ...]:
        """The packets of this 20 ms; `timestamp` is the stream's now."""
        if not self._digits:
            return ()
        event = DIGITS.index(self._digits[0])
        frame, self._frame = self._frame, self._frame + 1
        if frame == 0:
            self._start, self._duration = timestamp, 0
        if frame < _DIGIT_FRAMES:
            self._duration = min(self._duration + self.step, _LONGEST_DURATION)
            last = frame == _DIGIT_FRAMES - 1
            packet = EventPacket(self._payload(event, end=last), self._start, marker=frame == 0)
            return (packet,) * (_END_PACKETS if last else 1)
        if frame >= _DIGIT_FRAMES + _GAP_FRAMES - 1:
            self._digits.popleft()
            self._frame = 0
        return ()

    def _payload(self, event: int, *, end: bool) -> bytes:
        return EventPayload(event, end, _VOLUME, self._duration).encode()


class DtmfReceiver:
    """Gives each digit once, from whichever of its packets arrives first.

    A key that is held for longer than a duration can say (8 s, at the clock of Opus 1.4 s) goes on under a
    new timestamp, which lies at the end of the one before (section 2.5.1.3): no new digit.
    """

    __slots__ = ("_heard", "_reach")

    def __init__(self) -> None:
        self._heard: deque[tuple[int, int]] = deque(maxlen=8)
        self._reach = (-1, -1)
        """Where the event that is too long goes on, and which it is."""

    def receive(self, timestamp: int, payload: bytes) -> str | None:
        """The digit that this packet begins to tell, or None (known already, or no digit)."""
        event = parse(payload)
        if event is None or event.event >= len(DIGITS):
            return None
        key = (timestamp, event.event)
        is_known = key in self._heard
        goes_on = self._reach == key and not is_known
        if not is_known:
            self._heard.append(key)
        if event.duration == _LONGEST_DURATION and not event.end:
            self._reach = (timestamp + event.duration & 0xFFFFFFFF, event.event)
        return None if is_known or goes_on else DIGITS[event.event]


_ROWS_HZ: Final = (697.0, 770.0, 852.0, 941.0)
_COLUMNS_HZ: Final = (1209.0, 1336.0, 1477.0, 1633.0)
_PAD: Final = ("123A", "456B", "789C", "*0#D")
_BLOCK: Final = 205  # 25.6 ms
_DETUNED: Final = (0.988, 1.0, 1.012)  # a keypad may be off by 1.5 % (Q.24); the strongest of three counts
_QUIETEST: Final = 100.0  # RMS in 16-bit units, about -50 dBFS
_TWIST_DB: Final = 9.0
_PURITY: Final = 0.70  # the pair's share of all power
_HARMONIC: Final = 0.1  # of a frequency's strength in its overtone: a voice has more
_STEADY_DB: Final = 6.0  # between two blocks of one digit
_SECOND_DB: Final = 5.0  # the pair's lead over the next frequency of its group


def _bank(frequencies: tuple[float, ...]) -> npt.NDArray[np.complex64]:
    n = np.arange(_BLOCK)
    window = np.hamming(_BLOCK)
    tuned = [hz * off for hz in frequencies for off in _DETUNED]
    phases = [np.exp(-2j * np.pi * hz * n / NARROW_RATE_HZ) * window for hz in tuned]
    bank: npt.NDArray[np.complex64] = (np.stack(phases) / window.sum()).astype(np.complex64)
    return bank


_BANK: Final = _bank(_ROWS_HZ + _COLUMNS_HZ)
# Twice a row is too near to a column to be told apart, so rows are judged by their third.
_OVERTONES: Final = _bank(tuple(3 * hz for hz in _ROWS_HZ) + tuple(2 * hz for hz in _COLUMNS_HZ))


def _strengths(bank: npt.NDArray[np.complex64], block: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean square of a sine at each frequency."""
    strength: npt.NDArray[np.float32] = (
        (2.0 * (np.abs(bank @ block) ** 2)).reshape(-1, len(_DETUNED)).max(axis=1)
    )
    return strength


def _tone_in(block: npt.NDArray[np.float32]) -> tuple[str, float] | None:
    """The digit whose pair of tones makes up this block and how strong it is, or None."""
    power = float(np.mean(block**2))
    if power < _QUIETEST**2:
        return None
    strength = _strengths(_BANK, block)
    rows, columns = strength[:4], strength[4:]
    row, column = int(np.argmax(rows)), int(np.argmax(columns))
    twist_db = 10 * np.log10(max(rows[row], 1e-9) / max(columns[column], 1e-9))
    lead = 10 ** (_SECOND_DB / 10)
    clean = (
        np.partition(rows, -2)[-2] * lead < rows[row]
        and np.partition(columns, -2)[-2] * lead < columns[column]
    )
    pure = rows[row] + columns[column] > _PURITY * power
    if not clean or not pure or abs(twist_db) >= _TWIST_DB:
        return None
    overtones = _strengths(_OVERTONES, block)
    if overtones[row] > _HARMONIC * rows[row] or overtones[4 + column] > _HARMONIC * columns[column]:
        return None
    return _PAD[row][column], float(rows[row] + columns[column])


class ToneDetector:
    """Finds digits in the sound itself: two blocks in a row must agree, and a break must come between.

    Against voices (talk-off): both blocks equally loud, nothing beside the pair, no overtones.
    """

    __slots__ = ("_before", "_down", "_rest", "_strength", "_told")

    def __init__(self, rate_hz: int = SAMPLE_RATE_HZ) -> None:
        """`rate_hz` is the sound's; the search itself is done at 8 kHz."""
        self._down = Downsampler() if rate_hz == SAMPLE_RATE_HZ else None
        self._rest: npt.NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._before: str | None = None
        self._told: str | None = None
        self._strength = 0.0

    @property
    def is_sounding(self) -> bool:
        """The last block was the pair of a digit, certain already or not."""
        return self._before is not None

    def hear(self, frame: Pcm) -> str:
        """The digits that became certain with this frame (mostly none)."""
        narrow = frame if self._down is None else self._down(frame)
        sound = np.concatenate([self._rest, narrow.astype(np.float32)])
        told = ""
        start = 0
        while start + _BLOCK <= len(sound):
            tone = _tone_in(sound[start : start + _BLOCK])
            found, strength = tone if tone is not None else (None, 0.0)
            if (
                found is not None
                and found == self._before
                and found != self._told
                and self._is_steady(strength)
            ):
                told += found
                self._told = found
            elif found is None and self._before is None:
                self._told = None
            self._before, self._strength = found, strength
            start += _BLOCK // 2
        self._rest = sound[start:]
        return told

    def _is_steady(self, strength: float) -> bool:
        bound = 10 ** (_STEADY_DB / 10)
        return self._strength / bound < strength < self._strength * bound
