"""An SMS centre that we did not write: the server of the package smpp34, which is made in Rust."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Callable
from typing import Any

import smpp34

DEADLINE_S = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Peer:
    """Takes what we submit, in the order of its script, and delivers what a test says."""

    def __init__(self, port: int = 0) -> None:
        self.port = port or free_port()
        self.got: list[Any] = []
        self.bound: list[Any] = []
        self.gone = 0
        self.refuse: list[int] = []  # statuses for the next ones that are submitted
        self._ids = itertools.count(0xA1)
        self._server: Any = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._server = smpp34.Server(host="127.0.0.1", port=self.port, system_id="PEER")
        await self._server.start()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self._server.stop()
            self._task = None

    async def _run(self) -> None:
        while True:
            event = await self._server.next()
            if isinstance(event, smpp34.Esme):
                self.bound.append(event)
            elif isinstance(event, smpp34.SubmitSmEvent):
                if self.refuse:
                    event.reject(self.refuse.pop(0))
                    continue
                self.got.append(event)
                event.accept(message_id=f"{next(self._ids):08X}")
            else:
                self.gone += 1

    async def deliver(self, text: bytes, **more: Any) -> bool:
        """Deliver a text of a customer; whether it was taken."""
        said = {"source_addr": "4791234567", "source_addr_ton": 1, "source_addr_npi": 1, **more}
        answer = await self.bound[-1].deliver_sm("4700000", text, **said)
        success = answer.is_success
        return bool(success() if callable(success) else success)


def value(found: Any) -> Any:
    """The stubs and the module do not agree on which names are methods."""
    return found() if callable(found) else found


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110 - the other side is another program's code
            await asyncio.sleep(0.005)
