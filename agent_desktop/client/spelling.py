"""The spelling of what an agent writes: which words no dictionary knows, and what may have been meant.

Used from the front end's thread, which never waits: a word that has not been looked up yet counts as right
and is asked about; the answer comes in by `take`, and whoever shows the text looks again.  The text itself is
never changed here.

In which languages: the agent's own (the setting `spelling.languages`, else the system's), and in a reply
those that the customer's card names.  A word is right when any of their dictionaries knows it.  A paragraph
of which most words are wrong is in a language that has no dictionary here: nothing in it is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

from agent_desktop.client.spelling_answers import Asks, Checked, Stopped, Suggested, Surveyed
from agent_desktop.client.spelling_own import OwnWords
from agent_desktop.client.spelling_places import folders, installed, library, listed, serving
from agent_desktop.client.spelling_words import (
    MOST_CHARACTERS,
    Word,
    as_written,
    looked_up,
    script_of,
    script_written,
    words,
)

OFF: Final = "off"
FOREIGN_WORDS, FOREIGN_SHARE = 4, 0.6  # so many words, and of them so many wrong, are another language
MOST_SUGGESTIONS: Final = 7
MOST_OF_A_TEXT: Final = 4_000  # characters by which its language is told
MOST_KNOWN: Final = 50_000  # answers that are remembered; then from the beginning


@dataclass(frozen=True, slots=True)
class Chosen:
    """The languages of one text: its dictionaries, the languages without one; `settled`: that is known."""

    dictionaries: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    off: bool = False
    broken: bool = False  # nothing here can read a dictionary
    settled: bool = True

    @property
    def checks(self) -> bool:
        return self.settled and not self.off and not self.broken and bool(self.dictionaries)


@dataclass(frozen=True, slots=True)
class Looked:
    """The misspelt words of a text; not `complete` while some are still being looked up.

    `foreign`: some of it is in a language that has no dictionary here.
    """

    misspelt: tuple[Word, ...] = ()
    complete: bool = True
    foreign: bool = False


def survey(data: Path | None) -> Surveyed:
    """What there is on this computer."""
    return Surveyed(installed(folders(data)), library=library() is not None)


@dataclass(slots=True)
class _Answers:
    """What one dictionary said."""

    right: dict[str, bool] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    suggestions: dict[str, tuple[str, ...] | None] = field(default_factory=dict)  # None: under way


class Spelling:
    """One agent's.  `start` makes the worker at the first word; without it nothing is checked."""

    def __init__(
        self,
        start: Callable[[], Asks] | None = None,
        *,
        languages: str = OFF,
        system: str = "en",
        own: OwnWords | None = None,
        folder: str = "",
    ) -> None:
        self.folder = folder  # where an agent can put dictionaries
        self.off = languages.strip().casefold() == OFF
        self.user = ""
        self._own = own or OwnWords()
        self._languages = listed(languages) or (system,)
        self._system = system
        self._start = start
        self._worker: Asks | None = None
        self._known: Surveyed | None = None
        self._broken = False
        self._answers: dict[str, _Answers] = {}
        self._ignored: dict[str, set[str]] = {}  # per text

    def choose(self, hints: tuple[str, ...] = ()) -> Chosen:
        """The dictionaries of a text; `hints` are the customer's languages."""
        if self.off or self._start is None:
            return Chosen(off=True)
        if self._worker is None:
            self._worker = self._start()
        if self._known is None:
            return Chosen(settled=False)
        if self._broken or not self._known.library:
            return Chosen(broken=True)
        known = self._known.installed
        wanted = tuple(dict.fromkeys((*hints, *self._languages)))
        found = {one: serving(one, known, system=self._system) for one in wanted}
        missing = tuple(one for one, name in found.items() if not name)
        return Chosen(tuple(dict.fromkeys(name for name in found.values() if name)), missing)

    def look(
        self,
        text: str,
        chosen: Chosen,
        *,
        names: frozenset[str] = frozenset(),
        of: str = "",
        most: int = MOST_CHARACTERS,
    ) -> Looked:
        """The misspelt words of a text as far as they are known; the others are asked about."""
        if not chosen.checks:
            return Looked(complete=chosen.settled)
        sure = names, self._ignored.get(of, set())
        asked: dict[str, list[str]] = {}
        wrong: list[Word] = []
        complete, foreign = True, False
        for _line, group in groupby(words(text, most), key=lambda word: word.line):
            some = list(group)
            said = [self._said(word.text, chosen, asked, *sure) for word in some]
            complete = complete and None not in said
            bad = [word for word, right in zip(some, said, strict=True) if right is False]
            if len(some) >= FOREIGN_WORDS and len(bad) >= FOREIGN_SHARE * len(some):
                foreign = True
            else:
                wrong += bad
        for dictionary, new in asked.items():
            self._ask(dictionary, new)
        return Looked(tuple(wrong), complete=complete, foreign=foreign)

    def suggestions(self, word: str, chosen: Chosen, text: str = "") -> tuple[str, ...] | None:
        """What may have been meant; None while it is being looked for.

        The dictionary goes first that knows most words of the text in which the word stands.
        """
        found: list[str] = []
        for name in self._by_text(_writing(word, chosen), text):
            answers = self._answers.setdefault(name, _Answers())
            form = looked_up(word)
            if form not in answers.suggestions and self._worker is not None and self._known is not None:
                answers.suggestions[form] = None
                self._worker.suggest(self._known.installed[name], form)
            some = answers.suggestions.get(form)
            if some is None:
                return None
            found += some
        return tuple(dict.fromkeys(as_written(one, word) for one in found))[:MOST_SUGGESTIONS]

    def _by_text(self, names: list[str], text: str) -> list[str]:
        if len(names) < 2 or not text:
            return names
        forms = [looked_up(word.text) for word in words(text, MOST_OF_A_TEXT)]
        known = {
            name: sum(1 for form in forms if answers.right.get(form))
            for name in names
            if (answers := self._answers.get(name)) is not None
        }
        return sorted(names, key=lambda name: -known.get(name, 0))

    def learn(self, word: str) -> str:
        """Know a word from now on; gives why it is known until the end of the program only, or nothing."""
        return self._own.add(self.user, word)

    def ignore(self, word: str, of: str) -> None:
        """Let a word stand in one text."""
        self._ignored.setdefault(of, set()).add(looked_up(word))

    def take(self, item: object) -> bool:
        """What came in from the worker; whether it was that, and texts are to be looked at again."""
        match item:
            case Surveyed():
                self._known = item
            case Stopped():
                self._broken = True
            case Checked(words=some, wrong=wrong):
                answers = self._of(item.dictionary)
                if len(answers.right) > MOST_KNOWN:
                    answers.right.clear()
                answers.right.update({word: word not in wrong for word in some})
                answers.asked.difference_update(some)
            case Suggested(word=word, suggestions=found):
                self._of(item.dictionary).suggestions[word] = found
            case _:
                return False
        return True

    def close(self) -> None:
        """End the worker."""
        worker, self._worker, self._start = self._worker, None, None
        if worker is not None:
            worker.close()

    # ── what the dictionaries said ──

    def _of(self, path: str) -> _Answers:
        known = self._known.installed if self._known is not None else {}
        name = next((name for name, place in known.items() if str(place) == path), path)
        return self._answers.setdefault(name, _Answers())

    def _said(
        self,
        word: str,
        chosen: Chosen,
        asked: dict[str, list[str]],
        names: frozenset[str],
        ignored: set[str],
    ) -> bool | None:
        """Whether a word is right, as is what no dictionary here writes; None: not known yet."""
        form = looked_up(word)
        if form in ignored or form.casefold() in names or self._own.knows(self.user, form):
            return True
        said = True
        for name in _writing(form, chosen):
            answers = self._answers.setdefault(name, _Answers())
            right = answers.right.get(form)
            if right:
                return True
            if right is None:
                if form not in answers.asked:
                    answers.asked.add(form)
                    asked.setdefault(name, []).append(form)
                return None
            said = False
        return said

    def _ask(self, name: str, some: Iterable[str]) -> None:
        if self._worker is not None and self._known is not None:
            self._worker.check(self._known.installed[name], some)


def _writing(word: str, chosen: Chosen) -> list[str]:
    """The dictionaries that are in the script of a word."""
    script = script_of(word)
    return [name for name in chosen.dictionaries if script_written(name) == script]
