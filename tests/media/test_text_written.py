"""Lines with the places where they came damaged, also where a turn is read again and better."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media.text_written import WrittenLines


def test_damage_is_found_in_the_lines_of_a_turn() -> None:
    written = WrittenLines()
    lines = written.read("customer", "ONE\nTWO", {1, 5}, 1.0)
    assert [(line.text, line.damaged, line.is_finished) for line in lines] == [
        ("ONE", (1,), True),
        ("TWO", (1,), False),
    ]
    assert {line.carrier for line in lines} == {"tty"}


def test_a_place_that_is_read_again_loses_its_mark() -> None:
    written = WrittenLines()
    written.read("customer", "ONE", {2}, 1.0)
    (line,) = written.read("customer", "\bE GA", (), 1.2)
    assert (line.text, line.damaged) == ("ONE GA", ())


def test_the_marks_of_a_turn_before_stay_in_a_line_that_goes_on() -> None:
    written = WrittenLines()
    written.read("customer", "AB", {0}, 1.0)
    (line,) = written.read("customer", "CD", {1}, 2.0, is_new_turn=True)
    assert (line.text, line.damaged) == ("ABCD", (0, 3))


def test_each_side_has_its_own_lines_and_a_turn_ends_one() -> None:
    written = WrittenLines()
    written.write("agent", "hello", "rtt", 1.0)
    written.write("customer", "hi", "rtt", 1.1)
    (line,) = written.finish("customer", 1.2)
    assert (line.speaker, line.text, line.is_finished, line.carrier) == ("customer", "hi", True, "rtt")
    assert [each.speaker for each in written.finish(None, 1.3)] == ["agent"]
    assert written.tick(99.0) == ()


@given(
    st.lists(
        st.tuples(st.text("AB \n\b", max_size=6), st.sets(st.integers(0, 12), max_size=3), st.booleans()),
        max_size=12,
    )
)
def test_a_mark_is_always_a_place_of_its_line(turns: list[tuple[str, set[int], bool]]) -> None:
    written = WrittenLines()
    for number, (text, damaged, is_new) in enumerate(turns):
        for line in written.read("customer", text, damaged, float(number), is_new_turn=is_new):
            assert all(0 <= place < len(line.text) for place in line.damaged)
            assert list(line.damaged) == sorted(set(line.damaged))
