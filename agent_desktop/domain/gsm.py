"""The alphabet of text messages, and how a long one is cut: TS 23.038 (GSM 03.38), TS 23.040, 9.2.3.24.

A text goes out in the 7-bit alphabet when every character is in it, else as UCS-2, which is shorter by half.
One part holds 160 or 70 units, a part of several 153 or 67, because a header names its place.  A character
of the extension table costs two units, one outside the basic plane two of UCS-2; neither is ever cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

GSM7, UCS2 = "gsm7", "ucs2"
ESCAPE: Final = 0x1B
ALONE: Final = {GSM7: 160, UCS2: 70}
OF_MANY: Final = {GSM7: 153, UCS2: 67}
PARTS_MOST: Final = 255

BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
_CODES: Final = {char: bytes([code]) for code, char in enumerate(BASIC) if code != ESCAPE} | {
    char: bytes([ESCAPE, code]) for char, code in EXTENSION.items()
}
_EXTENDED: Final = {code: char for char, code in EXTENSION.items()}


@dataclass(frozen=True, slots=True)
class Cut:
    """A text as it goes out: the alphabet and the text of each part."""

    alphabet: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of which message this is."""

    reference: int
    total: int
    number: int  # from 1


def alphabet_of(text: str) -> str:
    """The alphabet that a text needs."""
    return GSM7 if all(char in _CODES for char in text) else UCS2


def units(text: str, alphabet: str) -> int:
    """What a text costs: septets, or UTF-16 units."""
    return sum(_unit(char, alphabet) for char in text)


def cut(text: str) -> Cut:
    """The parts of a text.  Raises `ValueError` when it needs more than a message can have."""
    text = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    alphabet = alphabet_of(text)
    if units(text, alphabet) <= ALONE[alphabet]:
        return Cut(alphabet, (text,))
    room, used, begin = OF_MANY[alphabet], 0, 0
    parts = []
    for place, char in enumerate(text):
        cost = _unit(char, alphabet)
        if used + cost > room:
            parts.append(text[begin:place])
            used, begin = 0, place
        used += cost
    parts.append(text[begin:])
    if len(parts) > PARTS_MOST:
        raise ValueError(f"The text needs {len(parts)} parts; a message has {PARTS_MOST} at most.")
    return Cut(alphabet, tuple(parts))


def encode(text: str, alphabet: str) -> bytes:
    """The octets of a part: one septet an octet, or UTF-16, most significant first."""
    if alphabet == UCS2:
        return text.encode("utf-16-be", "replace")
    return b"".join(_CODES[char] for char in text)


def decode(data: bytes, alphabet: str) -> str:
    """The text of octets; what is not in the alphabet reads as a replacement character."""
    if alphabet == UCS2:
        return data.decode("utf-16-be", "replace")
    said, escaped = [], False
    for code in data:
        if escaped:
            # TS 23.038, 6.2.1.1: an unknown escape reads as the character of the basic table.
            said.append(_EXTENDED.get(code) or _basic(code))
            escaped = False
        elif code == ESCAPE:
            escaped = True
        else:
            said.append(_basic(code))
    return "".join(said)


def header(place: Place) -> bytes:
    """The user data header of one part (TS 23.040, 9.2.3.24.1)."""
    return bytes((5, 0, 3, place.reference & 0xFF, place.total, place.number))


def parted(data: bytes) -> tuple[Place | None, bytes]:
    """What a header says of its part, and the octets after it; a broken header is no header.

    Both the 8-bit reference (element 0) and the 16-bit one (element 8) are read.
    """
    if not data or data[0] + 1 > len(data):
        return None, data
    end, at, place = data[0] + 1, 1, None
    while at + 2 <= end:
        kind, size = data[at], data[at + 1]
        value = data[at + 2 : at + 2 + size]
        if at + 2 + size > end:
            return None, data
        if (kind, size) in {(0, 3), (8, 4)}:
            place = placed(int.from_bytes(value[:-2]), value[-2], value[-1]) or place
        at += 2 + size
    return place, data[end:]


def placed(reference: int, total: int, number: int) -> Place | None:
    """A place that can be: part 1 of 0, or part 5 of 3, is none."""
    return Place(reference, total, number) if 1 <= number <= total else None


def joined(parts: Sequence[str]) -> str:
    """The text of all parts, in order; halves of a character that others cut are put together."""
    return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unit(char: str, alphabet: str) -> int:
    if alphabet == GSM7:
        return len(_CODES[char])
    return 2 if char > "\uffff" else 1


def _basic(code: int) -> str:
    return BASIC[code] if code < len(BASIC) and code != ESCAPE else "\ufffd"
