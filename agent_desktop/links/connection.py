"""A link as others see it: where it goes, and how it stands.  No socket is imported here.

Rule of the file: what names this computer is never asked for through a proxy (`is_loopback`), because
the token and the customer's words must not leave it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

LinkState = Literal["off", "connecting", "online", "lost", "ended"]


@dataclass(frozen=True, slots=True)
class Connection:
    """One link.  `detail` says in words why it is not online; `retry_s` is the wait before the next try."""

    state: LinkState = "off"
    detail: str = ""
    code: str = ""
    since_at: float = 0.0
    retry_s: float = 0.0


@dataclass(frozen=True, slots=True, repr=False)  # no repr: the token is a secret
class Target:
    """Where to connect and what to say first."""

    url: str
    token: str


def is_loopback(url: str) -> bool:
    """Whether a URL names this computer."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
