"""A mailbox as a channel of the centre: mail in by IMAP, replies out by SMTP.

Mail that comes to the centre's own ports is the `MailListener`'s, which serves all mailboxes at once; this
channel hands in what a crash left unread, whichever way it had come.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.conversation import Attachment
from agent_desktop.domain.medium import EMAIL
from agent_desktop.domain.types import MessageId
from agent_desktop.errors import ConfigError
from agent_desktop.ports.channels import DeliveryError, Intake, OutgoingMessage
from agent_desktop.server.channels.email import files, imap, names, outgoing, signing
from agent_desktop.server.channels.email.compose import File, by_machine, compose, recipient
from agent_desktop.server.channels.email.reception import Reception, loops, own_ids

log = logging.getLogger(__name__)

# The bytes of an attachment by its id in the store.
ReadFile = Callable[[str], Awaitable[bytes]]
STOP_S = 5.0
AGAIN = "It is tried again by itself; if this lasts, an administrator must check the server and its password."


class EmailChannel:
    """One mailbox (`ports.channels.Channel`).

    `read_file` gives the bytes of attachments to send; without it a message with attachments is refused.
    `tls` replaces the system's certificates, for servers with one of their own.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        *,
        read_file: ReadFile | None = None,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = outgoing.TIMEOUT_S,
        back_off_s: Sequence[float] = imap.BACK_OFF_S,
    ) -> None:
        self.id = mailbox.id
        self.medium = EMAIL
        self.mailbox = mailbox
        self._own = own_ids(mailbox)
        self._read_file = read_file
        self._tls = tls
        self._timeout_s = timeout_s
        self._back_off_s = back_off_s
        self._reception: Reception | None = None
        self._worker: imap.ImapWorker | None = None
        self._signer: signing.Signer | None = None
        self._stuck = ""  # why the server takes nothing from us

    @property
    def state(self) -> str:
        """How the mailbox stands, in words: for the health page."""
        return self._worker.state if self._worker is not None else "no IMAP account"

    @property
    def trouble(self) -> str:
        """Why no mail comes or goes, in words; empty when it does."""
        worker = self._worker
        unread = f"Its mail cannot be read ({worker.trouble}). {AGAIN}" if worker and worker.trouble else ""
        unsent = f"Nothing is sent from it: {self._stuck} {AGAIN}" if self._stuck else ""
        return " ".join(filter(None, (unread, unsent)))

    @property
    def worker(self) -> imap.ImapWorker | None:
        """What fetches the mail; none where there is no IMAP account."""
        return self._worker

    async def start(self, intake: Intake) -> None:
        """Begin to receive; raises ConfigError for settings that cannot work.

        A server that is away is no error: it is tried again until it answers.
        """
        self._check()
        self._signer = await asyncio.to_thread(signing.signer_of, self.mailbox)
        password = await _password(self.mailbox.imap_password_file, "imap_password_file")
        reception = Reception(self.mailbox, intake)
        await reception.open(work_off=True)
        self._reception = reception
        if not self.mailbox.imap_host:
            return
        loop = asyncio.get_running_loop()

        def keep(key: str, raw: bytes) -> None:
            """Runs in the thread of the mailbox; returns after the commit."""
            why = loops(raw, self._own)
            if why:
                log.warning("a mail goes in a circle and is left", extra={"channel": self.id, "why": why})
                return
            asyncio.run_coroutine_threadsafe(reception.keep(key, raw), loop).result(imap.KEEP_S)

        account = imap.account_of(self.mailbox, password)
        self._worker = imap.ImapWorker(account, keep, tls_context=self._tls, back_off_s=self._back_off_s)
        self._worker.start()

    async def stop(self) -> None:
        """Stop receiving; what was acknowledged is kept already."""
        if self._worker is not None:
            self._worker.stop()
            await asyncio.to_thread(self._worker.join, STOP_S)
            self._worker = None
        if self._reception is not None:
            await self._reception.close()
            self._reception = None

    async def send(self, outgoing_message: OutgoingMessage) -> str:
        """Send one message; returns "sent" when the server has taken it.  Raises DeliveryError."""
        box = self.mailbox
        if not box.smtp_host:
            raise DeliveryError(f"The mailbox {box.address} has no server to send by.", permanent=True)
        attached = outgoing_message.message.attachments
        if words := files.too_much([one.size_bytes for one in attached]):
            raise DeliveryError(words, permanent=True)
        read = [await self._file(one) for one in attached]
        mail = await asyncio.to_thread(
            compose,
            box,
            outgoing_message,
            message_id=self.external_id(outgoing_message.message.id),
            files=read,
        )
        if self._signer is not None:
            mail = await asyncio.to_thread(self._signer.signed, mail)
        try:
            password = await _password(box.smtp_password_file, "smtp_password_file")
        except ConfigError as error:
            raise DeliveryError(str(error), permanent=False) from error
        copies = outgoing_message.message.copy_addresses
        self._stuck = ""
        try:
            await outgoing.deliver(
                box,
                mail,
                # An automatic answer has no way back, so that none comes (RFC 3834, section 3.3).
                sender="" if by_machine(outgoing_message) else recipient(box.address),
                recipients=[recipient(one) for one in (outgoing_message.to_address, *copies)],
                password=password,
                tls_context=self._tls,
                timeout_s=self._timeout_s,
            )
        except outgoing.ServerError as error:
            self._stuck = str(error)
            raise
        return "sent"

    def agent_typing(self, thread: str, *, typing: bool) -> None:
        """Mail shows nobody that somebody writes."""

    def agent_joined(self, thread: str, name: str) -> None:
        """Mail shows no presence."""

    def agent_read(self, thread: str) -> None:
        """Mail shows no reading: a receipt would tell strangers too much."""

    def external_id(self, message: MessageId) -> str:
        """The Message-ID of a message of ours, known before it is sent."""
        return self._own.external(message)

    def _check(self) -> None:
        box = self.mailbox
        if not names.address_of(box.address):
            raise ConfigError(f"The mailbox {box.id} has no good address: {box.address!r}.", key="address")
        if box.smtp_tls not in outgoing.MODES:
            raise ConfigError(f"smtp_tls of {box.id} must be none, starttls or tls.", key="smtp_tls")
        if box.imap_host and not box.imap_user:
            raise ConfigError(f"The mailbox {box.id} has an imap_host and no imap_user.", key="imap_user")

    async def _file(self, file: Attachment) -> File:
        if self._read_file is None:
            raise DeliveryError(
                f"{file.name} cannot be sent: files are not sent from this mailbox.", permanent=True
            )
        try:
            data = await self._read_file(file.id)
        except Exception as error:
            raise DeliveryError(
                f"The file {file.name} could not be read; nothing was sent.", permanent=False
            ) from error
        return File(name=file.name, media_type=file.media_type, data=data, inline=bool(file.content_id))


async def _password(file: str, setting: str) -> str:
    """The password in a file; raises ConfigError when it cannot be read."""
    if not file:
        return ""
    try:
        return (await asyncio.to_thread(Path(file).read_text, encoding="utf-8")).rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        raise ConfigError(
            f"The password file {file} cannot be read. Check {setting} and its rights.", key=setting
        ) from error
