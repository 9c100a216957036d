"""The outside world's mail server: takes what the centre sends and keeps it as a Maildir.

Every mail reader can open the folder, so a person can look at what a customer would see.
"""

from __future__ import annotations

import asyncio
import mailbox
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class OutsideMail:
    """An SMTP server on loopback in front of a Maildir."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        await asyncio.to_thread(self._folder.parent.mkdir, parents=True, exist_ok=True)
        keeper = _Keeper(mailbox.Maildir(str(self._folder), create=True))
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(keeper, hostname="outside.example", loop=loop), "127.0.0.1", self._port
        )

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()


class _Keeper:
    """aiosmtpd's handler."""

    def __init__(self, box: mailbox.Maildir) -> None:
        self._box = box

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one mail."""
        content = envelope.content or b""
        self._box.add(content if isinstance(content, bytes) else content.encode())
        return "250 Taken"
