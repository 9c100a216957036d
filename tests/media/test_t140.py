from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import t140

FAMILY = "👨‍👩‍👧"
SIGNS = (
    *["a", "é", "e\u0301", "界", "שׁ", "कि", "क्", "한", "\u1112\u1161\u11ab", "👍🏽", "❤\ufe0f", FAMILY],
    *["🇫🇷", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🧑🏿‍🚀", "ก็", "ｶﾞ", " "],
)
texts = st.lists(
    st.sampled_from(
        [*SIGNS, "\b", "\n", "\r", "\r\n", "\a", "\u2028", "\ufeff", "\x1b[1m", "\x9b3m", "\x98hidden\x9c"]
    )
    | st.characters()
).map("".join)


def clean(text: str) -> str:
    return t140.Cleaner().feed(text)


@pytest.mark.parametrize("new_line", ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85"])
def test_every_way_of_writing_a_new_line_is_one(new_line: str) -> None:
    assert clean(f"a{new_line}b") == "a\nb"


def test_a_new_line_that_is_cut_between_two_packets_is_one() -> None:
    cleaner = t140.Cleaner()
    assert cleaner.feed("a\r") + cleaner.feed("\ufeff") + cleaner.feed("\nb\n") == "a\nb\n"


@pytest.mark.parametrize(
    ("arrived", "shown"),
    [
        ("\ufeffHi\ufeff you\ufeff", "Hi you"),
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("a\x9b31mred", "ared"),
        ("a\x1baxy", "axy"),  # INT
        ("a\x98app\x9cb", "ab"),
        ("a\x1b_app\x1b\\b", "ab"),
        ("a\x9dnever\nends", "a\nends"),
        ("a\x1b\x1b[1mb", "ab"),
        ("a\x00\x07\x7f\x0eb", "a\ab"),
        ("a\tb", "a b"),
        ("\u202bאבג\u202c 你好 \u2067x\u2069", "\u202bאבג\u202c 你好 \u2067x\u2069"),
        ("\ufffd", "\ufffd"),
    ],
)
def test_what_steers_a_terminal_is_taken_out_and_letters_are_not(arrived: str, shown: str) -> None:
    assert clean(arrived) == shown


def test_a_control_string_that_never_ends_hides_no_more_than_the_longest() -> None:
    assert clean("\x98" + "a" * 1000) == "a" * (1000 - 256)


@given(texts)
def test_cleaned_text_has_no_control_but_its_four_signs_wherever_it_was_cut(text: str) -> None:
    cleaner = t140.Cleaner()
    shown = "".join(map(cleaner.feed, text))
    assert shown == clean(text)
    assert not [
        sign
        for sign in shown
        if (unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\b\n\a") or sign in "\ufeff\u2028"
    ]


@pytest.mark.parametrize("sign", SIGNS)
def test_one_erase_takes_away_one_sign(sign: str) -> None:
    assert t140.applied(f"ab{sign}\bc") == "abc"


def test_erasing_takes_away_a_new_line_and_stops_at_the_beginning() -> None:
    assert t140.applied("ab\n\b\bc\b\b\b\b\bd") == "d"


def test_what_is_sent_has_whole_characters_and_the_line_separator() -> None:
    typed = "a\r\nb\ud83d\ude00\ud83d\x1b[1m\u0000"
    assert t140.wire_form(typed, t140.Cleaner()) == "a\u2028b😀\ufffd"
