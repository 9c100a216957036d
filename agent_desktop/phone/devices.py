"""Microphones and speakers: silent, files, and the place where sound cards join (`soundcard`).

A device is asked for 20 ms at a time by the sound thread and never blocks it.  One that is gone raises
DeviceError; the sound thread then goes on with a silent one, so that losing a headset ends no call.

Choices are texts: "" is the system's own device, "silent", "FILE.wav" or "file:FILE.wav" a sound file,
anything else the name of a device.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import wave
from pathlib import Path
from typing import Protocol

import numpy as np

from agent_desktop.errors import AgentDesktopError, DeviceError
from agent_desktop.media import wav
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, SILENCE, Pcm
from agent_desktop.media.tones import Loop
from agent_desktop.phone import preferences
from agent_desktop.wire.phone import DeviceInfo

SILENT = preferences.SILENT
_BATCH = 25  # half a second of frames between two writes to the disk
_LATEST_S = 0.2
_GOODBYE_S = 2.0


class Microphone(Protocol):
    """Where the agent's voice comes from."""

    def start(self) -> None:
        """A call begins; DeviceError when the device cannot be used."""
        ...

    def read(self) -> Pcm:
        """The next 20 ms, silence when none is there yet; DeviceError when the device is gone."""
        ...

    def stop(self) -> None:
        """No call is left: nobody listens any more."""
        ...

    def close(self) -> None:
        """It is not used again; never fails."""
        ...


class Speaker(Protocol):
    """Where the agent hears."""

    def start(self) -> None: ...
    def write(self, frame: Pcm) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


class SilentMicrophone:
    """Silence; what a computer without sound has, and what is left when a device fails."""

    def start(self) -> None:
        """Nothing to open."""

    def read(self) -> Pcm:
        return SILENCE

    def stop(self) -> None:
        """Nothing to close."""

    def close(self) -> None:
        """The same."""


class SilentSpeaker:
    """Nobody hears it."""

    def start(self) -> None:
        """Nothing to open."""

    def write(self, frame: Pcm) -> None:
        """Let it pass."""

    def stop(self) -> None:
        """Nothing to close."""

    def close(self) -> None:
        """The same."""


class FileMicrophone:
    """A WAV file over and over, from its beginning in each first call."""

    def __init__(self, path: Path) -> None:
        try:
            self._sound = wav.read(path)
        except AgentDesktopError as error:
            raise DeviceError(str(error)) from error
        if len(self._sound) == 0:
            raise DeviceError(f"The sound file {path.name} is empty.")
        self._loop = Loop(self._sound)

    def start(self) -> None:
        self._loop = Loop(self._sound)

    def read(self) -> Pcm:
        return self._loop.frame()

    def stop(self) -> None:
        """The file stays in memory."""

    def close(self) -> None:
        """Nothing is open."""


class FileSpeaker:
    """Writes what the agent hears, call after call, into one WAV file that can be read at any time.

    A thread of its own writes: a slow disk must not make the sound thread late.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[Pcm | None] = queue.SimpleQueue()
        self._fault = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._disk = path.open("wb")  # lives as long as the device
        except OSError as error:
            raise DeviceError(f"The sound file {path} cannot be written: {error.strerror}.") from error
        self._file = wave.open(self._disk, "wb")  # noqa: SIM115 - the same
        self._file.setnchannels(1)
        self._file.setsampwidth(2)
        self._file.setframerate(SAMPLE_RATE_HZ)
        self._file.writeframes(b"")
        self._disk.flush()
        self._writer = threading.Thread(target=self._write_all, name="ear file", daemon=True)
        self._writer.start()

    def start(self) -> None:
        """The file is open already."""

    def write(self, frame: Pcm) -> None:
        if self._fault:
            raise DeviceError(self._fault)
        self._waiting.put(frame)

    def stop(self) -> None:
        """What waits is written soon."""

    def close(self) -> None:
        """Finish the file."""
        self._waiting.put(None)
        self._writer.join(_GOODBYE_S)

    def _write_all(self) -> None:
        frames: list[Pcm] = []
        while True:
            try:
                frame = self._waiting.get(timeout=_LATEST_S)
            except queue.Empty:
                self._write_out(frames)
                continue
            if frame is not None:
                frames.append(frame)
            if frame is None or len(frames) >= _BATCH:
                self._write_out(frames)
            if frame is None:
                with contextlib.suppress(OSError, ValueError):
                    self._file.close()
                    self._disk.close()
                return

    def _write_out(self, frames: list[Pcm]) -> None:
        if not frames:
            return
        data = np.concatenate(frames).astype("<i2").tobytes()
        frames.clear()
        try:
            self._file.writeframes(data)
            self._disk.flush()
        except (OSError, ValueError):
            self._fault = f"The sound file {self._path} cannot be written any more."


def file_of(choice: str, *, output: bool) -> Path | None:
    """The file that a choice names; `file:IN.wav:OUT.wav` names one for each direction."""
    if choice.startswith("file:"):
        parts = choice.removeprefix("file:").split(".wav:", 1)
        if len(parts) == 2:
            return Path(parts[1] if output else parts[0] + ".wav")
        return Path(parts[0])
    return Path(choice) if choice.lower().endswith(".wav") else None


def open_microphone(choice: str) -> Microphone:
    """The microphone of a choice; DeviceError says in words why there is none."""
    if choice == SILENT:
        return SilentMicrophone()
    path = file_of(choice, output=False)
    if path is not None:
        return FileMicrophone(path)
    from agent_desktop.phone.soundcard import CardMicrophone  # noqa: PLC0415 - PortAudio may be missing

    return CardMicrophone(choice)


def open_speaker(choice: str) -> Speaker:
    """The speaker of a choice; DeviceError says in words why there is none."""
    if choice == SILENT:
        return SilentSpeaker()
    path = file_of(choice, output=True)
    if path is not None:
        return FileSpeaker(path)
    from agent_desktop.phone.soundcard import CardSpeaker  # noqa: PLC0415 - PortAudio may be missing

    return CardSpeaker(choice)


def list_devices(*, look_again: bool = False) -> tuple[DeviceInfo, ...]:
    """The sound devices of this computer; none when there is no sound system.

    `look_again` finds those that came meanwhile; open cards are silent for a moment.
    """
    from agent_desktop.phone import soundcard  # noqa: PLC0415 - PortAudio may be missing

    if look_again:
        soundcard.look_again()
    return soundcard.list_cards()
