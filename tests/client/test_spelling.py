"""Which words of a text are misspelt: by real dictionaries, in the right languages, with own words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.client.spelling import Chosen, Spelling
from agent_desktop.client.spelling_answers import Stopped, Surveyed
from agent_desktop.client.spelling_own import OwnWords
from tests.client.spellers import FewWords, Waiting, real

STRINGS = Path(__file__).resolve().parents[1] / "corpora" / "strings_blns"


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Spelling, Waiting]]:
    """German, English and Arabic as the agent's languages."""
    with real("de_DE, en_US, ar") as made:
        yield made


def misspelt(made: tuple[Spelling, Waiting], text: str, chosen: Chosen | None = None) -> list[str]:
    spelling, waiting = made
    chosen = chosen or spelling.choose()
    waiting.until(spelling.take, lambda: spelling.look(text, chosen).complete)
    return [word.text for word in spelling.look(text, chosen).misspelt]


def test_a_word_is_right_in_any_of_the_agents_languages(both: tuple[Spelling, Waiting]) -> None:
    text = "Die Rechnugnsnummer fehlt. I will recieve it. Vielen Dank, doesn\u2019t matter. شكرا مرحبااا"
    assert misspelt(both, text) == ["Rechnugnsnummer", "recieve", "مرحبااا"]


def test_a_word_of_another_script_is_left_alone(both: tuple[Spelling, Waiting]) -> None:
    spelling, _waiting = both
    english = Chosen(("en_US",))
    assert misspelt(both, "שלוום привеет 你好 recieve", english) == ["recieve"]
    assert spelling.look("שלוום", english).complete


def test_a_decomposed_word_is_the_same_word(both: tuple[Spelling, Waiting]) -> None:
    assert misspelt(both, "Lieferverzo\u0308gerung Lieferverzo\u0308gerng") == ["Lieferverzo\u0308gerng"]


def test_suggestions_keep_the_agents_apostrophe(both: tuple[Spelling, Waiting]) -> None:
    spelling, waiting = both
    chosen = Chosen(("en_US",))
    waiting.until(spelling.take, lambda: spelling.suggestions("dosen\u2019t", chosen) is not None)
    assert "doesn\u2019t" in (spelling.suggestions("dosen\u2019t", chosen) or ())


def test_checking_a_megabyte_is_bounded_and_changes_nothing(both: tuple[Spelling, Waiting]) -> None:
    text = "recieve the order today " * 45_000
    before = str(text)
    spelling, waiting = both
    waiting.until(spelling.take, lambda: spelling.look(text, Chosen(("en_US",))).complete)
    found = spelling.look(text, Chosen(("en_US",)))
    assert 0 < len(found.misspelt) < 1_000
    assert text == before


def test_suggestions_come_first_from_the_dictionary_of_the_text(both: tuple[Spelling, Waiting]) -> None:
    spelling, waiting = both
    chosen = Chosen(("de_DE", "en_US"))
    for text, first in (
        ("You will recieve the order", "receive"),
        ("Vielen Dank für Ihre recieve", "revidiere"),
    ):
        misspelt(both, text, chosen)
        waiting.until(
            spelling.take,
            lambda t=text: spelling.suggestions("recieve", chosen, t) is not None,  # type: ignore[misc]
        )
        found = spelling.suggestions("recieve", chosen, text) or ()
        assert found[0].casefold().startswith(first), found


def test_naughty_strings_are_answered_by_real_dictionaries(both: tuple[Spelling, Waiting]) -> None:
    spelling, waiting = both
    texts = [text for path in STRINGS.glob("*.json") for text in json.loads(path.read_text("utf-8"))]
    chosen = Chosen(("en_US",))
    waiting.until(spelling.take, lambda: all([spelling.look(t, chosen).complete for t in texts]))  # noqa: C419
    for text in texts:
        assert all(text[w.start : w.end] == w.text for w in spelling.look(text, chosen).misspelt)


def few(*right: str, languages: str = "en", known: tuple[str, ...] = ("en_US",)) -> tuple[Spelling, FewWords]:
    worker = FewWords(right, {"recieve": ("receive",)})
    spelling = Spelling(lambda: worker.begin(*known), languages=languages)
    spelling.choose()
    settle(spelling, worker)
    return spelling, worker


def settle(spelling: Spelling, worker: FewWords) -> None:
    items, worker.inbox = worker.inbox, []
    assert all([spelling.take(item) for item in items])  # noqa: C419 - every one is to be taken


