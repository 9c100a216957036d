"""The password in the computer's keyring, if there is one.

Where no keyring exists (a server without a session, a bare terminal) the password is not remembered, and
the sign-in screen says so; it is never written to a file.  Asking a keyring may block on the user's own
dialog, so that callers ask from the network thread's executor.
"""

from __future__ import annotations

import keyring
import keyring.backend
import keyring.errors

from agent_desktop.client.session import Keyring
from agent_desktop.i18n import _

SERVICE = "agent-desktop"


def examine(backend: keyring.backend.KeyringBackend | None = None) -> Keyring:
    """Look for a keyring that really keeps things."""
    try:
        chosen = keyring.get_keyring() if backend is None else backend
        keeps = float(chosen.priority) > 0
    except (keyring.errors.KeyringError, RuntimeError, OSError):
        keeps = False
    if not keeps:
        return Keyring(
            available=False,
            note=_(
                "This computer has no keyring, so the password is not remembered. Type it at each sign-in."
            ),
        )
    return Keyring(available=True, note=_("The password is kept in this computer's keyring."))


def recall(server: str, user: str) -> str:
    """The remembered password, or empty."""
    try:
        return keyring.get_password(SERVICE, _account(server, user)) or ""
    except (keyring.errors.KeyringError, RuntimeError, OSError):
        return ""


def remember(server: str, user: str, password: str) -> bool:
    """Keep the password; False when the keyring would not (locked, refused, absent)."""
    if not examine().available:
        return False
    try:
        keyring.set_password(SERVICE, _account(server, user), password)
    except (keyring.errors.KeyringError, RuntimeError, OSError):
        return False
    return True


def forget(server: str, user: str) -> None:
    """Remove the password, if it is there."""
    try:
        keyring.delete_password(SERVICE, _account(server, user))
    except (keyring.errors.KeyringError, RuntimeError, OSError):
        return


def _account(server: str, user: str) -> str:
    return f"{user} at {server}"
