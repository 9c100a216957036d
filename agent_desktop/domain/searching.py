"""What a person types to search, as pieces that mean one thing everywhere: at the router and offline.

All pieces must be there.  A piece is a word, or several in "quotes" that stand together; the last one is
only begun, unless its quotes are closed.  A number may be typed with or without its spaces.  Nothing that
is typed is an operator: every piece is quoted, so that no text can be wrong or mean anything else (FTS5,
section 3.1).  When nothing is found, one slip in a word is forgiven.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

KINDS: Final = ("message", "note", "call", "customer", "article")
WORDS_MOST: Final = 24
WORD_LETTERS: Final = 64
SHORTEST_SLIP: Final = 4  # a shorter word is near too many others
LONGEST_SLIP: Final = 20
AT_ONCE: Final = 64  # FTS5 allows no expression of any depth
_DIGITS_LEAST: Final = 6
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟", '"'))
_IN_NUMBERS: Final = frozenset("+()-./")
_ALPHABETS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "אבגדהוזחטיכלמנסעפצקרשת",
)

NEWEST: Final = 2**53
_PLACE: Final = re.compile(r"([a-z]{1,12})=(\d{1,18})(?:\.(\d{1,4}))?")

H = TypeVar("H")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stand together; `begun`: the last of them is the beginning of one."""

    words: tuple[str, ...]
    begun: bool = False


def pieces(text: str) -> tuple[Piece, ...]:
    """Give the pieces of what was typed; none when there is no letter and no digit in it."""
    plain = "".join(
        " " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text[: WORDS_MOST * WORD_LETTERS]
    )
    found: list[Piece] = []
    room, closed = WORDS_MOST, False
    parts = plain.translate(_QUOTES).split('"')
    for number, part in enumerate(parts):
        words = tuple(word for word in part.split() if _says_something(word))[:room]
        if not words:
            continue
        room -= len(words)
        quoted = number % 2 == 1
        closed = quoted and number < len(parts) - 1
        found += [Piece(words)] if quoted else [Piece((word,)) for word in words]
    cut = [_cut(piece) for piece in found]
    if cut and not closed:
        cut[-1] = replace(cut[-1], begun=True)
    return tuple(cut)


def number(asked: Sequence[Piece]) -> str:
    """Give the digits when a telephone number was typed in groups; empty when it was anything else."""
    whole = "".join(word for piece in asked for word in piece.words)
    digits = "".join(c for c in whole if c.isascii() and c.isdigit())
    if len(digits) < _DIGITS_LEAST or any(c not in digits and c not in _IN_NUMBERS for c in whole):
        return ""
    return digits


def all_of(asked: Sequence[Piece]) -> str:
    """Give the FTS5 query for all the pieces; empty when there are none."""
    query = " ".join(_quoted(piece) for piece in asked)
    digits = number(asked)
    return f'({query}) OR "{digits}"*' if digits and len(asked) > 1 else query


def any_of(asked: Sequence[Piece]) -> str:
    """Give the FTS5 query for any of the words, each whole; empty when there are none."""
    return " OR ".join(_quoted(Piece((word,))) for piece in asked for word in piece.words)


def either_of(some: Sequence[Piece]) -> str:
    """Give the FTS5 query for any of some pieces."""
    return " OR ".join(_quoted(piece) for piece in some)


def one_of(values: Collection[str]) -> str:
    """Give the FTS5 query for any of some marks that the program itself put there."""
    return " OR ".join(_quoted(Piece((value.replace('"', ""),))) for value in sorted(values))


def near(word: str) -> Iterator[str]:
    """Give the words that are one slip away: two letters swapped, one missing, one wrong, one too many."""
    w = word.casefold()
    letters = "".join(a for a in _ALPHABETS if any(c in a for c in w))
    for n in range(len(w) - 1):
        if w[n] != w[n + 1]:
            yield w[:n] + w[n + 1] + w[n] + w[n + 2 :]
    for n in range(len(w)):
        yield w[:n] + w[n + 1 :]
    for n in range(len(w) + 1):
        for c in letters:
            yield w[:n] + c + w[n:]
    for n in range(len(w)):
        for c in letters:
            if c != w[n]:
                yield w[:n] + c + w[n + 1 :]


def corrected(asked: Sequence[Piece], known: Callable[[Sequence[Piece]], bool]) -> tuple[Piece, ...]:
    """Forgive one slip in each word that is nowhere; none when that does not help.

    `known` tells whether any of some pieces is somewhere.
    """
    mended: list[Piece] = []
    for piece in asked:
        if known((piece,)):
            mended.append(piece)
            continue
        word = piece.words[0]
        if len(piece.words) > 1 or not word.isalnum() or not SHORTEST_SLIP <= len(word) <= LONGEST_SLIP:
            return ()
        found = _first(tuple(replace(piece, words=(other,)) for other in dict.fromkeys(near(word))), known)
        if found is None:
            return ()
        mended.append(found)
    return () if tuple(mended) == tuple(asked) else tuple(mended)