def test_a_word_counts_as_right_until_the_answer_is_there_and_is_asked_once() -> None:
    spelling, worker = few("good")
    chosen = spelling.choose()
    for _again in range(3):
        assert spelling.look("good recieve recieve", chosen).misspelt == ()
        assert not spelling.look("good recieve", chosen).complete
    assert worker.checked == ["good", "recieve"]
    settle(spelling, worker)
    found = spelling.look("good recieve recieve", chosen)
    assert ([w.start for w in found.misspelt], found.complete) == ([5, 13], True)
    assert worker.checked == ["good", "recieve"]


def test_a_word_that_was_added_or_is_a_name_is_right_and_an_ignored_one_in_its_text() -> None:
    spelling, worker = few("good")
    chosen = spelling.choose()
    text = "Yusuf Brandt wrod"
    spelling.look(text, chosen)
    settle(spelling, worker)
    assert [w.text for w in spelling.look(text, chosen).misspelt] == ["Yusuf", "Brandt", "wrod"]
    assert [w.text for w in spelling.look(text, chosen, names=frozenset({"yusuf"})).misspelt] == [
        "Brandt", "wrod",
    ]  # fmt: skip
    spelling.learn("Brandt")
    spelling.ignore("wrod", "c1/reply")
    assert [w.text for w in spelling.look(text, chosen, of="c1/reply").misspelt] == ["Yusuf"]
    assert [w.text for w in spelling.look(text, chosen, of="c2/reply").misspelt] == ["Yusuf", "wrod"]


def test_a_reply_is_in_the_customers_language_too() -> None:
    spelling, _worker = few(languages="en", known=("en_US", "de_DE", "de_AT"))
    assert spelling.choose(("de",)).dictionaries == ("de_DE", "en_US")
    assert spelling.choose(("de-at", "en")).dictionaries == ("de_AT", "en_US")
    assert spelling.choose().dictionaries == ("en_US",)


def test_the_customers_language_without_a_dictionary_is_named_and_the_agents_is_checked() -> None:
    spelling, _worker = few(languages="en")
    chosen = spelling.choose(("fi",))
    assert (chosen.dictionaries, chosen.missing, chosen.checks) == (("en_US",), ("fi",), True)


def test_a_paragraph_in_a_language_without_a_dictionary_has_no_marks() -> None:
    spelling, worker = few("we", "have", "your", "order", "now", "and", "go")
    chosen = spelling.choose()
    text = "Hyvää päivää, kiitos viestistäsi\nwe have your wrod\nMoi moi\n"
    spelling.look(text, chosen)
    settle(spelling, worker)
    found = spelling.look(text, chosen)
    assert [w.text for w in found.misspelt] == ["wrod", "Moi", "moi"]
    assert (found.complete, found.foreign) == (True, True)
    assert not spelling.look("we have your wrod", chosen).foreign


def test_an_own_language_without_a_dictionary_is_named_beside_those_that_are_there() -> None:
    spelling, _worker = few(languages="en, fi")
    chosen = spelling.choose()
    assert (chosen.dictionaries, chosen.missing, chosen.checks) == (("en_US",), ("fi",), True)


@pytest.mark.parametrize("languages", ["off", " OFF "])
def test_switched_off_nothing_is_started(languages: str) -> None:
    started: list[str] = []
    spelling = Spelling(lambda: FewWords((), {}).begin(*started), languages=languages)
    assert spelling.choose() == Chosen(off=True)
    assert spelling.look("recieve", spelling.choose()).misspelt == ()


def test_without_the_library_or_after_it_has_stopped_that_is_said() -> None:
    spelling, _worker = few()
    spelling.take(Surveyed({}, library=False))
    assert spelling.choose().broken
    spelling, _worker = few()
    spelling.take(Stopped())
    assert spelling.choose().broken


def test_own_words_are_each_agents(tmp_path: object) -> None:
    own = OwnWords()
    spelling = Spelling(lambda: FewWords((), {}).begin(), languages="en", own=own)
    spelling.user = "a7"
    spelling.learn("wrod")
    assert (own.knows("a7", "wrod"), own.knows("a8", "wrod")) == (True, False)


def test_closing_ends_the_worker_and_starts_no_other() -> None:
    spelling, worker = few()
    spelling.close()
    assert worker.closed
    assert spelling.choose().off
