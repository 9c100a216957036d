"""The router's link as the switch sees it: who is attached, and what a command is answered with.

A router gets a snapshot, or the gap when it was only cut off, and then every event.  Nothing that it
sends, and not its leaving, touches a call that is up.  A command that fails is answered with what
happened, in words; it never takes the switch down.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.links.server import LinkServer
from agent_desktop.wire.codec import SWITCH_LINK
from agent_desktop.wire.events import Unknown
from agent_desktop.wire.switch import AnySwitchCommand, AnySwitchEvent, SwitchReply, SwitchSnapshot

log = logging.getLogger(__name__)


class RouterLink:
    """Serves the link on the running event loop."""

    def __init__(
        self,
        *,
        do: Callable[[AnySwitchCommand], None],
        snapshot: Callable[[], SwitchSnapshot],
        monotonic: Callable[[], float],
    ) -> None:
        """`do` carries out a command or raises an AgentDesktopError."""
        self._do = do
        self._monotonic = monotonic
        self._server: LinkServer[AnySwitchCommand, AnySwitchEvent] = LinkServer(
            SWITCH_LINK, snapshot=snapshot, handle=self._handle, clients_changed=self._changed
        )
        self.alone_since: float | None = monotonic()
        """Since when no router is attached; None while one is."""

    @property
    def attached(self) -> bool:
        return self.alone_since is None

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def token(self) -> str:
        return self._server.token

    async def start(self, port: int) -> None:
        await self._server.start(port)

    async def stop(self) -> None:
        await self._server.stop()

    def emit(self, event: AnySwitchEvent) -> None:
        """Number an event for the router, whether or not one is attached."""
        self._server.publish(event)

    def _changed(self, routers: int) -> None:
        if routers and not self.attached:
            self.alone_since = None
            log.info("a router attached")
        elif not routers and self.attached:
            self.alone_since = self._monotonic()
            log.info("the router is gone")

    def _handle(self, request: str, command: AnySwitchCommand | Unknown) -> SwitchReply:
        if isinstance(command, Unknown):
            message = "This switch does not know the command; update it."
            return SwitchReply(request=request, ok=False, code="unknown_command", message=message)
        try:
            self._do(command)
        except RefusedError as error:
            return _refusal(request, command, error.code, str(error))
        except AgentDesktopError as error:
            return _refusal(request, command, "failed", str(error))
        except Exception:
            log.exception("a command failed", extra={"command": type(command).__name__})
            message = "The switch failed to do this; its log says why."
            return _refusal(request, command, "internal", message)
        return SwitchReply(request=request)


def _refusal(request: str, command: AnySwitchCommand, code: str, message: str) -> SwitchReply:
    """Why a command was not carried out, with what the router needs to undo what it hoped for."""
    return SwitchReply(
        request=request,
        ok=False,
        code=code,
        message=message,
        command=type(command).__name__,
        call=getattr(command, "call", ""),
        leg=getattr(command, "leg", ""),
    )
