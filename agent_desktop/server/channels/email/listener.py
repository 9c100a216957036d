"""The centre's own way in for mail: SMTP (RFC 5321) and LMTP (RFC 2033) for all mailboxes at one port each.

The answer 250 goes out only after the mail is committed for every mailbox that it named.  A full disk says
452 and a failing store 451, so that the sender keeps the mail and tries again; a stranger's address says
550; a mail that goes in a circle says 554.

Rules of the file: any bytes are taken as they came, also lines longer than the RFC allows; only CR LF, dot,
CR LF ends a mail; a mail to two mailboxes is kept once for each and they know nothing of one another.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterable
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.types import ChannelId
from agent_desktop.errors import AgentDesktopError, DiskFullError, StorageError
from agent_desktop.ports.channels import Intake
from agent_desktop.server.channels.email.names import address_of
from agent_desktop.server.channels.email.parts import Fields, fields_of
from agent_desktop.server.channels.email.reception import Reception, circles, content_key

log = logging.getLogger(__name__)

MAX_BYTES = 36 * 1024 * 1024  # 25 MB of files in base64
MAX_LINE = 1024 * 1024
MAX_CONNECTIONS = 100
MAX_RECIPIENTS = 100
IDLE_S = 300.0  # RFC 5321, section 4.5.3.2
CLOSE_S = 2.0

KEPT = "250 2.0.0 Kept"
FULL = "452 4.3.1 The disk of this server is full, try again later"
FAILED = "451 4.3.0 The mail could not be kept, try again later"
BUSY = "421 4.3.2 Too many connections, try again later"
STRANGER = "550 5.1.1 No such mailbox here"
TOO_MANY = "452 4.5.3 Too many recipients"
TOO_LARGE = "552 5.3.4 The mail is too large"
LOOP = "554 5.4.6 Refused: {why}"


class MailListener:
    """Listens for all mailboxes; `port` is SMTP, `lmtp_port` LMTP (None: none; 0: any free port).

    With `tls` a sender may begin TLS (STARTTLS); with `tls_required` nothing is taken from who did not.
    """

    def __init__(
        self,
        host: str,
        port: int | None,
        mailboxes: Iterable[Mailbox],
        *,
        lmtp_port: int | None = None,
        max_bytes: int = MAX_BYTES,
        tls: ssl.SSLContext | None = None,
        tls_required: bool = False,
    ) -> None:
        self.host = host
        self.port = port
        self.lmtp_port = lmtp_port
        self._mailboxes = {mailbox.id: mailbox for mailbox in mailboxes}
        self._max_bytes = max_bytes
        self._tls = tls
        self._tls_required = tls_required
        self._receptions: dict[ChannelId, Reception] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: set[Any] = set()

    async def start(self, intake: Intake) -> None:
        """Open the ports (`port` and `lmtp_port` then name them); raises AgentDesktopError when one is taken.

        Start the channels first: they hand in what a crash left unread.
        """
        self._receptions = {one.id: Reception(one, intake) for one in self._mailboxes.values()}
        try:
            if self.port is not None:
                self.port = await self._listen(self.port, lmtp=False)
            if self.lmtp_port is not None:
                self.lmtp_port = await self._listen(self.lmtp_port, lmtp=True)
        except BaseException:
            await self.stop()
            raise
        for reception in self._receptions.values():
            await reception.open(work_off=False)

    async def stop(self) -> None:
        """Close the ports and the connections; every mail that was acknowledged is in the store."""
        for server in self._servers:
            server.close()
        for connection in tuple(self._connections):
            connection.leave()
        for reception in self._receptions.values():
            await reception.close()
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    async def drained(self) -> None:
        """Return when every mail taken so far has been handed in."""
        for reception in self._receptions.values():
            await reception.drained()

    async def _listen(self, port: int, *, lmtp: bool) -> int:
        loop = asyncio.get_running_loop()
        kind = _Lmtp if lmtp else _Smtp
        handler = _Handler(self._receptions, lmtp=lmtp)

        def connected() -> SMTP:
            protocol = kind(
                handler,
                data_size_limit=self._max_bytes,
                enable_SMTPUTF8=True,
                hostname=self.host,
                ident="agent-desktop",
                tls_context=self._tls,
                require_starttls=self._tls_required,
                timeout=IDLE_S,
                loop=loop,
            )
            protocol.connections = self._connections
            return protocol

        try:
            server = await loop.create_server(connected, self.host, port)
        except OSError as error:
            raise AgentDesktopError(
                f"Mail cannot be received at {self.host}:{port}: {error.strerror or error}. "
                "Another program may use the port; choose another one."
            ) from error
        self._servers.append(server)
        bound: int = server.sockets[0].getsockname()[1]
        return bound


class _Counted(SMTP):
    """One connection, one of not too many."""

    line_length_limit = MAX_LINE
    connections: set[Any] = set()  # noqa: RUF012 - set by the listener on each connection

    def connection_made(self, transport: Any) -> None:
        # After STARTTLS the same connection is made once more.
        if self not in self.connections and len(self.connections) >= MAX_CONNECTIONS:
            transport.write(f"{BUSY}\r\n".encode("ascii"))
            transport.close()
            return
        self.connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self.connections:
            self.connections.discard(self)
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self in self.connections else False

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Read a mail in large pieces: line by line, one of 20 MB would hold the loop for 0.2 s."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA") or self.envelope is None:
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        try:
            mail = await self._mail()
        except asyncio.CancelledError:
            self._writer.close()  # the sender hung up in the middle: nothing was promised
            raise
        if mail is None:
            answer = TOO_LARGE
        else:
            self.envelope.content = self.envelope.original_content = mail
            answer = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call] # aiosmtpd's own
        await self.push(answer)

    async def _mail(self) -> bytes | None:
        """The bytes up to the lonely dot, dots unstuffed (RFC 5321, section 4.5.2); None over the limit."""
        pieces: list[bytes] = []
        tail, size = b"\r\n", 0
        while True:
            try:
                piece = await self._reader.readuntil(b".\r\n")
            except asyncio.LimitOverrunError as over:
                piece = await self._reader.readexactly(over.consumed)
            before, tail = tail, (tail + piece[-5:])[-5:]
            size += len(piece)
            if self.data_size_limit and size - 3 > self.data_size_limit:
                pieces.clear()
            else:
                pieces.append(unstuffed(piece, before))
            if tail == b"\r\n.\r\n":
                break
        if self.data_size_limit and size - 3 > self.data_size_limit:
            return None
        pieces[-1] = pieces[-1][:-2]  # of the lonely dot only its line end is left
        return b"".join(pieces)

    def leave(self) -> None:
        """Hang up."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


