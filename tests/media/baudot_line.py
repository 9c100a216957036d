"""A telephone line for the textphone tests: the bench's own, and what only the tests need."""

from __future__ import annotations

import numpy as np

from agent_desktop.bench._tty_line import (
    bursts,
    folded,
    heard,
    lost_frames,
    machine,
    noisy,
    plain_codes,
    prose,
    quiet,
    read,
    read_by_machine,
    spoken,
    through,
    typed,
    wrong,
)
from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm, to_pcm

__all__ = [
    "bursts",
    "folded",
    "heard",
    "lost_frames",
    "machine",
    "noisy",
    "plain_codes",
    "prose",
    "quiet",
    "read",
    "read_by_machine",
    "shifted",
    "spoken",
    "through",
    "typed",
    "wrong",
]


def shifted(sound: Pcm, hz: float) -> Pcm:
    """Every frequency higher by so many hertz, as a carrier system that is off does it."""
    spectrum = np.fft.fft(sound.astype(np.float64))
    half = len(sound) // 2
    spectrum[half:] = 0
    analytic = 2 * np.fft.ifft(spectrum)
    turn = np.exp(2j * np.pi * hz * np.arange(len(sound)) / NARROW_RATE_HZ)
    return to_pcm((analytic * turn).real)
