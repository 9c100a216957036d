"""Asks the dictionaries, in a process of its own, so that nothing waits for them and nothing falls with them.

Hunspell holds Python's lock while it works: a hard German word takes milliseconds, suggestions take tenths of
a second.  So the front end's thread hands words to a thread, the thread asks a small child by lines of JSON,
and answers are posted back.  Suggestions go first; words go in batches of `BATCH`.

The child can die of a word, or hang: then it is started again and the batch is asked in halves, until the
word is found that did it.  That word counts as right.  After `TRIES` children in a row that never answered
nothing is asked any more, and that is said.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from agent_desktop.client.spelling_answers import Checked, Stopped, Suggested, Surveyed
from agent_desktop.client.spelling_places import LIBRARY

BATCH: Final = 64
PATIENCE_S: Final = 20.0  # a dictionary is loaded in it, on a computer that is busy
TRIES: Final = 3
MOST_SUGGESTIONS: Final = 7
KEPT: Final = 4  # dictionaries that the child holds at once
PROGRAM: Final = (sys.executable, "-m", "agent_desktop.client.spelling_process")

_log = logging.getLogger(__name__)


class _Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line to the child."""

    dictionary: str
    words: tuple[str, ...]
    suggest: bool = False


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(tuple[str, ...])


class Worker:
    """The thread and its child.  Its methods return at once; `post` is called from the thread."""

    def __init__(
        self,
        post: Callable[[object], None],
        survey: Callable[[], Surveyed],
        *,
        program: tuple[str, ...] = PROGRAM,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._post = post
        self._survey = survey
        self._child = _Child(program, patience_s)
        self._changed = threading.Condition()
        self._wanted: deque[_Question] = deque()  # suggestions
        self._batches: deque[_Question] = deque()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="spelling", daemon=True)
        self._thread.start()

    def check(self, dictionary: Path, words: Iterable[str]) -> None:
        """Look words up; `Checked` comes for each batch."""
        asked = tuple(dict.fromkeys(words))
        batches = [asked[at : at + BATCH] for at in range(0, len(asked), BATCH)]
        with self._changed:
            self._batches.extend(_Question(str(dictionary), batch) for batch in batches)
            self._changed.notify()

    def suggest(self, dictionary: Path, word: str) -> None:
        """Look for what was meant; `Suggested` comes."""
        with self._changed:
            self._wanted.append(_Question(str(dictionary), (word,), suggest=True))
            self._changed.notify()

    def close(self) -> None:
        """End the child and the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._child.close()
        self._thread.join(2.0)
        self._child.close()  # started between the two

    def _work(self) -> None:
        self._post(self._survey())
        failed = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._wanted or self._batches)
                if self._closing:
                    return
                question = (self._wanted or self._batches).popleft()
            answer = self._child.ask(question)
            if self._over():
                return
            failed = 0 if answer is not None else failed + 1
            if answer is not None or len(question.words) == 1:
                self._answered(question, answer or ())
            else:
                half = len(question.words) // 2
                halves = (question.words[:half], question.words[half:])
                with self._changed:
                    again = [_Question(question.dictionary, words) for words in halves]
                    self._batches.extendleft(reversed(again))
            if failed >= TRIES and not self._child.has_answered:
                _log.warning("The dictionaries cannot be read.", extra={"detail": question.dictionary})
                self._post(Stopped())
                return

    def _over(self) -> bool:
        with self._changed:
            return self._closing

    def _answered(self, question: _Question, found: tuple[str, ...]) -> None:
        if question.suggest:
            self._post(Suggested(question.dictionary, question.words[0], found))
        else:
            self._post(Checked(question.dictionary, question.words, frozenset(found)))


class _Child:
    """The process at its other end; one thread asks, any may close it."""

    def __init__(self, program: tuple[str, ...], patience_s: float) -> None:
        self._program = program
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.has_answered = False

    def ask(self, question: _Question) -> tuple[str, ...] | None:
        """Its answer; None when it died or was too slow, and the next question starts another one."""
        try:
            process, lines = self._running()
            assert process.stdin is not None  # noqa: S101 - it was asked for as a pipe
            process.stdin.write(_ENCODER.encode(question) + b"\n")
            process.stdin.flush()
            found = _DECODER.decode(lines.get(timeout=self._patience_s))
        except (OSError, ValueError, queue.Empty, msgspec.MsgspecError):
            self.close()
            return None
        self.has_answered = True
        return found

    def _running(self) -> tuple[subprocess.Popen[bytes], queue.SimpleQueue[bytes]]:
        with self._lock:
            if self._process is None:
                flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows alone has it
                self._lines = queue.SimpleQueue()
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    self._program,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    creationflags=flags,
                )
                reading = (self._process, self._lines)
                threading.Thread(target=_forward, args=reading, name="spelling-answers", daemon=True).start()
            return self._process, self._lines

    def close(self) -> None:
        """End the child."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()


def _forward(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    if process.stdout is None:
        return
    with process.stdout as pipe:
        for line in pipe:
            lines.put(line)
    lines.put(b"")


class Dictionaries:
    """The child's: those that are loaded, the one used last at the end."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def answer(self, question: _Question) -> tuple[str, ...]:
        """The words that are wrong, or what was meant instead of one."""
        dictionary = self._of(question.dictionary)
        if question.suggest:
            found = dict.fromkeys(dictionary.suggest(question.words[0]))
            return tuple(word for word in found if word)[:MOST_SUGGESTIONS]
        return tuple(word for word in question.words if not dictionary.spell(word))

    def _of(self, path: str) -> Any:
        made = self._loaded.pop(path, None)
        if made is None:
            place = Path(path)
            library = importlib.import_module(LIBRARY)  # only the child loads it
            made = library.Hunspell(place.name, hunspell_data_dir=str(place.parent), system_encoding="UTF-8")
        self._loaded[path] = made
        if len(self._loaded) > KEPT:
            del self._loaded[next(iter(self._loaded))]
        return made


def main() -> None:
    """The child: one answer for each line, until the front end is gone."""
    dictionaries = Dictionaries()
    decoder = msgspec.json.Decoder(_Question)
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what libraries print must not look like an answer
        for line in sys.stdin.buffer:
            out.write(_ENCODER.encode(dictionaries.answer(decoder.decode(line))) + b"\n")
            out.flush()


if __name__ == "__main__":
    main()
