"""Ports of this folder: 22000 to 22399, a slice for each worker of pytest-xdist."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

from tests.interop.places import is_free

HOST = "127.0.0.1"
FIRST, WORKERS, SHARE = 22000, 4, 72
# The demo takes base to base + 3 and RTP from base + 100 on; RTP ports that are taken are passed over.
RTP_FIRST, RTP_LAST = 22300, 22399


def worker() -> int:
    """Which worker of xdist this is; 0 without xdist."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0) % WORKERS


def _blocks() -> Iterator[int]:
    first = FIRST + worker() * SHARE
    return itertools.cycle(range(first, first + SHARE, 4))


_turns = _blocks()


def block() -> int:
    """The first of four free ports: one centre, or one peer."""
    for port in itertools.islice(_turns, SHARE // 4):
        if all(is_free(port + n) for n in range(4)):
            return port
    raise AssertionError(f"no four free ports from {FIRST + worker() * SHARE} on")
