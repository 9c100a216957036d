"""What is a word and what is none, whatever stands in the text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent_desktop.client.spelling_words import (
    LONGEST,
    MOST_CHARACTERS,
    as_written,
    looked_up,
    script_of,
    script_written,
    words,
)

STRINGS = Path(__file__).resolve().parents[1] / "corpora" / "strings_blns"


def found(text: str) -> list[str]:
    return [word.text for word in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear Amina, thank you.", ["Dear", "Amina", "thank", "you"]),
        ("see https://shop.example/recieve?x=teh now", ["see", "now"]),
        ("www.recieve.example and wrtie@shop.example", ["and"]),
        ("open recieve.pdf in /srv/recieve or C:\\recieve\\teh", ["open", "in", "or"]),
        ("order AB-1234, ORD_recieve and 3rd of 12x", ["order", "and", "of"]),
        ("NASA and GmbH and iPhone and JavaScript", ["and", "and", "and"]),
        ("{order.value} and {{x}} and {recieve", ["and", "and", "recieve"]),
        ("@@Sara and #teh and @sara", ["and", "and"]),
        ("I a b", []),
        ("his/her and either/or", ["his", "her", "and", "either", "or"]),
        ("can't, doesn\u2019t and l\u2019élève", ["can't", "doesn\u2019t", "and", "l\u2019élève"]),
        ("E-Mail, well-known -", ["E-Mail", "well-known"]),
        ("fine\n> quted line\n  > anothr\nagain", ["fine", "again"]),
        ("Stra\u00adße", ["Stra\u00adße"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("مَرحَبا", ["مَرحَبا"]),
        ("e\u0301cole", ["e\u0301cole"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("😀recieve😀", ["recieve"]),
    ],
)
def test_words_are_told_from_what_is_none(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_a_word_stands_where_it_says() -> None:
    text = "One 😀 tow\r\nthree\u2028fuor\x0bfive"
    assert [(text[w.start : w.end], w.text) for w in words(text)] == [
        (x, x) for x in ("One", "tow", "three", "fuor", "five")
    ]


@settings(max_examples=120, deadline=None)
@given(st.text(alphabet=st.sampled_from("aZé\u0301'\u2019-_.@#{}/\\:>19 \n\u00ad\u200dש😀"), max_size=300))
@example("a" * 300)
def test_every_word_is_a_piece_of_its_text_and_none_overlaps(text: str) -> None:
    last = 0
    for word in words(text):
        assert text[word.start : word.end] == word.text
        assert word.start >= last
        assert 1 < len(word.text) <= LONGEST
        assert not any(sign.isdigit() or sign in "{}@/\\_ \n" for sign in word.text)
        last = word.end


@pytest.mark.parametrize(
    "piece", ["a", "a+", "a.", "a-", "a'", "@", "{", "a/", "/", "http://", "é\u0301", "aB", "\n", "_", "1-"]
)
def test_a_million_letters_of_anything_are_looked_at_at_their_beginning_only(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert all(word.end <= MOST_CHARACTERS for word in words(text))


def test_a_word_that_is_cut_is_not_looked_at() -> None:
    assert found("good " * 5 + "receive") == ["good"] * 5 + ["receive"]
    assert [w.text for w in words("good " * 5 + "receive", 28)] == ["good"] * 5


def test_a_word_of_a_hundred_thousand_letters_is_none() -> None:
    assert found("a" * 100_000) == []
    assert found("a" * LONGEST) == ["a" * LONGEST]
    assert found("a" * (LONGEST + 1)) == []


def test_naughty_strings_are_looked_through() -> None:
    strings = [s for path in STRINGS.glob("*.json") for s in json.loads(path.read_text("utf-8"))]
    assert len(strings) > 400
    for text in strings:
        assert all(text[w.start : w.end] == w.text for w in words(text))


def test_a_word_is_looked_up_composed_and_with_the_plain_apostrophe() -> None:
    assert looked_up("e\u0301cole") == "école"
    assert looked_up("Stra\u00adße") == "Straße"
    assert looked_up("doesn\u2019t") == "doesn't"
    assert as_written("doesn't", "dosn\u2019t") == "doesn\u2019t"
    assert as_written("doesn't", "dosn't") == "doesn't"


def test_a_word_is_asked_of_dictionaries_of_its_script() -> None:
    assert [script_of(w) for w in ("word", "שלום", "مرحبا", "привет", "你好", "'")] == [
        "LATIN", "HEBREW", "ARABIC", "CYRILLIC", "CJK", "",
    ]  # fmt: skip
    assert [script_written(x) for x in ("en_US", "he_IL", "ar", "ru-RU", "sr_Latn_RS")] == [
        "LATIN", "HEBREW", "ARABIC", "CYRILLIC", "LATIN",
    ]  # fmt: skip
