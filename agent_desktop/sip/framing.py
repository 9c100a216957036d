"""Cutting a TCP or TLS stream into messages (RFC 3261 section 18.3), and the pings in between (RFC 5626).

Sans-I/O: bytes in any pieces go in, whole messages come out.  A SipError means that the place where the
next message starts is lost: the connection has to be closed.
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
        self.pings = 0

    @property
    def is_between_messages(self) -> bool:
        return not self._waiting

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
        while waiting.startswith(PING):
            self.pings += 1
            del waiting[: len(PING)]
        if waiting[:1].isspace() and len(waiting) >= len(PING):
            # A lone line end before a message is allowed by section 7.5.
            del waiting[: len(waiting) - len(waiting.lstrip(b"\r\n"))]
        if waiting.strip(b"\r\n") == b"":
            return None
        end = waiting.find(b"\r\n\r\n")
        if end < 0:
            if len(waiting) > MAX_BYTES:
                raise SipError("The header section does not end.", status=513)
            return None
        size = end + 4 + _length(bytes(waiting[:end]))
        if size > MAX_BYTES:
            raise SipError("The message is too large.", status=513)
        if len(waiting) < size:
            return None
        message = bytes(waiting[:size])
        del waiting[:size]
        return message


def _length(head: bytes) -> int:
    found = _LENGTH.findall(head)
    if len(set(found)) != 1:
        # Section 18.3 makes Content-Length a must on streams; without it the next start is a guess.
        raise SipError("A message on a connection has no single Content-Length.")
    return int(found[0])
