"""Ports of this folder: 25000 to 25999, a fifth for each worker of pytest-xdist, each handed out once."""

from __future__ import annotations

import itertools
import os
import socket

HOST = "127.0.0.1"
FIRST, SHARE = 25000, 200
MEDIA_SHARE = 100  # the second half of a share is for sound


def worker() -> int:
    """Which worker of xdist this is; 0 without xdist."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0) % 5


def is_free(port: int) -> bool:
    """Whether nobody has it, neither for TCP nor for UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                return False
    return True


_first = FIRST + worker() * SHARE
_turns = itertools.cycle(range(_first, _first + SHARE - MEDIA_SHARE, 4))
SOUND = range(_first + SHARE - MEDIA_SHARE, _first + SHARE, 2)
"""Even ports for RTP of our own; peers that want a range begin in it."""


def block() -> int:
    """The first of four free ports; with the last one held, the next comes first another time."""
    for port in itertools.islice(_turns, (SHARE - MEDIA_SHARE) // 4):
        if all(is_free(port + n) for n in range(4)):
            return port
    raise AssertionError(f"no four free ports from {_first} on")
