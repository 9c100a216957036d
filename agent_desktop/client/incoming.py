"""What comes in from the network's thread: the events of both links, their state, the end of a sign-in."""

from __future__ import annotations

from agent_desktop.client.session import Session
from agent_desktop.links.connection import Connection
from agent_desktop.wire.events import AnyEvent
from agent_desktop.wire.phone import AnyPhoneEvent


class FromRouter:
    """An event of the router's link, on its way to the front end's thread."""

    __slots__ = ("event",)

    def __init__(self, event: AnyEvent) -> None:
        self.event = event


class FromPhone:
    """An event of the phone's link."""

    __slots__ = ("event",)

    def __init__(self, event: AnyPhoneEvent) -> None:
        self.event = event


class LinkReported:
    """The state of a link: `which` is router or phone."""

    __slots__ = ("connection", "which")

    def __init__(self, which: str, connection: Connection) -> None:
        self.which = which
        self.connection = connection


class SignInEnded:
    """Signing in worked, or why not."""

    __slots__ = ("code", "error", "session")

    def __init__(self, session: Session | None, error: str = "", code: str = "") -> None:
        self.session = session
        self.error = error
        self.code = code
