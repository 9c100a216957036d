"""The outside world's mail server: takes what the centre sends and keeps it as a Maildir.

Every mail reader can open the folder, so a person can look at what a customer would see.
"""

from __future__ import annotations

import mailbox
from pathlib import Path

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session


class OutsideMail:
    """An SMTP server on loopback in front of a Maildir."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._server: UnthreadedController | None = None

    async def start(self) -> None:
        """Listen."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        box = mailbox.Maildir(str(self._folder), create=True)
        self._server = UnthreadedController(_Keeper(box), hostname="127.0.0.1", port=self._port)
        self._server.server = await self._server.loop.create_server(
            self._server.factory, "127.0.0.1", self._port
        )

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None and self._server.server is not None:
            self._server.server.close()


class _Keeper:
    """aiosmtpd's handler."""

    def __init__(self, box: mailbox.Maildir) -> None:
        self._box = box

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one mail."""
        content = envelope.content or b""
        self._box.add(content if isinstance(content, bytes) else content.encode())
        return "250 Taken"
