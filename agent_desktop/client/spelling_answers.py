"""What comes in from the dictionaries, and who asks them: the border between two threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Asks(Protocol):
    """The worker (`spelling_process.Worker`); its methods return at once."""

    def check(self, dictionary: Path, words: Iterable[str]) -> None:
        """Look words up; `Checked` comes for each batch."""
        ...

    def suggest(self, dictionary: Path, word: str) -> None:
        """Look for what was meant; `Suggested` comes."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Which dictionaries there are, by language; `library`: there is something that can read them."""

    installed: Mapping[str, Path]
    library: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """Words were looked up in one dictionary."""

    dictionary: str
    words: tuple[str, ...]
    wrong: frozenset[str]


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a dictionary has instead of a word."""

    dictionary: str
    word: str
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing is asked any more: the dictionaries cannot be read here."""
