"""The embedded switch behind the telephony port: found again or started, restarted when it dies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from agent_desktop.links.client import LinkClient
from agent_desktop.links.connection import Connection
from agent_desktop.links.process import OwnedProcess
from agent_desktop.wire.codec import SWITCH_LINK
from agent_desktop.wire.switch import AnySwitchCommand, AnySwitchEvent, ShutdownSwitch


class EmbeddedExchange:
    """`ports.telephony.Exchange` on the switch process of a data folder."""

    def __init__(self, data: Path, arguments: Sequence[str]) -> None:
        self._process = OwnedProcess(data, "switch", arguments, title="The switch")
        self._link: LinkClient[AnySwitchCommand, AnySwitchEvent] | None = None

    @property
    def live(self) -> bool:
        """Whether the switch is there."""
        return self._link is not None and self._link.live

    async def attach(self, on_event: Callable[[AnySwitchEvent], None]) -> None:
        """Find or start the switch and begin to receive events."""
        self._link = LinkClient(
            SWITCH_LINK,
            name="router",
            target=self._process.target,
            on_event=on_event,
            on_state=self._moved,
        )
        self._link.start()

    def ask(self, command: AnySwitchCommand) -> None:
        """Queue a command."""
        if self._link is not None:
            self._link.request(command)

    async def detach(self, *, shutdown: bool) -> None:
        """Leave the switch running with its calls, or end it."""
        if self._link is None:
            return
        if shutdown and self._link.live:
            self._link.request(ShutdownSwitch())
            await self._link.drain()
        await self._link.stop()
        self._process.let_go()

    def _moved(self, connection: Connection) -> None:
        if connection.state == "online":
            self._process.reached()
