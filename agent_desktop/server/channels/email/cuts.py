"""Bodies taken out of a mail before it is parsed, and put back where they are asked for.

The standard parser reads line by line, and some of its patterns run over a whole part at once without
giving other threads a turn: 0.2 s for a file of 20 MB.  A long base64 body is therefore replaced by one
line with a word that nobody can guess.  Whatever that body was, `restored` gives its bytes back.

Of a mail of common size all bodies without structure of their own are taken out: reading them line by line
takes the parser longer than reading the headers.  What is taken out holds no line that begins like a
boundary, and follows a header block (or what looks like one); a mail with mails inside stays whole.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Final

LONG = 256 * 1024
MAX_TRIES = 1_000
SEARCHED = 128 * 1024
_HEAD = 4 * 1024  # from the word "base64" to the end of its header block
_SHORT: Final = 256  # bodies below are not worth it
_STRUCTURE: Final = (b"message/", b"rfc822", b"/digest")  # mails inside the mail


@dataclass(slots=True)
class Cuts:
    """A mail and the passages taken out of it."""

    raw: bytes
    word: bytes = field(default_factory=lambda: f"cut{secrets.token_hex(12)}x".encode("ascii"))
    passages: list[tuple[int, int]] = field(default_factory=list)

    def short(self) -> bytes:
        """The mail with a line in the place of each long base64 body, or of each body of a small mail."""
        if len(self.raw) <= LONG:
            return self._heads()
        raw, pieces = self.raw, []
        kept = place = 0
        for _ in range(MAX_TRIES):
            begin = _body(raw, raw.find(b"base64", place))
            if begin < 0:
                break
            place = begin
            if len(raw) - begin < LONG or raw.find(b"\n--", begin, begin + LONG) >= 0:
                continue
            end = _next_boundary(raw, begin)
            place = len(raw) if end < 0 else end
            pieces += [raw[kept:begin], self._name(len(self.passages))]
            self.passages.append((begin, place))
            kept = place
        return b"".join((*pieces, raw[kept:])) if pieces else raw

    def restored(self, data: bytes) -> bytes:
        """Bytes of a part with what was taken out of it."""
        if not self.passages or self.word not in data:
            return data
        for number, (begin, end) in enumerate(self.passages):
            name = self._name(number)
            if data == name:
                return self.raw[begin:end]
        return re.sub(self.word + rb"(\d{1,4})x", self._passage, data)

    def whole(self, written: str) -> memoryview | None:
        """What was taken out where a part's text is nothing else; without a copy of it."""
        data = written.encode("ascii", "replace") if self.passages and len(written) < _SHORT else b""
        for number, (begin, end) in enumerate(self.passages if data.startswith(self.word) else ()):
            if data.strip() == self._name(number):
                return memoryview(self.raw)[begin:end]
        return None

    def in_text(self, written: str) -> bool:
        """Whether something was taken out of a part's text."""
        return bool(self.passages) and self.word.decode("ascii") in written

    def _passage(self, found: re.Match[bytes]) -> bytes:
        begin, end = self.passages[int(found[1])]
        return self.raw[begin:end]

    def _heads(self) -> bytes:
        """A mail of common size with a line in the place of each body.

        Whatever stands between an empty line and the next line that begins with "--" is no header field where
        no mail is inside another; a line that only looks like a boundary does no harm.
        """
        raw = self.raw
        lower = raw.lower()
        if raw.count(b"\r") != raw.count(b"\r\n") or any(word in lower for word in _STRUCTURE):
            return raw  # the parser takes a lone CR for a line end
        begin = _behind_head(raw, 0)
        whole = b"multipart/" not in lower[:begin]
        pieces, kept = [], 0
        for _ in range(MAX_TRIES):
            if begin < 0:
                break
            stop = -1 if whole else raw.find(b"\n--", begin - 1)
            end = len(raw) - raw.endswith(b"\n") if stop < 0 else stop  # the last line end is not the part's
            end -= raw[end - 1 : end] == b"\r"
            if end - begin >= _SHORT:
                pieces += [raw[kept:begin], self._name(len(self.passages))]
                self.passages.append((begin, end))
                kept = end
            begin = -1 if stop < 0 else _behind_head(raw, stop + 1)
        return b"".join((*pieces, raw[kept:])) if pieces else raw

    def _name(self, number: int) -> bytes:
        return self.word + f"{number}x".encode("ascii")


def _behind_head(raw: bytes, place: int) -> int:
    """Where the next empty line ends; -1 when there is none."""
    crlf = raw.find(b"\n\r\n", place)
    bare = raw.find(b"\n\n", place, len(raw) if crlf < 0 else crlf + 1)
    if bare >= 0:
        return bare + 2
    return crlf + 3 if crlf >= 0 else -1


def _next_boundary(raw: bytes, place: int) -> int:
    """Where the next line that may be a boundary begins; -1 when there is none.

    Piece by piece: one search of 20 MB would keep the turn from other threads for a long moment.
    """
    while place < len(raw):
        found = raw.find(b"\n--", place, place + SEARCHED)
        if found >= 0:
            return found
        place += SEARCHED - 2
        time.sleep(0)  # others' turn
    return -1


def _body(raw: bytes, place: int) -> int:
    """Where the body begins whose header fields `place` stands in; -1 when there is no such place."""
    if place < 0:
        return -1
    ends = [
        found + len(mark)
        for mark in (b"\n\r\n", b"\n\n")
        if (found := raw.find(mark, place, place + _HEAD)) >= 0
    ]
    return min(ends, default=place + 1)
