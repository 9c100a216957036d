"""Where a character of a textphone (TTY) stands in the sound: the whole of it is laid over every place.

ITU-T V.18 Annex A: a start bit (space), five data bits, a stop bit (mark).  The sound is in cells of half a
millisecond, already turned by both tones (`tty_receive`); with running sums any window costs one
subtraction.  Most places are thrown out by their start and their stop bit alone.

Rules: a start or stop bit may be weak only where sound was lost, or else the onset of a burst, or a voice,
would be a character; at least a quarter of the power must lie in the two tones.  Of a bit that was mostly
lost everything that is left counts, up to its edges: what stands at both ends of it tells the tone better
than twice as much at one.  A start bit that was lost is believed when it was due, or when what is left of it
says so: a hole in the mark between two characters looks the same.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from agent_desktop.media.pcm import NARROW_RATE_HZ

Cells = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

CELL: Final = 4  # samples
CELL_RATE: Final = NARROW_RATE_HZ // CELL
QUIETEST: Final = 20.0  # amplitude in 16-bit units, -64 dBFS
PURE: Final = 0.25
SEARCHED: Final = 0.7  # bits after the first place that fits
BEFORE: Final = 66  # cells before a start bit that are kept: one bit and a half
_JUST_BEFORE: Final = 24  # half a bit
_LED: Final = 0.5  # the mark before a start bit
_LEFT_OVER: Final = 0.3  # what is left of a lost start bit
_TIMELY: Final = 3  # cells from where a character is expected

_BITS: Final = 7  # start, five data, the first stop
_WEIGHTS: Final = 1 << np.arange(5)
_TRIM: Final = 0.025  # of a bit, on both sides
_KNOWN: Final = 2  # cells of a bit that must have come, or the bit is lost
_MOSTLY: Final = 0.6  # of a bit: it may not be weak
_FIRM: Final = 0.35  # start and stop bits
_FIRM_POWER: Final = ((1 + _FIRM) / (1 - _FIRM)) ** 2  # the same, as one tone's power over the other's
_CLEAR_FIRST: Final = 0.40  # every bit of a character after silence
_CLEAR_NEXT: Final = 0.08
_EVEN: Final = 0.3  # of the median level; a voice is less even
_EVEN_FIRST: Final = 0.55  # noise before the mark is no start bit
_WHOLE: Final = 0.99  # of the cells of a character
_AS_GOOD: Final = 0.004  # of a score: the places around the best are a plateau, and its middle is meant


class Found(NamedTuple):
    """A character: its place in cells, how well it fits (0 to 1), what it is."""

    place: int
    score: float
    code: int
    quality: float
    lost_bits: int
    """Which data bits did not come at all; in `code` they are 0."""
    is_whole: bool
    """No sound of it was lost."""
    first: int
    """The first place at which any character would fit."""


class Speed:
    """The windows of the seven bits at one speed, in cells."""

    __slots__ = ("all_begins", "all_ends", "begins", "bit", "ends", "length", "widths")

    def __init__(self, baud: float) -> None:
        self.bit = CELL_RATE / baud
        edges = np.arange(_BITS) * self.bit
        self.begins = np.rint(edges + _TRIM * self.bit).astype(np.intp)
        self.ends = np.rint(edges + (1 - _TRIM) * self.bit).astype(np.intp)
        self.all_begins = np.rint(edges).astype(np.intp)
        self.all_ends = np.rint(edges + self.bit).astype(np.intp)
        self.widths = (self.ends - self.begins).astype(np.float64)
        self.length = int(np.ceil(_BITS * self.bit))


class Sums:
    """Running sums over the kept cells; `origin` is the number of the first of them."""

    __slots__ = ("came", "is_whole", "origin", "power", "tones")

    def __init__(self, kept: Cells, origin: int) -> None:
        """`kept`: see `TtyReceiver`."""
        count = kept.shape[1]
        running = np.zeros((6, count + 1))
        np.cumsum(kept, axis=1, out=running[:, 1:])
        self.origin = origin
        self.tones, self.power, self.came = running[:4], running[4], running[5]
        self.is_whole = bool(self.came[-1] == count)

    def strengths(self, begins: Places, ends: Places) -> Cells:
        """Both tones' amplitudes (mark first) between cells."""
        across = self.tones[:, ends] - self.tones[:, begins]
        across *= across
        squares: Cells = np.sqrt(across[0::2] + across[1::2])
        return squares

    def powers(self, first: int, count: int, begin: int, end: int) -> tuple[Cells, Cells]:
        """Both tones' squares in the window from `begin` to `end` of each of `count` places in a row."""
        across = (
            self.tones[:, first + end : first + end + count]
            - (self.tones[:, first + begin : first + begin + count])
        )
        across *= across
        return across[0] + across[1], across[2] + across[3]

    def lost(self, first: int, count: int, begin: int, end: int) -> npt.NDArray[np.bool_]:
        """At which of these places too little of the window came."""
        came = self.came[first + end : first + end + count] - self.came[first + begin : first + begin + count]
        short: npt.NDArray[np.bool_] = came < _MOSTLY * (end - begin)
        return short


