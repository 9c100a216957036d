"""Whether a mail is signed or encrypted, in words for the agent: S/MIME (RFC 8551), OpenPGP (RFC 3156).

Nothing is checked and nothing is opened: this program has no keys, and a signature that was not checked
proves nothing.  The words say just that.
"""

from __future__ import annotations

from email.message import Message
from typing import Final

from agent_desktop.server.channels.email.parts import Opened

MAX_DEPTH: Final = 3  # a mailing list wraps a signed mail once; deeper, and it is another mail's
MAX_PARTS: Final = 50
SEARCHED: Final = 4_096
_SIGNED, _ENCRYPTED = (
    "Signed ({by}); the signature was not checked.",
    "Encrypted ({by}); it cannot be read here.",
)
_OPAQUE: Final = "Signed (S/MIME), with its text inside a file; the signature was not checked."
_KINDS: Final = frozenset(
    (
        *("multipart/signed", "multipart/encrypted"),
        *("application/pkcs7-mime", "application/x-pkcs7-mime"),
    )
)
_ARMOUR: Final = (
    ("-----BEGIN PGP MESSAGE-----", _ENCRYPTED),
    ("-----BEGIN PGP SIGNED MESSAGE-----", _SIGNED),
)


def status(mail: Opened) -> str:
    """The status of a mail in words; empty for a plain one."""
    for part in _parts(mail.message, 0) if mail.kinds & _KINDS else ():
        if words := _of(part):
            return words
    head = mail.text[:SEARCHED]
    return next((words.format(by="PGP") for mark, words in _ARMOUR if mark in head), "")


def _of(part: Message) -> str:
    match part.get_content_type():
        case "multipart/signed":
            return _SIGNED.format(by=_by(part))
        case "multipart/encrypted":
            return _ENCRYPTED.format(by=_by(part))
        case "application/pkcs7-mime" | "application/x-pkcs7-mime":
            kind = str(part.get_param("smime-type", "") or "").lower()
            return _OPAQUE if kind == "signed-data" else _ENCRYPTED.format(by="S/MIME")
        case _:
            return ""


def _by(part: Message) -> str:
    protocol = str(part.get_param("protocol", "") or "").lower()
    return "PGP" if "pgp" in protocol and "pkcs7" not in protocol else "S/MIME"


def _parts(message: Message | None, depth: int) -> list[Message]:
    if message is None or depth > MAX_DEPTH:
        return []
    found = [message]
    payload = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(payload, list):
        for child in payload[:MAX_PARTS]:
            if isinstance(child, Message):
                found += _parts(child, depth + 1)
    return found
