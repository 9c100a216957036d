"""What the router says of the centre, put to work: phones, trunks, routes, limits, sound.

The directory comes whole, at the start and whenever it changes; calls that are up go on under what was
agreed for them.

Rules: names of trunks are looked up beside the signalling, again every minute; a trunk whose certificate
cannot be believed is failed in words and harms no other.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final

from agent_desktop.errors import ConfigError
from agent_desktop.sip.tls import TlsTrust
from agent_desktop.switch.limits import limits_of
from agent_desktop.switch.registrar import directory_of
from agent_desktop.switch.table import Table
from agent_desktop.voice.offer import MediaPolicy
from agent_desktop.wire.switch import SetDirectory, Trunk

log = logging.getLogger(__name__)

LOOKED_UP_EVERY_S: Final = 60.0

Believe = Callable[[str, int, TlsTrust], None]
"""For connections to this host and port: whom to believe."""


class Provision:
    """Puts directories to work for the call table."""

    def __init__(
        self, table: Table, believe: Believe, voices: Callable[[dict[str, str]], None] = lambda _voices: None
    ) -> None:
        """`voices` is told which voice speaks which language."""
        self._table = table
        self._voices = voices
        self._believe = believe
        self._looking: asyncio.Task[None] | None = None
        table.trunks.believe = self._trust

    def use(self, command: SetDirectory) -> None:
        """This is the centre from now on."""
        self._table.directory = directory_of(command)
        self._table.tolls.limits = limits_of(command.limits)
        self._voices(dict(command.exchange.voices))
        self._table.hold_music = command.exchange.hold_music
        self._table.legs.policy = policy_of(command.exchange.codecs, command.exchange.srtp)
        self._table.legs.policies = {
            trunk.id: policy_of(trunk.codecs or command.exchange.codecs, trunk.srtp, text=trunk.text)
            for trunk in command.trunk_accounts
        }
        self._table.trunks.use(command)
        self.stop()
        if self._table.trunks.named():
            self._looking = asyncio.get_running_loop().create_task(self._look_up())

    def stop(self) -> None:
        """Look nothing up any more."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _trust(self, trunk: Trunk) -> None:
        """ConfigError when the trunk's certificate files are no good."""
        if trunk.transport == "tls":
            pins = (trunk.fingerprint,) if trunk.fingerprint else ()
            self._believe(trunk.host, trunk.port, TlsTrust(ca_file=trunk.ca_file, pins=pins))

    async def _look_up(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            for name in self._table.trunks.named():
                try:
                    found = await loop.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
                except OSError:
                    log.warning("the name of a trunk is not known: %s", name)
                    continue
                self._table.trunks.found(name, {str(address[0]) for *_, address in found})
            await asyncio.sleep(LOOKED_UP_EVERY_S)


def policy_of(codecs: tuple[str, ...], srtp: str, *, text: bool = True) -> MediaPolicy:
    """What we offer; words that nobody knows are left out, and said in the log."""
    try:
        return MediaPolicy(codecs=codecs, srtp=srtp, text=text)
    except ConfigError as error:
        log.error("the settings of sound are not followed: %s", error)  # noqa: TRY400
        return MediaPolicy(srtp="mandatory" if srtp not in {"off", "optional"} else srtp, text=text)
