"""A telephone line for textphones: texts to send, a machine of any kind, G.711, noise, lost frames, scores.

The machine here is no part of the program: it makes tones from codes with what others do badly or
differently (stop bits, clock, level, unshift on space), so that the receiver is not measured against its
own sender alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import numpy as np

from agent_desktop.media.codecs import PCMU, TableCodec
from agent_desktop.media.ita2 import CR, FIGS, FIGURES, LETTERS, LF, LTRS, SPACE
from agent_desktop.media.pcm import FULL_SCALE, NARROW_RATE_HZ, Pcm, to_pcm
from agent_desktop.media.tty_reading import Reading
from agent_desktop.media.tty_receive import HeardCode, TtyReceiver
from agent_desktop.media.tty_send import BAUD_US, LEVEL_DBFS, MARK_HZ, SPACE_HZ, TtySender

# Signs that minimodem writes otherwise than a textphone (# & = +) are left out.
_SIGNS = "-$',!:(\")?./;"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def prose(length: int, seed: int = 1) -> str:
    """Words, numbers and punctuation."""
    chance, words = random.Random(seed), list[str]()  # noqa: S311 - to be repeated
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


def quiet(seconds: float) -> Pcm:
    return np.zeros(round(seconds * NARROW_RATE_HZ), dtype=np.int16)


def spoken(
    text: str,
    baud: float = BAUD_US,
    *,
    stop_bits: float = 2.0,
    level_dbfs: float = LEVEL_DBFS,
    size: int = 160,
) -> Pcm:
    """A burst of our sender with silence on both sides."""
    sender = TtySender(baud=baud, stop_bits=stop_bits, level_dbfs=level_dbfs)
    sender.say(text)
    return np.concatenate([quiet(0.4), *bursts(sender, size), quiet(0.4)])


def typed(text: str, pauses_s: tuple[float, float], seed: int = 1) -> Pcm:
    """The same by hand: a key now and then, and the carrier goes where the pause is long."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    sender, frames, waiting, due = TtySender(), [quiet(0.4)], list(text), 0.0
    while waiting or sender.wants_to_send:
        if waiting and len(frames) * 0.02 >= due:
            sender.say(waiting.pop(0))
            due = len(frames) * 0.02 + chance.uniform(*pauses_s)
        tones = sender.frame(160)
        frames.append(quiet(0.02) if tones is None else tones)
    return np.concatenate([*frames, quiet(0.4)])


def machine(
    codes: Iterable[int],
    baud: float = BAUD_US,
    *,
    stop_bits: float = 2.0,
    level_dbfs: float = LEVEL_DBFS,
    skew: float = 1.0,
) -> Pcm:
    """A burst of any codes, by a machine whose clock runs faster than it should by `skew`."""
    bit_s = 1 / (baud * skew)
    steps = [(MARK_HZ, 0.150)]
    for code in codes:
        tones = [SPACE_HZ, *(MARK_HZ if code >> place & 1 else SPACE_HZ for place in range(5))]
        steps += [(hz, bit_s) for hz in tones]
        steps.append((MARK_HZ, bit_s * stop_bits))
    steps.append((MARK_HZ, 0.300))
    edges = np.rint(np.cumsum([seconds for _, seconds in steps]) * NARROW_RATE_HZ).astype(np.intp)
    hertz = np.repeat([hz for hz, _ in steps], np.diff(edges, prepend=0))
    loud = FULL_SCALE * 10 ** (level_dbfs / 20)
    tone = to_pcm(loud * np.sin(2 * np.pi * np.cumsum(hertz) / NARROW_RATE_HZ))
    return np.concatenate([quiet(0.4), tone, quiet(0.4)])


def plain_codes(text: str, *, unshifts: bool) -> list[int]:
    """The codes of a machine that sends a shift only where its own kind needs one."""
    codes, figures = [LTRS], False
    for sign in text:
        if sign == " ":
            codes.append(SPACE)
            figures = figures and not unshifts
        elif sign == "\n":
            codes += [CR, LF]
        else:
            needed = not sign.isalpha()
            if needed != figures:
                codes.append(FIGS if needed else LTRS)
            figures = needed
            codes.append((FIGURES if figures else LETTERS).index(sign))
    return codes


def read_by_machine(codes: Iterable[int], *, unshifts: bool) -> str:
    """What a machine prints that never learns which kind the other one is."""
    text, figures = "", False
    for code in codes:
        if code in {LTRS, FIGS}:
            figures = code == FIGS
            continue
        sign = (FIGURES if figures else LETTERS)[code]
        text += "" if sign in "\0\r" else sign
        figures = figures and not (unshifts and code == SPACE)
    return text


def through(sound: Pcm, law: TableCodec = PCMU) -> Pcm:
    return law.decode(law.encode(np.ascontiguousarray(sound)))


def noisy(sound: Pcm, snr_db: float, seed: int = 1) -> Pcm:
    """White noise up to 4 kHz, below the power of what is not silent."""
    active = sound[sound != 0].astype(np.float64)
    sigma = float(np.sqrt(np.mean(active**2) / 10 ** (snr_db / 10)))
    return to_pcm(sound + np.random.default_rng(seed).normal(0, sigma, len(sound)))


def lost_frames(samples: int, size: int, share: float, seed: int) -> frozenset[int]:
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    return frozenset(frame for frame in range(samples // size + 1) if chance.random() < share)


def without(sound: Pcm, size: int, lost: Iterable[int], *, repeats: bool = False) -> Pcm:
    """The same with silence, or with the frame before it, for each frame that was lost."""
    damaged = sound.copy()
    for number in sorted(lost):
        start = number * size
        before = damaged[start - size : start] if repeats and number else np.zeros(size, dtype=np.int16)
        damaged[start : start + size] = before[: len(damaged) - start]
    return damaged


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


def folded(text: str) -> str:
    """Upper case; every run of line ends and blanks is one space."""
    return " ".join(text.upper().split())


def wrong(meant: str, got: str) -> float:
    """The character error rate in per cent (Levenshtein)."""
    if meant == got:
        return 0.0
    head = next((n for n, (a, b) in enumerate(zip(meant, got, strict=False)) if a != b), 0)
    wanted, found = meant[head:], got[head:]
    row = list(range(len(found) + 1))
    for place, one in enumerate(wanted, 1):
        diagonal, row[0] = row[0], place
        for other, sign in enumerate(found, 1):
            diagonal, row[other] = (
                row[other],
                min(row[other] + 1, row[other - 1] + 1, diagonal + (one != sign)),
            )
    return 100 * row[-1] / len(meant)
