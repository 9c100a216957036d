"""The tones of a caller's textphone (TTY), back into codes: both speeds, any frame length, lost frames told.

ITU-T V.18 Annex A, TIA-825-A.  The sound is multiplied by both tones and summed in cells of half a
millisecond.  A character is searched as a whole: a strong start bit (space), five bits, a strong stop bit
(mark); of the places within 0.7 bit the best is taken, so that every character finds its own timing.  It
is tried at 45.45 and at 50 baud; what fitted better in the last characters decides.

Rules: it hears the sound before anything is made up for lost packets; a lost frame is told as None, and
nothing is guessed from it: the rest of the bit decides.  A start or stop bit may be weak only where a frame
was lost, or else the onset of a burst, or a voice, would be a character.  At least a quarter of the power
must lie in the two tones.  `quality` is that of the weakest data bit, 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm
from agent_desktop.media.tty_send import BAUD_EUROPE, BAUD_US, MARK_HZ, SPACE_HZ

_Complex = npt.NDArray[np.complex128]
_Real = npt.NDArray[np.float64]

_CELL: Final = 4  # samples
_CELL_RATE: Final = NARROW_RATE_HZ // _CELL
_PERIOD: Final = 40  # samples in which both tones have whole periods
_TURNS: Final = np.exp(
    -2j * np.pi * np.outer([MARK_HZ, SPACE_HZ], np.arange(_PERIOD)) / NARROW_RATE_HZ
)  # 2 x 40
_BITS: Final = 7  # start, five data, the first stop
_TRIM: Final = 0.025  # of a bit, on both sides
_SEARCHED: Final = 0.7  # bits after the first place that fits
_ADVANCE: Final = 6.4  # bits from a start to the earliest next one
_STEP: Final = 20  # cells (10 ms) between two searches
_IN_STEP_BITS: Final = 12.0  # so soon after a character the next one is expected
_QUIETEST: Final = 20.0  # amplitude in 16-bit units, -64 dBFS
_KNOWN: Final = 2  # cells of a bit that must have come, or the bit is lost
_MOSTLY: Final = 0.6  # of a bit: it may not be weak
_FIRM: Final = 0.35  # start and stop bits
_CLEAR_FIRST: Final = 0.40  # every bit of a character after silence
_CLEAR_NEXT: Final = 0.08
_PURE: Final = 0.25
_EVEN: Final = 0.3  # of the median level; a voice is less even
_EVEN_FIRST: Final = 0.55  # noise before the mark is no start bit
_BEFORE: Final = 24  # cells before a start bit that are looked at: half a bit
_EVEN_PACE: Final = 2  # cells by which two characters in a row may differ in length
_FITS_WELL: Final = 0.6
_LEANS: Final = 0.2
_FORGET: Final = 0.8  # per character, of what told the speed
_CARRIER_STEPS: Final = 10  # 100 ms of tone are a carrier
_CARRIER_LOST_STEPS: Final = 6
_TOO_LONG: Final = 2 * _CELL_RATE  # cells kept at most


@dataclass(frozen=True, slots=True)
class HeardCode:
    """A character of five bits.  `at` is the sample at which its start bit began.

    `is_erased`: a data bit was lost altogether, so that `code` is a guess.
    """

    code: int
    quality: float
    at: int
    is_erased: bool = False


class _Found(NamedTuple):
    place: int
    score: float
    code: int
    quality: float
    is_erased: bool
    first: int


class _Speed:
    """The windows of the seven bits at one speed, in cells."""

    __slots__ = ("begins", "bit", "ends", "length", "widths")

    def __init__(self, baud: float) -> None:
        self.bit = _CELL_RATE / baud
        edges = np.arange(_BITS) * self.bit
        self.begins = np.rint(edges + _TRIM * self.bit).astype(np.intp)
        self.ends = np.rint(edges + (1 - _TRIM) * self.bit).astype(np.intp)
        self.widths = (self.ends - self.begins).astype(np.float64)
        self.length = int(np.ceil(_BITS * self.bit))


_SPEEDS: Final = (_Speed(BAUD_US), _Speed(BAUD_EUROPE))
_LOOK_AHEAD: Final = _SPEEDS[0].length + int(_SEARCHED * _SPEEDS[0].bit) + 1


class _Sums:
    """Running sums over the kept cells, so that any window costs one subtraction."""

    __slots__ = ("came", "power", "tones")

    def __init__(self, cells: _Complex, came: _Real, power: _Real) -> None:
        self.tones = np.zeros((2, cells.shape[1] + 1), dtype=np.complex128)
        np.cumsum(cells, axis=1, out=self.tones[:, 1:])
        self.came = np.concatenate(([0.0], np.cumsum(came)))
        self.power = np.concatenate(([0.0], np.cumsum(power)))


class TtyReceiver:
    """Sound in, codes out."""

    def __init__(self) -> None:
        self._samples: _Real = np.zeros(0)
        self._valid: _Real = np.zeros(0)
        self._cells: _Complex = np.zeros((2, 0), dtype=np.complex128)
        self._came: _Real = np.zeros(0)
        self._power: _Real = np.zeros(0)
        self._origin = 0
        self._next = 0
        self._last: int | None = None
        self._pace = 0
        self._is_even = False
        self._unsearched = 0
        self._leaning = 0.0
        self._tone_steps = self._quiet_steps = 0
        self.has_carrier = False
        """The tones of a textphone are there (100 ms long at least); a lost frame changes nothing."""

    @property
    def baud(self) -> float:
        """The speed that fits better so far."""
        return BAUD_EUROPE if self._leaning < 0 else BAUD_US

    @property
    def heard_samples(self) -> int:
        return (self._origin + len(self._came)) * _CELL + len(self._samples)

    def hear(self, frame: Pcm | None, samples: int = 0) -> list[HeardCode]:
        """The next 8 kHz sound; None for `samples` that did not come.  The codes that became certain."""
        self._add(frame, samples)
        if self._unsearched < _STEP:
            return []
        self._watch_carrier()
        self._unsearched = 0
        return self._search()

    # -- cells ------------------------------------------------------------------------------------------

    def _add(self, frame: Pcm | None, samples: int) -> None:
        sound = np.zeros(samples) if frame is None else frame.astype(np.float64)
        came = np.full(len(sound), 0.0 if frame is None else 1.0)
        if len(self._samples):
            sound = np.concatenate((self._samples, sound))
            came = np.concatenate((self._valid, came))
        whole = len(sound) // _CELL
        used = whole * _CELL
        self._samples, self._valid = sound[used:], came[used:]
        if not whole:
            return
        valid = came[:used].reshape(whole, _CELL).min(axis=1)
        pieces = sound[:used].reshape(whole, _CELL) * valid[:, None]
        begin = (self._origin + self._cells.shape[1]) * _CELL
        turns = _TURNS[:, (begin + np.arange(used)) % _PERIOD].reshape(2, whole, _CELL)
        self._cells = np.concatenate((self._cells, (turns * pieces).sum(axis=2)), axis=1)
        self._came = np.concatenate((self._came, valid))
        self._power = np.concatenate((self._power, (pieces * pieces).sum(axis=1)))
        self._unsearched += whole

    def _forget(self) -> None:
        drop = max(self._next - _BEFORE - self._origin, self._cells.shape[1] - _TOO_LONG)
        if drop > 0:
            self._cells = self._cells[:, drop:]
            self._came = self._came[drop:]
            self._power = self._power[drop:]
            self._origin += drop
            self._next = max(self._next, self._origin)

    def _watch_carrier(self) -> None:
        """Half a bit at a time: is most of the power in one of the tones?"""
        new = min(self._unsearched, self._cells.shape[1])
        came = float(self._came[-new:].sum())
        if came < new / 2:
            return
        power = float(self._power[-new:].sum())
        strength = float((np.abs(self._cells[:, -new:].sum(axis=1)) ** 2).sum())
        is_tone = power > came * _CELL * _QUIETEST**2 / 2 and 2 * strength > _PURE * power * came * _CELL
        steps = max(1, new // _STEP)
        if is_tone:
            self._tone_steps, self._quiet_steps = self._tone_steps + steps, 0
        else:
            self._quiet_steps += steps
        if self._quiet_steps >= _CARRIER_LOST_STEPS:
            self._tone_steps = 0
            self.has_carrier = False
        elif self._tone_steps >= _CARRIER_STEPS:
            self.has_carrier = True

    # -- characters -------------------------------------------------------------------------------------

    def _search(self) -> list[HeardCode]:
        codes: list[HeardCode] = []
        end = self._origin + self._cells.shape[1]
        sums: _Sums | None = None
        while self._next + _LOOK_AHEAD <= end:
            if sums is None:
                if self._is_silent():
                    self._next = end - _SPEEDS[0].length
                    break
                sums, origin = _Sums(self._cells, self._came, self._power), self._origin
            found = self._best(sums, origin, end)
            if found is None:
                break
            codes.append(found)
        self._forget()
        return codes

    def _is_silent(self) -> bool:
        first = self._next - self._origin
        return bool(self._power[first:].max() < _CELL * _QUIETEST**2 / 2) and self._came[first:].min() > 0

    def _best(self, sums: _Sums, origin: int, end: int) -> HeardCode | None:
        """The next character, or None (and the search goes on later) where there is none yet."""
        last_place = end - _SPEEDS[0].length
        expected = self._expected(sums, origin)
        if expected is not None and expected + _LOOK_AHEAD > end:
            return None
        places = np.arange(self._next, last_place + 1)
        found = self._at_both_speeds(sums, places, origin)
        firsts = [fit.first for fit in found if fit is not None]
        if not firsts:
            self._next = last_place + 1
            return None
        if min(firsts) + _LOOK_AHEAD > end:
            self._next = min(firsts)
            return None
        american, european = found
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
        pace = 0 if self._last is None else best.place - self._last
        self._is_even = abs(pace - self._pace) <= _EVEN_PACE and pace < _IN_STEP_BITS * bit
        self._pace, self._last = pace, best.place
        return HeardCode(best.code, best.quality, best.place * _CELL, best.is_erased)

    def _at_both_speeds(
        self, sums: _Sums, places: npt.NDArray[np.intp], origin: int
    ) -> tuple[_Found | None, _Found | None]:
        """The fits at 45.45 and at 50 baud; the second is spared while the usual one fits well."""
        usual = int(self._leaning < 0)
        fit = self._fitting(sums, _SPEEDS[usual], places, origin)
        if fit is not None and fit.score > _FITS_WELL and abs(self._leaning) > _LEANS:
            return (None, fit) if usual else (fit, None)
        other = self._fitting(sums, _SPEEDS[1 - usual], places, origin)
        return (other, fit) if usual else (fit, other)

    def _fitting(
        self, sums: _Sums, speed: _Speed, places: npt.NDArray[np.intp], origin: int
    ) -> _Found | None:
        """Where a character of this speed fits, and what it is at the best of the first places."""
        at = places - origin
        places, at = self._with_start(sums, speed, places, at)
        if not len(at):
            return None
        begins, ends = at[:, None] + speed.begins, at[:, None] + speed.ends
        strength = np.abs(sums.tones[:, ends] - sums.tones[:, begins])
        came = sums.came[ends] - sums.came[begins]
        counted = np.maximum(came, 1.0)
        mark, space = strength[0] / counted, strength[1] / counted
        known = came >= _KNOWN
        whole = came >= _MOSTLY * speed.widths
        loud = np.maximum(mark, space)
        soft = np.where(known, (mark - space) / np.maximum(mark + space, 1e-9), 0.0)
        value = np.abs(soft)
        value[:, 0], value[:, -1] = -soft[:, 0], soft[:, -1]
        level = np.median(loud, axis=1)
        in_step = self._is_in_step(places, speed)
        tones = (2 * loud**2 * counted / _CELL).sum(axis=1)
        power = (sums.power[ends] - sums.power[begins]).sum(axis=1)
        damaged = np.where(in_step[:, None], np.where(known, 0.0, -1.0), 1.0)
        firm = np.where(whole, _FIRM, damaged)
        clear = np.where(in_step, _CLEAR_NEXT, _CLEAR_FIRST)[:, None]
        even = np.where(in_step, _EVEN, _EVEN_FIRST)[:, None]
        follows_space = ~in_step & (self._space_before(sums, at) > level / 2)
        fits = (
            ~follows_space
            & (value[:, [0, -1]] >= firm[:, [0, -1]]).all(axis=1)
            & ((value >= clear) | ~whole).all(axis=1)
            & ((loud >= even * level[:, None]) | ~whole).all(axis=1)
            & (level > _QUIETEST * _CELL / 2)
            & (tones > _PURE * power)
            & (known.sum(axis=1) >= _BITS - 3)
        )
        fitting = np.flatnonzero(fits)
        if not len(fitting):
            return None
        within = fitting[places[fitting] <= places[fitting[0]] + _SEARCHED * speed.bit]
        expected = self._expected(sums, origin)
        if expected is not None:
            timely = fitting[np.abs(places[fitting] - expected) <= _EVEN_PACE]
            within = timely if len(timely) else within
        weights = np.minimum(came / speed.widths, 1.0)
        scores = (value[within] * weights[within]).sum(axis=1) / np.maximum(weights[within].sum(axis=1), 1.0)
        best = int(within[int(np.argmax(scores))])
        bits = soft[best, 1:-1]
        code = int(((bits > 0) * (1 << np.arange(5))).sum())
        sure = value[best, 1:-1] * np.minimum(1.0, 2 * weights[best, 1:-1])
        erased = not bool(known[best, 1:-1].all())
        quality = float(np.clip(sure.min(), 0.0, 1.0))
        return _Found(int(places[best]), float(scores.max()), code, quality, erased, int(places[fitting[0]]))

    def _expected(self, sums: _Sums, origin: int) -> int | None:
        """Where sound was lost, a machine that kept an even pace is trusted to have kept it."""
        if not self._is_even or self._last is None:
            return None
        begin = self._last + self._pace
        if begin < self._next:
            return None
        left = self._next - origin
        right = min(begin + self._pace - origin, len(sums.came) - 1)
        return begin if sums.came[right] - sums.came[left] < right - left else None

    def _with_start(
        self, sums: _Sums, speed: _Speed, places: npt.NDArray[np.intp], at: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Only where a start bit can be: most places are none, and the rest of the work is spared."""
        begin, end = at + speed.begins[0], at + speed.ends[0]
        strength = np.abs(sums.tones[:, end] - sums.tones[:, begin])
        came = sums.came[end] - sums.came[begin]
        can = (strength[1] > strength[0]) | (came < _MOSTLY * speed.widths[0])
        return places[can], at[can]

    @staticmethod
    def _space_before(sums: _Sums, at: npt.NDArray[np.intp]) -> _Real:
        """How strong the space tone is in the half bit before: a start bit follows a mark, or silence."""
        begin, end = np.maximum(at - _BEFORE, 0), np.maximum(at - 2, 0)
        strength = np.abs(sums.tones[1, end] - sums.tones[1, begin])
        before: _Real = strength / np.maximum(sums.came[end] - sums.came[begin], 1.0)
        return before

    def _is_in_step(self, places: npt.NDArray[np.intp], speed: _Speed) -> npt.NDArray[np.bool_]:
        if self._last is None:
            return np.zeros(len(places), dtype=np.bool_)
        in_step: npt.NDArray[np.bool_] = places - self._last < _IN_STEP_BITS * speed.bit
        return in_step
