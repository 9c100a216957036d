"""G.722: 7 kHz of sound in 64 kbit/s, the HD of most desk telephones (ITU-T G.722, RFC 3551 section 4.5.2).

The RTP clock is 8000 by an old mistake that RFC 3551 keeps; the sound has 16,000 samples a second.  The
work is done by the package `G722` in C (13 to 17 us a frame); without it `available` is False.

Rules: both directions have a state, so that each stream has its own `G722Codec`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from agent_desktop.media.pcm import Pcm

try:
    from G722 import G722
except ImportError:
    G722 = None

_RATE_HZ: Final = 16_000
_BITRATE_BPS: Final = 64_000


def available() -> bool:
    """Whether the package is installed."""
    return G722 is not None


class G722Codec:
    """One stream's G.722, both ways."""

    __slots__ = ("_reader", "_writer", "payload_type")

    name = "G722"
    clock_rate_hz = 8000
    sample_rate_hz = _RATE_HZ

    def __init__(self, payload_type: int = 9) -> None:
        if G722 is None:
            raise ValueError("G.722 is not installed on this computer.")
        self.payload_type = payload_type
        self._writer: Any = G722(_RATE_HZ, _BITRATE_BPS)
        self._reader: Any = G722(_RATE_HZ, _BITRATE_BPS)

    def encode(self, pcm: Pcm) -> bytes:
        written: bytes = self._writer.encode(np.ascontiguousarray(pcm))
        return written

    def decode(self, payload: bytes) -> Pcm:
        return np.frombuffer(self._reader.decode(payload), dtype=np.int16)
