"""What the agent reads of a caller's textphone: codes shown as text, and shown again when a shift was wrong.

Whether a machine goes back to letters at a space is learned from its own codes: a FIGS after a space among
figures means that it does, a LTRS there that it does not (ITU-T V.18 Annex A leaves both).  What was shown
of this turn is then shown again from the codes, so that the agent corrects nothing by hand; a lost shift
code, which no machine can know of, is put right with one key (`fix_shift`).

Rules: every change is told as "keep so many characters of the turn, then this"; a code whose quality is
under 0.3 is damaged and marked, one whose bit never came is U+FFFD.  If that one can have been the other
shift it is taken for it as well, because shifts are more frequent than any sign like them, and a lost one
spoils all that follows.  The caller's words are never rewritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agent_desktop.media.ita2 import CR, FIGS, FIGURES, LETTERS, LF, LTRS, SPACE
from agent_desktop.media.tty_receive import HeardCode

DAMAGED_BELOW: Final = 0.3
LOST: Final = "\ufffd"
TURN_WORDS: Final = ("GA", "SK", "SKSK", "Q", "HD", "XXX")
"""Go ahead, stop keying, end of the call, a question mark, hold on, what came before was an error."""
_LONGEST_TURN: Final = 4000  # codes; a turn without end begins anew


@dataclass(frozen=True, slots=True)
class Shown:
    """Of the turn's text keep the first `keep` characters, then comes `text`.

    `damaged` are places in the whole turn.  `is_new_turn`: what was shown before stays as it is.
    """

    keep: int
    text: str
    damaged: frozenset[int] = frozenset()
    is_new_turn: bool = False
    is_correction: bool = False
    """Something that was shown already reads otherwise now."""


class Reading:
    """The caller's turn."""

    def __init__(self) -> None:
        self._codes: list[HeardCode] = []
        self._turned: set[int] = set()
        """Places before which the agent put in the other shift."""
        self._unshifts = True
        self._is_new = False
        self._signs: list[str] = []
        self._hurt: set[int] = set()
        self._is_figures = False
        self._ended = 0
        """The half of a line's end that was shown."""
        self.text = ""
        self.damaged: frozenset[int] = frozenset()

    @property
    def unshifts_on_space(self) -> bool:
        """What was learned of the caller's machine, for as long as the call lasts."""
        return self._unshifts

    def begin_turn(self) -> None:
        """What comes is new text; what stands is final."""
        self._codes, self._turned = [], set()
        self.text, self.damaged, self._is_new = "", frozenset(), True
        self._render_all()

    def take(self, heard: HeardCode) -> Shown | None:
        """One more code; None when there is nothing more to see than before."""
        if len(self._codes) >= _LONGEST_TURN:
            self.begin_turn()
        was = self._unshifts
        self._learn(heard)
        self._codes.append(heard)
        if was == self._unshifts:
            self._render(len(self._codes) - 1)
        else:
            self._render_all()
        return self._show()

    def fix_shift(self) -> Shown | None:
        """The last row of characters without a shift code was meant in the other shift."""
        place = len(self._codes)
        while place and self._codes[place - 1].code not in {LTRS, FIGS}:
            place -= 1
            if self._unshifts and self._codes[place].code == SPACE and place < len(self._codes) - 1:
                place += 1
                break
        if place == len(self._codes):
            return None
        self._turned ^= {place}
        self._render_all()
        return self._show()

    def _learn(self, heard: HeardCode) -> None:
        before = self._codes[-1] if self._codes else heard
        if before.code != SPACE or before.is_erased or not _is_shift(heard):
            return
        shifts = (sent.code for sent in reversed(self._codes) if _is_shift(sent))
        if next(shifts, LTRS) == FIGS:
            self._unshifts = heard.code == FIGS

    def _show(self) -> Shown | None:
        text, damaged = "".join(self._signs), frozenset(self._hurt)
        before, self.text = self.text, text
        marks, self.damaged = self.damaged, damaged
        if text == before and marks == damaged:
            return None
        keep = _alike(before, text)
        if marks ^ damaged:
            keep = min(keep, *(marks ^ damaged))
        is_new, self._is_new = self._is_new, False
        return Shown(keep, text[keep:], damaged, is_new, keep < len(before))

    def _render_all(self) -> None:
        self._signs, self._hurt = [], set()
        self._is_figures, self._ended = False, 0
        for place in range(len(self._codes)):
            self._render(place)

    def _render(self, place: int) -> None:
        heard = self._codes[place]
        code = heard.code
        if place in self._turned:
            self._is_figures = not self._is_figures
        if _is_shift(heard):
            self._is_figures = code == FIGS
            return
        if heard.is_erased:
            self._is_figures ^= heard.may_be(LTRS if self._is_figures else FIGS)
        is_end = code in {CR, LF} and not heard.is_erased
        if is_end and self._ended not in {0, code}:
            self._ended = 0
            return
        self._ended = code if is_end else 0
        sign = LOST if heard.is_erased else (FIGURES if self._is_figures else LETTERS)[code]
        if sign == "\0":
            return
        if heard.quality < DAMAGED_BELOW:
            self._hurt.add(len(self._signs))
        self._signs.append("\n" if sign == "\r" else sign)
        if sign == " " and self._unshifts:
            self._is_figures = False


def _is_shift(heard: HeardCode) -> bool:
    return heard.code in {LTRS, FIGS} and not heard.is_erased


def _alike(before: str, after: str) -> int:
    """How many characters at the beginning are the same."""
    for place, (one, other) in enumerate(zip(before, after, strict=False)):
        if one != other:
            return place
    return min(len(before), len(after))


def turn_words(text: str) -> tuple[str, ...]:
    """The words of turn-taking that a text ends with: `HOW ARE YOU Q GA` gives Q and GA."""
    found: list[str] = []
    for word in reversed(text.upper().split()):
        if word not in TURN_WORDS:
            break
        found.append(word)
    return tuple(reversed(found))


def gives_the_turn(text: str) -> bool:
    """Whoever wrote this waits for the other: it ends with GA, or the call with SK."""
    return bool({"GA", "SK", "SKSK"} & set(turn_words(text)))
