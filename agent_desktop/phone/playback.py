"""Playing a recording or a voice message in the agent's ear: WAV, and Ogg Opus as the exchange records it.

A file is read and cut off the event loop; Opus is unpacked 20 ms at a time while it plays, so that an hour
costs no memory.  One file plays at a time; the next one takes its place.  Where it stands is told once a
second, and its end always, once, with the reason when it could not be played.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from agent_desktop.errors import AgentDesktopError, DeviceError
from agent_desktop.media import ogg, opus, wav
from agent_desktop.media.pcm import FRAME_S, FRAME_SAMPLES, FRAMES_PER_S, SAMPLE_RATE_HZ, Pcm
from agent_desktop.wire.phone import FilePlayed

MOST_BYTES: Final = 512 << 20
_SETTLE_S: Final = 0.08
"""A decoder that begins in the middle needs so much sound before it is right (RFC 7845 section 4.6)."""
_PER_SAMPLE: Final = ogg.GRANULE_HZ // SAMPLE_RATE_HZ
_HEAD: Final = b"OpusHead"
_HEAD_BYTES: Final = 19


class Sound(Protocol):
    """A sound that is read from its beginning or from a place in it."""

    @property
    def length_s(self) -> float: ...

    def seek(self, at_s: float) -> None: ...
    def frame(self) -> Pcm | None: ...


class WavSound:
    """The whole file in memory: at most an hour, by the reader's own limit."""

    def __init__(self, path: Path) -> None:
        self._pcm = wav.read(path)
        self._at = 0

    @property
    def length_s(self) -> float:
        return len(self._pcm) / SAMPLE_RATE_HZ

    def seek(self, at_s: float) -> None:
        self._at = min(len(self._pcm), max(0, round(at_s * SAMPLE_RATE_HZ)))

    def frame(self) -> Pcm | None:
        piece = self._pcm[self._at : self._at + FRAME_SAMPLES]
        self._at += FRAME_SAMPLES
        return _whole(piece) if len(piece) else None


class OpusSound:
    """Packets in memory, sound made while it plays; two channels become one.

    Raises OggError for what is no recording, OpusMissingError where Opus is not installed.
    """

    def __init__(self, path: Path) -> None:
        self._packets, self._skip, self._samples = _read(path)
        self._starts = np.cumsum([0, *(opus.samples_in(packet) for packet in self._packets)])
        self._samples = min(self._samples, int(self._starts[-1]) - self._skip)
        self._decoder = opus.Decoder()
        self._next = 0
        self._drop = self._skip
        self._left = self._samples
        self._ready: Pcm = np.zeros(0, dtype=np.int16)

    @property
    def length_s(self) -> float:
        return self._samples / SAMPLE_RATE_HZ

    def seek(self, at_s: float) -> None:
        at = min(self._samples, max(0, round(at_s * SAMPLE_RATE_HZ)))
        from_ = max(0, self._skip + at - round(_SETTLE_S * SAMPLE_RATE_HZ))
        self._next = max(0, int(np.searchsorted(self._starts, from_, side="right")) - 1)
        self._drop = self._skip + at - int(self._starts[self._next])
        self._left = self._samples - at
        self._ready = self._ready[:0]
        self._decoder.reset()

    def frame(self) -> Pcm | None:
        while len(self._ready) < FRAME_SAMPLES and self._next < len(self._packets):
            self._ready = np.concatenate([self._ready, self._decoder.decode(self._packets[self._next])])
            self._next += 1
            dropped = min(self._drop, len(self._ready))
            self._ready, self._drop = self._ready[dropped:], self._drop - dropped
        piece = self._ready[: min(FRAME_SAMPLES, self._left)]
        if not len(piece):
            return None
        self._ready, self._left = self._ready[len(piece) :], self._left - len(piece)
        return _whole(piece)


