"""Pages of a list follow one another by a place, which a client gives back as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.listing import Place, cursor, place_of
from agent_desktop.errors import RefusedError


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(), st.booleans())
def test_a_place_comes_back_as_it_was(at: float, key: str, rest: bool) -> None:
    assert place_of(cursor(Place(at, key, rest=rest))) == Place(at, key, rest=rest)


def test_the_first_page_has_no_place() -> None:
    assert place_of("") is None


@pytest.mark.parametrize("text", ["nonsense", "p:", "p:x:y", ":::"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        place_of(text)
