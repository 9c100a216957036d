from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.media import t140
from agent_desktop.media.text_lines import TextLines


def standing(lines: TextLines, typed: list[tuple[str, str]]) -> list[tuple[str, str, bool]]:
    """Speaker, text and whether it is finished of all lines that stand at the end."""
    screen: dict[int, tuple[str, str, bool]] = {}
    for speaker, text in typed:
        for line in lines.write(speaker, text, 0.0):
            screen[line.number] = (line.speaker, line.text, line.is_finished)
    return [row for _, row in sorted(screen.items()) if row[1]]


def test_a_line_stands_as_it_is_now_and_a_new_line_finishes_it() -> None:
    assert standing(TextLines(), [("Caller", "Hi"), ("Caller", " you\nan")]) == [
        ("Caller", "Hi you", True),
        ("Caller", "an", False),
    ]


def test_both_sides_write_at_once_and_each_has_its_own_line() -> None:
    typed = [("Caller", "he"), ("You", "good"), ("Caller", "llo\n"), ("You", " day\a\n")]
    assert standing(TextLines(), typed) == [("Caller", "hello", True), ("You", "good day", True)]


def test_erasing_goes_back_over_new_lines_and_opens_the_line_before() -> None:
    lines = TextLines()
    assert standing(lines, [("Caller", "ab\n\ncd\b\b"), ("Caller", "\b\be")]) == [("Caller", "abe", False)]


def test_a_line_that_was_erased_is_gone_and_its_number_is_never_used_again() -> None:
    lines = TextLines()
    (first,) = lines.write("You", "a", 0.0)
    (gone,) = lines.write("You", "\b", 0.0)
    (second,) = lines.write("You", "b", 0.0)
    assert (gone.number, gone.text) == (first.number, "")
    assert second.number > first.number
    assert lines.write("Caller", "\b\b", 0.0) == ()


def test_a_pause_finishes_a_line_at_the_time_of_its_last_sign() -> None:
    lines = TextLines(pause_s=10.0)
    lines.write("Caller", "wait", 5.0)
    assert lines.deadline_s == 15.0
    assert lines.tick(14.9) == ()
    (line,) = lines.tick(15.0)
    assert (line.is_finished, line.changed_s, lines.deadline_s) == (True, 5.0, None)
    changed = lines.write("Caller", "\b\b", 16.0)
    assert [(line.text, line.is_finished) for line in changed] == [("wa", False)]


def test_the_end_of_the_call_finishes_all_lines() -> None:
    lines = TextLines(pause_s=None)
    lines.write("Caller", "a\ufffdb", 0.0)
    lines.write("You", "c", 0.0)
    assert lines.deadline_s is None
    ended = lines.finish(None, 1.0)
    assert [(line.speaker, line.is_finished, line.marks) for line in ended] == [
        ("Caller", True, 1),
        ("You", True, 0),
    ]
    assert lines.open == ()
    assert lines.finish("You", 2.0) == ()


def test_a_line_without_end_is_cut() -> None:
    lines = TextLines()
    lines.write("Caller", "x" * 9000, 0.0)
    assert all(len(line.text) <= 2000 for line in lines._lines["Caller"])


signs = st.lists(st.sampled_from(["a", "e\u0301", "👍🏽", "界", "\n", "\b", "\b", "\ufffd"]), max_size=30)


@given(signs)
@settings(deadline=None)
def test_the_lines_together_are_the_text_that_stands(keys: list[str]) -> None:
    """Except that a new line before all text makes no line."""
    text = "x" + "".join(keys)
    lines = TextLines()
    shown = standing(lines, [("Caller", sign) for sign in text])
    stands = t140.applied(text)
    if stands.startswith("x"):
        assert [row[1] for row in shown] == [row for row in stands.split("\n") if row]


@pytest.mark.parametrize("pause_s", [None, 1.0])
def test_many_lines_take_bounded_memory(pause_s: float | None) -> None:
    lines = TextLines(pause_s=pause_s)
    for n in range(500):
        lines.write("Caller", "line\n", float(n))
    assert len(lines._lines["Caller"]) <= 16
