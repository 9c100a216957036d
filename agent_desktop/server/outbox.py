"""What waits to be sent: one line per channel, in order, until sent or given up.

A row is written in the transaction of its message, so nothing is lost between "send" and the network.
A failure for now is tried again after a growing pause; a failure for good, or two days of trying, is
told to the agent as "failed" with the reason.  That it left and that its row is done is one commit, which
is tried until it is kept: what left is not sent again because the disk was full.  After a commit that
failed the rows are compared with what is known here, and what nobody minds any more is taken up again.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from agent_desktop.domain.conversation import Message
from agent_desktop.domain.types import ChannelId, Instant, MessageId
from agent_desktop.errors import StorageError
from agent_desktop.ports.channels import Channel, DeliveryError
from agent_desktop.ports.storage import OutboxRow
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.quoting import outgoing_of
from agent_desktop.server.standing import barred

log = logging.getLogger(__name__)
PAUSES_S = (5.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0)
GIVE_UP_S = 48 * 3600.0

WAITING = frozenset({"", "queued"})  # the delivery states of what has not left

Deliver = Callable[[Step, MessageId, str, str], None]
Released = Callable[[Step, OutboxRow], bool]  # its hold is over; False: it was called back


class Outbox:
    """One worker per channel; rows are sent in the order in which they were written."""

    def __init__(self, hub: Hub, pauses_s: Sequence[float] = PAUSES_S) -> None:
        self._hub = hub
        self._pauses_s = pauses_s
        self._lines: dict[ChannelId, asyncio.Queue[OutboxRow]] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._minded: set[MessageId] = set()  # in a line, being sent, or waiting for its time
        self.deliver: Deliver | None = None
        self.released: Released = lambda _step, _row: True

    def start(self, channels: dict[ChannelId, Channel]) -> None:
        """Begin to send; what the last run left unsent comes first."""
        for key, channel in channels.items():
            self._lines[key] = asyncio.Queue()
            self._workers.append(asyncio.get_running_loop().create_task(self._work(key, channel)))
        self._take_up()
        self._hub.reset.append(self._take_up)

    async def stop(self) -> None:
        """Stop; rows not sent stay in the record."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def take(self, row: OutboxRow) -> None:
        """Send a row that was committed, at once or when its hold is over."""
        if row.tries == 0 and row.due_at > self._hub.clock.now():
            self._hold(row)
        else:
            self._line(row)

    def _hold(self, row: OutboxRow) -> None:
        self._minded.add(row.message)
        self._hub.at(row.due_at, lambda step: self._release(step, row))

    def _release(self, step: Step, row: OutboxRow) -> None:
        """Decided in a step, sent after it: what was called back before is gone from the record by then."""
        self._minded.discard(row.message)  # its alarm is gone; if this is not kept, it is taken up again
        if self.released(step, row):
            step.after(lambda: self._line(row))

    def _line(self, row: OutboxRow) -> None:
        if row.channel in self._lines:
            self._minded.add(row.message)
            self._lines[row.channel].put_nowait(row)

    def _take_up(self) -> None:
        """What the record says is unsent and nobody minds: at the start, and after a commit that failed."""
        for row in sorted(self._hub.store.outbox(), key=lambda r: r.due_at):
            if row.message not in self._minded:
                self._left_over(row)

    def _left_over(self, row: OutboxRow) -> None:
        """What the last run left unsent; a hold that ended meanwhile counts as a reply now."""
        message = self._hub.store.message(row.message)
        if row.tries == 0 and message is not None and message.held_until:
            self._hold(row)
        else:
            self._line(row)

    async def _work(self, key: ChannelId, channel: Channel) -> None:
        while True:
            row = await self._lines[key].get()
            try:
                await self._send(channel, row)
            except Exception:
                log.exception("message %s is kept and tried again", row.message)
                asyncio.get_running_loop().call_later(self._pauses_s[-1], self.take, row)

    async def _send(self, channel: Channel, row: OutboxRow) -> None:
        message = self._hub.store.message(row.message)
        if message is None or message.delivery not in WAITING:  # called back, or told before
            await self._done(row)
            return
        try:
            outgoing = outgoing_of(self._hub.store, self._hub.centre, message)
            self._allowed(row.channel, outgoing.to_address)
            state = await channel.send(outgoing)
        except DeliveryError as error:
            await self._failed(row, message, error)
            return
        await self._done(row, state)

    def _allowed(self, channel: ChannelId, address: str) -> None:
        """Look once more before it leaves: the customer may have said STOP meanwhile."""
        if why := barred(self._hub, channel, address, self._hub.clock.now()):
            raise DeliveryError(why, permanent=True)

    async def _failed(self, row: OutboxRow, message: Message, error: DeliveryError) -> None:
        now = self._hub.clock.now()
        if error.permanent or now - message.at > GIVE_UP_S:
            await self._done(row, "failed", str(error))
            return
        pause = max(self._pauses_s[min(row.tries, len(self._pauses_s) - 1)], error.retry_s)
        again = replace(row, tries=row.tries + 1, due_at=Instant(now + pause))
        try:
            await self._hub.run(lambda step: step.outbox(row.message, again))
        except StorageError as unkept:  # tried again all the same; a restart counts from before
            log.warning("that message %s is tried again is not kept: %s", row.message, unkept)
        asyncio.get_running_loop().call_later(pause, self.take, again)

    async def _done(self, row: OutboxRow, state: str = "", detail: str = "") -> None:
        """Tell what became of it and let its row go, together; tried until the record keeps it."""

        def drop(step: Step) -> None:
            if state and self.deliver is not None:
                self.deliver(step, row.message, state, detail)
            step.outbox(row.message, None)

        for tries in itertools.count():
            try:
                await self._hub.run(drop)
            except StorageError as error:
                log.warning("what became of message %s is not kept yet: %s", row.message, error)
                await asyncio.sleep(self._pauses_s[min(tries, len(self._pauses_s) - 1)])
            else:
                self._minded.discard(row.message)
                return
