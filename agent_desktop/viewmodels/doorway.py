"""The sign-in before there is a client behind it.

Opening the client takes longer than painting the sign-in, so the window is shown over this and the client
is opened meanwhile (`qt/app.py`).  It shows the form from the settings alone; who signs in this early is
asked for nothing twice: it is remembered, shown as under way, and handed to the client by `pass_on`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent_desktop.i18n import _
from agent_desktop.viewmodels.signing import Entry, signin_view
from agent_desktop.viewmodels.surface import Refresh
from agent_desktop.viewmodels.window import DesktopView

if TYPE_CHECKING:
    from agent_desktop.viewmodels.signin import SignInView
    from agent_desktop.viewmodels.surface import Surface


@dataclass(frozen=True, slots=True, repr=False)  # no repr: it holds a password
class Asked:
    """What was typed."""

    server: str
    user: str
    password: str
    remember: bool | None


class Doorway:
    """The part of a `Surface` that somebody who is not signed in can use."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._asked: Asked | None = None
        self._listeners: list[Callable[[Refresh], None]] = []

    def subscribe(self, listener: Callable[[Refresh], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def view(self) -> DesktopView:
        return DesktopView(_("Sign in"), self.signin(), None)

    def signin(self) -> SignInView:
        return signin_view(self._entry, busy=self._asked is not None, error="")

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        """Keep it for the client."""
        self._asked = Asked(server, user, password, remember)
        self._entry = replace(self._entry, server=server, user=user, remember=bool(remember))
        for listener in tuple(self._listeners):
            listener(Refresh(frozenset({"signin"})))

    def pass_on(self, surface: Surface) -> None:
        """Let the client do what was asked here."""
        asked, self._asked = self._asked, None
        if asked is not None:
            surface.sign_in(
                server=asked.server, user=asked.user, password=asked.password, remember=asked.remember
            )
