"""One connection to an SMS centre: bound, kept alive, with a window of requests on their way.

What the centre delivers is answered when `deliver` has come back, which is after our commit; requests of
ours find their answers by their number.  Nothing that comes can do more than end the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from agent_desktop.errors import AgentDesktopError, ProtocolError
from agent_desktop.server.channels.sms import smpp_pdu as pdu
from agent_desktop.server.channels.sms.smpp_pdu import Unit

RESPONSE_S: Final = 10.0
ENQUIRE_S: Final = 30.0
UNBIND_S: Final = 2.0
SEQUENCES: Final = 0x7FFF_FFFF
WAITING_MOST: Final = 1000

Deliver = Callable[[Unit], Awaitable[None]]
log = logging.getLogger(__name__)


class LostError(AgentDesktopError):
    """The connection to the SMS centre is gone; what was on its way is not known to have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long answers are waited for, and how often a silent centre is asked."""

    response_s: float = RESPONSE_S
    enquire_s: float = ENQUIRE_S


class Session:
    """The connection; `run` ends when it does."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        deliver: Deliver,
        *,
        window: int = 10,
        times: Times | None = None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._deliver = deliver
        self._times = times or Times()
        self._free = asyncio.Semaphore(window)
        self._asked: dict[int, asyncio.Future[Unit]] = {}
        self._came: asyncio.Queue[Unit] = asyncio.Queue(WAITING_MOST)
        self._sequence = 0
        self._lost = False

    async def run(self) -> None:
        """Read until the end, which is a `LostError` or a `ProtocolError`."""
        tasks = [asyncio.ensure_future(one) for one in (self._read(), self._work(), self._enquire())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.close()

    async def bind(self, system_id: str, password: str, system_type: str) -> Unit:
        """Say who we are; the answer's status says whether we may."""
        return await self.ask(pdu.BIND_TRANSCEIVER, pdu.bind(system_id, password, system_type))

    async def ask(self, command: int, body: bytes = b"") -> Unit:
        """Ask, when the window has room, and wait for the answer.  Raises `LostError`."""
        async with self._free:
            if self._lost:
                raise LostError("The SMS centre is not connected.")
            self._sequence = self._sequence % SEQUENCES + 1
            number = self._sequence
            answer: asyncio.Future[Unit] = asyncio.get_running_loop().create_future()
            self._asked[number] = answer
            try:
                self._write(Unit(command, pdu.OK, number, body))
                async with asyncio.timeout(self._times.response_s):
                    return await answer
            except TimeoutError as error:
                self.close()
                raise LostError("The SMS centre does not answer.") from error
            finally:
                self._asked.pop(number, None)

    async def unbind(self) -> None:
        """Take leave."""
        if not self._lost:
            with contextlib.suppress(LostError, TimeoutError):
                async with asyncio.timeout(UNBIND_S):
                    await self.ask(pdu.UNBIND)
        self.close()

    def close(self) -> None:
        """Let go; whoever waits for an answer is told."""
        self._lost = True
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(LostError("The connection to the SMS centre broke."))
        self._writer.close()

    def _write(self, unit: Unit) -> None:
        if not self._writer.is_closing():
            self._writer.write(pdu.encoded(unit))

    async def _read(self) -> None:
        while True:
            try:
                head = await self._reader.readexactly(4)
                rest = await self._reader.readexactly(pdu.length_of(head) - len(head))
            except (asyncio.IncompleteReadError, OSError) as error:
                raise LostError("The SMS centre closed the connection.") from error
            except ProtocolError:
                self._write(Unit(pdu.GENERIC_NACK, pdu.BAD_LENGTH, 0))
                raise
            await self._take(pdu.decoded(head + rest))

    async def _take(self, unit: Unit) -> None:
        if unit.command & pdu.RESPONSE:
            answer = self._asked.get(unit.sequence)
            if answer is not None and not answer.done():
                answer.set_result(unit)
            return
        match unit.command:
            case pdu.DELIVER_SM:
                await self._came.put(unit)
            case pdu.ENQUIRE_LINK:
                self._answer(unit, pdu.OK)
            case pdu.UNBIND:
                self._answer(unit, pdu.OK)
                raise LostError("The SMS centre took leave.")
            case _:
                self._write(Unit(pdu.GENERIC_NACK, pdu.BAD_COMMAND, unit.sequence))

    async def _work(self) -> None:
        """Hand in what came, in its order; what was not kept the centre sends again."""
        while True:
            unit = await self._came.get()
            try:
                await self._deliver(unit)
            except ProtocolError as error:
                log.warning("the SMS centre delivered what cannot be read: %s", error)
                self._answer(unit, pdu.SYSTEM_ERROR)
            except AgentDesktopError as error:
                log.warning("a text is not kept yet: %s", error)
                self._answer(unit, pdu.TEMPORARY)
            else:
                self._answer(unit, pdu.OK)

    def _answer(self, unit: Unit, status: int) -> None:
        body = b"\0" if unit.command == pdu.DELIVER_SM else b""
        self._write(Unit(unit.command | pdu.RESPONSE, status, unit.sequence, body))

    async def _enquire(self) -> None:
        while True:
            await asyncio.sleep(self._times.enquire_s)
            await self.ask(pdu.ENQUIRE_LINK)
