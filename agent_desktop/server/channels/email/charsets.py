"""Bytes into text, whatever their label says; RFC 2047 and RFC 2045, section 6.

A label may be wrong, unknown, or name a codec that is no writing at all.  The order is: the label, UTF-8,
what most unlabelled mail is (Windows-1252).  Nothing here raises on any bytes.
"""

from __future__ import annotations

import binascii
import codecs
import re
import time
from email.header import decode_header
from functools import lru_cache

MAX_LABEL = 60
CHUNK = 1 << 17  # what one call of a C function is given, so that other threads get their turn
_NO_WRITING = frozenset(
    ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "utf-7")
)
_WIDER = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# One encoded word of quoted-printable with nothing odd before or behind it: what most mails have.
_ONE_WORD = re.compile(
    r"([ -<>@-~]*)=\?([A-Za-z0-9._:-]{1,40})\?[qQ]\?((?:[!-<>@-~]|=[0-9A-Fa-f]{2})*+)\?=([ -<>@-~]*)"
)
_FOLD = re.compile(r"\r?\n[ \t]*")
_NOT_BASE64 = bytes(
    sorted(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
)


def text(data: bytes, label: str = "") -> str:
    """Decode bytes; never fails."""
    codec = _codec(label) if len(label) <= MAX_LABEL else ""
    for name in dict.fromkeys((codec, "utf-8")) if codec != "cp1252" else ("utf-8",):
        if name:
            try:
                return data.decode(name).removeprefix("\ufeff")
            except (UnicodeError, ValueError, LookupError):
                continue
    return data.decode(codec or "cp1252", "replace")


def header(value: str) -> str:
    """A header's value with its encoded words read (RFC 2047), raw 8-bit bytes as UTF-8 or Windows-1252."""
    value = unfolded(value)
    if "=?" not in value:
        return value
    simple = _ONE_WORD.fullmatch(value)
    if simple is not None:
        before, label, word, after = simple.groups()
        return f"{before.lstrip()}{text(binascii.a2b_qp(word, header=True), label.lower())}{after}"
    try:
        pieces = decode_header(value)
    except Exception:  # noqa: BLE001 - binascii, header and codec errors alike: the words stay as they are
        return value
    return "".join(
        piece if isinstance(piece, str) else text(piece, label or "utf-8") for piece, label in pieces
    )


def unfolded(value: str) -> str:
    """A header's value on one line, without escaped bytes."""
    value = unescaped(value)
    return _FOLD.sub(" ", value) if "\n" in value else value


def unescaped(value: str) -> str:
    """Text without the escaped bytes that the mail parser leaves in it."""
    if value.isascii():
        return value
    return text(raw(value), "utf-8")


def raw(value: str) -> bytes:
    """The bytes that the mail parser made a string of."""
    try:
        return value.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def base64(data: bytes | memoryview) -> bytes:
    """RFC 2045, section 6.8: signs outside the alphabet are skipped, a lost end is dropped."""
    done: list[bytes] = []
    rest = b""
    for place in range(0, len(data), CHUNK):
        signs = rest + bytes(data[place : place + CHUNK]).translate(None, _NOT_BASE64)
        whole = len(signs) - len(signs) % 4
        done.append(binascii.a2b_base64(signs[:whole]))
        rest = signs[whole:]
        if place:
            time.sleep(0)  # a thread that waits for its turn asks for it only every 5 ms
    if len(rest) > 1:
        done.append(binascii.a2b_base64(rest + b"=" * (4 - len(rest))))
    return b"".join(done)


@lru_cache(maxsize=256)
def _codec(label: str) -> str:
    """The codec of a label, or "" when it names no writing."""
    label = label.strip("\"' \t\r\n").lower()
    if not label or len(label) > 40 or not label.isascii():
        return ""
    try:
        found = codecs.lookup(label)
    except (LookupError, ValueError):
        return ""
    name = found.name
    # Base64, zlib and their like are codecs of Python too.
    is_text = getattr(found, "_is_text_encoding", False)
    return _WIDER.get(name, name) if is_text and name.replace("_", "-") not in _NO_WRITING else ""
