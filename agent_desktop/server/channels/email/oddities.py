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
_ALPHABETS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


def of(fields: Fields, sender: str) -> tuple[str, ...]:
    """What is odd about a mail whose sender's real address is `sender`."""
    found = [
        _from_lines(fields, sender),
        _shown(fields, sender),
        _turned(fields),
        _sent_by(fields, sender),
        _answers(fields, sender),
        _alphabets(sender),
    ]
    return tuple(words for words in found if words)


def _from_lines(fields: Fields, sender: str) -> str:
    if not sender:
        return "It names no sender."
    if fields.count("from") > 1:
        return f"It has {fields.count('from')} From lines; {sender} is only the first."
    others = [one for one in _addresses(fields, "from") if one.casefold() != sender.casefold()]
    return f"It names several senders: {', '.join((sender, *others[:3]))}." if others else ""


def _shown(fields: Fields, sender: str) -> str:
    """A display name that shows an address that is not the real one."""
    name = unicodedata.normalize("NFKC", charsets.header(fields.raw("from")[:MAX_HEADER])).rpartition("<")[0]
    shown = [one for one in _SHOWN_ADDRESS.findall(name) if one.casefold() != sender.casefold()]
    return f"Its sender's name shows {names.one_line(shown[0])}, but it came from {sender}." if shown else ""


def _turned(fields: Fields) -> str:
    name = charsets.header(fields.raw("from")[:MAX_HEADER])
    turned = any(
        unicodedata.bidirectional(sign) in {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI"} for sign in name
    )
    return "Its sender's name holds signs that turn the writing round." if turned else ""


def _sent_by(fields: Fields, sender: str) -> str:
    by = next(iter(_addresses(fields, "sender")), "")
    return (
        f"It was sent by {by} in the name of {sender}." if by and by.casefold() != sender.casefold() else ""
    )


def _answers(fields: Fields, sender: str) -> str:
    to = next(iter(_addresses(fields, "reply-to")), "")
    if not to or not sender or _domain(to) == _domain(sender):
        return ""
    return f"Answers to it go to {to}, not to {sender}."


def _alphabets(sender: str) -> str:
    domain = sender.rpartition("@")[2]
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
