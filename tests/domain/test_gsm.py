from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain import gsm

BASIC = "".join(char for char in gsm.BASIC if char != "\x1b")
TEXTS = st.text(max_size=500)
SEVEN = st.text(st.sampled_from(BASIC + "".join(gsm.EXTENSION)), max_size=700)


@pytest.mark.parametrize(
    ("text", "alphabet", "sizes"),
    [
        ("", "gsm7", [0]),
        ("a" * 160, "gsm7", [160]),
        ("a" * 161, "gsm7", [153, 8]),
        ("a" * 306, "gsm7", [153, 153]),
        ("a" * 307, "gsm7", [153, 153, 1]),
        ("€" * 80, "gsm7", [80]),
        ("€" * 81, "gsm7", [76, 5]),  # 153 is odd: the escape is not cut from its character
        ("ж" * 70, "ucs2", [70]),
        ("ж" * 71, "ucs2", [67, 4]),
        ("😀" * 35, "ucs2", [35]),
        ("😀" * 36, "ucs2", [33, 3]),  # 67 is odd: nor is one half of a pair from the other
        ("ç", "ucs2", [1]),  # only the capital one is in the alphabet
        ("Ç", "gsm7", [1]),
    ],
)
def test_a_text_is_cut_where_the_standard_says(text: str, alphabet: str, sizes: list[int]) -> None:
    cut = gsm.cut(text)
    assert cut.alphabet == alphabet
    assert [len(part) for part in cut.parts] == sizes


def test_the_alphabet_has_its_128_places() -> None:
    assert len(gsm.BASIC) == 128
    assert gsm.BASIC[0x00] == "@"
    assert gsm.BASIC[0x20] == " "
    assert gsm.BASIC[0x41] == "A"
    assert gsm.BASIC[0x7F] == "à"
    assert gsm.encode("€[", "gsm7") == bytes((0x1B, 0x65, 0x1B, 0x3C))


@settings(max_examples=60)
@given(st.one_of(TEXTS, SEVEN))
def test_parts_are_the_whole_text_and_none_is_too_long(text: str) -> None:
    cut = gsm.cut(text)
    assert "".join(cut.parts) == text
    room = gsm.ALONE if len(cut.parts) == 1 else gsm.OF_MANY
    assert all(gsm.units(part, cut.alphabet) <= room[cut.alphabet] for part in cut.parts)
    assert all(gsm.decode(gsm.encode(part, cut.alphabet), cut.alphabet) == part for part in cut.parts)


@given(st.binary(max_size=40))
def test_any_octets_can_be_read(data: bytes) -> None:
    gsm.decode(data, "gsm7")
    gsm.decode(data, "ucs2")
    place, rest = gsm.parted(data)
    assert place is None or 1 <= place.number <= place.total
    assert data.endswith(rest)


@given(st.integers(0, 255), st.integers(1, 255), st.binary(max_size=20))
def test_a_header_is_read_as_it_was_written(reference: int, total: int, rest: bytes) -> None:
    place = gsm.Place(reference, total, total)
    assert gsm.parted(gsm.header(place) + rest) == (place, rest)


def test_a_header_with_a_long_reference_is_read() -> None:
    assert gsm.parted(bytes((6, 8, 4, 1, 2, 3, 2)) + b"x") == (gsm.Place(0x0102, 3, 2), b"x")


def test_a_text_of_too_many_parts_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="parts"):
        gsm.cut("a" * (153 * 255 + 1))


def test_half_a_character_does_not_stop_a_message() -> None:
    assert gsm.cut("a\ud83d").parts == ("a\ufffd",)
