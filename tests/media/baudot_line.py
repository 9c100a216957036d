"""A telephone line for the textphone tests: G.711, noise, lost frames; how much of a text comes through."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import numpy as np

from agent_desktop.media.codecs import PCMU, TableCodec
from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm, to_pcm
from agent_desktop.media.tty_reading import Reading
from agent_desktop.media.tty_receive import HeardCode, TtyReceiver
from agent_desktop.media.tty_send import BAUD_US, TtySender

# Signs that minimodem writes otherwise than a textphone (# & = +) are left out.
_SIGNS = "-$',!:(\")?./;"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def prose(length: int, seed: int = 1) -> str:
    """Words, numbers and punctuation."""
    chance, words = random.Random(seed), list[str]()
    while sum(map(len, words)) + len(words) < length:
        kind = chance.random()
        if kind < 0.75:
            words.append("".join(chance.choice(_LETTERS) for _ in range(chance.randint(1, 9))))
        else:
            words.append(str(chance.randint(0, 99999)) if kind < 0.9 else chance.choice(_SIGNS))
    return " ".join(words)[:length].strip()


def bursts(sender: TtySender, size: int = 160) -> Iterator[Pcm]:
    """What is sent until the carrier goes."""
    while (frame := sender.frame(size)) is not None:
        yield frame


def spoken(
    text: str, baud: float = BAUD_US, *, stop_bits: float = 2.0, level_dbfs: float = -13.14, size: int = 160
) -> Pcm:
    """A burst with silence on both sides."""
    sender = TtySender(baud=baud, stop_bits=stop_bits, level_dbfs=level_dbfs)
    sender.say(text)
    quiet: Pcm = np.zeros(3200, dtype=np.int16)
    return np.concatenate([quiet, *bursts(sender, size), quiet])


def through(sound: Pcm, law: TableCodec = PCMU) -> Pcm:
    return law.decode(law.encode(np.ascontiguousarray(sound)))


def noisy(sound: Pcm, snr_db: float, seed: int = 1) -> Pcm:
    """White noise up to 4 kHz, below the power of what is not silent."""
    active = sound[sound != 0].astype(np.float64)
    sigma = float(np.sqrt(np.mean(active**2) / 10 ** (snr_db / 10)))
    return to_pcm(sound + np.random.default_rng(seed).normal(0, sigma, len(sound)))


def lost_frames(samples: int, size: int, share: float, seed: int) -> frozenset[int]:
    chance = random.Random(seed)
    return frozenset(frame for frame in range(samples // size + 1) if chance.random() < share)


def heard(sound: Pcm, size: int = 160, lost: Iterable[int] = ()) -> list[HeardCode]:
    receiver, codes, gone = TtyReceiver(), list[HeardCode](), frozenset(lost)
    for number, start in enumerate(range(0, len(sound), size)):
        frame = sound[start : start + size]
        codes += receiver.hear(None, len(frame)) if number in gone else receiver.hear(frame)
    return codes


def read(codes: Iterable[HeardCode]) -> str:
    reading = Reading()
    for code in codes:
        reading.take(code)
    return reading.text


def wrong(meant: str, got: str) -> float:
    """The character error rate in per cent (Levenshtein)."""
    if meant == got:
        return 0.0
    row = list(range(len(got) + 1))
    for place, one in enumerate(meant, 1):
        diagonal, row[0] = row[0], place
        for other, sign in enumerate(got, 1):
            diagonal, row[other] = (
                row[other],
                min(row[other] + 1, row[other - 1] + 1, diagonal + (one != sign)),
            )
    return 100 * row[-1] / len(meant)


def shifted(sound: Pcm, hz: float) -> Pcm:
    """Every frequency higher by so many hertz, as a carrier system that is off does it."""
    spectrum = np.fft.fft(sound.astype(np.float64))
    half = len(sound) // 2
    spectrum[half:] = 0
    analytic = 2 * np.fft.ifft(spectrum)
    turn = np.exp(2j * np.pi * hz * np.arange(len(sound)) / NARROW_RATE_HZ)
    return to_pcm((analytic * turn).real)
