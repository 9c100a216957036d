"""Requests too long for a datagram (RFC 3261 section 18.1.1), and what belongs to them.

A long INVITE goes by TCP although the peer is known by UDP.  Its CANCEL and the ACK of its refusal are short,
and go the same way (sections 9.1 and 17.1.1.3): a proxy that looks at the transport in the Via finds no call
to cancel else, and the callee's telephone rings on.

Rules: no sockets; only so much is remembered as a busy exchange needs.
"""

from __future__ import annotations

import re
from typing import Final

NO_TCP_S: Final = 300.0
_MOST: Final = 1000
_BRANCH: Final = re.compile(rb"[;\s]branch\s*=\s*([^;,\s]+)", re.IGNORECASE)


class LongRequests:
    """Which peers take no TCP, and which INVITEs went by it."""

    def __init__(self) -> None:
        self._no_tcp: dict[tuple[str, int], float] = {}
        self._branches: dict[bytes, None] = {}

    def may_go(self, data: bytes, host: str, port: int, now: float) -> bool:
        """Whether TCP is worth a try: a request of ours, and a peer that did not refuse lately."""
        is_request = not data.startswith(b"SIP/") and b"/UDP " in data
        return is_request and self._no_tcp.get((host, port), 0.0) <= now

    def refused(self, host: str, port: int, now: float) -> None:
        """Nobody takes TCP there."""
        if len(self._no_tcp) > _MOST:
            self._no_tcp.clear()
        self._no_tcp[host, port] = now + NO_TCP_S

    def went(self, data: bytes) -> None:
        """A request has gone by TCP."""
        if data.startswith(b"INVITE ") and (found := _BRANCH.search(data)):
            self._branches[found[1]] = None
            if len(self._branches) > _MOST:
                self._branches.pop(next(iter(self._branches)))

    def follows(self, data: bytes) -> bool:
        """Whether this belongs to an INVITE that has gone by TCP: it has the same branch."""
        if not data.startswith((b"CANCEL ", b"ACK ")):
            return False
        found = _BRANCH.search(data)
        return found is not None and found[1] in self._branches
