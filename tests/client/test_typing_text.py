"""What the phone is given of what is typed in a call."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.client.typing_text import Typing, macro
from agent_desktop.domain import graphemes


def at_the_other_side(pieces: list[str]) -> str:
    stands = ""
    for sign in "".join(pieces):
        if sign == "\b":
            stands = stands[: len(stands) - len(graphemes.last_cluster(stands))]
        else:
            stands += sign
    return stands


def test_real_time_text_goes_letter_by_letter() -> None:
    typing = Typing()
    assert [typing.edited(text, holds_word=False) for text in ("H", "He", "H", "Ho")] == ["H", "e", "\b", "o"]


def test_on_a_tty_the_word_is_held_until_its_space() -> None:
    typing = Typing()
    steps = ("H", "HE", "HEX", "HE", "HEY", "HEY ", "HEY Y")
    assert [typing.edited(text, holds_word=True) for text in steps] == ["", "", "", "", "", "HEY ", ""]


def test_a_word_that_went_out_is_taken_back_sign_by_sign() -> None:
    typing = Typing()
    typing.edited("HEY YOU ", holds_word=True)
    assert typing.edited("HEY YO", holds_word=True) == "\b\b"
    assert typing.edited("HEY YO ", holds_word=True) == " "


def test_a_turn_ends_with_its_word() -> None:
    typing = Typing()
    typing.edited("HELLO TOM", holds_word=True)
    assert typing.finished("HELLO TOM", "GA", is_tty=True) == "TOM GA"
    assert typing.finished("", "GA", is_tty=True) == "GA"


def test_a_turn_of_real_time_text_ends_with_a_new_line_and_nothing_with_none() -> None:
    typing = Typing()
    typing.edited("Hi", holds_word=False)
    assert typing.finished("Hi", is_tty=False) == "\n"
    assert typing.finished("", is_tty=False) == ""


def test_a_macro_at_the_end_is_a_turn_word() -> None:
    assert macro("ORDER IS ON ITS WAY /ga") == ("ORDER IS ON ITS WAY", "GA")
    assert macro("/SK") == ("", "SK")
    assert macro("see /ga there") == ("see /ga there", "")


signs = st.sampled_from(["a", "B", " ", "\n", "é", "e\u0301", "\u0301", "👨‍👩‍👧", "🇫🇷", "界"])


@given(st.lists(st.lists(signs, max_size=8).map("".join), max_size=8), st.booleans())
def test_whatever_is_edited_the_other_side_reads_it_in_the_end(edits: list[str], holds_word: bool) -> None:
    typing = Typing()
    pieces = [typing.edited(text, holds_word=holds_word) for text in edits]
    last = edits[-1] if edits else ""
    pieces.append(typing.finished(last, is_tty=True))
    assert at_the_other_side(pieces) == last
