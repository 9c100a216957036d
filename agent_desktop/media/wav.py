"""Sound files: read any PCM WAV as 16 kHz mono, write 16-bit WAV.

Reading mixes the channels and changes the rate with a windowed-sinc filter (Kaiser, 32 zero crossings a
side), cut off below the lower of the two half rates.  Files come from people: a length that is too large
is refused before it is read, and every fault is a `WavError` that names the file.
"""

from __future__ import annotations

import math
import wave
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.errors import AgentDesktopError
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm, to_pcm

_CROSSINGS: Final = 32
_BETA: Final = 8.0
_CHUNK: Final = 4096
_LONGEST_S: Final = 3600


class WavError(AgentDesktopError):
    """A sound file that cannot be read."""


def read(path: Path, rate_hz: int = SAMPLE_RATE_HZ) -> Pcm:
    """The file as mono sound.  Raises `WavError` when it is no PCM WAV, or longer than an hour."""
    try:
        with wave.open(str(path), "rb") as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            if rate <= 0 or channels <= 0 or file.getnframes() > _LONGEST_S * rate:
                raise WavError(
                    f"The sound file {path.name} is longer than an hour or says nothing of its rate."
                )
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise WavError(f"The sound file {path.name} cannot be read as WAV: {error}") from error
    samples = _samples(data[: len(data) // (width * channels) * width * channels], width)
    mono = samples.reshape(-1, channels).mean(axis=1)
    return to_pcm(resample(mono, rate, rate_hz))


def write(path: Path, pcm: Pcm, rate_hz: int = SAMPLE_RATE_HZ) -> None:
    """Write mono 16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm.astype("<i2").tobytes())


def _samples(data: bytes, width: int) -> npt.NDArray[np.float64]:
    """Samples in 16-bit units, from 8 (unsigned), 16, 24 or 32 bits."""
    if width == 1:
        return (np.frombuffer(data, dtype=np.uint8).astype(np.float64) - 128) * 256
    if width == 2:
        return np.frombuffer(data, dtype="<i2").astype(np.float64)
    if width == 3:
        raw = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3).astype(np.int32)
        return ((raw[:, 0] << 8 | raw[:, 1] << 16 | raw[:, 2] << 24) >> 16).astype(np.float64)
    return np.frombuffer(data, dtype="<i4").astype(np.float64) / 65536


def resample(signal: npt.NDArray[np.float64], from_hz: int, to_hz: int) -> npt.NDArray[np.float64]:
    """The same sound at another rate, its length to the nearest sample."""
    if from_hz == to_hz or len(signal) == 0:
        return signal
    shared = math.gcd(from_hz, to_hz)
    up, down = to_hz // shared, from_hz // shared
    cutoff = min(1.0, up / down) * 0.97
    reach = math.ceil(_CROSSINGS / cutoff)
    offsets = np.arange(-reach, reach + 1)
    phases = np.arange(up)[:, None] / up
    distance = phases - offsets[None, :]
    window = np.i0(_BETA * np.sqrt(np.maximum(0.0, 1 - (distance / (reach + 1)) ** 2))) / np.i0(_BETA)
    weights = cutoff * np.sinc(cutoff * distance) * window
    weights /= weights.sum(axis=1, keepdims=True)
    padded = np.concatenate([np.zeros(reach), signal, np.zeros(reach + 1)])
    count = max(1, len(signal) * up // down)
    result = np.empty(count)
    for start in range(0, count, _CHUNK):
        places = np.arange(start, min(start + _CHUNK, count)) * down
        whole, phase = places // up, places % up
        taps = padded[whole[:, None] + np.arange(2 * reach + 1)[None, :]]
        result[start : start + len(places)] = np.einsum("ij,ij->i", taps, weights[phase])
    return result
