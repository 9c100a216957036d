"""The phone's process: `agent-desktop phone`.

One for each data folder, kept by a lock.  It listens on 127.0.0.1 and writes how to reach it to
`run/phone.json`, readable by its user alone.  Front ends come and go: a killed window touches no call.
It ends at once on a Shutdown or SIGTERM, and by itself 30 s after the last front end is gone and no call
is left.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_desktop import logs, settings
from agent_desktop.errors import AgentDesktopError
from agent_desktop.links import runfile
from agent_desktop.links.server import LinkServer
from agent_desktop.phone.captioning import Captioned
from agent_desktop.phone.captions_engine import engine_for
from agent_desktop.phone.headset_hid import HidHeadset
from agent_desktop.phone.lock import InstanceLock
from agent_desktop.phone.softphone import Softphone
from agent_desktop.wire import phone as wire
from agent_desktop.wire.codec import PHONE_LINK

log = logging.getLogger(__name__)

NAME: Final = "phone"
ALONE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Options:
    """Where the phone keeps its files and which devices it takes first."""

    data: Path
    microphone: str = ""
    speaker: str = ""
    ring: str = ""
    engine: str = "native"
    ca_file: str = ""
    headset: bool = True
    alone_s: float = ALONE_S
    captions: str = "off"
    captions_model: str = ""
    captions_start: bool = False


class PhoneProcess:
    """Everything of one phone on the running event loop."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        engine, why_not = engine_for(options.captions, options.captions_model)
        self._alone: asyncio.TimerHandle | None = None
        self.softphone = Softphone(
            self._publish,
            devices=wire.SelectDevices(
                microphone=options.microphone, speaker=options.speaker, ring=options.ring
            ),
            engine=options.engine,
            ca_file=options.ca_file,
            headset=HidHeadset if options.headset else None,
            captions=Captioned(
                engine, why_not, options.captions_start, options.captions, options.captions_model
            ),
        )
        self._link: LinkServer[wire.AnyPhoneCommand, wire.AnyPhoneEvent] = LinkServer(
            PHONE_LINK,
            snapshot=self.softphone.snapshot,
            handle=self.softphone.handle,
            clients_changed=self._clients_changed,
        )
        self.softphone.on_shutdown = self.stop
        self.softphone.on_idle = self._look_round

    async def run(self) -> None:
        """Serve until the end."""
        await self._link.start()
        await self.softphone.start()
        runfile.write(
            self._options.data,
            NAME,
            runfile.RunFile(os.getpid(), self._link.port, self._link.token, time.time()),
        )
        log.info("the phone is up", extra={"port": self._link.port})
        self._look_round()
        try:
            await self._stop.wait()
        finally:
            runfile.remove(self._options.data, NAME, os.getpid())
            await self.softphone.close()
            await self._link.stop()
            log.info("the phone is down")

    def stop(self) -> None:
        """End soon, after the reply to whoever asked has left; safe to call more than once."""
        self._loop.call_later(0.05, self._stop.set)

    def _publish(self, event: wire.AnyPhoneEvent) -> None:
        self._link.publish(event)

    def _clients_changed(self, count: int) -> None:
        self.softphone.attended(by=count)
        self._look_round()

    def _look_round(self) -> None:
        """Nobody attached and no call: end after a while."""
        is_alone = self._link.clients == 0 and not self.softphone.has_calls
        if self._alone is not None and not is_alone:
            self._alone.cancel()
            self._alone = None
        elif self._alone is None and is_alone:
            self._alone = self._loop.call_later(self._options.alone_s, self._end_alone)

    def _end_alone(self) -> None:
        log.info("no front end and no call is left: the phone ends")
        self._stop.set()


async def serve(options: Options) -> None:
    """Run one phone until it ends."""
    process = PhoneProcess(options)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers on the loop
            loop.add_signal_handler(number, process.stop)
    await process.run()


def main(arguments: argparse.Namespace) -> int:
    """`agent-desktop phone`: exit status 0, also when another phone has this folder already."""
    values = settings.load(arguments)
    data = settings.data_folder(getattr(arguments, "data", None))
    data.mkdir(parents=True, exist_ok=True)
    logs.configure(NAME, data=data, level=values[settings.LOG_LEVEL])
    options = Options(
        data,
        values[settings.AUDIO_IN],
        values[settings.AUDIO_OUT],
        values[settings.RING_OUT],
        values[settings.PHONE_ENGINE],
        values[settings.PHONE_CA_FILE],
        values[settings.PHONE_HEADSET],
        captions=values[settings.CAPTIONS],
        captions_model=values[settings.CAPTIONS_MODEL],
        captions_start=values[settings.CAPTIONS_START],
    )
    lock = InstanceLock(data / "run" / "phone.lock")
    if not lock.take():
        raise AgentDesktopError(f"A phone runs already for the folder {data}; attach to that one.")
    try:
        asyncio.run(serve(options))
    finally:
        lock.release()
    return 0
