"""Naming a call from outside it: the Replaces header field and its place in a Refer-To (RFC 3891, RFC 3515).

The names are those of the side that gets the INVITE: `to_tag` is its own tag, `from_tag` its peer's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from agent_desktop.errors import SipError
from agent_desktop.sip.uri import NameAddr, Uri, clean, parse_name_addr, parse_parameters


@dataclass(frozen=True, slots=True)
class Replaces:
    """The call that a new one takes the place of; with `early_only` only while it is not answered."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    def __str__(self) -> str:
        text = f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}"
        return text + (";early-only" if self.early_only else "")


def parse_replaces(text: str) -> Replaces:
    """Read a Replaces value; SipError 400 when it names no call."""
    call_id, semicolon, rest = text.partition(";")
    pairs = dict(parse_parameters(semicolon + rest))
    to_tag, from_tag = pairs.get("to-tag") or "", pairs.get("from-tag") or ""
    if not call_id.strip() or not to_tag or not from_tag:
        raise SipError("The Replaces header names no call.")
    return Replaces(call_id.strip(), to_tag, from_tag, "early-only" in pairs)


def refer_to(target: Uri, replaces: Replaces | None) -> str:
    """The Refer-To value; the Replaces goes into the address, escaped."""
    headers = f"Replaces={quote(str(replaces), safe='')}" if replaces else ""
    return str(NameAddr(replace(target, headers=headers)))


def read_refer_to(text: str) -> tuple[Uri, Replaces | None]:
    """Where a REFER wants us to call, and in whose place; SipError 400 when that cannot be read.

    Only Replaces is taken from the address: other header fields in it are the peer's wish to put words
    into our mouth.
    """
    uri = parse_name_addr(text).uri
    found: Replaces | None = None
    for pair in uri.headers.split("&"):
        name, _, value = pair.partition("=")
        if name.strip().lower() == "replaces":
            found = parse_replaces(clean(unquote(value)))
    return replace(uri, headers=""), found
