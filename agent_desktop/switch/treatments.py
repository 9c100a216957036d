"""What a caller hears before an agent speaks: prompts in order, and the music of the queue.

A prompt is a sound file or words.  Words become sound once: a recording shipped in `resources/prompts`,
else one kept in the data folder from the last time, else espeak-ng speaks them.  Where all of these
are missing the caller hears a short tone, so that no call is answered with nothing, and the log says so.

Rules: nothing here blocks the signalling thread (files and speech are made in a worker thread); the
words go to espeak-ng on its standard input and never on its command line.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from agent_desktop import assets
from agent_desktop.errors import AgentDesktopError
from agent_desktop.media import tones, wav
from agent_desktop.media.pcm import FRAME_S, Pcm, frames_of
from agent_desktop.switch import music
from agent_desktop.wire.switch import Prompt

log = logging.getLogger(__name__)

_SPEECH_TIMEOUT_S: Final = 15.0
_LONGEST_TEXT: Final = 2000
_WORDS_PER_MINUTE: Final = 150
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_KEPT_PROMPTS: Final = 200


class Prompts:
    """The words that one caller hears, once; `frame` is the media thread's, `skip` is anybody's."""

    __slots__ = ("_frames", "_over", "_skipped", "_told")

    def __init__(self, sounds: Sequence[Pcm], over: Callable[[], None]) -> None:
        """`over` is called once, when the last sound has been heard or skipped."""
        self._frames = [frame for sound in sounds for frame in frames_of(sound)]
        self._frames.reverse()
        self._over = over
        self._skipped = False
        self._told = False

    def frame(self) -> Pcm | None:
        if self._frames and not self._skipped:
            return self._frames.pop()
        if not self._told:
            self._told = True
            self._over()
        return None

    def skip(self) -> None:
        """A key was pressed: no more words."""
        self._skipped = True


class Sounds:
    """Finds or makes the sound of prompts and the queue music; keeps the last ones in memory."""

    def __init__(self, folder: Path, *, speaker: str | None = None) -> None:
        """`folder` holds what was spoken before; `speaker` is the espeak-ng program (found by itself)."""
        self._folder = folder
        self._speaker = speaker if speaker is not None else shutil.which("espeak-ng") or ""
        self._kept: dict[Prompt, Pcm] = {}
        self.music: Pcm = music.shipped()

    async def use_music(self, path: str) -> None:
        """Play this file to those who wait; an empty path is the shipped music.  Raises `WavError`."""
        self.music = await asyncio.to_thread(_music_of, path)

    async def sound_of(self, prompts: Sequence[Prompt]) -> list[Pcm]:
        """The prompts as sound, in order.  One that cannot be made is a short tone."""
        return [await self._sound(prompt) for prompt in prompts]

    async def _sound(self, prompt: Prompt) -> Pcm:
        kept = self._kept.get(prompt)
        if kept is None:
            try:
                kept = await asyncio.to_thread(self._make, prompt)
            except (AgentDesktopError, OSError, subprocess.SubprocessError) as error:
                log.warning("a prompt cannot be played: %s", error)
                return tones.zip_tone()
            if len(self._kept) >= _KEPT_PROMPTS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[prompt] = kept
        return kept

    def _make(self, prompt: Prompt) -> Pcm:
        if prompt.file:
            return wav.read(Path(prompt.file))
        text = prompt.text.strip()[:_LONGEST_TEXT]
        if not text:
            return tones.sine(0.0, FRAME_S)
        language = prompt.language if _LANGUAGE.fullmatch(prompt.language) else "en"
        name = f"{spoken_name(text, language)}.wav"
        shipped = assets.folder("resources") / "prompts" / language / name
        spoken = self._folder / language / name
        for path in (shipped, spoken):
            if path.is_file():
                return wav.read(path)
        self._speak(text, language, spoken)
        return wav.read(spoken)

    def _speak(self, text: str, language: str, path: Path) -> None:
        """Have espeak-ng speak into a file; the file appears whole or not at all."""
        if not self._speaker:
            raise AgentDesktopError("espeak-ng is not installed and there is no recording of these words.")
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.new")
        try:
            subprocess.run(  # noqa: S603  the program found on PATH; the words go in by standard input
                [self._speaker, "--stdin", "-v", language, "-s", str(_WORDS_PER_MINUTE), "-w", str(fresh)],
                input=text.encode(),
                check=True,
                capture_output=True,
                timeout=_SPEECH_TIMEOUT_S,
            )
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def spoken_name(text: str, language: str) -> str:
    """The name under which the recording of these words is kept, the same on every computer."""
    return hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()[:32]


def _music_of(path: str) -> Pcm:
    return wav.read(Path(path)) if path else music.shipped()
