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


class Phone:
    """A phone that refuses what it is told to; `reads` is what the other side has, turn by turn."""

    def __init__(self) -> None:
        self.typing = Typing()
        self.reads = [""]
        self.asked: list[tuple[str, str, bool]] = []
        self.given = 0

    def give(self, piece: str, *, closes: bool = False, wrote: str = "") -> None:
        self.given += 1
        request = f"r{self.given}" if piece else ""
        self.typing.asked(request, piece, closes=closes, wrote=wrote)
        if request:
            self.asked.append((request, piece, closes))

    def answer(self, *, ok: bool) -> str:
        request, piece, closes = self.asked.pop(0)
        if ok:
            self.reads[-1] = at_the_other_side([self.reads[-1], piece])
            self.reads += [""] if closes else []
        return self.typing.answered(request, taken=ok)


def test_a_letter_that_the_phone_refused_goes_with_the_next() -> None:
    typing = Typing()
    typing.asked("r1", typing.edited("H", holds_word=False))
    assert typing.answered("r1", taken=False) == ""
    assert typing.edited("He", holds_word=False) == "He"


def test_what_went_after_a_refused_letter_is_taken_back_and_sent_in_order() -> None:
    typing = Typing()
    for number, text in enumerate(("H", "He", "Hel")):
        typing.asked(f"r{number}", typing.edited(text, holds_word=False))
    for number in range(3):
        typing.answered(f"r{number}", taken=number != 0)
    assert typing.sent == "el"
    assert typing.edited("Hell", holds_word=False) == "\b\bHell"


def test_a_refused_end_of_a_turn_gives_the_turn_back() -> None:
    typing = Typing()
    typing.asked("r1", typing.edited("HELLO TOM", holds_word=True))
    assert typing.answered("r1", taken=True) == ""
    last = typing.finished("HELLO TOM", "GA", is_tty=True)
    typing.asked("r2", last, closes=True, wrote="HELLO TOM")
    assert typing.answered("r2", taken=False) == "HELLO TOM"
    assert typing.sent == "HELLO "
    assert typing.finished("HELLO TOM", "GA", is_tty=True) == "TOM GA"


def test_a_hole_in_a_turn_that_went_out_is_given_back() -> None:
    typing = Typing()
    typing.asked("r1", typing.edited("A long paste", holds_word=False))
    typing.asked("r2", typing.finished("A long paste", is_tty=False), closes=True, wrote="A long paste")
    assert typing.answered("r1", taken=False) == ""
    assert typing.answered("r2", taken=True) == "A long paste"
    assert typing.sent == ""


def test_a_turn_that_ended_without_a_piece_is_not_counted_to_the_next() -> None:
    typing = Typing()
    typing.asked("r1", typing.edited("HELLO ", holds_word=True))
    typing.answered("r1", taken=True)
    assert typing.finished("HELLO ", is_tty=True) == ""
    typing.asked("", "", closes=True)
    typing.asked("r2", typing.edited("YOU ", holds_word=True))
    typing.answered("r2", taken=False)
    assert typing.edited("YOU THERE ", holds_word=True) == "YOU THERE "


@given(
    st.lists(st.tuples(st.lists(signs, max_size=6).map("".join), st.booleans()), min_size=1, max_size=10),
    st.lists(st.booleans(), max_size=30),
)
def test_whatever_was_refused_the_other_side_reads_the_open_turn_in_the_end(
    edits: list[tuple[str, bool]], answers: list[bool]
) -> None:
    """Edits and ends of turns, answered late and in any way; then the phone takes everything again."""
    phone, says = Phone(), iter(answers)
    for text, ends in edits:
        phone.give(phone.typing.edited(text, holds_word=False))
        if ends:
            phone.give(phone.typing.finished(text, "GA", is_tty=True), closes=True, wrote=text)
        while len(phone.asked) > 2:
            phone.answer(ok=next(says, True))
    while phone.asked:
        phone.answer(ok=next(says, True))
    assert phone.typing.sent == phone.reads[-1]
    phone.give(phone.typing.edited("the end", holds_word=False))
    while phone.asked:
        phone.answer(ok=True)
    assert phone.reads[-1] == "the end"