def _read(path: Path) -> tuple[list[bytes], int, int]:
    """The packets of a file, how many samples to leave out at its beginning, and how many to play."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ogg.OggError(f"The sound file {path.name} is too long to be played.")
        data = path.read_bytes()
    except OSError as error:
        raise DeviceError(f"The sound file {path.name} cannot be read: {error.strerror}.") from error
    pages = list(ogg.pages(data))
    packets = [packet for page in pages for packet in page.packets]
    if len(packets) < 2 or not packets[0].startswith(_HEAD) or len(packets[0]) < _HEAD_BYTES:
        raise ogg.OggError(f"The sound file {path.name} is no Opus recording.")
    skip = int.from_bytes(packets[0][10:12], "little") // _PER_SAMPLE
    return packets[2:], skip, max(0, pages[-1].granule // _PER_SAMPLE - skip)


def _whole(piece: Pcm) -> Pcm:
    return piece if len(piece) == FRAME_SAMPLES else np.pad(piece, (0, FRAME_SAMPLES - len(piece)))


def open_sound(path: Path) -> Sound:
    """A file by what is in it; AgentDesktopError says in words why it cannot be played."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise DeviceError(f"The sound file {path.name} cannot be read: {error.strerror}.") from error
    return OpusSound(path) if start == b"OggS" else WavSound(path)


class _Playing:
    """What the sound thread asks; `told` is called there."""

    def __init__(self, sound: Sound, from_s: float, told: Callable[[float, bool], None]) -> None:
        self._sound, self._told = sound, told
        self._from_s = from_s
        self._frames = 0

    def frame(self) -> Pcm | None:
        frame = self._sound.frame()
        at_s = min(self._sound.length_s, self._from_s + self._frames * FRAME_S)
        if frame is None or self._frames % FRAMES_PER_S == 0:
            self._told(at_s, frame is None)
        self._frames += 1
        return frame


class Ear(Protocol):
    """What `phone.sound.Sound` gives."""

    def play_source(self, source: _Playing | None) -> None: ...


class Player:
    """Lives on the event loop; `soon` brings the sound thread's news there."""

    def __init__(
        self,
        ear: Ear,
        publish: Callable[[FilePlayed], None],
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._ear, self._publish, self._soon = ear, publish, soon
        self._turn = 0
        self._now: FilePlayed | None = None
        self._loading: asyncio.Task[None] | None = None

    def play(self, path: str, from_s: float) -> None:
        """Play a file from a place in it; what played before ends."""
        self.stop()
        self._now = FilePlayed(path=path, at_s=max(0.0, from_s))
        self._loading = asyncio.get_running_loop().create_task(self._load(self._turn, path, from_s))

    def stop(self) -> None:
        """End what plays, which is told."""
        self._turn += 1
        if self._loading is not None:
            self._loading.cancel()
            self._loading = None
        if self._now is not None:
            self._ear.play_source(None)
            self._end(self._now.at_s)

    async def _load(self, turn: int, path: str, from_s: float) -> None:
        try:
            sound = await asyncio.to_thread(open_sound, Path(path))
            await asyncio.to_thread(sound.seek, from_s)
        except AgentDesktopError as error:
            if turn == self._turn:
                self._end(0.0, str(error))
            return
        if turn != self._turn or self._now is None:
            return
        at_s = min(max(0.0, from_s), sound.length_s)
        self._now = FilePlayed(path=path, at_s=at_s, length_s=round(sound.length_s, 2))
        self._ear.play_source(_Playing(sound, at_s, partial(self._heard, turn)))

    def _heard(self, turn: int, at_s: float, is_over: bool) -> None:  # noqa: FBT001 - a thread's message
        self._soon(partial(self._moved, turn, at_s, is_over=is_over))

    def _moved(self, turn: int, at_s: float, *, is_over: bool) -> None:
        if turn != self._turn or self._now is None:
            return
        if is_over:
            self._end(at_s)
            return
        self._now = FilePlayed(path=self._now.path, at_s=round(at_s, 2), length_s=self._now.length_s)
        self._publish(self._now)

    def _end(self, at_s: float, detail: str = "") -> None:
        now, self._now = self._now, None
        if now is not None:
            length_s = now.length_s
            self._publish(
                FilePlayed(path=now.path, at_s=round(at_s, 2), length_s=length_s, over=True, detail=detail)
            )
