"""Cutting a TCP or TLS stream into messages (RFC 3261 section 18.3), and the pings in between (RFC 5626).

Sans-I/O: bytes in any pieces go in, whole messages come out.  A SipError means that the place where the
next message starts is lost: the connection has to be closed.

Rules of the file: no byte is looked at twice however small the pieces are, and what waits is at most one
message of `MAX_BYTES`.
"""

from __future__ import annotations

import re

from agent_desktop.errors import SipError
from agent_desktop.sip.parser import MAX_BYTES

_LENGTH = re.compile(
    rb"^(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,9})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)
PING = b"\r\n\r\n"
PONG = b"\r\n"


class StreamSplitter:
    """Holds at most one message that is not whole yet."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._searched = 0
        self._size: int | None = None
        self.pings = 0

    @property
    def is_between_messages(self) -> bool:
        """Nothing of a message has come yet; line ends are none."""
        return len(self._waiting) < len(PING) and not self._waiting.strip(b"\r\n")

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now, in order.  `pings` counts the keep-alives that want a pong."""
        self._waiting += data
        found: list[bytes] = []
        while True:
            message = self._next()
            if message is None:
                return found
            found.append(message)

    def _next(self) -> bytes | None:
        waiting = self._waiting
        if self._searched == 0:
            self._skip_line_ends()
        if self.is_between_messages:
            return None
        if self._size is None:
            end = waiting.find(b"\r\n\r\n", self._searched)
            if end < 0:
                if len(waiting) > MAX_BYTES:
                    raise SipError("The header section does not end.", status=513)
                self._searched = max(1, len(waiting) - 3)
                return None
            self._size = end + 4 + _length(bytes(waiting[:end]))
            if self._size > MAX_BYTES:
                raise SipError("The message is too large.", status=513)
        if len(waiting) < self._size:
            self._searched = len(waiting)
            return None
        message = bytes(waiting[: self._size])
        del waiting[: self._size]
        self._searched, self._size = 0, None
        return message

    def _skip_line_ends(self) -> None:
        """Pings, and the lone line end that section 7.5 allows before a message."""
        waiting = self._waiting
        while waiting.startswith(PING):
            self.pings += 1
            del waiting[: len(PING)]
        if waiting.startswith(PONG) and (len(waiting) > 3 or waiting.strip(b"\r\n")):
            del waiting[: len(PONG)]


def _length(head: bytes) -> int:
    found = _LENGTH.findall(head)
    if len(set(found)) != 1:
        # Section 18.3 makes Content-Length a must on streams; without it the next start is a guess.
        raise SipError("A message on a connection has no single Content-Length.")
    return int(found[0])
