"""Speech for the tests of captions: a person's at telephone bandwidth, and what stands for it to a fake.

The person is Allison Smith, whose prompts Debian packages (`asterisk-core-sounds-en-wav`, CC BY-SA 3.0); what
she says is written beside, in words, so that figures may be spelled or not.
"""

from __future__ import annotations

import re
import wave
from pathlib import Path

import numpy as np

from agent_desktop.media.pcm import FULL_SCALE, SAMPLE_RATE_HZ, Pcm, frames_of, to_pcm
from agent_desktop.media.resampling import Upsampler

FOLDER = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
SAID = {
    "queue-periodic-announce": "All of our representatives are currently busy. Please stay on the line "
    "and your call will be answered by the next available representative.",
    "privacy-unident": "The party you are trying to reach does not accept unidentified calls.",
    "cannot-complete-as-dialed": "Your call cannot be completed as dialed.",
}
FRAME_BYTES = 640


def person(name: str) -> Pcm:
    """What she says, raised to 16 kHz as a call's sound is, with a pause behind it."""
    with wave.open(str(FOLDER / f"{name}.wav")) as file:
        narrow = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
    up = Upsampler()
    return np.concatenate([up(frame) for frame in frames_of(narrow, 160)] + [pause(1.0)])


def pause(seconds: float) -> Pcm:
    """A quiet line: noise at -65 dBFS."""
    noise = np.random.default_rng(7).normal(0, FULL_SCALE * 10 ** (-65 / 20), round(seconds * SAMPLE_RATE_HZ))
    return to_pcm(noise)


def babble(seconds: float, dbfs: float = -20.0) -> Pcm:
    """Loud enough and uneven enough for speech, to whoever only cuts it."""
    n = round(seconds * SAMPLE_RATE_HZ)
    noise = np.random.default_rng(3).normal(0, FULL_SCALE * 10 ** (dbfs / 20), n)
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * np.arange(n) / SAMPLE_RATE_HZ)
    return to_pcm(noise * syllables)


def words(text: str) -> list[str]:
    """As they are compared."""
    return re.findall(r"[a-z']+", text.lower())


def errors(wanted: str, got: str) -> float:
    """The word error rate: how many words are wrong, missing or too many, of those that were said."""
    said, read = words(wanted), words(got)
    row = list(range(len(read) + 1))
    for i, one in enumerate(said, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(read, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (one != other))
    return row[-1] / len(said)
