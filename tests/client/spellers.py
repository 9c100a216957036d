"""Spelling for the tests: with the real dictionaries behind a real process, or with a few words at once."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_desktop.client.spelling import Spelling, survey
from agent_desktop.client.spelling_answers import Asks, Checked, Suggested, Surveyed
from agent_desktop.client.spelling_process import Worker

WITHIN_S = 60.0


class Waiting:
    """What a worker posts, taken on the test's thread."""

    def __init__(self) -> None:
        self.items: queue.SimpleQueue[object] = queue.SimpleQueue()

    def until(self, take: Callable[[object], object], true: Callable[[], bool]) -> None:
        """Hand on what comes until something holds."""
        deadline = time.monotonic() + WITHIN_S
        while not true():
            take(self.items.get(timeout=max(0.01, deadline - time.monotonic())))


@contextmanager
def real(languages: str) -> Iterator[tuple[Spelling, Waiting]]:
    """The dictionaries of this computer."""
    waiting = Waiting()
    made = Spelling(
        lambda: Worker(waiting.items.put, lambda: survey(None)), languages=languages, folder="/data"
    )
    made.choose()
    waiting.until(made.take, lambda: made.choose().settled)
    try:
        yield made, waiting
    finally:
        made.close()


class FewWords:
    """A worker that answers when it is told to, from a few right words."""

    def __init__(self, right: Iterable[str], similar: dict[str, tuple[str, ...]]) -> None:
        self._right = frozenset(right)
        self._similar = similar
        self.inbox: list[object] = []
        self.checked: list[str] = []
        self.closed = False

    def begin(self, *languages: str) -> Asks:
        """Started: these dictionaries are there."""
        self.inbox.append(Surveyed({language: Path(language) for language in languages}))
        return self

    def check(self, dictionary: Path, words: Iterable[str]) -> None:
        some = tuple(words)
        self.checked += some
        wrong = frozenset(word for word in some if word.casefold() not in self._right)
        self.inbox.append(Checked(str(dictionary), some, wrong))

    def suggest(self, dictionary: Path, word: str) -> None:
        self.inbox.append(Suggested(str(dictionary), word, self._similar.get(word, ())))

    def close(self) -> None:
        self.closed = True
