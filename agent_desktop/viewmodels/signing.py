"""What the sign-in screen says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent_desktop import __version__
from agent_desktop.i18n import _
from agent_desktop.viewmodels.parts import Button, Tone
from agent_desktop.viewmodels.signin import SignInView

if TYPE_CHECKING:
    from agent_desktop.client.session import Keyring


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known before signing in: settings, the keyring."""

    server: str = ""
    user: str = ""
    remember: bool = False
    ring: Keyring | None = None  # None: not examined yet
    known: bool = False


@dataclass(frozen=True, slots=True)
class KeyringExamined:
    """The keyring was looked at; comes in like any event."""

    ring: Keyring
    known: bool


def signin_view(entry: Entry, *, busy: bool, error: str) -> SignInView:
    """The form of this moment."""
    host = entry.server.partition("://")[2] or entry.server
    available = entry.ring is not None and entry.ring.available
    return SignInView(
        title=_("Sign in"),
        centre_line=_("{host} · version {version}", host=host.rstrip("/"), version=__version__),
        server=entry.server,
        user=entry.user,
        remember=available and (entry.remember or entry.known),
        can_remember=available,
        remember_note=entry.ring.note
        if entry.ring is not None
        else _("Looking for this computer's keyring."),
        password_known=entry.known,
        busy=busy,
        error=error,
        sign_in=Button(
            "session.begin",
            _("Signing in…") if busy else _("Sign in"),
            shortcut="Return",
            reason=_("Signing in.") if busy else "",
            tone=Tone.ACCENT,
            sending=busy,
        ),
    )
