"""What people see as one sign, against the tables of another program."""

from __future__ import annotations

import pytest
import wcwidth
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain import graphemes

FAMILY = "👨‍👩‍👧"
SIGNS = (
    *["a", "é", "e\u0301", "界", "שׁ", "कि", "क्", "한", "\u1112\u1161\u11ab", "👍🏽", "❤\ufe0f", FAMILY],
    *["🇫🇷", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🧑🏿‍🚀", "ก็", "ｶﾞ", " "],
)
texts = st.lists(st.sampled_from([*SIGNS, "\n", "\ufeff"]) | st.characters()).map("".join)


@given(st.lists(st.sampled_from([sign for sign in (*SIGNS, "\n") if sign != "क्"])))
def test_signs_are_those_that_people_see(signs: list[str]) -> None:
    """Against the tables of another program; Indian conjuncts (GB9c) stay two signs, erased one by one."""
    text = "".join(signs)
    assert graphemes.clusters(text) == list(wcwidth.iter_graphemes(text))


@pytest.mark.parametrize("sign", SIGNS)
def test_the_last_sign_is_whole(sign: str) -> None:
    assert graphemes.last_cluster("x." + sign) == sign


def test_the_last_sign_of_nothing_is_nothing() -> None:
    assert graphemes.last_cluster("") == ""
    assert graphemes.clusters("") == []


@given(texts)
def test_signs_together_are_the_text_and_the_last_is_the_last(text: str) -> None:
    found = graphemes.clusters(text)
    assert "".join(found) == text
    assert graphemes.last_cluster(text) == (found[-1] if found else "")


@pytest.mark.parametrize("hostile", ["e" + "\u0301" * 20_000, "🇫" * 20_000, "👨" + "\u200d" * 20_000 + "👩"])
def test_a_sign_without_end_is_cut(hostile: str) -> None:
    assert max(map(len, graphemes.clusters(hostile))) <= graphemes.LONGEST_CLUSTER
    assert len(graphemes.last_cluster(hostile)) <= graphemes.LONGEST_CLUSTER
