"""Ears, and judging what they heard: which tone, how loud, how pure, and for how long it was missing.

An ear is anything that can say what it has heard since a mark: the frames of a telephone of ours, or a
file that a peer or the phone writes while it hears.
"""

from __future__ import annotations

import asyncio
import os
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from agent_desktop.media import tones
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, to_pcm
from agent_desktop.media.wav import resample

Pcm = npt.NDArray[np.int16]
STEP = SAMPLE_RATE_HZ // 100  # 10 ms
HEARD_DBFS = -26.0  # twice what the quietest peer says, halved
UNHEARD_DBFS = -50.0
PURE_DB = 1.5  # everything that is heard is at most so much louder than the tone alone


class _Watch:
    """How late this computer itself is: a thread that wants to wake every 10 ms, and notes when it could not.

    What the computer had no time for is not held against a telephone.
    """

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def _run(self) -> None:
        while True:
            before = time.monotonic()
            time.sleep(0.01)
            late = time.monotonic() - before - 0.01
            if late > 0.02:
                self._late.append((before, late))

    def stalled_ms(self, since: float) -> float:
        """The longest stall since a moment of the monotonic clock."""
        return 1000 * max((late for at, late in list(self._late) if at >= since - 0.2), default=0.0)


WATCH = _Watch()


class Ear(Protocol):
    """What somebody hears."""

    def mark(self) -> int: ...

    def since(self, mark: int) -> Pcm:
        """16 kHz mono."""
        ...


class Frames:
    """An ear in this process."""

    def __init__(self) -> None:
        self._frames: list[Pcm] = []

    def take(self, frame: Pcm) -> None:
        self._frames.append(frame)

    def mark(self) -> int:
        return len(self._frames)

    def since(self, mark: int) -> Pcm:
        frames = self._frames[mark:]
        return np.concatenate(frames) if frames else np.zeros(0, dtype=np.int16)


class GrowingFile:
    """A WAV file that is written while it is read; its header's lengths are not believed.

    `newest` finds the file again, because some peers begin a new one in a call.  A mark is a size.
    """

    def __init__(self, newest: Callable[[], Path | None], rate: Callable[[], int] | None = None) -> None:
        """`rate` is for files whose header comes last: mono, the sound from byte 44."""
        self._newest = newest
        self._rate = rate
        self._path: Path | None = None

    def mark(self) -> int:
        self._path = self._newest()
        return self._path.stat().st_size if self._path is not None else 0

    def since(self, mark: int) -> Pcm:
        path = self._newest()
        if path is None:
            return np.zeros(0, dtype=np.int16)
        start = mark if path == self._path else 0
        with path.open("rb") as file:
            head = file.read(4096)
            file.seek(0, os.SEEK_END)
            size = file.tell()
            form = (44, self._rate(), 1) if self._rate is not None else _form(head)
            if form is None:
                return np.zeros(0, dtype=np.int16)
            begin, rate, channels = form
            start = max(begin, begin + (start - begin) // (2 * channels) * 2 * channels)
            file.seek(start)
            data = file.read(max(0, size - start) // (2 * channels) * 2 * channels)
        sound = np.frombuffer(data, dtype="<i2")[::channels]
        return to_pcm(resample(sound.astype(np.float64), rate, SAMPLE_RATE_HZ))


def _form(head: bytes) -> tuple[int, int, int] | None:
    """Where the sound begins, its rate and channels."""
    at, rate, channels = 12, 0, 0
    while at + 8 <= len(head):
        name, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if name == b"fmt ":
            _kind, channels, rate = struct.unpack_from("<HHI", head, at + 8)
        if name == b"data":
            return (at + 8, rate, channels) if rate and channels else None
        at += 8 + size + size % 2
    return None


def level(sound: Pcm, hz: float) -> float:
    """dBFS of one tone; the odd end that is no whole 100 ms is left away."""
    return tones.tone_dbfs(sound, hz)


def is_tone(sound: Pcm, hz: float, least_dbfs: float = HEARD_DBFS) -> bool:
    """The tone is there and nothing else of weight."""
    loud = level(sound, hz)
    return loud > least_dbfs and tones.level_dbfs(sound) < loud + PURE_DB


def _there(sound: Pcm, hz: float, least_dbfs: float) -> npt.NDArray[np.bool_]:
    """For every 10 ms whether the tone was there."""
    whole = sound[: len(sound) // STEP * STEP].reshape(-1, STEP).astype(np.float64)
    turn = np.exp(-2j * np.pi * hz * np.arange(STEP) / SAMPLE_RATE_HZ)
    return np.asarray(2 * np.abs(whole @ turn) / STEP / 32768 > 10 ** (least_dbfs / 20), dtype=np.bool_)


def gaps_ms(sound: Pcm, hz: float, least_dbfs: float = -32.0) -> list[int]:
    """Every time without the tone between its first and its last sounding."""
    there = np.flatnonzero(_there(sound, hz, least_dbfs))
    return [10 * int(step - 1) for step in np.diff(there) if step > 1]


def longest_gap_ms(sound: Pcm, hz: float, least_dbfs: float = -32.0) -> int:
    return max(gaps_ms(sound, hz, least_dbfs), default=0)


def for_s(sound: Pcm, hz: float, least_dbfs: float = -32.0) -> float:
    """For how long the tone was there."""
    return 0.01 * int(np.count_nonzero(_there(sound, hz, least_dbfs)))


async def until(what: Callable[[], object], seconds: float = 25.0, why: object = "") -> object:
    """Wait for a condition with a deadline; gives what it gave."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"not within {seconds:g} s: {why() if callable(why) else why}"
        await asyncio.sleep(0.02)
    return found


async def hears(ear: Ear, hz: float, who: str, *, for_s: float = 0.4, within_s: float = 20.0) -> float:
    """Wait until the last part of what somebody hears is this tone alone; gives its level in dBFS."""
    mark, length = ear.mark(), int(for_s * SAMPLE_RATE_HZ)
    end = time.monotonic() + within_s
    while True:
        sound = ear.since(mark)
        if len(sound) >= length and is_tone(sound[-length:], hz):
            return level(sound[-length:], hz)
        if time.monotonic() > end:
            tail = sound[-length:]
            raise AssertionError(
                f"{who} does not hear {hz:g} Hz: {level(tail, hz):.0f} of {tones.level_dbfs(tail):.0f} dBFS"
                f" in {len(sound) / SAMPLE_RATE_HZ:.1f} s"
            )
        await asyncio.sleep(0.05)


async def silent(ear: Ear, hz: float, who: str, *, for_s: float = 0.4, within_s: float = 10.0) -> float:
    """Wait until somebody does not hear this tone any more, or no sound comes at all; gives the level."""
    end = time.monotonic() + within_s
    while True:
        mark = ear.mark()
        await asyncio.sleep(for_s)
        sound = ear.since(mark)
        loud = level(sound, hz) if len(sound) else -120.0
        if loud < UNHEARD_DBFS:
            return loud
        assert time.monotonic() < end, f"{who} still hears {hz:g} Hz at {loud:.0f} dBFS"
