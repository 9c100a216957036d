"""Ports for the servers that client and text mode talk to: 30300 to 32699, six hundred for each worker."""

from __future__ import annotations

import itertools
import os

from tests.interop.places import is_free

_SHARE = 600
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0) % 4
_first = 30_300 + _SHARE * _worker
_turns = itertools.cycle(range(_first, _first + _SHARE))


def free_port() -> int:
    """One that nobody has; the one after it comes next time."""
    return next(one for one in itertools.islice(_turns, _SHARE) if is_free(one))
