"""What one piece of sound is everywhere in this program: signed 16-bit, mono, 8 kHz, 20 ms.

G.711 carries 8,000 samples a second; a frame is what one RTP packet of 20 ms holds (160 samples) and
the unit of the pacer's clock.  A half (10 ms) is the unit of loss concealment (G.711 Appendix I works
on 10 ms) so that packets of 10, 20 and 30 ms all fit.

Rules: sound crosses every border as `Pcm`; an 8-bit linear form never appears (it costs 20 dB of
signal-to-noise at speech levels); a gap is `None`, never zero bytes of a coded format.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Pcm: TypeAlias = npt.NDArray[np.int16]

SAMPLE_RATE_HZ: Final = 8000
FRAME_SAMPLES: Final = 160
HALF_SAMPLES: Final = 80
FRAME_S: Final = FRAME_SAMPLES / SAMPLE_RATE_HZ
FULL_SCALE: Final = 32767

SILENCE: Final[Pcm] = np.zeros(FRAME_SAMPLES, dtype=np.int16)
SILENCE.flags.writeable = False


def to_pcm(signal: npt.NDArray[np.floating] | npt.NDArray[np.int32]) -> Pcm:
    """Round a signal in 16-bit units to `Pcm`; what is too loud is clipped, never wrapped."""
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)


def frames_of(pcm: Pcm) -> list[Pcm]:
    """Cut sound into whole frames; the last one is filled up with silence."""
    short = -len(pcm) % FRAME_SAMPLES
    padded = np.concatenate([pcm, np.zeros(short, dtype=np.int16)]) if short else pcm
    return [padded[start : start + FRAME_SAMPLES] for start in range(0, len(padded), FRAME_SAMPLES)]
