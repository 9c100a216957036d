"""The router's rooms for mail on a record of their own: what `bench mail` measures beyond the reading."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from agent_desktop.bench._dovecot import PASSWORD, Dovecot
from agent_desktop.domain.centre import Centre, Mailbox, Queue
from agent_desktop.domain.medium import EMAIL
from agent_desktop.domain.types import ChannelId, Instant, QueueId
from agent_desktop.ports.storage import Changes
from agent_desktop.server.board import Board
from agent_desktop.server.channels.email.channel import EmailChannel
from agent_desktop.server.channels.email.reception import Reception, content_key
from agent_desktop.server.hub import Hub
from agent_desktop.server.intake import TextIntake
from agent_desktop.server.outbox import Outbox
from agent_desktop.server.router import RandomIds, SystemClock
from agent_desktop.server.storage.store import open_store
from agent_desktop.server.work import Work
from agent_desktop.server.writing import Writing

QUEUE: Final = QueueId("mail")
BOX: Final = Mailbox(id=ChannelId("bench"), address="help@centre.example", queue=QUEUE)
SENDERS: Final = 40  # connections that hand mails over at the same time
_WAIT_S: Final = 10.0


class MailRoom:
    """Hub, record, board and intake; `shown` is told when a mail is on the agents' screens' stream."""

    def __init__(self, folder: Path) -> None:
        centre = Centre(
            name="Bench", queues={QUEUE: Queue(id=QUEUE, name="Mail", media=(EMAIL,))}, mailboxes=(BOX,)
        )
        self.hub = Hub(open_store(folder / "record.db"), centre, SystemClock(), RandomIds())
        work = Work(self.hub)
        board = Board(self.hub, self.hub.store)
        self.writing = Writing(self.hub, board, Outbox(self.hub))
        self.intake = TextIntake(self.hub, work, board, self.writing)
        self.shown: asyncio.Queue[float] = asyncio.Queue()
        self.hub.published += [board.publish, self._published]
        self.hub.load_record()
        board.load(Instant(0.0))

    def _published(self, changes: Changes) -> None:
        for _ in changes.messages:
            self.shown.put_nowait(time.monotonic())


@asynccontextmanager
async def mail_room() -> AsyncIterator[MailRoom]:
    """Rooms on a record in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="bench-mail-") as folder:
        room = MailRoom(Path(folder))
        room.hub.start()
        room.writing.channels[BOX.id] = EmailChannel(BOX)
        try:
            yield room
        finally:
            await room.hub.stop()
            await room.hub.store.close()


async def cpu_of_all(mails: Sequence[bytes]) -> float:
    """Seconds of CPU, of all threads, for mails from the bytes to the committed work."""
    async with mail_room() as room:
        desk = Reception(BOX, room.intake)
        await desk.open(work_off=False)
        began = time.process_time()
        waiting = iter(mails)

        async def sender() -> None:
            for raw in waiting:
                await desk.keep(content_key(raw), raw)

        await asyncio.gather(*(sender() for _ in range(SENDERS)))
        await desk.drained()
        spent = time.process_time() - began
        await desk.close()
        return spent


async def longest_hold_ms(raw: bytes) -> float:
    """The longest that the loop was held while one mail came in and was read."""
    async with mail_room() as room:
        desk = Reception(BOX, room.intake)
        await desk.open(work_off=False)
        longest = 0.0

        async def watch() -> None:
            nonlocal longest
            last = time.perf_counter()
            while True:
                await asyncio.sleep(0)
                now = time.perf_counter()
                longest, last = max(longest, now - last), now

        beside = asyncio.create_task(watch())
        await asyncio.sleep(0.05)
        longest = 0.0
        key = await asyncio.to_thread(content_key, raw)
        await desk.keep(key, raw)
        await desk.drained()
        beside.cancel()
        with suppress(asyncio.CancelledError):
            await beside
        await desk.close()
        return longest * 1000.0


async def notices(server: Dovecot, mails: Sequence[bytes]) -> tuple[list[float], list[float]]:
    """(our, the server's) milliseconds of each mail: from the server's word to the inbox, and before it."""
    password = server.folder / "password"
    password.write_text(PASSWORD, "utf-8")
    box = replace(
        BOX,
        imap_host="127.0.0.1",
        imap_port=server.imap,
        imap_tls=False,
        imap_user="bench",
        imap_password_file=os.fspath(password),
    )
    ours, theirs = [], []
    async with mail_room() as room:
        channel = EmailChannel(box)
        await channel.start(room.intake)
        worker = channel.worker
        if worker is None or not await asyncio.to_thread(worker.connected.wait, _WAIT_S):
            raise OSError("Dovecot did not answer")
        for raw in mails:
            await asyncio.sleep(0.05)  # it waits in IDLE again
            delivered = await asyncio.to_thread(server.deliver, "bench", raw)
            shown = await asyncio.wait_for(room.shown.get(), _WAIT_S)
            ours.append((shown - worker.noticed_at) * 1000.0)
            theirs.append((worker.noticed_at - delivered) * 1000.0)
        await channel.stop()
    return ours, theirs
