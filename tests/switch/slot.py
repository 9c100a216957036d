"""Two hundred ports that no other test process on this computer uses.

Test workers, and other checkouts under test, run at the same time, and telephones want fixed ports.  A
process takes the first free slot and keeps it by listening on its last port.  Programs that know nothing
of slots (somebody's demo) are passed over too.
"""

from __future__ import annotations

import atexit
import socket

from tests.interop.places import is_free

HOST = "127.0.0.1"
_WIDTH = 200
_FIRST_PORTS = range(27200, 30200, _WIDTH)  # below 27200 other rooms' tests have their ports


def _take() -> tuple[int, socket.socket]:
    for first in _FIRST_PORTS:
        mine = socket.socket()
        try:
            mine.bind((HOST, first + _WIDTH - 1))
            mine.listen(1)
        except OSError:
            mine.close()
            continue
        if all(map(is_free, range(first, first + _WIDTH - 1))):
            return first, mine
        mine.close()
    raise RuntimeError("every slot of ports is taken")


FIRST_PORT, _held = _take()
atexit.register(_held.close)


def port(offset: int) -> int:
    """A port of this process, by its place in the slot."""
    assert 0 <= offset < _WIDTH - 1
    return FIRST_PORT + offset


SIP_PORT = port(150)
RTP_PORTS = (port(100), port(149))
"""Twenty-five pairs for the switch; the first hundred ports are the telephones'."""
CUSTOMER, AGENT, SPARE, OUTSIDE = ((port(n), port(n + 4)) for n in (160, 170, 184, 190))
"""SIP port (baresip takes the next one too) and control port of each telephone."""
LEAD, FOURTH = ((port(n), port(n + 2)) for n in (154, 166))
SIPP = (port(180), port(182))
