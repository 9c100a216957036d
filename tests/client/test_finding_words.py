from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.client.finding_words import sought
from agent_desktop.wire.commands import SearchEverything


def test_words_that_narrow_are_taken_out_of_the_text() -> None:
    asked = sought("Kind:note lamp medium:Chat kind:call broken customer:c1 best: before:2026-03-01", limit=5)
    assert asked == SearchEverything(
        text="lamp broken",
        limit=5,
        kinds=("note", "call"),
        media=("chat",),
        customer="c1",
        best=True,
        before_at=datetime(2026, 3, 1).astimezone().timestamp(),
    )


@pytest.mark.parametrize("typed", ["kind:thing", "before:yesterday", "re: lamp", "medium:", "best:x"])
def test_other_colons_are_searched_for(typed: str) -> None:
    assert sought(typed) == SearchEverything(text=typed)


@given(st.text())
def test_any_text_is_a_question(typed: str) -> None:
    sought(typed)
