"""Which parts of a text are words that a dictionary is asked about.

Not asked: addresses of the web and of mail, file names, order codes and everything else with a digit or an
underscore, words in CAPITALS or with a capital inside (product names), placeholders `{…}`, mentions and
tags, quoted lines, words of one letter and of more than `LONGEST`, and words of a script that the dictionary
does not write.  Offsets are those of Python's strings.

Rules of the file: every pattern is bounded, so that the work is in proportion to the text whatever stands in
it; a text is looked at up to `MOST_CHARACTERS`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

LONGEST: Final = 64
MOST_CHARACTERS: Final = 20_000

# What Python's \w leaves out and a word holds: combining marks, joiners, the soft hyphen.
_MARKS: Final = (
    r"\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    r"\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a"
    r"\u0900-\u0963\u0971-\u109f\u135d-\u135f\u17b4-\u17d3\u200c\u200d\u1dc0-\u1dff\ufe20-\ufe2f"
)
_LETTER: Final = rf"(?:[^\W\d_]|[{_MARKS}])"
_TOKEN: Final = rf"""
    (?P<passed>
        (?:[A-Za-z][A-Za-z\d+.-]{{1,20}}://|www\.)\S+      # an address of the web
      | [\w.+-]{{1,64}}@[\w.-]+                           # of mail
      | [\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,9}}\.[a-z]{{2,63}}\b  # of a computer, the name of a file
      | (?:[A-Za-z]:\\|\\\\|~/|(?<!\w)/)[\w.~\\/-]+      # a path, a canned reply
      | \{{[^{{}}\n]{{0,80}}\}}                           # a placeholder
      | [@\#]{{1,4}}[\w-]+                                 # a mention, a tag
      | [\w-]{{0,64}}[\d_]\w*(?:[-./:]\w+)*               # a code, a number
    )
    | (?P<word>{_LETTER}+(?:['\u2019\u02bc-]{_LETTER}+)*)
    """
_QUOTED: Final = re.compile(r"\s{0,3}>")
_CAPITAL_INSIDE: Final = re.compile(r"[^\W\d_]*[a-zß-öø-ÿ][A-ZÀ-ÖØ-Þ]")
_SCRIPTS: Final = {
    "ARABIC": ("ar", "fa", "ur", "ps", "ug"),
    "ARMENIAN": ("hy",),
    "BENGALI": ("bn", "as"),
    "CYRILLIC": ("be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "uk"),
    "DEVANAGARI": ("hi", "mr", "ne", "sa"),
    "ETHIOPIC": ("am", "ti"),
    "GEORGIAN": ("ka",),
    "GREEK": ("el",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "HANGUL": ("ko",),
    "HEBREW": ("he", "yi"),
    "KANNADA": ("kn",),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MALAYALAM": ("ml",),
    "SINHALA": ("si",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "THAI": ("th",),
    "TIBETAN": ("bo", "dz"),
}
_WRITES: Final = {language: script for script, all_of in _SCRIPTS.items() for language in all_of}
LATIN: Final = "LATIN"


@cache
def _token() -> re.Pattern[str]:
    """Compiled at the first word: it takes longer than a start may."""
    return re.compile(_TOKEN, re.VERBOSE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word where it stands in its text, and the number of its line."""

    start: int
    text: str
    line: int = 0

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def words(text: str, most: int = MOST_CHARACTERS) -> Iterator[Word]:
    """The words of a text, in order, that a dictionary may be asked about; of its first characters."""
    at, end = 0, most if len(text) > most else len(text) + 1
    for number, line in enumerate(text[:most].splitlines(keepends=True)):
        if not _QUOTED.match(line):
            for found in _token().finditer(line):
                if found["word"] and _asked(found["word"]) and at + found.end() < end:
                    yield Word(at + found.start(), found["word"], number)
        at += len(line)


def looked_up(word: str) -> str:
    """A word as dictionaries write it: composed, without soft hyphens, the plain apostrophe."""
    plain = word.replace("\u00ad", "").replace("\u2019", "'").replace("\u02bc", "'")
    return unicodedata.normalize("NFC", plain)


def as_written(suggestion: str, word: str) -> str:
    """A suggestion with the apostrophe that the agent writes."""
    curved = next((sign for sign in "\u2019\u02bc" if sign in word), "'")
    return suggestion.replace("'", curved)


def script_of(word: str) -> str:
    """The script of a word by its first letter: LATIN, CYRILLIC, HEBREW…"""
    letter = next((sign for sign in word if sign.isalpha()), "")
    return unicodedata.name(letter, "").partition(" ")[0] if letter else ""


def script_written(language: str) -> str:
    """The script that the dictionary of a language is in."""
    parts = language.replace("-", "_").casefold().split("_")
    return LATIN if "latn" in parts else _WRITES.get(parts[0], LATIN)


def _asked(word: str) -> bool:
    if not 1 < len(word) <= LONGEST or word.isupper():
        return False
    return not _CAPITAL_INSIDE.match(word)