def unstuffed(piece: bytes, before: bytes) -> bytes:
    """A piece of a mail without the dots that were put before lines; `before` is how the last one ended.

    Piece by piece, because one search through 20 MB would hold the loop.
    """
    if before.endswith(b"\r\n") and piece.startswith(b"."):
        piece = piece[1:]
    elif before.endswith(b"\r") and piece.startswith(b"\n."):
        piece = b"\n" + piece[2:]
    return piece.replace(b"\r\n.", b"\r\n")


class _Smtp(_Counted):
    pass


class _Lmtp(_Counted, LMTP):
    pass


class _Handler:
    """Answers the commands of every connection of a port."""

    def __init__(self, receptions: dict[ChannelId, Reception], *, lmtp: bool) -> None:
        self._receptions = receptions
        self._lmtp = lmtp

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._reception(address) is None:
            return STRANGER
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return TOO_MANY
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.original_content or b""
        key, fields = await asyncio.to_thread(_looked_at, raw)
        answers: dict[ChannelId, str] = {}
        each: list[str] = []
        for address in envelope.rcpt_tos:
            reception = self._reception(address)
            if reception is None:
                each.append(STRANGER)
                continue
            channel = reception.mailbox.id
            if channel not in answers:
                answers[channel] = await self._keep(
                    reception, fields, key, raw, (envelope.mail_from or "").strip("<>")
                )
            each.append(answers[channel])
        if self._lmtp:
            return "\r\n".join(each)
        # One answer for all.  What must be tried again goes first: what was kept is known by its key then.
        return min(each, key=_urgency)

    async def _keep(self, reception: Reception, fields: Fields, key: str, raw: bytes, sender: str) -> str:
        why = circles(fields, reception.own)
        if why:
            log.warning("a mail goes in a circle and was refused", extra={"channel": reception.mailbox.id})
            return LOOP.format(why=why)
        try:
            await reception.keep(key, raw, sender)
        except DiskFullError:
            log.error("the disk is full: mail is put off", extra={"channel": reception.mailbox.id})  # noqa: TRY400 - the cause is said
            return FULL
        except StorageError:
            log.exception("a mail could not be kept", extra={"channel": reception.mailbox.id})
            return FAILED
        except Exception:
            log.exception("a mail could not be kept", extra={"channel": reception.mailbox.id})
            return FAILED
        return KEPT

    async def handle_exception(self, error: Exception) -> str:
        log.error("a mail connection failed", exc_info=error)
        return FAILED

    def _reception(self, address: str) -> Reception | None:
        """The desk of an address; `help+anything@` is `help@` (RFC 5233)."""
        local, _, domain = address_of(address).casefold().rpartition("@")
        boxes = {
            own.casefold(): one
            for one in self._receptions.values()
            for own in (one.mailbox.address, *one.mailbox.aliases)
        }
        return boxes.get(f"{local}@{domain}") or boxes.get(f"{local.partition('+')[0]}@{domain}")


def _looked_at(raw: bytes) -> tuple[str, Fields]:
    """A mail's key and its header fields; in a thread, because both take their time."""
    return content_key(raw), fields_of(raw)


def _urgency(answer: str) -> int:
    """Temporary failures before success before refusals."""
    return {"4": 0, "2": 1}.get(answer[0], 2)
