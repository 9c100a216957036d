"""What a caller hears before an agent speaks: prompts in order, and the music of the queue.

A prompt is a sound file (WAV, or Opus in Ogg) or words.  Words become sound once: a recording shipped in
`resources/prompts`, else one kept in the data folder from the last time, else a voice speaks them
(`voices`).  Where all of these are missing the caller hears a short tone, so that no call is answered with
nothing, and the log says so.

Rules: nothing here blocks the signalling thread (files and speech are made in a worker thread).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from agent_desktop import assets
from agent_desktop.errors import AgentDesktopError
from agent_desktop.media import ogg, opus, tones, wav
from agent_desktop.media.pcm import FRAME_S, SAMPLE_RATE_HZ, Pcm, frames_of, to_pcm
from agent_desktop.switch import music
from agent_desktop.switch.voices import Voices, prune, used
from agent_desktop.wire.switch import Prompt

log = logging.getLogger(__name__)

_LARGEST_BYTES: Final = 100_000_000
_LONGEST_TEXT: Final = 2000
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_KEPT_PROMPTS: Final = 200
_KEPT_SAMPLES: Final = 30 * 60 * SAMPLE_RATE_HZ  # half an hour of words


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
        self._voices = Voices(espeak=speaker)
        self._kept: dict[Prompt, Pcm] = {}
        self.music: Pcm = music.shipped()

    async def use_music(self, path: str) -> None:
        """Play this file to those who wait; an empty path is the shipped music.  Raises `WavError`."""
        self.music = await asyncio.to_thread(_music_of, path)

    def use_voices(self, voices: Mapping[str, str]) -> None:
        """These voices speak from now on; what is kept of others is forgotten."""
        if dict(voices) != dict(self._voices.chosen):
            self._voices.chosen = dict(voices)
            self._kept.clear()

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
            self._kept[prompt] = kept
            while len(self._kept) > _KEPT_PROMPTS or sum(map(len, self._kept.values())) > _KEPT_SAMPLES:
                self._kept.pop(next(iter(self._kept)))
        return kept

    def _make(self, prompt: Prompt) -> Pcm:
        if prompt.file:
            return sound_of_file(Path(prompt.file))
        text = prompt.text.strip()[:_LONGEST_TEXT]
        if not text:
            return tones.sine(0.0, FRAME_S)
        language = prompt.language if _LANGUAGE.fullmatch(prompt.language) else "en"
        voice = self._voices.of(language)
        spoken = self._folder / language / f"{spoken_name(text, language, voice)}.wav"
        shipped = assets.folder("resources") / "prompts" / language / spoken.name
        for path in (shipped, spoken):
            if path.is_file():
                used(spoken)
                return wav.read(path)
        self._voices.speak(text, language, spoken)
        prune(self._folder)
        return wav.read(spoken)


def sound_of_file(path: Path) -> Pcm:
    """Any WAV, or Ogg with Opus.  Raises AgentDesktopError."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise wav.WavError(f"The sound file {path.name} cannot be read: {error.strerror}") from error
    if len(data) > _LARGEST_BYTES:
        raise wav.WavError(f"The sound file {path.name} is too large.")
    return _of_ogg(data) if data.startswith(b"OggS") else wav.read(path)


def _of_ogg(data: bytes) -> Pcm:
    """Opus in Ogg, as one channel."""
    read = list(ogg.pages(data))
    head = read[0].packets[0] if read and read[0].packets else b""
    if not head.startswith(b"OpusHead") or len(head) < 19 or head[9] not in {1, 2}:
        raise ogg.OggError("The sound file holds no Opus sound of one or two channels.")
    channels, pre_skip = head[9], int.from_bytes(head[10:12], "little")
    decoder = opus.Decoder(channels=channels)
    sound = [decoder.decode(packet) for page in read[2:] for packet in page.packets]
    if not sound:
        raise ogg.OggError("The sound file is empty.")
    mono = np.concatenate(sound).reshape(-1, channels).astype(np.float32).mean(axis=1)
    return to_pcm(mono[pre_skip * SAMPLE_RATE_HZ // ogg.GRANULE_HZ :])


def spoken_name(text: str, language: str, voice: str = "") -> str:
    """The name under which the recording of these words is kept, the same on every computer."""
    whose = f"{language}/{voice}" if voice else language
    return hashlib.sha256(f"{whose}\n{text}".encode()).hexdigest()[:32]


def _music_of(path: str) -> Pcm:
    return sound_of_file(Path(path)) if path else music.shipped()
