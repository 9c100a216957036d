"""Keys for encrypted sound, carried in the session description (RFC 4568; suites of RFC 6188 and RFC 7714).

An `a=crypto` line holds the key itself.  Whoever can read the signalling can therefore hear the call:
where that matters, the signalling goes over TLS.  We send keys only where the policy says so, with TLS or
without.

Rules of the file: a line that asks for what we do not do (a key identifier, an unencrypted or
unauthenticated stream, a key that lives too short for a call) is refused as a whole, never half followed;
a key is never part of a `repr`, so that it reaches no log.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from agent_desktop.errors import SipError

KEY_BYTES: Final[Mapping[str, int]] = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
"""How long master key and salt are together."""
SUITES: Final = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
"""What is offered unless the centre says otherwise: what every peer of `references/voice.md` has."""
SHORTEST_LIFE: Final = 1 << 20
"""Packets: 5.8 hours of a call.  We give no second key within a call, so a shorter life is refused."""
_LONGEST_LIFE: Final = 1 << 48
MAX_LINES: Final = 16
_LINE = re.compile(r"([0-9]{1,9})[ \t]+([A-Za-z0-9_]{1,64})[ \t]+([^ \t]+)([ \t].*)?")
_INLINE = re.compile(r"inline:([A-Za-z0-9+/]{1,128}={0,2})((?:\|[^|;]*){0,2})", re.IGNORECASE)
_WINDOW = re.compile(r"WSH=[0-9]{2,4}")


class Srtp(Enum):
    """What a centre wants of encryption."""

    OFF = "off"  # no keys are sent; an offer that demands encryption is refused
    OPTIONAL = "optional"  # encrypted with whoever can, in the clear with the others
    MANDATORY = "mandatory"  # RTP/SAVP or no call


@dataclass(frozen=True, slots=True)
class Crypto:
    """One way to encrypt what the writer of the line sends."""

    tag: int
    suite: str
    key: bytes = field(repr=False)
    """Master key and salt."""

    def __str__(self) -> str:
        return f"{self.tag} {self.suite} inline:{base64.b64encode(self.key).decode()}"


def parse_crypto(text: str) -> Crypto:
    """Read the value of an a=crypto line; SipError 488 for one that cannot be followed."""
    match = _LINE.fullmatch(text.strip(" \t"))
    if not match:
        raise SipError("A key for encryption is not readable.", status=488)
    tag, suite, key, parameters = match.groups()
    if suite not in KEY_BYTES:
        raise SipError("A way of encryption is not known here.", status=488)
    for parameter in (parameters or "").split():
        _check_parameter(parameter)
    return Crypto(int(tag), suite, _key(key, KEY_BYTES[suite]))


def _check_parameter(parameter: str) -> None:
    """Section 6.3: what starts with a dash may be passed over, WSH and KDR=0 change nothing for us."""
    if parameter.startswith("-") or parameter == "KDR=0" or _WINDOW.fullmatch(parameter):
        return
    raise SipError("The encryption asks for something that is not done here.", status=488)


def _key(text: str, wanted: int) -> bytes:
    match = _INLINE.fullmatch(text)
    if not match:
        raise SipError("A key for encryption is not readable.", status=488)
    for part in match.group(2).split("|")[1:]:
        _check_life(part)
    encoded = match.group(1).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error as error:
        raise SipError("A key for encryption is not readable.", status=488) from error
    if len(key) != wanted:
        raise SipError("A key for encryption has the wrong length.", status=488)
    return key


def _check_life(part: str) -> None:
    """Section 6.1: `2^31` or a number of packets; `1:4` is a key identifier, which SRTP here cannot carry."""
    power, caret, exponent = part.partition("^")
    digits = exponent if caret and power == "2" else part
    if not re.fullmatch(r"[0-9]{1,15}", digits):
        raise SipError("The encryption asks for something that is not done here.", status=488)
    life = 1 << min(int(digits), 64) if caret else int(digits)
    if not SHORTEST_LIFE <= life <= _LONGEST_LIFE:
        raise SipError("A key for encryption lives too short for a call.", status=488)
