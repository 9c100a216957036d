"""What happens to a mail of one mailbox, whichever way it came: kept, acknowledged, read, handed in.

`keep` returns after the commit: only then may the outside be told.  Reading and handing in follow in the
order of arrival, in a worker of their own; when the store fails there, it is tried again until it works,
and a mail that a crash left unread is worked off at the next start.

Rule of the file: the loop is never held.  Reading runs in a thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.threading import OwnIds
from agent_desktop.errors import StorageError
from agent_desktop.ports.channels import IncomingMessage, Intake
from agent_desktop.server.channels.email import parts, reports
from agent_desktop.server.channels.email.parse import parse

log = logging.getLogger(__name__)

MAX_HOPS = 50  # RFC 5321, section 6.3 asks for at least 100 "or fewer"; real paths are under 15
WAITING = 20  # mails kept but not yet read that a mailbox holds in memory
TOGETHER = 10  # of them read and handed in at once
RETRY_S: Sequence[float] = (1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class _Waiting:
    raw_id: str
    raw: bytes
    envelope_sender: str | None


def own_ids(mailbox: Mailbox) -> OwnIds:
    """The Message-IDs that a mailbox makes."""
    domain = mailbox.address.rpartition("@")[2].lower()
    ascii_domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    return OwnIds(channel=mailbox.id, domain=ascii_domain or "localhost")


def content_key(raw: bytes) -> str:
    """The key of a mail that came without one: a sender that tries again sends the same bytes."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def loops(raw: bytes, own: OwnIds) -> str:
    """Why a mail must not be taken again, or "": it went in a circle, or is our own."""
    return circles(parts.fields_of(raw), own)


def circles(fields: parts.Fields, own: OwnIds) -> str:
    """The same of a mail whose header fields are known."""
    if fields.count("received") > MAX_HOPS:
        return f"it passed more than {MAX_HOPS} servers"
    found = reports.ids(fields.raw("message-id"))
    if found and own.message(found[0]) is not None:
        return "it is this mailbox's own mail come back"
    return ""


class Reception:
    """The desk of one mailbox."""

    def __init__(self, mailbox: Mailbox, intake: Intake, *, retry_s: Sequence[float] = RETRY_S) -> None:
        self.mailbox = mailbox
        self.own = own_ids(mailbox)
        self._intake = intake
        self._retry_s = retry_s
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(WAITING)
        self._worker: asyncio.Task[None] | None = None

    async def open(self, *, work_off: bool) -> None:
        """Start reading; `work_off` hands in first what a crash left unread."""
        left = self._intake.unparsed(self.mailbox.id) if work_off else ()
        self._worker = asyncio.create_task(self._work(tuple(left)), name=f"mail-{self.mailbox.id}")

    async def close(self) -> None:
        """Stop reading; what was kept and not read stays with the store."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
            self._worker = None

    async def keep(self, key: str, raw: bytes, envelope_sender: str | None = None) -> None:
        """Commit a mail; raises StorageError, and then nothing was kept."""
        raw_id = await self._intake.raw_arrived(self.mailbox.id, key, raw)
        if raw_id is None:
            log.info("a mail came again and was known", extra={"channel": self.mailbox.id})
            return
        await self._waiting.put(_Waiting(raw_id, raw, envelope_sender))

    async def drained(self) -> None:
        """Return when everything that was kept has been handed in."""
        await self._waiting.join()

    async def _work(self, left: Sequence[tuple[str, bytes]]) -> None:
        for raw_id, raw in left:
            await self._hand_in([_Waiting(raw_id, raw, None)])
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < TOGETHER and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            try:
                await self._hand_in(batch)
            finally:
                for _ in batch:
                    self._waiting.task_done()

    async def _hand_in(self, batch: Sequence[_Waiting]) -> None:
        """Read mails and hand them in, in their order, with one commit for all that came together."""
        messages = await asyncio.to_thread(self._read, batch)
        # Each begins at once, in this order, and waits for the commit alone.
        taken = await asyncio.gather(*map(self._intake.message_arrived, messages), return_exceptions=True)
        for message, result in zip(messages, taken, strict=True):
            if isinstance(result, StorageError):
                await self._again(message)
            elif isinstance(result, Exception):
                _failed(message, result)

    def _read(self, batch: Sequence[_Waiting]) -> list[IncomingMessage]:
        channel = self.mailbox.id
        return [
            parse(one.raw, channel=channel, raw_id=one.raw_id, envelope_sender=one.envelope_sender)
            for one in batch
        ]

    async def _again(self, message: IncomingMessage) -> None:
        """The store failed: hand a mail in once more, as often as it takes."""
        tries = 0
        while True:
            wait = self._retry_s[min(tries, len(self._retry_s) - 1)]
            tries += 1
            log.warning("a mail waits for the store", extra={"raw": message.raw, "again_in_s": wait})
            await asyncio.sleep(wait)
            try:
                await self._intake.message_arrived(message)
            except StorageError:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the next mail must come in
                _failed(message, error)
            return


def _failed(message: IncomingMessage, error: Exception) -> None:
    """A fault of the router must not keep the next mail out; the bytes stay unread in the store."""
    log.error("a mail could not be handed in", extra={"raw": message.raw}, exc_info=error)
