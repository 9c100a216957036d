"""What people see as one sign: a letter with its accents, a flag, a family, a Korean syllable (UAX 29).

Rules: Indian conjuncts (GB9c) stay two signs, erased one by one; a sign without end is cut.
"""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST_CLUSTER: Final = 64
"""Code points of one sign; UAX 15 calls 30 marks on a letter the most that is ever meant."""
_JOINER: Final = "\u200d"
_LOOK_BACK: Final = 2 * LONGEST_CLUSTER


def clusters(text: str) -> list[str]:
    """The signs of a text, one by one."""
    found: list[str] = []
    start = 0
    for at in range(1, len(text)):
        if at - start >= LONGEST_CLUSTER or not _holds_together(text, at):
            found.append(text[start:at])
            start = at
    if text:
        found.append(text[start:])
    return found


def last_cluster(text: str) -> str:
    """The sign at the end of a text, which is what the next erase takes away; "" of nothing."""
    at = len(text) - 1
    while at > 0 and len(text) - at < LONGEST_CLUSTER and _holds_together(text, at):
        at -= 1
    return text[max(0, at) :]


def _extends(sign: str) -> bool:
    """It changes the sign before it (GB9, GB9a), as an accent or the colour of a skin does."""
    if sign < "\u0300":
        return False
    return (
        unicodedata.category(sign) in {"Mn", "Me", "Mc"}
        or sign in "\u200c\u200d\uff9e\uff9f"
        or "\U0001f3fb" <= sign <= "\U0001f3ff"
        or "\U000e0020" <= sign <= "\U000e007f"
    )


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Zl", "Zp"} or sign == "\ufeff"


def _is_picture(sign: str) -> bool:
    return "\U0001f000" <= sign <= "\U0001faff" or unicodedata.category(sign) == "So"


def _syllable(sign: str) -> str:
    """The kind of a Korean letter or syllable: L, V, T, LV (open), LVT (closed), or ""."""
    code = ord(sign)
    if 0x1100 <= code <= 0x115F or 0xA960 <= code <= 0xA97C:
        return "L"
    if 0x1160 <= code <= 0x11A7 or 0xD7B0 <= code <= 0xD7C6:
        return "V"
    if 0x11A8 <= code <= 0x11FF or 0xD7CB <= code <= 0xD7FB:
        return "T"
    if 0xAC00 <= code <= 0xD7A3:
        return "LV" if (code - 0xAC00) % 28 == 0 else "LVT"
    return ""


_SYLLABLES: Final = {
    "L": frozenset({"L", "V", "LV", "LVT"}),
    "V": frozenset({"V", "T"}),
    "LV": frozenset({"V", "T"}),
    "T": frozenset({"T"}),
    "LVT": frozenset({"T"}),
}


def _is_flag_half(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _holds_together(text: str, at: int) -> bool:
    """Whether no sign ends between `at - 1` and `at`."""
    before, sign = text[at - 1], text[at]
    if sign < "\u0300" and before < "\u0300":
        return before == "\r" and sign == "\n"
    if _is_control(before) or _is_control(sign):
        return False
    if _extends(sign):
        return True
    if before == _JOINER and _is_picture(sign):
        return _joins_a_picture(text, at - 2)
    if _is_flag_half(sign) and _is_flag_half(before):
        return _flag_halves_before(text, at) % 2 == 1
    return _syllable(sign) in _SYLLABLES.get(_syllable(before), frozenset())


def _joins_a_picture(text: str, at: int) -> bool:
    """GB11: the joiner after a picture and its colours."""
    floor = max(0, at - _LOOK_BACK)
    while at > floor and _extends(text[at]):
        at -= 1
    return at >= 0 and _is_picture(text[at])


def _flag_halves_before(text: str, at: int) -> int:
    start = at
    floor = max(0, at - _LOOK_BACK)
    while start > floor and _is_flag_half(text[start - 1]):
        start -= 1
    return at - start
