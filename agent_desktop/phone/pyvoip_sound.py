"""The phone's end of the sound that comes from the pyVoIP child: frames over loopback UDP.

Each frame that the phone sends is answered by one; a few are kept, because two processes never wake at
quite the same time, and more than a few are dropped, because old sound is of no use.

Rule: frames are taken from the one who said the call's secret; any program can reach a loopback port.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
import socket
from collections import deque
from typing import Any, Final

import numpy as np

from agent_desktop.media.pcm import SILENCE, Pcm
from agent_desktop.media.quality import Quality

_MOST_FRAMES: Final = 4
_KEPT_FRAMES: Final = 1
_MOST_PER_TICK: Final = 32
_LARGEST_BYTES: Final = 8192


class LoopbackSound:
    """What `Sound` needs of a call's session."""

    pressing = False

    def __init__(self) -> None:
        self._wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._wire.bind(("127.0.0.1", 0))
        self._wire.settimeout(0.0)
        self._secret = secrets.token_bytes(16)
        self._child: Any = None
        self._frames: deque[Pcm] = deque()

    @property
    def port(self) -> int:
        return int(self._wire.getsockname()[1])

    @property
    def secret(self) -> str:
        """What the child must say first."""
        return self._secret.hex()

    def receive_due(self) -> None:
        for _ in range(_MOST_PER_TICK):
            try:
                data, source = self._wire.recvfrom(_LARGEST_BYTES)
            except BlockingIOError:
                break
            except OSError:
                if self._wire.fileno() < 0:
                    return
                continue  # Windows tells the child's end here
            if hmac.compare_digest(data, self._secret):
                self._child = source
            elif source == self._child and len(data) == SILENCE.nbytes:
                self._frames.append(np.frombuffer(data, dtype=np.int16))
        if len(self._frames) > _MOST_FRAMES:
            while len(self._frames) > _KEPT_FRAMES:
                self._frames.popleft()

    def read_frame(self) -> Pcm:
        return self._frames.popleft() if self._frames else SILENCE

    def write_frame(self, pcm: Pcm) -> None:
        if self._child is not None:
            with contextlib.suppress(OSError):
                self._wire.sendto(pcm.tobytes(), self._child)

    def press(self, digits: str) -> bool:
        _ = digits
        return False

    def quality(self) -> Quality | None:
        return None

    def close(self) -> None:
        self._wire.close()
