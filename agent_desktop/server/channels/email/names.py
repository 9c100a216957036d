"""Names that came with a mail, made safe to show and to save: people's and files'.

A display name may pretend to be an address, a file name may pretend to be a path, and both may turn the
writing round (U+202E).  What is shown is the real address; what is saved is a plain file name.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Callable, Collection
from email.utils import getaddresses

MAX_NAME = 200
MAX_FILE_BYTES = 120
_JOINERS = "\u200c\u200d"  # Persian and Indian names and many emoji need them
MAX_ADDRESS = 320  # RFC 5321: 64 + 1 + 255

_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f]{1,64}@[^\s@<>()\[\]\\,;:\"\x00-\x1f]{1,255}")
# One person without quotes and comments, as most mails have it; the library takes long over everything else.
_SIMPLE = re.compile(
    r"\s*+(?:([^\"<>@,;:()\\\[\]]*+)<([^\s\"<>@,;:()\\\[\]]++@[^\s\"<>@,;:()\\\[\]]++)>|([^\s\"<>@,;:()\\\[\]]++@[^\s\"<>@,;:()\\\[\]]++))\s*+"
)
_QUOTED_ADDRESS = re.compile(r"\"[^\"\\\r\n]{1,62}\"@[A-Za-z0-9.-]{1,255}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


def plain(text: str) -> str:
    """Text that any store can keep: no NUL, no half of a surrogate pair, line ends as LF."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text.replace("\x00", "")
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def one_line(text: str, limit: int = MAX_NAME) -> str:
    """Text on one line, without controls and without signs that turn the writing round."""
    kept = text[: limit * 4]
    if not kept.isprintable():  # no control, no format, no white space but blanks
        kept = "".join(" " if sign.isspace() else sign for sign in kept if not _control(sign))
    return plain(" ".join(kept.split()))[:limit]


def addresses(value: str, decoded: Callable[[str], str]) -> list[tuple[str, str]]:
    """The (name, address) pairs of an address header; only what is an address in full.

    `decoded` reads the encoded words of a name (RFC 2047), after the header was cut at its commas.
    """
    simple = _SIMPLE.fullmatch(value)
    if simple is not None:
        found = [(simple[1].strip(), simple[2])] if simple[2] else [("", simple[3])]
    else:
        found = getaddresses([value])
    return [(person(decoded(name), address), address) for name, raw in found if (address := address_of(raw))]


def address_of(text: str) -> str:
    """An address with its domain in lower case, or "" when it is none."""
    text = plain(text).strip().strip("<>").strip()
    if len(text) > MAX_ADDRESS or not (_ADDRESS.fullmatch(text) or _QUOTED_ADDRESS.fullmatch(text)):
        return ""
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def first_address(text: str) -> str:
    """The first thing in a broken header that is an address, or ""."""
    found = _ADDRESS.search(text[:8192])
    return address_of(found[0]) if found else ""


def person(name: str, address: str) -> str:
    """A display name, or "" when it shows another address than the real one, or only the real one."""
    said = one_line(name).strip("'\" ")
    return "" if "@" in unicodedata.normalize("NFKC", said) or said == address else said


def media_type(text: str) -> str:
    """A media type in lower case; what is none is bytes."""
    text = text.strip().lower()
    return text if _MEDIA_TYPE.fullmatch(text) else "application/octet-stream"


def file_name(given: str, kind: str, number: int, taken: Collection[str] = ()) -> str:
    """A safe name for the attachment `number` of a mail, different from those in `taken`."""
    name = one_line(given, 1_000).replace("\\", "/").rpartition("/")[2]
    name = re.sub(r'[<>:"|?*/]', "_", name).strip(" .")
    if not name:
        name = f"attachment-{number}{mimetypes.guess_extension(kind) or '.bin'}"
    if _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = name, "", ""
    stem = _cut(stem, MAX_FILE_BYTES).rstrip(" .") or "attachment"
    unique = f"{stem}{dot}{ending}"
    copy = 2
    lower = {one.casefold() for one in taken}
    while unique.casefold() in lower:
        unique = f"{stem} ({copy}){dot}{ending}"
        copy += 1
    return unique


def _cut(text: str, limit_bytes: int) -> str:
    return text.encode("utf-8", "replace")[:limit_bytes].decode("utf-8", "ignore")


def _control(sign: str) -> bool:
    """Controls, formats (bidirectional marks) and private signs; white space and joiners are kept."""
    kept = sign.isspace() or sign in _JOINERS
    return not kept and unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs"}
