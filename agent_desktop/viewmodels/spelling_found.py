"""What is shown of the spelling: marks of a paragraph, the menu of a word, the list of a draft."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_desktop.viewmodels.parts import Button


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A word where it stands in its paragraph, in Python's characters."""

    start: int
    word: str

    @property
    def end(self) -> int:
        return self.start + len(self.word)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The marks of a paragraph; not `complete` while words are being looked up ("spelling" tells).

    `foreign`: it is in a language without a dictionary.
    """

    misspelt: tuple[Misspelt, ...] = ()
    complete: bool = True
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class SpellingView:
    """The menu of a misspelt word.  `says` is a sentence beside or instead of the suggestions."""

    word: str
    suggestions: tuple[str, ...]
    waiting: bool  # suggestions are being looked for; "spelling" tells
    says: str
    learn: Button
    ignore: Button


@dataclass(frozen=True, slots=True)
class Entry:
    """A misspelt word of a text, numbered in the line mode's list."""

    start: int
    word: str
    suggestions: tuple[str, ...] = ()


@dataclass(slots=True)
class Spelt:
    """The list that was made last: of which draft (empty: of a typed line); a replaced word leaves a gap."""

    where: str = ""
    entries: list[Entry | None] = field(default_factory=list)
    more: int = 0  # misspelt words beyond the list
    names: tuple[float, frozenset[str]] = (-1.0, frozenset())  # of agents, and when they were gathered
