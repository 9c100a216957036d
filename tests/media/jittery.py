"""A sender of 20 ms frames and a listener that pulls them, for tests of the jitter buffer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agent_desktop.media.jitter import JitterBuffer, Packet, Pulled
from agent_desktop.media.pcm import Pcm

FRAME = 160
START = 0xFFFFFFFF - 500  # wraps soon


def frame(n: int, samples: int = FRAME) -> Pcm:
    return np.full(samples, n % 30_000 + 1, dtype=np.int16)


def push(buffer: JitterBuffer, n: int, *, newest: bool = True, follows: bool = True) -> None:
    buffer.push((START + FRAME * n) & 0xFFFFFFFF, frame(n), FRAME, newest=newest, follows=follows)


def number(pulled: Pulled | None) -> int | None:
    """Which frame was heard; None for an erasure or no talk."""
    if isinstance(pulled, Packet) and isinstance(pulled.item, np.ndarray):
        return int(pulled.item[0]) - 1
    return None


@dataclass
class Line:
    """A sender of 20 ms frames whose packets take their time, and a listener that pulls every 20 ms.

    Where the buffer wishes another delay, the listener obeys by half a frame at a time.
    """

    buffer: JitterBuffer
    stamped: bool = False
    drift: float = 0.0

    def play(self, delays_ms: list[float | None], pulls: int | None = None) -> list[int | None]:
        step_ms = 20 * (1 + self.drift)
        arrivals = sorted((step_ms * n + delay, n) for n, delay in enumerate(delays_ms) if delay is not None)
        arrivals.reverse()
        heard: list[int | None] = []
        newest = -1
        for tick in range(pulls or len(delays_ms)):
            now_ms = 20 * tick + 10
            while arrivals and arrivals[-1][0] <= now_ms:
                arrived_ms, n = arrivals.pop()
                waited = 8 * (now_ms - arrived_ms) if self.stamped else None
                self.buffer.push(
                    (START + FRAME * n) & 0xFFFFFFFF,
                    frame(n),
                    FRAME,
                    newest=n > newest,
                    follows=n == newest + 1,
                    waited=waited,
                )
                newest = max(newest, n)
            heard += self._listen()
        return heard

    def _listen(self) -> list[int | None]:
        buffer, heard = self.buffer, list[int | None]()
        stored = buffer.stored
        while stored < FRAME:
            pulled = buffer.pull()
            heard.append(number(pulled))
            stored += FRAME if pulled is None else pulled.units
        if buffer.wish > 0:
            stored += FRAME // 2
            buffer.stretched(FRAME // 2)
        elif buffer.wish < 0:
            stored -= FRAME // 2
            buffer.stretched(-FRAME // 2)
            while stored < FRAME:
                pulled = buffer.pull()
                heard.append(number(pulled))
                stored += FRAME if pulled is None else pulled.units
        buffer.stored = stored - FRAME
        return heard
