"""Two textphone modems that others wrote: minimodem (a program) and spandsp (a library, by ctypes).

spandsp 0.0.6 is V.18 in C: `v18_rx` and `v18_tx` take 16-bit frames at 8 kHz, mode 1 is five-bit codes at
45.45 baud.  Given many characters at once it drops shift codes, so that it is fed one at a time; what it
read it hands over when the carrier ends, or every 256 characters.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from agent_desktop.errors import AgentDesktopError
from agent_desktop.media import wav
from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm

_BAUDOT_US: Final = 1
_FRAME: Final = 160
_PACE: Final = 9  # frames: 180 ms for one character of 176 ms
_LONGEST: Final = 60 * NARROW_RATE_HZ * 60


class PeerError(AgentDesktopError):
    """The other modem is not there, or failed."""


# -- minimodem ------------------------------------------------------------------------------------------


def minimodem_sends(text: str, *, stop_bits: float = 2.0) -> Pcm:
    """The text as minimodem's tones, with 200 ms of silence on both sides (it relies on unshift on space)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        asked = ["--tx", "-R", str(NARROW_RATE_HZ), "-v", "0.22", "--stopbits", str(stop_bits)]
        _minimodem([*asked, "-f", str(path), "tdd"], text.encode("ascii"))
        with wave.open(str(path)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
    silence = np.zeros(NARROW_RATE_HZ // 5, dtype=np.int16)
    return np.concatenate([silence, sound, silence])


def minimodem_reads(sound: Pcm) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        wav.write(path, sound, NARROW_RATE_HZ)
        heard = _minimodem(["--rx", "-q", "-R", str(NARROW_RATE_HZ), "-f", str(path), "tdd"])
    return heard.decode("ascii", "replace")


def _minimodem(arguments: list[str], given: bytes = b"") -> bytes:
    program = shutil.which("minimodem")
    if program is None:
        raise PeerError("minimodem is not installed (Debian: apt-get install minimodem).")
    done = subprocess.run([program, *arguments], input=given, capture_output=True, check=False)  # noqa: S603
    if "--tx" in arguments and done.returncode:  # receiving, it fails where there was no carrier
        raise PeerError(f"minimodem failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


# -- spandsp --------------------------------------------------------------------------------------------

_PutMessage = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint8), ctypes.c_int)


def spandsp() -> ctypes.CDLL | None:
    """The library; None where it is not installed (Debian: libspandsp2)."""
    name = ctypes.util.find_library("spandsp") or "libspandsp.so.2"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return None
    library.v18_init.restype = ctypes.c_void_p
    library.v18_init.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int, _PutMessage, ctypes.c_void_p]
    library.v18_put.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    for name in ("v18_tx", "v18_rx"):
        getattr(library, name).argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int16), ctypes.c_int]
    library.v18_free.argtypes = [ctypes.c_void_p]
    return library


class Spandsp:
    """One V.18 modem.  `close` it; what was read stands in `text`."""

    def __init__(self, *, is_calling: bool) -> None:
        library = spandsp()
        if library is None:
            raise PeerError("libspandsp is not installed (Debian: apt-get install libspandsp2).")
        self._library = library
        self.text = ""
        self._put = _PutMessage(self._take)
        self._modem = library.v18_init(None, int(is_calling), _BAUDOT_US, self._put, None)

    def close(self) -> None:
        self._library.v18_free(self._modem)

    def sends(self, text: str) -> Pcm:
        """The tones of a text that is typed at the speed of the line."""
        frames, typed = list[Pcm](), 0
        for number in range(_LONGEST // _FRAME):
            if number % _PACE == 0 and typed < len(text):
                self._library.v18_put(self._modem, text[typed].encode("ascii"), 1)
                typed += 1
            frame = np.zeros(_FRAME, dtype=np.int16)
            made = self._library.v18_tx(self._modem, _samples(frame), _FRAME)
            frames.append(frame)
            if typed == len(text) and not made:
                break
        silence = np.zeros(NARROW_RATE_HZ // 2, dtype=np.int16)
        return np.concatenate([silence, *frames, silence])

    def hear(self, sound: Pcm) -> None:
        """Hear all of it and two seconds of silence, so that the carrier is over for it."""
        for frame in _frames(np.concatenate([sound, np.zeros(2 * NARROW_RATE_HZ, dtype=np.int16)])):
            self._library.v18_rx(self._modem, _samples(frame), _FRAME)

    def _take(self, _user: object, text: ctypes._Pointer[ctypes.c_uint8], length: int) -> None:
        self.text += bytes(text[:length]).decode("ascii", "replace")


def _samples(frame: Pcm) -> ctypes._Pointer[ctypes.c_int16]:
    return frame.ctypes.data_as(ctypes.POINTER(ctypes.c_int16))


def _frames(sound: Pcm) -> Iterator[Pcm]:
    for start in range(0, len(sound) - _FRAME + 1, _FRAME):
        yield np.ascontiguousarray(sound[start : start + _FRAME])
