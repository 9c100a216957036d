from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media.ita2 import ALPHABET, CR, FIGS, LF, LTRS, SPACE, Writer, codes_of, sayable
from agent_desktop.media.tty_reading import LOST, Reading, Shown, gives_the_turn, turn_words
from agent_desktop.media.tty_receive import HeardCode

SIGNS = st.sampled_from(sorted(ALPHABET))


def read(*codes: int) -> Reading:
    reading = Reading()
    for code in codes:
        reading.take(HeardCode(code, 1.0, 0))
    return reading


def test_the_reference_burst_has_its_codes() -> None:
    assert codes_of("HI 5 6 GA") == (31, 20, 6, 4, 27, 16, 4, 27, 21, 4, 31, 26, 3)


@given(st.text(SIGNS, min_size=1, max_size=200))
def test_a_text_of_the_alphabet_reads_the_same_on_both_kinds_of_machine(text: str) -> None:
    codes = codes_of(text)
    assert codes[0] in {LTRS, FIGS}
    assert 0 not in codes
    assert read(*codes).text == text
    shifted, plain = False, ""
    for code in codes:  # a machine that never goes back to letters by itself
        if code in {LTRS, FIGS}:
            shifted = code == FIGS
        elif code != LF:
            plain += read(FIGS if shifted else LTRS, code).text
    assert plain == text


@given(st.text(SIGNS, min_size=80, max_size=400))
def test_no_more_than_72_characters_stand_on_one_shift(text: str) -> None:
    run = longest = 0
    for code in codes_of(text):
        run = 0 if code in {LTRS, FIGS} else run + (code != CR)
        longest = max(longest, run)
    assert longest <= 72


@given(st.text(max_size=60))
def test_any_text_becomes_one_that_can_be_said(text: str) -> None:
    said = sayable(text)
    assert set(said.text) <= ALPHABET
    assert sayable(said.text).text == said.text
    assert not sayable(said.text).is_changed


def test_what_cannot_be_said_is_transliterated_or_marked() -> None:
    assert sayable("Zo\u00eb\u2019s caf\u00e9 \u2013 a@b.org \u65e5").text == "ZOE'S CAFE - A(AT)B.ORG ?"
    assert sayable("\u65e5").is_changed
    assert not sayable("hello ga").is_changed


def test_the_writer_refuses_what_is_not_in_the_alphabet() -> None:
    with pytest.raises(ValueError, match="no such sign"):
        Writer().codes("@")


def test_a_machine_that_unshifts_on_space_is_read_at_once() -> None:
    assert read(LTRS, 20, 6, SPACE, FIGS, 16, SPACE, FIGS, 21, SPACE, 26, 3).text == "HI 5 6 GA"


def test_what_was_shown_in_the_wrong_shift_is_shown_again() -> None:
    reading = read(FIGS, 16, SPACE, 21, SPACE)
    assert reading.text == "5 Y "
    shown = reading.take(HeardCode(LTRS, 1.0, 0))
    assert shown == Shown(keep=2, text="6 ", is_correction=True)
    assert not reading.unshifts_on_space
    reading.take(HeardCode(26, 1.0, 0))
    assert reading.text == "5 6 G"


def test_a_later_turn_keeps_what_was_learned() -> None:
    reading = read(FIGS, 16, SPACE, LTRS, 26)
    reading.begin_turn()
    for code in (FIGS, 16, SPACE, 21):
        reading.take(HeardCode(code, 1.0, 0))
    assert reading.text == "5 6"


def test_one_key_puts_a_lost_shift_right_and_puts_it_back() -> None:
    reading = read(LTRS, 26, 3, SPACE, 16, 21)
    assert reading.text == "GA TY"
    assert reading.fix_shift() == Shown(keep=3, text="56", is_correction=True)
    assert reading.fix_shift() == Shown(keep=3, text="TY", is_correction=True)


def test_without_a_row_to_fix_nothing_changes() -> None:
    assert Reading().fix_shift() is None
    assert read(LTRS).fix_shift() is None


def test_damage_is_marked_and_a_lost_bit_is_no_guess() -> None:
    reading = read(LTRS, 26)
    shown = reading.take(HeardCode(3, 0.2, 0))
    assert shown is not None
    assert (shown.text, shown.damaged) == ("A", frozenset({1}))
    reading.take(HeardCode(3, 0.0, 0, is_erased=True))
    assert reading.text == "GA" + LOST
    assert reading.damaged == frozenset({1, 2})


@pytest.mark.parametrize(
    ("shift", "lost", "before", "text"),
    [
        (LTRS, 0b01000, (FIGS, 16), "5" + LOST + "GA"),  # it can have been 1 as well
        (FIGS, 0b00001, (LTRS, 16), "T" + LOST + "+-"),  # or G
        (LTRS, 0b00100, (FIGS, 16), "5" + LOST + "GA"),  # or the shift that stands already
    ],
)
def test_a_shift_that_may_have_been_lost_is_followed_and_marked(
    shift: int, lost: int, before: tuple[int, ...], text: str
) -> None:
    reading = read(*before)
    reading.take(HeardCode(shift & ~lost, 0.0, 0, is_erased=True, lost_bits=lost))
    for code in (26, 3):
        reading.take(HeardCode(code, 1.0, 0))
    assert reading.text == text


def test_a_lost_sign_that_was_no_shift_changes_none_and_teaches_nothing() -> None:
    reading = read(FIGS, 16, SPACE)
    reading.take(HeardCode(FIGS, 0.0, 0, is_erased=True, lost_bits=0b00100))
    assert reading.unshifts_on_space
    reading = read(LTRS, 26)
    reading.take(HeardCode(3, 0.0, 0, is_erased=True, lost_bits=0b00100))
    reading.take(HeardCode(3, 1.0, 0))
    assert reading.text == "G" + LOST + "A"


def test_an_end_of_line_is_one_whatever_it_is_made_of() -> None:
    assert read(LTRS, 26, CR, LF, CR, LF, 3).text == "G\n\nA"
    assert read(LTRS, 26, LF, 3, CR, 3).text == "G\nA\nA"


@pytest.mark.parametrize(
    ("text", "words", "passes"),
    [
        ("HOW ARE YOU Q GA", ("Q", "GA"), True),
        ("HD", ("HD",), False),
        ("BYE GA SK", ("GA", "SK"), True),
        ("SKSK\n", ("SKSK",), True),
        ("THE SAGA", (), False),
        ("GA IS A STATE", (), False),
        ("", (), False),
    ],
)
def test_turn_words_count_at_the_end_only(text: str, words: tuple[str, ...], passes: bool) -> None:
    assert turn_words(text) == words
    assert gives_the_turn(text) is passes
