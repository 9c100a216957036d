"""Numbers as people write them and as they may be dialled; `tel:` (RFC 3966) and `sip:` links."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _

SCHEMES = ("tel:", "sip:", "sips:", "callto:")


def dialled(text: str) -> str:
    """A number as it may be dialled: digits of any script, + * # and letters of a SIP name.

    Raises `RefusedError` for what is none.
    """
    plain = "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text.strip())
    plain = _unlinked(plain)
    if re.fullmatch(r"[+\d*#(][\d*#().\s/-]*", plain):
        plain = re.sub(r"[().\s/-]", "", plain)
    if not re.fullmatch(r"\+?[\w*#.@:-]{1,128}", plain, re.ASCII):
        raise RefusedError(_("“{text}” is not a number that can be called.", text=text), code="bad_number")
    return plain


def is_link(text: str) -> bool:
    """Whether a word of a command line is a link to a number."""
    return text.casefold().startswith(SCHEMES)


def is_number(text: str) -> bool:
    """Whether a word is a telephone number, not a name."""
    return re.fullmatch(r"[+\d*#(][\d*#().\s/-]*", _unlinked(text.strip()), re.ASCII) is not None


def _unlinked(text: str) -> str:
    """What a link dials: without its scheme, its parameters and, for a number, the host."""
    scheme, colon, rest = text.partition(":")
    if not colon or f"{scheme.casefold()}:" not in SCHEMES:
        return text
    bare = unquote(rest).removeprefix("//").partition(";")[0].partition("?")[0]
    user, at, _host = bare.partition("@")
    return user if at and re.fullmatch(r"[+\d*#().\s-]+", user) else bare
