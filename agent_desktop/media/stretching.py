"""Making sound a little longer or shorter without a click: one pitch period is repeated or left out.

Where the sound has a pitch, a whole period joins seamlessly; in silence and noise any length does.  A
piece that has neither (the beginning of a word) is refused, so that the caller waits for a better one.

Rules: pure functions on sound of any rate; the first and the last sample stay what they were, so that
pieces before and after join as before.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from agent_desktop.media.pcm import Pcm, to_pcm

_SHORTEST_S: Final = 0.0025
_LONGEST_S: Final = 0.010
_LIKE: Final = 0.75  # correlation above which a period is one
_QUIET_RMS: Final = 100.0  # about -50 dBFS


def shorter(sound: Pcm, rate_hz: int, *, force: bool = False) -> Pcm | None:
    """Without one period of its first 20 ms; None where it would be heard (unless it must be)."""
    lag = _lag(sound, rate_hz, force=force)
    if lag is None:
        return None
    rising = np.arange(lag, dtype=np.float32) / lag
    joined = sound[:lag] * (1 - rising) + sound[lag : 2 * lag] * rising
    return np.concatenate([to_pcm(joined), sound[2 * lag :]])


def longer(sound: Pcm, rate_hz: int, *, force: bool = False) -> Pcm | None:
    """With one period of its first 20 ms twice; None where it would be heard (unless it must be)."""
    lag = _lag(sound, rate_hz, force=force)
    if lag is None:
        return None
    rising = np.arange(lag, dtype=np.float32) / lag
    again = sound[lag : 2 * lag] * (1 - rising) + sound[:lag] * rising
    return np.concatenate([sound[:lag], to_pcm(again), sound[lag:]])


def _lag(sound: Pcm, rate_hz: int, *, force: bool) -> int | None:
    """The period of the first 20 ms, in samples."""
    shortest, longest = round(_SHORTEST_S * rate_hz), round(_LONGEST_S * rate_hz)
    if len(sound) < 2 * longest:
        return None
    signal = sound[: 2 * longest].astype(np.float64)
    if float(np.mean(signal**2)) < _QUIET_RMS**2:
        return longest
    first = signal[:longest]
    products = np.correlate(signal, first, "valid")[shortest:]
    energies = np.concatenate([[0.0], np.cumsum(signal**2)])
    powers = (energies[longest:] - energies[:-longest])[shortest:]
    likeness = products / np.sqrt(np.maximum(powers * float(first @ first), 1.0))
    best = int(np.argmax(likeness))
    return best + shortest if force or likeness[best] >= _LIKE else None
