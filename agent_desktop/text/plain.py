"""Text from outside, made safe for a terminal: what reaches it is printable, or a new line.

Escape sequences, control characters (C0, DEL, C1), bidirectional overrides, surrogates and unassigned
code points are shown as a visible stand-in, so that nobody can move the cursor, colour a line, hide text
or fake a prompt.
"""

from __future__ import annotations

import unicodedata

# Cc control, Cf format (bidi overrides, zero width, tags), Cs surrogate, Cn unassigned, Co private use,
# Zl and Zp: line and paragraph separators, which some terminals obey.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
# Joiners shape a word and are no characters of their own: they are left out, not replaced.
_DROPPED = frozenset("\u200c\u200d\u00ad\u2060\ufeff")
STAND_IN = "\N{REPLACEMENT CHARACTER}"


def line(text: str) -> str:
    """One safe line: breaks and tabs become spaces."""
    spaced = " ".join(text.replace("\u2028", "\n").replace("\u2029", "\n").split())
    return _safe(spaced)


def piece(text: str) -> str:
    """A safe piece of a line: every break and tab is a space, and its spaces stay."""
    return _safe("".join(" " if c.isspace() else c for c in text))


def lines(text: str) -> list[str]:
    """Safe lines of a longer text; empty lines at its ends are dropped."""
    broken = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    return [_safe(part.replace("\t", " ")).rstrip() for part in broken.strip("\n").split("\n")]


def _safe(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    kept = (" " if unicodedata.category(c) == "Zs" else c for c in text if c not in _DROPPED)
    out = "".join(STAND_IN if unicodedata.category(c) in _UNSAFE else c for c in kept)
    while STAND_IN * 2 in out:
        out = out.replace(STAND_IN * 2, STAND_IN)
    return "".join(_no_drawing(c) for c in out)


def _no_drawing(character: str) -> str:
    """Box drawing, blocks and braille patterns are for the eye only or collide with a braille display."""
    code = ord(character)
    if 0x2500 <= code <= 0x259F:
        return "-"
    return "." if 0x2800 <= code <= 0x28FF else character


def width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def wrapped(text: str, columns: int) -> list[str]:
    """A line broken at spaces to fit; a word longer than a line is cut."""
    if columns <= 0 or width(text) <= columns:
        return [text]
    rows: list[str] = []
    row = ""
    for word in text.split(" "):
        piece = word
        if row and width(row) + 1 + width(piece) > columns:
            rows.append(row)
            row = ""
        while width(piece) > columns:
            cut = _fitting(piece, columns)
            rows.append(piece[:cut])
            piece = piece[cut:]
        row = f"{row} {piece}" if row else piece
    return [*rows, row] if row or not rows else rows


def _fitting(word: str, columns: int) -> int:
    used = 0
    for index, character in enumerate(word):
        used += width(character)
        if used > columns:
            return max(1, index)
    return len(word)
