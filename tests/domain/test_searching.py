from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.searching import Line, Piece, all_of, any_of, corrected, near, page, pieces


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("lamp", '"lamp"*'),
        ("broken  lamp", '"broken" "lamp"*'),
        ('"broken lamp"', '"broken lamp"'),
        ('hall "broken la', '"hall" "broken la"*'),
        ('"broken lamp" hall', '"broken lamp" "hall"*'),
        ("“broken lamp” now", '"broken lamp" "now"*'),
        ("a AND b", '"a" "AND" "b"*'),
        ("title:x -y ^z NEAR(1)", '"title:x" "-y" "^z" "NEAR(1)"*'),
        ("*", ""),
        ('""', ""),
        ("a\x00b", '"a" "b"*'),
        ("+212 522 000 147", '("+212" "522" "000" "147"*) OR "212522000147"*'),
        ("2026", '"2026"*'),
    ],
)
def test_what_is_typed_becomes_pieces_and_never_an_operator(typed: str, query: str) -> None:
    assert all_of(pieces(typed)) == query


def test_a_word_that_no_index_needs_whole_is_only_begun() -> None:
    (piece,) = pieces('"' + "x" * 100 + '"')
    assert piece == Piece(("x" * 64,), begun=True)


def test_a_text_of_any_length_has_few_pieces() -> None:
    assert len(pieces("word " * 10_000)) == 24


@given(st.text())
def test_pieces_hold_no_quotes_of_their_own(text: str) -> None:
    for query in (all_of(pieces(text)), any_of(pieces(text))):
        assert query.count('"') % 2 == 0
    assert not any('"' in word for piece in pieces(text) for word in piece.words)


def known(some: Sequence[Piece]) -> bool:
    return any(piece.words[0].casefold() in {"invoice", "for"} for piece in some)


@pytest.mark.parametrize("slip", ["ivnoice", "invoce", "invvoice", "imvoice", "invoicw"])
def test_one_slip_is_forgiven(slip: str) -> None:
    mended = corrected(pieces(f"for {slip}"), known)
    assert [piece.words for piece in mended] == [("for",), ("invoice",)]


@pytest.mark.parametrize("typed", ["invcoie", "ivn", '"ivnoice for"', "invoice for", "x" * 30])
def test_what_cannot_be_mended_is_left_alone(typed: str) -> None:
    assert corrected(pieces(typed), known) == ()


def test_other_alphabets_have_slips_too() -> None:
    assert "привет" in set(near("превет"))
    assert "مرحبا" in set(near("مرحيا"))


def lines(*ranks: int) -> list[Line[int]]:
    return [Line(float(rank), str(rank), rank) for rank in ranks]


def test_a_page_takes_the_newest_of_all_streams_and_says_where_each_goes_on() -> None:
    hits, begun = page({"a": lines(9, 5, 1), "b": lines(8, 7, 6)}, 4)
    assert hits == (9, 8, 7, 6)
    assert begun == {"a": "9", "b": "6"}


def test_a_few_places_are_kept_for_cards() -> None:
    hits, begun = page({"messages": lines(*range(100, 0, -1)), "cards": lines(3, 2, 0)}, 8, ["cards"])
    assert hits == (100, 99, 98, 97, 96, 95, 3, 2)
    assert begun == {"messages": "95", "cards": "2"}


@given(
    st.lists(st.integers(0, 50), max_size=30),
    st.lists(st.integers(0, 50), max_size=30),
    st.integers(1, 9),
)
def test_pages_together_hold_everything_once(first: list[int], second: list[int], limit: int) -> None:
    streams = {
        "a": [Line(float(r), f"a{n}", f"a{n}") for n, r in enumerate(sorted(first, reverse=True))],
        "b": [Line(float(r), f"b{n}", f"b{n}") for n, r in enumerate(sorted(second, reverse=True))],
    }
    seen: list[str] = []
    for _round in range(100):
        hits, begun = page(streams, limit, ["b"])
        assert len(hits) <= limit
        if not hits:
            break
        seen += hits
        streams = {
            name: rows[int(begun[name][1:]) - int(rows[0].after[1:]) + 1 :] if name in begun else rows
            for name, rows in streams.items()
        }
    assert sorted(seen) == sorted(
        [f"a{n}" for n in range(len(first))] + [f"b{n}" for n in range(len(second))]
    )
