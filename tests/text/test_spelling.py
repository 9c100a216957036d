"""`spell` in both modes: the list of the draft or of a line, and what is done with a word of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.text.screen import Screen
from agent_desktop.text.session import Session
from agent_desktop.viewmodels.holding import bound, draft_key
from tests.client.desks import Desk
from tests.client.fakes import FakeCentre
from tests.viewmodels.letters import with_letters
from tests.viewmodels.spelt import settle, with_dictionary

from .conftest import JsonText


class Speller:
    """The text mode over a few right words."""

    def __init__(self, folder: Path, *, json_lines: bool) -> None:
        self.desk = Desk(folder)
        self.out = io.StringIO()
        self.session = Session(self.desk.desktop, Screen(self.out), json_lines=json_lines)
        with_letters(self.desk)
        self.worker = with_dictionary(self.desk)

    def write(self, text: str) -> None:
        """A draft as a canned reply or a crash leaves it."""
        at = bound(self.desk.desktop)
        self.desk.desktop.write(text, draft_key(self.desk.desktop, at.conversation, at.mode))
        self.desk.desktop.pump()

    def type(self, line: str) -> list[str]:
        self.out.seek(0)
        self.out.truncate()
        self.session.typed(line)
        settle(self.desk, self.worker)
        return self.out.getvalue().splitlines()

    def do(self, line: str) -> list[dict[str, Any]]:
        return [json.loads(x) for x in self.type(line)]


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Speller]:
    made = Speller(tmp_path, json_lines=True)
    yield made
    made.desk.drafts.close()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Speller]:
    made = Speller(tmp_path, json_lines=False)
    yield made
    made.desk.drafts.close()


def test_the_misspelt_words_of_the_draft_are_listed_with_what_may_have_been_meant(plain: Speller) -> None:
    plain.write("Dear Amina, we recieve the lammp tomorrow. Xyzzy")
    assert plain.type("spell") == [
        "1. recieve: 1 receive, 2 relieve",
        "2. lammp: 1 lamp",
        "3. Xyzzy: nothing similar",
    ]


def test_a_program_gets_an_object_for_each_word_and_one_answer(one: Speller) -> None:
    one.write("we recieve the lammp")
    one.session.typed("spell")
    assert one.session.waiting
    assert not [x for x in one.out.getvalue().splitlines() if "spell" in x]
    settle(one.desk, one.worker)
    made = [json.loads(x) for x in one.out.getvalue().splitlines()]
    assert not one.session.waiting
    words = [x for x in made if x["type"] == "misspelt"]
    assert words == [
        {"type": "misspelt", "number": 1, "word": "recieve", "start": 3, "draft": "v1/reply",
         "suggestions": ["receive", "relieve"]},
        {"type": "misspelt", "number": 2, "word": "lammp", "start": 15, "draft": "v1/reply",
         "suggestions": ["lamp"]},
    ]  # fmt: skip
    assert [x for x in made if x.get("verb") == "spell"] == [{"type": "ok", "verb": "spell", "message": ""}]


def test_a_word_is_replaced_by_a_number_or_by_words(one: Speller) -> None:
    one.write("we recieve the lammp")
    one.do("spell")
    assert one.do("spell 1 1")[0]["text"] == "we receive the lammp"
    assert one.do("spell 2 a new lamp")[0]["text"] == "we receive the a new lamp"
    assert one.do("spell 2 1")[-1]["type"] == "error"
    assert one.do("spell")[-1]["message"] == ""


def test_a_word_is_added_or_ignored(one: Speller) -> None:
    one.write("wrod lammp")
    one.do("spell")
    assert one.do("spell 1 add")[-1]["type"] == "ok"
    assert [x["word"] for x in one.do("spell")[:-1]] == ["lammp"]
    assert one.do("spell 1 ignore")[-1]["type"] == "ok"
    assert one.do("spell") == [{"type": "ok", "verb": "spell", "message": "No misspelt word here."}]


def test_a_line_is_looked_at_before_it_is_sent(plain: Speller) -> None:
    assert plain.type("spell Dear Amina, thank you for the lammp") == ["1. lammp: 1 lamp"]
    assert plain.type("spell 1 1") == [
        "spell: not done. That line was not kept. Type it again as it is to be."
    ]
    assert plain.desk.outside.router == []


def test_a_computer_without_a_dictionary_says_so(one: Speller) -> None:
    one.worker = with_dictionary(one.desk, languages="fi")
    one.write("hyvaa paivaa")
    made = one.do("spell")
    assert [x["type"] for x in made] == ["ok"]
    assert made[0]["message"].startswith("No dictionary for Finnish on this computer")


def test_the_real_program_looks_words_up_in_real_dictionaries(
    centre: FakeCentre, text: Callable[..., JsonText], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_DESKTOP_SPELLING_LANGUAGES", "en_US, de")
    program = text()
    program.wait("welcome")
    program.type("spell You will recieve the Rechnugnsnummer of order AB-4711 tomorrow")
    assert "receive" in program.wait("misspelt", within_s=60.0, word="recieve")["suggestions"]
    found = program.wait("misspelt", within_s=60.0)
    assert (found["word"], found["suggestions"][0]) == ("Rechnugnsnummer", "Rechnungsnummer")
    assert program.wait("ok", verb="spell")["message"] == ""
    assert program.end() == 0
