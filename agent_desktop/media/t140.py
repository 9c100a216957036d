r"""The rules of text that is read while it is typed (ITU-T T.140), in both directions.

Received text becomes plain text with four signs of its own: `\n` new line, `\b` erase what came last,
`\a` the bell, U+FFFD text was lost here.  Everything else that steers a terminal is taken out: the byte
order mark wherever it stands (liblinphone repeats it three times a second), colours (SGR), application
strings, C0 and C1.  Letters of every script, marks that turn the writing direction, private characters:
untouched.

Rules: state goes on from packet to packet (CR | LF is one new line wherever it is cut); what is erased is
one sign as people see it: a letter with its accents, a flag, a family, a Korean syllable (UAX 29), a new
line; half a surrogate pair never leaves.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from agent_desktop.domain.graphemes import last_cluster

MISSING: Final = "\ufffd"
BYTE_ORDER_MARK: Final = "\ufeff"
LINE_SEPARATOR: Final = "\u2028"
ERASE: Final = "\b"
BELL: Final = "\a"

_NEW_LINES: Final = frozenset("\n\r\v\f\x85\u2028\u2029")
_ESCAPE: Final = "\x1b"
_CONTROL_SEQUENCE: Final = "\x9b"
_STRING_STARTS: Final = frozenset("\x90\x98\x9d\x9e\x9f")
_ESCAPED_STRING_STARTS: Final = frozenset("PX]^_")
_STEERS: Final = _STRING_STARTS | {_ESCAPE, _CONTROL_SEQUENCE}
_STRING_END: Final = "\x9c"
_LONGEST_STRING: Final = 255  # T.140 8.4: a control string that goes on for longer is none


class Cleaner:
    """Reads one side's text; call `feed` with what arrived, in order."""

    __slots__ = ("_after_return", "_inside", "_length")

    def __init__(self) -> None:
        self._after_return = False
        self._inside = ""
        """What we are in the middle of: "", an escape, a control sequence or a string."""
        self._length = 0

    def feed(self, text: str) -> str:
        """The text with its four signs, ready to be shown."""
        return "".join(map(self._sign, text))

    def _sign(self, sign: str) -> str:
        if self._inside:
            return self._steer(sign)
        follows_return, self._after_return = self._after_return, sign == "\r"
        if sign in _NEW_LINES:
            return "" if sign == "\n" and follows_return else "\n"
        if sign in {ERASE, BELL}:
            return sign
        if sign == "\t":
            return " "
        if sign == BYTE_ORDER_MARK:
            self._after_return = follows_return
            return ""
        if sign in _STEERS:
            self._inside, self._length = ("\x98" if sign in _STRING_STARTS else sign), 0
            return ""
        if unicodedata.category(sign) == "Cc":
            return ""
        return MISSING if "\ud800" <= sign <= "\udfff" else sign

    def _steer(self, sign: str) -> str:
        """Inside a sequence nothing is text; one that never ends is given up, so that it hides no text."""
        before, self._length = self._inside, self._length + 1
        if before == _ESCAPE:
            if sign == "[":
                self._inside = _CONTROL_SEQUENCE
            elif sign in _ESCAPED_STRING_STARTS:
                self._inside = "\x98"
            else:
                self._inside = ""
                return "" if " " <= sign <= "~" else self._sign(sign)
        elif before == _CONTROL_SEQUENCE:
            if not " " <= sign <= "?":
                self._inside = ""
                return "" if "@" <= sign <= "~" else self._sign(sign)
        elif sign == _STRING_END or sign in _NEW_LINES:
            self._inside = ""
            return "" if sign == _STRING_END else self._sign(sign)
        elif sign == _ESCAPE:
            self._inside = _ESCAPE  # ESC \ ends a string as well
        if self._length > _LONGEST_STRING:
            self._inside = ""
        return ""


def wire_form(text: str, cleaner: Cleaner) -> str:
    r"""Typed text as it is sent: a new line is U+2028; only `\b` and `\a` steer; surrogates are joined."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return cleaner.feed(joined).replace("\n", LINE_SEPARATOR)


def applied(text: str) -> str:
    """A text with its erasing done, and without bells: how it stands on the screen in the end."""
    stands = ""
    for sign in text:
        if sign == ERASE:
            stands = stands[: len(stands) - len(last_cluster(stands))]
        elif sign != BELL:
            stands += sign
    return stands
