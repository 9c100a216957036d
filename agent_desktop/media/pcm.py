"""What one piece of sound is everywhere in this program: signed 16-bit, mono, 16 kHz, 20 ms.

Wide-band codecs (G.722, Opus) keep what 16 kHz can hold; G.711 carries 8,000 samples a second and is
converted at its border (`resampling`).  A frame is what one RTP packet of 20 ms holds and the unit of the
pacer's clock.  A half (10 ms) is the unit of loss concealment (G.711 Appendix I works on 10 ms) so that
packets of 10, 20 and 30 ms all fit.

Rules: sound crosses every border as `Pcm` at `SAMPLE_RATE_HZ`, only between a codec and `resampling` it
may be narrow; an 8-bit linear form never appears (it costs 20 dB of signal-to-noise at speech levels); a
gap is `None`, never zero bytes of a coded format.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Pcm: TypeAlias = npt.NDArray[np.int16]

FRAMES_PER_S: Final = 50
SAMPLE_RATE_HZ: Final = 16_000
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ // FRAMES_PER_S
HALF_SAMPLES: Final = FRAME_SAMPLES // 2
FRAME_S: Final = FRAME_SAMPLES / SAMPLE_RATE_HZ
FULL_SCALE: Final = 32767

NARROW_RATE_HZ: Final = 8000
NARROW_FRAME_SAMPLES: Final = NARROW_RATE_HZ // FRAMES_PER_S

SILENCE: Final[Pcm] = np.zeros(FRAME_SAMPLES, dtype=np.int16)
SILENCE.flags.writeable = False


def to_pcm(signal: npt.NDArray[np.floating] | npt.NDArray[np.int32]) -> Pcm:
    """Round a signal in 16-bit units to `Pcm`; what is too loud is clipped, never wrapped."""
    rounded = np.rint(signal)
    np.minimum(rounded, 32767, out=rounded)
    np.maximum(rounded, -32768, out=rounded)
    return rounded.astype(np.int16)


def frames_of(pcm: Pcm, samples: int = FRAME_SAMPLES) -> list[Pcm]:
    """Cut sound into whole frames; the last one is filled up with silence."""
    short = -len(pcm) % samples
    padded = np.concatenate([pcm, np.zeros(short, dtype=np.int16)]) if short else pcm
    return [padded[start : start + samples] for start in range(0, len(padded), samples)]
