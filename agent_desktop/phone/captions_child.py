"""The recogniser of speech in a process of its own: sound in on standard input, words out as lines of JSON.

The model is Whisper's (OpenAI, MIT) in the form of CTranslate2, which the phone's extra `captions` installs;
any folder with such a model will do.  Each utterance is read whole, an open one again as it grows.

Rules: the process steps aside for everything else on the computer (`nice`, one thread); what a person is
still saying is left out before what was finished, and what could not be read in time is told as lost;
nothing is written to a disk, nothing is sent anywhere.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
import queue
import struct
import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np

from agent_desktop.media.log_mel import COLUMNS_PER_S, log_mel
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm
from agent_desktop.media.utterances import Spoken, Utterances
from agent_desktop.ports.captioner import LOST

LIBRARY: Final = "ctranslate2"
HEADER: Final = struct.Struct("<BHI")
SOUND, FINISH, CLOSE = range(3)
_LEAST_S: Final = 20
"""The model repeats itself where less is put before it; silence fills it up."""
_TOKENS_PER_S: Final = 8  # no one speaks faster; a model that runs in circles is stopped
_SILENCE: Final = 0.6
_UNSURE: Final = -1.0
_MOST_WAITING: Final = 4  # finished utterances
_NICE: Final = 5


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line to the phone; without a stream: whether the model is there, and why not."""

    stream: int = 0
    number: int = 0
    text: str = ""
    began_s: float = 0.0
    is_final: bool = False
    confidence: float = 0.0
    error: str = ""


class Whisper:
    """The model."""

    def __init__(self, folder: str) -> None:
        library = importlib.import_module(LIBRARY)  # only this process loads it
        self._library = library
        self._model: Any = library.models.Whisper(folder, device="cpu", compute_type="int8", intra_threads=1)

    def read(self, sound: Pcm) -> tuple[str, float]:
        """What is said, and how sure the model is; nothing for what is no speech.

        The score is the mean log probability of a piece of a word (CTranslate2 divides by the length); as a
        probability it is above 0, because 0 says that nothing is known.
        """
        seconds = len(sound) / SAMPLE_RATE_HZ
        columns = max(_LEAST_S, math.ceil(seconds) + 1) * COLUMNS_PER_S
        seen = self._library.StorageView.from_array(log_mel(sound, columns, self._model.n_mels)[None])
        prompt = ["<|startoftranscript|>"]
        if self._model.is_multilingual:
            prompt += [self._model.detect_language(seen)[0][0][0], "<|transcribe|>"]
        (found,) = self._model.generate(
            seen,
            [[*prompt, "<|notimestamps|>"]],
            beam_size=1,
            max_length=len(prompt) + 11 + int(_TOKENS_PER_S * seconds),
            return_scores=True,
            return_no_speech_prob=True,
        )
        score = found.scores[0]
        if found.no_speech_prob > _SILENCE and score < _UNSURE:
            return "", 0.0
        return words_of(found.sequences[0]), max(0.01, round(math.exp(min(0.0, score)), 2))


def words_of(tokens: list[str]) -> str:
    """The model's pieces as text: each sign of one stands for a byte of UTF-8."""
    spelled = "".join(token for token in tokens if not token.startswith("<|"))
    return bytes(_BYTES[sign] for sign in spelled if sign in _BYTES).decode(errors="replace").strip()


def _byte_signs() -> dict[str, int]:
    """GPT-2's alphabet: a printable byte is itself, the others are the signs from U+0100 on, in order."""
    plain = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    rest = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + n): byte for n, byte in enumerate(rest)}


_BYTES: Final = _byte_signs()


@dataclass(frozen=True, slots=True)
class _Heard:
    """What came from the phone; `sound` is of kind SOUND alone."""

    kind: int
    stream: int
    sound: Pcm


class Desk:
    """All speakers: what is to be read, oldest first; a finished utterance before an open one."""

    def __init__(self) -> None:
        self._speakers: dict[int, Utterances] = {}
        self._over: list[tuple[int, Spoken]] = []
        self._open: OrderedDict[int, Spoken] = OrderedDict()
        self.lost: list[Told] = []

    def take(self, heard: _Heard) -> None:
        """Something came."""
        if heard.kind == CLOSE:
            self._speakers.pop(heard.stream, None)
            self._open.pop(heard.stream, None)
            self._over = [(stream, spoken) for stream, spoken in self._over if stream != heard.stream]
            return
        speaker = self._speakers.setdefault(heard.stream, Utterances())
        for spoken in speaker.finish() if heard.kind == FINISH else speaker.hear(heard.sound):
            if spoken.is_over:
                self._open.pop(heard.stream, None)
                self._over.append((heard.stream, spoken))
            else:
                self._open[heard.stream] = spoken
        while len(self._over) > _MOST_WAITING:
            stream, late = self._over.pop(0)
            self.lost.append(Told(stream, late.number, LOST, late.began_s, is_final=True))

    @property
    def has_work(self) -> bool:
        """Whether there is something to read or to tell."""
        return bool(self._over or self._open or self.lost)

    def next(self) -> tuple[int, Spoken] | None:
        """What is to be read now."""
        if self._over:
            return self._over.pop(0)
        return self._open.popitem(last=False) if self._open else None


def _receive(pipe: BinaryIO, heard: queue.SimpleQueue[_Heard | None]) -> None:
    """Take everything off the pipe, so that whoever writes never waits for the model."""
    while len(head := pipe.read(HEADER.size)) == HEADER.size:
        kind, stream, length = HEADER.unpack(head)
        heard.put(_Heard(kind, stream, np.frombuffer(pipe.read(length), dtype="<i2").astype(np.int16)))
    heard.put(None)


def serve(model: Whisper, heard: queue.SimpleQueue[_Heard | None], out: BinaryIO) -> None:
    """Read until the phone is gone."""
    desk = Desk()
    while _gather(desk, heard):
        for late in desk.lost:
            _tell(out, late)
        desk.lost.clear()
        todo = desk.next()
        if todo is not None:
            stream, spoken = todo
            text, confidence = model.read(spoken.sound)
            _tell(out, Told(stream, spoken.number, text, spoken.began_s, spoken.is_over, confidence))


def _gather(desk: Desk, heard: queue.SimpleQueue[_Heard | None]) -> bool:
    """Take everything that has come, so that nothing old is read; waits while there is nothing to do."""
    with contextlib.suppress(queue.Empty):
        while True:
            item = heard.get(block=not desk.has_work)
            if item is None:
                return False
            desk.take(item)
    return True


def _tell(out: BinaryIO, told: Told) -> None:
    out.write(msgspec.json.encode(told) + b"\n")
    out.flush()


def main() -> None:
    """The child: `python -m agent_desktop.phone.captions_child FOLDER`."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    heard: queue.SimpleQueue[_Heard | None] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(sys.stdin.buffer, heard), daemon=True).start()
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what libraries print must not look like an answer
        try:
            model = Whisper(str(Path(sys.argv[1])))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the phone is told
            _tell(out, Told(error=f"The model for captions cannot be loaded: {error}"))
            return
        _tell(out, Told())
        with contextlib.suppress(BrokenPipeError):
            serve(model, heard, out)


if __name__ == "__main__":
    main()
