"""The tones of a caller's textphone (TTY), back into codes: both speeds, any frame length, lost frames told.

ITU-T V.18 Annex A, TIA-825-A.  The sound is multiplied by both tones and summed in cells of half a
millisecond.  A character is searched as a whole (`tty_fitting`); of the places within 0.7 bit the best is
taken, so that every character finds its own timing.  It is tried at 45.45 and at 50 baud; what fitted
better in the last characters decides.

Rules: it hears the sound before anything is made up for lost packets; a lost frame is told as None, and
nothing is guessed from it: the rest of the bit decides, and a machine that kept an even pace is trusted to
have kept it.  `quality` is that of the weakest data bit, 0 to 1.  Whatever comes in, nothing is raised, and
no more than two seconds are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm
from agent_desktop.media.tty_fitting import (
    BEFORE,
    CELL,
    CELL_RATE,
    PURE,
    QUIETEST,
    SEARCHED,
    Cells,
    Found,
    Speed,
    Sums,
    fit,
)
from agent_desktop.media.tty_send import BAUD_EUROPE, BAUD_US, MARK_HZ, SPACE_HZ

_PERIOD: Final = 40  # samples in which both tones have whole periods
_LONGEST_PIECE: Final = 1600  # samples that are taken in at once
_ANGLES: Final = 2 * np.pi * np.outer([MARK_HZ, SPACE_HZ], np.arange(_PERIOD)) / NARROW_RATE_HZ
_TURNS: Final = np.tile(
    np.stack((np.cos(_ANGLES[0]), -np.sin(_ANGLES[0]), np.cos(_ANGLES[1]), -np.sin(_ANGLES[1]))),
    _LONGEST_PIECE // _PERIOD + 2,
)
_ADVANCE: Final = 6.4  # bits from a start to the earliest next one
_STEP: Final = 20  # cells (10 ms) between two searches, and of one look at the carrier
_IN_STEP_BITS: Final = 12.0  # so soon after a character the next one is expected
_FITS_WELL: Final = 0.6
_LEANS: Final = 0.2
_FORGET: Final = 0.8  # per character, of what told the speed
_EVEN_PACE: Final = 6  # cells by which two characters in a row may differ in length
_SMOOTH: Final = 0.25  # how much of the pace is that of the last character
_CARRIER_STEPS: Final = 10  # 100 ms of tone are a carrier
_CARRIER_LOST_STEPS: Final = 6
_NOTHING_STEPS: Final = 30  # 300 ms of which nothing came: nobody sends any more
_FEWEST_LOOKS: Final = 3  # of the 15 that a character takes
_ALL_LOOKS: Final = (1 << 512) - 1
_TOO_LONG: Final = 2 * CELL_RATE  # cells kept at most
_LONGEST_GAP: Final = 2 * NARROW_RATE_HZ  # samples; after more than that nothing goes on
_LOUDEST: Final = 32768.0


@dataclass(frozen=True, slots=True)
class HeardCode:
    """A character of five bits.  `at` is the sample at which its start bit began.

    `is_erased`: a data bit was lost altogether, so that `code` is a guess; `lost_bits` tells which.
    """

    code: int
    quality: float
    at: int
    is_erased: bool = False
    lost_bits: int = 0

    def may_be(self, code: int) -> bool:
        """What came of it is like this code."""
        return not (self.code ^ code) & ~self.lost_bits


_SPEEDS: Final = (Speed(BAUD_US), Speed(BAUD_EUROPE))
_LOOK_AHEAD: Final = _SPEEDS[0].length + int(SEARCHED * _SPEEDS[0].bit) + 1


class TtyReceiver:
    """Sound in, codes out."""

    def __init__(self) -> None:
        self._samples: Cells = np.zeros(0)
        self._valid: Cells = np.zeros(0)
        self._kept: Cells = np.zeros((6, 0))
        """A column for each cell: both tones' real and imaginary sums, the power, and whether it came."""
        self._origin = 0
        self._next = 0
        self._searched = 0
        self._watched = 0
        self._last: int | None = None
        self._was_whole = False
        self._pace = 0.0
        self._is_even = False
        self._leaning = 0.0
        self._tone_steps = self._quiet_steps = self._missed_steps = 0
        self._looks = 0
        """The last looks at the carrier, a bit each: there was a tone."""
        self.has_carrier = False
        """The tones of a textphone are there (100 ms long at least); lost frames change nothing for 0.3 s."""
        self.tone_since: int | None = None
        """The sample at which the tone that is there began; it need not be a carrier yet."""

    @property
    def baud(self) -> float:
        """The speed that fits better so far."""
        return BAUD_EUROPE if self._leaning < 0 else BAUD_US

    @property
    def heard_samples(self) -> int:
        return self._end * CELL + len(self._samples)

    def hear(self, frame: Pcm | None, samples: int = 0) -> list[HeardCode]:
        """The next 8 kHz sound; None for `samples` that did not come.  The codes that became certain."""
        if frame is None and samples > _LONGEST_GAP:
            self._skip(samples)
            return []
        length = samples if frame is None else len(frame)
        codes: list[HeardCode] = []
        for start in range(0, length, _LONGEST_PIECE):
            size = min(_LONGEST_PIECE, length - start)
            self._add(None if frame is None else frame[start : start + size], size)
            while self._watched + _STEP <= self._end:
                self._watch_carrier()
            if self._end - self._searched >= _STEP:
                self._searched = self._end
                codes += self._search()
        return codes

    # -- cells ------------------------------------------------------------------------------------------

    @property
    def _end(self) -> int:
        return self._origin + len(self._kept[0])

    def _add(self, frame: Pcm | None, samples: int) -> None:
        sound = np.zeros(samples) if frame is None else _finite(frame)
        whole = (len(self._samples) + samples) // CELL
        used = whole * CELL
        new = np.ones((6, whole))
        if frame is None or len(self._samples) or used != samples:
            came = np.concatenate((self._valid, np.full(samples, 0.0 if frame is None else 1.0)))
            sound = np.concatenate((self._samples, sound))
            self._samples, self._valid = sound[used:], came[used:]
            new[5] = came[:used].reshape(whole, CELL).min(axis=1)
            sound = sound[:used] * np.repeat(new[5], CELL)
        phase = self._end * CELL % _PERIOD
        new[:4] = _in_cells(_TURNS[:, phase : phase + used] * sound)
        new[4] = _in_cells(sound * sound)
        self._kept = np.concatenate((self._kept, new), axis=1)

    def _skip(self, samples: int) -> None:
        """So much is lost that nothing goes on: only the time passes."""
        now = self.heard_samples + samples
        rest = now % CELL
        self._samples, self._valid = np.zeros(rest), np.zeros(rest)
        self._kept = np.zeros((6, 0))
        self._origin = self._next = self._searched = self._watched = now // CELL
        self._last, self._is_even = None, False
        self._quiet_steps = self._looks = 0
        self._lose_carrier()

    def _forget(self) -> None:
        drop = max(self._next - BEFORE - self._origin, self._kept.shape[1] - _TOO_LONG)
        if drop > 0:
            self._kept = self._kept[:, drop:]
            self._origin += drop
            self._next = max(self._next, self._origin)

    def _watch_carrier(self) -> None:
        """Half a bit at a time: is enough of the power in the tones?"""
        first = self._watched - self._origin
        self._watched += _STEP
        sums = self._kept[:, first : first + _STEP].sum(axis=1).tolist()
        power, came = sums[4], sums[5]
        strength = sum(part * part for part in sums[:4])
        is_tone = power > came * CELL * QUIETEST**2 / 2 and 2 * strength > PURE * power * came * CELL
        self._looks = (self._looks << 1 | int(is_tone)) & _ALL_LOOKS
        if came < _STEP / 2:
            self._missed_steps += 1
            if self._missed_steps == _NOTHING_STEPS:
                self._lose_carrier()
            return
        self._missed_steps = 0
        if is_tone:
            if not self._tone_steps:
                self.tone_since = (self._watched - _STEP) * CELL
            self._tone_steps, self._quiet_steps = self._tone_steps + 1, 0
        else:
            self._quiet_steps += 1
        if self._quiet_steps >= _CARRIER_LOST_STEPS:
            self._lose_carrier()
        elif self._tone_steps >= _CARRIER_STEPS:
            self.has_carrier = True

    def _lose_carrier(self) -> None:
        self._tone_steps = 0
        self.has_carrier, self.tone_since = False, None

    # -- characters -------------------------------------------------------------------------------------

    def _search(self) -> list[HeardCode]:
        codes: list[HeardCode] = []
        end = self._end
        sums: Sums | None = None
        while max(self._next, self._due()) + _LOOK_AHEAD <= end:
            if sums is None:
                if not self._has_tones():
                    self._next = end - _SPEEDS[0].length
                    break
                sums = Sums(self._kept, self._origin)
            found = self._best(sums, end)
            if found is None:
                break
            codes.append(found)
        self._forget()
        return codes

    def _has_tones(self) -> bool:
        """A character cannot be where hardly any look found a tone: that spares the search in a voice."""
        looks = self._looks & ((1 << (self._end - self._next) // _STEP + 2) - 1)
        return looks.bit_count() >= _FEWEST_LOOKS

    def _best(self, sums: Sums, end: int) -> HeardCode | None:
        """The next character, or None (and the search goes on later) where there is none yet."""
        last_place = end - _SPEEDS[0].length
        expected = self._expected(sums)
        american, european = self._at_both_speeds(sums, last_place, expected)
        firsts = [found.first for found in (american, european) if found is not None]
        if not firsts:
            self._next = last_place + 1
            return None
        if min(firsts) + _LOOK_AHEAD > end:
            self._next = min(firsts)
            return None
        if american is not None and european is not None:
            self._leaning = _FORGET * self._leaning + american.score - european.score
        elif abs(self._leaning) < _FORGET:
            self._leaning += 0.1 if american is not None else -0.1
        fast = self._leaning < 0
        best = (european or american) if fast else (american or european)
        if best is None:
            return None
        bit = _SPEEDS[int(best is european)].bit
        self._next = best.place + int(_ADVANCE * bit)
        self._learn_pace(best, bit)
        return HeardCode(best.code, best.quality, best.place * CELL, best.lost_bits > 0, best.lost_bits)

    def _at_both_speeds(
        self, sums: Sums, last_place: int, expected: int | None
    ) -> tuple[Found | None, Found | None]:
        """The fits at 45.45 and at 50 baud; the second is spared while the usual one fits well."""
        usual = int(self._leaning < 0)
        found = self._at(_SPEEDS[usual], sums, last_place, expected)
        if found is not None and found.score > _FITS_WELL and abs(self._leaning) > _LEANS:
            return (None, found) if usual else (found, None)
        other = self._at(_SPEEDS[1 - usual], sums, last_place, expected)
        return (other, found) if usual else (found, other)

    def _at(self, speed: Speed, sums: Sums, last_place: int, expected: int | None) -> Found | None:
        in_step_until = -1.0 if self._last is None else self._last + _IN_STEP_BITS * speed.bit
        return fit(
            sums,
            speed,
            range(self._next, last_place + 1),
            in_step_until=in_step_until,
            expected=expected,
        )

    def _due(self) -> int:
        """Where a machine with an even pace begins its next character; before that none is looked for."""
        return self._last + round(self._pace) if self._is_even and self._last is not None else 0

    def _expected(self, sums: Sums) -> int | None:
        """Where sound was lost, such a machine is trusted to have kept its pace."""
        begin = self._due()
        if begin < self._next or sums.is_whole:
            return None
        left = self._next - sums.origin
        right = min(begin + round(self._pace) - sums.origin, len(sums.came) - 1)
        return begin if sums.came[right] - sums.came[left] < right - left else None

    def _learn_pace(self, found: Found, bit: float) -> None:
        """From characters that came whole; a damaged one is put at the time that was due."""
        last, self._last = self._last, found.place
        was_whole, self._was_whole = self._was_whole, found.is_whole
        if last is None:
            return
        pace = found.place - last
        is_as_before = abs(pace - self._pace) <= _EVEN_PACE
        if was_whole and found.is_whole:
            self._is_even = is_as_before and pace < _IN_STEP_BITS * bit
            self._pace += (_SMOOTH if is_as_before else 1.0) * (pace - self._pace)
        elif not is_as_before:
            self._is_even = False
        elif not found.is_whole:
            self._last = last + round(self._pace)


def _in_cells(values: npt.NDArray[np.float64]) -> Cells:
    """The sum of every four samples."""
    summed: Cells = values[..., 0::CELL] + values[..., 1::CELL]
    summed += values[..., 2::CELL]
    summed += values[..., 3::CELL]
    return summed


def _finite(frame: Pcm) -> Cells:
    """16-bit sound as it is; of any other kind what is no number is silence, and what is too loud is cut."""
    sound = frame.astype(np.float64)
    if frame.dtype != np.int16:
        sound = np.clip(np.nan_to_num(sound, posinf=0.0, neginf=0.0), -_LOUDEST, _LOUDEST)
    return sound
