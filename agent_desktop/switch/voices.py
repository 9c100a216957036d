"""Voices that speak words: espeak-ng, or Piper where the centre has installed it.

`ExchangeSettings.voices` names a voice for a language: a voice of espeak-ng (`en-gb`, `de+f2`), or
`piper:MODEL` with the path of a Piper model (`.onnx`).  Without a name espeak-ng's own voice of the language
speaks.

Rules: the words go in by standard input and never on a command line, and the name of a voice is checked; a
file appears whole or not at all; what was spoken is kept, up to `MOST_BYTES`, and what was used longest ago
goes first; long rows of digits are read digit by digit, in groups of three.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from agent_desktop.errors import AgentDesktopError

MOST_BYTES: Final = 200_000_000
_TIMEOUT_S: Final = 15.0
_WORDS_PER_MINUTE: Final = 150
_PIPER: Final = "piper:"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+\-]{0,39}")
_ROW: Final = re.compile(r"(?<![\w.,:+])(\+?)(\d{5,})(?![\w]|[.,:]\d)")


class VoiceError(AgentDesktopError):
    """Words that nobody here can speak."""


class Voices:
    """Speaks into files.  Every method blocks: call it in a worker thread."""

    def __init__(self, *, espeak: str | None = None, piper: str | None = None) -> None:
        """The programs; where they are not given they are looked for."""
        self._espeak = espeak if espeak is not None else shutil.which("espeak-ng") or ""
        self._piper = piper if piper is not None else _found("piper")
        self.chosen: Mapping[str, str] = {}

    def of(self, language: str) -> str:
        """The voice that the centre chose for a language, or for its family; "" for none."""
        return self.chosen.get(language) or self.chosen.get(language.partition("-")[0], "")

    def speak(self, text: str, language: str, path: Path) -> None:
        """Speak into a new WAV file.  Raises VoiceError, OSError or `subprocess.SubprocessError`."""
        command = self._command(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.new")
        try:
            subprocess.run(  # noqa: S603  a program of this computer; the words go in by standard input
                [*command, str(fresh)],
                input=readable(text).encode(),
                check=True,
                capture_output=True,
                timeout=_TIMEOUT_S,
            )
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

    def _command(self, language: str) -> list[str]:
        """The program with all its words but the last, the file."""
        voice = self.of(language)
        if voice.startswith(_PIPER):
            model = Path(voice.removeprefix(_PIPER)).absolute()
            if not self._piper:
                raise VoiceError("Piper is not installed. Install piper-tts, or choose another voice.")
            if model.suffix != ".onnx" or not model.is_file():
                raise VoiceError(f"There is no Piper model {model.name}.")
            return [self._piper, "--model", str(model), "--output_file"]
        if not self._espeak:
            raise VoiceError("espeak-ng is not installed and there is no recording of these words.")
        if voice and not _NAME.fullmatch(voice):
            raise VoiceError(f"There is no voice {voice[:40]}.")
        speed = str(_WORDS_PER_MINUTE)
        return [self._espeak, "--stdin", "-v", voice or language, "-s", speed, "-w"]


def _found(name: str) -> str:
    """A program on PATH, or one that was installed beside this Python."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent)) or ""


def readable(text: str) -> str:
    """Long rows of digits (numbers of telephones and orders) as somebody would dictate them."""

    def dictated(found: re.Match[str]) -> str:
        digits = found.group(2)
        groups = (" ".join(digits[at : at + 3]) for at in range(0, len(digits), 3))
        return ("+ " if found.group(1) else "") + ", ".join(groups)

    return _ROW.sub(dictated, text)


def used(path: Path) -> None:
    """Remember that what was spoken is still wanted."""
    with contextlib.suppress(OSError):
        os.utime(path)


def prune(folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Delete what was used longest ago, until the rest is small enough."""
    found = []
    for path in folder.rglob("*.wav"):
        with contextlib.suppress(OSError):
            about = path.stat()
            found.append((about.st_mtime_ns, about.st_size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= most_bytes:
            return
        path.unlink(missing_ok=True)
        total -= size
