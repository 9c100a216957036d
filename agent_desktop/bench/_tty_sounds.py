"""Ten minutes of what is no textphone: voices of espeak-ng, keys, music, noise, the tones of a telephone.

Everything is made here, by seed or by a program that we did not write, so that a run can be repeated.
The voices speak several languages at several heights, with many words in s, sh and z, whose sound
lies where the tones of a textphone lie.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.errors import AgentDesktopError
from agent_desktop.media import tones, wav
from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm, to_pcm

SPEECH_S: Final = 360.0
KEYS_S: Final = 60.0
MUSIC_S: Final = 90.0
NOISE_S: Final = 90.0

_ENGLISH: Final = (
    "One two three. See, the sea is free; we seek cheese, sixty-six pieces, please. Thank you for calling. "
    "My parcel with the blue lamp has not arrived, although the carrier promised it for Monday morning. "
    "Hello? Yes, hello. Whistles, bells and sirens. She sells sea shells; the shells she sells are surely "
    "sea shells. Uh, hmm, I see. The number is nine, eight, seven, six, five, four, zero."
)
_VOICES: Final = (
    ("en", _ENGLISH),
    ("en+f3", _ENGLISH),
    ("en-us+m7", _ENGLISH),
    ("en+f5", _ENGLISH),
    ("en+whisper", _ENGLISH),
    ("en+croak", _ENGLISH),
    ("de", "Guten Tag, ich sehe sieben Zeisige sitzen. Zwischen zwei Zweigen zwitschern zwei Schwalben."),
    (
        "fr+f2",
        "Bonjour, les chaussettes de l'archiduchesse sont-elles seches? Si six scies scient six cypres.",
    ),
    ("es+m3", "Buenos dias. Tres tristes tigres tragaban trigo en un trigal. Si, si, siete."),
    ("pl", "Dzien dobry. W Szczebrzeszynie chrzaszcz brzmi w trzcinie."),
)
_ROWS: Final = (697.0, 770.0, 852.0, 941.0)
_COLUMNS: Final = (1209.0, 1336.0, 1477.0, 1633.0)


def all_sounds(share: float = 1.0) -> Iterator[tuple[str, Pcm]]:
    """Name and sound of each kind; ten minutes together, or a share of that."""
    yield "speech", speech(SPEECH_S * share)
    yield "DTMF", keys(KEYS_S * share)
    yield "music", music(MUSIC_S * share)
    yield "noise and tones", noise(NOISE_S * share)


def speech(seconds: float, speeds: tuple[int, ...] = (120, 160, 220)) -> Pcm:
    """The voices in turn, each at another speed, with a pause between."""
    if shutil.which("espeak-ng") is None:
        raise AgentDesktopError("This bench needs espeak-ng to speak (Debian: apt-get install espeak-ng).")
    pieces, length = list[Pcm](), 0
    turns = (
        (voice, text, pitch, speed) for pitch in (50, 20, 85) for speed in speeds for voice, text in _VOICES
    )
    for voice, text, pitch, speed in turns:
        said = _spoken(voice, text, pitch, speed)
        pieces += [said, np.zeros(NARROW_RATE_HZ // 2, dtype=np.int16)]
        length += len(said) + NARROW_RATE_HZ // 2
        if length >= seconds * NARROW_RATE_HZ:
            break
    return np.concatenate(pieces)[: round(seconds * NARROW_RATE_HZ)]


def keys(seconds: float, seed: int = 1) -> Pcm:
    """Every pair of row and column, for 50 to 300 ms, loud and quiet."""
    chance, pieces = np.random.default_rng(seed), list[Pcm]()
    pairs = cycle([(row, column) for row in _ROWS for column in _COLUMNS])
    for row, column in islice(pairs, round(seconds * 4)):
        long_s, level = float(chance.uniform(0.05, 0.3)), float(chance.uniform(-40, -6))
        both = _sine(row, long_s, level).astype(np.int32) + _sine(column, long_s, level)
        pieces += [to_pcm(both), np.zeros(round(float(chance.uniform(0.02, 0.2)) * 8000), dtype=np.int16)]
    return _filled(pieces, seconds)


def music(seconds: float, seed: int = 2) -> Pcm:
    """Chords, runs with vibrato and whistled tunes round the very tones, in bars of an even beat."""
    chance, pieces = np.random.default_rng(seed), list[Pcm]()
    scale = 220.0 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12, 16, 19, 24, 28, 31, 36]) / 12)
    for beat in range(round(seconds * 4)):
        long_s = float(chance.choice([0.022, 0.11, 0.25, 0.5]))
        t = np.arange(round(long_s * NARROW_RATE_HZ)) / NARROW_RATE_HZ
        sound = np.zeros(len(t))
        for hz in chance.choice(scale, 3 if beat % 2 else 1):
            wobble = float(chance.uniform(0, 4)) * np.sin(2 * np.pi * 6 * t)
            for harmonic in range(1, 6):
                if hz * harmonic < NARROW_RATE_HZ / 2:
                    sound += np.sin(2 * np.pi * hz * harmonic * t + wobble) / harmonic**2
        if beat % 5 == 0:  # a whistle at a note near a mark or a space
            sound = np.sin(2 * np.pi * float(chance.choice([1318.5, 1396.9, 1480.0, 1760.0, 1864.7])) * t)
        pieces.append(to_pcm(5000 * sound))
    return _filled(pieces, seconds)


def noise(seconds: float, seed: int = 3) -> Pcm:
    """White, pink and gated noise, then ringing, busy and warning tones, a modem's answer tone, a siren."""
    chance = np.random.default_rng(seed)
    part = round(seconds / 6 * NARROW_RATE_HZ)
    white = chance.normal(0, 2000, part)
    spectrum = np.fft.rfft(chance.normal(0, 1, part))
    pink = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), part)
    gated = chance.normal(0, 3000, part) * (chance.random(part // 176 + 1) > 0.5).repeat(176)[:part]
    t = np.arange(part) / NARROW_RATE_HZ
    answer = 6000 * np.sin(2 * np.pi * 2100 * t)
    siren = 6000 * np.sin(2 * np.pi * np.cumsum(1600 + 500 * np.sin(2 * np.pi * 0.8 * t)) / NARROW_RATE_HZ)
    signals = [tones.ringback(), tones.busy(), tones.zip_tone(), tones.warning_tone()]
    signalled = np.resize(np.concatenate([one[::2] for one in signals]), part)
    kinds: list[npt.NDArray[np.float64]] = [white, pink / pink.std() * 2000, gated, answer, siren]
    return np.concatenate([*map(to_pcm, kinds), signalled])


def _filled(pieces: list[Pcm], seconds: float) -> Pcm:
    return np.resize(np.concatenate(pieces), round(seconds * NARROW_RATE_HZ))


def _sine(hz: float, seconds: float, level_dbfs: float) -> Pcm:
    return tones.sine(hz, seconds, level_dbfs, NARROW_RATE_HZ)


def _spoken(voice: str, text: str, pitch: int, speed: int) -> Pcm:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        asked = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "-w", str(path), text]
        subprocess.run(asked, check=True, capture_output=True)  # noqa: S603 - looked up above
        return wav.read(path, NARROW_RATE_HZ)
