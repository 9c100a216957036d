"""A session without its network: who is signed in, what may go wrong, an address made whole, a keyring.

What the front end's thread knows of signing in; `signin.py` and `keys.py` do it, on the network's thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.links.connection import is_loopback


class SignInError(RefusedError):
    """Signing in did not work; `code` is wrong_password, too_many, unreachable, bad_address or failed."""


@dataclass(frozen=True, slots=True)
class Session:
    """Signed in: what the first frame of the websocket needs."""

    server: str
    user: str
    token: str
    agent: str
    expires_at: float

    @property
    def websocket(self) -> str:
        """The address of the agent's link."""
        parts = urlsplit(self.server)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return urlunsplit((scheme, parts.netloc, f"{parts.path.rstrip('/')}/ws/agent", "", ""))


def tidy_server(text: str) -> str:
    """The address as typed, made whole: a missing scheme is https, or http for this computer.

    Raises `SignInError` for what is no address.
    """
    typed = text.strip()
    if "://" not in typed:
        typed = f"{'http' if is_loopback(f'http://{typed}') else 'https'}://{typed}"
    parts = urlsplit(typed)
    try:
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        raise SignInError(
            _("“{text}” is not the address of a server. Example: https://desk.example.com", text=text),
            code="bad_address",
        )
    return typed.rstrip("/")


@dataclass(frozen=True, slots=True)
class Keyring:
    """Whether passwords can be remembered here, and the sentence that says where, or why not."""

    available: bool
    note: str
