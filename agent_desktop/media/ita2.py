"""The letters of a textphone (TTY): five-bit codes in two shifts, and how what was typed is put into them.

ITA2 as American textphones speak it: ITU-T V.18 Annex A, TIA-825-A.  A code means a letter or a figure,
depending on the last shift code; some machines also go back to letters at every space (unshift on space),
others do not.

Rules: what is sent is right on both kinds of machine: after a space among figures the shift is sent again,
as it is at the beginning of a burst and after 72 characters (one lost shift spoils no more than that).
Code 0 is never sent.  What the alphabet does not have is transliterated, and what cannot be said at all
becomes `?`; `sayable` tells whether the text was changed, so that the agent sees what the caller will read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LTRS: Final = 31
FIGS: Final = 27
SPACE: Final = 4
CR: Final = 8
LF: Final = 2

LETTERS: Final = "\0E\nA SIU\rDRJNFCKTZLWHYPQOBG\0MXV\0"
FIGURES: Final = "\x003\n- -87\r$4',!:(5\")2=6019?+\0./;\0"
"""What each code shows in figures; NUL where it shows nothing."""

_NEUTRAL: Final[Mapping[str, tuple[int, ...]]] = {" ": (SPACE,), "\n": (CR, LF)}
_IN_LETTERS: Final = {sign: code for code, sign in enumerate(LETTERS) if sign.isalpha()}
# The dash is the figure of A; some machines show one for S as well, which is never sent.
_IN_FIGURES: Final = {
    sign: code for code, sign in reversed(list(enumerate(FIGURES))) if not sign.isspace() and sign != "\0"
}

ALPHABET: Final = frozenset(_IN_LETTERS) | frozenset(_IN_FIGURES) | frozenset(_NEUTRAL)
"""Every sign that a textphone can be sent as it is."""

_REFRESHED_EVERY: Final = 72  # characters
_INSTEAD: Final = str.maketrans(
    {
        "@": "(AT)", "%": "/", "&": "+", "#": "$", "*": ".", "<": "(", "[": "(", "{": "(", ">": ")",
        "]": ")", "}": ")", "\\": "/", "^": "'", "|": "!", "_": " ", "~": " ", "`": "'",
        "\t": " ", "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"',
        "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2010": "-", "\u2011": "-", "\u2012": "-",
        "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u00d7": "X", "\u00f7": "/", "\u20ac": "EUR",
        "\u00a3": "GBP", "\u00df": "SS", "\u00e6": "AE", "\u00c6": "AE", "\u00f8": "O", "\u00d8": "O",
        "\u0153": "OE", "\u0152": "OE", "\u0142": "L", "\u0141": "L", "\u2028": "\n", "\u2029": "\n",
        "\ufeff": "", "\u00ad": "", "\u200b": "",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sayable:
    """`text` is what the caller will read; `is_changed` when that is more than another case."""

    text: str
    is_changed: bool


def sayable(text: str) -> Sayable:
    """Any text as a textphone can show it: upper case, without accents, `?` for what cannot be said."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = unicodedata.normalize("NFKD", lines.translate(_INSTEAD)).translate(_INSTEAD)
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign)).upper()
    said = "".join(sign if sign in ALPHABET else "?" for sign in kept)
    return Sayable(said, said != lines.upper())


class Writer:
    """Turns characters of the alphabet into codes; it knows what shift the far machine is in."""

    __slots__ = ("_is_figures", "_is_sure", "_since_shift")

    def __init__(self) -> None:
        self._is_figures = False
        self.begin()

    def begin(self) -> None:
        """A burst begins: its first code is a shift, whatever was before."""
        self._is_figures = False
        self._is_sure = False
        self._since_shift = 0

    def codes(self, sign: str) -> tuple[int, ...]:
        """The codes of one character.  Raises ValueError for one that is not in the alphabet."""
        neutral = _NEUTRAL.get(sign)
        if neutral is not None:
            shift = self._shift(self._is_figures) if not self._is_sure or self._is_due else ()
            self._since_shift += 1
            self._is_sure = not self._is_figures if sign == " " else self._is_sure
            return shift + neutral
        is_figure = sign in _IN_FIGURES
        code = _IN_FIGURES.get(sign) if is_figure else _IN_LETTERS.get(sign)
        if code is None:
            raise ValueError("A textphone has no such sign; ask `sayable` first.")
        needed = is_figure != self._is_figures or not self._is_sure or self._is_due
        shift = self._shift(is_figure) if needed else ()
        self._since_shift += 1
        return (*shift, code)

    @property
    def _is_due(self) -> bool:
        return self._since_shift >= _REFRESHED_EVERY

    def _shift(self, is_figures: bool) -> tuple[int, ...]:  # noqa: FBT001 -- which of two shifts
        self._is_figures = is_figures
        self._is_sure = True
        self._since_shift = 0
        return (FIGS if is_figures else LTRS,)


def codes_of(text: str) -> tuple[int, ...]:
    """The codes of one burst."""
    writer = Writer()
    return tuple(code for sign in text for code in writer.codes(sign))
