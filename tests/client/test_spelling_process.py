"""The dictionaries behind their process: real ones, and children that die, hang and lie."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent_desktop.client.spelling import survey
from agent_desktop.client.spelling_answers import Checked, Stopped, Suggested, Surveyed
from agent_desktop.client.spelling_process import BATCH, PROGRAM, TRIES, Worker
from tests.client.spellers import Waiting

ENGLISH = survey(None).installed["en_US"]
GERMAN = survey(None).installed["de_DE"]
# A child that dies of one word, hangs at another, and knows no third.
_CHILD = """
import json, os, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    if "deadly" in asked["words"]:
        os._exit(3)
    if "slow" in asked["words"]:
        time.sleep(600)
    print(json.dumps([w for w in asked["words"] if w == "wrnog"]), flush=True)
"""


class Asked:
    """A worker and what it said."""

    def __init__(self, worker: Worker, waiting: Waiting) -> None:
        self.worker = worker
        self._waiting = waiting
        self.said: list[object] = []

    def until(self, count: int, kind: type[object]) -> list[object]:
        """All of a kind, once there are so many."""
        self._waiting.until(self.said.append, lambda: len(self._of(kind)) >= count)
        return self._of(kind)

    def _of(self, kind: type[object]) -> list[object]:
        return [one for one in self.said if isinstance(one, kind)]


@contextmanager
def asked(program: tuple[str, ...] = PROGRAM, patience_s: float = 30.0) -> Iterator[Asked]:
    waiting = Waiting()
    worker = Worker(waiting.items.put, lambda: survey(None), program=program, patience_s=patience_s)
    try:
        yield Asked(worker, waiting)
    finally:
        worker.close()


def wrong(answers: list[object]) -> set[str]:
    return {word for one in answers if isinstance(one, Checked) for word in one.wrong}


def test_real_dictionaries_know_english_german_and_their_compounds() -> None:
    with asked() as here:
        assert isinstance(here.until(1, Surveyed)[0], Surveyed)
        here.worker.check(ENGLISH, ("receive", "recieve", "doesn't", "Dear"))
        german = ("Kundendienst", "Rechnungsnummer", "Rücksendeetikett", "Donaudampfschifffahrtsgesellschaft",
                  "Straße", "Rechnugnsnummer", "Lieferverzögerng")  # fmt: skip
        here.worker.check(GERMAN, german)
        assert wrong(here.until(2, Checked)) == {"recieve", "Rechnugnsnummer", "Lieferverzögerng"}
        here.worker.suggest(ENGLISH, "recieve")
        here.worker.suggest(GERMAN, "Rechnugnsnummer")
        first, second = here.until(2, Suggested)
        assert isinstance(first, Suggested)
        assert isinstance(second, Suggested)
        assert first.suggestions[0] == "receive"
        assert second.suggestions[0] == "Rechnungsnummer"


def test_hostile_words_get_an_answer() -> None:
    words = (
        "\x00",
        "%n%n%s",
        "a" * 64,
        "'; drop",
        "😀",
        "\u202eabc",
        "\ufeff",
        "ﬁ",
        "ß" * 60,
        "-" * 64,
        "Wałęsa",
    )
    with asked() as here:
        for dictionary in (ENGLISH, GERMAN):
            here.worker.check(dictionary, words)
        assert [one.words for one in here.until(2, Checked) if isinstance(one, Checked)] == [words, words]


def test_words_go_in_batches_and_each_once() -> None:
    with asked((sys.executable, "-c", _CHILD)) as here:
        here.worker.check(ENGLISH, [f"word{n % 130}" for n in range(200)])
        answers = here.until(3, Checked)
        assert [len(one.words) for one in answers if isinstance(one, Checked)] == [BATCH, BATCH, 2]


def test_a_child_that_dies_of_a_word_takes_only_that_word_with_it() -> None:
    with asked((sys.executable, "-c", _CHILD)) as here:
        here.worker.check(ENGLISH, ("fine", "wrnog", "deadly", "good"))
        assert wrong(here.until(3, Checked)) == {"wrnog"}
        here.worker.check(ENGLISH, ("wrnog",))
        assert wrong(here.until(4, Checked)[3:]) == {"wrnog"}
        assert {word for one in here.said if isinstance(one, Checked) for word in one.words} == {
            "fine", "wrnog", "deadly", "good",
        }  # fmt: skip


def test_a_child_that_hangs_is_not_waited_for() -> None:
    with asked((sys.executable, "-c", _CHILD), patience_s=1.0) as here:
        here.worker.suggest(ENGLISH, "slow")
        here.worker.suggest(ENGLISH, "wrnog")
        answers = here.until(2, Suggested)
        assert [one.suggestions for one in answers if isinstance(one, Suggested)] == [(), ("wrnog",)]


@pytest.mark.parametrize("program", [("no-such-program-at-all",), (sys.executable, "-c", "print('no')")])
def test_where_nothing_ever_answers_it_is_said_once_and_over(program: tuple[str, ...]) -> None:
    with asked(program) as here:
        for n in range(TRIES + 2):
            here.worker.suggest(ENGLISH, f"word{n}")
        here.until(1, Stopped)
        assert len([one for one in here.said if isinstance(one, Suggested)]) == TRIES


def test_a_missing_dictionary_marks_nothing() -> None:
    with asked() as here:
        here.worker.check(Path("/nowhere/xx"), ("word",))
        assert wrong(here.until(1, Checked)) == set()
