"""What is odd about who sent a mail, in words: each alone may be harmless, and the agent should know.

A display name that shows another address, two From lines, a Sender that is not the From, answers that go to
another domain, letters of another alphabet that look alike: what forgers use (RFC 5322, section 3.6.2;
Unicode TR 39).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from agent_desktop.server.channels.email import charsets, names
from agent_desktop.server.channels.email.parts import Fields

MAX_HEADER: Final = 8 * 1024
_SHOWN_ADDRESS: Final = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_TURNING: Final = frozenset(("RLO", "LRO", "RLE", "LRE", "RLI", "LRI"))
_ALPHABETS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


def of(fields: Fields, sender: str) -> tuple[str, ...]:
    """What is odd about a mail whose sender's real address is `sender`."""
    raw = fields.raw("from")[:MAX_HEADER]
    name = charsets.header(raw)
    found = [
        _from_lines(fields, raw, sender),
        _shown(name, sender),
        _turned(name),
        _sent_by(fields, sender),
        _answers(fields, sender),
        _alphabets(sender),
    ]
    return tuple(words for words in found if words)


def _from_lines(fields: Fields, raw: str, sender: str) -> str:
    if not sender:
        return "It names no sender."
    if fields.count("from") > 1:
        return f"It has {fields.count('from')} From lines; {sender} is only the first."
    if "," not in raw:
        return ""
    others = [one for one in _addresses(fields, "from") if one.casefold() != sender.casefold()]
    return f"It names several senders: {', '.join((sender, *others[:3]))}." if others else ""


def _shown(name: str, sender: str) -> str:
    """A display name that shows an address that is not the real one."""
    normal = name if name.isascii() else unicodedata.normalize("NFKC", name)
    shown = _SHOWN_ADDRESS.findall(normal.rpartition("<")[0])
    other = next((one for one in shown if one.casefold() != sender.casefold()), "")
    return f"Its sender's name shows {names.one_line(other)}, but it came from {sender}." if other else ""


def _turned(name: str) -> str:
    if name.isascii() or not any(unicodedata.bidirectional(sign) in _TURNING for sign in name):
        return ""
    return "Its sender's name holds signs that turn the writing round."


def _sent_by(fields: Fields, sender: str) -> str:
    if not fields.count("sender"):
        return ""
    by = next(iter(_addresses(fields, "sender")), "")
    return (
        f"It was sent by {by} in the name of {sender}." if by and by.casefold() != sender.casefold() else ""
    )


def _answers(fields: Fields, sender: str) -> str:
    if not fields.count("reply-to"):
        return ""
    to = next(iter(_addresses(fields, "reply-to")), "")
    if not to or not sender or _domain(to) == _domain(sender):
        return ""
    return f"Answers to it go to {to}, not to {sender}."


def _alphabets(sender: str) -> str:
    domain = sender.rpartition("@")[2]
    if domain.isascii() and "xn--" not in domain:
        return ""
    if "xn--" in domain:
        try:
            domain = domain.encode("ascii").decode("idna")
        except UnicodeError:
            return "The domain of its address cannot be read."
    for label in domain.split("."):
        used = {name for sign in label if (name := _alphabet(sign))}
        if len(used) > 1:
            return f"The domain of its address mixes alphabets ({', '.join(sorted(used))}): {sender}."
    return ""


def _alphabet(sign: str) -> str:
    first = unicodedata.name(sign, "").partition(" ")[0] if sign.isalpha() else ""
    return first.capitalize() if first in _ALPHABETS else ""


def _addresses(fields: Fields, name: str) -> list[str]:
    return [address for _, address in names.addresses(fields.raw(name)[:MAX_HEADER], charsets.header)]


def _domain(address: str) -> str:
    """The part of a domain that one registers, roughly: its last two labels."""
    return ".".join(address.casefold().rpartition("@")[2].split(".")[-2:])