class _Tried(NamedTuple):
    """All places that were looked at closely: a row for each, a column for each bit."""

    places: Places
    soft: Cells
    """Mark (1) or space (-1)."""
    value: Cells
    """How much each bit is what it should be; of data bits, how sure it is."""
    known: npt.NDArray[np.bool_]
    whole: npt.NDArray[np.bool_]
    weights: Cells
    scores: Cells

    def found(self, row: int, first: int) -> Found:
        data = slice(1, _BITS - 1)
        sure = self.value[row, data] * np.minimum(1.0, 2 * self.weights[row, data])
        return Found(
            place=int(self.places[row]),
            score=float(self.scores[row]),
            code=int(((self.soft[row, data] > 0) * _WEIGHTS).sum()),
            quality=float(np.clip(sure.min(), 0.0, 1.0)),
            lost_bits=int((~self.known[row, data] * _WEIGHTS).sum()),
            is_whole=bool((self.weights[row] >= _WHOLE).all()),
            first=first,
        )


def fit(
    sums: Sums, speed: Speed, within: range, *, in_step_until: float, expected: int | None
) -> Found | None:
    """The best of the first places (cells) `within` which a character of this speed fits.

    Before `in_step_until` it would follow the one before, and less is asked of it.  `expected` is the place
    where a machine with an even pace would have put it.
    """
    at = _with_start_and_stop(sums, speed, within.start - sums.origin, len(within))
    if not len(at):
        return None
    places = at + sums.origin
    begins, ends = at[:, None] + speed.begins, at[:, None] + speed.ends
    strength = sums.strengths(begins, ends)
    came = sums.came[ends] - sums.came[begins]
    counted = np.maximum(came, 1.0)
    mark, space = strength[0] / counted, strength[1] / counted
    known, whole = came >= _KNOWN, came >= _MOSTLY * speed.widths
    loud = np.maximum(mark, space)
    soft = (mark - space) / np.maximum(mark + space, 1e-9)
    if not sums.is_whole:
        soft, known = _to_the_edges(sums, speed, at, soft, came)
    value = np.abs(soft)
    value[:, 0], value[:, -1] = -soft[:, 0], soft[:, -1]
    level = np.sort(loud, axis=1)[:, _BITS // 2]
    in_step = places < in_step_until
    tones = (2 * loud**2 * counted / CELL).sum(axis=1)
    power = (sums.power[ends] - sums.power[begins]).sum(axis=1)
    clear = np.where(in_step, _CLEAR_NEXT, _CLEAR_FIRST)[:, None]
    even = np.where(in_step, _EVEN, _EVEN_FIRST)[:, None]
    follows_space = ~in_step & (_space_before(sums, at) > level / 2)
    trusted = in_step if sums.is_whole else in_step | _is_led(sums, at)
    start_least = np.where(whole[:, 0], _FIRM, np.where(trusted, -1.0, 1.0))
    stop_least = np.where(whole[:, -1], _FIRM, np.where(trusted, np.where(known[:, -1], 0.0, -1.0), 1.0))
    fits = (
        ~follows_space
        & (value[:, 0] >= start_least)
        & (value[:, -1] >= stop_least)
        & ((value >= clear) | ~whole).all(axis=1)
        & ((loud >= even * level[:, None]) | ~whole).all(axis=1)
        & (level > QUIETEST * CELL / 2)
        & (tones > PURE * power)
        & (known.sum(axis=1) >= _BITS - 3)
    )
    weights = np.minimum(came / speed.widths, 1.0)
    weights[~whole[:, 0], 0] = 0.0  # what is left of it is asked when the place is known
    scores = (value * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
    tried = _Tried(places, soft, value, known, whole, weights, scores)
    return _first_believed(tried, np.flatnonzero(fits), speed, within.stop - 1, expected)


def _first_believed(
    tried: _Tried, fitting: Places, speed: Speed, last: int, expected: int | None
) -> Found | None:
    """The best of the first places that fit; a lost start bit is asked for what is left of it."""
    places, left = tried.places, fitting
    while len(left):
        first = int(places[left[0]])
        near = left[places[left] <= first + SEARCHED * speed.bit]
        is_due = False
        if expected is not None:
            timely = left[np.abs(places[left] - expected) <= _TIMELY]
            is_due = len(timely) > 0
            near = timely if is_due else near
        plateau = near[tried.scores[near] >= tried.scores[near].max() - _AS_GOOD]
        best = int(plateau[len(plateau) // 2])
        said = float(tried.value[best, 0]) if tried.known[best, 0] else 0.0
        is_seen = tried.whole[best, 0] or said >= _LEFT_OVER
        is_open = first + SEARCHED * speed.bit > last
        if (is_due and said > -_LEFT_OVER) or is_seen or is_open:
            return tried.found(best, first)
        left = left[(places[left] > places[near[-1]]) | tried.whole[left, 0]]
    return None


def _with_start_and_stop(sums: Sums, speed: Speed, first: int, count: int) -> Places:
    """Only where a start and a stop bit can be: most places are none, and the rest of the work is spared."""
    begin, end = int(speed.begins[0]), int(speed.ends[0])
    mark, space = sums.powers(first, count, begin, end)
    can = space >= mark * _FIRM_POWER
    if not sums.is_whole:
        can |= sums.lost(first, count, begin, end)
    if can.any():
        begin, end = int(speed.begins[-1]), int(speed.ends[-1])
        mark, space = sums.powers(first, count, begin, end)
        stops = mark >= space * _FIRM_POWER
        if not sums.is_whole:
            stops |= sums.lost(first, count, begin, end)
        can &= stops
    places: Places = np.flatnonzero(can) + first
    return places


def _to_the_edges(
    sums: Sums, speed: Speed, at: Places, soft: Cells, came: Cells
) -> tuple[Cells, npt.NDArray[np.bool_]]:
    """The values again where sound was lost, from all of each bit; and which bits came at all."""
    begins, ends = at[:, None] + speed.all_begins, at[:, None] + speed.all_ends
    mark, space = sums.strengths(begins, ends)
    edged = (mark - space) / np.maximum(mark + space, 1e-9)
    known = sums.came[ends] - sums.came[begins] >= _KNOWN
    values = np.where(came < speed.widths, edged, soft)
    return np.where(known, values, 0.0), known


def _space_before(sums: Sums, at: Places) -> Cells:
    """How strong the space tone is in the half bit before: a start bit follows a mark, or silence."""
    begin, end = np.maximum(at - _JUST_BEFORE, 0), np.maximum(at - 2, 0)
    strength = sums.strengths(begin, end)[1]
    before: Cells = strength / np.maximum(sums.came[end] - sums.came[begin], 1.0)
    return before


def _is_led(sums: Sums, at: Places) -> npt.NDArray[np.bool_]:
    """Whether a clear mark goes ahead: then somebody is typing, however slowly."""
    begin, end = np.maximum(at - BEFORE, 0), np.maximum(at - 2, 0)
    mark, space = sums.strengths(begin, end)
    came = sums.came[end] - sums.came[begin]
    led: npt.NDArray[np.bool_] = (mark - space >= _LED * (mark + space)) & (came >= _MOSTLY * BEFORE)
    led &= mark > came * QUIETEST * CELL / 2
    return led