def _first(candidates: Sequence[Piece], known: Callable[[Sequence[Piece]], bool]) -> Piece | None:
    """The first that is known, asked in bunches: nearly all of them are not."""
    for begin in range(0, len(candidates), AT_ONCE):
        bunch = candidates[begin : begin + AT_ONCE]
        if known(bunch):
            return next((one for one in bunch if known((one,))), None)
    return None


@dataclass(frozen=True, slots=True)
class Line(Generic[H]):
    """One thing found in a stream: what it is sorted by (the largest first), where the next page begins."""

    rank: float
    after: str
    hit: H


def page(
    streams: Mapping[str, Sequence[Line[H]]], limit: int, few: Collection[str] = ()
) -> tuple[tuple[H, ...], dict[str, str]]:
    """Merge sorted streams into a page; gives where each stream that was used goes on.

    The streams of `few` have a quarter of the places each, so that a person's card is not lost among that
    person's many messages; what the others leave free is theirs too.
    """
    taken: dict[str, int] = {}
    room = limit
    for name in few:
        taken[name] = min(len(streams.get(name, ())), max(1, limit // 4), room)
        room -= taken[name]
    others = [(line.rank, name) for name, lines in streams.items() if name not in few for line in lines]
    others.sort(key=lambda pair: -pair[0])
    for _rank, name in others[:room]:
        taken[name] = taken.get(name, 0) + 1
    left = max(0, room - len(others))
    for name in few:
        more = min(left, len(streams.get(name, ())) - taken[name])
        taken[name] += more
        left -= more
    used = {name: count for name, count in taken.items() if count}
    lines = [line for name, count in used.items() for line in streams[name][:count]]
    lines.sort(key=lambda line: -line.rank)
    begun = {name: streams[name][count - 1].after for name, count in used.items()}
    return tuple(line.hit for line in lines), begun


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a stream begins: below a row, after so many of the sorted ones there."""

    below: int = NEWEST
    skip: int = 0

    def __str__(self) -> str:
        return f"{self.below}.{self.skip}" if self.skip else str(self.below)


def places(cursor: str) -> dict[str, Place]:
    """Read a cursor, which names the streams that have more; what is none of ours says nothing."""
    known = (_PLACE.fullmatch(part) for part in cursor[:400].split(" "))
    return {one[1]: Place(int(one[2]), int(one[3] or 0)) for one in known if one is not None}


def ranked(
    block: Callable[[int], Sequence[tuple[int, float]]], place: Place, most: int, size: int
) -> list[tuple[float, int, str]]:
    """Give the first of a stream by their value, as (value, row, where to go on after it); less is better.

    `block` gives the newest `size` matches below a row; they are sorted only among themselves.
    """
    found: list[tuple[float, int, str]] = []
    while len(found) < most:
        newest = block(place.below)
        inside = sorted(newest, key=lambda pair: (pair[1], -pair[0]))
        for number in range(place.skip, min(len(inside), place.skip + most - len(found))):
            num, value = inside[number]
            found.append((value, num, str(Place(place.below, number + 1))))
        if len(newest) < size:
            break
        place = Place(min(num for num, _value in newest))
    return found


def cursor_after(
    streams: Mapping[str, Sequence[Line[H]]], begun: Mapping[str, str], before: Mapping[str, Place]
) -> str:
    """Give the cursor of the next page: a stream that was used up has no place in it, and at the end none."""
    return " ".join(
        f"{name}={begun.get(name) or before.get(name, Place())}"
        for name, lines in streams.items()
        if lines and lines[-1].after != begun.get(name)
    )


def _says_something(word: str) -> bool:
    return any(unicodedata.category(c)[0] in "LN" for c in word[:WORD_LETTERS])


def _cut(piece: Piece) -> Piece:
    """Cut a word that no index needs whole; it is only begun then."""
    if all(len(word) <= WORD_LETTERS for word in piece.words):
        return piece
    upto = next(n for n, word in enumerate(piece.words) if len(word) > WORD_LETTERS)
    return Piece((*piece.words[:upto], piece.words[upto][:WORD_LETTERS]), begun=True)


def _quoted(piece: Piece) -> str:
    return '"' + " ".join(piece.words) + '"' + ("*" if piece.begun else "")
