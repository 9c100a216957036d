from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.skills import (
    NOTHING,
    Every,
    Has,
    Lacks,
    Some,
    Wish,
    joined,
    levels,
    meets,
    missing,
    named,
    parse,
    words,
)
from agent_desktop.domain.types import SkillId
from agent_desktop.errors import RefusedError

FRENCH, BILLING, SALES, TRAINEE = (SkillId(s) for s in ("french", "billing", "sales", "trainee"))
TEXT = "french >= 3 and (billing or sales) and not trainee"
WISH = Every((Has(FRENCH, 3), Some((Has(BILLING), Has(SALES))), Lacks(Has(TRAINEE))))


def test_a_text_becomes_a_wish_and_a_wish_becomes_words() -> None:
    assert parse(TEXT) == WISH
    assert words(WISH) == "french ≥ 3 and (billing or sales) and not trainee"
    assert named(WISH) == (FRENCH, BILLING, SALES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("   ", ""),
        ("french", "french"),
        ("french >= 1", "french"),
        ("french≥5", "french ≥ 5"),
        ("billing or sales and french", "billing or sales and french"),
        ("(billing or sales) and french", "(billing or sales) and french"),
        ("((french))", "french"),
        ("not not french", "french"),
        ("not (billing or sales)", "not (billing or sales)"),
        ("not (billing and sales)", "not (billing and sales)"),
        ("not billing and sales", "not billing and sales"),
        ("french and (billing and sales) and french", "french and billing and sales"),
        ("french or (billing or french)", "french or billing"),
        ("french or french", "french"),
    ],
)
def test_what_is_understood_is_said_plainly(text: str, said: str) -> None:
    assert words(parse(text)) == said


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("french and", "a skill is expected here, not the end (character 11)."),
        ("and french", "a skill is expected here, not “and” (character 1)."),
        ("french sales", "“sales” is not expected here; join skills by and, or (character 8)."),
        ("french > 3", "“>” is not expected here; join skills by and, or (character 8)."),
        ("french >= 6", "a level from 1 to 5 is expected here (character 11)."),
        ("french >=", "a level from 1 to 5 is expected here (character 10)."),
        ("(french", "a closing bracket is missing (character 8)."),
        ("french)", "“)” is not expected here; join skills by and, or (character 7)."),
        ("german", "there is no skill “german”; there are french, sales (character 1)."),
        ("(" * 30 + "french", "this is nested more than 20 deep (character 22)."),
        ("not " * 30 + "french", "this is nested more than 20 deep (character 85)."),
        ("x" * 1001, "This is longer than 1000 characters."),
    ],
)
def test_what_is_not_understood_is_told_with_its_place(text: str, error: str) -> None:
    with pytest.raises(RefusedError) as caught:
        parse(text, ["french", "sales"])
    assert str(caught.value) == error
    assert caught.value.code == "bad_skills"


@pytest.mark.parametrize(
    ("skills", "lacking"),
    [
        ({FRENCH: 3, SALES: 1}, ""),
        ({FRENCH: 5, BILLING: 5, SALES: 5}, ""),
        ({FRENCH: 2, SALES: 5}, "french ≥ 3"),
        ({FRENCH: 3}, "billing or sales"),
        ({FRENCH: 3, SALES: 1, TRAINEE: 1}, "not trainee"),
        ({}, "french ≥ 3"),
    ],
)
def test_whether_somebody_is_what_is_asked_for(skills: dict[SkillId, int], lacking: str) -> None:
    assert meets(WISH, skills) is (lacking == "")
    assert missing(WISH, skills) == lacking


def test_wishes_join_each_part_once_and_in_one_order() -> None:
    assert joined(NOTHING, NOTHING) == NOTHING
    assert joined(NOTHING, Has(FRENCH)) == Has(FRENCH)
    assert joined(Every((Has(FRENCH), Has(SALES))), Has(FRENCH)) == Every((Has(FRENCH), Has(SALES)))
    assert levels({SALES: 2, FRENCH: 1}) == levels({FRENCH: 1, SALES: 2})
    assert words(levels({SALES: 2, FRENCH: 1})) == "french and sales ≥ 2"


names = st.sampled_from((FRENCH, BILLING, SALES, TRAINEE))
has = st.builds(Has, names, st.integers(1, 5))


def grown(inner: st.SearchStrategy[Wish]) -> st.SearchStrategy[Wish]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    plain = inner.filter(lambda wish: not isinstance(wish, Lacks))
    return st.one_of(st.builds(Every, parts), st.builds(Some, parts), st.builds(Lacks, plain))


wishes = st.recursive(has, grown, max_leaves=8)


@given(wishes, st.dictionaries(names, st.integers(1, 5)))
def test_the_words_of_a_wish_mean_what_the_wish_means(wish: Wish, skills: dict[SkillId, int]) -> None:
    again = parse(words(wish))
    assert meets(again, skills) is meets(wish, skills)
    assert parse(words(again)) == again
    assert bool(missing(wish, skills)) is not meets(wish, skills)
