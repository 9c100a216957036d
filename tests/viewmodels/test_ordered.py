from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.viewmodels import ordered
from agent_desktop.viewmodels.ordered import Ordered

Acts = st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=120)


@given(st.sets(st.integers(0, 40)), Acts, st.integers(1, 5))
def test_it_is_a_sorted_list_whatever_is_done(
    before: set[int], acts: list[tuple[bool, int]], block: int
) -> None:
    whole = sorted(before)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordered, "BLOCK", block)
        keys = Ordered([(n,) for n in whole])
        for put, number in acts:
            if put:
                if number not in whole:
                    whole = sorted([*whole, number])
                assert keys.add((number,)) == whole.index(number)
            else:
                place = whole.index(number) if number in whole else -1
                assert keys.discard((number,)) == place
                whole = [n for n in whole if n != number]
            assert len(keys) == len(whole)
        assert [key[0] for key in keys] == whole
        assert [keys.at(n)[0] for n in range(len(whole))] == whole
        assert [keys.index((n,)) for n in whole] == list(range(len(whole)))
        assert keys.index((99,)) == -1
        assert [key[0] for key in keys.first(3)] == whole[:3]
        for outside in (-1, len(whole)):
            with pytest.raises(IndexError):
                keys.at(outside)
